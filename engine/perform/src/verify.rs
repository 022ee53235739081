//! Verifies what a process wrote, once it has ended: runs the commands that check it as attempts are run, and has the rest looked
//! at by a process that can be ended.

use crate::clock::{monotonic, since_boot};
use crate::content::{Delays, Unavailable};
use crate::effect::process::{self, Course, End, Outputs, Ran, Run, Short, Take};
use crate::effect::site::Site;
use crate::shell::effects::again_after;
use crate::shell::message::Lack;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::spawn_blocking;
use triad_verification::limits::{DEADLINE, OUTPUT_BYTES_MAX, REASON_CHARACTERS_MAX};
use triad_verification::{CheckerEnded, Command, Subject, Verdict, Verification, ask};

/// Of what a command says the end is kept, in bytes: a character has four at most.
const SAID_BYTES_MAX: usize = REASON_CHARACTERS_MAX * 4;
/// The exit code by which shells say that a program is not there.
const NOT_THERE: i32 = 127;

/// What the output of an attempt must be, and that output as it comes.
pub(crate) struct Wanted {
    verification: Verification,
    whole: Whole,
}

/// All of an output; of one that is too long to be looked into only how long it is. Clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Whole(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    bytes: Vec<u8>,
    total: u64,
}

impl Wanted {
    /// Reads what was sealed, which the door had read before. Away from the loop: patterns and schemas are compiled.
    pub(crate) async fn read(checks: String) -> Result<Self, Unavailable> {
        let read = spawn_blocking(move || {
            let checks = serde_json::from_str(&checks).map_err(|_| Unavailable::NotAVerification)?;
            Verification::read(checks).map_err(|_| Unavailable::NotAVerification)
        });
        let verification = read.await.expect("invariant: reading checks does not panic")?;
        Ok(Self { verification, whole: Whole::default() })
    }

    pub(crate) fn whole(&self) -> Whole {
        self.whole.clone()
    }

    /// Whether a process that exits so has ended as intended, so that its output is looked at.
    fn is_looked_at(&self, code: i32) -> bool {
        let is_allowed = |codes: Vec<u8>| codes.into_iter().any(|allowed| i32::from(allowed) == code);
        code == 0 || self.verification.exit_codes().is_some_and(is_allowed)
    }
}

impl Whole {
    pub(crate) fn push(&self, piece: &[u8]) {
        let mut kept = self.kept();
        kept.total += piece.len() as u64;
        if kept.total > OUTPUT_BYTES_MAX as u64 {
            kept.bytes = Vec::new();
        } else {
            kept.bytes.extend_from_slice(piece);
        }
    }

    /// All of it, if it can be looked into, and its length.
    fn take(&self) -> (Option<Arc<Vec<u8>>>, u64) {
        let mut kept = self.kept();
        let bytes = std::mem::take(&mut kept.bytes);
        let is_whole = bytes.len() as u64 == kept.total;
        (is_whole.then(|| Arc::new(bytes)), kept.total)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().expect("invariant: no holder of this lock panics")
    }
}

/// Where a verification takes place.
pub(crate) struct Verifier<'a> {
    pub(crate) site: &'a Arc<Site>,
    /// What ran: commands that check have its environment, its directory and its memory.
    pub(crate) run: &'a Run,
    /// What is to become of the attempt meanwhile.
    pub(crate) course: watch::Receiver<Course>,
    /// How many are looked at once.
    pub(crate) places: &'a Arc<Semaphore>,
    pub(crate) delays: &'a Arc<Delays>,
}

