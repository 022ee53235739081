//! Starts effects and stops them. An effect is performed exactly as its request says; its outcome goes to the
//! mailbox.

use crate::clock::monotonic;
use crate::content::{Output, Unavailable, input_of, process_of};
use crate::effect::process::{End, Outputs, Ran, Run, run};
use crate::mailbox::Message;
use std::collections::BTreeMap;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant, SystemTime};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use triad_decide::{KeyDestruction, Performance, Work};
use triad_event::execution::{AttemptEnded, AttemptProgressed, CancelReason, Captured, Ending};
use triad_event::quantity::{Bytes, Micros};
use triad_event::sealed::{ContentClass, Sealed};
use triad_event::subjects::Erased;
use triad_vault::{Attachment, Vault};

/// Between two looks for blobs that no record names.
const SWEEP_INTERVAL: Duration = Duration::from_secs(3600);
/// Younger blobs may still get their record.
const ORPHAN_AGE: Duration = Duration::from_secs(24 * 3600);

/// What runs.
pub(crate) struct Performer {
    runtime: Handle,
    mailbox: Sender<Message>,
    vault: Vault,
    running: BTreeMap<u64, watch::Sender<bool>>,
    swept: Option<Instant>,
}

/// How an attempt ended, and what must become durable with the record of it.
pub(crate) struct Performed {
    pub(crate) ended: AttemptEnded,
    pub(crate) attachments: Vec<Attachment>,
    /// Why an output is not kept, if so.
    pub(crate) not_kept: Option<String>,
}

impl From<AttemptEnded> for Performed {
    fn from(ended: AttemptEnded) -> Self {
        Self { ended, attachments: Vec::new(), not_kept: None }
    }
}

impl Performer {
    pub(crate) fn new(runtime: Handle, mailbox: Sender<Message>, vault: Vault) -> Self {
        Self { runtime, mailbox, vault, running: BTreeMap::new(), swept: None }
    }

    /// Starts an effect, or stops the one that runs, and returns an outcome that is known at once.
    pub(crate) fn perform(&mut self, effect: Performance) -> Option<AttemptEnded> {
        if let Some(reason) = effect.stop {
            return self.stop(&effect, reason);
        }
        if self.running.contains_key(&effect.request) {
            return None;
        }
        match effect.work {
            Work::Noop { input: None } => Some(ended(effect.request, effect.task, Ending::Succeeded)),
            Work::Noop { input: Some(ref input) } => {
                let input = input.clone();
                self.hand_on(effect, input);
                None
            }
            Work::Process { ref input, memory_max, .. } => {
                let input = input.clone();
                self.start(effect, input, memory_max);
                None
            }
        }
    }

    /// Destroys a key, away from the loop: it syncs files.
    pub(crate) fn erase(&self, erasure: KeyDestruction) {
        let (vault, mailbox) = (self.vault.clone(), self.mailbox.clone());
        self.runtime.spawn_blocking(move || {
            let KeyDestruction { request, subject, slot } = erasure;
            let message = match vault.destroy(subject.0) {
                // A subject for which nothing durable was sealed has no key.
                Ok(Ok(_)) => Message::KeyDestroyed(Erased { request, subject, slot }),
                Ok(Err(no_key)) => Message::VaultFailed(no_key.to_string()),
                Err(error) => Message::VaultFailed(error.to_string()),
            };
            let _ended = mailbox.send(message).is_err();
        });
    }

    /// The rows of an erasure, for the commit that records it.
    pub(crate) fn erased_rows(&self, erased: &Erased, now: Micros) -> Vec<Attachment> {
        self.vault.erased_rows(erased.subject.0, erased.slot, now.0)
    }

    /// Now and then removes large blobs whose record never came: a process died, or an outcome came too late.
    pub(crate) fn sweep_when_due(&mut self, now: Micros) {
        if self.swept.is_some_and(|swept| monotonic() - swept < SWEEP_INTERVAL) {
            return;
        }
        self.swept = Some(monotonic());
        let since_epoch = Duration::from_micros(u64::try_from(now.0).unwrap_or_default());
        let before = SystemTime::UNIX_EPOCH + since_epoch.saturating_sub(ORPHAN_AGE);
        let (vault, mailbox) = (self.vault.clone(), self.mailbox.clone());
        self.runtime.spawn_blocking(move || {
            if let Err(error) = vault.sweep(before) {
                let _ended = mailbox.send(Message::VaultFailed(error.to_string())).is_err();
            }
        });
    }

    /// A no-op hands its input on as its output.
    fn hand_on(&mut self, effect: Performance, input: Sealed) {
        self.running.insert(effect.request, watch::Sender::new(false));
        let (vault, mailbox) = (self.vault.clone(), self.mailbox.clone());
        self.runtime.spawn(async move {
            let outputs = OutputPair::of(&vault, &effect);
            let ending = match input_of(&vault, &effect, &input) {
                Ok(input) => {
                    outputs.stdout.take(&input);
                    Ending::Succeeded
                }
                Err(why) => outputs.unavailable(&why),
            };
            let performed = outputs.finish(ended(effect.request, effect.task, ending));
            let _ended = mailbox.send(Message::Outcome(performed)).is_err();
        });
    }

