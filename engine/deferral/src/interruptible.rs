//! The cheapest hours of a task that may pause, when starting again costs something.

use crate::limits::{CELLS_MAX, QUARTER_MS};
use crate::outlook::{Outlook, Segment};

/// What has to be run, and in which time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// When the first cell begins.
    pub from_ms: i64,
    /// By when the work has to be done.
    pub until_ms: i64,
    /// How much work there is.
    pub duration_ms: i64,
    /// What each start costs, in the unit of an area: micro-currency per kilowatt hour times milliseconds.
    pub start_area: u64,
    /// Whether it runs already, so that going on is no start.
    pub is_running: bool,
}

/// When to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// From when to when, ascending and apart from each other.
    pub spans_ms: Vec<(i64, i64)>,
    /// Price by time over all of them, and what their starts cost.
    pub area: i128,
}

/// The cheapest schedule, and the earliest of several. `None` when there is not enough time, or the outlook does not cover
/// it.
///
/// Time is cut into cells on the grid of quarters of an hour, the first and the last of which may be shorter; windows
/// beyond [`CELLS_MAX`] quarters get cells of twice the length, and so on. A task starts and pauses where cells begin, and
/// stops when its work is done. Over those schedules the answer is exact: dynamic programming over (cell, cells run,
/// whether the first was, whether it runs), in time and memory of cells by cells of work.
pub fn cheapest_schedule(outlook: &Outlook, window: &Window) -> Option<Schedule> {
    let (from_ms, until_ms) = outlook.span_ms();
    let span_ms = window.until_ms.checked_sub(window.from_ms)?;
    if window.duration_ms <= 0 || window.duration_ms > span_ms {
        return None;
    }
    if window.from_ms < from_ms || window.until_ms > until_ms {
        return None;
    }
    let problem = Problem::new(outlook.segments(), *window, span_ms);
    let (costs, runs) = problem.solve();
    let at_first = if window.is_running { 1 } else { 0 };
    let area = (*costs.get(at_first)?)?;
    Some(Schedule { spans_ms: problem.spans(&runs), area })
}

struct Problem<'a> {
    segments: &'a [Segment],
    /// Price by time from the first segment to the begin of each one.
    sums: Vec<i128>,
    window: Window,
    cell_ms: i64,
    /// Where cells begin, and where the last one ends.
    borders_ms: Vec<i64>,
    /// Cells of work, at most.
    cells_of_work: usize,
}

/// What was run before a cell: how many whole cells, whether the first one, and whether it runs now.
#[derive(Clone, Copy)]
struct State {
    cells: usize,
    has_first: bool,
    is_running: bool,
}

impl<'a> Problem<'a> {
    fn new(segments: &'a [Segment], window: Window, span_ms: i64) -> Self {
        let mut cell_ms = QUARTER_MS;
        while span_ms / cell_ms >= CELLS_MAX {
            cell_ms = cell_ms.saturating_mul(2);
        }
        let mut borders_ms = vec![window.from_ms];
        let mut at_ms = window.from_ms;
        while at_ms < window.until_ms {
            let next_ms = at_ms.div_euclid(cell_ms).saturating_add(1).saturating_mul(cell_ms);
            at_ms = next_ms.min(window.until_ms);
            borders_ms.push(at_ms);
        }
        let mut sum = 0;
        let sums = segments.iter().map(|segment| {
            let before = sum;
            sum += segment.area_until(segment.end_ms);
            before
        });
        let sums = sums.collect();
        let cells_of_work = usize::try_from(window.duration_ms / cell_ms).unwrap_or(0) + 1;
        Self { segments, sums, window, cell_ms, borders_ms, cells_of_work }
    }

    fn states(&self) -> usize {
        (self.cells_of_work + 1) * 4
    }

