//! Texts that are refused, with the place of every fault, and what is kept of those that are read.

use super::*;
use crate::Effect;
use crate::bounds::{NESTING_MAX, POLICY_BYTES_MAX, TEXT_BYTES_MAX};

/// The faults of a text, one a line.
fn faults(text: &str) -> String {
    let faults = Policies::read(text, &vocabulary()).expect_err("the text has faults");
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn check_faults(text: &str, beginnings: &[&str]) {
    let faults = faults(text);
    let lines: Vec<&str> = faults.lines().collect();
    assert_eq!(lines.len(), beginnings.len(), "{faults}");
    for (line, beginning) in lines.iter().zip(beginnings) {
        assert!(line.starts_with(beginning), "{line}\ndoes not begin with\n{beginning}");
    }
}

#[test]
fn what_is_not_cedar_is_refused_where_it_stops() {
    check_faults("@id(\"x\")\npermit (principal, action resource);", &["2:27: unexpected token `resource`"]);
    check_faults(
        "@id(\"x\")\n  allow (principal, action, resource);",
        &["2:3: invalid policy effect: allow"],
    );
    check_faults("@id(\"x\")\npermit (principal, action, resource)", &["2:37: unexpected end of input"]);
}

#[test]
fn every_policy_has_a_good_id_of_its_own() {
    let all = "permit (principal, action, resource);\n";
    check_faults(all, &["1:1: a policy needs an annotation @id"]);
    check_faults(&format!("@id {all}"), &["1:1: the id \"\" is not"]);
    check_faults(&format!("// permit\n\n  @id(\"Big\") {all}"), &["3:3: the id \"Big\" is not"]);
    check_faults(&format!("@id(\"{}\") {all}", "a".repeat(65)), &["1:1: the id "]);
    check_faults(
        &format!("@id(\"x\") {all}@id(\"x\") {all}"),
        &["2:1: the policy of line 1 has the id x too"],
    );
    policies(&format!("@id(\"{}\") {all}@id(\"a_b-9\") {all}", "a".repeat(64)));
}

#[test]
fn what_does_not_fit_the_vocabulary_is_refused_where_it_stands() {
    let table = [
        ("permit (principal, action == Action::\"workflow.lisp\", resource);", "2:30: policy x: "),
        ("permit (principal in Rolle::\"admin\", action, resource);", "2:22: policy x: "),
        ("permit (principal, action, resource) when { principal.rank > 3 };", "2:45: policy x: "),
        ("permit (principal, action, resource) when { principal.kind == \"Key\" };", "2:45: policy x: "),
        (
            "permit (principal, action, resource) when { principal.kind == Kind::\"Kay\" };",
            "2:63: policy x: ",
        ),
        ("permit (principal, action, resource) when { context.encrypted > 3 };", "2:45: policy x: "),
        ("permit (principal, action, resource == Installation::\"that\");", "2:40: policy x: "),
        ("permit (principal, action, resource) when { context.é };", "2:53: "),
        ("permit (principal, action, resource) when { \"é\" < 3 };", "2:45: policy x: "),
        (
            "permit (principal in Role::\"аdmin\", action, resource);",
            "1:1: policy x: identifier `аdmin` contains mixed scripts",
        ),
    ];
    for (policy, beginning) in table {
        let text = format!("@id(\"x\")\n{policy}");
        let faults = faults(&text);
        assert!(faults.starts_with(beginning), "{policy}\n{faults}");
    }
}

#[test]
fn all_faults_are_told_at_once_in_the_order_of_the_text() {
    check_faults(
        "@id(\"one\")\npermit (principal, action, resource) when { principal.rank };\n\
         permit (principal, action, resource) when { principal.size };\n\
         // permit (principal, action, resource);\n\
         @id(\"two\") permit (principal == ?principal, action, resource);\n\
         @id(\"one\") permit (principal, action, resource);",
        &[
            "2:45: policy one: ",
            "3:1: a policy needs",
            "3:45: ",
            "5:1: templates are not supported",
            "6:1: the policy of line 1 has",
        ],
    );
}

#[test]
fn what_is_read_is_kept_as_it_stands() {
    let text = "// Nights.\n@id(\"night\") @says(\"At night.\")\npermit (principal, action, resource); // all\n\n\
                @id(\"day\")\nforbid (principal, action, resource) when { false };";
    let policies = policies(text);
    assert_eq!(policies.text(), text);
    let listed: Vec<_> = policies.list().collect();
    assert_eq!((listed[0].id.as_str(), listed[0].says.as_deref()), ("night", Some("At night.")));
    assert_eq!(listed[0].text, &text[11..text.find(" // all").expect("it is there")]);
    assert_eq!((listed[1].id.as_str(), listed[1].says.as_deref()), ("day", None));
    assert_eq!(
        listed.iter().map(|policy| policy.effect).collect::<Vec<_>>(),
        [Effect::Permit, Effect::Forbid]
    );
    let warnings: Vec<_> = policies.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].starts_with("5:1: policy day: "), "{warnings:?}");
}

