//! Rules: those that are built in are as they say, and what is wrong with an operator's is said.

use std::collections::BTreeSet;

use triad_diagnosis::{Class, Facts, Rules, diagnose, limits};

#[test]
fn every_rule_that_is_built_in_is_as_its_examples_say() {
    let faults: Vec<String> = Rules::built_in().faults().iter().map(ToString::to_string).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn ids_are_there_once_and_every_class_has_rules() {
    let rules = Rules::built_in();
    let ids: BTreeSet<&str> = rules.ids().map(|(id, _)| id).collect();
    assert_eq!(ids.len(), rules.ids().count());
    for class in Class::ALL {
        let says = rules.ids().any(|(_, of)| of == class);
        assert_eq!(says, class != Class::Unknown, "{}", class.word());
    }
}

#[test]
fn words_of_classes_are_read_back() {
    for class in Class::ALL {
        assert_eq!(Class::parse(class.word()), Some(class));
    }
    assert_eq!(Class::parse("Unknown"), None);
}

const GOOD: &str = r#"
version = 3
[[rule]]
id = "ours.flux"
class = "conflict"
confidence = 800
phrases = ["flux capacitor"]
pattern = 'flux capacitor (?<setting>\w+) is taken'
matches = ["error: flux capacitor c7 is taken"]
differs = ["flux capacitor c7 is free"]
"#;

#[test]
fn an_operator_adds_rules() {
    let facts = Facts { stderr: b"error: flux capacitor c7 is taken\n", exit: Some(1), ..Facts::default() };
    assert_eq!(diagnose(Rules::built_in(), &facts).class, Class::Unknown);
    let rules = Rules::with(GOOD).expect("they are taken");
    let diagnosis = diagnose(&rules, &facts);
    let cause = diagnosis.cause.expect("it is known");
    assert_eq!(
        (cause.class, cause.rule.as_str(), cause.subjects[0].name.as_str()),
        (Class::Conflict, "ours.flux", "c7")
    );
    assert_eq!((rules.version(), rules.operator_version()), (Rules::built_in().version(), Some(3)));
    assert_ne!(rules.digest(), Rules::built_in().digest());
    assert_eq!(rules.digest(), Rules::with(GOOD).expect("they are taken").digest());
    assert_ne!(
        rules.digest(),
        Rules::with(&GOOD.replace("= 800", "= 801")).expect("they are taken").digest()
    );
}

/// The one door: the good document with one thing changed, and how the fault begins.
fn check(from: &str, to: &str, then: &str) {
    assert!(GOOD.contains(from), "{from}");
    let fault = Rules::with(&GOOD.replacen(from, to, 1)).expect_err("it is refused").to_string();
    assert!(fault.contains(then), "{to}: {fault}");
}

#[test]
fn what_is_wrong_is_said_with_rule_field_and_fix() {
    let long = |bytes: usize| format!("\"{}\"", "x".repeat(bytes));
    check("version = 3", "version = 0", "version: is 0; number versions from 1");
    check("version = 3", "", "document: TOML parse error");
    check("confidence = 800", "confidense = 800", "unknown field `confidense`");
    check("ours.flux", "Ours flux", "rule #1, id: \"Ours flux\" is no id; begin with a letter");
    check("ours.flux", "", "rule #1, id: \"\" is no id");
    check("\"ours.flux\"", &long(65), "rule #1, id: ");
    check("ours.flux", "errno.enoent", "rule errno.enoent, id: is there already; take another");
    check("\"conflict\"", "\"quarrel\"", "unknown variant `quarrel`");
    check("\"conflict\"", "\"unknown\"", "rule ours.flux, class: is unknown");
    check("= 800", "= 0", "rule ours.flux, confidence: is 0; 1 to 990");
    check("= 800", "= 991", "rule ours.flux, confidence: is 991; 1 to 990");
    check("= 800", "= 941", "rule ours.flux, confidence: is 941; at most 940");
    check("[\"flux capacitor\"]", "[]", "rule ours.flux, pattern: has no phrases beside it");
    check("\"flux capacitor\"", "\"fl\"", "rule ours.flux, phrases: \"fl\" is no phrase; 3 to 200 bytes");
    check("\"flux capacitor\"", "\"    \"", "rule ours.flux, phrases: ");
    check("\"flux capacitor\"", &long(201), "rule ours.flux, phrases: ");
    check("is taken'", "is taken('", "rule ours.flux, pattern: does not compile: regex parse error");
    check("is taken'", "(?=is taken)'", "rule ours.flux, pattern: does not compile: ");
    check("is taken'", r"(a{500}){500}'", "rule ours.flux, pattern: does not compile: ");
    check(
        "is taken'",
        &format!("{}'", "x".repeat(limits::PATTERN_BYTES_MAX)),
        "rule ours.flux, pattern: has ",
    );
    check(
        "setting>",
        "colour>",
        "rule ours.flux, pattern: the group colour is no subject; one of variable, ",
    );
    check(
        "c7 is taken",
        "c7 is late",
        "rule ours.flux, matches: \"error: flux capacitor c7 is late\" does not match",
    );
    check(
        "c7 is free",
        "c7 is taken",
        "rule ours.flux, differs: \"flux capacitor c7 is taken\" matches; make",
    );
    check("[\"error: flux capacitor c7 is taken\"]", "[]", "rule ours.flux, matches: there is none");
    check("[\"flux capacitor c7 is free\"]", "[]", "rule ours.flux, differs: there is none");
    check("c7 is free\"", &format!("\", {}", long(2001)), "rule ours.flux, differs: one is too long");
}

#[test]
fn a_rule_about_nothing_or_everything_is_refused() {
    let nothing = "version = 1\n[[rule]]\nid = \"a\"\nclass = \"dns\"\nconfidence = 700\n";
    let fault = Rules::with(nothing).expect_err("it is about nothing").to_string();
    assert_eq!(
        fault,
        "rule a, phrases: there are none; give phrases, or exit, signal, timed_out or memory_limit_hit"
    );
    let everything = format!(
        "{nothing}phrases = [\"   e\", \"ing\", \"ed 1\", \"ion\", \"0.9\"]\nmatches = [\"ending\"]\ndiffers = [\"x\"]\n"
    );
    let fault =
        Rules::with(&everything.replace("   e", "ver")).expect_err("it is about everything").to_string();
    assert!(fault.starts_with("rule a, phrases: match "), "{fault}");
    let ends = format!("{nothing}exit = [1]\n");
    let fault = Rules::with(&ends).expect_err("it is about every failure").to_string();
    assert!(fault.starts_with("rule a, confidence: is 700 without phrases"), "{fault}");
    assert!(Rules::with(&ends.replace("700", "590")).is_ok());
    assert!(Rules::with(&format!("{ends}program = [\"rsync\"]\n")).is_ok());
    assert!(Rules::with(&"x".repeat(limits::DOCUMENT_BYTES_MAX + 1)).is_err());
    let many: String = (0..=limits::RULES_MAX)
        .map(|number| {
            format!("[[rule]]\nid = \"a{number}\"\nclass = \"dns\"\nconfidence = 700\nexit = [9]\n")
        })
        .collect();
    let fault = Rules::with(&format!("version = 1\n{many}")).expect_err("there are too many").to_string();
    assert!(fault.starts_with("rule: there are 1001"), "{fault}");
}

#[test]
fn a_rule_that_is_found_on_every_line_is_tried_on_few() {
    let poisoned = "version = 1\n[[rule]]\nid = \"a\"\nclass = \"dns\"\nconfidence = 940\nphrases = [\"row \"]\n\
                    pattern = 'row (?<file>\\d+)'\nmatches = [\"row 1\"]\ndiffers = [\"row x\"]\n";
    let rules = Rules::with(poisoned).expect("it is taken");
    let text: String = (0..40_000).map(|number| format!("processed row {number}\n")).collect();
    let cause =
        diagnose(&rules, &Facts { stderr: text.as_bytes(), ..Facts::default() }).cause.expect("it is found");
    assert_eq!(
        (cause.rule.as_str(), cause.subjects[0].name.as_str()),
        ("a", "39999"),
        "and it shows by its name"
    );
}
