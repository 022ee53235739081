//! What is written, or put out, to take long or much.

use crate::components::{check, with};
use crate::{carried_out, read};
use serde_json::{Value, json};
use std::fmt::Write;
use triad_verification::{Cause, Subject, Verification, limits};

fn faults(written: Value) -> String {
    let faults = Verification::read(written).err().unwrap_or_default();
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | ")
}

#[test]
fn schemas_that_explode_are_refused() {
    let doubled = |levels: usize| {
        let mut schema = json!({ "$ref": "#/$defs/0", "$defs": {} });
        for level in 0..levels {
            let next = json!({ "$ref": format!("#/$defs/{}", level + 1) });
            schema["$defs"][level.to_string()] = json!({ "allOf": [next, next] });
        }
        schema["$defs"][levels.to_string()] = json!({ "type": "object" });
        schema
    };
    let wide: Vec<Value> = (0..2001).map(|_| json!(true)).collect();
    let patterns: Vec<Value> = (0..65).map(|number| json!({ "pattern": format!("a{number}") })).collect();
    let chain = (0..63).fold(json!({ "type": "null" }), |inner, _| json!({ "not": inner }));
    let long = (0..70).fold(json!({ "type": "null" }), |inner, _| json!({ "not": inner }));
    let rows = [
        (doubled(40), "lies more than 64 schemas deep, references followed"),
        (doubled(20), "is more than 2000 schemas, references followed"),
        (json!({ "allOf": wide }), "/allOf/1999: is more than 2000 schemas"),
        (json!({ "anyOf": patterns }), "is one of more than 64 patterns"),
        (json!({ "allOf": [long] }), "lies more than 64 schemas deep"),
        (json!({ "$ref": "#" }), "/$ref: leads around in a circle"),
        (
            json!({ "$defs": { "a": { "items": { "$ref": "#/$defs/a" } } }, "$ref": "#/$defs/a" }),
            "leads around in a circle",
        ),
        (
            json!({ "$defs": { "a": { "$ref": "#/$defs/b" }, "b": { "$ref": "#/$defs/a" } }, "$ref": "#/$defs/a" }),
            "leads around in a circle",
        ),
        (json!({ "pattern": "((\\w{1000}){1000}){1000}" }), "/pattern: "),
        (json!({ "patternProperties": { "(\\pL{900}){900}": true } }), "/patternProperties"),
    ];
    for (schema, expected) in rows {
        let found = faults(json!([{ "json_schema": schema }]));
        assert!(found.contains(expected), "{found}");
    }
    assert_eq!(faults(json!([{ "json_schema": doubled(8) }, { "json_schema": chain }])), "");
}

#[test]
fn nothing_goes_so_deep_that_a_stack_ends() {
    let deep = |depth: usize| [b"[".repeat(depth), b"]".repeat(depth)].concat();
    let objects = |depth: usize| [b"{\"a\":".repeat(depth), b"1".to_vec(), b"}".repeat(depth)].concat();
    for check in [json!({"equals": {"json": 1}}), json!({"json_schema": true})] {
        for output in
            [deep(100_000), objects(100_000), b"[".repeat(100_000), b"{\"a\":".repeat(100_000), deep(101)]
        {
            let (cause, reason) = carried_out(check.clone(), &output).expect_err("it is too deep");
            assert_eq!(cause, Cause::TooMuch);
            assert!(reason.starts_with("the output is JSON nested more than 100 deep, at byte "), "{reason}");
        }
    }
    for output in [deep(100), objects(100)] {
        assert_eq!(carried_out(json!({"json_schema": true}), &output), Ok(()));
    }
    let nested = (0..110).fold(json!(1), |inner, _| json!([inner]));
    assert!(faults(json!([{"equals": {"json": nested}}])).contains("is nested more than 100 deep"));
    assert!(faults(json!([{"json_schema": {"const": nested}}])).contains("is nested more than 100 deep"));
    let groups = format!("{}x{}", "(".repeat(2000), ")".repeat(2000));
    assert!(faults(json!([{ "pattern": groups }])).contains("[0].pattern: is no regular expression"));
    let text = format!("{}1{}", "[".repeat(30_000), "]".repeat(30_000));
    assert!(faults(json!([{"equals": {"json_text": text}}])).contains("is JSON nested more than 100 deep"));
}

#[test]
fn values_are_counted() {
    let many = format!("[{}1]", "1,".repeat(limits::JSON_VALUES_MAX - 2)).into_bytes();
    assert_eq!(carried_out(json!({"json_schema": {"type": "array"}}), &many), Ok(()));
    let more = format!("[{}1]", "1,".repeat(limits::JSON_VALUES_MAX - 1)).into_bytes();
    let found = carried_out(json!({"json_schema": {"type": "array"}}), &more);
    assert_eq!(found, Err((Cause::TooMuch, "the output is JSON of more than 1000000 values".to_owned())));
}

