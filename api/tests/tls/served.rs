//! The program as a server that speaks TLS, and as a client of it.

use crate::authority::{Authority, Files};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;

const TRIAD: &str = env!("CARGO_BIN_EXE_triad");
/// How often what must come about is looked for, with [`PAUSE`] in between.
const LOOKS_MAX: u32 = 1_500;
const PAUSE: Duration = Duration::from_millis(20);

/// A directory with a log, an authority, and a certificate of the server.
pub(crate) struct Place {
    directory: TempDir,
    pub(crate) authority: Authority,
    /// The authority's certificate.
    pub(crate) ca: PathBuf,
    /// What the server shows.
    pub(crate) own: Files,
}

/// A server that runs, and ends with the test.
pub(crate) struct Server {
    process: Child,
    pub(crate) url: String,
    says: Arc<Mutex<String>>,
}

impl Place {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let authority = Authority::new();
        let ca = authority.file(directory.path(), "ca.pem");
        let own = authority.server().files(directory.path(), "server");
        let place = Self { directory, authority, ca, own };
        let made = place.command(&["log", "init"]).output().expect("runs");
        assert!(made.status.success(), "{made:?}");
        place
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The program, on the log.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(TRIAD);
        command.args(arguments).env("TRIAD_DIR", self.path().join("log")).stdin(Stdio::null());
        for name in ["TRIAD_SERVER", "TRIAD_CA", "TRIAD_CLIENT_CERT", "TRIAD_CLIENT_KEY"] {
            command.env_remove(name);
        }
        command
    }

    /// The command of a server that speaks TLS.
    fn serving(&self, more: &[&str]) -> Command {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.arg("--tls-cert").arg(&self.own.certificate).arg("--tls-key").arg(&self.own.key).args(more);
        command
    }

    /// Serves the log over TLS.
    pub(crate) fn serve(&self, more: &[&str]) -> Server {
        Server::start(self.serving(more))
    }

    /// What a server says that does not start.
    pub(crate) fn refused(&self, more: &[&str]) -> (Option<i32>, String) {
        let said = self.serving(more).output().expect("runs");
        (said.status.code(), String::from_utf8(said.stderr).expect("text"))
    }

    /// Asks a server with the program.
    pub(crate) fn ask(&self, server: &str, arguments: &[&str]) -> Output {
        let ca = text(&self.ca);
        let arguments = [arguments, &["--server", server, "--ca", ca]].concat();
        self.command(&arguments).output().expect("runs")
    }

    /// The same, and what it answers.
    #[track_caller]
    pub(crate) fn told(&self, server: &str, arguments: &[&str]) -> String {
        let said = self.ask(server, arguments);
        assert!(said.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&said.stderr));
        String::from_utf8(said.stdout).expect("text")
    }
}

impl Server {
    pub(crate) fn start(mut command: Command) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("the program runs");
        let says = Arc::new(Mutex::new(String::new()));
        let (heard, stderr) = (Arc::clone(&says), process.stderr.take().expect("piped"));
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                *heard.lock().expect("no panic") += &format!("{line}\n");
            }
        });
        let mut server = Self { process, url: String::new(), says };
        let url = |says: &str| {
            says.split_whitespace().find(|word| word.contains("://127.0.0.1:")).map(str::to_owned)
        };
        until(|| url(&server.says()).is_some() || server.process.try_wait().expect("waits").is_some());
        server.url = url(&server.says()).unwrap_or_else(|| panic!("it does not serve: {}", server.says()));
        server
    }

    /// What it has said.
    pub(crate) fn says(&self) -> String {
        self.says.lock().expect("no panic").clone()
    }

    #[track_caller]
    pub(crate) fn will_say(&self, text: &str) {
        until(|| self.says().contains(text));
    }

    pub(crate) fn port(&self) -> u16 {
        self.url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port")
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).expect("it runs");
    }

    /// Asks it to end, and waits.
    pub(crate) fn stop(mut self) {
        self.signal(Signal::TERM);
        let ended = self.process.wait().expect("ends");
        assert!(ended.success() && !self.says().contains("panicked"), "{ended}: {}", self.says());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn until(mut is_so: impl FnMut() -> bool) {
    for _ in 0..LOOKS_MAX {
        if is_so() {
            return;
        }
        std::thread::sleep(PAUSE);
    }
    panic!("it does not come about");
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("a path of ours is text")
}
