//! One process that is asked: started, spoken to, and gone when its owner is done with it.

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, WaitIdStatus};
use rustix::process::{pidfd_open, pidfd_send_signal, waitid};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Asks a process: `program` with `verb` as its only argument, without an environment. It is ended when the deadline has passed,
/// and in every case it is gone when this returns. None when the deadline passed first. Waits, so it is for a thread that may
/// wait. An answer longer than `answer_bytes_max` is cut one byte behind that. Fails when the process cannot be started.
pub fn ask(
    program: &Path,
    verb: &str,
    question: Vec<u8>,
    answer_bytes_max: usize,
    deadline: Duration,
) -> io::Result<Option<Said>> {
    Process::start(program, verb)?.converse(question, answer_bytes_max, deadline)
}

/// It is ended and waited for when this is dropped.
struct Process {
    /// Names it for as long as it is open, whoever waits for it: its number may be another's by then.
    descriptor: OwnedFd,
    pipes: Option<(ChildStdin, ChildStdout)>,
}

/// All that it said, and how it ended.
#[derive(Debug)]
pub struct Said {
    /// What came over its standard output.
    pub bytes: Vec<u8>,
    /// How it ended afterwards.
    pub ended: Ended,
}

/// How a process ended.
#[derive(Debug)]
pub enum Ended {
    /// It used up its processor time.
    ByTime,
    /// It got no more memory, or no more stack.
    ByMemory,
    /// Another thread of this process waits for every child, and took the news.
    Unseen,
    /// In words.
    Otherwise(String),
}

impl Process {
    fn start(program: &Path, verb: &str) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.arg(verb).env_clear().current_dir("/");
        // What a terminal sends to the caller's group is not meant for it.
        command.process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        // It waits for its question, so the number is its own.
        let id = Pid::from_child(&child);
        let opened = pidfd_open(id, PidfdFlags::empty());
        match (opened, child.stdin.take(), child.stdout.take()) {
            (Ok(descriptor), Some(input), Some(output)) => {
                Ok(Self { descriptor, pipes: Some((input, output)) })
            }
            (opened, ..) => {
                let _gone = child.kill().and_then(|()| child.wait()).is_err();
                Err(opened.err().unwrap_or(Errno::BADF).into())
            }
        }
    }

    /// Hands it the question and hears it to its end; none when that does not come in time.
    fn converse(
        mut self,
        question: Vec<u8>,
        answer_bytes_max: usize,
        deadline: Duration,
    ) -> io::Result<Option<Said>> {
        let (mut input, output) = self.pipes.take().ok_or(Errno::PIPE)?;
        let (tell, told) = channel();
        // Both end when the process does, which they cannot outlive.
        let writer = spawn("ask", move || {
            // One that stops reading has ended, or will be.
            let _unheard = input.write_all(&question).is_err();
        })?;
        let reader = spawn("hear", move || {
            let mut bytes = Vec::new();
            let read = output.take(answer_bytes_max as u64 + 1).read_to_end(&mut bytes);
            // The caller listens no more when it took too long.
            let _late = tell.send(read.map(|_| bytes)).is_err();
        });
        let heard = match &reader {
            Ok(_) => told.recv_timeout(deadline),
            Err(_) => Err(RecvTimeoutError::Disconnected),
        };
        let ended = match heard {
            Ok(_) => self.ended(),
            Err(_) => self.end(),
        };
        drop(self);
        let joined = [Some(writer), reader.map(Some)?];
        for thread in joined.into_iter().flatten() {
            thread.join().expect("invariant: reading and writing do not panic");
        }
        match heard {
            Ok(bytes) => Ok(Some(Said { bytes: bytes?, ended })),
            Err(_) => Ok(None),
        }
    }

    fn end(&self) -> Ended {
        // One that is gone is gone.
        let _gone = pidfd_send_signal(&self.descriptor, Signal::KILL).is_err();
        self.ended()
    }

    /// Waits for its end.
    fn ended(&self) -> Ended {
        loop {
            match waitid(WaitId::PidFd(self.descriptor.as_fd()), WaitIdOptions::EXITED) {
                Ok(Some(status)) => return how(&status),
                Err(Errno::INTR) => {}
                Ok(None) | Err(_) => return Ended::Unseen,
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name(name.to_owned()).spawn(work)
}

fn how(status: &WaitIdStatus) -> Ended {
    let Some(signal) = status.terminating_signal().and_then(Signal::from_named_raw) else {
        return Ended::Otherwise(format!("with status {}", status.exit_status().unwrap_or_default()));
    };
    match signal {
        // Its own limit; whoever else ends it says nothing of the question.
        Signal::XCPU => Ended::ByTime,
        Signal::ABORT | Signal::SEGV | Signal::BUS => Ended::ByMemory,
        other => Ended::Otherwise(format!("by signal {}", other.as_raw())),
    }
}
