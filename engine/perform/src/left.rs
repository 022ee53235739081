//! What one attempt leaves behind: its outputs, what is found of them, and the record of its end.

use crate::content::{Delays, Output, Unavailable};
use crate::effect::process::{End, Outputs, Ran, Take};
use crate::findings::{Attempted, Said, Tails, examined};
use crate::mailbox::Mail;
use crate::performer::{performed, tell};
use crate::shell::effects::ended;
use crate::shell::message::{Message, Performed};
use crate::verify::Whole;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::spawn_blocking;
use triad_decide::Performance;
use triad_diagnosis::Tail;
use triad_event::execution::{AttemptEnded, Ending, Findings, Used};
use triad_event::quantity::{Microjoules, Micros};
use triad_event::sealed::ContentClass;
use triad_vault::Vault;
use triad_verification::Verdict;

/// The outputs of one attempt, and what is said of them.
pub(crate) struct OutputPair {
    pub(crate) stdout: Output,
    stderr: Output,
    findings: Output,
    /// What they wait for, and the verification.
    pub(crate) delays: Arc<Delays>,
}

impl OutputPair {
    pub(crate) fn of(vault: &Vault, effect: &Performance, mailbox: &Sender<Mail>) -> Self {
        let (mailbox, request) = (mailbox.clone(), effect.request);
        let delays = Delays::new(Box::new(move |lack| {
            let _ended = mailbox.send(Mail::Shell(Message::Delayed { request, lack })).is_err();
        }));
        let output = |class| Output::of(vault, effect, class, &delays);
        Self {
            stdout: output(ContentClass::Stdout),
            stderr: output(ContentClass::Stderr),
            findings: output(ContentClass::Findings),
            delays,
        }
    }

    /// `whole` is given all of standard output besides, where that is verified.
    pub(crate) fn taken(
        &self,
        tails: &Tails,
        whole: Option<Whole>,
        began: Box<dyn FnOnce() + Send>,
    ) -> Outputs {
        let take = |output: &Output, tail: Arc<Mutex<Tail>>, whole: Option<Whole>| -> Take {
            let output = output.clone();
            Box::new(move |piece| {
                tail.lock().expect("invariant: no holder of this lock panics").push(piece);
                whole.iter().for_each(|whole| whole.push(piece));
                let output = output.clone();
                Box::pin(async move { output.take(piece).await })
            })
        };
        Outputs {
            stdout: take(&self.stdout, tails.stdout(), whole),
            stderr: take(&self.stderr, tails.stderr(), None),
            began,
        }
    }

    /// Notes what came of the verification, and finds out why an attempt failed, which takes some milliseconds of a processor
    /// for a megabyte.
    pub(crate) async fn examined(
        &self,
        ended: AttemptEnded,
        attempted: Attempted,
        verdict: Option<Verdict>,
    ) -> AttemptEnded {
        if ended.ending == Ending::Succeeded && verdict.is_none() {
            return ended;
        }
        let (ended, found) = spawn_blocking(move || {
            let found = examined(&ended, &attempted, verdict.as_ref());
            (ended, found)
        })
        .await
        .expect("invariant: a diagnosis does not panic");
        let Some((findings, said)) = found else { return ended };
        if said != Said::default() {
            self.findings.take(&said.encode()).await;
        }
        AttemptEnded { findings: Some(findings.into()), ..ended }
    }

    /// The attempt says why it has no input.
    pub(crate) async fn unavailable(&self, why: &Unavailable) -> Ending {
        self.stderr.take(why.to_string().as_bytes()).await;
        if matches!(why, Unavailable::Unusable(_)) { Ending::InputUnusable } else { Ending::InputUnavailable }
    }

    /// Tells how the attempt ended, once what it wrote is sealed. A loop that has ended records nothing more; the next one
    /// performs the attempt again.
    pub(crate) async fn finish(self, ended: AttemptEnded, mailbox: &Sender<Mail>) {
        let (stdout, stderr, said) =
            tokio::join!(self.stdout.finish(), self.stderr.finish(), self.findings.finish());
        let (stdout, first, failed) = stdout;
        let (stderr, second, failed_too) = stderr;
        let (said, third, failed_as_well) = said;
        if let Some(why) = failed.or(failed_too).or(failed_as_well) {
            let _ended = mailbox.send(Mail::VaultFailed(why)).is_err();
        }
        let findings = ended.findings.map(|findings| {
            let said = said.kept;
            Findings { said, ..(*findings).clone() }.into()
        });
        let performed = performed(AttemptEnded { stdout, stderr, findings, ..ended });
        let attachments = first.into_iter().chain(second).chain(third).collect();
        tell(mailbox, Performed { attachments, ..performed });
    }
}

/// What the end of a process means, with what came of its verification.
pub(crate) fn outcome(request: u64, task: u32, ran: &Ran, verdict: Option<&Verdict>) -> AttemptEnded {
    let holds = verdict.map(Verdict::holds);
    let (ending, exit_code, signal) = match ran.end {
        End::Exited(code) if holds == Some(true) => (Ending::Succeeded, Some(code), None),
        End::Exited(code) if holds == Some(false) => (Ending::Unverified, Some(code), None),
        End::Exited(0) => (Ending::Succeeded, Some(0), None),
        End::Exited(code) => (Ending::Exited, Some(code), None),
        End::Signalled(signal) => (Ending::Signalled, None, Some(signal)),
        // Why it was stopped is known to the loop, which corrects this.
        End::Stopped => (Ending::Cancelled, None, None),
        End::OutOfMemory => (Ending::OutOfMemory, None, None),
        End::NotStarted => (Ending::NotStarted, None, None),
        End::Lost => (Ending::Lost, None, None),
    };
    let micros = |time: Duration| Micros(i64::try_from(time.as_micros()).unwrap_or(i64::MAX));
    let package_energy = ran.package_energy_uj.map(Microjoules);
    let used = ran.processor_time.map(|busy| Used { processor_time: micros(busy), package_energy }.into());
    AttemptEnded { exit_code, signal, duration: micros(ran.duration), used, ..ended(request, task, ending) }
}
