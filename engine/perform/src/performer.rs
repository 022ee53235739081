//! Starts effects and stops them. An effect is performed exactly as its request says; its outcome goes to the
//! mailbox.

use crate::effect::process::{End, Output, Ran, Run, run};
use crate::mailbox::Message;
use std::collections::BTreeMap;
use std::sync::mpsc::Sender;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use triad_decide::{Effect, Work};
use triad_event::execution::{AttemptEnded, AttemptProgressed, CancelReason, Captured, Ending};
use triad_event::quantity::{Bytes, Micros};
use triad_event::sealed::{Process, Sealed};

/// The processes that run.
pub(crate) struct Performer {
    runtime: Handle,
    mailbox: Sender<Message>,
    running: BTreeMap<u64, watch::Sender<bool>>,
}

impl Performer {
    pub(crate) fn new(runtime: Handle, mailbox: Sender<Message>) -> Self {
        Self { runtime, mailbox, running: BTreeMap::new() }
    }

    /// Starts an effect, or stops the one that runs, and returns an outcome that is known at once.
    pub(crate) fn perform(&mut self, effect: Effect) -> Option<AttemptEnded> {
        if let Some(reason) = effect.stop {
            return self.stop(&effect, reason);
        }
        if self.running.contains_key(&effect.request) {
            return None;
        }
        match effect.work {
            Work::Noop { input: None } => Some(ended(effect.request, effect.task, Ending::Succeeded)),
            Work::Noop { input: Some(_) } => Some(unavailable(&effect)),
            Work::Process { ref input, memory_max, .. } => {
                let Some(process) = input_of(input) else { return Some(unavailable(&effect)) };
                let what = Run {
                    command: process.command,
                    env: process.env.into_iter().map(|one| (one.name, one.value)).collect(),
                    key: effect.key.to_string(),
                    memory_max_bytes: Some(memory_max.0),
                };
                self.start(effect.request, effect.task, what);
                None
            }
        }
    }

    fn stop(&mut self, effect: &Effect, reason: CancelReason) -> Option<AttemptEnded> {
        match self.running.get(&effect.request) {
            Some(stop) => {
                stop.send_replace(true);
                None
            }
            // It never ran in this process, so it is at its end.
            None => Some(ended(effect.request, effect.task, ending_of(reason))),
        }
    }

    fn start(&mut self, request: u64, task: u32, what: Run) {
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
        self.runtime.spawn(async move {
            let ran = run(&what, stopped, progress).await;
            // A loop that has ended records nothing more; the next one performs the attempt again.
            let _ended = mailbox.send(Message::Outcome(outcome(request, task, ran))).is_err();
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

/// What was sealed for a process. This package is given no vault yet, so nothing can be opened: an attempt that needs
/// content says that it has none.
fn input_of(_: &Sealed) -> Option<Process> {
    None
}

fn unavailable(effect: &Effect) -> AttemptEnded {
    ended(effect.request, effect.task, Ending::InputUnavailable)
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

fn outcome(request: u64, task: u32, ran: Ran) -> AttemptEnded {
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
        stdout: captured(ran.stdout),
        stderr: captured(ran.stderr),
        ..ended(request, task, ending)
    }
}

fn captured(output: Output) -> Captured {
    // Without a vault nothing can be kept.
    Captured { kept: None, total: Bytes(output.total_bytes) }
}
