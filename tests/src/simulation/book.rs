//! What the durable records say by themselves: a second, naive reading of the log with nothing but the grammars of the
//! vocabulary, against which the engine is held. It is read once per record, so it keeps only what a rule needs.

mod alerts;
mod attempt_line;
mod attempts;
mod containers;
mod course;
mod deadlines;
mod evaluations;
mod fates;
mod gates;
mod governance;
mod healing;
mod intake;
mod ledger;
mod line;
mod prices;
mod queue;
mod rest;
mod schedules;
mod subjects;
mod tasks;
mod whose;

use super::listed::Counts;
use super::probe::Probe;
use super::violation::{Verdict, Violation, broken, hold};
use alerts::Alerts;
pub(crate) use attempt_line::AttemptLine;
pub(crate) use course::Course;
use healing::Healing;
use ledger::Ledger;
pub(crate) use line::TaskLine;
pub(crate) use prices::Prices;
use queue::Queue;
pub(crate) use schedules::ScheduleLine;
use schedules::Schedules;
use std::collections::{BTreeMap, BTreeSet};
use triad_event::dag::WorkflowPhase;
use triad_event::execution::Ending;
use triad_event::governance::{Phase, Setting};
use triad_event::ids::StreamId;
use triad_event::intake::Earlier;
use triad_event::quantity::Micros;
use triad_event::{Event, Kind, Recorded};
use whose::Subjects;

/// The reading.
#[derive(Debug)]
pub(crate) struct Book {
    pub(crate) next_sequence: u64,
    group: u64,
    now: Micros,
    log_ordinal: u64,
    pub(crate) engine: Option<Phase>,
    /// Whether the last process said that it ends, and none has begun since.
    pub(crate) ended_well: bool,
    pub(super) clock_stepped: bool,
    pub(super) waits_until: Option<Micros>,
    settings: Vec<i64>,
    /// Streams that are open.
    pub(crate) courses: BTreeMap<StreamId, Course>,
    /// Streams that are closed, and whether they had been accepted before.
    pub(crate) closed: BTreeMap<StreamId, bool>,
    /// Attempts that are not over, by the sequence of their requests.
    pub(crate) attempts: BTreeMap<u64, AttemptLine>,
    pub(crate) quarantined: BTreeSet<StreamId>,
    /// What was accepted last under each key, and how many acceptances under any key came before it.
    keys: BTreeMap<[u8; 32], (Earlier, u64)>,
    keys_accepted: u64,
    /// Digests of snapshots by the sequence that they go through.
    pub(crate) snapshots: BTreeMap<u64, [u8; 32]>,
    /// Keys that were accepted again after they had expired.
    pub(crate) keys_renewed: u64,
    /// Records by kind, as a list parallel to the table of kinds.
    pub(crate) kinds: Vec<u64>,
    /// Ends of attempts by ending.
    pub(crate) endings: [u64; Ending::ALL.len()],
    pub(crate) subjects: Subjects,
    pub(crate) alerts: Alerts,
    pub(crate) schedules: Schedules,
    /// Evaluations that are not over, by the sequence of their requests: of which stream and task.
    pub(crate) evaluations: BTreeMap<u64, (StreamId, u32)>,
    /// The tasks that wait for a place.
    queue: Queue,
    pub(crate) prices: Prices,
    ledger: Ledger,
    healing: Healing,
    /// When what has not ended must have.
    deadlines: BTreeSet<(Micros, StreamId, Option<u32>)>,
    /// Rare things that the records tell.
    pub(crate) probes: Counts<Probe>,
}

impl Book {
    /// Nothing read yet.
    pub(crate) fn new() -> Self {
        let greatest = Setting::ALL.last().map_or(0, |setting| usize::from(setting.number()));
        let mut settings = vec![0; greatest + 1];
        for setting in Setting::ALL {
            settings[usize::from(setting.number())] = setting.default_value();
        }
        Self {
            next_sequence: 0,
            group: 0,
            now: Micros(i64::MIN),
            log_ordinal: 0,
            engine: None,
            ended_well: false,
            clock_stepped: false,
            waits_until: None,
            settings,
            courses: BTreeMap::new(),
            closed: BTreeMap::new(),
            attempts: BTreeMap::new(),
            quarantined: BTreeSet::new(),
            keys: BTreeMap::new(),
            keys_accepted: 0,
            snapshots: BTreeMap::new(),
            keys_renewed: 0,
            kinds: vec![0; Kind::ALL.len()],
            endings: [0; Ending::ALL.len()],
            subjects: Subjects::default(),
            alerts: Alerts::default(),
            schedules: Schedules::default(),
            evaluations: BTreeMap::new(),
            queue: Queue::default(),
            prices: Prices::default(),
            ledger: Ledger::default(),
            healing: Healing::default(),
            deadlines: BTreeSet::new(),
            probes: Counts::default(),
        }
    }

