//! Starting and stopping the engine.

use crate::clock::{self, Clocks};
use crate::effect::adopted;
use crate::effect::site::{Site, SiteOptions};
use crate::hardware::{AttestedKey, Keeper, KeyInHardware};
use crate::mailbox::{Engine, Mail, Reply};
use crate::performer::{Configuration, Performer};
use crate::poison_file::PoisonFile;
use crate::run::Loop;
use crate::shell::in_flight::InFlight;
use crate::shell::message::Message;
use crate::shell::recover::{RecoverError, recover};
use crate::shell::{Beginning, Setup, Shell, ShellError};
use crate::snapshot_file::SnapshotFiles;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use tokio::runtime::Handle;
use tokio::sync::watch;
use triad_event::ids::NodeId;
use triad_event::log::{Occasion, TailDropped};
use triad_log::directory::{Dropped, LogDirectory, OpenedHead};
use triad_log::durable::DurableMark;
use triad_log::fjall_store::CloseError;
use triad_log::salt::Salts;
use triad_log::storage::{Completion, CompletionSink};
use triad_log::writer::{LogWriter, Sign, Start};
use triad_log::{FjallStorage, Opened, Storage};
use triad_proof::build::Position;
use triad_vault::Vault;

/// Records between two snapshots, at least: folding this many takes some 40 ms.
const RECORDS_PER_SNAPSHOT: u64 = 50_000;

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
    /// Tells people of alerts; without it they lie in the log alone.
    pub notify: Option<crate::Notify>,
    /// The variables of the environment that fixes may set.
    pub configuration: Configuration,
    /// How processes are run.
    pub site: SiteOptions,
    /// Whether nothing is to be performed until somebody resumes the engine.
    pub is_paused: bool,
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
    Loop(#[from] ShellError),
    /// A file beside the log could not be read.
    #[error("a file beside the log could not be used")]
    Io(#[from] std::io::Error),
}

/// A running engine.
pub struct Running {
    mailbox: Sender<Mail>,
    thread: JoinHandle<Result<FjallStorage, ShellError>>,
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
    Loop(#[from] ShellError),
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
        let _ended_already = self.mailbox.send(Mail::Shell(Message::Stop)).is_err();
        let storage = self.thread.join().expect("invariant: the loop catches the panics of the core")?;
        storage.close()?;
        drop(self.directory);
        Ok(())
    }
}

/// Recovers the world, ends what an earlier life left running, and starts the loop.
pub fn start(options: StartOptions) -> Result<(Engine, Running), StartError> {
    let StartOptions { opened, sign, hardware, vault, runtime, build_digest, is_paused, .. } = options;
    let StartOptions { notify, configuration, site, .. } = options;
    let head = opened.head.clone().ok_or(StartError::NoGenesis)?;
    let (path, dropped, position) = (opened.path().to_owned(), opened.dropped, opened.position.clone());
    let snapshots = SnapshotFiles::of(&path);
    let recovered = recover(opened.reader(), head.last_sequence, &snapshots)?;
    let adopts = site.adopts;
    let site = Arc::new(Site::open(&path, site)?);
    let leftovers_ended = site.leftovers_ended;
    if adopts {
        runtime.spawn(adopted::reap(Arc::downgrade(&site)));
    }
    let (mailbox, messages) = channel();
    let in_flight = InFlight::default();
    let (storage, directory) = opened.start(head.log_id, sink(in_flight.clone(), mailbox.clone()))?;
    let (durable, reader) = (storage.durable(), storage.reader());
    let start = writing(&head, position, sign, durable.clone());
    let clocks = Clocks;
    let setup = Setup {
        recovered,
        writer: LogWriter::new(start, storage),
        in_flight,
        counted: hardware.as_ref().map(|key| key.hardware.counted()),
        records_per_snapshot: RECORDS_PER_SNAPSHOT,
        boot: clock::boot(),
        now: clocks.read(),
        is_watched: false,
    };
    let mut shell = Shell::new(setup);
    let dropped =
        dropped.map(|Dropped { after_sequence, bytes }| TailDropped { after_sequence, dropped_bytes: bytes });
    let mut poison = PoisonFile::read(&path)?;
    let poisoned = poison.poison.poisoned();
    let told = poisoned.clone();
    let beginning = Beginning { dropped, build_digest, node: NodeId(head.node), is_paused, poisoned };
    shell.begin(beginning, clocks.read())?;
    poison.forget(&told)?;
    let mut engine = Loop {
        shell,
        clocks,
        snapshots,
        poison,
        keeper: hardware.map(|key| Keeper::new(key, runtime.clone(), mailbox.clone())),
        attested_key: AttestedKey {
            log_id: head.log_id,
            verifying_key: head.statement.verifying_key,
            key_epoch: head.statement.epoch,
        },
        performer: Performer::new(runtime, mailbox.clone(), vault, site, notify, configuration),
        mailbox: messages,
        answers: mailbox.clone(),
        vault_failure: None,
    };
    engine.ask_attestation(engine.attested_key.at(head.checkpoint), Occasion::Started, None);
    let thread = std::thread::Builder::new().name("engine".into()).spawn(move || engine.run())?;
    let running = Running { mailbox: mailbox.clone(), thread, directory, leftovers_ended };
    Ok((Engine::new(mailbox, durable, reader), running))
}

/// Where the writer goes on.
fn writing(
    head: &OpenedHead,
    position: Position,
    sign: Sign,
    durable: watch::Receiver<DurableMark>,
) -> Start {
    Start {
        log_id: head.log_id,
        node: head.node,
        position,
        key_epoch: head.statement.epoch,
        statement: None,
        sign,
        nv_counter: head.nv_counter,
        salts: Salts::system(),
        durable,
    }
}

/// What the storage calls with each completion: answers go out on its thread, then the loop is woken.
fn sink(in_flight: InFlight<Reply>, mailbox: Sender<Mail>) -> CompletionSink {
    Box::new(move |completion: Completion| {
        in_flight.complete(completion.outcome).for_each(|(reply, said)| reply.send(said));
        // A loop that has ended needs no waking.
        let _ended = mailbox.send(Mail::Completed).is_err();
    })
}
