//! Schedules as scripts write them, and what must hold of those that follow runs.
//!
//! ```text
//! schedule S                 at moments of a calendar
//! schedule F after schedule:S [on=failure submits=D]       or after definition:D
//! schedule S fires 5000 W    schedule S omits 5000 7000 2    schedule S pauses    schedule S resumes    schedule S ends
//! schedule S fills 1000 5000
//! define D                   a version of a definition
//! ```

use std::collections::{BTreeMap, BTreeSet};

use triad_event::bulk::Connection;
use triad_event::definitions::{Ask as Define, Language, PublishDefinition};
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::quantity::Millis;
use triad_event::schedules::{
    After, Ask, BackfillRequested, CatchUp, CatchUpPolicy, Event as ScheduleEvent, Fold, FollowOn, Followed,
    Gap, How, LeftOutWhy, MomentFired, MomentsLeftOut, Overlap, PauseWhy, ScheduleDeleted, SchedulePaused,
    ScheduleResumed, ScheduleSet,
};
use triad_event::subjects::{Standing, Subject};
use triad_event::{Event, Recorded};

use super::door::{name_of, subject_named, workflow_named};
use super::script::sealed;
use super::tasks::option;
use crate::Input;

/// Reads what a script says of a schedule.
pub(super) fn parse(rest: &str) -> Input {
    let (name, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let stream = StreamId::from(workflow_named(name));
    let (verb, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let words: Vec<&str> = rest.split(' ').collect();
    let number = |place: usize| words[place].parse::<i64>().expect("a moment");
    let (reason, zones_version) = (String::new(), "2026f".to_owned());
    let ask: Ask = match verb {
        "" => calendar(name).into(),
        "after" => follower(name, rest).into(),
        "fires" => {
            let (moment_ms, workflow) = (number(0), workflow_named(words[1]));
            MomentFired { moment_ms, workflow, how: How::OnTime, zones_version }.into()
        }
        "omits" => {
            let (first_ms, last_ms, count) = (number(0), number(1), number(2).unsigned_abs());
            let (why, refusal) = (LeftOutWhy::Overlap, String::new());
            MomentsLeftOut { first_ms, last_ms, count, why, refusal, zones_version }.into()
        }
        "pauses" => SchedulePaused { why: PauseWhy::Asked, reason }.into(),
        "resumes" => ScheduleResumed { reason }.into(),
        "ends" => ScheduleDeleted { reason }.into(),
        "fills" => {
            let (from_ms, before_ms) = (number(0), number(1));
            BackfillRequested { from_ms, before_ms, expected: 1, zones_version, reason }.into()
        }
        other => panic!("no such ask of a schedule: {other}"),
    };
    Input::of(stream, ask)
}

/// A version of a definition. Each differs from the one before.
pub(super) fn define(name: &str, number: u64) -> Input {
    let asked = PublishDefinition {
        tenant: "default".to_owned(),
        name: name.to_owned(),
        subject: subject(name),
        source: sealed(9).into(),
        language: Language::Yaml,
        digest: *blake3::hash(&number.to_le_bytes()).as_bytes(),
        tasks: 1,
        reason: String::new(),
    };
    Define::from(asked).into()
}

fn subject(name: &str) -> Subject {
    Subject { id: subject_named(name), slot: 1, standing: Standing::Known, looked_up_through: 0 }
}

fn calendar(name: &str) -> ScheduleSet {
    ScheduleSet {
        tenant: "default".to_owned(),
        name: name.to_owned(),
        timing: "@hourly".to_owned(),
        zone: "UTC".to_owned(),
        zones_version: "2026f".to_owned(),
        gap: Gap::Shift,
        fold: Fold::First,
        overlap: Overlap::Allow,
        catch_up: CatchUp { policy: CatchUpPolicy::Last, count_max: 0, age_max: Millis(0) },
        jitter_max: Millis(0),
        subject: subject(name),
        source: sealed(9).into(),
        language: Language::Yaml,
        connection: Connection::Encrypted,
        reason: String::new(),
        after: None,
    }
}

fn follower(name: &str, rest: &str) -> ScheduleSet {
    let (whose, options) = rest.split_once(' ').unwrap_or((rest, ""));
    let (followed, other) = whose.split_once(':').expect("what is followed, and its name");
    let followed = match followed {
        "schedule" => Followed::Schedule,
        _ => Followed::Definition,
    };
    let on = match option(options, "on") {
        Some("any") => FollowOn::Any,
        Some("failure") => FollowOn::Failure,
        _ => FollowOn::Success,
    };
    let submits = option(options, "submits").unwrap_or_default().to_owned();
    let after = Some(After { followed, name: other.to_owned(), on, submits });
    let nothing = String::new;
    ScheduleSet { timing: nothing(), zone: nothing(), zones_version: nothing(), after, ..calendar(name) }
}

/// What a record of a schedule says.
pub(super) fn details(event: &ScheduleEvent) -> String {
    match event {
        ScheduleEvent::RunFollowed(followed) => {
            let displaced = followed.displaced_ms.map(|displaced_ms| format!(" for {displaced_ms}"));
            let (run, displaced) = (name_of(followed.workflow), displaced.unwrap_or_default());
            format!("{} {run} {:?}{displaced}", followed.moment_ms, followed.how)
        }
        ScheduleEvent::MomentFired(fired) => format!("{} {}", fired.moment_ms, name_of(fired.workflow)),
        ScheduleEvent::MomentsLeftOut(left) => format!("{} {} {}", left.first_ms, left.last_ms, left.count),
        ScheduleEvent::ScheduleSet(_)
        | ScheduleEvent::SchedulePaused(_)
        | ScheduleEvent::ScheduleResumed(_)
        | ScheduleEvent::ScheduleDeleted(_)
        | ScheduleEvent::BackfillRequested(_)
        | ScheduleEvent::BackfillEnded(_) => String::new(),
    }
}

/// Reads a whole log: no schedule follows a run twice, or one that has not ended, and the moments that it names ascend.
#[expect(clippy::wildcard_enum_match_arm, reason = "nothing else ends a run or follows one")]
pub(crate) fn check_followers(log: &[Recorded<Event>]) {
    let mut ended: BTreeSet<WorkflowId> = BTreeSet::new();
    let mut followed: BTreeSet<(StreamId, WorkflowId)> = BTreeSet::new();
    let mut newest_ms: BTreeMap<StreamId, i64> = BTreeMap::new();
    for record in log {
        match &record.event {
            Event::Governance(triad_event::governance::Event::StreamClosed(closed)) => {
                ended.insert(closed.closed.into());
            }
            event if event.closes_stream() => {
                ended.insert(record.stream.into());
            }
            Event::Schedules(ScheduleEvent::RunFollowed(run)) => {
                assert!(ended.contains(&run.workflow), "{} is followed before it ended", run.workflow);
                assert!(followed.insert((record.stream, run.workflow)), "{} is followed twice", run.workflow);
                let before_ms = newest_ms.insert(record.stream, run.moment_ms);
                assert!(before_ms < Some(run.moment_ms), "{} names an earlier moment", run.workflow);
            }
            _ => {}
        }
    }
}
