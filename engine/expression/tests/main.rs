//! Expressions, as tables: what is refused and where, what comes out, and what is ended.

mod written;
mod hostile;
mod values;
mod missing;
mod lists;
mod apart;
mod filter;

use serde_json::Value;
use std::collections::BTreeMap;
use triad_expression::{Answer, Known, ListOf, Question, TaskFacts, Unanswered};

/// Dependencies `a`, `build-it` and `group.0`, inputs `n`, `region` and `rows`.
fn known() -> Known {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Known { tasks: names(&["a", "build-it", "group.0"]), inputs: names(&["n", "region", "rows"]) }
}

/// Values of all of that, with an output of `a` that can be chosen.
fn question(output: &[u8]) -> Question {
    let facts = |status: &str, output: Option<&[u8]>| TaskFacts {
        status: status.to_owned(),
        output: output.map(<[u8]>::to_vec),
    };
    let tasks = BTreeMap::from([
        ("a".to_owned(), facts("COMPLETED", Some(output))),
        ("build-it".to_owned(), facts("FAILED", None)),
        ("group.0".to_owned(), facts("SKIPPED", Some(b"\xff\xfe"))),
    ]);
    let inputs = serde_json::json!({"n": 7, "region": "eu", "rows": {"b": 2, "a": [1, 2.5, null], "c": "x"}});
    Question { condition: None, list: None, inputs, tasks }
}

fn condition(text: &str, output: &[u8]) -> Question {
    Question { condition: Some(text.to_owned()), ..question(output) }
}

fn list(text: &str, output: &[u8]) -> Question {
    Question { list: Some(ListOf::Expression(text.to_owned())), ..question(output) }
}

fn list_of(entries: Value) -> Result<Answer, Unanswered> {
    let Value::Array(entries) = entries else { panic!("a row of a table says {entries}, which is no list") };
    Ok(Answer::List(entries))
}
