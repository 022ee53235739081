//! The loop: an input becomes one group of records.
//!
//! The shell, the simulator and the replay tool all drive the core through [`step`], and all fold through
//! [`crate::evolve`].

use thiserror::Error;
use triad_event::ids::{PrincipalId, StreamId};
use triad_event::quantity::Micros;
use triad_event::{Ask, Domain, Event, Recorded};

use crate::access;
use crate::decision::Decision;
use crate::dispatch;
use crate::fold::{evolve, fold};
use crate::fold_error::Illegal;
use crate::governance;
use crate::input::Input;
use crate::limits::{
    GROUP_BACKGROUND_BESIDE_MAX, GROUP_BACKGROUND_EVENTS_MAX, GROUP_BYTES_MAX, GROUP_EVENTS_MAX,
};
use crate::place::Place;
use crate::ports::reactions::Pending;
use crate::refusal::{Accepted, Refusal};
use crate::world::{Deciding, World};

/// What the shell adds to an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Time of the input, never earlier than [`World::now`].
    pub at: Micros,
    /// What has passed for the log, never less than [`World::elapsed`].
    pub elapsed: Micros,
    /// Who asks.
    pub principal: PrincipalId,
}

/// The records of one group, committed together or not at all. Reused from step to step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// The records, the input first.
    pub records: Vec<Recorded<Event>>,
    /// What their payloads need in the log, at most.
    payload_bytes: usize,
}

impl Group {
    /// What the payloads of its records need in the log, at most.
    pub fn payload_bytes(&self) -> usize {
        self.payload_bytes
    }

    fn clear(&mut self) {
        self.records.clear();
        self.payload_bytes = 0;
    }

    /// Whether what follows goes into the next group.
    pub(crate) fn is_full(&self) -> bool {
        self.records.len() >= GROUP_EVENTS_MAX || self.payload_bytes >= GROUP_BYTES_MAX
    }

    /// Whether it takes more of what need not be punctual. What somebody asks meanwhile is decided in between.
    pub(crate) fn has_room_in_background(&self) -> bool {
        let begins = self.records.first().map(|record| &record.event);
        let is_timer =
            matches!(begins, Some(Event::Governance(triad_event::governance::Event::TimerFired(_))));
        let max = if is_timer { GROUP_BACKGROUND_EVENTS_MAX } else { GROUP_BACKGROUND_BESIDE_MAX };
        self.records.len() < max
    }
}

/// Decides on an input, folds what was decided, and goes on with what follows until nothing is owed or the
/// group is full; then [`World::owes_work`] and the rest goes on in the group of the next input. A refusal
/// changes nothing, and records nothing unless it is evidence: the group then holds the record of it.
///
/// # Panics
///
/// When a decision breaks the grammar, which is a bug. The world is then not to be used any more; the shell
/// counts such ends by stream, which [`World::deciding`] names, and has a stream on which they repeat put into
/// quarantine.
pub fn step(world: &mut World, input: Input, stamp: Stamp, group: &mut Group) -> Result<Accepted, Refusal> {
    group.clear();
    world.ports.effects.forget_changes();
    let Decision { event, cause, reply } = decide(world, input, stamp)?;
    if let Some((stream, event)) = event {
        let first = world.next_sequence();
        record(world, group, Draft { stream, event, cause: cause.unwrap_or(first) }, stamp);
        close(world, group, stamp);
    }
    reply
}

/// Decides on an input without changing anything but whom a panic would blame.
fn decide(world: &mut World, input: Input, stamp: Stamp) -> Result<Decision, Refusal> {
    let Input { stream, ask } = input;
    let stream = concerned(world, stream, &ask)?;
    world.deciding = Deciding(stream);
    let now = world.now();
    if stamp.at < now {
        return Err(governance::Refusal::TimeWentBack { now, given: stamp.at }.into());
    }
    let passed = world.elapsed();
    if stamp.elapsed < passed {
        return Err(governance::Refusal::ElapsedWentBack { now: passed, given: stamp.elapsed }.into());
    }
    let needs_engine = ask.domain() != Domain::Governance;
    if needs_engine && world.governance.phase.is_none() {
        return Err(governance::Refusal::NotStarted.into());
    }
    if world.ports.streams.is_aside(stream) {
        return Err(governance::Refusal::Quarantined { stream }.into());
    }
    let Stamp { at, elapsed, principal } = stamp;
    // That whoever counts no more was refused is recorded as theirs.
    if !matches!(ask, Ask::Access(access::Ask::Refuse(_))) {
        access::decide::refuse_ended(&world.access, principal, at)?;
    }
    let place = Place { at, elapsed, principal, ..world.here() };
    dispatch::decide(world, stream, ask, &place)
}

