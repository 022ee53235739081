//! Conditions that come to a value, and the ones that come to none.

use crate::{condition, list, list_of};
use serde_json::json;
use triad_expression::{Answer, ListOf, Question, Unanswered, answer};

const OUTPUT: &[u8] =
    br#"{"rows": 3, "ratio": 0.5, "names": ["x", "y"], "big": 18446744073709551615, "none": null}"#;

/// Conditions, and whether they hold.
const CONDITIONS: &[(&str, &[u8], bool)] = &[
    ("true", OUTPUT, true),
    ("inputs.n == 7 && inputs.region in ['eu', 'us']", OUTPUT, true),
    ("inputs['n'] / 2 == 3", OUTPUT, true),
    ("inputs.n % 2 == 0", OUTPUT, false),
    ("tasks.a.output.rows > 2", OUTPUT, true),
    ("tasks.a.output.ratio * 2.0 == 1.0", OUTPUT, true),
    ("tasks.a.output.ratio < 1", OUTPUT, true),
    ("tasks.a.output.big > 9223372036854775807", OUTPUT, true),
    ("tasks.a.output.none == null", OUTPUT, true),
    ("has(tasks.a.output.rows) && !has(tasks.a.output.columns)", OUTPUT, true),
    ("has(tasks['build-it'].output)", OUTPUT, false),
    ("tasks['build-it'].status == 'FAILED' && tasks.a.status == \"COMPLETED\"", OUTPUT, true),
    ("tasks.a.output.names.exists(name, name.startsWith('y'))", OUTPUT, true),
    ("tasks.a.output.names.all(name, size(name) == 1)", OUTPUT, true),
    ("tasks.a.output.names[1] == 'y'", OUTPUT, true),
    ("tasks.a.output == 'done'", b"done\r\n\n", true),
    ("tasks.a.output == ' done'", b" done", true),
    ("tasks.a.output == 42", b"42\n", true),
    ("tasks.a.output == '{broken'", b"{broken\n", true),
    ("tasks.a.output == ''", b"", true),
    ("tasks.a.output.matches('^v[0-9]+$')", b"v12\n", true),
    ("int(tasks.a.output.split) == 1", br#"{"split": "1"}"#, true),
    ("type(inputs.n) == int && type(inputs.rows) == map", OUTPUT, true),
    // An error beside what decides is no error.
    ("inputs.n == 7 || tasks.a.output.nothing == 1", OUTPUT, true),
    ("inputs.n != 7 && tasks['build-it'].output == 1", OUTPUT, false),
];

#[test]
fn conditions_hold_or_not() {
    for (text, output, holds) in CONDITIONS {
        let expected = if *holds { Answer::Holds } else { Answer::DoesNotHold };
        assert_eq!(answer(&condition(text, output)), Ok(expected), "{text}");
    }
}

/// Conditions without a value, and why.
const NO_VALUES: &[(&str, &str)] = &[
    ("inputs.n", "the condition gives int, where true or false is wanted"),
    ("inputs.region", "the condition gives string, where true or false is wanted"),
    ("1 / (inputs.n - 7) == 1", "it divides by zero"),
    ("1 % (inputs.n - 7) == 1", "it divides by zero"),
    ("9223372036854775807 + inputs.n > 0", "a number becomes too large or too small"),
    ("inputs.n > 'a'", "`>` does not go with int and string"),
    ("inputs.n + inputs.region == 1", "`+` does not go with int and string"),
    ("inputs.n.contains('a')", "`contains` does not go with int and string"),
    ("int(inputs.region) == 1", "`int` cannot do this with what it is given"),
    ("inputs.rows.a['x'] == 1", "an entry of list is not found by string"),
    ("inputs.n && true", "`&&` does not go with int and bool"),
    ("inputs.region.matches('(')", "`matches` cannot do this with what it is given"),
    ("tasks['group.0'].output == 1", "the output of `group.0` is neither JSON nor UTF-8 text"),
    ("inputs.n.exists(x, x > 1)", "it has int, where iterable is wanted"),
    ("{inputs.n: 1, 7: 2} == {}", "a map names a key twice"),
    ("inputs.n >", "no expression: line 1, column 11: mismatched input 'the end' expecting expression"),
];

#[test]
fn what_has_no_value_says_why_without_values() {
    for (text, why) in NO_VALUES {
        let expected = Err(Unanswered::NoValue((*why).to_owned()));
        assert_eq!(answer(&condition(text, OUTPUT)), expected, "{text}");
    }
}

#[test]
fn the_list_is_not_looked_at_when_the_condition_does_not_hold() {
    let with_list = |condition: &str, list: &str| Question {
        condition: Some(condition.to_owned()),
        ..crate::list(list, OUTPUT)
    };
    assert_eq!(answer(&with_list("inputs.n > 7", "tasks['group.0'].output")), Ok(Answer::DoesNotHold));
    assert_eq!(answer(&with_list("inputs.n == 7", "[inputs.n]")), list_of(json!([7])));
    let literal = Question {
        condition: Some("true".to_owned()),
        list: Some(ListOf::Literal(json!([1, "a"]))),
        ..list("", OUTPUT)
    };
    assert_eq!(answer(&literal), list_of(json!([1, "a"])));
}
