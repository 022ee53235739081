//! The loop: one thread that drives the shell with what arrives and what the clocks show, and carries out what it
//! says.

use crate::clock::Clocks;
use crate::hardware::{AttestedKey, Keeper};
use crate::mailbox::{Mail, Reply, Status, Waiting};
use crate::performer::Performer;
use crate::poison_file::PoisonFile;
use crate::shell::conditions::vault_fails;
use crate::shell::message::{Message, Output};
use crate::shell::{Shell, ShellError};
use crate::snapshot_file::SnapshotFiles;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;
use triad_event::ids::StreamId;
use triad_event::log::{self, CheckpointAttested, Occasion};
use triad_keys::HardwareError;
use triad_log::FjallStorage;
use triad_proof::quote::Attested;

/// Messages handled before the open block is looked at again.
const MESSAGES_PER_ROUND: usize = 1024;
/// Longest sleep: a bound on how late a wall clock that jumped is noticed.
const SLEEP_MAX: Duration = Duration::from_secs(1);
/// After being asked to stop, how long processes may take to end.
const STOP_GRACE: Duration = Duration::from_secs(5);

/// Everything that the loop owns.
pub(crate) struct Loop {
    pub(crate) shell: Shell<FjallStorage, Reply>,
    pub(crate) clocks: Clocks,
    pub(crate) mailbox: Receiver<Mail>,
    /// The other end, for what is carried out elsewhere.
    pub(crate) answers: Sender<Mail>,
    pub(crate) performer: Performer,
    pub(crate) snapshots: SnapshotFiles,
    pub(crate) poison: PoisonFile,
    /// Why something about content did not succeed that is not tried again.
    pub(crate) vault_failure: Option<String>,
    /// The TPM that keeps the log's key, when one does.
    pub(crate) keeper: Option<Keeper>,
    /// The log and its key, for attestations.
    pub(crate) attested_key: AttestedKey,
}

impl Loop {
    /// Runs until it is asked to stop, or fails.
    pub(crate) fn run(mut self) -> Result<FjallStorage, ShellError> {
        let ended = self.go_round();
        if let Err(ShellError::Panicked { stream, input }) = &ended {
            self.note_panic(*stream, input)?;
        }
        ended?;
        self.finish()
    }

    fn go_round(&mut self) -> Result<(), ShellError> {
        // The record that opens this life is in the open block: who starts the engine waits for it.
        self.shell.submit_if_idle(self.clocks.read());
        while !self.shell.is_stopping() {
            self.wait()?;
            self.shell.turn(self.clocks.read())?;
            self.carry_out()?;
            self.performer.sweep_when_due(self.shell.world().now());
            self.shell.submit_if_idle(self.clocks.read());
        }
        Ok(())
    }

    /// Takes what is there, or sleeps until something is due.
    fn wait(&mut self) -> Result<(), ShellError> {
        let sleep = self.shell.idle_for(self.clocks.read()).unwrap_or(SLEEP_MAX).min(SLEEP_MAX);
        match self.mailbox.recv_timeout(sleep) {
            Ok(mail) => self.handle(mail)?,
            Err(RecvTimeoutError::Timeout) => return Ok(()),
            Err(RecvTimeoutError::Disconnected) => self.tell(Message::Stop)?,
        }
        for _ in 0..MESSAGES_PER_ROUND {
            let Ok(mail) = self.mailbox.try_recv() else { break };
            self.handle(mail)?;
        }
        Ok(())
    }

    fn handle(&mut self, mail: Mail) -> Result<(), ShellError> {
        match mail {
            Mail::Shell(message) => self.tell(message)?,
            Mail::Completed => {}
            Mail::VaultFailed(why) => {
                self.shell.report(Some(vault_fails(&why)), self.clocks.read())?;
                self.vault_failure = Some(why);
            }
            Mail::Status(to) => {
                let _left = to.send(self.status()).is_err();
            }
            Mail::Attest { about, occasion, waiting } => self.ask_attestation(about, occasion, waiting),
            // What the log ends with attests all that was before.
            Mail::Attested { .. } if self.shell.is_stopping() => {}
            Mail::Attested { event, waiting } => self.take_attestation(event, waiting),
            Mail::Advanced(advanced) => {
                let is_counted = self.reported(advanced).is_ok();
                self.tell(Message::Advanced { is_counted })?;
            }
        }
        Ok(())
    }

    /// Tells the shell something, and carries out what comes of it.
    #[expect(clippy::wildcard_enum_match_arm, reason = "nothing else is looked into here")]
    fn tell(&mut self, message: Message<Reply>) -> Result<(), ShellError> {
        let message = match message {
            Message::Performed(mut performed) => {
                self.performer.complete(&mut performed);
                Message::Performed(performed)
            }
            other => other,
        };
        self.shell.take(message, self.clocks.read())?;
        self.carry_out()
    }

