//! Outputs that are JSON: equal by value to the last digit, and under a schema.

use crate::{Row, check_all, differs, too_much};
use serde_json::{Value, json};

fn is(text: &str) -> Value {
    json!({"equals": {"json_text": text}})
}

#[test]
fn values_are_equal_however_they_are_written() {
    let rows: &[Row<'_>] = &[
        (
            json!({"equals": {"json": {"a": 1, "b": [true, null, "ö"]}}}),
            "{\"b\":[true,null,\"\\u00f6\"],\"a\":1.0}\n".as_bytes(),
            None,
        ),
        (json!({"equals": {"json": 100}}), b" 1e2 ", None),
        (json!({"equals": {"json": 0.5}}), b"5E-1", None),
        (json!({"equals": {"json": 0}}), b"-0.000", None),
        (json!({"equals": {"json": 0}}), b"0e99999999999999999999999", None),
        (json!({"equals": {"json": 18446744073709551615_u64}}), b"18446744073709551615", None),
        (
            json!({"equals": {"json": 18446744073709551615_u64}}),
            b"18446744073709551616",
            differs("the output differs at its outermost value"),
        ),
        (is("12345678901234567890123"), b"12345678901234567890123", None),
        (
            is("12345678901234567890123"),
            b"12345678901234567890124",
            differs("the output differs at its outermost value"),
        ),
        (is("12345678901234567890123"), b"1.2345678901234567890123e22", None),
        (is("0.1000000000000000055"), b"0.1", differs("the output differs at its outermost value")),
        (
            is("{\"rows\": [1, {\"a/b\": 2}]}"),
            b"{\"rows\": [1, {\"a/b\": 3}]}",
            differs("the output differs at /rows/1/a/b"),
        ),
        (is("{\"a\": 1}"), b"{}", differs("the output differs at /a")),
        // What is too much is not named: it is a name of the output.
        (is("{\"a\": {}}"), b"{\"a\": {\"secret\": 1}}", differs("the output differs at /a")),
        (is("[1, 2]"), b"[1, 2, 3]", differs("the output differs at its outermost value")),
        (is("[[1], 2]"), b"[[1, 1], 2]", differs("the output differs at /0")),
        (is("\"1\""), b"1", differs("the output differs at its outermost value")),
        (is("\"\\ud83d\\ude00\""), "\"😀\"".as_bytes(), None),
        (is("null"), b"", differs("the output is no JSON: byte 0 is not what may stand there")),
        (is("null"), b"null null", differs("the output is no JSON: byte 5 is not what may stand there")),
        (is("null"), b"\xff", differs("the output is no JSON: byte 0 is no UTF-8")),
        (
            is("null"),
            b"\xef\xbb\xbfnull",
            differs("the output is no JSON: byte 0 is not what may stand there"),
        ),
        (
            is("{}"),
            b"{\"a\": 1, \"a\": 1}",
            differs("the output is JSON in which the object that ends at byte 16 has a member twice"),
        ),
        (
            is("{}"),
            b"{\"a\": 1, \"\\u0061\": 1}",
            differs("the output is JSON in which the object that ends at byte 21 has a member twice"),
        ),
        (
            is("1"),
            b"1e1000001",
            too_much("the output has a number at byte 0 whose power of ten is out of reach"),
        ),
    ];
    check_all(rows);
}

const BROKEN: &[&str] = &[
    "{",
    "[",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{a:1}",
    "{'a':1}",
    "[1 2]",
    "]",
    "}",
    "[}",
    "{]",
    "[1}",
    "01",
    "1.",
    ".1",
    "+1",
    "-",
    "--1",
    "1e",
    "1e+",
    "0x1",
    "NaN",
    "Infinity",
    "nul",
    "nulll",
    "True",
    "\"",
    "\"\\\"",
    "\"\\x\"",
    "\"\\u12\"",
    "\"\\ud800\"",
    "\"a\nb\"",
    "\"\u{0}\"",
    "// x",
    "1//",
    ",",
    ":",
    "\u{a0}1",
    "\"\\ö\"",
    "[\"a\" \"b\"]",
    "{\"a\" 1}",
];

#[test]
fn only_json_is_read_as_json() {
    for text in BROKEN {
        let found = crate::carried_out(json!({"equals": {"json": 1}}), text.as_bytes());
        let reason = found.expect_err(text).1;
        assert!(reason.starts_with("the output is no JSON: byte "), "{text}: {reason}");
        assert!(serde_json::from_str::<Value>(text).is_err(), "another reader takes {text}");
    }
    for text in [
        "1",
        "-0",
        "-1.50e-3",
        "[]",
        "{}",
        " [ ] ",
        "{ \"a\" : [ 1 , 2 ] }",
        "\"\"",
        "\"\\/\\b\"",
        "\t\r\n1\n",
        "0.0",
        "1E5",
    ] {
        let found = crate::carried_out(json!({"json_schema": true}), text.as_bytes());
        assert_eq!(found, Ok(()), "{text}");
        assert!(serde_json::from_str::<Value>(text).is_ok(), "another reader refuses {text}");
    }
}

