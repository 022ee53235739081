//! The process that evaluates: what it answers, and what it is ended for.

use crate::{condition, list, list_of, question};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use triad_expression::{Answer, ListOf, NoAnswer, Question, Unanswered, ask, limits};

fn asked(question: &Question) -> Result<Answer, NoAnswer> {
    ask(Path::new(env!("CARGO_BIN_EXE_evaluate")), question, limits::DEADLINE)
}

fn too_much(found: &Result<Answer, NoAnswer>) -> bool {
    matches!(found, Err(NoAnswer::Unanswered(Unanswered::TooMuch(_))))
}

#[test]
fn a_process_answers_as_this_one_would() {
    let questions = [
        condition("inputs.n > 1", b""),
        condition("inputs.n > 100", b""),
        condition("tasks.a.output.x == 1", b"{}"),
        condition("inputs.n", b""),
        condition("tasks.a.output == 'x'", "größer".as_bytes()),
        list("tasks.a.output.map(x, x * 2)", b"[1, 2, 9007199254740993]"),
        list("tasks['group.0'].output", b""),
        list("tasks.a.output", &large(limits::ENTRIES_MAX)),
        list("tasks.a.output", &large(limits::ENTRIES_MAX + 1)),
    ];
    for question in &questions {
        let here = triad_expression::answer(question);
        match asked(question) {
            Ok(answer) => assert_eq!(Ok(answer), here),
            Err(NoAnswer::Unanswered(why)) => assert_eq!(Err(why), here),
            Err(NoAnswer::Io(error)) => panic!("{error}"),
        }
    }
}

fn large(entries: usize) -> Vec<u8> {
    format!("[{}]", vec!["1"; entries].join(",")).into_bytes()
}

#[test]
fn bombs_are_ended() {
    let many = large(100_000);
    let doubled = |times: usize| format!("tasks.a.output{}", ".map(x, x + x)".repeat(times));
    let text = format!("[\"{}\"]", "x".repeat(60_000)).into_bytes();
    let grown = ".map(x, tasks.a.output)".repeat(2);
    let eight = |name: &str| format!("[{}]", [name; 8].join(", "));
    let wide = format!("[tasks.a.output].map(x, {}.map(y, {}))", eight("x"), eight("y"));
    let bombs: Vec<(String, &[u8])> = vec![
        // Loops over loops: ten thousand million steps.
        ("tasks.a.output.all(x, tasks.a.output.all(y, x + y > 0))".to_owned(), &many),
        ("tasks.a.output.map(x, tasks.a.output.exists_one(y, y == 2)) == []".to_owned(), &many),
        // Lists of lists, and texts that double.
        ("tasks.a.output.map(x, tasks.a.output) == []".to_owned(), &many),
        (format!("tasks.a.output{grown} == []"), &many),
        (format!("size({}) > 1", doubled(14)), &text),
        (
            "tasks.a.output.map(x, tasks.a.output.map(y, string(x) + 'xxxxxxxxxxxxxxxx')) == []".to_owned(),
            &many,
        ),
        (format!("{wide}.map(x, {}) == []", eight("x")), &many),
        // Patterns that are large when they are compiled, or compiled again and again.
        ("'x'.matches('((((x{100}){100}){100}){100}){100}')".to_owned(), b""),
        ("'x'.matches('\\\\pL{1000}\\\\pL{1000}\\\\pL{1000}')".to_owned(), b""),
        ("tasks.a.output.all(x, 'x'.matches('(x{50}){50}|\\\\w{20}|x'))".to_owned(), &many),
    ];
    for (text, output) in bombs {
        let found = asked(&condition(&text, output));
        assert!(too_much(&found), "{text} is not ended: {found:?}");
    }
}

#[test]
fn a_list_that_grows_beyond_its_limits_is_refused() {
    let many = large(100_000);
    for text in [
        "tasks.a.output + tasks.a.output",
        "[tasks.a.output]",
        "tasks.a.output.map(x, 'x')[0] == 'x' ? tasks.a.output + [1] : []",
    ] {
        let found = asked(&list(text, &many));
        assert!(too_much(&found), "{text}: {found:?}");
    }
}

#[test]
fn an_evaluation_goes_as_deep_as_an_expression_may() {
    let sum = vec!["inputs.n"; 150].join(" + ") + " > 1";
    let lists = format!("{}1{} != []", "[".repeat(limits::BRACKETS_MAX), "]".repeat(limits::BRACKETS_MAX));
    let output = [b"[".repeat(120), b"1".to_vec(), b"]".repeat(120)].concat();
    for (text, output) in [(sum.as_str(), &b""[..]), (&lists, b""), ("tasks.a.output != []", &output)] {
        let found = asked(&condition(text, output));
        assert!(matches!(found, Ok(Answer::Holds)), "{text}: {found:?}");
    }
    let found = asked(&list("[tasks.a.output]", &output));
    assert!(too_much(&found), "{found:?}");
    let nested = (0..200).fold(json!(1), |inner, _| json!([inner]));
    let found = asked(&Question { inputs: json!({"n": nested}), ..condition("true", b"") });
    assert!(too_much(&found), "{found:?}");
}

#[test]
fn a_question_that_is_too_large_is_not_asked() {
    let question = Question {
        inputs: json!({"n": "x".repeat(limits::QUESTION_BYTES_MAX)}),
        ..condition("inputs.n == 1", b"")
    };
    assert!(too_much(&asked(&question)));
}

#[test]
fn a_deadline_that_passes_ends_it() {
    let found = ask(Path::new(env!("CARGO_BIN_EXE_evaluate")), &condition("true", b""), Duration::ZERO);
    match found {
        Err(NoAnswer::Io(error)) => assert_eq!(error.kind(), std::io::ErrorKind::TimedOut),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_cannot_be_started_or_does_not_answer_may_pass() {
    for program in ["/nowhere/evaluate", "/bin/false", "/bin/echo"] {
        let found = ask(Path::new(program), &condition("true", b""), limits::DEADLINE);
        assert!(matches!(found, Err(NoAnswer::Io(_))), "{program}: {found:?}");
    }
}

#[test]
fn a_list_that_is_written_out_needs_no_process() {
    let of = |list: Value| Question { list: Some(ListOf::Literal(list)), ..question(b"") };
    let found = ask(Path::new("/nowhere"), &of(json!([1, {"a": "b"}])), Duration::ZERO);
    assert_eq!(
        found.map_err(|error| error.to_string()),
        list_of(json!([1, {"a": "b"}])).map_err(|why| why.to_string())
    );
}

#[test]
fn nothing_of_it_is_left() {
    for _ in 0..20 {
        assert!(asked(&condition("true", b"")).is_ok());
    }
    let own = std::process::id().to_string();
    let children = std::fs::read_dir("/proc").expect("there is /proc").filter_map(|entry| {
        let stat = std::fs::read_to_string(entry.ok()?.path().join("stat")).ok()?;
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        (fields.get(1) == Some(&own.as_str()) && fields.first() == Some(&"Z")).then_some(stat)
    });
    // Those of tests beside this one end at any time, and are waited for at once.
    assert!(children.count() <= 1, "ended processes are waited for");
}
