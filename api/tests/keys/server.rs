//! The program as a server on a log.

use crate::program::{Log, Said};
#[cfg(feature = "tpm")]
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

/// A server that runs.
pub(crate) struct Server {
    pub(crate) process: Child,
    pub(crate) url: String,
}

impl Said {
    pub(crate) fn errors(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).into_owned()
    }
}

impl Log {
    /// Serves the log on any port; the address comes with it.
    pub(crate) fn serve(&self) -> Server {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        let mut process = command.stderr(Stdio::piped()).spawn().expect("the program runs");
        let mut lines = BufReader::new(process.stderr.take().expect("piped")).lines();
        let url = lines.by_ref().find_map(|line| {
            let line = line.expect("text");
            line.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned)
        });
        // Somebody has to read what it says until it ends.
        std::thread::spawn(move || lines.count());
        Server { process, url: url.expect("it serves") }
    }
}

impl Server {
    /// Asks it to end, and waits.
    pub(crate) fn stop(mut self) {
        let process = rustix::process::Pid::from_child(&self.process);
        rustix::process::kill_process(process, rustix::process::Signal::TERM).expect("signals");
        assert!(self.process.wait().expect("ends").success());
    }

    #[cfg(feature = "tpm")]
    pub(crate) fn get(&self, path: &str) -> Value {
        let mut answer = ureq::get(format!("{}{path}", self.url)).call().expect("answers");
        serde_json::from_str(&answer.body_mut().read_to_string().expect("text")).expect("a document")
    }
}
