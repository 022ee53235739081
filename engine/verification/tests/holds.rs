//! What each check says of an output, but those of JSON and of components.

use crate::{Row, check_all, differs, read, too_much};
use serde_json::json;
use std::collections::BTreeMap;
use triad_verification::{Cause, CheckerEnded, Kind, Subject, Verdict, limits};

#[test]
fn patterns_are_found_in_the_output_or_in_one_line() {
    let line = |line: i64| json!({"pattern": {"regex": "^ok$", "line": line}});
    let rows: &[Row<'_>] = &[
        (json!({"pattern": "ok"}), b"all ok\n", None),
        (json!({"pattern": "^ok"}), b"all ok\n", differs("the output does not match `^ok`")),
        (json!({"pattern": "(?m)^ok$"}), b"all\nok\n", None),
        (json!({"pattern": "^$"}), b"", None),
        (json!({"pattern": "^größe: \\d+$"}), "größe: 12".as_bytes(), None),
        (json!({"pattern": "a.c"}), b"a\nc", differs("the output does not match `a.c`")),
        (json!({"pattern": "(?s)a.c"}), b"a\nc", None),
        (json!({"pattern": "x"}), b"ab\xff", differs("the output is no UTF-8 at byte 2")),
        (json!({"pattern": {"regex": "^ok$"}}), b"ok", None),
        (line(1), b"ok\nno\n", None),
        (line(2), b"ok\nno\n", differs("line 2 of the output does not match `^ok$`")),
        (line(-1), b"no\nok\n", None),
        (line(-1), b"no\nok", None),
        (line(-1), b"no\r\nok\r\n", None),
        (line(-2), b"no\nok\n", differs("line -2 of the output does not match `^ok$`")),
        (line(3), b"ok\nok\n", differs("the output has no line 3")),
        (line(-3), b"ok\nok\n", differs("the output has no line -3")),
        (line(1), b"ok\n\xff\n", None),
        (line(2), b"ok\n\xff\n", differs("line 2 of the output is no UTF-8 at byte 0")),
        (line(1), b"", differs("line 1 of the output does not match `^ok$`")),
    ];
    check_all(rows);
}

#[test]
fn sizes_are_bounded_on_both_sides() {
    let rows: &[Row<'_>] = &[
        (json!({"size": {"at_least": 1}}), b"x", None),
        (json!({"size": {"at_least": 1}}), b"", differs("the output has 0 bytes, and at least 1 are wanted")),
        (json!({"size": {"at_most": 2}}), b"xx", None),
        (
            json!({"size": {"at_most": 2}}),
            b"xxx",
            differs("the output has 3 bytes, and at most 2 are wanted"),
        ),
        (json!({"size": {"at_least": 2, "at_most": 2}}), b"xx", None),
        (json!({"size": {"at_least": 0, "at_most": 0}}), b"", None),
    ];
    check_all(rows);
}

#[test]
fn bytes_are_equal_or_where_they_are_not_is_said() {
    let text = |text: &str| json!({"equals": {"text": text}});
    let rows: &[Row<'_>] = &[
        (text("ok"), b"ok", None),
        (text(""), b"", None),
        (text("ok"), b"ok\n", differs("the output has a line feed behind the 2 bytes that are wanted")),
        (text("ok"), b"okay", differs("the output has something behind the 2 bytes that are wanted")),
        (text("okay"), b"ok", differs("the output ends after 2 of 4 bytes")),
        (text("okay"), b"okey", differs("the output differs at byte 2 of 4")),
        (json!({"equals": {"base64": "/wA="}}), b"\xff\0", None),
        (json!({"equals": {"base64": "/wA="}}), b"\xff\x01", differs("the output differs at byte 1 of 2")),
    ];
    check_all(rows);
}

#[test]
fn exit_codes_are_those_that_are_listed() {
    let some = read(json!([{"exit_codes": [0, 3]}]));
    let rows = [
        (Some(0), None),
        (Some(3), None),
        (Some(1), Some("its exit code is 1, which is not listed")),
        (Some(256), Some("its exit code is 256, which is not listed")),
        (Some(-1), Some("its exit code is -1, which is not listed")),
        (None, Some("it was ended by a signal, and has no exit code")),
    ];
    for (exit_code, expected) in rows {
        let found = crate::of(&some.carry_out(&Subject { exit_code, ..Subject::whole(b"", 0) }));
        assert_eq!(found.err().map(|(_, reason)| reason).as_deref(), expected, "{exit_code:?}");
    }
    let lists = [
        (json!([{"exit_codes": [0, 3]}]), Some(vec![0, 3])),
        (
            json!([{"exit_codes": [3, 0, 4]}, {"size": {"at_least": 1}}, {"exit_codes": [4, 3]}]),
            Some(vec![3, 4]),
        ),
        (json!([{"exit_codes": [1]}, {"exit_codes": [2]}]), Some(vec![])),
        (json!([{"pattern": "x"}]), None),
    ];
    for (written, expected) in lists {
        assert_eq!(read(written.clone()).exit_codes(), expected, "{written}");
    }
}

