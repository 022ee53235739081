//! Who ends the processes of tasks, and that nothing foreign is ended.

use crate::served::{Place, Server, may, numbers, runs, serving, until};
use rustix::process::Signal;
use serde_json::json;
use std::process::Command;

/// Leaves processes behind in ways that nobody recognises, and writes their numbers into FILE.
const HIDES: &str = "echo $$ >> FILE
    setsid sleep 81 & echo $! >> FILE
    env -i setsid sleep 82 & echo $! >> FILE
    (env -i setsid sh -c 'sleep 83 & echo $! >> FILE' &)
    (trap '' TERM HUP INT; exec sleep 84) & echo $! >> FILE
    until [ $(wc -l < FILE) -ge 5 ]; do sleep 0.05; done";

/// The script, with a file of the place.
fn hides(place: &Place, then: &str) -> String {
    format!("{HIDES}\n{then}").replace("FILE", &place.file("numbers").to_string_lossy())
}

#[test]
fn what_a_killed_server_left_ends_with_it_and_is_performed_again_once() {
    let place = Place::new();
    let server = place.serve();
    let workflow = server.run(&hides(&place, "sleep 80"));
    let first = numbers(&place.file("numbers"), 5);
    server.kill();
    until(|| !first.iter().any(runs));
    let server = place.serve();
    let all = numbers(&place.file("numbers"), 10);
    assert_eq!(all.iter().filter(|id| runs(id)).count(), 5, "performed twice, and running once");
    assert_eq!(server.get(&format!("/v1/workflows/{workflow}"))["status"], "RUNNING");
    server.stop();
    assert_eq!(all.iter().filter(|id| runs(id)).count(), 0);
}

#[test]
fn a_task_that_kills_its_guard_and_its_server_is_ended_by_the_next_one() {
    let place = Place::new();
    let server = place.serve();
    let once = place.file("once").to_string_lossy().into_owned();
    // With one word: a server that hears of its guard's end would end the task before it comes to a second one.
    let kills = format!("kill -9 $PPID {}; sleep 80", server.id());
    let workflow = server.run(&format!("mkdir {once} || exit 0\n{}", hides(&place, &kills)));
    let left = numbers(&place.file("numbers"), 5);
    server.wait();
    let server = place.serve();
    assert!(!left.iter().any(runs), "{left:?}");
    assert_eq!(server.wait_ended(&workflow)["status"], "COMPLETED", "performed again");
    server.stop();
}

#[test]
fn a_server_on_a_copy_ends_nothing_of_the_original() {
    let place = Place::new();
    let server = place.serve();
    let workflow = server.run(&hides(&place, "sleep 80"));
    let running = numbers(&place.file("numbers"), 5);
    let copied = Command::new("cp").arg("-r").args([place.log(), place.file("copy")]).status();
    assert!(copied.expect("cp runs").success());
    // Whether it serves or refuses is another matter: either way it has looked for what it may end.
    let words = serving(&place.file("copy"), "", &[]);
    let mut second = Command::new(&words[0]).args(&words[1..]).spawn().expect("runs");
    std::thread::sleep(std::time::Duration::from_secs(2));
    assert!(running.iter().all(runs), "{running:?}");
    assert_eq!(server.get(&format!("/v1/workflows/{workflow}"))["status"], "RUNNING");
    second.kill().expect("kills or has ended");
    second.wait().expect("ends");
    server.stop();
}

#[test]
fn what_a_shell_started_before_it_became_the_server_is_not_ended() {
    let place = Place::new();
    let file = place.file("foreign").to_string_lossy().into_owned();
    let first = format!("sleep 85 & echo $! > {file}\n(setsid sleep 86 & echo $! >> {file})");
    let server = Server::start(&place.serving(&first, &[]));
    let workflow = server.run(&hides(&place, "kill -9 $PPID; sleep 80"));
    let ended = server.wait_ended(&workflow);
    assert_eq!(ended["tasks"][0]["last_ending"], "LOST", "{ended}");
    until(|| !numbers(&place.file("numbers"), 5).iter().any(runs));
    let foreign = numbers(&place.file("foreign"), 2);
    assert!(foreign.iter().all(runs), "{foreign:?}");
    server.stop();
    assert!(foreign.iter().all(runs), "{foreign:?}");
    Command::new("kill").args(&foreign).status().expect("kills");
}

#[test]
fn every_signal_that_asks_for_an_end_ends_the_tasks_too() {
    for signal in [Signal::HUP, Signal::INT, Signal::QUIT, Signal::TERM] {
        let place = Place::new();
        let server = place.serve();
        server.run(&hides(&place, "sleep 80"));
        let running = numbers(&place.file("numbers"), 5);
        server.signal(signal);
        let ended = server.wait();
        assert!(ended.success(), "{signal:?}: {ended}");
        assert!(!running.iter().any(runs), "{signal:?}");
    }
}

#[test]
fn a_server_that_is_to_outlive_its_terminal_does() {
    let place = Place::new();
    let server = Server::start(&place.serving("trap '' HUP", &[]));
    server.signal(Signal::HUP);
    assert_eq!(server.printed("echo goes on"), "goes on");
    server.stop();
}

/// Sleepers of a whole system whose first process is the server: one that is orphaned, and one that outlives it.
const FIRST: &str = "(sleep 1 & echo begun)\nsleep 87 &";

#[test]
fn as_the_first_process_of_a_system_it_reaps_what_it_adopts_and_ends_none_of_it() {
    let unshare = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];
    if !may("process namespaces", &[&unshare[..], &["true"]].concat()) {
        return;
    }
    let place = Place::new();
    let words = unshare.iter().map(|word| (*word).to_owned()).chain(place.serving(FIRST, &[]));
    let server = Server::start(&words.collect::<Vec<_>>());
    assert_eq!(server.printed("cat /proc/1/comm"), "triad");
    let lost = server.run("kill -9 $PPID; sleep 80");
    assert_eq!(server.wait_ended(&lost)["tasks"][0]["last_ending"], "LOST");
    // Of those that the first process has adopted, one sleeps on and none has ended unnoticed.
    let name_and_state = "s/^[0-9]* (\\(.*\\)) \\(.\\) 1 .*/\\1 \\2/p";
    let adopted =
        format!("for stat in /proc/[0-9]*/stat; do sed -n '{name_and_state}' $stat; done 2>/dev/null");
    until(|| {
        let adopted = server.printed(&format!("sleep 0.2; {adopted}"));
        let has = |line: &str| adopted.lines().filter(|found| *found == line).count();
        has("sleep S") == 1 && !adopted.lines().any(|found| found.ends_with('Z'))
    });
    server.kill();
}

#[test]
fn attempts_that_time_out_leave_nothing_however_often() {
    let place = Place::new();
    let server = place.serve();
    let workflow = server.submit(json!([{
        "id": "a", "type": "PROCESS", "command": ["sh", "-c", hides(&place, "sleep 80")],
        "timeout_seconds": 1, "retry": { "attempts": 3, "base_ms": 50 },
    }]));
    assert_eq!(server.wait_ended(&workflow)["status"], "FAILED");
    let started = numbers(&place.file("numbers"), 15);
    assert!(!started.iter().any(runs), "{started:?}");
    server.stop();
}
