//! The processes that suffer damage, seen from outside: one that hangs is killed, one that dies is replaced.

use super::damage::Damage;
use crate::program::THIS_PROGRAM;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// Nothing that is judged takes a second; a minute is a hang even on a busy machine.
const HANG: Duration = Duration::from_secs(60);

/// A process that judges damages.
pub(crate) struct Worker {
    templates: PathBuf,
    scratch: PathBuf,
    process: Child,
    orders: ChildStdin,
    answers: Receiver<String>,
}

impl Worker {
    pub(crate) fn start(templates: &Path, scratch: &Path) -> Result<Self, String> {
        let broken = |error: std::io::Error| format!("a worker does not start: {error}");
        let mut command = Command::new(THIS_PROGRAM);
        command.arg("store-judge").arg(templates).arg(scratch);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().map_err(broken)?;
        let orders = process.stdin.take().ok_or("a worker has no input")?;
        let lines = BufReader::new(process.stdout.take().ok_or("a worker has no output")?).lines();
        let (sender, answers) = channel();
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Ok(Self { templates: templates.to_owned(), scratch: scratch.to_owned(), process, orders, answers })
    }

    /// What comes of a damage: a word and its reason.
    pub(crate) fn judge(&mut self, subject: &str, damage: &Damage) -> Result<(String, String), String> {
        let ordered = writeln!(self.orders, "{subject} {}", damage.line()).and_then(|()| self.orders.flush());
        let answer = ordered.map_err(|_| RecvTimeoutError::Disconnected);
        let verdict = match answer.and_then(|()| self.answers.recv_timeout(HANG)) {
            Ok(answer) => {
                let (verdict, text) = answer.split_once(' ').unwrap_or((&answer, ""));
                return Ok((verdict.to_owned(), text.to_owned()));
            }
            Err(RecvTimeoutError::Timeout) => "hung",
            Err(RecvTimeoutError::Disconnected) => "died",
        };
        drop(self.process.kill());
        let status = self.process.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
        drop(std::fs::remove_dir_all(&self.scratch));
        *self = Self::start(&self.templates, &self.scratch)?;
        Ok((verdict.to_owned(), status))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
