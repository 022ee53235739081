//! What is not there, and is named.

use crate::condition;
use triad_expression::{Unanswered, answer};

const MISSING: &[(&str, &[u8], &str)] = &[
    ("tasks.a.output.rows > 1", b"{}", "there is no `tasks.a.output.rows`"),
    ("tasks.a.output.x.y > 1", br#"{"x": {}}"#, "there is no `tasks.a.output.x.y`"),
    ("tasks.a.output['a b'] > 1", b"{}", "there is no `tasks.a.output[\"a b\"]`"),
    ("tasks['build-it'].output == 1", b"", "there is no `tasks[\"build-it\"].output`"),
    ("tasks.a.output.x == 1 || tasks.a.output.y.x == 1", br#"{"y": {}}"#, "there is no member `x`"),
    ("tasks.a.output == 1 || tasks.b.output == 1", b"2", "there is no `tasks.b`"),
    ("tasks.gone.status == 'FAILED'", b"", "there is no `tasks.gone`"),
    ("inputs.gone == 1", b"", "there is no `inputs.gone`"),
    ("inputs.rows[inputs.region] == 1", b"", "there is no member of the name that is computed"),
    ("inputs.rows[string(inputs.n)] == 1", b"", "there is no member of the name that is computed"),
    ("tasks.a.output[1] == 1", b"[1]", "a list has no entry at the place that is asked for"),
    (
        "tasks.a.output.rows > 1",
        b"secret text",
        "a member is asked of string, which has none; an output that is no JSON is a text",
    ),
    (
        "has(tasks.a.output.rows)",
        b"text",
        "a member is asked of string, which has none; an output that is no JSON is a text",
    ),
    ("tasks.a.output.rows > 1", b"12", "a member is asked of int, which has none"),
    ("tasks.a.output.rows.x > 1", br#"{"rows": null}"#, "a member is asked of null_type, which has none"),
    ("tasks.a.output.exists(x, x.y == 1)", br#"[{"z": 1}]"#, "there is no `x.y`"),
];

#[test]
fn what_is_not_there_is_named() {
    for (text, output, why) in MISSING {
        let expected = Err(Unanswered::Missing((*why).to_owned()));
        assert_eq!(answer(&condition(text, output)), expected, "{text}");
    }
}
