//! What rules of moderation hold, and which documents are refused.

use quickcheck::quickcheck;
use triad_moderation::{Hold, Part, Rules, Step};

const RULES: &str = r#"
[[rule]]
id = "drops-tables"
reason = "drops or empties tables"
pattern = '(?i)\b(drop|truncate)\s+table\b'
holds = ["DROP TABLE users"]
passes = ["select 1"]

[[rule]]
id = "root"
reason = "deletes from the root"
pattern = '\brm\s+-rf\s+/'
looks_at = ["command"]
holds = ["rm -rf /"]
passes = ["rm -rf ./build"]
"#;

#[track_caller]
fn check(command: &[&str], environment: &[&str], input: Option<&[u8]>, expected: Option<(&str, Part)>) {
    let rules = Rules::read(RULES).expect("they can be read");
    let command: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
    let environment: Vec<String> = environment.iter().map(|value| (*value).to_owned()).collect();
    let held = rules.hold(&Step { command: &command, environment: &environment, input });
    assert_eq!(held.map(|Hold { rule, part, .. }| (rule, part)), expected);
}

#[test]
fn a_rule_finds_what_it_is_for_in_every_part_it_looks_at() {
    check(&["psql", "-c", "drop  Table users"], &[], None, Some(("drops-tables", Part::Command)));
    check(&["psql"], &["DROP TABLE users"], None, Some(("drops-tables", Part::Environment)));
    check(&["psql"], &[], Some(b"begin;\n\xff TRUNCATE TABLE users;"), Some(("drops-tables", Part::Input)));
    check(&["psql", "-c", "select 1"], &["x"], Some(b"select 2"), None);
}

#[test]
fn a_rule_looks_at_nothing_else() {
    check(&["sh"], &["rm -rf /"], Some(b"rm -rf /"), None);
    check(&["sh", "-c", "rm -rf /"], &[], None, Some(("root", Part::Command)));
}

#[test]
fn what_is_split_over_arguments_is_seen_in_the_whole_line() {
    check(&["rm", "-rf", "/"], &[], None, Some(("root", Part::Command)));
}

#[test]
fn the_first_rule_in_the_order_of_the_document_is_named() {
    check(&["rm", "-rf", "/"], &["drop table x"], None, Some(("drops-tables", Part::Environment)));
}

#[track_caller]
fn check_refused(document: &str, expected: &str) {
    let fault = Rules::read(document).expect_err("it is refused").to_string();
    assert!(fault.contains(expected), "{fault}");
}

#[test]
fn documents_that_cannot_be_meant_are_refused_by_field() {
    let with = |change: &str| {
        let (field, value) = change.split_once('=').expect("a field and its value");
        let mut lines = vec![
            ("id", "\"a\""),
            ("reason", "\"why\""),
            ("pattern", "'x+'"),
            ("holds", "[\"x\"]"),
            ("passes", "[\"y\"]"),
        ];
        lines.retain(|(known, _)| *known != field);
        let lines = lines.into_iter().chain([(field, value)]).filter(|(_, value)| !value.is_empty());
        let lines: Vec<String> = lines.map(|(field, value)| format!("{field} = {value}\n")).collect();
        format!("[[rule]]\n{}", lines.concat())
    };
    Rules::read(&with("pattern='x'")).expect("what is changed below is right");
    check_refused("", "rule: there is none");
    check_refused("version = 1", "unknown field");
    check_refused("[[rule]]\n", "missing field");
    check_refused(&with("id=\"A b\""), "rule #1, id: \"A b\" is no id");
    check_refused(&format!("{0}{0}", with("id=\"a\"")), "rule a, id: is that of an earlier rule");
    check_refused(&with("reason=\"\""), "rule a, reason: has 0 bytes");
    check_refused(&with("reason=\"a\\nb\""), "rule a, reason: has control characters");
    check_refused(&with("pattern='('"), "unclosed group");
    check_refused(&with("pattern='(a{1000}){1000}'"), "size limit");
    check_refused(&with("pattern='(x)\\1'"), "backreferences");
    check_refused(&with("pattern='y'"), "rule a, holds: \"x\" does not match the pattern");
    check_refused(&with("pattern='.'"), "rule a, passes: \"y\" matches the pattern");
    check_refused(&with("holds=[]"), "rule a, holds: has 0 texts");
    check_refused(&with("passes="), "missing field `passes`");
    check_refused(&with("looks_at=[]"), "rule a, looks_at: is empty");
    check_refused(&with("looks_at=[\"output\"]"), "unknown variant `output`");
    check_refused(&"#".repeat(65 << 10), "document: has");
}

quickcheck! {
    /// Nothing that is about to run makes a rule fail, and the same is held by the same rule again.
    fn any_step_is_held_or_not_by_the_same_rule(command: Vec<String>, input: Option<Vec<u8>>) -> bool {
        let rules = Rules::read(RULES).expect("they can be read");
        let step = Step { command: &command, environment: &[], input: input.as_deref() };
        rules.hold(&step) == rules.clone().hold(&step)
    }
}
