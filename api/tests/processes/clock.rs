//! A server whose wall clock is set while it runs: spans go on, dates wait for a person.

use crate::served::{Place, Server, TRIAD, until};
use rustix::process::Signal;
use serde_json::json;
use std::num::NonZero;
use std::path::PathBuf;
use std::process::Command;
use triad_proof::parallel::verify_and_fold;
use triad_proof::verify::Trust;
use triad_replay::frame::frames;
use triad_replay::replay::Replay;

/// Shifts the wall clock of a process by the seconds that a file names; every other clock stays.
const SHIM: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*libc_gettime)(clockid_t, struct timespec *);
    if (!libc_gettime) libc_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    int result = libc_gettime(clock, now);
    const char *path = clock == CLOCK_REALTIME ? getenv("SHIFTED_BY") : 0;
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file >= 0) {
        char text[32] = {0};
        if (read(file, text, sizeof text - 1) > 0) now->tv_sec += atoll(text);
        close(file);
    }
    return result;
}
"#;

const HOUR_S: i64 = 3_600;
const DAY_S: i64 = 24 * HOUR_S;
const YEAR_S: i64 = 365 * DAY_S;

/// A server with a wall clock that can be set.
pub(crate) struct Clocked {
    place: Place,
    pub(crate) server: Server,
}

impl Clocked {
    pub(crate) fn start() -> Self {
        let place = Self::unserved();
        Self { server: serve(&place), place }
    }

    /// The place of one.
    fn unserved() -> Place {
        let place = Place::new();
        let (source, shim) = (place.file("shim.c"), place.file("shim.so"));
        std::fs::write(&source, SHIM).expect("writes");
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&shim).arg(&source).arg("-ldl");
        assert!(compiler.status().expect("a C compiler").success());
        set(&place, 0);
        place
    }

    pub(crate) fn set(&self, by_s: i64) {
        set(&self.place, by_s);
    }

    /// The next process, which begins with such a clock.
    fn restarted(self, by_s: i64) -> Self {
        self.set(by_s);
        self.server.stop();
        Self { server: serve(&self.place), place: self.place }
    }

    pub(crate) fn until_clock_is(&self, state: &str) {
        until(|| self.server.get("/v1/health")["clock"] == state);
    }

    /// A task that takes longer than it may, and one whose second try waits for a moment: both end.
    fn spans_end(&self) {
        let late =
            json!([{ "id": "a", "type": "PROCESS", "command": ["sleep", "600"], "timeout_seconds": 1 }]);
        let again = json!([{ "id": "a", "type": "PROCESS", "command": ["false"],
            "retry": { "attempts": 2, "base_ms": 200 } }]);
        for workflow in [self.server.submit(late), self.server.submit(again)] {
            assert_eq!(self.server.wait_ended(&workflow)["status"], "FAILED");
        }
    }
}

fn shift_of(place: &Place) -> PathBuf {
    place.file("shift")
}

fn set(place: &Place, by_s: i64) {
    // Nobody ever reads half of it.
    let new = place.file("shift-new");
    std::fs::write(&new, by_s.to_string()).expect("writes");
    std::fs::rename(new, shift_of(place)).expect("renames");
}

/// Appends a note with a clock that is shifted; the exit code and what was said.
fn append(place: &Place, by_s: i64) -> (Option<i32>, String) {
    set(place, by_s);
    let mut append = Command::new(TRIAD);
    append.args(["log", "append", "a note", "--dir"]).arg(place.log());
    append.env("LD_PRELOAD", place.file("shim.so")).env("SHIFTED_BY", shift_of(place));
    let said = append.output().expect("runs");
    (said.status.code(), String::from_utf8(said.stderr).expect("text"))
}

/// What the last record says of the clock, in a log that decides again frame by frame.
fn last_clock_state(place: &Place) -> u8 {
    let file = place.file("copy.triadlog");
    let mut copy = Command::new(TRIAD);
    assert!(
        copy.args(["log", "copy", "--dir"]).arg(place.log()).arg(&file).status().expect("runs").success()
    );
    let (mut replay, mut last) = (Replay::default(), None);
    let read = std::fs::File::open(&file).expect("opens");
    verify_and_fold(read, Trust::default(), NonZero::<usize>::MIN, frames, |frames| {
        last = frames.last().map(|frame| frame.header.clock_state);
        replay.take(frames).expect("decides again");
    })
    .expect("verifies");
    replay.finish().expect("decides again");
    std::fs::remove_file(file).expect("removes");
    last.expect("a record")
}

fn serve(place: &Place) -> Server {
    let (shim, shift) = (place.file("shim.so"), shift_of(place));
    let first = format!("export LD_PRELOAD={} SHIFTED_BY={}", shim.display(), shift.display());
    Server::start(&place.serving(&first, &[]))
}

