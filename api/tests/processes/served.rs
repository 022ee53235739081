//! The program as a server that is started in some peculiar way, and a client of it.

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;
use tempfile::TempDir;

/// How often what must come about is looked for, with [`PAUSE`] in between.
const LOOKS_MAX: u32 = 1_500;
const PAUSE: Duration = Duration::from_millis(20);

/// The program.
pub(crate) const TRIAD: &str = env!("CARGO_BIN_EXE_triad");

/// A directory with a log, and room for other files.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        let place = Self(tempfile::tempdir().expect("a directory"));
        let made =
            Command::new(TRIAD).args(["log", "init", "--dir"]).arg(place.log()).output().expect("runs");
        assert!(made.status.success(), "{made:?}");
        place
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.0.path().join("log")
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Serves the log.
    pub(crate) fn serve(&self) -> Server {
        Server::start(&self.serving("", &[]))
    }

    /// The command of a shell that does something first and then becomes a server of the log.
    pub(crate) fn serving(&self, first: &str, options: &[&str]) -> Vec<String> {
        serving(&self.log(), first, options)
    }
}

/// The same for any directory.
pub(crate) fn serving(log: &Path, first: &str, options: &[&str]) -> Vec<String> {
    let options = options.join(" ");
    let script =
        format!("{first}\nexec {TRIAD} serve --listen 127.0.0.1:0 --dir {} {options}", log.display());
    ["sh".to_owned(), "-c".to_owned(), script].to_vec()
}

/// A process that does not outlive a test that failed.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// A server that runs.
pub(crate) struct Server {
    process: Process,
    pub(crate) url: String,
    /// What it says from then on.
    says: JoinHandle<Vec<String>>,
}

impl Server {
    /// Starts it and waits until it says where it serves.
    pub(crate) fn start(words: &[String]) -> Self {
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = Process(command.spawn().expect("the program runs"));
        let (mut said, mut url) = (Vec::new(), None);
        let mut lines = BufReader::new(process.0.stderr.take().expect("piped")).lines();
        for line in lines.by_ref().map(|line| line.expect("text")) {
            url = line.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned);
            if url.is_some() {
                break;
            }
            said.push(line);
        }
        let says = std::thread::spawn(move || lines.map_while(Result::ok).collect());
        Self { process, says, url: url.unwrap_or_else(|| panic!("it does not serve: {said:?}")) }
    }

    pub(crate) fn id(&self) -> String {
        self.process.0.id().to_string()
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        serde_json::from_str(&self.text(path)).expect("a document")
    }

    pub(crate) fn text(&self, path: &str) -> String {
        let config = ureq::Agent::config_builder().http_status_as_error(false).build();
        let mut answer =
            ureq::Agent::from(config).get(format!("{}{path}", self.url)).call().expect("answers");
        answer.body_mut().read_to_string().expect("text")
    }

    /// Gives a command, and what is answered.
    pub(crate) fn post(&self, path: &str, body: &str) -> (u16, Value) {
        let config = ureq::Agent::config_builder().http_status_as_error(false).build();
        let request = ureq::Agent::from(config).post(format!("{}{path}", self.url));
        let mut answer = request.header("Content-Type", "application/json").send(body).expect("answers");
        let text = answer.body_mut().read_to_string().expect("text");
        (answer.status().as_u16(), serde_json::from_str(&text).expect("a document"))
    }

    pub(crate) fn submit(&self, tasks: Value) -> String {
        let request =
            ureq::post(format!("{}/v1/workflows", self.url)).header("Content-Type", "application/json");
        let mut answer =
            request.send(json!({ "name": "test", "tasks": tasks }).to_string()).expect("accepted");
        let answer: Value =
            serde_json::from_str(&answer.body_mut().read_to_string().expect("text")).expect("JSON");
        answer["workflow_id"].as_str().expect("an id").to_owned()
    }

    /// A workflow of one task that runs a script.
    pub(crate) fn run(&self, script: &str) -> String {
        self.submit(json!([{ "id": "a", "type": "PROCESS", "command": ["sh", "-c", script] }]))
    }

    pub(crate) fn wait_ended(&self, workflow: &str) -> Value {
        let shown = || self.get(&format!("/v1/workflows/{workflow}?limit=1"));
        until(|| ["COMPLETED", "FAILED", "CANCELLED"].contains(&shown()["status"].as_str().unwrap_or("")));
        shown()
    }

    /// What a script printed as a task, which succeeded.
    pub(crate) fn printed(&self, script: &str) -> String {
        let workflow = self.run(script);
        let shown = self.wait_ended(&workflow);
        let attempts = self.get(&format!("/v1/workflows/{workflow}/attempts?task=a&content=true"));
        assert_eq!(shown["status"], "COMPLETED", "{attempts}");
        attempts["attempts"][0]["outcome"]["stdout"]["text"].as_str().unwrap_or("").trim_end().to_owned()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process.0), signal).expect("it runs");
    }

    pub(crate) fn wait(mut self) -> ExitStatus {
        self.process.0.wait().expect("ends")
    }

    /// How it ends, and what it said until then.
    pub(crate) fn last_words(mut self) -> (ExitStatus, String) {
        let ended = self.process.0.wait().expect("ends");
        (ended, self.says.join().expect("no panic").join("\n"))
    }

    /// Asks it to end, and waits.
    pub(crate) fn stop(self) {
        self.signal(Signal::TERM);
        let ended = self.wait();
        assert!(ended.success(), "{ended}");
    }

    pub(crate) fn kill(self) {
        self.signal(Signal::KILL);
        self.wait();
    }
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn until(is_so: impl Fn() -> bool) {
    for _ in 0..LOOKS_MAX {
        if is_so() {
            return;
        }
        std::thread::sleep(PAUSE);
    }
    panic!("it does not come about");
}

/// Numbers that tasks write into a file, one a line, once there are so many.
pub(crate) fn numbers(file: &Path, count: usize) -> Vec<String> {
    let read = || std::fs::read_to_string(file).unwrap_or_default();
    until(|| read().lines().count() >= count);
    read().lines().map(str::to_owned).collect()
}

/// Whether a process is there and runs.
pub(crate) fn runs(id: &String) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z")
}

/// Whether this machine lets this user do something; what is not tried is said.
pub(crate) fn may(what: &str, words: &[&str]) -> bool {
    let may = Command::new(words[0]).args(&words[1..]).output().is_ok_and(|tried| tried.status.success());
    if !may {
        eprintln!("SKIPPED in api/tests/processes: this machine does not allow {what}");
    }
    may
}
