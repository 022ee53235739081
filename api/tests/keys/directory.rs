//! Directories that are damaged, odd or not what they seem: what the program says of each, and that its advice, followed to the
//! letter, loses nothing. docs/recovery.md has the same states in words.

mod beside;
mod database;
mod places;
mod watermark;

use crate::program::{Log, Said, text};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A directory that somebody damaged, with what its owner has beside it.
pub(crate) struct Case {
    log: Log,
    /// The key of genesis.
    key: String,
    /// A checkpoint of everything that was acknowledged.
    held: PathBuf,
}

/// What somebody does after reading a message.
enum Step {
    /// Runs the program, which does it.
    Run(&'static [&'static str]),
    /// Runs the program, which refuses and says so.
    Refused(&'static [&'static str], &'static str),
    /// Puts a file or directory back from the newest copy.
    PutBack(&'static str),
    /// Something else.
    Do(fn(&Case)),
}

use Step::{Do, PutBack, Refused, Run};
use beside::BESIDE;
use database::DATABASE;
use places::PLACES;
use watermark::WATERMARK;

/// A state, the first thing that is tried in it, what is said then, and what follows from that.
struct State {
    name: &'static str,
    make: fn(&Case),
    tried: &'static [&'static str],
    /// Words of the refusal; empty when nothing is wrong.
    says: &'static str,
    then: &'static [Step],
}

const APPEND: &[&str] = &["log", "append", "more"];
const HEAD: &[&str] = &["log", "head"];
const REPAIR: Step = Run(&["log", "repair"]);
const REPAIR_UNTOLD: [Step; 2] = [
    Refused(&["log", "repair"], "repeat with --accept-loss"),
    Run(&["log", "repair", "--accept-loss", "--reason", "no watermark"]),
];
const ADOPT: Step = Run(&["log", "adopt", "--reason", "of the test"]);
const NONE: &[Step] = &[];

impl Case {
    /// A log that was written by three processes, an older copy of it from before the last, and a newer one of all.
    fn new() -> Self {
        let log = Log::nowhere();
        log.run(&["log", "init"]).done();
        log.run(&["log", "append", "one", "two"]).done();
        log.run(&["log", "append", "three"]).done();
        copy(&log.path(), &log.beside("older"));
        log.run(&["log", "append", "four", "five"]).done();
        copy(&log.path(), &log.beside("newest"));
        let (key, held) = (log.genesis_key(), log.beside("held"));
        fs::write(&held, log.run(&["log", "head", "--note"]).done() + "\n").expect("writes");
        Self { log, key, held }
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.log.path().join(name)
    }

    fn remove(&self, name: &str) {
        let path = self.at(name);
        if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.expect("removes");
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.at(name), bytes).expect("writes");
    }

    fn cut(&self, name: &str, length: u64) {
        let file = fs::File::options().write(true).open(self.at(name)).expect("opens");
        file.set_len(length).expect("cuts");
    }

    fn flip(&self, path: &Path, place: usize) {
        let mut bytes = fs::read(path).expect("reads");
        bytes[place] ^= 16;
        fs::write(path, bytes).expect("writes");
    }

    fn put_back(&self, from: &str, name: &str) {
        let (source, target) = (self.log.beside(from).join(name), self.at(name));
        if target.is_dir() {
            fs::remove_dir_all(&target).expect("moves out of the way");
        }
        copy(&source, &target);
    }

    /// Takes over a file of another log.
    fn take_from_other(&self, name: &str, as_name: &str) {
        let copied = fs::copy(self.other().join(name), self.at(as_name)).expect("copies");
        assert!(copied > 0);
    }

    /// Another log of the same release.
    fn other(&self) -> PathBuf {
        let other = self.log.beside("other");
        let said = self.log.command(&["log", "init", "--dir", text(&other)]).output().expect("runs");
        assert!(said.status.success());
        other
    }

    fn tables(&self) -> Vec<PathBuf> {
        let tables = fs::read_dir(self.at("db/keyspaces/1/tables")).expect("lists");
        tables.map(|table| table.expect("lists").path()).collect()
    }

    fn journals(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.at("db")).expect("lists").map(|file| file.expect("lists").path());
        files.filter(|file| file.extension().is_some_and(|extension| extension == "jnl")).collect()
    }

    /// The log as a server leaves it that is killed.
    fn kill_a_server(&self) {
        let mut server = self.log.serve();
        server.process.kill().expect("kills");
        server.process.wait().expect("ends");
    }

    /// A copy was adopted and written, and its database lies here now.
    fn replace_database_with_that_of_a_fork(&self) {
        let fork = self.log.beside("fork");
        copy(&self.log.path(), &fork);
        for verb in [&["log", "adopt"][..], &["log", "append"]] {
            let more: &[&str] = if verb[1] == "append" { &["elsewhere", "and on"] } else { &[] };
            let said =
                self.log.command(&[verb, &["--dir", text(&fork)], more].concat()).output().expect("runs");
            assert!(said.status.success());
        }
        self.log.run(&["log", "append", "here"]).done();
        fs::rename(self.at("db"), self.log.beside("right")).expect("renames");
        copy(&fork.join("db"), &self.at("db"));
    }

    fn step(&self, step: &Step) {
        match step {
            Run(arguments) => drop(self.log.run(arguments).done()),
            Refused(arguments, words) => assert_says(&self.log.run(arguments), words),
            PutBack(name) => self.put_back("newest", name),
            Do(work) => work(self),
        }
    }

    /// Everything that was acknowledged is there, and the log goes on.
    fn assert_whole(&self) {
        let checkpoint = text(&self.held).to_owned();
        let path = self.log.path();
        self.log.run(&["log", "verify", text(&path), "--key", &self.key, "--checkpoint", &checkpoint]).done();
        self.log.run(APPEND).done();
        self.log.run(&["log", "verify"]).done();
    }
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status().expect("cp runs");
    assert!(copied.success());
}