/// The stream that something asked concerns. What came of an effect concerns the stream of its request.
fn concerned(world: &World, stream: StreamId, ask: &Ask) -> Result<StreamId, Refusal> {
    let Some(request) = ask.request() else { return Ok(stream) };
    match world.ports.effects.get(request) {
        Some(owed) => Ok(owed.stream),
        None if request < world.next_sequence() => Err(Refusal::EffectOver { request }),
        None => Err(Refusal::EffectUnknown { request }),
    }
}

/// Decides a recorded group again from its first record, and folds what comes out. Whether it is the same is
/// for the caller to compare. A group that was not decided, but written by the code that opens the log, comes
/// back as it is.
pub fn replay(
    world: &mut World,
    recorded: &[Recorded<Event>],
    group: &mut Group,
) -> Result<(), Unreplayable> {
    let first = recorded.first().ok_or(Unreplayable::Empty)?;
    let stamp = Stamp { at: first.at, elapsed: first.elapsed, principal: first.principal };
    if matches!(first.event, Event::Log(_)) {
        group.clear();
        group.records.extend_from_slice(recorded);
        return Ok(recorded.iter().try_for_each(|record| evolve(world, record))?);
    }
    let input = Input::restated(first).ok_or(Unreplayable::NotAnInput)?;
    match step(world, input, stamp, group) {
        // It was refused then too, and that is what was recorded.
        Err(refusal) if group.records.is_empty() => Err(refusal.into()),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Why a group cannot be decided again.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unreplayable {
    /// It has no record.
    #[error("a group has at least one record")]
    Empty,
    /// What it begins with follows from something, and is not the record of an input.
    #[error("a group begins with the record of an input")]
    NotAnInput,
    /// It cannot follow what is before it.
    #[error(transparent)]
    Illegal(#[from] Illegal),
    /// The input is refused now, though it was accepted then.
    #[error("the input is refused now: {0}")]
    Refused(#[from] Refusal),
}

/// An event that has no place in the log yet.
struct Draft {
    stream: StreamId,
    event: Event,
    cause: u64,
}

/// Goes on with what is owed.
fn close(world: &mut World, group: &mut Group, stamp: Stamp) {
    let system = Stamp { principal: PrincipalId::ZERO, ..stamp };
    while !group.is_full() {
        let next = world.ports.reactions.next(world.next_sequence(), group.has_room_in_background());
        let Some(Pending { reaction, cause }) = next.copied() else { return };
        world.deciding = Deciding(dispatch::stream_of(world, reaction));
        let (stream, event) = dispatch::react(world, reaction, &place(world, group, stamp))
            .expect("invariant: what the world shows to be owed names what is in the world");
        record(world, group, Draft { stream, event, cause }, system);
    }
}

/// Where the next record of a group will stand.
fn place(world: &World, group: &Group, stamp: Stamp) -> Place {
    let here = world.here();
    let first = group.records.first().map_or(here.group, |first| first.sequence);
    let Stamp { at, elapsed, .. } = stamp;
    Place { group: first, ordinal: here.group - first, at, elapsed, ..here }
}

fn record(world: &mut World, group: &mut Group, draft: Draft, stamp: Stamp) {
    let Draft { stream, event, cause } = draft;
    let sequence = world.next_sequence();
    let record = Recorded {
        sequence,
        group: group.records.first().map_or(sequence, |first| first.sequence),
        at: stamp.at,
        elapsed: stamp.elapsed,
        stream,
        ordinal: world.ports.streams.next_ordinal(stream),
        cause,
        principal: stamp.principal,
        event,
    };
    group.payload_bytes += record.event.payload_bytes();
    group.records.push(record);
    let record = &group.records[group.records.len() - 1];
    fold(world, record).expect("invariant: what was decided obeys the grammar");
}
