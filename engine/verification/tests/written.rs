//! What the door says of a verification that is not well written: every fault, its place, and what to write.

use crate::components::{bytes, looks_for_x, with};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use triad_verification::{Step, Verification, limits};

fn shown(written: Value) -> Vec<String> {
    let faults = Verification::read(written).err().unwrap_or_default();
    faults.iter().map(ToString::to_string).collect()
}

const KINDS: &str = "`json_schema`, `pattern`, `equals`, `size`, `exit_codes`, `checker` or `wasm`";
const FORMS: &str = "`text`, `base64`, `json` or `json_text`";

/// What is written, and all faults of it.
fn check(rows: &[(Value, &[&str])]) {
    for (written, expected) in rows {
        assert_eq!(shown(written.clone()), *expected, "{written}");
    }
}

#[test]
fn lists_of_checks() {
    let no_list = "write a list of checks, such as [{\"pattern\": \"^ok\"}]";
    let many = vec![json!({"size": {"at_most": 1}}); 17];
    check(&[
        (json!(null), &[&format!("verify: is null: {no_list}")]),
        (json!(true), &[&format!("verify: is true or false: {no_list}")]),
        (json!(1), &[&format!("verify: is a number: {no_list}")]),
        (json!("^ok"), &[&format!("verify: is a text: {no_list}")]),
        (json!({"pattern": "x"}), &[&format!("verify: is an object: {no_list}")]),
        (json!([]), &["verify: has 0 entries: write 1 to 16 checks"]),
        (json!(many), &["verify: has 17 entries: write 1 to 16 checks"]),
        (json!([1]), &[&format!("[0]: is a number, and is an object with {KINDS}")]),
        (json!(["^ok"]), &[&format!("[0]: is a text, and is an object with {KINDS}")]),
        (json!([{}]), &[&format!("[0]: has 0 members: write one of {KINDS}, and each check by itself")]),
        (
            json!([{"pattern": "x", "size": {"at_most": 1}}]),
            &[&format!("[0]: has 2 members: write one of {KINDS}, and each check by itself")],
        ),
        (json!([{"patern": "x"}]), &[&format!("[0].patern: is not known here: write {KINDS}")]),
        // All that is wrong is told, each by itself.
        (
            json!([{"size": 1}, {"pattern": "ok"}, {"exit_codes": [0, 256, "x"]}]),
            &[
                "[0].size: is a number, and is an object with `at_least` or `at_most`",
                "[2].exit_codes[1]: is no exit code: write a whole number from 0 to 255",
                "[2].exit_codes[2]: is no exit code: write a whole number from 0 to 255",
            ],
        ),
    ]);
    let every: Vec<Value> = (0..256).map(|code| json!(code + 256)).collect();
    assert_eq!(shown(json!([{ "exit_codes": every }])).len(), limits::FAULTS_MAX);
}