#[test]
fn commands_hold_when_they_end_with_0() {
    let written = json!([
        {"size": {"at_least": 0}},
        {"checker": {"command": ["jq", "-e", ".ok"], "timeout_seconds": 5}},
        {"checker": {"command": ["./check"]}},
    ]);
    let verification = read(written);
    let commands: Vec<_> = verification
        .commands()
        .map(|(position, command)| (position, command.command.join(" "), command.timeout_seconds))
        .collect();
    let expected = [(1, "jq -e .ok".to_owned(), 5), (2, "./check".to_owned(), limits::COMMAND_SECONDS)];
    assert_eq!(commands, expected);
    assert!(!verification.looks_into_output());
    let ended = |exit_code, out_of_time| CheckerEnded {
        exit_code,
        out_of_time,
        said: " no\u{1b}[1m\nrow \n".to_owned(),
    };
    let rows = [
        (Some(ended(Some(0), false)), None),
        (Some(ended(Some(1), false)), Some((Cause::Differs, "the command's exit code is 1"))),
        (
            Some(ended(Some(127), false)),
            Some((Cause::Broken, "the command could not be run: its exit code is 127")),
        ),
        (Some(ended(None, false)), Some((Cause::Broken, "the command was ended by a signal"))),
        (Some(ended(None, true)), Some((Cause::TooMuch, "the command took longer than it may"))),
        // One that says 0 too late was not in time.
        (Some(ended(Some(0), true)), Some((Cause::TooMuch, "the command took longer than it may"))),
        (None, Some((Cause::Broken, "the command was not run"))),
    ];
    for (first, expected) in rows {
        let was_run = first.is_some();
        let checkers: BTreeMap<u32, CheckerEnded> =
            first.map(|ended| (1, ended)).into_iter().chain([(2, ended(Some(0), false))]).collect();
        let verdict = verification.carry_out(&Subject { checkers, ..Subject::whole(b"", 0) });
        assert_eq!(verdict.held(), 2 + u32::from(expected.is_none()));
        let Verdict::Checked { checks: 3, failures, fuel_used: 0 } = verdict else { panic!("{verdict:?}") };
        let found = failures.first().map(|failure| (failure.cause, failure.reason.as_str()));
        assert_eq!(found, expected);
        for failure in &failures {
            assert_eq!((failure.check, failure.kind), (1, Kind::Checker));
            assert_eq!(failure.said.as_deref(), was_run.then_some("no\u{fffd}[1m row"));
        }
    }
}

#[test]
fn all_must_hold_and_all_are_told() {
    let verification = read(json!([
        {"pattern": "ok"},
        {"size": {"at_most": 2}},
        {"equals": {"json": {"a": 1}}},
        {"exit_codes": [0]},
    ]));
    let kinds: Vec<&str> = verification.kinds().map(Kind::name).collect();
    assert_eq!(kinds, ["pattern", "size", "equals", "exit_codes"]);
    let rows: [(&[u8], &[u32]); 3] = [(b"ok", &[2]), (b"{\"a\": 1.0}", &[0, 1]), (b"...", &[0, 1, 2])];
    for (output, failed) in rows {
        let verdict = verification.carry_out(&Subject::whole(output, 0));
        let Verdict::Checked { failures, .. } = &verdict else { panic!("{verdict:?}") };
        assert_eq!(failures.iter().map(|failure| failure.check).collect::<Vec<_>>(), failed);
        assert_eq!((verdict.held() as usize, verdict.checks()), (4 - failed.len(), 4));
        assert!(!verdict.holds());
    }
    let verdict = read(json!([{"pattern": "ok"}, {"exit_codes": [0]}])).carry_out(&Subject::whole(b"ok", 0));
    assert!(verdict.holds());
    assert_eq!((verdict.held(), verdict.checks()), (2, 2));
}

#[test]
fn what_is_not_there_whole_is_not_looked_into() {
    let checks = [
        json!({"pattern": "^"}),
        json!({"equals": {"text": "x"}}),
        json!({"equals": {"json": 1}}),
        json!({"json_schema": true}),
        crate::components::check(&crate::components::looks_for_x()),
    ];
    let large = limits::OUTPUT_BYTES_MAX as u64 + 1;
    for check in checks {
        let verification = read(json!([check, {"size": {"at_least": 3}}]));
        assert!(verification.looks_into_output());
        for (output, output_bytes) in
            [(None, 5), (Some(&b"xx"[..]), 5), (None, large), (Some(&b"xx"[..]), large)]
        {
            let verdict = verification.carry_out(&Subject { output, output_bytes, ..Subject::whole(b"", 0) });
            let Verdict::Checked { failures, .. } = &verdict else { panic!("{verdict:?}") };
            assert_eq!(
                failures.iter().map(|failure| (failure.check, failure.cause)).collect::<Vec<_>>(),
                [(0, Cause::TooMuch)]
            );
        }
    }
    let row: Row<'_> = (
        json!({"pattern": "x"}),
        &vec![b'x'; large as usize],
        too_much("the output has 16777217 bytes, and is looked into up to 16777216"),
    );
    check_all(&[row]);
}