#[test]
fn a_digest_is_of_the_text_alone() {
    let text = "@id(\"x\") permit (principal, action, resource);";
    let digest = |text: &str| policies(text).digest();
    assert_eq!(digest(text), digest(text));
    assert_ne!(digest(text), digest(&format!("{text} ")));
    assert_eq!(digest(text), Policies::read(text, &Vocabulary::new(&[])).expect("it fits").digest());
}

#[test]
fn a_text_and_each_policy_have_a_greatest_length_and_depth() {
    let all = "@id(\"x\") permit (principal, action, resource) when { true };";
    let long = |length: usize| format!("{all}\n{}@id(\"y\") {}", " ".repeat(length), &all[9..]);
    let room = POLICY_BYTES_MAX - all.len();
    policies(&long(room));
    check_faults(&long(room + 1), &["1:61: a policy of more than 8192 bytes"]);
    check_faults(&";".repeat(TEXT_BYTES_MAX + 1), &["1:1: the text has 1048577 bytes"]);
    let deep = |depth: usize| all.replace("true", &format!("{}true{}", "(".repeat(depth), ")".repeat(depth)));
    // The braces of the condition are one level.
    policies(&deep(NESTING_MAX - 1));
    check_faults(&deep(NESTING_MAX), &["1:77: more than 24 brackets in each other"]);
    let quoted = format!(
        "// {}\n{}",
        "(".repeat(99),
        all.replace("true", "\"\\\"((((((((((((((((((((((((((\" == \"\"")
    );
    policies(&quoted);
}

#[test]
fn the_deepest_text_that_is_read_leaves_half_the_stack_of_a_thread() {
    let depth = NESTING_MAX - 1;
    let chains = |link: &str, last: &str| {
        let levels = format!("{}{{}}{}", "(".repeat(depth), ")".repeat(depth));
        let count = (POLICY_BYTES_MAX - 200) / link.len();
        levels.replace("{}", &format!("{}{last}", link.repeat(count)))
    };
    let conditions = [
        chains("if true then true else ", "true"),
        chains("true && ", "true"),
        chains("false || ", "true"),
        chains("1+", "1 == 1"),
        chains("1*", "1 == 1"),
        chains("-(1)-", "1 == 1"),
        format!("context{}", ".a".repeat(4000)),
        format!("principal.zones{}", ".contains(1)".repeat(600)),
        format!("context{}", "[\"a\"]".repeat(1500)),
        format!("{}1{} == 1", "{a:".repeat(depth), "}".repeat(depth)),
        "true } when { ".repeat(500) + "true",
    ];
    for condition in conditions {
        let text = format!("@id(\"x\") permit (principal, action, resource) when {{ {condition} }};");
        assert!(text.len() <= POLICY_BYTES_MAX, "{} bytes", text.len());
        let read = std::thread::Builder::new().stack_size(1 << 20).spawn(move || {
            if let Ok(policies) = Policies::read(&text, &vocabulary()) {
                policies.decide(&asked(&credential(&[]), "workflow.list@a", SAFE));
            }
        });
        read.expect("a thread").join().expect("it ends well");
    }
}

#[test]
fn no_text_makes_reading_panic() {
    let pieces = [
        "@id(\"x\")",
        "permit",
        "(principal",
        ", action",
        ", resource)",
        ";",
        "when {",
        "}",
        "//",
        "\n",
        "é",
        "?",
    ];
    let empty = Vocabulary::new(&[]);
    let mut state = 1u32;
    for _ in 0..3000 {
        let mut text = String::new();
        for _ in 0..8 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            text.push_str(pieces[(state >> 16) as usize % pieces.len()]);
        }
        let _ = Policies::read(&text, &empty);
    }
    let faults =
        Policies::read(&"x;".repeat(TEXT_BYTES_MAX / 2), &empty).expect_err("nothing of it is a policy");
    assert_eq!(faults.len(), 100, "a bounded number of faults");
}