#[test]
fn patterns() {
    let no_regex = "write a regular expression, or an object with `regex` and `line`";
    let no_line = "[0].pattern.line: is no line: write 1 for the first, 2 for the second, -1 for the last";
    let long = "x".repeat(limits::WRITTEN_BYTES_MAX + 1);
    check(&[
        (json!([{"pattern": null}]), &[&format!("[0].pattern: is null: {no_regex}")]),
        (json!([{"pattern": 1}]), &[&format!("[0].pattern: is a number: {no_regex}")]),
        (json!([{"pattern": ["x"]}]), &[&format!("[0].pattern: is a list: {no_regex}")]),
        (json!([{"pattern": ""}]), &["[0].pattern: has 0 bytes: write a regular expression of 1 to 65536"]),
        (
            json!([{"pattern": long}]),
            &["[0].pattern: has 65537 bytes: write a regular expression of 1 to 65536"],
        ),
        (json!([{"pattern": "("}]), &["[0].pattern: is no regular expression: unclosed group"]),
        (json!([{"pattern": "[a"}]), &["[0].pattern: is no regular expression: unclosed character class"]),
        (
            json!([{"pattern": "*"}]),
            &["[0].pattern: is no regular expression: repetition operator missing expression"],
        ),
        (
            json!([{"pattern": "(?=x)y"}]),
            &[
                "[0].pattern: is no regular expression: look-around, including look-ahead and look-behind, is not supported",
            ],
        ),
        (
            json!([{"pattern": "(x)\\1"}]),
            &["[0].pattern: is no regular expression: backreferences are not supported"],
        ),
        (
            json!([{"pattern": "\\p{Nothing}"}]),
            &["[0].pattern: is no regular expression: Unicode property not found"],
        ),
        (
            json!([{"pattern": "((x{100}){100}){100}"}]),
            &[
                "[0].pattern: takes more than 1048576 bytes when it is compiled: repeat less, such as x{1,100}",
            ],
        ),
        (
            json!([{"pattern": {}}]),
            &["[0].pattern: has no `regex`: write a regular expression, such as \"^ok$\""],
        ),
        (
            json!([{"pattern": {"regex": 1}}]),
            &["[0].pattern.regex: is a number: write a regular expression, such as \"^ok$\""],
        ),
        (
            json!([{"pattern": {"regex": "("}}]),
            &["[0].pattern.regex: is no regular expression: unclosed group"],
        ),
        (json!([{"pattern": {"regex": "x", "line": 0}}]), &[no_line]),
        (json!([{"pattern": {"regex": "x", "line": 1.5}}]), &[no_line]),
        (json!([{"pattern": {"regex": "x", "line": "last"}}]), &[no_line]),
        (
            json!([{"pattern": {"regex": "x", "flags": "i"}}]),
            &["[0].pattern.flags: is not known here: write `regex` or `line`"],
        ),
    ]);
}

#[test]
fn values_that_are_compared() {
    let rounded = "[0].equals.json: has a number that reading it may have rounded: write the value as a text, in `json_text`";
    let long = "x".repeat(limits::WRITTEN_BYTES_MAX + 1);
    check(&[
        (json!([{"equals": "ok"}]), &[&format!("[0].equals: is a text, and is an object with {FORMS}")]),
        (
            json!([{"equals": {}}]),
            &[&format!("[0].equals: says what is wanted in 0 ways: write one of {FORMS}")],
        ),
        (
            json!([{"equals": {"text": "a", "json": "a"}}]),
            &[&format!("[0].equals: says what is wanted in 2 ways: write one of {FORMS}")],
        ),
        (
            json!([{"equals": {"yaml": "a", "json": 1}}]),
            &[&format!("[0].equals.yaml: is not known here: write {FORMS}")],
        ),
        (json!([{"equals": {"text": 1}}]), &["[0].equals.text: is a number: write a text"]),
        (json!([{"equals": {"text": long}}]), &["[0].equals.text: has 65537 bytes: write at most 65536"]),
        (
            json!([{"equals": {"base64": "a"}}]),
            &["[0].equals.base64: is no base64: write RFC 4648, section 4, with its padding"],
        ),
        (
            json!([{"equals": {"base64": "_-=="}}]),
            &["[0].equals.base64: is no base64: write RFC 4648, section 4, with its padding"],
        ),
        (json!([{"equals": {"base64": null}}]), &["[0].equals.base64: is null: write a text"]),
        (
            json!([{"equals": {"json": long}}]),
            &["[0].equals.json: has 65539 bytes as JSON: write at most 65536"],
        ),
        (json!([{"equals": {"json": 1e20}}]), &[rounded]),
        (json!([{"equals": {"json": [1.234567890123456e-7, 1.2345678901234567]}}]), &[rounded]),
        (json!([{"equals": {"json": {"a": 1e300}}}]), &[rounded]),
        (
            json!([{"equals": {"json_text": "{"}}]),
            &["[0].equals.json_text: is no JSON: byte 1 is not what may stand there: write JSON"],
        ),
        (
            json!([{"equals": {"json_text": "{\"a\":1,\"a\":2}"}}]),
            &[
                "[0].equals.json_text: is JSON in which the object that ends at byte 13 has a member twice: write JSON",
            ],
        ),
        (json!([{"equals": {"json_text": {}}}]), &["[0].equals.json_text: is an object: write a text"]),
    ]);
}

