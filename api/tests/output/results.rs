//! A result that was asked for arrives whole, or the exit code says that it did not.

use crate::program::{Log, text};
use std::fs::OpenOptions;
use std::process::{Child, Command, Stdio};

/// No room is left for what was asked for.
const UNWRITTEN: Option<i32> = Some(3);
/// Whoever read it left: 128 and the number of SIGPIPE.
const UNREAD: Option<i32> = Some(141);

/// Every verb that needs no server, on a log whose checkpoint and proof lie beside it.
fn local(log: &Log) -> Vec<Vec<String>> {
    let file = |name: &str| text(&log.beside(name)).to_owned();
    let dir = text(&log.path()).to_owned();
    let key = log.genesis_key();
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<String>>();
    let with = |line: &str, more: &[&str]| {
        words(line).into_iter().chain(more.iter().map(|one| (*one).to_owned())).collect()
    };
    vec![
        words("--help"),
        words("--version"),
        words("log --help"),
        words("workflow schema"),
        words("workflow schema -o json"),
        words("log append a-note"),
        words("log append a-note -o json"),
        words("log head"),
        words("log head --note"),
        words("log head --statement"),
        words("log head --key"),
        words("log head -o json"),
        with("log show", &[&dir]),
        with("log show -o json", &[&dir]),
        with("log verify", &[&dir]),
        with("log verify -o json", &[&dir]),
        words("log prove 0"),
        with("log extend", &[&file("checkpoint")]),
        with("log check", &[&file("proof"), "--key", &key]),
        with("log copy", &[&file("copy")]),
        with("log tiles", &[&file("tiles")]),
        with("log init --dir", &[&file("another")]),
        words("key show"),
        words("key rotate"),
    ]
}

/// Every verb that asks a server.
fn remote(workflow: &str) -> Vec<Vec<String>> {
    let lines = [
        "workflow submit WORDS",
        "workflow list",
        "workflow list -o json",
        "workflow show ID",
        "workflow show ID --task run",
        "workflow show ID --input run",
        "workflow show ID --task run --raw stdout",
        "workflow watch ID",
        "workflow watch ID -o json",
        "receipt get ID",
        "subject show ID",
        "subject hold ID --name one",
        "setting list",
        "setting set stall_after 2000",
        "clock show",
        "stream show ID",
    ];
    let words =
        |line: &str| line.split(' ').map(|word| word.replace("ID", workflow)).collect::<Vec<String>>();
    lines.iter().map(|line| words(line)).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    /// A disk without room.
    Full,
    /// A pipe whose reader has left.
    Gone,
}

fn run(command: &mut Command, reader: Reader) -> (Option<i32>, String) {
    let out = match reader {
        Reader::Full => Stdio::from(OpenOptions::new().write(true).open("/dev/full").expect("Linux has one")),
        Reader::Gone => {
            let (read, write) = std::io::pipe().expect("a pipe");
            drop(read);
            Stdio::from(write)
        }
    };
    let said = command.stdout(out).stderr(Stdio::piped()).output().expect("the program runs");
    (said.status.code(), String::from_utf8(said.stderr).expect("text"))
}

fn log() -> Log {
    let log = Log::nowhere();
    log.run(&["log", "init"]).done();
    std::fs::write(log.beside("checkpoint"), log.run(&["log", "head", "--note"]).done() + "\n")
        .expect("writes");
    std::fs::write(log.beside("proof"), log.run(&["log", "prove", "0"]).done() + "\n").expect("writes");
    log
}

fn check(commands: impl Iterator<Item = Command>, reader: Reader) {
    for mut command in commands {
        let (code, errors) = run(&mut command, reader);
        let said = match reader {
            Reader::Full => errors.contains("could not be written"),
            Reader::Gone => errors.is_empty(),
        };
        let expected = if reader == Reader::Full { UNWRITTEN } else { UNREAD };
        // Following a workflow tells of its steps beside.
        assert!(code == expected && said, "{command:?}: {code:?}, {errors}");
    }
}

#[test]
fn a_result_for_which_there_is_no_room_is_a_failure_of_the_machine() {
    let log = log();
    let verbs = local(&log);
    check(
        verbs.iter().map(|verb| log.command(&verb.iter().map(String::as_str).collect::<Vec<_>>())),
        Reader::Full,
    );
}

#[test]
fn a_result_that_nobody_reads_any_more_ends_quietly() {
    let log = log();
    let verbs = local(&log);
    check(
        verbs.iter().map(|verb| log.command(&verb.iter().map(String::as_str).collect::<Vec<_>>())),
        Reader::Gone,
    );
    log.run(&["log", "verify", text(&log.path())]).done();
}

/// A server that ends with the test.
struct Server {
    process: Child,
    url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended = self.process.kill().is_err();
        let _waited = self.process.wait().is_err();
    }
}

#[test]
fn the_same_holds_of_what_a_server_answers() {
    let log = log();
    let port =
        std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
    let address = format!("127.0.0.1:{port}");
    let mut command = log.command(&["serve", "--listen", &address]);
    let process = command.stderr(Stdio::null()).spawn().expect("the program runs");
    let server = Server { process, url: format!("http://{address}") };
    let definition = log.beside("definition.json");
    let task = r#"{"tasks":[{"id":"run","type":"PROCESS","command":["echo","hello"]}]}"#;
    std::fs::write(&definition, task).expect("writes");
    let ask = |words: &[&str]| {
        let mut command = log.command(words);
        command.env("TRIAD_SERVER", &server.url);
        command
    };
    let submit = ["workflow", "submit", text(&definition), "--watch"];
    let submitted = std::iter::repeat_with(|| ask(&submit).output().expect("the program runs"))
        .take(50)
        .inspect(|_| std::thread::sleep(std::time::Duration::from_millis(100)))
        .find(|said| said.status.success());
    let workflow = String::from_utf8(submitted.expect("the server comes up").stdout).expect("text");
    for reader in [Reader::Full, Reader::Gone] {
        let verbs = remote(workflow.trim());
        for verb in verbs {
            let words: Vec<&str> =
                verb.iter().map(|word| if word == "WORDS" { text(&definition) } else { word }).collect();
            if reader == Reader::Gone && words.contains(&"hold") {
                continue;
            }
            check(std::iter::once(ask(&words)), reader);
        }
    }
}
