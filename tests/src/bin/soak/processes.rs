//! Tasks that do whatever they can to survive: rename themselves, fork twice, move to other sessions, ignore signals, clear
//! their environment, kill their guard, their server, or both. After every attempt nothing of it runs, and nothing foreign
//! has been ended.
//!
//! Whatever they start is a program of their own, a link to `sleep` whose path a process cannot change: by it, and by nothing
//! that the product looks at, survivors are found.

use crate::program::Failure;
use crate::served::{PULSE, Random, Served};
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::Duration;

const CYCLES: u64 = 500;
/// New workflows in each life.
const SUBMITTED_PER_LIFE: u64 = 4;
const LIFE_MS_MAX: u64 = 400;
/// Ways to survive and to do harm, of which each task takes one.
const WAYS: &[&str] = &[
    "SLEEPER 61 & exec -a '[kworker/0:1]' SLEEPER 0.1",
    "(setsid SLEEPER 62 &); sleep 0.05",
    "(setsid sh -c 'SLEEPER 63 & SLEEPER 63 & exit' &); sleep 0.05",
    "env -i setsid SLEEPER 64 & env -i SLEEPER 64 & sleep 0.05",
    "trap '' TERM INT HUP QUIT; SLEEPER 65 & setsid SLEEPER 65 & SLEEPER 65",
    "for i in 1 2 3 4 5 6 7 8; do (setsid SLEEPER 66 &); done; exit 3",
    "SLEEPER 67 & setsid SLEEPER 67 & kill -9 $PPID; SLEEPER 67",
    "setsid SLEEPER 68 & mkdir ONCE && kill -9 SERVER; SLEEPER 0.1",
    "SLEEPER 69 & mkdir ONCE && kill -9 $PPID SERVER; SLEEPER 0.1",
];
/// Processes of others, which look like tasks as far as that can be.
const FOREIGN: usize = 8;

struct Soak {
    served: Served,
    random: Random,
    /// Idempotency keys handed in, and the workflow that answered.
    workflows: Vec<(String, Option<String>)>,
    foreign: Vec<Child>,
    server_kills: u64,
}

/// Runs the proof.
pub(crate) fn run(cycles: Option<u64>) -> Result<(), Failure> {
    let mut soak = Soak {
        served: Served::new()?,
        random: Random(0x7072_6f63),
        workflows: Vec::new(),
        foreign: Vec::new(),
        server_kills: 0,
    };
    let lived = soak.live(cycles.unwrap_or(CYCLES));
    let is_alive = |child: &mut Child| child.try_wait().is_ok_and(|ended| ended.is_none());
    let unharmed = soak.foreign.iter_mut().map(is_alive).filter(|is_alive| *is_alive).count();
    for child in &mut soak.foreign {
        child.kill().and_then(|()| child.wait().map(drop)).map_err(|error| error.to_string())?;
    }
    lived?;
    if unharmed != FOREIGN {
        return Err(format!("of {FOREIGN} foreign processes {unharmed} are left"));
    }
    println!("figure processes_workflows_ended {} count", soak.workflows.len());
    println!("figure processes_server_deaths {} count", soak.server_kills);
    println!("figure processes_survivors 0 count");
    println!("figure processes_foreign_ended 0 count");
    Ok(())
}

impl Soak {
    fn live(&mut self, cycles: u64) -> Result<(), Failure> {
        for number in 0..FOREIGN {
            let mut command = Command::new(self.sleeper(&format!("foreign-{number}"))?);
            command.arg("100000").env("TRIAD_IDEMPOTENCY_KEY", format!("{number:032x}"));
            self.foreign.push(command.spawn().map_err(|error| error.to_string())?);
        }
        for cycle in 0..cycles {
            self.live_and_die()?;
            if (cycle + 1) % 25 == 0 {
                eprintln!(
                    "soak: processes: {} of {cycles} lives, {} workflows",
                    cycle + 1,
                    self.workflows.len()
                );
            }
        }
        self.finish()
    }