#[test]
fn spans_go_on_when_the_clock_is_set_and_a_clock_that_is_right_again_needs_nobody() {
    let clocked = Clocked::start();
    for by_s in [HOUR_S, -HOUR_S] {
        clocked.set(by_s);
        clocked.spans_end();
        clocked.until_clock_is("stepped");
        assert_eq!(clocked.server.get("/v1/health")["status"], "degraded");
        clocked.set(0);
        clocked.until_clock_is("steady");
        assert_eq!(clocked.server.get("/v1/health")["status"], "ok");
    }
    clocked.server.stop();
}

#[test]
fn a_clock_that_stepped_is_shown_and_accepted_for_a_reason() {
    let clocked = Clocked::start();
    let running = clocked.server.run("sleep 600");
    clocked.set(HOUR_S);
    clocked.until_clock_is("stepped");
    let shown = clocked.server.get("/v1/clock");
    let ahead_ms = shown["wall_ahead_ms"].as_i64().expect("a number");
    assert!((3_590_000..3_610_000).contains(&ahead_ms), "{shown}");
    assert!(shown["fix"].as_str().is_some_and(|fix| fix.contains("triad clock accept")), "{shown}");
    let ill = clocked.server.get("/v1/health");
    assert!(ill["to_do"][0].as_str().is_some_and(|what| what.contains("triad clock accept")), "{ill}");

    for (body, status) in [("{}", 400), (r#"{"reason":" "}"#, 422)] {
        assert_eq!(clocked.server.post("/v1/clock/accept", body).0, status, "{body}");
    }
    let (status, accepted) = clocked.server.post("/v1/clock/accept", r#"{"reason":"ticket 2211"}"#);
    assert_eq!((status, &accepted["state"]), (200, &"steady".into()), "{accepted}");
    let (status, refused) = clocked.server.post("/v1/clock/accept", r#"{"reason":"ticket 2211"}"#);
    assert_eq!((status, &refused["code"]), (409, &"clock_conflict".into()));
    assert_eq!(clocked.server.get(&format!("/v1/workflows/{running}"))["status"], "RUNNING");
    clocked.server.stop();
}

#[test]
fn after_a_life_with_a_clock_that_was_ahead_spans_go_on_and_recorded_time_waits() {
    let clocked = Clocked::start().restarted(HOUR_S);
    let (status, _) = clocked.server.post("/v1/clock/accept", r#"{"reason":"wrong, but nobody knew"}"#);
    assert_eq!(status, 200);
    clocked.spans_end();

    let clocked = clocked.restarted(0);
    clocked.until_clock_is("stepped");
    clocked.spans_end();
    let (_, accepted) = clocked.server.post("/v1/clock/accept", r#"{"reason":"now it is right"}"#);
    assert_eq!(accepted["state"], "waiting", "{accepted}");
    clocked.spans_end();
    clocked.server.stop();
}

#[test]
fn a_note_says_of_the_clock_what_the_engine_would_say_and_none_is_appended_by_one_that_is_behind() {
    let [steady, stepped, waiting] = [1, 2, 3];
    let place = Clocked::unserved();
    assert_eq!((append(&place, DAY_S).0, last_clock_state(&place)), (Some(0), steady), "nobody can tell");
    let (code, said) = append(&place, 0);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("triad clock accept"), "{said}");

    let clocked = Clocked { server: serve(&place), place };
    clocked.until_clock_is("stepped");
    clocked.server.stop();
    let place = clocked.place;
    assert_eq!((append(&place, 0).0, last_clock_state(&place)), (Some(0), stepped));

    let clocked = Clocked { server: serve(&place), place };
    assert_eq!(clocked.server.post("/v1/clock/accept", r#"{"reason":"it is right"}"#).1["state"], "waiting");
    clocked.server.stop();
    let place = clocked.place;
    assert_eq!((append(&place, 0).0, last_clock_state(&place)), (Some(0), waiting));
    assert_eq!(
        (append(&place, 2 * DAY_S).0, last_clock_state(&place)),
        (Some(0), steady),
        "it has caught up"
    );
}

#[test]
fn before_1970_a_server_that_cannot_close_its_log_says_why_and_nothing_is_lost() {
    let clocked = Clocked::start();
    let workflow = clocked.server.run("echo before");
    clocked.server.wait_ended(&workflow);
    clocked.set(-100 * YEAR_S);
    let Clocked { place, server } = clocked;
    server.signal(Signal::TERM);
    let (ended, said) = server.last_words();
    assert_eq!(ended.code(), Some(3), "{said}");
    assert!(said.contains("1970"), "{said}");

    set(&place, 0);
    let clocked = Clocked { server: serve(&place), place };
    assert_eq!(clocked.server.get(&format!("/v1/workflows/{workflow}"))["status"], "COMPLETED");
    clocked.server.stop();
}