#[test]
fn sizes_and_exit_codes() {
    check(&[
        (json!([{"size": {}}]), &["[0].size: bounds nothing: write `at_least`, `at_most` or both, in bytes"]),
        (json!([{"size": []}]), &["[0].size: is a list, and is an object with `at_least` or `at_most`"]),
        (
            json!([{"size": {"at_most": "1 KB"}}]),
            &["[0].size.at_most: is a text: write a number of bytes, such as 100"],
        ),
        (
            json!([{"size": {"at_least": -1}}]),
            &["[0].size.at_least: is no whole number from 0 on: write a number of bytes, such as 100"],
        ),
        (
            json!([{"size": {"at_most": 1.5}}]),
            &["[0].size.at_most: is no whole number from 0 on: write a number of bytes, such as 100"],
        ),
        (
            json!([{"size": {"at_least": 2, "at_most": 1}}]),
            &["[0].size: `at_least` 2 is more than `at_most` 1: nothing is as long as that"],
        ),
        (json!([{"size": {"max": 1}}]), &["[0].size.max: is not known here: write `at_least` or `at_most`"]),
        (
            json!([{"exit_codes": 0}]),
            &["[0].exit_codes: is a number: write a list of exit codes, such as [0, 3]"],
        ),
        (json!([{"exit_codes": []}]), &["[0].exit_codes: has 0 entries: write 1 to 256 exit codes"]),
        (
            json!([{"exit_codes": vec![0; 257]}]),
            &["[0].exit_codes: has 257 entries: write 1 to 256 exit codes"],
        ),
        (
            json!([{"exit_codes": [-1]}]),
            &["[0].exit_codes[0]: is no exit code: write a whole number from 0 to 255"],
        ),
        (
            json!([{"exit_codes": [0, 1.0]}]),
            &["[0].exit_codes[1]: is no exit code: write a whole number from 0 to 255"],
        ),
        (json!([{"exit_codes": [3, 3]}]), &["[0].exit_codes[1]: is 3, which is there already: remove one"]),
    ]);
}

#[test]
fn commands_that_check() {
    let no_list = "write a list of texts, a program and its arguments";
    let long = "x".repeat(limits::WRITTEN_BYTES_MAX);
    check(&[
        (
            json!([{"checker": "true"}]),
            &["[0].checker: is a text, and is an object with `command` or `timeout_seconds`"],
        ),
        (json!([{"checker": {}}]), &[&format!("[0].checker: has no `command`: {no_list}")]),
        (json!([{"checker": {"command": "true"}}]), &[&format!("[0].checker.command: is a text: {no_list}")]),
        (
            json!([{"checker": {"command": []}}]),
            &["[0].checker.command: has 0 entries: write 1 to 256, a program and its arguments"],
        ),
        (
            json!([{"checker": {"command": vec!["x"; 257]}}]),
            &["[0].checker.command: has 257 entries: write 1 to 256, a program and its arguments"],
        ),
        (
            json!([{"checker": {"command": [""]}}]),
            &["[0].checker.command[0]: is empty: write the name or the path of a program"],
        ),
        (json!([{"checker": {"command": ["x", ""]}}]), &[]),
        (json!([{"checker": {"command": ["x", 1]}}]), &["[0].checker.command[1]: is a number: write a text"]),
        (
            json!([{"checker": {"command": ["x", "a\0b"]}}]),
            &["[0].checker.command[1]: has a zero byte: no argument can have one"],
        ),
        (
            json!([{"checker": {"command": ["x", long]}}]),
            &["[0].checker.command: has 65537 bytes in all: write at most 65536"],
        ),
        (
            json!([{"checker": {"command": ["x"], "timeout_seconds": 0}}]),
            &["[0].checker.timeout_seconds: is 0: write a number from 1 to 3600"],
        ),
        (
            json!([{"checker": {"command": ["x"], "timeout_seconds": 3601}}]),
            &["[0].checker.timeout_seconds: is 3601: write a number from 1 to 3600"],
        ),
        (
            json!([{"checker": {"command": ["x"], "timeout_seconds": "5s"}}]),
            &["[0].checker.timeout_seconds: is a text: write a number, such as 100"],
        ),
        (
            json!([{"checker": {"command": ["x"], "env": {}}}]),
            &["[0].checker.env: is not known here: write `command` or `timeout_seconds`"],
        ),
    ]);
}

