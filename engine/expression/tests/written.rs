//! What the door says of a text.

use crate::known;
use triad_expression::{Wants, check, limits};

/// The text, what it has to give, and the fault as people see it.
const FAULTS: &[(&str, Wants, &str)] = &[
    ("", Wants::Truth, "line 1, column 1: mismatched input 'the end' expecting expression"),
    ("inputs.n >", Wants::Truth, "line 1, column 11: mismatched input 'the end' expecting expression"),
    ("inputs.n > 1)", Wants::Truth, "line 1, column 13: mismatched input ')' expecting the end"),
    ("(inputs.n > 1", Wants::Truth, "line 1, column 14: expected ')'"),
    ("true &&\n  &", Wants::Truth, "line 2, column 3: unexpected single '&', expected '&&'"),
    ("'größe' == 'x' x", Wants::Truth, "line 1, column 16: mismatched input 'x' expecting the end"),
    ("inputs.n = 1", Wants::Truth, "line 1, column 10: mismatched input '=' expecting the end"),
    ("'open", Wants::Truth, "line 1, column 1: unterminated string literal"),
    ("inputs.n > 99999999999999999999", Wants::Truth, "line 1, column 12: invalid int literal"),
    (
        "inputs.x > 1",
        Wants::Truth,
        "line 1, column 8: there is no input `x`; there are `n`, `region`, `rows`",
    ),
    (
        "true || tasks.b.output",
        Wants::Truth,
        "line 1, column 15: `b` is no dependency of this task; there are `a`, `build-it`, `group.0`",
    ),
    (
        "tasks['c'].output == 1",
        Wants::Truth,
        "line 1, column 7: `c` is no dependency of this task; there are `a`, `build-it`, `group.0`",
    ),
    (
        "tasks.a == 1",
        Wants::Truth,
        "line 1, column 7: of the task `a` say what is meant: its `output` or its `status`",
    ),
    ("tasks.group.0", Wants::Truth, "line 1, column 12: mismatched input '.0' expecting the end"),
    (
        "tasks.a.b.output == 1",
        Wants::Truth,
        "line 1, column 7: a task has `output` and `status`, no `b`; `tasks[\"a.b\"]` names one by its whole id",
    ),
    ("tasks.a.status.x == 1", Wants::Truth, "line 1, column 7: the status of `a` is a text, without members"),
    (
        "size(tasks) > 0",
        Wants::Truth,
        "line 1, column 6: `tasks` cannot be used as a whole: name a dependency, as in `tasks.ID.output`",
    ),
    (
        "inputs == {}",
        Wants::Truth,
        "line 1, column 1: `inputs` cannot be used as a whole: name one, as in `inputs.NAME`",
    ),
    (
        "tasks[inputs.region].output",
        Wants::Truth,
        "line 1, column 1: which of `tasks` is meant must be written out, not computed",
    ),
    (
        "inputs[0]",
        Wants::Truth,
        "line 1, column 1: which of `inputs` is meant must be written out, not computed",
    ),
    (
        "item > 1",
        Wants::Truth,
        "line 1, column 1: there is no `item`: an expression knows `tasks` and `inputs`",
    ),
    (".inputs.n > 1", Wants::Truth, "there is no `.inputs`: an expression knows `tasks` and `inputs`"),
    (
        "[1].all(x, x > 0) && x > 0",
        Wants::Truth,
        "line 1, column 9: there is no `x`: an expression knows `tasks` and `inputs`",
    ),
    (
        "[1].map(tasks, 1)",
        Wants::List,
        "line 1, column 9: `tasks` cannot be the name of what a loop goes over",
    ),
    ("now() > 1", Wants::Truth, "line 1, column 1: there is no function `now`"),
    ("contains('a')", Wants::Truth, "line 1, column 1: `contains` is called as `x.contains(y)`"),
    ("'a'.int() > 1", Wants::Truth, "line 1, column 5: `int` is called as `int(x)`"),
    ("[1].map(x) == []", Wants::Truth, "line 1, column 5: `map` is not called like that"),
    ("has(inputs)", Wants::Truth, "line 1, column 5: invalid argument to has() macro"),
    ("[1].map(1, 2)", Wants::List, "line 1, column 9: argument must be a simple name"),
    ("inputs.?n", Wants::Truth, "line 1, column 7: unsupported syntax '.?'"),
    (
        "optional.of(1) == 1",
        Wants::Truth,
        "line 1, column 1: there is no `optional`: an expression knows `tasks` and `inputs`",
    ),
    ("Point{x: 1}", Wants::Truth, "line 1, column 1: there is no type `Point` to make a value of"),
    (
        "[1].all(x, [1].all(y, [1].all(zz, true)))",
        Wants::Truth,
        "line 1, column 31: loops are nested more than 2 deep",
    ),
    ("inputs.n + 1 > 2 ? [1] : [2]", Wants::Truth, "it gives a list, where true or false is wanted"),
    ("inputs.n > 1", Wants::List, "it gives true or false, where a list is wanted"),
    ("'eu'", Wants::Truth, "it gives a text, where true or false is wanted"),
    ("{'a': 1}", Wants::List, "it gives a map, where a list is wanted"),
    ("size(inputs.rows)", Wants::List, "it gives a number, where a list is wanted"),
    ("[1, 2].map(x, x)", Wants::Truth, "it gives a list, where true or false is wanted"),
];

