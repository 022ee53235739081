//! Starts effects and stops them. An effect is performed exactly as its request says; its outcome goes to the
//! mailbox.

use crate::clock::monotonic;
use crate::content::{Unavailable, entry_of, input_of, process_of};
use crate::effect::notify::{Notify, deliver};
use crate::effect::process::{Course, Run, Short, run};
use crate::effect::site::Site;
use crate::evaluate::{NotNow, evaluate};
use crate::filled::shown;
use crate::findings::{Attempted, Tails};
use crate::left::{OutputPair, outcome};
use crate::mailbox::Mail;
use crate::moderate::held;
use crate::shell::effects::ended;
use crate::shell::message::{Message, Outcome, Performed};
use crate::verify::{Verifier, Wanted};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant, SystemTime};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::spawn_blocking;
use triad_decide::{
    Effect, Entry, Evaluation, KeyDestruction, Performance, Taken, Work, evaluation, subjects,
};
use triad_event::Ask;
use triad_event::execution::{AttemptEnded, AttemptProgressed, AttemptStarted, Ending};
use triad_event::quantity::{Bytes, Micros};
use triad_event::sealed::{EnvVariable, Process, Sealed};
use triad_event::subjects::Erased;
use triad_vault::Vault;

/// Between two looks for blobs that no record names.
const SWEEP_INTERVAL: Duration = Duration::from_secs(3600);
/// Younger blobs may still get their record.
const ORPHAN_AGE: Duration = Duration::from_secs(24 * 3600);

/// Expressions that are evaluated at once, tasks whose inputs are filled in with the outputs of others, and outputs that are
/// verified: each may hold much in memory and keep a processor busy, while others wait for the same threads.
const OPENED_AT_ONCE: usize = 4;

/// The variables of the environment that fixes may set, with their values.
pub type Configuration = Arc<BTreeMap<String, String>>;

/// What runs.
pub(crate) struct Performer {
    runtime: Handle,
    mailbox: Sender<Mail>,
    vault: Vault,
    site: Arc<Site>,
    notify: Option<Notify>,
    configuration: Configuration,
    opening: Arc<Semaphore>,
    evaluating: Arc<Semaphore>,
    verifying: Arc<Semaphore>,
    running: BTreeMap<u64, watch::Sender<Course>>,
    swept: Option<Instant>,
}

impl Performer {
    pub(crate) fn new(
        runtime: Handle,
        mailbox: Sender<Mail>,
        vault: Vault,
        site: Arc<Site>,
        notify: Option<Notify>,
        configuration: Configuration,
    ) -> Self {
        let places = || Arc::new(Semaphore::new(OPENED_AT_ONCE));
        let (opening, evaluating, verifying) = (places(), places(), places());
        Self {
            runtime,
            mailbox,
            vault,
            site,
            notify,
            configuration,
            opening,
            evaluating,
            verifying,
            running: BTreeMap::new(),
            swept: None,
        }
    }

    /// Starts an effect, and returns an outcome that is known at once.
    pub(crate) fn begin(&mut self, effect: Effect) -> Option<Performed> {
        let request = effect.request();
        match effect {
            Effect::Perform(performance) => return self.perform(performance),
            Effect::DestroyKey(destruction) => {
                let vault = self.vault.clone();
                self.do_elsewhere(request, move || destroy(&vault, &destruction));
            }
            Effect::Evaluate(evaluation) => self.evaluate(evaluation),
            Effect::Notify(notification) => {
                let notify = self.notify.clone();
                self.do_elsewhere(request, move || Outcome::Done(deliver(notify.as_ref(), &notification)));
            }
        }
        None
    }

    fn perform(&mut self, effect: Performance) -> Option<Performed> {
        match effect.work {
            Work::Noop { input: None, entry: None } => {
                let ended = ended(effect.request, effect.task, Ending::Succeeded);
                return Some(performed(ended));
            }
            Work::Noop { ref input, ref entry } => {
                let (input, entry) = (input.clone(), entry.clone());
                self.hand_on(effect, input, entry);
            }
            Work::Process { ref input, ref takes, ref entry, memory_max, ref variables, .. } => {
                let (variables, configuration) = (variables.clone(), Arc::clone(&self.configuration));
                let inputs = Inputs {
                    input: input.clone(),
                    takes: takes.clone(),
                    entry: entry.clone(),
                    variables,
                    configuration,
                };
                self.start(effect, inputs, memory_max);
            }
        }
        None
    }

    /// Asks what runs to stop.
    pub(crate) fn stop(&self, request: u64) {
        self.steer(request, Course::Stopped);
    }

    /// Has what runs stand still or go on.
    pub(crate) fn pace(&self, request: u64, is_suspended: bool) {
        self.steer(request, if is_suspended { Course::Suspended } else { Course::Runs });
    }

    /// What was asked to stop stays so.
    fn steer(&self, request: u64, to: Course) {
        let Some(course) = self.running.get(&request) else { return };
        course.send_if_modified(|course| {
            let is_other = *course != Course::Stopped && *course != to;
            if is_other {
                *course = to;
            }
            is_other
        });
    }