    /// Carries out what the shell says, and what comes of that at once.
    pub(crate) fn carry_out(&mut self) -> Result<(), ShellError> {
        while let Some(output) = self.shell.next_output() {
            match output {
                Output::Answer(reply, said) => reply.send(said),
                Output::Begin(effect) => {
                    if let Some(performed) = self.performer.begin(*effect) {
                        self.shell.take(Message::Performed(performed), self.clocks.read())?;
                    }
                }
                Output::Stop(request) => self.performer.stop(request),
                Output::Pace { request, is_suspended } => self.performer.pace(request, is_suspended),
                Output::Snapshot(world) => self.snapshots.begin(*world, &self.answers),
                Output::Advance(to) => self.keeper.iter().for_each(|keeper| keeper.advance(to)),
                // Nobody watches.
                Output::Decided(_) | Output::Submitted(_) | Output::Refused(_) => {}
            }
        }
        Ok(())
    }

    fn status(&mut self) -> Status {
        let time = self.shell.time_at(self.clocks.read());
        let world = self.shell.world();
        Status {
            time,
            alive: world.alive(),
            attempts_running: world.attempts_running(),
            attempts_suspended: world.attempts_suspended(),
            is_paused: !world.is_running(),
            clock_state: world.clock_state(),
            settings: world.settings().clone(),
            prices: world.prices(),
            carbon: world.carbon(),
            healing: world.healing(),
            moderation: world.moderation(),
            budgets: world.budgets(),
            vault_failure: self.shell.failing().map(str::to_owned).or_else(|| self.vault_failure.clone()),
            shortage: self.shell.shortage().map(str::to_owned),
        }
    }

    /// Asks for an attestation of a durable checkpoint. Without hardware there is nothing to ask.
    pub(crate) fn ask_attestation(&mut self, about: Attested, occasion: Occasion, waiting: Waiting) {
        match &self.keeper {
            Some(keeper) => keeper.attest(about, occasion, waiting),
            None => drop(waiting),
        }
    }

    /// Records what the TPM said.
    fn take_attestation(&mut self, event: Result<CheckpointAttested, HardwareError>, waiting: Waiting) {
        let recorded = self.reported(event).map(|event| {
            self.shell.write(log::Event::CheckpointAttested(Box::new(event)), self.clocks.read())
        });
        // Whoever asked may have gone; the record stands all the same.
        let _left = waiting.is_some_and(|waiting| waiting.send(recorded).is_err());
    }

    /// A failure of the TPM stops nothing, and is reported.
    fn reported<T>(&self, told: Result<T, HardwareError>) -> Result<T, String> {
        told.map_err(|error| self.keeper.as_ref().map_or(String::new(), |keeper| keeper.report(&error)))
    }

    fn note_panic(&mut self, stream: StreamId, input: &str) -> Result<(), ShellError> {
        self.poison.poison.note(stream, input);
        self.poison.write().map_err(|error| {
            let input = format!("{input}, and it could not be noted: {error}");
            ShellError::Panicked { stream, input }
        })
    }

    /// Waits for what was decided to be durable and for what runs to end, keeps the end, and attests it.
    fn finish(mut self) -> Result<FjallStorage, ShellError> {
        if self.settle()? {
            self.shell.keep_the_end();
            self.carry_out()?;
            if self.settle()? && self.attest_the_end() {
                self.settle()?;
            }
        }
        match self.shell.failed() {
            Some(failed) => Err(failed),
            None => Ok(self.shell.into_storage()),
        }
    }

    /// Waits until everything is durable, nothing runs and nothing is counted; true when it came to that.
    fn settle(&mut self) -> Result<bool, ShellError> {
        let mut patience = STOP_GRACE;
        let pause = Duration::from_millis(20);
        while !self.shell.is_settled() && !patience.is_zero() {
            match self.mailbox.recv_timeout(pause) {
                Ok(mail) => self.handle(mail)?,
                Err(_) => patience = patience.saturating_sub(pause),
            }
            self.shell.advance_counter();
            self.carry_out()?;
        }
        Ok(self.shell.is_settled() && self.shell.failed().is_none())
    }

    /// The last attestation and the last count of a life, when everything before is durable. True when there is a block
    /// more to wait for.
    fn attest_the_end(&mut self) -> bool {
        let Some(keeper) = &self.keeper else { return false };
        let about = self.attested_key.at(self.shell.checkpoint());
        let attested = keeper.attest_now(about, Occasion::Stopped);
        let Ok(event) = self.reported(attested) else { return false };
        self.shell.count_next_block();
        self.shell.write(log::Event::CheckpointAttested(Box::new(event)), self.clocks.read());
        self.shell.submit_if_idle(self.clocks.read());
        true
    }
}
