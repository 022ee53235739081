//! What lies beside the log: lock, key, vault, what an interruption left.

use super::Step::{Do, PutBack, Run};
use super::{APPEND, Case, HEAD, NONE, REPAIR, State, mode, serves};
use std::fs;

pub(super) const BESIDE: &[State] = &[
    State {
        name: "the lock is missing",
        make: |case| case.remove("lock"),
        tried: APPEND,
        says: "",
        then: NONE,
    },
    State {
        name: "the key is missing",
        make: |case| case.remove("key"),
        tried: APPEND,
        says: "restore it from where it was kept",
        then: &[Run(HEAD), PutBack("key")],
    },
    State {
        name: "the key is empty",
        make: |case| case.write("key", b""),
        tried: APPEND,
        says: "restore it from where it was kept",
        then: &[Run(&["log", "verify"]), PutBack("key")],
    },
    State {
        name: "the key is that of another log",
        make: |case| case.take_from_other("key", "key"),
        tried: APPEND,
        says: "is not the key of this log",
        then: &[Run(HEAD), PutBack("key")],
    },
    State {
        name: "others can read the key",
        make: |case| mode(&case.at("key"), 0o644),
        tried: APPEND,
        says: "run `chmod 600` on it",
        then: &[Do(|case| mode(&case.at("key"), 0o600))],
    },
    State {
        name: "the root of the vault is missing",
        make: |case| case.remove("vault/root"),
        tried: &["serve", "--listen", "127.0.0.1:0"],
        says: "restore it from where it was kept",
        then: &[PutBack("vault/root"), Do(serves)],
    },
    State {
        name: "the identity of the vault is missing",
        make: |case| case.remove("vault/identity"),
        tried: &["serve", "--listen", "127.0.0.1:0"],
        says: "restore it from any copy of the directory",
        then: &[PutBack("vault/identity"), Do(serves)],
    },
    State {
        name: "the slots of the vault are missing",
        make: |case| case.remove("vault/slots"),
        tried: HEAD,
        says: "",
        then: &[PutBack("vault/slots"), Do(serves)],
    },
    State {
        name: "views, snapshots and the note of panics are not what they should be",
        make: |case| {
            fs::create_dir(case.at("views")).expect("creates");
            case.write("views/version", b"nothing that anybody knows");
            fs::create_dir(case.at("snapshots")).expect("creates");
            case.write("snapshots/7", b"half of a wor");
            case.write("poison", b"\x01\x02");
        },
        tried: HEAD,
        says: "",
        then: &[Do(serves)],
    },
    State {
        name: "an interrupted repair left a half database",
        make: |case| {
            fs::create_dir(case.at("db.repairing")).expect("creates");
            fs::create_dir(case.at("db.reading")).expect("creates");
            fs::create_dir(case.at("journals.partial")).expect("creates");
            case.write("place.new", b"half");
        },
        tried: APPEND,
        says: "",
        then: NONE,
    },
    State {
        name: "a repair was interrupted between its renames",
        make: |case| {
            fs::create_dir(case.at("db.repairing")).expect("creates");
            fs::rename(case.at("db"), case.at("db.damaged-1")).expect("renames");
        },
        tried: APPEND,
        says: "Run `triad log repair`",
        then: &[REPAIR],
    },
    State {
        name: "a rotation was interrupted before its epoch began",
        make: |case| case.take_from_other("key", "key.new"),
        tried: HEAD,
        says: "",
        then: NONE,
    },
    State { name: "a server was killed", make: Case::kill_a_server, tried: HEAD, says: "", then: NONE },
    State {
        name: "a server was killed and its last commit is torn",
        make: |case| {
            case.kill_a_server();
            let journals = case.journals();
            let newest = journals.iter().max_by_key(|path| (path.as_os_str().len(), (*path).clone()));
            let newest = newest.expect("a journal");
            let bytes = fs::read(newest).expect("reads");
            let end = bytes.iter().rposition(|byte| *byte != 0).expect("it was written") + 1;
            fs::write(newest, [&bytes[..end], &[1, 2, 0, 0, 7]].concat()).expect("writes");
        },
        tried: &["log", "verify"],
        says: "",
        then: NONE,
    },
];