    /// Does what may be slow away from the loop.
    fn do_elsewhere(&self, request: u64, work: impl FnOnce() -> Outcome + Send + 'static) {
        let mailbox = self.mailbox.clone();
        self.runtime.spawn_blocking(move || {
            tell(&mailbox, Performed { request, outcome: work(), attachments: Vec::new() });
        });
    }

    /// What must be durable with an outcome besides, as of now.
    pub(crate) fn complete(&mut self, performed: &mut Performed) {
        self.running.remove(&performed.request);
        if let Outcome::Done(Ask::Subjects(subjects::Ask::EndErasure(erased))) = &performed.outcome {
            performed.attachments.extend(self.vault.generation_row(erased.slot));
        }
    }

    /// Now and then removes large blobs whose record never came: a process died, or an outcome came too late.
    pub(crate) fn sweep_when_due(&mut self, now: Micros) {
        self.site.meter.sample_when_due();
        if self.swept.is_some_and(|swept| monotonic() - swept < SWEEP_INTERVAL) {
            return;
        }
        self.swept = Some(monotonic());
        let since_epoch = Duration::from_micros(u64::try_from(now.0).unwrap_or_default());
        let before = SystemTime::UNIX_EPOCH + since_epoch.saturating_sub(ORPHAN_AGE);
        let (vault, mailbox) = (self.vault.clone(), self.mailbox.clone());
        self.runtime.spawn_blocking(move || {
            if let Err(error) = vault.sweep(before) {
                let _ended = mailbox.send(Mail::VaultFailed(error.to_string())).is_err();
            }
        });
    }

    /// Evaluates expressions, which waits for a process.
    fn evaluate(&self, evaluation: Evaluation) {
        let (vault, mailbox, site) = (self.vault.clone(), self.mailbox.clone(), Arc::clone(&self.site));
        let work = move || {
            let request = evaluation.request;
            match evaluate(&vault, &site.options.guard, &evaluation) {
                Ok((ended, attachments)) => {
                    let outcome = Outcome::Done(evaluation::Ask::EndEvaluation(ended).into());
                    tell(&mailbox, Performed { request, outcome, attachments });
                }
                Err(why @ NotNow::Vault(_)) => fail(&mailbox, request, &why),
                Err(why @ NotNow::Machine(_)) => fail_short(&mailbox, request, Short(why.to_string())),
            }
        };
        let (places, runtime) = (Arc::clone(&self.evaluating), self.runtime.clone());
        self.runtime.spawn(async move {
            let place = places.acquire_owned().await;
            runtime.spawn_blocking(move || {
                work();
                drop(place);
            });
        });
    }

    /// A no-op hands its input on as its output, or the entry that it is a part for.
    fn hand_on(&self, effect: Performance, input: Option<Sealed>, entry: Option<Entry>) {
        let (vault, mailbox) = (self.vault.clone(), self.mailbox.clone());
        self.runtime.spawn(async move {
            let outputs = OutputPair::of(&vault, &effect, &mailbox);
            let handed = match (&input, &entry) {
                (Some(input), _) => input_of(&vault, &effect, input).map(|input| input.to_vec()),
                (None, Some(entry)) => {
                    entry_of(&vault, effect.workflow, entry).map(|entry| shown(&entry.value).into_bytes())
                }
                (None, None) => Ok(Vec::new()),
            };
            let ending = match handed {
                Ok(handed) => {
                    outputs.stdout.take(&handed).await;
                    Ending::Succeeded
                }
                Err(why) if why.may_pass() => return fail(&mailbox, effect.request, &why),
                Err(why) => outputs.unavailable(&why).await,
            };
            outputs.finish(ended(effect.request, effect.task, ending), &mailbox).await;
        });
    }

    fn start(&mut self, effect: Performance, inputs: Inputs, memory_max: Bytes) {
        let Performance { request, task, .. } = effect;
        let (course, steered) = watch::channel(Course::Runs);
        let (progress, mut progressed) = mpsc::unbounded_channel();
        self.running.insert(request, course);
        let mailbox = self.mailbox.clone();
        let reporter = self.mailbox.clone();
        self.runtime.spawn(async move {
            while let Some(bytes) = progressed.recv().await {
                let progress = AttemptProgressed { request, task, output: Bytes(bytes) };
                if reporter.send(Mail::Shell(Message::Progressed(progress))).is_err() {
                    return;
                }
            }
        });
        let began = began(&self.mailbox, AttemptStarted { request, task });
        let (vault, site) = (self.vault.clone(), Arc::clone(&self.site));
        let (opening, verifying) = (Arc::clone(&self.opening), Arc::clone(&self.verifying));
        self.runtime.spawn(async move {
            let outputs = OutputPair::of(&vault, &effect, &mailbox);
            let offered = Arc::clone(&inputs.configuration);
            let (rules, fixed) = (effect.moderation.clone(), inputs.variables.clone());
            let ended = match opened(&vault, &effect, inputs, &opening).await {
                Err(why) if why.may_pass() => return fail(&mailbox, request, &why),
                Err(why) => ended(request, task, outputs.unavailable(&why).await),
                Ok((process, _))
                    if let Some(held) = held(rules.as_ref(), (request, task), &process, &fixed).await =>
                {
                    held
                }
                Ok((process, wanted)) => {
                    let what = what(&effect, process, memory_max);
                    let tails = Tails::default();
                    let attempted = Attempted::of(&what, tails.clone(), effect.rules.clone(), offered);
                    let taken = outputs.taken(&tails, wanted.as_ref().map(Wanted::whole), began);
                    let mut ran = match run(&site, &what, steered.clone(), progress, taken).await {
                        Ok(ran) => ran,
                        Err(short) => return fail_short(&mailbox, request, short),
                    };
                    let (places, delays) = (&verifying, &outputs.delays);
                    let verifier = Verifier { site: &site, run: &what, course: steered, places, delays };
                    let verdict = match wanted {
                        Some(wanted) => verifier.verify(wanted, &mut ran).await,
                        None => None,
                    };
                    let ended = outcome(request, task, &ran, verdict.as_ref());
                    outputs.examined(ended, attempted, verdict).await
                }
            };
            outputs.finish(ended, &mailbox).await;
        });
    }
}

