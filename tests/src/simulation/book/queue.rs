//! Who stands before whom while places are short: by what `docs/deferral.md` says under "When places are short", from the records
//! of those that wait. Without a source of prices priorities are strict, and nothing ages.

use super::Book;
use super::course::Course;
use crate::simulation::probe::Probe;
use crate::simulation::violation::{Verdict, hold};
use std::collections::{BTreeMap, VecDeque};
use triad_event::dag::{TaskPhase, TaskQueued};
use triad_event::governance::Setting;
use triad_event::ids::StreamId;
use triad_event::intake::{Priority, TaskKind};
use triad_event::quantity::{Micros, Millis};
use triad_event::{Event as AnyEvent, Recorded};

const HOUR_US: i64 = 3_600_000_000;
const MILLION: i128 = 1_000_000;

/// Those that wait for a place.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    /// Whether there is a source of prices.
    pub(super) ages: bool,
    /// Of each workflow, for each priority: those that state no value.
    lines: BTreeMap<(StreamId, Priority), Line>,
    /// Those that state one, by where they stand.
    valued: BTreeMap<Rank, (StreamId, u32)>,
    ranks: BTreeMap<(StreamId, u32), Rank>,
    turns: u64,
}

/// The priority of a task, where it stands, and the record by which it came.
type Rank = (Priority, i64, u64);

#[derive(Debug, Default)]
struct Line {
    tasks: VecDeque<(u32, Micros)>,
    /// When it is its turn; none while its workflow is held.
    turn: Option<u64>,
}

/// Somebody who could be next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Next {
    priority: Priority,
    standing: i64,
    is_valued: bool,
    /// The record by which one came that states a value.
    came: u64,
    of: (StreamId, u32),
}

/// Where a task stands: the least is next.
fn standing(since: Micros, priority: Priority, value_lead: Micros) -> i64 {
    let hours = match priority {
        Priority::Low => 0,
        Priority::Normal => 24,
        Priority::High => 48,
        Priority::Critical => 240,
    };
    since.0 - hours * HOUR_US - value_lead.0
}

impl Queue {
    fn push(&mut self, record: &Recorded<AnyEvent>, queued: &TaskQueued, is_held: bool) {
        let (stream, task, priority) = (record.stream, queued.task, queued.priority);
        if let Some(lead) = queued.value_lead {
            let stands = standing(record.elapsed, priority, lead);
            self.valued.insert((priority, stands, record.sequence), (stream, task));
            self.ranks.insert((stream, task), (priority, stands, record.sequence));
            return;
        }
        let line = self.lines.entry((stream, priority)).or_default();
        if line.tasks.is_empty() && !is_held {
            line.turn = Some(self.turns);
            self.turns += 1;
        }
        line.tasks.push_back((task, record.elapsed));
    }

    /// A task waits no longer. Whoever begins gives the turn to the next workflow.
    fn leave(&mut self, stream: StreamId, task: u32, begins: bool) {
        if let Some(rank) = self.ranks.remove(&(stream, task)) {
            self.valued.remove(&rank);
            return;
        }
        for (_, line) in self.lines.range_mut((stream, Priority::Low)..=(stream, Priority::Critical)) {
            let Some(place) = line.tasks.iter().position(|(one, _)| *one == task) else { continue };
            line.tasks.remove(place);
            if begins {
                line.turn = Some(self.turns);
                self.turns += 1;
            }
        }
        for priority in Priority::ALL.iter().copied() {
            if self.lines.get(&(stream, priority)).is_some_and(|line| line.tasks.is_empty()) {
                self.lines.remove(&(stream, priority));
            }
        }
    }

    /// Nothing of a workflow waits.
    pub(super) fn remove(&mut self, stream: StreamId) {
        self.valued.retain(|_, (of, _)| *of != stream);
        self.ranks.retain(|(of, _), _| *of != stream);
        self.lines.retain(|(of, _), _| *of != stream);
    }

    /// A workflow is held, or is let in again behind the others.
    pub(super) fn hold(&mut self, stream: StreamId, is_held: bool) {
        for (_, line) in self.lines.range_mut((stream, Priority::Low)..=(stream, Priority::Critical)) {
            if is_held {
                line.turn = None;
            } else if line.turn.is_none() {
                line.turn = Some(self.turns);
                self.turns += 1;
            }
        }
    }

    /// Everybody who could be next: the first of the line whose turn it is, of each priority, and those that state a value.
    fn candidates(&self, may_start: impl Fn(&StreamId) -> bool) -> Vec<Next> {
        let mut nexts = Vec::new();
        for priority in Priority::ALL.iter().copied() {
            let lines = self.lines.iter().filter(|((_, of), line)| *of == priority && line.turn.is_some());
            if let Some(((stream, _), line)) = lines.min_by_key(|(_, line)| line.turn)
                && let Some((task, since)) = line.tasks.front()
            {
                let stands = standing(*since, priority, Micros(0));
                nexts.push(Next {
                    priority,
                    standing: stands,
                    is_valued: false,
                    came: 0,
                    of: (*stream, *task),
                });
            }
            let valued = self.valued.range((priority, i64::MIN, 0)..=(priority, i64::MAX, u64::MAX));
            let first = valued.map(|(rank, of)| (*rank, *of)).find(|(_, (stream, _))| may_start(stream));
            nexts.extend(first.map(|((_, standing, came), of)| Next {
                priority,
                standing,
                is_valued: true,
                came,
                of,
            }));
        }
        nexts
    }

