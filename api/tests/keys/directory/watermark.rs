//! The watermark: missing, empty, cut, damaged, of another log, behind.

use super::Step::{Do, PutBack, Refused};
use super::{APPEND, HEAD, NONE, REPAIR_UNTOLD, State};
use std::fs;

pub(super) const WATERMARK: &[State] = &[
    State {
        name: "the watermark is missing",
        make: |case| case.remove("watermark"),
        tried: APPEND,
        says: "is missing, and the log has records",
        then: &REPAIR_UNTOLD,
    },
    State {
        name: "the watermark is missing and put back",
        make: |case| case.remove("watermark"),
        tried: HEAD,
        says: "Put the file back if you have it",
        then: &[PutBack("watermark")],
    },
    State {
        name: "the watermark is empty",
        make: |case| case.write("watermark", b""),
        tried: &["log", "verify"],
        says: "is empty, and the log has records",
        then: &REPAIR_UNTOLD,
    },
    State {
        name: "the watermark is empty, and somebody begins a log",
        make: |case| case.write("watermark", b""),
        tried: &["log", "init"],
        says: "already holds a log, or what is left of one (db, key, place, vault): choose another directory",
        then: &[PutBack("watermark")],
    },
    State {
        name: "the watermark is cut within its first slot",
        make: |case| case.cut("watermark", 100),
        tried: APPEND,
        says: "is damaged, and the log has records",
        then: &REPAIR_UNTOLD,
    },
    State {
        name: "the watermark is cut after its first slot",
        make: |case| case.cut("watermark", 128),
        tried: HEAD,
        says: "",
        then: NONE,
    },
    State {
        name: "the watermark is all zero",
        make: |case| case.write("watermark", &[0; 256]),
        tried: HEAD,
        says: "is damaged, and the log has records",
        then: &REPAIR_UNTOLD,
    },
    State {
        name: "the watermark is of another log",
        make: |case| case.take_from_other("watermark", "watermark"),
        tried: APPEND,
        says: "one of them was put here from elsewhere",
        then: &[Refused(&["log", "repair"], "nothing was changed"), PutBack("watermark")],
    },
    State {
        name: "the watermark is behind",
        make: |case| case.put_back("older", "watermark"),
        tried: HEAD,
        says: "",
        then: NONE,
    },
    State {
        name: "the watermark is a directory",
        make: |case| {
            case.remove("watermark");
            fs::create_dir(case.at("watermark")).expect("creates");
        },
        tried: HEAD,
        says: "cannot be used",
        then: &[
            Do(|case| fs::rename(case.at("watermark"), case.log.beside("odd")).expect("renames")),
            PutBack("watermark"),
        ],
    },
];