#[test]
fn patterns_that_backtrack_elsewhere_take_time_in_proportion() {
    let output = [vec![b'a'; 1 << 20], b"!".to_vec()].concat();
    for pattern in ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "^(.*)*$x", "(x+x+)+y", "^(([a-z])+.)+[A-Z]([a-z])+$"]
    {
        let (cause, reason) = carried_out(json!({ "pattern": pattern }), &output).expect_err(pattern);
        assert_eq!(cause, Cause::Differs, "{reason}");
        let quoted = serde_json::to_vec(&String::from_utf8_lossy(&output)).unwrap_or_default();
        let found = carried_out(json!({ "json_schema": { "pattern": pattern } }), &quoted);
        assert_eq!(found.map_err(|(cause, _)| cause), Err(Cause::Differs), "{pattern}");
    }
}

#[test]
fn a_hundred_megabytes_are_not_looked_into() {
    let output = vec![b'a'; 100_000_000];
    let verification = read(json!([
        {"pattern": "a"},
        {"equals": {"text": "a"}},
        {"json_schema": true},
        check(&with("(call $holds)", "")),
        {"size": {"at_most": 100_000_000}},
    ]));
    let verdict = verification.carry_out(&Subject::whole(&output, 0));
    assert_eq!((verdict.held(), verdict.checks()), (1, 5));
}

#[test]
fn numbers_without_end_are_read_or_refused() {
    let digits = "9".repeat(1 << 20);
    let rows = [
        (digits.clone(), "the output differs"),
        (format!("0.{digits}"), "the output differs"),
        (format!("0.{}1", "0".repeat(1 << 20)), "the output differs"),
        (format!("1e{digits}"), "the output has a number at byte 0 whose power of ten is out of reach"),
        (format!("1e-{digits}"), "the output has a number at byte 0 whose power of ten is out of reach"),
    ];
    for (output, expected) in rows {
        let (_, reason) =
            carried_out(json!({"equals": {"json": 1}}), output.as_bytes()).expect_err("it is not 1");
        assert!(reason.starts_with(expected), "{reason}");
        assert!(carried_out(json!({"json_schema": {"type": "number"}}), output.as_bytes()).is_err());
    }
    let padded = format!("1{}e-{}", "0".repeat(1 << 19), 1 << 19);
    assert_eq!(carried_out(json!({"equals": {"json": 1}}), padded.as_bytes()), Ok(()));
    assert_eq!(carried_out(json!({"json_schema": {"const": 1}}), padded.as_bytes()), Ok(()));
}

/// The largest output against the largest schema that is admitted, as far as one can think of them.
#[test]
fn the_worst_schema_ends() {
    let mut all = String::new();
    (0..300).for_each(|least| write!(all, "{{\"minimum\":{least}}},").expect("a text takes all"));
    let schema: Value =
        serde_json::from_str(&format!("{{\"items\":{{\"allOf\":[{all}{{}}]}}}}")).expect("it is JSON");
    let output = Value::Array(vec![json!(300); 20_000]).to_string();
    assert_eq!(carried_out(json!({ "json_schema": schema }), output.as_bytes()), Ok(()));
    let unequal = Value::Array((0..20_000).map(|number| json!([number])).collect()).to_string();
    assert_eq!(carried_out(json!({"json_schema": {"uniqueItems": true}}), unequal.as_bytes()), Ok(()));
}

#[test]
fn no_reason_has_what_a_terminal_obeys() {
    let nasty = "\u{1b}]0;x\u{7}\u{202e}\u{200b}\u{e0041}\u{feff}\r\n\u{85}";
    let texts = [
        faults(json!([{ "pattern": format!("({nasty}") }])),
        faults(json!([{ nasty: 1 }])),
        faults(json!([{ "size": { nasty: 1 } }])),
        faults(json!([{ "json_schema": { "type": nasty } }])),
        faults(
            json!([{ "json_schema": { nasty: { "$ref": nasty }, "properties": { nasty: { "$id": nasty } } } }]),
        ),
        faults(json!([{ "equals": { "json_text": nasty } }])),
        carried_out(json!({ "pattern": format!("x{nasty}") }), b"y").expect_err("it does not match").1,
        carried_out(json!({ "equals": { "json": { nasty: 1 } } }), b"{}").expect_err("it is not equal").1,
        carried_out(json!({ "json_schema": { "required": [nasty] } }), b"{}")
            .expect_err("it does not hold")
            .1,
        carried_out(
            json!({ "json_schema": { "properties": { nasty: false } } }),
            json!({ nasty: 1 }).to_string().as_bytes(),
        )
        .expect_err("it does not hold")
        .1,
    ];
    for text in texts {
        assert!(!text.is_empty());
        let bad = text.chars().find(|character| {
            character.is_control() || "\u{202e}\u{200b}\u{e0041}\u{feff}".contains(*character)
        });
        assert_eq!(bad, None, "{text:?}");
    }
}