#[test]
fn faults_say_what_and_where() {
    for (text, wants, fault) in FAULTS {
        match check(text, &known(), *wants) {
            Ok(used) => panic!("{text:?} is accepted, using {used:?}"),
            Err(found) => assert_eq!(found.to_string(), *fault, "{text:?}"),
        }
    }
}

/// The text, and the outputs, statuses and inputs that it uses.
const USES: &[(&str, Wants, &[&str], &[&str], &[&str])] = &[
    ("true", Wants::Truth, &[], &[], &[]),
    ("inputs.n > 1 && tasks.a.output.x == 1", Wants::Truth, &["a"], &[], &["n"]),
    ("tasks[\"build-it\"].status == 'FAILED'", Wants::Truth, &[], &["build-it"], &[]),
    ("tasks['group.0']['output'][0]", Wants::Truth, &["group.0"], &[], &[]),
    ("inputs['n'] == inputs.rows.n", Wants::Truth, &[], &[], &["n", "rows"]),
    ("inputs.rows[inputs.region]", Wants::List, &[], &[], &["region", "rows"]),
    ("tasks.a.output[inputs.n].x", Wants::List, &["a"], &[], &["n"]),
    ("has(tasks.a.output.x) && has(inputs.n)", Wants::Truth, &["a"], &[], &["n"]),
    ("tasks.a.output.map(x, x.y).filter(x, x > 1)", Wants::List, &["a"], &[], &[]),
    ("tasks.a.output.map(x, [x].map(y, y + inputs.n))", Wants::List, &["a"], &[], &["n"]),
    ("tasks.a.output.map(x, x).map(x, x).map(x, x).map(x, x)", Wants::List, &["a"], &[], &[]),
    ("type(inputs.n) == int", Wants::Truth, &[], &[], &["n"]),
    ("// what for\ninputs.n in [1, 2] // and so on", Wants::Truth, &[], &[], &["n"]),
    ("r'tasks.b.output' == 'inputs.x'", Wants::Truth, &[], &[], &[]),
];

#[test]
fn what_is_used_is_read_from_the_tree() {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    for (text, wants, outputs, statuses, inputs) in USES {
        let used = check(text, &known(), *wants).unwrap_or_else(|fault| panic!("{text}: {fault}"));
        let expected = triad_expression::Used {
            outputs: names(outputs),
            statuses: names(statuses),
            inputs: names(inputs),
        };
        assert_eq!(used, expected, "{text}");
    }
}

#[test]
fn what_people_write_is_well_within_the_limits() {
    let terms = vec!["tasks.a.output.x == 1"; 300].join(" && ");
    let sum = vec!["inputs.n"; 150].join(" + ") + " > 1";
    let brackets = format!("{}true{}", "(".repeat(limits::BRACKETS_MAX), ")".repeat(limits::BRACKETS_MAX));
    let groups = "(inputs.n == 1 || (inputs.n > 2 && (inputs.n < 5 || (inputs.n in [7, 8] && (inputs.n != 3 || true)))))";
    let cases = (0..40).map(|n| format!("inputs.n == {n} ? inputs.n > {n} : ")).collect::<String>() + "true";
    for text in [terms, sum, brackets, groups.to_owned(), cases] {
        check(&text, &known(), Wants::Truth).unwrap_or_else(|fault| panic!("{text}: {fault}"));
    }
}
