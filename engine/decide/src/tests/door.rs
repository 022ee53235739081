//! The one door of the tests: `check(given, when, then)`, in words.
//!
//! A script is commands, one a line: see [`super::script`]. What is expected is the records that the commands
//! of `when` lead to, as [`super::render`] writes them, one a line, or `refused: ` and why.

use triad_event::ids::{BootId, DataSubjectId, LogId, NodeId, PrincipalId, StreamId, WorkflowId};
use triad_event::log::{Created, KeyProtection, Place};
use triad_event::quantity::Micros;
use triad_event::{Event, Recorded};

use super::invariants::check_invariants;
use super::render::render;
use super::script::{Command, parse};
use crate::governance::Ask as Govern;
use crate::{
    Accepted, DECIDE_VERSION, Effect, Evaluation, Group, Input, KeyDestruction, Performance, Refusal, Stamp,
    World, effects, evolve, replay, snapshot, step,
};

/// Runs `given`, then `when`, and compares what the latter leads to with `then`.
#[track_caller]
pub(crate) fn check(given: &str, when: &str, then: &str) {
    let mut door = Door::open();
    door.run(given);
    let found = door.run(when);
    let expected: Vec<&str> = then.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert!(found == expected, "expected:\n{}\nfound:\n{}\n", expected.join("\n"), found.join("\n"));
}

/// A world with everything that watches it.
pub(crate) struct Door {
    pub(crate) world: World,
    /// Folds the records and nothing else.
    folded: World,
    pub(crate) at: Micros,
    /// What has passed for the log.
    pub(crate) elapsed: Micros,
    /// Who asks.
    pub(crate) principal: PrincipalId,
    pub(crate) log: Vec<Recorded<Event>>,
    pub(crate) group: Group,
    /// Whether everything is compared after each input. Off where a test needs very many.
    pub(crate) is_watched: bool,
}

impl Door {
    /// A log with an engine that has started.
    pub(crate) fn open() -> Self {
        let mut door = Self {
            world: World::new(),
            folded: World::new(),
            at: Micros(1_000_000_000),
            elapsed: Micros(0),
            principal: PrincipalId([7; 16]),
            log: Vec::new(),
            group: Group::default(),
            is_watched: true,
        };
        door.write(
            Created {
                log_id: LogId([0x10; 16]),
                node: NodeId([0x20; 16]),
                key_protection: KeyProtection::SoftwareFile,
                verifying_key: [0x30; 32],
                recovery_key: None,
                build_digest: [0; 32],
                place: Place { id: [0; 16], file_system: 0, inode: 0 },
            }
            .into(),
        );
        door.input(Govern::StartEngine(started()).into()).expect("an engine starts");
        door
    }

    /// Writes a record as the code that opens the log does.
    pub(crate) fn write(&mut self, event: Event) {
        let sequence = self.world.next_sequence();
        let record = Recorded {
            sequence,
            group: sequence,
            at: self.at,
            elapsed: self.elapsed,
            stream: StreamId::LOG,
            ordinal: self.world.next_log_ordinal(),
            cause: sequence,
            principal: PrincipalId::ZERO,
            event,
        };
        for world in [&mut self.world, &mut self.folded] {
            evolve(world, &record).expect("a legal record");
        }
        self.log.push(record);
    }