/// Opens what a process is given, and what its output must be. Where outputs of other tasks go into it,
/// that is done on a thread that may be busy for long, and for a few processes at once.
async fn opened(
    vault: &Vault,
    effect: &Performance,
    inputs: Inputs,
    places: &Semaphore,
) -> Result<(Process, Option<Wanted>), Unavailable> {
    let Inputs { input, takes, entry, variables, configuration } = inputs;
    let process = if takes.is_empty() {
        process_of(vault, effect, &input, &takes, entry.as_ref())?
    } else {
        let _place = places.acquire().await;
        let (vault, effect) = (vault.clone(), effect.clone());
        let filled =
            spawn_blocking(move || process_of(&vault, &effect, &input, &takes, entry.as_ref())).await;
        filled.expect("invariant: what opens an input does not panic")?
    };
    let mut process = fixed(process, &variables, &configuration)?;
    let wanted = match process.verify.take() {
        Some(checks) => Some(Wanted::read(checks).await?),
        None => None,
    };
    Ok((process, wanted))
}

/// The process with the variables that fixes set. They stand for what its definition says.
fn fixed(
    mut process: Process,
    variables: &[String],
    configuration: &BTreeMap<String, String>,
) -> Result<Process, Unavailable> {
    for name in variables {
        let value = configuration.get(name).ok_or_else(|| Unavailable::NotOffered(name.clone()))?;
        process.env.retain(|variable| variable.name != *name);
        process.env.push(EnvVariable { name: name.clone(), value: value.clone() });
    }
    Ok(process)
}

/// What a process is given, where it lies.
struct Inputs {
    input: Sealed,
    takes: Vec<Taken>,
    entry: Option<Entry>,
    variables: Vec<String>,
    configuration: Configuration,
}

/// Destroys a key, which syncs files.
fn destroy(vault: &Vault, destruction: &KeyDestruction) -> Outcome {
    let KeyDestruction { request, subject, slot } = *destruction;
    match vault.destroy(subject.0) {
        // A subject for which nothing durable was sealed has no key.
        Ok(Ok(_)) => Outcome::Done(subjects::Ask::EndErasure(Erased { request, subject, slot }).into()),
        Ok(Err(no_key)) => Outcome::Failed(no_key.to_string()),
        Err(error) => Outcome::Failed(error.to_string()),
    }
}

pub(crate) fn performed(ended: AttemptEnded) -> Performed {
    Performed { request: ended.request, outcome: Outcome::Ended(ended), attachments: Vec::new() }
}

/// It did not succeed, and may another time.
fn fail(mailbox: &Sender<Mail>, request: u64, why: &dyn std::error::Error) {
    let outcome = Outcome::Failed(why.to_string());
    tell(mailbox, Performed { request, outcome, attachments: Vec::new() });
}

/// The machine is short of something, which may pass.
fn fail_short(mailbox: &Sender<Mail>, request: u64, Short(why): Short) {
    tell(mailbox, Performed { request, outcome: Outcome::Short(why), attachments: Vec::new() });
}

/// What is to be run for an attempt.
fn what(effect: &Performance, process: Process, memory_max: Bytes) -> Run {
    Run {
        command: process.command,
        env: process.env.into_iter().map(|one| (one.name, one.value)).collect(),
        directory: process.directory,
        stdin: process.stdin.map(String::into_bytes),
        key: effect.key.to_string(),
        memory_max_bytes: Some(memory_max.0),
    }
}

/// Tells that a process runs.
fn began(mailbox: &Sender<Mail>, started: AttemptStarted) -> Box<dyn FnOnce() + Send> {
    let mailbox = mailbox.clone();
    Box::new(move || {
        let _ended = mailbox.send(Mail::Shell(Message::Started(started))).is_err();
    })
}

/// A loop that has ended records nothing more; the next one performs the effect again.
pub(crate) fn tell(mailbox: &Sender<Mail>, performed: Performed) {
    let _ended = mailbox.send(Mail::Shell(Message::Performed(performed))).is_err();
}