fn under(schema: Value) -> Value {
    json!({ "json_schema": schema })
}

fn draft7(mut schema: Value) -> Value {
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    under(schema)
}

#[test]
fn outputs_hold_under_a_schema_or_where_they_do_not_is_said() {
    let table = json!({
        "type": "object", "required": ["rows"], "additionalProperties": false,
        "properties": { "rows": { "type": "array", "items": { "type": "integer", "minimum": 0 } }, "by": { "pattern": "^a+$" } },
    });
    let rows: &[Row<'_>] = &[
        (under(json!(true)), b"1", None),
        (under(json!(false)), b"1", differs("at the top the output does not hold under ``")),
        (under(table.clone()), b"{\"rows\": [1, 2.0]}", None),
        (
            under(table.clone()),
            b"{\"rows\": [1, -2]}",
            differs("at /rows/1 the output does not hold under `/properties/rows/items/minimum`"),
        ),
        (
            under(table.clone()),
            b"{}",
            differs("at the top the output has no \"rows\", which `/required` wants"),
        ),
        // A member that is not in the schema is not named, whatever it is called.
        (
            under(table.clone()),
            b"{\"rows\": [], \"secret\": 1}",
            differs("at the top the output does not hold under `/additionalProperties`"),
        ),
        (
            under(json!({"additionalProperties": {"type": "null"}})),
            b"{\"4111111111111111\": 1}",
            differs("at /* the output does not hold under `/additionalProperties/type`"),
        ),
        (
            under(table.clone()),
            b"{\"rows\": [], \"by\": \"b\"}",
            differs("at /by the output does not hold under `/properties/by/pattern`"),
        ),
        (under(table), b"rows", differs("the output is no JSON: byte 0 is not what may stand there")),
        (
            under(json!({"$defs": {"row": {"type": "integer"}}, "items": {"$ref": "#/$defs/row"}})),
            b"[1, 2]",
            None,
        ),
        (under(json!({"const": 12345678901234567_u64})), b"12345678901234567", None),
        (
            under(json!({"const": 12345678901234567_u64})),
            b"12345678901234568",
            differs("at the top the output does not hold under `/const`"),
        ),
        (
            under(json!({"type": "number"})),
            b"0.10000000000000000555",
            too_much(
                "the output has a number of more digits than a schema is checked with: write it as a text",
            ),
        ),
        (
            under(json!({"type": "number"})),
            b"1e400",
            too_much(
                "the output has a number of more digits than a schema is checked with: write it as a text",
            ),
        ),
        (under(json!({"multipleOf": 0.1})), b"0.3", None),
    ];
    check_all(rows);
}

#[test]
fn formats_count_and_dialects_differ() {
    let rows: &[Row<'_>] = &[
        // Formats count in both dialects.
        (under(json!({"format": "date-time"})), b"\"2026-12-01T04:00:00Z\"", None),
        (
            under(json!({"format": "date-time"})),
            b"\"yesterday\"",
            differs("at the top the output does not hold under `/format`"),
        ),
        (
            draft7(json!({"format": "date"})),
            b"\"2026-13-01\"",
            differs("at the top the output does not hold under `/format`"),
        ),
        // What the dialects read differently.
        (under(json!({"prefixItems": [{"type": "integer"}], "items": false})), b"[1]", None),
        (
            under(json!({"prefixItems": [{"type": "integer"}], "items": false})),
            b"[1, 2]",
            differs("at /1 the output does not hold under `/items`"),
        ),
        (draft7(json!({"items": [{"type": "integer"}], "additionalItems": false})), b"[1]", None),
        (
            draft7(json!({"items": [{"type": "integer"}], "additionalItems": false})),
            b"[1, 2]",
            differs("at the top the output does not hold under `/additionalItems`"),
        ),
        (
            draft7(json!({"dependencies": {"a": ["b"], "c": {"required": ["d"]}}})),
            b"{\"a\": 1, \"b\": 2}",
            None,
        ),
        (
            draft7(json!({"dependencies": {"a": ["b"], "c": {"required": ["d"]}}})),
            b"{\"c\": 1}",
            differs("at the top the output has no \"d\", which `/dependencies/c/required` wants"),
        ),
        (
            draft7(
                json!({"definitions": {"row": {"type": "integer"}}, "items": {"$ref": "#/definitions/row"}}),
            ),
            b"[true]",
            differs("at /0 the output does not hold under `/definitions/row/type`"),
        ),
    ];
    check_all(rows);
}