    /// Reads the next record and holds it against every rule that concerns it.
    pub(crate) fn take(&mut self, record: &Recorded<Event>) -> Verdict {
        self.invariant_records_follow_each_other(record)?;
        self.count(record.event.kind());
        match &record.event {
            Event::Log(_) => self.invariant_ordinals_of_the_log_are_contiguous(record),
            Event::Governance(event) => self.govern(record, event),
            Event::Intake(event) => self.take_in(record, event),
            Event::Dag(event) => {
                self.invariant_a_run_is_charged_before_anything_follows(record, event.task())?;
                self.take_task(record, event)?;
                self.schedules.hear_end(record, event);
                Ok(())
            }
            Event::Execution(event) => self.take_attempt(record, event),
            Event::Subjects(event) => {
                self.invariant_ordinals_of_the_log_are_contiguous(record)?;
                self.take_subject(record, event)
            }
            Event::Alerts(event) => self.take_alert(record, event),
            Event::Gates(event) => self.take_gate(record, event),
            Event::Evaluation(event) => self.take_evaluation(record, event),
            Event::Schedules(event) => self.take_schedule(record, event),
            Event::Prices(event) => self.take_prices(record, event),
            Event::Economics(event) => self.take_charge(record, event),
            Event::Healing(event) => {
                self.invariant_a_run_is_charged_before_anything_follows(record, event.task())?;
                self.take_healing(record, event)
            }
            // Nobody keeps a definition under a name here, or does one thing to many workflows.
            Event::Definitions(_) | Event::Bulk(_) => Ok(()),
            Event::Access(_) | Event::Moderation(_) => {
                self.invariant_ordinals_of_the_log_are_contiguous(record)
            }
        }
    }

    /// The time of the newest record, in milliseconds.
    pub(crate) fn now_ms(&self) -> i64 {
        self.now.0.div_euclid(1000)
    }

    /// The time of the newest record.
    pub(crate) const fn now_us(&self) -> Micros {
        self.now
    }

    /// The value of a setting.
    pub(crate) fn setting(&self, setting: Setting) -> i64 {
        self.settings[usize::from(setting.number())]
    }

    /// Workflows that were accepted and have not ended.
    pub(crate) fn running(&self) -> impl Iterator<Item = (&StreamId, &Course)> {
        self.courses.iter().filter(|(_, course)| course.phase != WorkflowPhase::Staging)
    }

    fn count(&mut self, kind: Kind) {
        if let Ok(place) = Kind::ALL.binary_search(&kind) {
            self.kinds[place] += 1;
        }
    }

    fn invariant_records_follow_each_other(&mut self, record: &Recorded<Event>) -> Verdict {
        let group = if record.group == record.sequence { record.sequence } else { self.group };
        let holds = record.sequence == self.next_sequence
            && record.group == group
            && record.at >= self.now
            && record.cause <= record.sequence;
        hold("invariant_records_follow_each_other", holds, || {
            format!("record {} after {} records: {record:?}", record.sequence, self.next_sequence)
        })?;
        self.next_sequence += 1;
        self.group = group;
        self.now = record.at;
        Ok(())
    }

    fn invariant_ordinals_of_the_log_are_contiguous(&mut self, record: &Recorded<Event>) -> Verdict {
        let holds = record.stream == StreamId::LOG && record.ordinal == self.log_ordinal;
        self.log_ordinal += 1;
        hold("invariant_stream_ordinals_are_contiguous", holds, || {
            format!("record {} of the log's own stream has ordinal {}", record.sequence, record.ordinal)
        })
    }

    /// The course that a record continues, once its place in the stream is seen to be right.
    fn course(&mut self, record: &Recorded<Event>) -> Result<&mut Course, Box<Violation>> {
        let stream = record.stream;
        if self.quarantined.contains(&stream) {
            let what = format!("record {} is of stream {stream}, which is set aside", record.sequence);
            return Err(broken("invariant_a_stream_in_quarantine_is_silent", what));
        }
        let Some(course) = self.courses.get_mut(&stream) else {
            let what =
                format!("record {} is of stream {stream}: {:?}", record.sequence, self.closed.get(&stream));
            return Err(broken("invariant_a_closed_stream_stays_closed", what));
        };
        hold("invariant_stream_ordinals_are_contiguous", course.next_ordinal == record.ordinal, || {
            format!("record {} has ordinal {}, not {}", record.sequence, record.ordinal, course.next_ordinal)
        })?;
        course.next_ordinal += 1;
        match WorkflowPhase::after(Some(course.phase), &record.event) {
            Some(phase) => course.phase = phase,
            None => {
                let what =
                    format!("record {} follows {:?}: {:?}", record.sequence, course.phase, record.event);
                return Err(broken("invariant_workflows_obey_their_grammar", what));
            }
        }
        Ok(course)
    }
}