#[track_caller]
fn assert_says(said: &Said, words: &str) {
    let errors = String::from_utf8_lossy(&said.0.stderr);
    assert!(!said.0.status.success(), "it was done: {}", String::from_utf8_lossy(&said.0.stdout));
    assert!(errors.contains(words), "{words:?} is not in: {errors}");
    // Whoever reads this may be in a hurry.
    for word in ["remove", "delete", " rm ", "wipe", "format the"] {
        assert!(!errors.contains(word), "{word:?} is in: {errors}");
    }
}

/// The one door: every state of a group is made, tried, and followed to its end.
fn check(states: &[State]) {
    let fails = |state: &&State| catch_unwind(AssertUnwindSafe(|| check_one(state))).is_err();
    let failed: Vec<&str> = states.iter().filter(fails).map(|state| state.name).collect();
    assert!(failed.is_empty(), "{failed:?}");
}

fn check_one(state: &State) {
    let case = Case::new();
    (state.make)(&case);
    let said = case.log.run(state.tried);
    match state.says {
        "" => drop(said.done()),
        words => assert_says(&said, words),
    }
    state.then.iter().for_each(|step| case.step(step));
    case.assert_whole();
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).expect("changes");
}

/// The directory as whoever restores a copy leaves it.
fn replace(case: &Case, with: &str) {
    fs::remove_dir_all(case.log.path()).expect("lost");
    copy(&case.log.beside(with), &case.log.path());
}

fn serves(case: &Case) {
    case.log.serve().stop();
}

#[test]
fn every_state_of_the_watermark_has_an_advice_that_loses_nothing() {
    check(WATERMARK);
}

#[test]
fn every_state_of_the_database_has_an_advice_that_loses_nothing() {
    check(DATABASE);
}

#[test]
fn every_state_of_what_lies_beside_has_an_advice_that_loses_nothing() {
    check(BESIDE);
}

#[test]
fn every_state_of_the_place_has_an_advice_that_loses_nothing() {
    check(PLACES);
}

#[test]
fn a_log_whose_creation_was_interrupted_is_begun_again_and_nothing_is_removed() {
    let log = Log::nowhere();
    fs::create_dir_all(log.path()).expect("creates");
    for name in ["lock", "watermark"] {
        fs::write(log.path().join(name), b"").expect("writes");
    }
    fs::create_dir_all(log.path().join("db/keyspaces")).expect("creates");
    fs::write(log.path().join("db/0.jnl"), [0; 4096]).expect("writes");
    fs::write(log.path().join("key"), b"half a key").expect("writes");
    let said = log.run(APPEND);
    assert_says(&said, "`triad log init --dir");
    log.run(&["log", "init"]).done();
    log.run(APPEND).done();
    assert_eq!(fs::read(log.path().join("unfinished-1/key")).expect("kept"), b"half a key");
}

#[test]
fn the_table_in_the_documents_has_every_state_and_no_other() {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/recovery.md");
    let document = fs::read_to_string(document).expect("reads");
    let told: Vec<&str> = document
        .lines()
        .skip_while(|line| *line != "| state | it says | what helps |")
        .skip(2)
        .take_while(|line| line.starts_with("| "))
        .filter_map(|line| line.split('|').nth(1))
        .map(str::trim)
        .collect();
    let groups = [WATERMARK, DATABASE, BESIDE, PLACES];
    let states: Vec<&str> = groups.iter().flat_map(|states| states.iter()).map(|state| state.name).collect();
    assert_eq!(told, states);
}
