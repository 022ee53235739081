//! Starting and stopping the engine.

use crate::clock::Clock;
use crate::effect::leftovers::end_leftovers;
use crate::flight::Flights;
use crate::hardware::{AttestedKey, Keeper, KeyInHardware};
use crate::mailbox::{Engine, Message};
use crate::performer::Performer;
use crate::poison::Poison;
use crate::recover::{RecoverError, recover};
use crate::run::{Loop, LoopError};
use crate::snapshot_file::Snapshots;
use std::collections::{BTreeSet, VecDeque};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use tokio::runtime::Handle;
use triad_decide::{DECIDE_VERSION, Effect, Group, effects, governance};
use triad_event::governance::EngineStarted;
use triad_event::ids::{NodeId, PrincipalId};
use triad_event::log::Occasion;
use triad_event::{Source, log};
use triad_log::directory::{Dropped, LogDirectory};
use triad_log::fjall_store::CloseError;
use triad_log::salt::Salts;
use triad_log::writer::{LogWriter, Sign, Start};
use triad_log::{FjallStorage, Opened, Storage};
use triad_vault::Vault;

/// What an engine starts with.
pub struct StartOptions {
    /// The log, open and checked; it has its genesis.
    pub opened: Opened,
    /// Signs with the key of the epoch in force.
    pub sign: Sign,
    /// The TPM that keeps that key, when one does.
    pub hardware: Option<KeyInHardware>,
    /// Opens the inputs of effects and seals what they write.
    pub vault: Vault,
    /// Runs effects.
    pub runtime: Handle,
    /// BLAKE3 of the program; all zero when it is not known.
    pub build_digest: [u8; 32],
}

/// Why an engine did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The log has no genesis.
    #[error("the log has no first record: create it with `triad log init`")]
    NoGenesis,
    /// The world could not be recovered.
    #[error("the engine's state could not be recovered from the log")]
    Recover(#[from] RecoverError),
    /// The storage did not start.
    #[error("the log's storage did not start")]
    Storage(#[from] triad_log::storage::StorageError),
    /// The first inputs failed.
    #[error("the engine did not come up")]
    Loop(#[from] LoopError),
    /// A file beside the log could not be read.
    #[error("a file beside the log could not be used")]
    Io(#[from] std::io::Error),
}

/// A running engine.
pub struct Running {
    mailbox: Sender<Message>,
    thread: JoinHandle<Result<LogWriter<FjallStorage>, LoopError>>,
    directory: LogDirectory,
    /// Processes of an earlier life that were ended.
    pub leftovers_ended: usize,
}

/// Why an engine did not stop cleanly. Nothing acknowledged is lost.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StopError {
    /// The loop had failed.
    #[error(transparent)]
    Loop(#[from] LoopError),
    /// The log was not closed.
    #[error(transparent)]
    Close(#[from] CloseError),
}

impl Running {
    /// Whether the loop has ended by itself, which it only does when it failed.
    pub fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }

    /// Ends what runs, makes what was decided durable and closes the log.
    ///
    /// # Panics
    /// When the loop panicked.
    pub fn stop(self) -> Result<(), StopError> {
        let _ended_already = self.mailbox.send(Message::Stop).is_err();
        let writer = self.thread.join().expect("invariant: the loop catches the panics of the core")?;
        writer.into_storage().close()?;
        drop(self.directory);
        Ok(())
    }
}

/// The idempotency key of an attempt.
fn key_of(effect: Effect) -> Option<String> {
    match effect {
        Effect::Perform(performance) => Some(performance.key.to_string()),
        Effect::DestroyKey(_) => None,
    }
}

/// Recovers the world, ends what an earlier life left running, and starts the loop.
pub fn start(options: StartOptions) -> Result<(Engine, Running), StartError> {
    let StartOptions { opened, sign, hardware, vault, runtime, build_digest } = options;
    let head = opened.head.clone().ok_or(StartError::NoGenesis)?;
    let (path, dropped, position) = (opened.path().to_owned(), opened.dropped, opened.position.clone());
    let world = recover(opened.reader(), head.last_sequence, &path)?;
    let owed: BTreeSet<String> = effects(&world).filter_map(key_of).collect();
    let leftovers_ended = if owed.is_empty() { 0 } else { end_leftovers(|key| owed.contains(key)) };
    let (mailbox, messages) = channel();
    let flights = Flights::default();
    let (storage, directory) = opened.start(head.log_id, flights.sink(mailbox.clone()))?;
    let (durable, reader) = (storage.durable(), storage.reader());
    let start = Start {
        log_id: head.log_id,
        node: head.node,
        position,
        key_epoch: head.statement.epoch,
        statement: None,
        sign,
        nv_counter: head.nv_counter,
        salts: Salts::system(),
        durable: durable.clone(),
    };
    let mut engine = Loop {
        snapshots: Snapshots::new(&path, mailbox.clone(), world.next_sequence()),
        poison: Poison::read(&path)?,
        keeper: hardware.map(|key| Keeper::new(key, runtime.clone(), mailbox.clone())),
        attested_key: AttestedKey {
            log_id: head.log_id,
            verifying_key: head.statement.verifying_key,
            key_epoch: head.statement.epoch,
        },
        performer: Performer::new(runtime, mailbox.clone(), vault),
        writer: LogWriter::new(start, storage),
        clock: Clock::new(),
        mailbox: messages,
        group: Group::default(),
        answers: Vec::new(),
        called_for: VecDeque::new(),
        payload: Vec::new(),
        stopping: false,
        vault_failure: None,
        flights,
        world,
    };
    engine.begin(dropped, NodeId(head.node), build_digest)?;
    engine.ask_attestation(engine.attested_key.at(head.checkpoint), Occasion::Started, None);
    let thread = std::thread::Builder::new().name("engine".into()).spawn(move || engine.run())?;
    let running = Running { mailbox: mailbox.clone(), thread, directory, leftovers_ended };
    Ok((Engine::new(mailbox, durable, reader), running))
}

impl Loop {
    /// The first records of a life: what opening found, that the engine started, what is set aside; then what
    /// is owed.
    fn begin(
        &mut self,
        dropped: Option<Dropped>,
        node: NodeId,
        build_digest: [u8; 32],
    ) -> Result<(), StartError> {
        if let Some(dropped) = dropped {
            self.record_dropped(dropped);
        }
        let started = EngineStarted { build_digest, decide_version: DECIDE_VERSION, node };
        let input = governance::Ask::StartEngine(started).into();
        self.step(input, PrincipalId::ZERO, Source::Engine)?
            .expect("invariant: a core starts its own version");
        for quarantined in self.poison.poisoned() {
            let stream = quarantined.quarantined;
            let input = governance::Ask::QuarantineStream(quarantined).into();
            // A stream that has ended meanwhile needs no setting aside.
            let _ended = self.step(input, PrincipalId::ZERO, Source::Engine)?.is_err();
            self.poison.forget(stream)?;
        }
        let from = self.world.next_sequence() - 1;
        self.called_for = effects(&self.world).map(|effect| (from, effect.request())).collect();
        Ok(())
    }

    fn record_dropped(&mut self, dropped: Dropped) {
        let dropped =
            log::TailDropped { after_sequence: dropped.after_sequence, dropped_bytes: dropped.bytes };
        self.write(log::Event::TailDropped(dropped));
    }
}
