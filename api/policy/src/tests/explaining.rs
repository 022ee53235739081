//! Explanations: what decided, and remedies that hold.

use super::*;
use crate::Change;

/// The remedies as words, one a line.
fn remedies(
    policies: &Policies,
    credential: &Credential,
    action: &str,
    circumstances: Circumstances,
) -> Vec<String> {
    let explanation = policies.explain(&asked(credential, action, circumstances));
    assert!(explanation.complete);
    let words =
        |changes: &Vec<Change>| changes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", and ");
    explanation.remedies.iter().map(words).collect()
}

#[test]
fn what_is_allowed_says_by_which_policies_in_words() {
    let explanation = shipped().explain(&asked(&credential(&["auditor"]), "workflow.output@a", SAFE));
    assert!(explanation.verdict.allowed && explanation.against.is_empty() && explanation.remedies.is_empty());
    let says = explanation.because.iter().map(|policy| policy.says.as_deref().expect("it says something"));
    assert_eq!(says.collect::<Vec<_>>(), ["An auditor sees everything, content too, and changes nothing."]);
}

#[test]
fn a_refusal_names_the_policies_against_it() {
    let explanation = shipped().explain(&asked(&credential(&["admin"]), "workflow.list@b", IN_THE_CLEAR));
    let against: Vec<_> = explanation.against.iter().map(|policy| policy.id.as_str()).collect();
    assert_eq!(against, ["tenant-isolation", "in-the-clear"], "in the order of the text");
    assert_eq!(explanation.because, []);
}

#[test]
fn a_refusal_says_the_smallest_changes_that_would_allow_it() {
    let policies = shipped();
    let say = |credential: &Credential, action, circumstances| {
        remedies(&policies, credential, action, circumstances)
    };
    assert_eq!(
        say(&credential(&[]), "workflow.submit@a", SAFE),
        ["give it the role admin", "give it the role submitter"]
    );
    assert_eq!(
        say(&credential(&["admin"]), "workflow.list@b", SAFE),
        ["give it the tenant b", "give it every tenant"]
    );
    assert_eq!(say(&credential(&["operator"]), "engine.pause", SAFE), ["give it every tenant"]);
    assert_eq!(
        say(&credential(&["submitter"]), "workflow.list@a", IN_THE_CLEAR),
        ["ask over an encrypted connection"]
    );
    assert_eq!(
        say(&credential(&["submitter"]), "gate.approve@b", SAFE),
        [
            "give it the tenant b, and give it the role admin",
            "give it the tenant b, and give it the role approver",
            "give it the role admin, and give it every tenant",
            "give it the role approver, and give it every tenant",
        ]
    );
    assert_eq!(say(&credential(&[]), "gate.approve@b", IN_THE_CLEAR).len(), 4, "three changes each");
    assert_eq!(say(&everywhere(&["admin"]), "workflow.lisp@a", SAFE), [""; 0]);
}

#[test]
fn what_nothing_known_would_allow_has_no_remedy() {
    let policies = policies(
        "@id(\"all\") permit (principal in Role::\"admin\", action, resource);
         @id(\"never\") forbid (principal, action in Action::\"Submit\", resource);",
    );
    assert_eq!(remedies(&policies, &credential(&[]), "workflow.submit@a", SAFE), [""; 0]);
    check(&policies, &credential(&["admin"]), "workflow.submit@a", "refuse never");
}

#[test]
fn a_remedy_may_need_a_role_that_only_a_condition_names() {
    let policies = policies(
        "@id(\"x\") permit (principal, action, resource) when { principal in Role::\"night\" };
         @id(\"y\") forbid (principal in Role::\"day\", action, resource);",
    );
    assert_eq!(
        remedies(&policies, &credential(&[]), "workflow.list@a", SAFE),
        ["give it the role night"],
        "and not the role that is against it"
    );
}

#[test]
fn many_roles_are_tried_within_a_bound() {
    let mut text = String::new();
    for number in 0..200 {
        text.push_str(&format!(
            "@id(\"r{number}\") permit (principal in Role::\"r{number}\", action == Action::\"health\", resource);\n"
        ));
    }
    let policies = policies(&text);
    let explanation = policies.explain(&asked(&credential(&[]), "workflow.list@a", SAFE));
    assert!(!explanation.complete && explanation.remedies.is_empty());
}