    /// One life of a server, which its tasks may end before this does.
    fn live_and_die(&mut self) -> Result<(), Failure> {
        let mut server = self.start()?;
        for _ in 0..SUBMITTED_PER_LIFE {
            self.workflows.push((format!("evil-{}", self.workflows.len()), None));
        }
        self.submit_unanswered()?;
        sleep(Duration::from_millis(self.random.below(LIFE_MS_MAX)));
        self.server_kills += 1;
        server.kill().and_then(|()| server.wait()).map_err(|error| error.to_string())?;
        Ok(())
    }

    /// A server that serves, however often its tasks kill it before it does.
    fn start(&mut self) -> Result<Child, Failure> {
        for _ in 0..WAYS.len() * 4 {
            let mut server = self.served.start()?;
            fs::write(self.served.path("server"), server.id().to_string())
                .map_err(|error| error.to_string())?;
            if self.served.wait_healthy(&mut server).is_ok() {
                return Ok(server);
            }
            self.server_kills += 1;
            server.kill().and_then(|()| server.wait()).map_err(|error| error.to_string())?;
        }
        Err("no server comes up any more".to_owned())
    }

    fn submit_unanswered(&mut self) -> Result<(), Failure> {
        for at in 0..self.workflows.len() {
            let (key, None) = &self.workflows[at] else { continue };
            let (key, first) = (key.clone(), at % WAYS.len());
            let definition = self.definition(&key, first)?;
            self.workflows[at].1 = self.served.submit(&key, &definition);
        }
        Ok(())
    }

    /// Two tasks, each with a way of its own; whatever does not end by itself times out.
    fn definition(&self, key: &str, first: usize) -> Result<String, Failure> {
        let sleeper = self.sleeper(key)?.display().to_string();
        let server = format!("$(cat {})", self.served.path("server").display());
        let task = |id: &str, way: &str| {
            let once = self.served.path(&format!("{key}-{id}")).display().to_string();
            let script = way.replace("SLEEPER", &sleeper).replace("ONCE", &once).replace("SERVER", &server);
            serde_json::json!({
                "id": id, "type": "PROCESS", "command": ["bash", "-c", script],
                "timeout_seconds": 1, "retry": { "attempts": 2, "base_ms": 10 },
            })
        };
        let second = (first + WAYS.len() / 2) % WAYS.len();
        let tasks = [task("one", WAYS[first]), task("two", WAYS[second])];
        Ok(serde_json::json!({ "name": key, "tasks": tasks }).to_string())
    }

    /// The program of a workflow.
    fn sleeper(&self, name: &str) -> Result<PathBuf, Failure> {
        let path = self.served.path(&format!("sleeper-{name}"));
        if !path.exists() {
            fs::copy("/bin/sleep", &path).map_err(|error| format!("/bin/sleep cannot be copied: {error}"))?;
        }
        Ok(path)
    }

    /// A last life, or a few, in which everything ends; each workflow leaves nothing the moment it has ended.
    fn finish(&mut self) -> Result<(), Failure> {
        let mut server = self.start()?;
        self.submit_unanswered()?;
        let mut at = 0;
        while at < self.workflows.len() {
            let (key, id) = self.workflows[at].clone();
            let ended = id.ok_or(()).and_then(|id| self.served.wait_ended(&id).map_err(drop));
            if ended.is_err() {
                // A task may have killed this one too.
                server.kill().and_then(|()| server.wait()).map_err(|error| error.to_string())?;
                server = self.start()?;
                self.submit_unanswered()?;
                continue;
            }
            let survivors = running(&self.sleeper(&key)?);
            if !survivors.is_empty() {
                return Err(format!("{key} has ended, and of it {survivors:?} run"));
            }
            at += 1;
        }
        self.served.stop(server)?;
        // What was killed with a server is gone before the next answered; nothing is left at the end of the last.
        sleep(PULSE);
        Ok(())
    }
}

/// Processes whose program is this file.
fn running(program: &PathBuf) -> Vec<String> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let of_program =
        entries.filter(|entry| fs::read_link(entry.path().join("exe")).is_ok_and(|exe| exe == *program));
    of_program.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}
