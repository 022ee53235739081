//! What a process has from the server and from whoever started that: docs/processes.md, as the program does it.

use crate::served::{Place, Server, TRIAD, may, numbers, serving, until};
use serde_json::json;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

#[test]
fn nothing_of_how_the_server_was_started_reaches_its_tasks() {
    let place = Place::new();
    let odd = "trap '' HUP INT QUIT USR1 ALRM; umask 077; ulimit -S -n 700; exec 7</dev/null; cd /; export SECRET=1";
    let server = Server::start(&place.serving(odd, &[]));
    let ignored = server.printed("sed -n 's/^SigIgn:\\t*//p' /proc/self/status");
    let ignored = u64::from_str_radix(&ignored, 16).expect("a mask");
    // Above 31 are those that threads of the system's library have among themselves.
    assert_eq!(ignored & 0x7fff_ffff, 0, "{ignored:x}");
    assert_eq!(server.printed("umask; ulimit -S -n; ulimit -c"), "0022\n700\n0");
    assert_eq!(server.printed("ls /proc/self/fd | tr '\\n' ' '"), "0 1 2 3");
    assert_eq!(server.printed("echo ${SECRET-nothing}"), "nothing");
    let at = server.printed("pwd");
    assert!(at.starts_with(&*place.log().join("work").to_string_lossy()), "{at}");
    assert!(!std::path::Path::new(&at).exists(), "it goes with its attempt");
    server.stop();
}

/// Everything in a directory that others than its owner may do something with.
fn open_to_others(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).expect("reads").map(|entry| entry.expect("an entry").path());
    let mut open = Vec::new();
    for path in std::iter::once(directory.to_owned()).chain(entries) {
        // The database removes journals meanwhile.
        let Ok(found) = std::fs::symlink_metadata(&path) else { continue };
        let mode = found.permissions().mode();
        if found.is_dir() && path != directory {
            open.extend(open_to_others(&path));
        } else if mode & 0o077 != 0 {
            open.push(format!("{} {mode:o}", path.display()));
        }
    }
    open
}

