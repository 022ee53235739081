//! How it ends: by signals, without standard streams, and at the largest file allowed.

use crate::program::{Log, text};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStderr, Command, Stdio};

/// A server that says that it serves.
fn serve(log: &Log) -> (Child, BufReader<ChildStderr>) {
    let mut command = log.command(&["dev", "--listen", "127.0.0.1:0"]);
    let mut process = command.stderr(Stdio::piped()).spawn().expect("the program runs");
    let mut said = BufReader::new(process.stderr.take().expect("piped"));
    let mut line = String::new();
    while !line.contains("http://") {
        line.clear();
        assert_ne!(said.read_line(&mut line).expect("text"), 0, "it serves");
    }
    (process, said)
}

fn rest(said: BufReader<ChildStderr>) -> String {
    said.lines().map(|line| line.expect("text") + "\n").collect()
}

#[test]
fn every_signal_that_asks_it_to_end_ends_it_cleanly() {
    for signal in [Signal::TERM, Signal::INT, Signal::QUIT] {
        let log = Log::nowhere();
        let (mut process, said) = serve(&log);
        kill_process(Pid::from_child(&process), signal).expect("signals");
        let said = rest(said);
        assert_eq!(process.wait().expect("ends").code(), Some(0), "{signal:?}: {said}");
        log.run(&["log", "verify", text(&log.path())]).done();
    }
}

/// A database that is opened as descriptor 2 would be written over by the first message.
#[test]
fn who_starts_it_without_standard_streams_gets_a_whole_log() {
    let log = Log::nowhere();
    let mut command = Command::new("sh");
    command.args(["-c", "exec \"$0\" log append one two <&- >&- 2>&-", env!("CARGO_BIN_EXE_triad")]);
    log.run(&["log", "init"]).done();
    let before = log.run(&["log", "head", "-o", "json"]).json()["size"].as_u64();
    let ended = command.env("TRIAD_DIR", log.path()).status().expect("the shell runs");
    assert!(ended.success(), "{ended:?}");
    log.run(&["log", "verify", text(&log.path())]).done();
    let after = log.run(&["log", "head", "-o", "json"]).json()["size"].as_u64();
    assert_eq!(after, before.map(|size| size + 2));
}

#[test]
fn the_largest_file_allowed_is_an_error_and_no_sudden_end() {
    let log = Log::nowhere();
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -f 8; exec \"$0\" log init", env!("CARGO_BIN_EXE_triad")]);
    let said = command.env("TRIAD_DIR", log.path()).output().expect("the shell runs");
    let errors = String::from_utf8_lossy(&said.stderr);
    assert!(said.status.code().is_some_and(|code| code < 128), "{:?}: {errors}", said.status);
    assert!(errors.contains("File too large"), "{errors}");
}
