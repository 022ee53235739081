//! What the shipped roles may do, and what binds everybody.

use super::*;
use std::collections::BTreeSet;

#[test]
fn each_role_may_do_within_its_tenants_what_it_is_for() {
    let policies = shipped();
    let roles = ["submitter", "operator", "approver", "auditor", "admin"];
    let table = [
        ("workflow.list@a", "yes yes yes yes yes"),
        ("workflow.output@a", "yes - - yes yes"),
        ("workflow.submit@a", "yes - - - yes"),
        ("workflow.cancel@a", "yes yes - - yes"),
        ("tenant.drain@a", "- yes - - yes"),
        ("gate.approve@a", "- - yes - yes"),
        ("tenant.records@a", "- - - yes yes"),
        ("tenant.setting@a", "- - - - yes"),
    ];
    for (action, row) in table {
        for (role, cell) in roles.iter().zip(row.split(' ')) {
            let expected = if cell == "yes" { format!("allow {role}") } else { "refuse".to_owned() };
            check(&policies, &credential(&[role]), action, &expected);
        }
    }
}

#[test]
fn only_who_has_every_tenant_sees_the_installation_or_does_something_to_it() {
    let policies = shipped();
    let table = [
        ("submitter", "health", "refuse whole-installation", "refuse"),
        ("operator", "health", "refuse whole-installation", "allow operator"),
        ("operator", "engine.pause", "refuse whole-installation", "allow operator"),
        ("auditor", "log.records", "refuse whole-installation", "allow auditor"),
        ("admin", "policy.set", "refuse whole-installation", "allow admin"),
        ("operator", "policy.set", "refuse whole-installation", "refuse"),
    ];
    for (role, action, with_one_tenant, with_all) in table {
        check(&policies, &credential(&[role]), action, with_one_tenant);
        check(&policies, &everywhere(&[role]), action, with_all);
    }
}

#[test]
fn no_role_reaches_a_tenant_that_its_credential_was_not_given() {
    let policies = shipped();
    let tenants = |tenants: &[&str]| Credential {
        tenants: Tenants::These(tenants.iter().map(|tenant| (*tenant).to_owned()).collect()),
        ..credential(&["admin"])
    };
    check(&policies, &credential(&["admin"]), "workflow.list@b", "refuse tenant-isolation");
    check(&policies, &tenants(&[]), "workflow.list@a", "refuse tenant-isolation");
    check(&policies, &tenants(&["a", "b"]), "workflow.list@b", "allow admin");
    check(&policies, &tenants(&["A"]), "workflow.list@a", "refuse tenant-isolation");
    check(&policies, &tenants(&["a "]), "workflow.list@a", "refuse tenant-isolation");
    check(&policies, &everywhere(&["admin"]), "workflow.list@new", "allow admin");
}

#[test]
fn nothing_is_asked_in_the_clear_but_from_this_machine() {
    let policies = shipped();
    let admin = everywhere(&["admin"]);
    let here = Circumstances { encrypted: false, loopback: true };
    check_in(IN_THE_CLEAR, &policies, &admin, "workflow.list@a", "refuse in-the-clear");
    check_in(here, &policies, &admin, "workflow.list@a", "allow admin");
    let stranger = credential(&[]);
    check_in(IN_THE_CLEAR, &policies, &stranger, "workflow.list@b", "refuse in-the-clear tenant-isolation");
}

#[test]
fn a_role_that_no_policy_names_gives_nothing() {
    let policies = shipped();
    for roles in [&[][..], &["Admin"], &["root"], &["admin "], &["\"admin"]] {
        for action in ACTIONS {
            let name = match action.scope {
                Scope::Tenant => format!("{}@a", action.name),
                Scope::Installation => action.name.to_owned(),
            };
            check(&policies, &everywhere(roles), &name, "refuse");
        }
    }
}

