//! The database: missing, older, of another log or release, damaged in each of its parts.

use super::Step::{Do, PutBack, Refused};
use super::{APPEND, Case, HEAD, NONE, REPAIR, State, copy};
use std::fs;

pub(super) const DATABASE: &[State] = &[
    State {
        name: "the database is an older one",
        make: |case| case.put_back("older", "db"),
        tried: APPEND,
        says: "acknowledged records are missing",
        then: &[Refused(&["log", "repair"], "Restore a better copy"), PutBack("db")],
    },
    State {
        name: "the database is missing",
        make: |case| case.remove("db"),
        tried: APPEND,
        says: "the database ends before the first record",
        then: &[Refused(&["log", "repair"], "restore the directory from a copy"), PutBack("db")],
    },
    State {
        name: "the database is missing, and the server is told to make a log if there is none",
        make: |case| case.remove("db"),
        tried: &["dev", "--listen", "127.0.0.1:0"],
        says: "already holds a log, or what is left of one",
        then: &[PutBack("db")],
    },
    State {
        name: "database and watermark are missing",
        make: |case| {
            case.remove("db");
            case.remove("watermark");
        },
        tried: HEAD,
        says: "put `db` back where it was, or restore the directory from a copy",
        then: &[PutBack("db"), PutBack("watermark")],
    },
    State {
        name: "database, watermark and lock are missing",
        make: |case| ["db", "watermark", "lock"].iter().for_each(|name| case.remove(name)),
        tried: APPEND,
        says: "is missing, although there is key, place, vault of a log",
        then: &[PutBack("db"), PutBack("watermark")],
    },
    State {
        name: "the database is missing and the watermark empty",
        make: |case| {
            case.remove("db");
            case.write("watermark", b"");
        },
        tried: HEAD,
        says: "put `db` back where it was",
        then: &[PutBack("db"), PutBack("watermark")],
    },
    State {
        name: "database and watermark are missing, and somebody begins a log",
        make: |case| {
            case.remove("db");
            case.remove("watermark");
        },
        tried: &["log", "init"],
        says: "what is left of one (key, place, vault): choose another directory",
        then: &[PutBack("db"), PutBack("watermark")],
    },
    State {
        name: "the database is an empty directory",
        make: |case| {
            case.remove("db");
            fs::create_dir(case.at("db")).expect("creates");
        },
        tried: HEAD,
        says: "the database does not open",
        then: &[Refused(&["log", "repair"], "restore the directory from a copy"), PutBack("db")],
    },
    State {
        name: "the database is that of another log",
        make: |case| {
            case.remove("db");
            copy(&case.other().join("db"), &case.at("db"));
        },
        tried: APPEND,
        says: "one of them was put here from elsewhere",
        then: &[Refused(&["log", "repair"], "nothing was changed"), PutBack("db")],
    },
    State {
        name: "the database is that of a copy that went on by itself",
        make: Case::replace_database_with_that_of_a_fork,
        tried: APPEND,
        says: "the database was replaced by another history. Restore the right copy",
        then: &[
            Refused(&["log", "repair"], "nothing was changed"),
            Do(|case| {
                fs::rename(case.at("db"), case.log.beside("db-of-the-fork")).expect("renames");
                fs::rename(case.log.beside("right"), case.at("db")).expect("renames");
            }),
        ],
    },
    State {
        name: "the database is a link to where it lies now",
        make: |case| {
            let elsewhere = case.log.beside("big-disk");
            fs::rename(case.at("db"), &elsewhere).expect("renames");
            std::os::unix::fs::symlink(elsewhere, case.at("db")).expect("links");
        },
        tried: HEAD,
        says: "",
        then: NONE,
    },
    State {
        name: "the lock of the database is missing",
        make: |case| case.remove("db/lock"),
        tried: APPEND,
        says: "run `triad log repair`",
        then: &[REPAIR],
    },
    State {
        name: "the format of the database is missing",
        make: |case| case.remove("db/version"),
        tried: HEAD,
        says: "run `triad log repair`",
        then: &[REPAIR],
    },
    State {
        name: "the format of the database is empty",
        make: |case| case.write("db/version", b""),
        tried: APPEND,
        says: "run `triad log repair`",
        then: &[REPAIR],
    },
    State {
        name: "the database is of a later format",
        make: |case| case.write("db/version", b"FJL\x04"),
        tried: APPEND,
        says: "was written by another release: use that one; nothing was changed",
        then: &[Do(|case| case.take_from_other("db/version", "db/version"))],
    },
    State {
        name: "the database is of an earlier format",
        make: |case| case.write("db/version", b"FJL\x02"),
        tried: HEAD,
        says: "was written by another release: use that one; nothing was changed",
        then: &[PutBack("db/version")],
    },
    State {
        name: "all journals are missing",
        make: |case| case.journals().iter().for_each(|journal| fs::remove_file(journal).expect("removes")),
        tried: APPEND,
        says: "has no journal",
        then: &[REPAIR],
    },
    State {
        name: "all journals are empty",
        make: |case| case.journals().iter().for_each(|journal| fs::write(journal, b"").expect("writes")),
        tried: HEAD,
        says: "",
        then: NONE,
    },
    State {
        name: "a table is missing",
        make: |case| fs::remove_file(&case.tables()[0]).expect("removes"),
        tried: APPEND,
        says: "is missing",
        then: &[REPAIR],
    },
    State {
        name: "a table is cut",
        make: |case| {
            drop(fs::File::options().write(true).open(&case.tables()[0]).and_then(|file| file.set_len(50)))
        },
        tried: HEAD,
        says: "the database does not open",
        then: &[REPAIR],
    },
    State {
        name: "a byte of a table is another",
        make: |case| case.flip(&case.tables()[0], 40),
        tried: &["log", "verify"],
        says: "run `triad log verify`, then `triad log repair`",
        then: &[REPAIR],
    },
    State {
        name: "the list of the tables is missing",
        make: |case| case.remove("db/keyspaces/1/current"),
        tried: APPEND,
        says: "the database does not open",
        then: &[REPAIR],
    },
    State {
        name: "the tiles are missing",
        make: |case| case.remove("db/keyspaces/2"),
        tried: APPEND,
        says: "run `triad log repair`",
        then: &[REPAIR],
    },
    State {
        name: "the index of streams is missing",
        make: |case| case.remove("db/keyspaces/3"),
        tried: HEAD,
        says: "run `triad log repair`",
        then: &[REPAIR],
    },
    State {
        name: "the names of the keyspaces are missing",
        make: |case| case.remove("db/keyspaces/0"),
        tried: HEAD,
        says: "run `triad log repair`",
        then: &[REPAIR],
    },
    State {
        name: "what is attached to records is missing",
        make: |case| case.remove("db/keyspaces/4"),
        tried: APPEND,
        says: "run `triad log repair`",
        then: &[REPAIR],
    },
];
