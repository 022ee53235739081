//! Kills the server with SIGKILL at random moments while workflows run, again and again; some of their tasks kill it too, once or
//! whenever they are performed, and do what they can to survive. Every workflow ends, each outcome is recorded once, nothing
//! acknowledged is lost, no attempt is performed in more lives than may be, nothing survives its attempt, nothing foreign is
//! ended, what was sealed opens unless it was erased, nothing is half erased, and the whole log is decided again byte for byte.

mod found;
mod tasks;

use crate::program::Failure;
use crate::served::{Random, Served};
use found::{Counted, Found};
use std::collections::BTreeSet;
use std::fs;
use std::io::BufReader;
use std::num::NonZero;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::Duration;
use triad_proof::parallel::verify_and_fold;
use triad_proof::verify::Trust;
use triad_replay::frame::frames;
use triad_replay::replay::Replay;

/// Ends of a server, whoever killed it.
const DEATHS: u64 = 500;
/// Workflows that are alive at the beginning.
const ALIVE: u64 = 100;
/// New workflows handed in during each later life.
const SUBMITTED_PER_LIFE: u64 = 12;
const LIFE_MS_MAX: u64 = 500;
/// Workflows whose content is to be erased in each life; the server often dies meanwhile.
const ERASED_PER_LIFE: u64 = 3;
/// One life in so many ends while the server is coming up.
const HASTY_EVERY: u64 = 5;
/// Servers in a row that tasks may kill while they come up: far more than all tasks together kill once they are counted.
const TRIES_MAX: u64 = 100;
const PROGRESS_STEP: u64 = 25;
/// Processes of others, which look like tasks as far as that can be.
const FOREIGN: usize = 8;

struct Soak {
    served: Served,
    random: Random,
    /// The workflow that answered each number, once one did.
    workflows: Vec<Option<String>>,
    /// Workflows whose content somebody asked to erase.
    asked_to_erase: BTreeSet<String>,
    deaths: u64,
    /// Of these, those that tasks caused.
    deaths_by_tasks: u64,
}

/// Runs the proof.
pub(crate) fn run(deaths: Option<u64>) -> Result<(), Failure> {
    let mut soak = Soak {
        served: Served::new()?,
        random: Random(0x7472_6961_6421),
        workflows: Vec::new(),
        asked_to_erase: BTreeSet::new(),
        deaths: 0,
        deaths_by_tasks: 0,
    };
    let mut foreign = soak.foreign()?;
    let lived = soak.live(deaths.unwrap_or(DEATHS));
    let is_alive = |child: &mut Child| child.try_wait().is_ok_and(|ended| ended.is_none());
    let unharmed = foreign.iter_mut().map(is_alive).filter(|is_alive| *is_alive).count();
    for child in &mut foreign {
        child.kill().and_then(|()| child.wait().map(drop)).map_err(|error| error.to_string())?;
    }
    let erased = lived?;
    if unharmed != FOREIGN {
        return Err(format!("of {FOREIGN} foreign processes {unharmed} are left"));
    }
    let Counted { ended, outcomes, lost, performances_max } = soak.check_log()?;
    println!("figure server_deaths {} count", soak.deaths);
    println!("figure server_deaths_by_tasks {} count", soak.deaths_by_tasks);
    println!("figure server_workflows_ended {ended} count");
    println!("figure server_outcomes_recorded {outcomes} count");
    println!("figure server_workflows_lost 0 count");
    println!("figure server_attempts_cut_off_too_often {lost} count");
    println!("figure server_performances_of_one_attempt_max {performances_max} count");
    println!("figure server_survivors 0 count");
    println!("figure server_foreign_ended 0 count");
    println!("figure server_subjects_erased {erased} count");
    println!("figure server_content_dangling 0 count");
    Ok(())
}

impl Soak {
    fn foreign(&self) -> Result<Vec<Child>, Failure> {
        let one = |number: usize| {
            let mut command = Command::new(tasks::sleeper(&self.served, &format!("foreign-{number}"))?);
            command.arg("100000").env("TRIAD_IDEMPOTENCY_KEY", format!("{number:032x}"));
            command.spawn().map_err(|error| error.to_string())
        };
        (0..FOREIGN).map(one).collect()
    }

    /// Lives until the server has died so often, and then until everything has ended; returns how much is erased.
    fn live(&mut self, deaths: u64) -> Result<u64, Failure> {
        for life in 0.. {
            if self.deaths >= deaths {
                break;
            }
            self.live_and_die(life)?;
            if (life + 1) % PROGRESS_STEP == 0 {
                let (deaths_so_far, workflows) = (self.deaths, self.workflows.len());
                eprintln!("soak: server: {deaths_so_far} of {deaths} deaths, {workflows} workflows");
            }
        }
        self.finish()
    }

    /// One life of a server, which its tasks may end before this does.
    fn live_and_die(&mut self, life: u64) -> Result<(), Failure> {
        if life % HASTY_EVERY == HASTY_EVERY - 1 {
            let server = self.start()?;
            sleep(Duration::from_millis(self.random.below(40)));
            return self.kill(server);
        }
        let server = self.start_healthy()?;
        let count = if life == 0 { ALIVE } else { SUBMITTED_PER_LIFE };
        self.workflows.extend((0..count).map(|_| None));
        self.submit_unanswered()?;
        self.ask_to_erase();
        sleep(Duration::from_millis(self.random.below(LIFE_MS_MAX)));
        self.kill(server)
    }

    /// Begins a server that tasks can find.
    fn start(&self) -> Result<Child, Failure> {
        let server = self.served.start()?;
        let id = server.id().to_string();
        fs::write(tasks::server_file(&self.served), id).map_err(|error| error.to_string())?;
        Ok(server)
    }

