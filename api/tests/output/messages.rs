//! A server goes on and ends whatever becomes of its messages.

use crate::program::Log;
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};
use std::io::{PipeReader, Write};
use std::net::TcpListener;
use std::os::fd::AsFd;
use std::process::{Child, ExitStatus, Stdio};
use std::time::Duration;

const PAUSE: Duration = Duration::from_millis(50);
const TRIES: u32 = 400;

/// A server whose standard error is a pipe.
struct Served {
    process: Child,
    url: String,
    _log: Log,
}

impl Served {
    fn start(errors: impl Into<Stdio>) -> Self {
        let log = Log::nowhere();
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
        let address = format!("127.0.0.1:{port}");
        let mut command = log.command(&["dev", "--listen", &address]);
        let process = command.stdout(Stdio::null()).stderr(errors).spawn().expect("the program runs");
        let served = Self { process, url: format!("http://{address}"), _log: log };
        served.health().expect("it comes up");
        served
    }

    fn health(&self) -> Option<String> {
        let ask = || {
            std::thread::sleep(PAUSE);
            let mut answer = ureq::get(format!("{}/v1/health", self.url)).call().ok()?;
            answer.body_mut().read_to_string().ok()
        };
        std::iter::repeat_with(ask).take(TRIES as usize).flatten().next()
    }

    /// Every request makes the server say something.
    fn provoke(&self, times: u32) {
        for _ in 0..times {
            let _refused = ureq::get(format!("{}/v1/health", self.url)).call().is_err();
        }
    }

    fn stop(&mut self) -> Option<ExitStatus> {
        kill_process(Pid::from_child(&self.process), Signal::TERM).expect("signals");
        let ended = || {
            std::thread::sleep(PAUSE);
            self.process.try_wait().expect("can be asked")
        };
        std::iter::repeat_with(ended).take(TRIES as usize).flatten().next()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ended = self.process.kill().is_err();
        let _waited = self.process.wait().is_err();
    }
}

/// A pipe into which nothing more fits, and whose reader does not read.
fn full_pipe() -> (PipeReader, std::io::PipeWriter) {
    let (read, mut write) = std::io::pipe().expect("a pipe");
    let flags = rustix::fs::fcntl_getfl(write.as_fd()).expect("flags");
    rustix::fs::fcntl_setfl(write.as_fd(), flags | rustix::fs::OFlags::NONBLOCK).expect("sets");
    while write.write(&[b'x'; 4096]).is_ok() {}
    while write.write(b"x").is_ok() {}
    assert_eq!(rustix::io::write(write.as_fd(), b"x"), Err(Errno::AGAIN), "it is full");
    rustix::fs::fcntl_setfl(write.as_fd(), flags).expect("sets");
    (read, write)
}

#[test]
fn a_reader_who_has_gone_neither_hangs_nor_ends_a_server() {
    let (read, write) = std::io::pipe().expect("a pipe");
    let mut served = Served::start(write);
    drop(read);
    served.provoke(3);
    assert!(served.health().is_some());
    let ended = served.stop().expect("it ends");
    assert!(ended.success(), "{ended:?}");
}

#[test]
fn a_reader_who_does_not_read_neither_hangs_nor_ends_a_server() {
    let (_read, write) = full_pipe();
    let mut served = Served::start(write);
    served.provoke(3);
    assert!(served.health().is_some());
    let ended = served.stop().expect("it ends");
    assert!(ended.success(), "{ended:?}");
}

#[test]
fn a_full_disk_under_the_messages_neither_hangs_nor_ends_a_server() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has one");
    let mut served = Served::start(full);
    let health = served.health().expect("it answers");
    assert!(!health.contains("\"messages_lost\":0,"), "what was lost is counted: {health}");
    let ended = served.stop().expect("it ends");
    assert!(ended.success(), "{ended:?}");
}