#[test]
fn what_is_made_in_a_logs_directory_is_for_its_owner_whatever_the_mask_was() {
    let place = Place::new();
    let log = place.file("other");
    let first = format!("umask 000; {TRIAD} log init --dir {} > /dev/null", log.display());
    let server = Server::start(&serving(&log, &first, &[]));
    let none = Vec::<String>::new();
    // More than a chunk is a file of the vault.
    server.wait_ended(&server.run("seq 100000"));
    server.run("sleep 600");
    until(|| std::fs::read_dir(log.join("attempts")).expect("reads").next().is_some());
    assert_eq!(open_to_others(&log), none);
    server.stop();
    assert_eq!(open_to_others(&log), none);

    let others = |arguments: &str| {
        let script = format!("umask 002; {TRIAD} log {arguments} --dir {}", log.display());
        assert!(Command::new("sh").args(["-c", &script]).status().expect("runs").success());
    };
    others("append 'a note'");
    assert_eq!(open_to_others(&log), none);
    let handed_out = place.file("copy.triadlog");
    others(&format!("copy {}", handed_out.display()));
    let mode = std::fs::metadata(handed_out).expect("is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o664, "what is handed out is as the mask has it");
}

#[test]
fn a_named_directory_is_recorded_sealed_and_used() {
    let place = Place::new();
    let server = place.serve();
    let named = place.file("named");
    std::fs::create_dir(&named).expect("makes");
    let task = |directory: &str| {
        let command = ["touch", "here"];
        json!([{ "id": "a", "type": "PROCESS", "command": command, "working_directory": directory }])
    };
    let workflow = server.submit(task(&named.to_string_lossy()));
    assert_eq!(server.wait_ended(&workflow)["status"], "COMPLETED");
    assert!(named.join("here").exists());
    let shown = server.get(&format!("/v1/workflows/{workflow}/inputs?task=a&content=true"));
    assert!(shown.to_string().contains(&*named.to_string_lossy()), "{shown}");
    let workflow = server.submit(task("/no/such/place"));
    assert_eq!(server.wait_ended(&workflow)["tasks"][0]["last_ending"], "NOT_STARTED");
    server.stop();
}

#[test]
fn a_definition_with_relative_paths_runs_where_the_client_says() {
    let place = Place::new();
    let server = place.serve();
    let definition = place.file("definition.json");
    let named = place.file("named").to_string_lossy().into_owned();
    let tasks = json!([
        { "id": "here", "type": "PROCESS", "command": ["test", "-e", "definition.json"] },
        { "id": "too", "command": ["test", "-e", "definition.json"] },
        { "id": "there", "type": "PROCESS", "command": ["touch", "made"], "working_directory": named },
        { "id": "nowhere", "type": "NOOP", "dependencies": ["here", "too", "there"] },
    ]);
    std::fs::create_dir(&named).expect("makes");
    std::fs::write(&definition, json!({ "tasks": tasks }).to_string()).expect("writes");
    let mut submit = Command::new(TRIAD);
    submit.args(["workflow", "submit", "--in", ".", "--server", &server.url]).arg(&definition);
    let said = submit.current_dir(definition.parent().expect("has one")).output().expect("runs");
    assert!(said.status.success(), "{said:?}");
    let workflow = String::from_utf8(said.stdout).expect("text");
    assert_eq!(server.wait_ended(workflow.trim())["status"], "COMPLETED");
    assert!(place.file("named").join("made").exists());
    server.stop();
}

#[test]
fn directories_are_made_where_and_kept_as_the_server_is_told() {
    let place = Place::new();
    let below = place.file("elsewhere").to_string_lossy().into_owned();
    let server = Server::start(&place.serving("", &["--work-dir", &below, "--keep-work"]));
    let at = server.printed("pwd; touch mine");
    assert!(at.starts_with(&below) && std::path::Path::new(&at).join("mine").exists(), "{at}");
    server.stop();
}

#[test]
fn as_another_user_a_task_reads_no_key_and_cannot_come_back() {
    let is_user = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "true"];
    if !may("changing users", &is_user) {
        return;
    }
    let place = Place::new();
    let work = tempfile::Builder::new().prefix("triad-work").tempdir_in("/tmp").expect("a directory");
    let server = Server::start(&place.serving(
        "export TRIAD_PASSPHRASE=secret",
        &["--run-as", "nobody", "--work-dir", &work.path().to_string_lossy()],
    ));
    let told = server.printed(
        "id -u; id -un; echo $USER; touch mine && stat -c %U mine; grep NoNewPrivs /proc/self/status",
    );
    assert_eq!(told, "65534\nnobody\nnobody\nnobody\nNoNewPrivs:\t1");
    let secrets = format!(
        "cat {0}/*key* {0}/vault/* /proc/{1}/environ 2>/dev/null | wc -c",
        place.log().display(),
        server.id()
    );
    assert_eq!(server.printed(&secrets), "0");
    let marks = work.path().join("marks");
    std::fs::write(&marks, "").expect("writes");
    Command::new("chmod").arg("666").arg(&marks).status().expect("runs");
    let workflow = server.run(&format!("setsid sleep 90 & echo $! >> {}; exit 0", marks.display()));
    server.wait_ended(&workflow);
    until(|| !numbers(&marks, 1).iter().any(crate::served::runs));
    server.stop();
}

#[test]
fn a_server_that_may_not_change_users_refuses_to_start() {
    let place = Place::new();
    let refused = |words: &[&str]| {
        let said = Command::new(words[0]).args(&words[1..]).output().expect("runs");
        assert_eq!(said.status.code(), Some(1), "{said:?}");
        String::from_utf8(said.stderr).expect("text")
    };
    let log = place.log().to_string_lossy().into_owned();
    let serve = |user| [TRIAD, "serve", "--listen", "127.0.0.1:0", "--dir", log.as_str(), "--run-as", user];
    if rustix::process::geteuid().is_root() {
        let said = refused(&serve("no-such-user-anywhere"));
        assert!(said.contains("knows no user"), "{said}");
        let as_nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
        if !may("changing users", &[&as_nobody[..], &["true"]].concat())
            || !may("others here", &[&as_nobody[..], &[TRIAD, "--version"]].concat())
        {
            return;
        }
        let said = refused(&[&as_nobody[..], &serve("daemon")].concat());
        assert!(said.contains("only a server that runs as root"), "{said}");
    } else {
        let said = refused(&serve("nobody"));
        assert!(said.contains("only a server that runs as root"), "{said}");
    }
}