    fn first(&self, may_start: impl Fn(&StreamId) -> bool) -> Option<Next> {
        let rank = |next: &Next| {
            let urgency = (!self.ages).then_some(next.priority);
            (std::cmp::Reverse(urgency), next.standing, next.is_valued, next.came)
        };
        self.candidates(may_start).into_iter().min_by_key(rank)
    }
}

impl Book {
    pub(super) fn enter_queue(&mut self, record: &Recorded<AnyEvent>, queued: &TaskQueued) -> Verdict {
        let is_held = !self.may_start(&record.stream);
        let expected = self.value_lead(record.stream, queued.task);
        self.queue.push(record, queued, is_held);
        hold("invariant_value_counts_as_the_definition_says", queued.value_lead == expected, || {
            format!("record {} says {:?}, and it is {expected:?}", record.sequence, queued.value_lead)
        })
    }

    /// How far its value per energy puts a task ahead: a day times `v / (v + 1)`, while there is a source.
    fn value_lead(&self, stream: StreamId, task: u32) -> Option<Micros> {
        let course = self.courses.get(&stream).filter(|_| self.prices.has_source())?;
        let line = course.line(task)?;
        let terms = line.terms.as_deref()?;
        let multiplier = terms.market_multiplier.map_or(MILLION, |multiplier| multiplier.0.into());
        let value = i128::from(terms.value_score?.0) * multiplier.min(1_000 * MILLION);
        let energy_mwh = terms.energy_estimate.map_or_else(
            || match line.kind {
                TaskKind::Process => {
                    let Millis(longest) = self.timeout(line.kind, line.timeout);
                    i128::from(longest) * i128::from(self.setting(Setting::CorePower)) / 3_600_000
                }
                TaskKind::Noop | TaskKind::Wait | TaskKind::Signal | TaskKind::Approval | TaskKind::Group => {
                    0
                }
            },
            |energy| energy.0.into(),
        );
        let energy = energy_mwh.max(1) * MILLION;
        Some(Micros((i128::from(24 * HOUR_US) * value / (value + energy)) as i64))
    }

    /// Whoever gets a place is the one whose turn it is, and what did not wait begins only where nobody waits: while there is a
    /// source of prices by who stands where, so that a task is started after at most the others that stand before it; without one
    /// by priority.
    pub(super) fn invariant_nobody_starves(&mut self, record: &Recorded<AnyEvent>, task: u32) -> Verdict {
        let first = self.queue.first(|stream| self.may_start(stream));
        let course = self.courses.get(&record.stream);
        let has_waited =
            course.and_then(|course| course.line(task)).is_some_and(|line| line.phase == TaskPhase::Queued);
        let own = (record.stream, task);
        let holds = if has_waited { first.is_some_and(|first| first.of == own) } else { first.is_none() };
        let name = match self.queue.ages {
            true => "invariant_nobody_starves",
            false => "invariant_what_is_more_urgent_starts_first",
        };
        hold(name, holds, || format!("record {} starts task {task} before {first:?}", record.sequence))?;
        if let Some(first) = first.filter(|_| has_waited) {
            self.count_overtaken(first);
        }
        Ok(())
    }

    fn count_overtaken(&mut self, first: Next) {
        let others = self.queue.candidates(|stream| self.may_start(stream));
        let is_overtaken = |is_so: fn(&Next, &Next) -> bool| others.iter().any(|other| is_so(&first, other));
        for (is_so, probe) in [
            (is_overtaken(|first, other| other.priority < first.priority), Probe::MoreUrgentWentFirst),
            (
                is_overtaken(|first, other| {
                    first.is_valued && !other.is_valued && other.priority == first.priority
                }),
                Probe::WorthWentFirst,
            ),
            (is_overtaken(|first, other| other.priority > first.priority), Probe::LongerWaitWentFirst),
        ] {
            if is_so {
                self.probes.count(probe);
            }
        }
    }

    /// A task waits for a place no longer, if it did, because it begins or because it has ended.
    pub(super) fn leave_queue(&mut self, stream: StreamId, task: u32, begins: bool) {
        let line = self.courses.get(&stream).and_then(|course| course.line(task));
        if line.is_some_and(|line| line.phase == TaskPhase::Queued) {
            self.queue.leave(stream, task, begins);
        }
    }

    /// Whoever is next of those that wait for a place and whose workflow nobody holds.
    pub(super) fn first_waiting(&self) -> Option<(StreamId, u32)> {
        self.queue.first(|stream| self.may_start(stream)).map(|next| next.of)
    }

    /// A workflow was held or let go.
    pub(super) fn hold_queue(&mut self, stream: StreamId) {
        let is_held = !self.may_start(&stream);
        self.queue.hold(stream, is_held);
    }
}

impl Course {
    /// Whether a task has not begun and nothing was decided of it by prices.
    pub(super) fn is_undecided(&self, task: u32) -> bool {
        let phase = self.line(task).map(|line| line.phase);
        matches!(phase, Some(TaskPhase::Pending | TaskPhase::Evaluated))
    }
}