#[test]
fn schemas() {
    let dialects =
        "write https://json-schema.org/draft/2020-12/schema or http://json-schema.org/draft-07/schema#";
    let elsewhere = "leads to no place of this schema: write #/$defs/NAME";
    let long = json!({"const": "x".repeat(limits::WRITTEN_BYTES_MAX)});
    let of = |schema: Value| json!([{ "json_schema": schema }]);
    check(&[
        (
            of(json!("object")),
            &["[0].json_schema: is a text: write a JSON Schema, such as {\"type\": \"object\"}"],
        ),
        (of(json!([])), &["[0].json_schema: is a list: write a JSON Schema, such as {\"type\": \"object\"}"]),
        (of(long), &["[0].json_schema: has 65548 bytes as JSON: write a schema of at most 65536"]),
        (
            of(json!({"$schema": "https://json-schema.org/draft/2019-09/schema"})),
            &[&format!("[0].json_schema: /$schema: is no dialect that is read: {dialects}")],
        ),
        (
            of(json!({"$schema": 1})),
            &[&format!("[0].json_schema: /$schema: is no dialect that is read: {dialects}")],
        ),
        (
            of(json!({"not": {"$schema": "x"}})),
            &["[0].json_schema: /not/$schema: stands inside: write it outermost only"],
        ),
        (
            of(json!({"$ref": "https://example.com/x.json"})),
            &[&format!("[0].json_schema: /$ref: {elsewhere}")],
        ),
        (of(json!({"$ref": "file:///etc/passwd"})), &[&format!("[0].json_schema: /$ref: {elsewhere}")]),
        (of(json!({"$ref": "other.json#/a"})), &[&format!("[0].json_schema: /$ref: {elsewhere}")]),
        (of(json!({"$ref": "#/$defs/none"})), &[&format!("[0].json_schema: /$ref: {elsewhere}")]),
        (of(json!({"$ref": "#name"})), &[&format!("[0].json_schema: /$ref: {elsewhere}")]),
        (of(json!({"$ref": 1})), &[&format!("[0].json_schema: /$ref: {elsewhere}")]),
        (of(json!({"$id": "https://example.com/"})), &["[0].json_schema: /$id: is not read here: remove it"]),
        (
            of(json!({"items": {"$anchor": "a"}})),
            &["[0].json_schema: /items/$anchor: is not read here: remove it"],
        ),
        (of(json!({"$dynamicRef": "#a"})), &["[0].json_schema: /$dynamicRef: is not read here: remove it"]),
        (
            of(json!({"unevaluatedProperties": false})),
            &["[0].json_schema: /unevaluatedProperties: is not read here: remove it"],
        ),
        (of(json!({"const": 1e300})), &[]),
    ]);
    // What a library says of them, by its beginning.
    let rows = [
        (json!({"type": "objekt"}), "[0].json_schema: /type: "),
        (json!({"properties": {"a": {"minimum": "1"}}}), "[0].json_schema: /properties/a/minimum: "),
        (json!({"required": "a"}), "[0].json_schema: /required: "),
        (json!({"items": [{}]}), "[0].json_schema: /items: "),
        (json!({"minLength": -1}), "[0].json_schema: /minLength: "),
        (json!({"properties": {"a": {"pattern": "("}}}), "[0].json_schema: /properties/a/pattern: "),
        (json!({"pattern": "(?=a)b"}), "[0].json_schema: /pattern: "),
        (json!({"pattern": "(a)\\1"}), "[0].json_schema: /pattern: "),
        (json!({"format": "zip-code"}), "[0].json_schema: /format: "),
        (
            json!({"$schema": "http://json-schema.org/draft-07/schema#", "items": 1}),
            "[0].json_schema: /items: ",
        ),
    ];
    for (schema, expected) in rows {
        let found = shown(of(schema.clone()));
        assert!(found.first().is_some_and(|fault| fault.starts_with(expected)), "{schema}: {found:?}");
    }
}