    /// The least cost from the first cell on by state, and for every cell and state whether it is run.
    fn solve(&self) -> (Vec<Option<i128>>, Vec<Vec<bool>>) {
        let mut costs = vec![None; self.states()];
        let mut runs = vec![Vec::new(); self.borders_ms.len() - 1];
        for (cell, runs_of_cell) in runs.iter_mut().enumerate().rev() {
            let mut costs_here = vec![None; self.states()];
            let mut runs_here = vec![false; self.states()];
            for (index, (cost, is_run)) in costs_here.iter_mut().zip(&mut runs_here).enumerate() {
                let state = State::of(index);
                let resting = costs.get(State { is_running: false, ..state }.index()).copied().flatten();
                let running = self.run(cell, state, &costs);
                // Of two that are equal the one that runs is the earlier one.
                *is_run = running.is_some_and(|running| resting.is_none_or(|resting| running <= resting));
                *cost = if *is_run { running } else { resting };
            }
            costs = costs_here;
            *runs_of_cell = runs_here;
        }
        (costs, runs)
    }

    /// What it costs to run a cell and what is best from there. `None` when the work cannot be done in time.
    fn run(&self, cell: usize, state: State, costs_after: &[Option<i128>]) -> Option<i128> {
        let (start_ms, end_ms) = (*self.borders_ms.get(cell)?, *self.borders_ms.get(cell + 1)?);
        let left_ms = self.left_ms(state)?;
        let start = if state.is_running { 0 } else { i128::from(self.window.start_area) };
        let stop_ms = end_ms.min(start_ms + left_ms);
        let cost = start + self.area_until(stop_ms) - self.area_until(start_ms);
        if left_ms <= end_ms - start_ms {
            return Some(cost);
        }
        Some(cost + (*costs_after.get(state.after(cell).index())?)?)
    }

    /// How much work is left. `None` when none is.
    fn left_ms(&self, state: State) -> Option<i64> {
        let first_ms = if state.has_first { self.borders_ms.get(1)? - self.window.from_ms } else { 0 };
        let cells_ms = i64::try_from(state.cells).ok()?.checked_mul(self.cell_ms)?;
        let left_ms = self.window.duration_ms - first_ms - cells_ms;
        (left_ms > 0).then_some(left_ms)
    }

    fn area_until(&self, at_ms: i64) -> i128 {
        let index = self.segments.partition_point(|segment| segment.start_ms <= at_ms).saturating_sub(1);
        let before = self.sums.get(index).copied().unwrap_or(0);
        self.segments
            .get(index)
            .map_or(before, |segment| before + segment.area_until(at_ms.min(segment.end_ms)))
    }

    fn spans(&self, runs: &[Vec<bool>]) -> Vec<(i64, i64)> {
        let mut spans: Vec<(i64, i64)> = Vec::new();
        let mut state = State { cells: 0, has_first: false, is_running: self.window.is_running };
        for (cell, (borders, runs)) in self.borders_ms.windows(2).zip(runs).enumerate() {
            let (&[start_ms, end_ms], Some(left_ms)) = (borders, self.left_ms(state)) else { break };
            if !runs.get(state.index()).copied().unwrap_or(false) {
                state.is_running = false;
                continue;
            }
            let stop_ms = end_ms.min(start_ms + left_ms);
            match spans.last_mut() {
                Some((_, until_ms)) if *until_ms == start_ms => *until_ms = stop_ms,
                Some(_) | None => spans.push((start_ms, stop_ms)),
            }
            state = state.after(cell);
            if left_ms <= end_ms - start_ms {
                break;
            }
        }
        spans
    }
}

impl State {
    fn index(self) -> usize {
        self.cells * 4 + usize::from(self.has_first) * 2 + usize::from(self.is_running)
    }

    fn of(index: usize) -> Self {
        Self { cells: index / 4, has_first: index / 2 % 2 == 1, is_running: index % 2 == 1 }
    }

    fn after(self, cell: usize) -> Self {
        let is_first = cell == 0;
        Self {
            cells: self.cells + usize::from(!is_first),
            has_first: self.has_first || is_first,
            is_running: true,
        }
    }
}