    fn stop(&mut self, effect: &Performance, reason: CancelReason) -> Option<AttemptEnded> {
        match self.running.get(&effect.request) {
            Some(stop) => {
                stop.send_replace(true);
                None
            }
            // It never ran in this process, so it is at its end.
            None => Some(ended(effect.request, effect.task, ending_of(reason))),
        }
    }

    fn start(&mut self, effect: Performance, input: Sealed, memory_max: Bytes) {
        let Performance { request, task, .. } = effect;
        let (stop, stopped) = watch::channel(false);
        let (progress, mut progressed) = mpsc::unbounded_channel();
        self.running.insert(request, stop);
        let mailbox = self.mailbox.clone();
        let reporter = self.mailbox.clone();
        self.runtime.spawn(async move {
            while let Some(bytes) = progressed.recv().await {
                let progress = AttemptProgressed { request, task, output: Bytes(bytes) };
                if reporter.send(Message::Progress(progress)).is_err() {
                    return;
                }
            }
        });
        let (vault, runtime) = (self.vault.clone(), self.runtime.clone());
        self.runtime.spawn(async move {
            let outputs = OutputPair::of(&vault, &effect);
            let ended = match process_of(&vault, &effect, &input) {
                Err(why) => ended(request, task, outputs.unavailable(&why)),
                Ok(process) => {
                    let what = Run {
                        command: process.command,
                        env: process.env.into_iter().map(|one| (one.name, one.value)).collect(),
                        key: effect.key.to_string(),
                        memory_max_bytes: Some(memory_max.0),
                    };
                    outcome(request, task, &run(&what, stopped, progress, outputs.taken()).await)
                }
            };
            // Output of more than a chunk is a file, which is synced now. A loop that has ended records nothing more; the
            // next one performs the attempt again.
            runtime.spawn_blocking(move || mailbox.send(Message::Outcome(outputs.finish(ended))).is_err());
        });
    }

    /// The outcome of an effect has arrived.
    pub(crate) fn forget(&mut self, request: u64) {
        self.running.remove(&request);
    }

    /// Ends everything that runs, without recording how: the next start performs it again.
    pub(crate) fn end_all(&mut self) {
        for stop in self.running.values() {
            stop.send_replace(true);
        }
    }

    /// How many run.
    pub(crate) fn running(&self) -> usize {
        self.running.len()
    }
}

/// The outputs of one attempt.
struct OutputPair {
    stdout: Output,
    stderr: Output,
}

impl OutputPair {
    fn of(vault: &Vault, effect: &Performance) -> Self {
        let output = |class| Output::of(vault, effect, class);
        Self { stdout: output(ContentClass::Stdout), stderr: output(ContentClass::Stderr) }
    }

    fn taken(&self) -> Outputs {
        let (stdout, stderr) = (self.stdout.clone(), self.stderr.clone());
        Outputs {
            stdout: Box::new(move |piece| stdout.take(piece)),
            stderr: Box::new(move |piece| stderr.take(piece)),
        }
    }

    /// The attempt says why it has no input.
    fn unavailable(&self, why: &Unavailable) -> Ending {
        self.stderr.take(why.to_string().as_bytes());
        Ending::InputUnavailable
    }

    fn finish(self, ended: AttemptEnded) -> Performed {
        let (stdout, first, failed) = self.stdout.finish();
        let (stderr, second, failed_too) = self.stderr.finish();
        Performed {
            ended: AttemptEnded { stdout, stderr, ..ended },
            attachments: first.into_iter().chain(second).collect(),
            not_kept: failed.or(failed_too),
        }
    }
}

/// How an attempt ends that was asked to stop for this reason.
pub(crate) fn ending_of(reason: CancelReason) -> Ending {
    match reason {
        CancelReason::WorkflowCancelled => Ending::Cancelled,
        CancelReason::TimedOut => Ending::TimedOut,
    }
}

fn ended(request: u64, task: u32, ending: Ending) -> AttemptEnded {
    AttemptEnded {
        request,
        task,
        ending,
        exit_code: None,
        signal: None,
        duration: Micros(0),
        stdout: Captured::NOTHING,
        stderr: Captured::NOTHING,
    }
}

fn outcome(request: u64, task: u32, ran: &Ran) -> AttemptEnded {
    let (ending, exit_code, signal) = match ran.end {
        End::Exited(0) => (Ending::Succeeded, Some(0), None),
        End::Exited(code) => (Ending::Exited, Some(code), None),
        End::Signalled(signal) => (Ending::Signalled, None, Some(signal)),
        // Why it was stopped is known to the loop, which corrects this.
        End::Stopped => (Ending::Cancelled, None, None),
        End::OutOfMemory => (Ending::OutOfMemory, None, None),
        End::NotStarted => (Ending::NotStarted, None, None),
    };
    AttemptEnded {
        exit_code,
        signal,
        duration: Micros(i64::try_from(ran.duration.as_micros()).unwrap_or(i64::MAX)),
        ..ended(request, task, ending)
    }
}
