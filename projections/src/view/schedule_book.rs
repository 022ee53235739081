//! Which schedules are there, where does each stand, and what did they fire lately?

use triad_event::ids::{PrincipalId, StreamId, WorkflowId};
use triad_event::schedules::{
    self, BackfillEnded, BackfillRequested, How, LeftOutWhy, MomentFired, MomentsLeftOut, PauseWhy, Phase,
    RunEnd, RunFollowed, ScheduleSet,
};
use triad_event::{Event, Recorded, governance};

use crate::fold::{Follows, Moment, ViewError};
use crate::host::kept::{One, View};
use crate::host::table::Holds;
use crate::row::{payloads, stored, vocabulary};
use crate::views::{Answer, Views};

/// What was handled lately and is kept of each schedule. The log holds all.
const RECENT_MAX: usize = 10;
/// Runs of one backfill at once, at most.
pub const BACKFILL_RUNS_MAX: usize = 8;

payloads! { ScheduleSet, BackfillRequested, BackfillEnded }

vocabulary! { Phase, How, LeftOutWhy, PauseWhy, RunEnd }

stored! {
    /// The schedules that are not deleted, by id.
    #[derive(Default)]
    pub struct ScheduleBook {
        /// All of them.
        pub schedules: Vec<Schedule>,
    }
}

stored! {
    /// A schedule.
    pub struct Schedule {
        /// Its id, which is that of its stream.
        pub id: StreamId,
        /// As it was set last.
        pub set: ScheduleSet,
        /// By whom: its workflows are submitted for them.
        pub principal: PrincipalId,
        /// When.
        pub last_set: Moment,
        /// When it was set first.
        pub created: Moment,
        /// Since when it names the moments that it names: those before are not its.
        pub since: Moment,
        /// Whether its moments fire.
        pub phase: Phase,
        /// That it is paused.
        pub paused: Option<Paused>,
        /// When it was resumed last.
        pub resumed: Option<Moment>,
        /// Up to here moments were handled.
        pub handled_ms: Option<i64>,
        /// The workflow of the newest moment that fired.
        pub last_run: Option<WorkflowId>,
        /// For how many moments a workflow was submitted, without those of backfills.
        pub fired: u64,
        /// How many moments were left out.
        pub left_out: u64,
        /// What was handled lately, the newest last.
        pub recent: Vec<Handled>,
        /// The newest backfill.
        pub backfill: Option<Backfill>,
        /// Moments that runs named which it follows and that are not handled, the oldest first.
        pub waiting: Vec<FollowedRun>,
        /// The run that it followed last.
        pub last_followed: Option<FollowedRun>,
    }
}

stored! {
    /// A run that a schedule follows, and the moment that its end named.
    pub struct FollowedRun {
        /// The moment.
        pub moment_ms: i64,
        /// The run.
        pub workflow: WorkflowId,
        /// How it ended.
        pub how: RunEnd,
        /// When that was heard.
        pub recorded: Moment,
    }
}

stored! {
    /// That a schedule is paused.
    pub struct Paused {
        /// By whom.
        pub principal: PrincipalId,
        /// When.
        pub since: Moment,
        /// Why, for programs.
        pub why: PauseWhy,
        /// Why, in words.
        pub reason: String,
    }
}

stored! {
    /// Moments that were handled: one that fired, or some in a row that were left out.
    pub struct Handled {
        /// The first of them.
        pub first_ms: i64,
        /// The last of them.
        pub last_ms: i64,
        /// How many they are.
        pub count: u64,
        /// When.
        pub recorded: Moment,
        /// The workflow, and how it came to it; none when they were left out.
        pub fired: Option<(WorkflowId, How)>,
        /// Why they were left out; none when a workflow was submitted.
        pub why: Option<LeftOutWhy>,
        /// The code of the problem, where the workflow was refused.
        pub refusal: String,
        /// The run whose end named the moment that fired.
        pub follows: Option<WorkflowId>,
    }
}

stored! {
    /// A backfill.
    pub struct Backfill {
        /// What was asked for.
        pub asked: BackfillRequested,
        /// By whom.
        pub principal: PrincipalId,
        /// When.
        pub requested: Moment,
        /// Moments up to here are done.
        pub after_ms: i64,
        /// For how many a workflow was submitted.
        pub fired: u64,
        /// The workflows that were submitted last, the newest last; all before them have ended.
        pub runs: Vec<WorkflowId>,
        /// How it ended, if it did.
        pub ended: Option<Ended>,
    }
}