impl Verifier<'_> {
    /// Verifies the output of what ran, and adds what that took. None where it is not looked at: the process did not end as
    /// intended, or the attempt was ended meanwhile, as is said where it ran.
    pub(crate) async fn verify(mut self, wanted: Wanted, ran: &mut Ran) -> Option<Verdict> {
        let End::Exited(code) = ran.end else { return None };
        if !wanted.is_looked_at(code) {
            return None;
        }
        let began = since_boot();
        let verdict = self.verdict(wanted, code, ran).await;
        ran.duration += since_boot().saturating_sub(began);
        verdict.map_err(|end| ran.end = end).ok()
    }

    async fn verdict(&mut self, wanted: Wanted, code: i32, ran: &mut Ran) -> Result<Verdict, End> {
        let (output, output_bytes) = wanted.whole.take();
        let mut checkers = BTreeMap::new();
        if let Some(output) = &output {
            for (position, command) in wanted.verification.commands() {
                checkers.insert(position, self.checked(command, output, ran).await?);
            }
        }
        let verification = Arc::new(wanted.verification);
        let mut failures = 0;
        loop {
            let (verification, output, checkers) =
                (Arc::clone(&verification), output.clone(), checkers.clone());
            let program = self.site.options.guard.clone();
            let place = Arc::clone(self.places).acquire_owned();
            let Some(place) = self.unless_stopped(place).await else { return Err(End::Stopped) };
            let asked = spawn_blocking(move || {
                let output = output.as_ref().map(|output| output.as_slice());
                let subject = Subject { output_bytes, output, exit_code: Some(code), checkers };
                let verdict = ask(&program, &verification, &subject, DEADLINE);
                drop(place);
                verdict
            });
            let Some(asked) = self.unless_stopped(asked).await else { return Err(End::Stopped) };
            match asked.expect("invariant: asking does not panic") {
                Ok(verdict) => {
                    self.goes_on(failures);
                    return Ok(verdict);
                }
                Err(error) => {
                    self.lacks(&mut failures, format!("output cannot be verified: {error}")).await?
                }
            }
        }
    }

    /// Runs a command that checks. It is no fault of the output when the machine cannot start it, so that is tried again.
    async fn checked(
        &mut self,
        command: &Command,
        output: &Arc<Vec<u8>>,
        ran: &mut Ran,
    ) -> Result<CheckerEnded, End> {
        let run = Run { command: command.command.clone(), stdin: Some(output.to_vec()), ..self.run.clone() };
        let mut failures = 0;
        loop {
            let said = SaidLast::default();
            match self.limited(&run, command.timeout_seconds, &said).await {
                Ok((checker, out_of_time)) => {
                    self.goes_on(failures);
                    add(ran, &checker);
                    let exit_code = match checker.end {
                        End::Exited(code) => Some(code),
                        End::NotStarted => Some(NOT_THERE),
                        End::Signalled(_) => None,
                        End::Stopped if out_of_time => None,
                        ended @ (End::Stopped | End::OutOfMemory | End::Lost) => return Err(ended),
                    };
                    return Ok(CheckerEnded { exit_code, out_of_time, said: said.text() });
                }
                Err(Short(why)) => {
                    self.lacks(&mut failures, format!("a checker cannot be run: {why}")).await?
                }
            }
        }
    }

    /// Runs it for so many seconds at most, those left out in which the attempt is suspended. Whether that was too long for it.
    async fn limited(&mut self, run: &Run, seconds: u64, said: &SaidLast) -> Result<(Ran, bool), Short> {
        let mut told = *self.course.borrow();
        let (course, steered) = watch::channel(told);
        // Nobody hears of its progress: the attempt's is what its process writes.
        let (progress, _) = mpsc::unbounded_channel();
        let outputs = Outputs { stdout: said.take(), stderr: said.take(), began: Box::new(|| {}) };
        let running = process::run(self.site, run, steered, progress, outputs);
        tokio::pin!(running);
        let (mut left, mut since, mut out_of_time) = (Duration::from_secs(seconds), monotonic(), false);
        loop {
            let counts = told == Course::Runs && !out_of_time;
            let pause = left.saturating_sub(monotonic() - since);
            tokio::select! {
                ran = &mut running => return Ok((ran?, out_of_time)),
                asked = self.course.wait_for(|course| *course != told), if told != Course::Stopped => {
                    let asked = asked.map_or(Course::Stopped, |course| *course);
                    if told == Course::Runs {
                        left = left.saturating_sub(monotonic() - since);
                    }
                    (told, since) = (asked, monotonic());
                    // Who stops the attempt stops it, also one that was about to be ended.
                    out_of_time &= asked != Course::Stopped;
                    course.send_replace(asked);
                }
                () = tokio::time::sleep(pause), if counts => {
                    out_of_time = true;
                    course.send_replace(Course::Stopped);
                }
            }
        }
    }

    /// What comes, if the attempt is not stopped before.
    async fn unless_stopped<T>(&mut self, coming: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            _ = self.course.wait_for(|course| *course == Course::Stopped) => None,
            came = coming => Some(came),
        }
    }

    /// Says what is lacking, and waits before it is tried again.
    async fn lacks(&mut self, failures: &mut u32, why: String) -> Result<(), End> {
        self.delays.lacks(*failures == 0, Lack::Machine, why);
        let again = tokio::time::sleep(again_after(*failures));
        *failures += 1;
        let waited = self.unless_stopped(again).await;
        if waited.is_none() {
            self.goes_on(*failures);
        }
        waited.ok_or(End::Stopped)
    }

    fn goes_on(&self, failures: u32) {
        if failures > 0 {
            self.delays.lacks_no_more();
        }
    }
}

/// What a command took is what its attempt took.
fn add(ran: &mut Ran, checker: &Ran) {
    if checker.end == End::NotStarted {
        return;
    }
    ran.processor_time = ran.processor_time.zip(checker.processor_time).map(|(one, other)| one + other);
    ran.package_energy_uj =
        ran.package_energy_uj.zip(checker.package_energy_uj).map(|(one, other)| one.saturating_add(other));
}

/// The end of what a command says, to whichever stream.
#[derive(Clone, Default)]
struct SaidLast(Arc<Mutex<Vec<u8>>>);

impl SaidLast {
    fn take(&self) -> Take {
        let said = self.clone();
        Box::new(move |piece| {
            said.push(piece);
            Box::pin(std::future::ready(()))
        })
    }

    fn push(&self, piece: &[u8]) {
        let mut said = self.0.lock().expect("invariant: no holder of this lock panics");
        said.extend_from_slice(&piece[piece.len().saturating_sub(SAID_BYTES_MAX)..]);
        let excess = said.len().saturating_sub(SAID_BYTES_MAX);
        said.drain(..excess);
    }

    /// As many characters as a reason has.
    fn text(&self) -> String {
        let said = self.0.lock().expect("invariant: no holder of this lock panics");
        let text = String::from_utf8_lossy(&said);
        let text = text.trim();
        let excess = text.chars().count().saturating_sub(REASON_CHARACTERS_MAX);
        text.chars().skip(excess).collect()
    }
}
