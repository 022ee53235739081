//! Lists: what they become as JSON, and how large they may be.

use crate::{list, list_of, question};
use serde_json::{Value, json};
use triad_expression::{ListOf, Question, Unanswered, answer, limits};

#[test]
fn lists_become_json() {
    let rows: &[(&str, &[u8], Value)] = &[
        ("[]", b"", json!([])),
        (
            "[1, 2.0, 'a', true, null, [1], {'b': 1, 'a': 2}]",
            b"",
            json!([1, 2.0, "a", true, null, [1], {"a": 2, "b": 1}]),
        ),
        (
            "tasks.a.output",
            b"[9007199254740993, 18446744073709551615, 0.1]",
            json!([9007199254740993_u64, u64::MAX, 0.1]),
        ),
        (
            "tasks.a.output.filter(x, x.ok).map(x, x.id)",
            br#"[{"ok": true, "id": 4}, {"ok": false, "id": 5}]"#,
            json!([4]),
        ),
        ("tasks.a.output.map(x, x > 1, x * 10)", b"[1, 2, 3]", json!([20, 30])),
        // The same order in every process.
        ("inputs.rows.map(key, key)", b"", json!(["a", "b", "c"])),
        ("{3: 'c', 1: 'a', 2: 'b'}.map(key, key)", b"", json!([1, 2, 3])),
        ("inputs.rows.a + [inputs.n]", b"", json!([1, 2.5, null, 7])),
        ("inputs.n > 5 ? ['many'] : []", b"", json!(["many"])),
    ];
    for (text, output, entries) in rows {
        assert_eq!(answer(&list(text, output)), list_of(entries.clone()), "{text}");
    }
}

#[test]
fn what_is_no_list_of_json_is_refused() {
    let rows: &[(&str, &str)] = &[
        ("inputs.n", "it gives int, where a list is wanted"),
        ("inputs.rows", "it gives map, where a list is wanted"),
        ("[b'x']", "the list holds bytes, which JSON has not"),
        ("[{1: 2}]", "the list holds a map whose keys are no texts, which JSON has not"),
        ("[1.0 / 0.0]", "the list holds a number that is not finite, which JSON has not"),
    ];
    for (text, why) in rows {
        assert_eq!(answer(&list(text, b"")), Err(Unanswered::NoValue((*why).to_owned())), "{text}");
    }
}

#[test]
fn limits_hold_on_their_very_border() {
    let of = |entries: Value| answer(&Question { list: Some(ListOf::Literal(entries)), ..question(b"") });
    let entries =
        |count: usize, bytes: usize| Value::Array(vec![Value::String("x".repeat(bytes - 2)); count]);
    let nested = |depth: usize| (0..depth).fold(json!(1), |inner, _| json!([inner]));
    let too_much = |message: &str| Err(Unanswered::TooMuch(message.to_owned()));
    let largest = limits::ENTRY_BYTES_MAX;
    assert!(of(entries(limits::ENTRIES_MAX, 3)).is_ok());
    let found = of(entries(limits::ENTRIES_MAX + 1, 3));
    assert_eq!(found, too_much("a list has at most 100000 entries, and this one 100001"));
    assert!(of(entries(1, largest)).is_ok());
    assert_eq!(of(entries(1, largest + 1)), too_much("an entry of a list has at most 65536 bytes of JSON"));
    assert!(of(entries(limits::LIST_BYTES_MAX / (largest + 1), largest)).is_ok());
    let found = of(entries(limits::LIST_BYTES_MAX / (largest + 1) + 1, largest));
    assert_eq!(found, too_much("a list has at most 16777216 bytes of JSON"));
    assert!(of(json!([nested(limits::VALUE_DEPTH_MAX)])).is_ok());
    let found = of(json!([nested(limits::VALUE_DEPTH_MAX + 1)]));
    assert_eq!(found, too_much("lists and objects lie within each other more than 100 deep"));
    assert_eq!(of(json!({"a": 1})), Err(Unanswered::NoValue("what is written out is no list".to_owned())));
}