stored! {
    /// That a backfill ended.
    pub struct Ended {
        /// When.
        pub at: Moment,
        /// What was recorded of it.
        pub how: BackfillEnded,
    }
}

impl ScheduleBook {
    /// The schedule with that id.
    pub fn find(&self, id: StreamId) -> Option<&Schedule> {
        self.place(id).ok().and_then(|place| self.schedules.get(place))
    }

    /// The schedule of a tenant with that name.
    pub fn named(&self, tenant: &str, name: &str) -> Option<&Schedule> {
        self.schedules.iter().find(|one| one.set.tenant == tenant && one.set.name == name)
    }

    fn place(&self, id: StreamId) -> Result<usize, usize> {
        self.schedules.binary_search_by_key(&id, |one| one.id)
    }

    fn remove(&mut self, id: StreamId) {
        if let Ok(place) = self.place(id) {
            self.schedules.remove(place);
        }
    }
}

impl Schedule {
    fn begun(record: &Recorded<Event>, set: &ScheduleSet) -> Self {
        let now = Moment::of(record);
        Self {
            id: record.stream,
            set: set.clone(),
            principal: record.principal,
            last_set: now,
            created: now,
            since: now,
            phase: Phase::Active,
            paused: None,
            resumed: None,
            handled_ms: None,
            last_run: None,
            fired: 0,
            left_out: 0,
            recent: Vec::new(),
            backfill: None,
            waiting: Vec::new(),
            last_followed: None,
        }
    }

    fn change(&mut self, record: &Recorded<Event>, set: &ScheduleSet) {
        let times = |set: &ScheduleSet| (set.timing.clone(), set.zone.clone(), set.gap, set.fold);
        let is_same = match (&self.set.after, &set.after) {
            (Some(before), Some(after)) => before.is_same_runs(after),
            (None, None) => times(&self.set) == times(set),
            (Some(_), None) | (None, Some(_)) => false,
        };
        if !is_same {
            self.since = Moment::of(record);
            self.handled_ms = self.handled_ms.max(self.waiting.last().map(|newest| newest.moment_ms));
            self.waiting.clear();
        }
        self.set = set.clone();
        self.principal = record.principal;
        self.last_set = Moment::of(record);
    }

    fn fire(&mut self, record: &Recorded<Event>, fired: &MomentFired) {
        let (moment_ms, workflow) = (fired.moment_ms, fired.workflow);
        if fired.how == How::Backfill {
            if let Some(backfill) = &mut self.backfill {
                backfill.after_ms = moment_ms;
                backfill.fired += 1;
                backfill.runs.push(workflow);
                if backfill.runs.len() > BACKFILL_RUNS_MAX {
                    backfill.runs.remove(0);
                }
            }
        } else {
            self.handled_ms = self.handled_ms.max(Some(moment_ms));
            self.last_run = Some(workflow);
            self.fired += 1;
        }
        let named = self.waiting.iter().find(|run| run.moment_ms == moment_ms);
        let follows = named.filter(|_| fired.how != How::Backfill).map(|run| run.workflow);
        self.waiting.retain(|run| Some(run.workflow) != follows);
        self.remember(Handled {
            first_ms: moment_ms,
            last_ms: moment_ms,
            count: 1,
            recorded: Moment::of(record),
            fired: Some((workflow, fired.how)),
            why: None,
            refusal: String::new(),
            follows,
        });
    }

    fn leave_out(&mut self, record: &Recorded<Event>, left: &MomentsLeftOut) {
        self.handled_ms = self.handled_ms.max(Some(left.last_ms));
        self.waiting.retain(|run| !(left.first_ms..=left.last_ms).contains(&run.moment_ms));
        self.left_out += left.count;
        self.remember(Handled {
            first_ms: left.first_ms,
            last_ms: left.last_ms,
            count: left.count,
            recorded: Moment::of(record),
            fired: None,
            why: Some(left.why),
            refusal: left.refusal.clone(),
            follows: None,
        });
    }

