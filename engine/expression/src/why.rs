//! Why an evaluation gave no value, told without telling values.

use crate::names::is_written_out;
use crate::question::Unanswered;
use crate::tree::{Path, parts, step};
use cel::ExecutionError;
use cel::parser::Expression;

/// The evaluator's errors hold the values that they are about, so none of its texts is handed on.
#[expect(clippy::wildcard_enum_match_arm, reason = "the others are out of use, or to come")]
pub(crate) fn unanswered(error: &ExecutionError, expression: &Expression) -> Unanswered {
    use ExecutionError as Is;
    match error {
        Is::NoSuchKey(key) => Unanswered::Missing(missing(key, expression)),
        Is::IndexOutOfBounds(_) => {
            Unanswered::Missing("a list has no entry at the place that is asked for".to_owned())
        }
        Is::UndeclaredReference(name) => Unanswered::Missing(format!("there is no `{name}`")),
        Is::NoSuchOverload(call) => overload(call.function(), call.argument_types()),
        Is::DivisionByZero(_) | Is::RemainderByZero(_) => {
            Unanswered::NoValue("it divides by zero".to_owned())
        }
        Is::Overflow(..) => Unanswered::NoValue("a number becomes too large or too small".to_owned()),
        Is::DuplicateKey(_) => Unanswered::NoValue("a map names a key twice".to_owned()),
        Is::UnexpectedType { got, want } => {
            Unanswered::NoValue(format!("it has {got}, where {want} is wanted"))
        }
        Is::UnsupportedBinaryOperator(operator, left, right) => {
            let message =
                format!("`{}` does not go with {} and {}", symbol(operator), left.type_of(), right.type_of());
            Unanswered::NoValue(message)
        }
        Is::ValuesNotComparable(left, right) => {
            Unanswered::NoValue(format!("{} and {} have no order", left.type_of(), right.type_of()))
        }
        Is::UnsupportedKeyType(key) => Unanswered::NoValue(format!("{} cannot be a key", key.type_of())),
        Is::FunctionError { message, .. } if message.contains("exceeds size limit") => {
            Unanswered::TooMuch("a pattern of `matches` is too large".to_owned())
        }
        Is::FunctionError { function, .. } => {
            Unanswered::NoValue(format!("`{function}` cannot do this with what it is given"))
        }
        _ => Unanswered::NoValue("it does not come to a value".to_owned()),
    }
}

/// An operator as it is written; the evaluator has two names for some.
fn symbol(name: &str) -> &str {
    match name {
        "add" => "+",
        "sub" => "-",
        "mul" => "*",
        "div" => "/",
        "rem" => "%",
        _ => name.trim_matches(['_', '@']),
    }
}

/// Types that have members or entries.
const HOLDERS: [&str; 2] = ["list", "map"];

fn overload(function: &str, types: &[String]) -> Unanswered {
    let of = types.first().map_or("nothing", String::as_str);
    match function {
        "_._" | "_[_]" if !HOLDERS.contains(&of) => {
            let why = if of == "string" { "; an output that is no JSON is a text" } else { "" };
            Unanswered::Missing(format!("a member is asked of {of}, which has none{why}"))
        }
        "_._" | "_[_]" => Unanswered::NoValue(format!(
            "an entry of {of} is not found by {}",
            types.get(1).map_or("that", String::as_str)
        )),
        _ => Unanswered::NoValue(format!("`{}` does not go with {}", symbol(function), types.join(" and "))),
    }
}

fn missing(key: &str, expression: &Expression) -> String {
    if !is_written_out(expression, key) {
        return "there is no member of the name that is computed".to_owned();
    }
    let mut paths = Vec::new();
    paths_to(key, expression, &mut paths);
    match &paths[..] {
        [path] => format!("there is no `{path}`"),
        _ => format!("there is no member `{key}`"),
    }
}

/// The paths that end in a member, each once.
fn paths_to(key: &str, expression: &Expression, found: &mut Vec<String>) {
    if step(expression).is_some_and(|(_, member)| member == Some(key)) {
        let path = Path::of(expression).map_or_else(|| key.to_owned(), |path| path.text());
        if !found.contains(&path) {
            found.push(path);
        }
    }
    parts(expression).into_iter().for_each(|part| paths_to(key, part, found));
}