#[test]
fn components() {
    let of = |component: &[u8]| json!([{"wasm": {"component": STANDARD.encode(component)}}]);
    let text = |text: &str| of(&bytes(text));
    let world = "it has to export verify: func(output: list<u8>) -> result<_, string>";
    let alone = "build it without imports, it is given the output and nothing else";
    let no_bytes = "write the bytes of a component as base64";
    let at = "[0].wasm.component";
    let good = looks_for_x();
    let cut = &good[..200];
    check(&[
        (json!([{"wasm": {"component": [0, 97]}}]), &[&format!("{at}: is a list: {no_bytes}")]),
        (
            json!([{"wasm": {"component": "?"}}]),
            &[&format!("{at}: is no base64: write RFC 4648, section 4, with its padding")],
        ),
        (of(b""), &[&format!("{at}: is no WebAssembly: {no_bytes}")]),
        (of(b"#!/bin/sh"), &[&format!("{at}: is no WebAssembly: {no_bytes}")]),
        (
            of(&vec![0; limits::COMPONENT_BYTES_MAX + 1]),
            &[&format!("{at}: has 1048577 bytes: a component has at most 1048576")],
        ),
        (
            of(&vec![0; 2 * limits::COMPONENT_BYTES_MAX]),
            &[&format!("{at}: is too large: a component has at most 1048576 bytes")],
        ),
        (
            text("(module)"),
            &[&format!("{at}: is a core module: make a component of it, with `wasm-tools component new`")],
        ),
        (text("(component)"), &[&format!("{at}: has no function `verify`: {world}")]),
        (
            text("(component (import \"wasi:clocks/wall-clock@0.2.0\" (instance)) (import \"get\" (func)))"),
            &[&format!("{at}: imports `wasi:clocks/wall-clock@0.2.0`, `get`: {alone}")],
        ),
        (
            text(
                "(component (import \"a\" (func)) (import \"b\" (func)) (import \"c\" (func)) (import \"d\" (func)) (import \"e\" (func)))",
            ),
            &[&format!("{at}: imports `a`, `b`, `c`, `d` and more: {alone}")],
        ),
        (text("(component (import \"t\" (type (sub resource))))"), &[&format!("{at}: imports `t`: {alone}")]),
        (
            text("(component (component $c) (export \"verify\" (component $c)))"),
            &[&format!("{at}: has a `verify` of another type: {world}")],
        ),
    ]);
    for broken in [
        cut,
        &[&good[..], b"\0"].concat()[..],
        b"\0asm",
        b"\0asm\x0d\0\x01\0\x01",
        &[b"\0asm\x0d\0\x01\0".as_slice(), &[0xff; 64]].concat(),
    ] {
        let found = shown(of(broken)).concat();
        assert!(found.starts_with(&format!("{at}: is no valid component: ")), "{found}");
    }
}

