//! Where the directory lies: copied, restored, renamed, missing, in use.

use super::Step::{Do, Run};
use super::{ADOPT, APPEND, HEAD, NONE, State, assert_says, replace, serves};
use crate::program::text;
use std::fs;

pub(super) const PLACES: &[State] = &[
    State {
        name: "the file that says where the log lies is missing",
        make: |case| case.remove("place"),
        tried: APPEND,
        says: "its file `place` is missing",
        then: &[Run(HEAD), ADOPT],
    },
    State {
        name: "the file that says where the log lies is empty",
        make: |case| case.write("place", b""),
        tried: &["key", "rotate"],
        says: "its file `place` is damaged",
        then: &[Run(&["log", "verify"]), ADOPT],
    },
    State {
        name: "the directory was copied",
        make: |case| replace(case, "newest"),
        tried: APPEND,
        says: "its files are a copy of those that were written last",
        then: &[Run(&["log", "verify"]), Run(HEAD), ADOPT],
    },
    State {
        name: "the directory was copied, and is to be served",
        make: |case| replace(case, "newest"),
        tried: &["serve", "--listen", "127.0.0.1:0"],
        says: "this one would run again what that one runs",
        then: &[ADOPT, Do(serves)],
    },
    State {
        name: "the directory was put back from an older copy",
        make: |case| replace(case, "older"),
        tried: APPEND,
        says: "its files are a copy of those that were written last",
        then: &[
            Do(|case| {
                let (path, held) = (case.log.path(), text(&case.held).to_owned());
                let verified = ["log", "verify", text(&path), "--key", &case.key, "--checkpoint", &held];
                assert_says(&case.log.run(&verified), "it was truncated or rolled back");
            }),
            Do(|case| replace(case, "newest")),
            ADOPT,
        ],
    },
    State {
        name: "only the database was put back, from before the log was adopted",
        make: |case| {
            replace(case, "newest");
            case.log.run(&["log", "adopt"]).done();
            let older = case.log.beside("newest").join("watermark");
            case.put_back("newest", "db");
            fs::copy(older, case.at("watermark")).expect("copies");
        },
        tried: APPEND,
        says: "the log names another place than this one",
        then: &[ADOPT],
    },
    State {
        name: "the directory was renamed",
        make: |case| {
            let elsewhere = case.log.beside("renamed");
            fs::rename(case.log.path(), &elsewhere).expect("renames");
            std::os::unix::fs::symlink(elsewhere, case.log.path()).expect("links");
        },
        tried: APPEND,
        says: "",
        then: NONE,
    },
    State {
        name: "another process writes the log",
        make: |_| (),
        tried: HEAD,
        says: "",
        then: &[Do(|case| {
            let server = case.log.serve();
            assert_says(&case.log.run(APPEND), "is open in another process: stop that one first");
            case.log.run(HEAD).done();
            case.log.run(&["log", "verify"]).done();
            server.stop();
        })],
    },
    State {
        name: "there is no directory",
        make: |case| fs::rename(case.log.path(), case.log.beside("away")).expect("renames"),
        tried: APPEND,
        says: "holds no log: create one with",
        then: &[Do(|case| fs::rename(case.log.beside("away"), case.log.path()).expect("renames"))],
    },
    State {
        name: "the directory is a file",
        make: |case| {
            fs::rename(case.log.path(), case.log.beside("away")).expect("renames");
            fs::write(case.log.path(), b"a file").expect("writes");
        },
        tried: APPEND,
        says: "cannot be used",
        then: &[Do(|case| {
            fs::rename(case.log.path(), case.log.beside("odd")).expect("renames");
            fs::rename(case.log.beside("away"), case.log.path()).expect("renames");
        })],
    },
    State {
        name: "somebody begins a log where one is",
        make: |_| (),
        tried: &["log", "init"],
        says: "already holds a log, or what is left of one (db, key, place, vault, watermark): choose another directory",
        then: NONE,
    },
];