    fn hear_end(&mut self, record: &Recorded<Event>, followed: &RunFollowed) {
        let RunFollowed { moment_ms, workflow, how, displaced_ms } = *followed;
        if let Some(displaced_ms) = displaced_ms {
            self.waiting.retain(|run| run.moment_ms != displaced_ms);
            self.left_out += 1;
            let is_paused = self.phase == Phase::Paused;
            self.remember(Handled {
                first_ms: displaced_ms,
                last_ms: displaced_ms,
                count: 1,
                recorded: Moment::of(record),
                fired: None,
                why: Some(if is_paused { LeftOutWhy::Paused } else { LeftOutWhy::Overlap }),
                refusal: String::new(),
                follows: None,
            });
        }
        let run = FollowedRun { moment_ms, workflow, how, recorded: Moment::of(record) };
        self.waiting.push(run.clone());
        self.last_followed = Some(run);
    }

    fn remember(&mut self, handled: Handled) {
        if self.recent.len() == RECENT_MAX {
            self.recent.remove(0);
        }
        self.recent.push(handled);
    }

    fn begin_backfill(&mut self, record: &Recorded<Event>, asked: &BackfillRequested) {
        self.backfill = Some(Backfill {
            asked: asked.clone(),
            principal: record.principal,
            requested: Moment::of(record),
            after_ms: asked.from_ms.saturating_sub(1),
            fired: 0,
            runs: Vec::new(),
            ended: None,
        });
    }

    /// The backfill that is under way.
    pub fn open_backfill(&self) -> Option<&Backfill> {
        self.backfill.as_ref().filter(|backfill| backfill.ended.is_none())
    }

    fn hear(&mut self, record: &Recorded<Event>, event: &schedules::Event) {
        match event {
            schedules::Event::ScheduleSet(set) => self.change(record, set),
            schedules::Event::SchedulePaused(paused) => {
                self.paused = Some(Paused {
                    principal: record.principal,
                    since: Moment::of(record),
                    why: paused.why,
                    reason: paused.reason.clone(),
                });
            }
            schedules::Event::ScheduleResumed(_) => {
                self.paused = None;
                self.resumed = Some(Moment::of(record));
            }
            schedules::Event::MomentFired(fired) => self.fire(record, fired),
            schedules::Event::MomentsLeftOut(left) => self.leave_out(record, left),
            schedules::Event::BackfillRequested(asked) => self.begin_backfill(record, asked),
            schedules::Event::BackfillEnded(ended) => {
                if let Some(backfill) = &mut self.backfill {
                    backfill.ended = Some(Ended { at: Moment::of(record), how: ended.clone() });
                }
            }
            schedules::Event::RunFollowed(followed) => self.hear_end(record, followed),
            schedules::Event::ScheduleDeleted(_) => {}
        }
    }
}

impl Follows<schedules::Event> for ScheduleBook {
    fn follow(&mut self, record: &Recorded<Event>, event: &schedules::Event) -> Result<(), ViewError> {
        let id = record.stream;
        let before = self.find(id).map(|schedule| schedule.phase);
        let forbidden = || ViewError::forbidden(record, "its schedule", before);
        let phase = Phase::after(before, event).ok_or_else(forbidden)?;
        match self.place(id) {
            Err(place) => {
                let schedules::Event::ScheduleSet(set) = event else { return Err(forbidden()) };
                self.schedules.insert(place, Schedule::begun(record, set));
            }
            Ok(_) if phase == Phase::Deleted => self.remove(id),
            Ok(place) => {
                self.schedules[place].phase = phase;
                self.schedules[place].hear(record, event);
            }
        }
        Ok(())
    }
}

/// The stream of a schedule can be set aside and closed: then it is no more.
impl Follows<governance::Event> for ScheduleBook {
    fn follow(&mut self, record: &Recorded<Event>, event: &governance::Event) -> Result<(), ViewError> {
        if let governance::Event::StreamClosed(_) = event {
            self.remove(record.stream);
        }
        Ok(())
    }
}

impl View for ScheduleBook {
    const NAME: &'static str = "schedule_book";
    const FOLD: u32 = 2;
    type Kept = One<Self>;
}

impl<T: Holds<ScheduleBook>> Views<T> {
    /// What a question about the schedules is answered with.
    pub fn schedules<A>(&self, look: impl FnOnce(&ScheduleBook) -> A) -> Answer<A> {
        self.look(|kept: &One<ScheduleBook>| look(&kept.0))
    }
}
