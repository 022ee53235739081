//! Verifications, as tables: what is refused and where, what holds, and what is ended.

mod components;
mod written;
mod holds;
mod json;
mod wasm;
mod hostile;
mod apart;
mod properties;

use serde_json::{Value, json};
use triad_verification::{Cause, Subject, Verdict, Verification};

fn read(written: Value) -> Verification {
    Verification::read(written.clone()).unwrap_or_else(|faults| panic!("{written}: {faults:?}"))
}

/// One check over an output, in this process: whether it holds, or why not.
fn carried_out(check: Value, output: &[u8]) -> Result<(), (Cause, String)> {
    of(&read(json!([check])).carry_out(&Subject::whole(output, 0)))
}

/// Whether the only check of a verdict holds, or why not.
fn of(verdict: &Verdict) -> Result<(), (Cause, String)> {
    match verdict {
        Verdict::Checked { checks: 1, failures, .. } => match &failures[..] {
            [] => Ok(()),
            [failure] => Err((failure.cause, failure.reason.clone())),
            more => panic!("one check fails in several ways: {more:?}"),
        },
        Verdict::Checked { checks, .. } => panic!("one check was asked for, and there are {checks}"),
        Verdict::TooMuch { reason, .. } => Err((Cause::TooMuch, reason.clone())),
    }
}

/// A row says nothing where the check holds, else the cause and the reason.
type Row<'a> = (Value, &'a [u8], Option<(Cause, &'a str)>);

fn check_all(rows: &[Row<'_>]) {
    for (check, output, expected) in rows {
        let found = carried_out(check.clone(), output);
        let expected = match expected {
            None => Ok(()),
            Some((cause, reason)) => Err((*cause, (*reason).to_owned())),
        };
        assert_eq!(found, expected, "{check} over {:?}", String::from_utf8_lossy(output));
    }
}

fn differs(reason: &str) -> Option<(Cause, &str)> {
    Some((Cause::Differs, reason))
}

fn too_much(reason: &str) -> Option<(Cause, &str)> {
    Some((Cause::TooMuch, reason))
}
