//! The process that verifies: what it answers, and what it is ended for.

use crate::components::{check, check_with, looks_for_x, with};
use crate::read;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::Duration;
use triad_verification::{CheckerEnded, Subject, Verdict, ask, limits, serve};

fn asked(checks: Value, output: &[u8]) -> io::Result<Verdict> {
    ask(Path::new(env!("CARGO_BIN_EXE_verify")), &read(checks), &Subject::whole(output, 0), limits::DEADLINE)
}

#[test]
fn a_process_answers_as_this_one_would() {
    let checks = json!([
        {"json_schema": {"type": "object", "properties": {"x": {"type": "integer", "maximum": 12345678901234567_u64}}}},
        {"pattern": {"regex": "x", "line": -1}},
        {"equals": {"json": {"x": 1.5e-5, "ö": [18446744073709551615_u64]}}},
        {"size": {"at_least": 3}},
        {"exit_codes": [0, 7]},
        {"checker": {"command": ["true"]}},
        check(&looks_for_x()),
        check_with(&with("(loop $ever (br $ever)) (unreachable)", ""), 1_000_000, 65_536),
    ]);
    let verification = read(checks);
    let said = CheckerEnded { exit_code: Some(1), out_of_time: false, said: "no\u{7} ".repeat(1000) };
    for output in [
        &b"{\"x\": 1}"[..],
        b"{\"x\": 1.5}\n",
        b"{\"x\": 0.000015, \"\xc3\xb6\": [18446744073709551615]}",
        b"",
        b"\xff\0x",
    ] {
        for (exit_code, checkers) in
            [(Some(0), BTreeMap::new()), (None, BTreeMap::from([(5, said.clone()), (99, said.clone())]))]
        {
            let subject = Subject { exit_code, checkers, ..Subject::whole(output, 0) };
            let here = verification.carry_out(&subject);
            let there =
                ask(Path::new(env!("CARGO_BIN_EXE_verify")), &verification, &subject, limits::DEADLINE);
            assert_eq!(there.expect("it answers"), here);
        }
    }
}

#[test]
fn what_takes_too_much_is_ended() {
    // Many comparisons, each of which is allowed by itself.
    let uneven: Vec<Value> =
        (0..900).map(|least| json!({"not": {"enum": [least, [least], {"a": least}]}})).collect();
    let values = Value::Array((0..250_000).map(|number| json!([number + 1000])).collect()).to_string();
    let one = json!({"json_schema": {"items": {"items": {"allOf": uneven}}}});
    // So often that no machine is done in time: one of them took five seconds on a fast one.
    let slow = Value::Array(vec![one; limits::CHECKS_MAX]);
    match asked(slow, values.as_bytes()) {
        Ok(Verdict::TooMuch { checks: 16, reason }) => {
            assert_eq!(reason, "verifying took too much processor time");
        }
        other => panic!("it is not ended: {other:?}"),
    }
}

#[test]
fn the_largest_of_everything_fits() {
    let output = format!("[{}1]", "1,".repeat(limits::JSON_VALUES_MAX - 2)).into_bytes();
    let large = with("(call $holds)", &format!("(data (i32.const 4096) \"{}\")", "x".repeat(60_000)));
    let component = check_with(&large, limits::FUEL_MAX, limits::MEMORY_BYTES_MAX);
    let checks = json!([
        {"json_schema": {"type": "array", "items": {"type": "integer"}}},
        {"equals": {"json": []}},
        {"pattern": "1\\]$"},
        component, component, component, component,
    ]);
    let verdict = asked(checks, &output).expect("it answers");
    assert_eq!((verdict.held(), verdict.checks()), (6, 7), "{verdict:?}");
}

/// Objects of one member take the most memory for their length.
#[test]
fn a_million_small_objects_are_read_within_the_limits() {
    let output = format!("[{}{{}}]", "{\"a\":{}},".repeat(limits::JSON_VALUES_MAX / 2 - 2)).into_bytes();
    let verdict = asked(json!([{"json_schema": {"type": "array"}}, {"equals": {"json": 1}}]), &output)
        .expect("it answers");
    assert_eq!(verdict.held(), 1, "{verdict:?}");
}

#[test]
fn what_is_not_looked_into_needs_no_process() {
    let nowhere = Path::new("/nowhere/verify");
    let verification = read(json!([{"size": {"at_most": 1}}, {"exit_codes": [0]}]));
    let verdict = ask(nowhere, &verification, &Subject::whole(b"", 0), Duration::ZERO).expect("it answers");
    assert!(verdict.holds());
    let subject = Subject { output: None, output_bytes: 1 << 40, ..Subject::whole(b"", 0) };
    let verdict =
        ask(nowhere, &read(json!([{"pattern": "x"}])), &subject, Duration::ZERO).expect("it answers");
    assert_eq!(verdict.held(), 0);
}

#[test]
fn a_deadline_that_passes_says_nothing_of_the_output() {
    let verification = read(json!([{"pattern": "x"}]));
    let found =
        ask(Path::new(env!("CARGO_BIN_EXE_verify")), &verification, &Subject::whole(b"x", 0), Duration::ZERO);
    assert_eq!(found.map_err(|error| error.kind()), Err(io::ErrorKind::TimedOut));
}

#[test]
fn what_cannot_be_started_or_does_not_answer_may_pass() {
    for program in ["/nowhere/verify", "/bin/false", "/bin/echo", "/bin/cat"] {
        let found = ask(
            Path::new(program),
            &read(json!([{"pattern": "x"}])),
            &Subject::whole(b"x", 0),
            limits::DEADLINE,
        );
        assert!(found.is_err(), "{program}: {found:?}");
    }
}

#[test]
fn a_question_that_is_no_question_is_not_answered() {
    let framed = |head: &str| {
        [&u32::try_from(head.len()).expect("it is short").to_le_bytes()[..], head.as_bytes()].concat()
    };
    let rest = "\"output_bytes\":0,\"has_output\":true,\"exit_code\":0,\"checkers\":{}";
    let rows = [
        Vec::new(),
        vec![1, 0, 0],
        vec![255; 4],
        framed("{}"),
        framed("x"),
        framed(&format!("{{\"verify\":[],{rest}}}")),
        framed(&format!("{{\"verify\":[{{\"pattern\":\"(\"}}],{rest}}}")),
        framed(&format!("{{\"verify\":[{{\"pattern\":\"x\"}}],\"more\":1,{rest}}}")),
    ];
    for question in rows {
        let mut answer = Vec::new();
        assert!(serve(&question[..], &mut answer).is_err(), "{question:?}");
        assert_eq!(answer, b"");
    }
    let mut answer = Vec::new();
    serve(&framed(&format!("{{\"verify\":[{{\"pattern\":\"^$\"}}],{rest}}}"))[..], &mut answer)
        .expect("it is one");
    assert!(serde_json::from_slice::<Verdict>(&answer).is_ok_and(|verdict| verdict.holds()));
}

/// A component whose code is as large as may be, and whose functions are.
#[test]
fn the_largest_components_are_compiled_or_ended() {
    let body = "(drop (i32.add (i32.const 1) (i32.const 2)))".repeat(20_000);
    let functions = format!("(func {body})").repeat(5);
    let component = with("(call $holds)", &functions);
    assert!(
        component.len() > 500_000 && component.len() <= limits::COMPONENT_BYTES_MAX,
        "{}",
        component.len()
    );
    let verdict =
        asked(json!([{"wasm": {"component": STANDARD.encode(&component)}}]), b"").expect("it answers");
    assert!(verdict.holds() || matches!(verdict, Verdict::TooMuch { .. }), "{verdict:?}");
}