#[test]
fn roles_add_up() {
    let policies = shipped();
    let both = credential(&["approver", "submitter", "nobody"]);
    check(&policies, &both, "workflow.list@a", "allow approver submitter");
    check(&policies, &both, "workflow.submit@a", "allow submitter");
    check(&policies, &both, "gate.approve@a", "allow approver");
}

#[test]
fn what_is_no_question_is_refused_and_says_why() {
    let policies = shipped();
    let admin = everywhere(&["admin"]);
    let table = [
        ("workflow.lisp@a", "no action is named \"workflow.lisp\""),
        ("Read@a", "no action is named \"Read\""),
        ("workflow.list", "the action workflow.list is about a tenant, and none was named"),
        ("policy.set@a", "the action policy.set is not about a tenant"),
    ];
    for (action, expected) in table {
        let verdict = policies.decide(&asked(&admin, action, SAFE));
        assert!(!verdict.allowed && verdict.policies.is_empty(), "{action}");
        assert_eq!(verdict.errors, [expected]);
    }
}

#[test]
fn the_shipped_policies_fit_every_vocabulary() {
    Policies::shipped(&Vocabulary::new(&[]));
    for action in ACTIONS {
        Policies::shipped(&Vocabulary::new(&[*action]));
    }
    let shipped = shipped();
    assert_eq!(shipped.warnings(), []);
    let names = ["admin", "approver", "auditor", "operator", "submitter"];
    assert_eq!(shipped.roles(), BTreeSet::from(names.map(str::to_owned)));
    assert!(shipped.list().all(|policy| policy.says.is_some()), "people are told what each means");
}

#[test]
fn policies_see_all_of_a_credential() {
    let policies = policies(
        "@id(\"all\") permit (principal, action, resource == Tenant::\"a\") when {
           principal == Credential::\"07070707070707070707070707070707\" && principal.owner == \"erin\"
           && principal.kind == Kind::\"Key\" && principal.zones == [\"eu\"] && !principal.everywhere
           && principal.classes.contains(\"public\") && principal in Role::\"any\" && context.encrypted };",
    );
    let whole = credential(&["any"]);
    check(&policies, &whole, "workflow.list@a", "allow all");
    let others = [
        Credential { id: [8; 16], ..whole.clone() },
        Credential { owner: "mallory".to_owned(), ..whole.clone() },
        Credential { kind: CredentialKind::Link, ..whole.clone() },
        Credential { zones: vec!["eu".to_owned(), "us".to_owned()], ..whole.clone() },
        Credential { tenants: Tenants::All, ..whole.clone() },
        Credential { classes: Vec::new(), ..whole.clone() },
        Credential { roles: Vec::new(), ..whole.clone() },
    ];
    for other in &others {
        check(&policies, other, "workflow.list@a", "refuse");
    }
    check_in(IN_THE_CLEAR, &policies, &whole, "workflow.list@a", "refuse");
}

#[test]
fn a_policy_that_cannot_be_evaluated_permits_nothing_and_forbids() {
    let overflow = "9223372036854775807 + 1 == 0";
    let policies = policies(&format!(
        "@id(\"all\") permit (principal, action, resource);
         @id(\"more\") permit (principal, action, resource) when {{ {overflow} }};
         @id(\"less\") forbid (principal in Role::\"night\", action, resource) when {{ {overflow} }};
         @id(\"stop\") forbid (principal in Role::\"stop\", action, resource);"
    ));
    check(&policies, &credential(&[]), "workflow.list@a", "allow all");
    check(&policies, &credential(&["night"]), "workflow.list@a", "refuse less");
    check(&policies, &credential(&["night", "stop"]), "workflow.list@a", "refuse less stop");
    let verdict = policies.decide(&asked(&credential(&["night"]), "workflow.list@a", SAFE));
    let beginnings = ["policy less: integer overflow", "policy more: integer overflow"];
    assert_eq!(verdict.errors.len(), 2);
    assert!(
        verdict.errors.iter().zip(beginnings).all(|(error, beginning)| error.starts_with(beginning)),
        "{verdict:?}"
    );
}