    /// Runs a script and renders what it leads to.
    pub(crate) fn run(&mut self, script: &str) -> Vec<String> {
        let mut lines = Vec::new();
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            match parse(self, line) {
                Command::Wait(span) => self.wait(span),
                Command::Become(principal) => self.principal = principal,
                Command::Write(event) => self.write(event),
                Command::Input(input) => match self.input(input) {
                    Ok(Accepted::Repeated { workflow }) => {
                        lines.push(format!("repeated {}", name_of(workflow)))
                    }
                    Ok(_) if self.group.records.is_empty() => lines.push("recorded before".to_owned()),
                    Ok(_) => lines.extend(self.group.records.iter().map(render)),
                    Err(refusal) => {
                        lines.extend(self.group.records.iter().map(render));
                        lines.push(format!("refused: {refusal}"));
                    }
                },
            }
        }
        lines
    }

    /// Time passes.
    pub(crate) fn wait(&mut self, span: Micros) {
        self.at = Micros(self.at.0 + span.0);
        self.elapsed = Micros(self.elapsed.0 + span.0);
    }

    /// Time passes until something is due.
    pub(crate) fn wait_until(&mut self, due: Micros) {
        self.wait(Micros((due.0 - self.elapsed.0).max(0)));
    }

    /// Gives an input to the core, with everything watching.
    pub(crate) fn input(&mut self, input: Input) -> Result<Accepted, Refusal> {
        let stamp = Stamp { at: self.at, elapsed: self.elapsed, principal: self.principal };
        if !self.is_watched {
            return step(&mut self.world, input, stamp, &mut self.group);
        }
        let before = self.world.clone();
        let digest_before = snapshot::digest(&self.world);
        let reply = step(&mut self.world, input, stamp, &mut self.group);
        assert_eq!(snapshot::digest(&before), digest_before, "a clone sees no later writes");
        if self.group.records.is_empty() {
            assert_eq!(snapshot::digest(&self.world), digest_before, "without a record nothing changes");
            return reply;
        }
        self.log.extend(self.group.records.iter().cloned());
        self.decide_again(before);
        self.fold();
        self.reread();
        check_invariants(self);
        reply
    }

    fn decide_again(&self, mut before: World) {
        let mut again = Group::default();
        replay(&mut before, &self.group.records, &mut again).expect("a recorded group is decided again");
        assert_eq!(again.records, self.group.records, "deciding again gives the same records");
        assert_eq!(snapshot::encode(&before), snapshot::encode(&self.world));
    }

    fn fold(&mut self) {
        for record in &self.group.records {
            evolve(&mut self.folded, record).expect("a legal record");
        }
        assert_eq!(
            snapshot::encode(&self.folded),
            snapshot::encode(&self.world),
            "folding gives the same world"
        );
    }

    fn reread(&self) {
        let bytes = snapshot::encode(&self.world);
        let world = snapshot::decode(&bytes).expect("a snapshot can be read");
        assert_eq!(snapshot::encode(&world), bytes, "a snapshot holds the world");
    }
}

/// The attempts that are owed, in the order of their requests.
pub(crate) fn performances(world: &World) -> Vec<Performance> {
    let perform = |effect| match effect {
        Effect::Perform(performance) => Some(performance),
        Effect::DestroyKey(_) | Effect::Notify(_) | Effect::Evaluate(_) => None,
    };
    effects(world).filter_map(perform).collect()
}

/// The evaluations that are owed, in the order of their requests.
pub(crate) fn evaluations(world: &World) -> Vec<Evaluation> {
    let evaluate = |effect| match effect {
        Effect::Perform(_) | Effect::DestroyKey(_) | Effect::Notify(_) => None,
        Effect::Evaluate(evaluation) => Some(evaluation),
    };
    effects(world).filter_map(evaluate).collect()
}

/// The keys that are to be destroyed, in the order of the requests.
pub(crate) fn destructions(world: &World) -> Vec<KeyDestruction> {
    let destroy = |effect| match effect {
        Effect::Perform(_) | Effect::Notify(_) | Effect::Evaluate(_) => None,
        Effect::DestroyKey(destruction) => Some(destruction),
    };
    effects(world).filter_map(destroy).collect()
}

/// The start of an engine of this version.
pub(crate) fn started() -> triad_event::governance::EngineStarted {
    triad_event::governance::EngineStarted {
        build_digest: [0x40; 32],
        decide_version: DECIDE_VERSION,
        node: NodeId([0x20; 16]),
        boot: BootId([0x50; 16]),
        boottime: Micros(0),
    }
}

/// A workflow by its name in scripts: up to sixteen characters.
pub(crate) fn workflow_named(name: &str) -> WorkflowId {
    let mut id = [b'.'; 16];
    id[..name.len()].copy_from_slice(name.as_bytes());
    WorkflowId(id)
}

/// A data subject by its name in scripts.
pub(crate) fn subject_named(name: &str) -> DataSubjectId {
    workflow_named(name).into()
}

/// The name of a workflow in scripts.
pub(crate) fn name_of(workflow: WorkflowId) -> String {
    String::from_utf8_lossy(&workflow.0).trim_end_matches('.').to_owned()
}