#[test]
fn what_a_component_may_take() {
    let good = json!([{"wasm": {"component": STANDARD.encode(looks_for_x())}}]);
    let with_member = |name: &str, value: Value| {
        let mut written = good.clone();
        written[0]["wasm"][name] = value;
        written
    };
    check(&[
        (
            json!([{"wasm": "AGFzbQ=="}]),
            &["[0].wasm: is a text, and is an object with `component`, `fuel` or `memory_bytes`"],
        ),
        (json!([{"wasm": {}}]), &["[0].wasm: has no `component`: write its bytes as base64"]),
        (with_member("fuel", json!(0)), &["[0].wasm.fuel: is 0: write a number from 1 to 1000000000"]),
        (
            with_member("fuel", json!(1_000_000_001)),
            &["[0].wasm.fuel: is 1000000001: write a number from 1 to 1000000000"],
        ),
        (with_member("fuel", json!("all")), &["[0].wasm.fuel: is a text: write a number, such as 100"]),
        (
            with_member("memory_bytes", json!(65_535)),
            &["[0].wasm.memory_bytes: is 65535: write a number from 65536 to 134217728"],
        ),
        (
            with_member("memory_bytes", json!(134_217_729)),
            &["[0].wasm.memory_bytes: is 134217729: write a number from 65536 to 134217728"],
        ),
        (
            with_member("wasi", json!(true)),
            &["[0].wasm.wasi: is not known here: write `component`, `fuel` or `memory_bytes`"],
        ),
        (json!(vec![good[0].clone(); 5]), &["verify: has 5 checks `wasm`: write at most 4"]),
    ]);
}

#[test]
fn functions_of_another_type() {
    for (parameters, result, lowered) in [
        ("", "(result (result (error string)))", "(result i32)"),
        ("(param \"output\" string)", "(result (result (error string)))", "(param i32 i32) (result i32)"),
        ("(param \"output\" (list s8))", "(result (result (error string)))", "(param i32 i32) (result i32)"),
        (
            "(param \"output\" (list u8))",
            "(result (result string (error string)))",
            "(param i32 i32) (result i32)",
        ),
        ("(param \"output\" (list u8))", "(result (result))", "(param i32 i32) (result i32)"),
        ("(param \"output\" (list u8))", "(result bool)", "(param i32 i32) (result i32)"),
        ("(param \"output\" (list u8))", "", "(param i32 i32)"),
        (
            "(param \"output\" (list u8)) (param \"more\" u8)",
            "(result (result (error string)))",
            "(param i32 i32 i32) (result i32)",
        ),
    ] {
        let text = format!(
            "(component (core module $m (memory (export \"memory\") 1)
               (func (export \"realloc\") (param i32 i32 i32 i32) (result i32) (i32.const 0))
               (func (export \"verify\") {lowered} (unreachable)))
             (core instance $i (instantiate $m))
             (func (export \"verify\") {parameters} {result}
               (canon lift (core func $i \"verify\") (memory (core memory $i \"memory\")) (realloc (core func $i \"realloc\")))))"
        );
        let written = json!([{"wasm": {"component": STANDARD.encode(bytes(&text))}}]);
        let found = shown(written).concat();
        assert!(found.starts_with("[0].wasm.component: has a `verify` of another type: "), "{text}: {found}");
    }
    // What differs between machines, or is not settled, is no part of a component.
    for (function, more) in [
        (
            "(drop (v128.const i64x2 0 0)) (drop (f32x4.relaxed_madd (v128.const i64x2 0 0) (v128.const i64x2 0 0) (v128.const i64x2 0 0))) (call $holds)",
            "",
        ),
        ("(call $holds)", "(memory $far i64 1)"),
        ("(call $holds)", "(memory $shared 1 1 shared)"),
    ] {
        let found = shown(json!([{"wasm": {"component": STANDARD.encode(with(function, more))}}])).concat();
        assert!(found.starts_with("[0].wasm.component: is no valid component: "), "{function}: {found}");
    }
}

#[test]
fn a_place_is_given_in_steps() {
    let faults = Verification::read(json!([{"size": {"at_least": 1}}, {"exit_codes": [0, "x"]}]))
        .expect_err("it is wrong");
    let expected = [Step::Entry(1), Step::Member("exit_codes".to_owned()), Step::Entry(1)];
    assert_eq!(faults.iter().map(|fault| &fault.path[..]).collect::<Vec<_>>(), [&expected[..]]);
    assert_eq!(faults[0].problem, "is no exit code: write a whole number from 0 to 255");
}