    /// A server that serves, however often its tasks kill it before it does.
    fn start_healthy(&mut self) -> Result<Child, Failure> {
        for _ in 0..TRIES_MAX {
            let mut server = self.start()?;
            if self.served.wait_healthy(&mut server).is_ok() {
                return Ok(server);
            }
            self.kill(server)?;
        }
        Err("no server comes up any more".to_owned())
    }

    /// Ends a server, unless a task has.
    fn kill(&mut self, mut server: Child) -> Result<(), Failure> {
        let ended_before = server.try_wait().map_err(|error| error.to_string())?;
        self.deaths += 1;
        self.deaths_by_tasks += u64::from(ended_before.is_some());
        server.kill().and_then(|()| server.wait()).map_err(|error| error.to_string())?;
        Ok(())
    }

    /// Hands in every workflow that no life has acknowledged yet; the key makes a repetition harmless.
    fn submit_unanswered(&mut self) -> Result<(), Failure> {
        for (number, id) in (0..).zip(&mut self.workflows).filter(|(_, id)| id.is_none()) {
            *id = self.served.submit(&tasks::key(number), &tasks::definition(&self.served, number)?);
        }
        Ok(())
    }

    /// Asks for erasures and does not wait for the answers. Of a workflow that has not ended they are refused.
    fn ask_to_erase(&mut self) {
        let known: Vec<String> = self.workflows.iter().flatten().cloned().collect();
        for _ in 0..ERASED_PER_LIFE.min(known.len() as u64) {
            let id = known[self.random.below(known.len() as u64) as usize].clone();
            self.asked_to_erase.insert(id.clone());
            let ask = self.served.poster();
            std::thread::spawn(move || ask.post(&format!("/v1/subjects/{id}/erase")).is_ok());
        }
    }

    /// Everything that was sealed opens, or is erased as a whole because somebody asked for it; returns how many are.
    fn check_content(&self) -> Result<u64, Failure> {
        let mut erased = 0;
        for id in self.workflows.iter().flatten() {
            let subject = self.served.get(&format!("/v1/subjects/{id}"))?;
            let subject: serde_json::Value =
                serde_json::from_str(&subject).map_err(|error| error.to_string())?;
            let is_erased = subject["state"] == "ERASED";
            if is_erased && !self.asked_to_erase.contains(id) {
                return Err(format!("the content of {id} is erased and nobody asked for it"));
            }
            erased += u64::from(is_erased);
            for path in ["inputs?task=work", "attempts?task=work", "attempts?task=more"] {
                let shown = self.served.get(&format!("/v1/workflows/{id}/{path}&content=true"))?;
                let shown = serde_json::from_str(&shown).map_err(|error| error.to_string())?;
                let mut words = Vec::new();
                content_words(&shown, &mut words);
                let fits =
                    |word: &String| (word == "erased") == is_erased && word != "missing" && word != "damaged";
                if !words.iter().all(fits) || (words.is_empty() && path.starts_with("inputs")) {
                    return Err(format!("{path} of {id}, erased: {is_erased}, is {words:?}"));
                }
            }
        }
        Ok(erased)
    }

    /// A last life, or a few, in which everything ends; of each workflow nothing is left the moment it has ended.
    fn finish(&mut self) -> Result<u64, Failure> {
        let mut server = self.start_healthy()?;
        self.submit_unanswered()?;
        let (mut at, mut tries) = (0, 0);
        while at < self.workflows.len() {
            let acknowledged = self.workflows[at].as_ref();
            let ended =
                acknowledged.ok_or_else(|| format!("{} was never acknowledged", tasks::key(at as u64)));
            if let Err(why) = ended.and_then(|id| self.served.wait_ended(id)) {
                // A task may have killed this one too.
                tries += 1;
                if tries > TRIES_MAX {
                    return Err(why);
                }
                self.kill(server)?;
                server = self.start_healthy()?;
                self.submit_unanswered()?;
                continue;
            }
            let survivors = tasks::survivors(&self.served, at as u64)?;
            if !survivors.is_empty() {
                return Err(format!("{} has ended, and of it {survivors:?} run", tasks::key(at as u64)));
            }
            at += 1;
        }
        let erased = self.check_content()?;
        self.served.stop(server)?;
        Ok(erased)
    }

    /// Reads the whole log: verified, decided again, one end per workflow, one outcome per attempt.
    fn check_log(&self) -> Result<Counted, Failure> {
        let copy = self.served.path("log.triadlog");
        let name = copy.to_string_lossy().into_owned();
        self.served.triad(&["log", "copy", &name])?;
        let file = std::fs::File::open(&copy).map_err(|error| error.to_string())?;
        let (mut replay, mut found, mut stopped) = (Replay::default(), Found::default(), None);
        let report = verify_and_fold(
            BufReader::new(file),
            Trust::default(),
            NonZero::<usize>::MIN,
            frames,
            |frames| {
                found.take(&frames);
                if stopped.is_none() {
                    stopped = replay.take(frames).err();
                }
            },
        );
        report.map_err(|error| error.to_string())?;
        let decided = stopped.map_or_else(|| replay.finish().map(|_| ()), Err);
        decided.map_err(|stopped| stopped.to_string())?;
        found.check(&self.workflows, &tasks::marks(&self.served))
    }
}

/// What a document says of each content in it.
#[expect(clippy::wildcard_enum_match_arm, reason = "other JSON holds no words")]
fn content_words(document: &serde_json::Value, words: &mut Vec<String>) {
    match document {
        serde_json::Value::Object(members) => {
            for (name, value) in members {
                match value {
                    serde_json::Value::String(word) if name == "content" => words.push(word.clone()),
                    value => content_words(value, words),
                }
            }
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| content_words(value, words)),
        _ => {}
    }
}
