//! Tests of the policies. Most are rows of tables that go through one door, [`check`].

mod deciding;
mod explaining;
mod index_equals_authorizer;
mod reading;
mod remembering;
mod shipped;
mod vocabulary;

use crate::{
    Action, Asked, Circumstances, Credential, CredentialKind, Policies, Right, Scope, Tenants, Vocabulary,
};

/// One action for each right and scope, named so that a table can be read.
const ACTIONS: &[Action] = &[
    Action { name: "workflow.list", right: Right::Read, scope: Scope::Tenant },
    Action { name: "workflow.output", right: Right::ReadContent, scope: Scope::Tenant },
    Action { name: "workflow.submit", right: Right::Submit, scope: Scope::Tenant },
    Action { name: "workflow.cancel", right: Right::Control, scope: Scope::Tenant },
    Action { name: "tenant.drain", right: Right::Operate, scope: Scope::Tenant },
    Action { name: "gate.approve", right: Right::Approve, scope: Scope::Tenant },
    Action { name: "tenant.records", right: Right::Audit, scope: Scope::Tenant },
    Action { name: "tenant.setting", right: Right::Administer, scope: Scope::Tenant },
    Action { name: "health", right: Right::Read, scope: Scope::Installation },
    Action { name: "engine.pause", right: Right::Operate, scope: Scope::Installation },
    Action { name: "log.records", right: Right::Audit, scope: Scope::Installation },
    Action { name: "policy.set", right: Right::Administer, scope: Scope::Installation },
];

const SAFE: Circumstances = Circumstances { encrypted: true, loopback: false };
const IN_THE_CLEAR: Circumstances = Circumstances { encrypted: false, loopback: false };

fn vocabulary() -> Vocabulary {
    Vocabulary::new(ACTIONS)
}

fn shipped() -> Policies {
    Policies::shipped(&vocabulary())
}

fn policies(text: &str) -> Policies {
    Policies::read(text, &vocabulary()).expect("the text has no fault")
}

/// A credential of the tenant `a` alone.
fn credential(roles: &[&str]) -> Credential {
    Credential {
        id: [7; 16],
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        tenants: Tenants::These(vec!["a".to_owned()]),
        owner: "erin".to_owned(),
        kind: CredentialKind::Key,
        zones: vec!["eu".to_owned()],
        classes: vec!["public".to_owned()],
    }
}

fn everywhere(roles: &[&str]) -> Credential {
    Credential { tenants: Tenants::All, ..credential(roles) }
}

/// `ACTION` is asked about the installation, `ACTION@TENANT` about that tenant.
fn asked<'a>(credential: &'a Credential, action: &'a str, circumstances: Circumstances) -> Asked<'a> {
    match action.split_once('@') {
        Some((action, tenant)) => Asked { credential, action, tenant: Some(tenant), circumstances },
        None => Asked { credential, action, tenant: None, circumstances },
    }
}

/// Asks in safe circumstances. Expected is `allow` or `refuse`, and then the ids of the policies that decide.
#[track_caller]
fn check(policies: &Policies, credential: &Credential, action: &str, expected: &str) {
    check_in(SAFE, policies, credential, action, expected);
}

#[track_caller]
fn check_in(
    circumstances: Circumstances,
    policies: &Policies,
    credential: &Credential,
    action: &str,
    expected: &str,
) {
    let verdict = policies.decide(&asked(credential, action, circumstances));
    let mut decided = vec![if verdict.allowed { "allow" } else { "refuse" }];
    decided.extend(verdict.policies.iter().map(String::as_str));
    assert_eq!(decided.join(" "), expected, "{action} for {:?}, {:?}", credential.roles, verdict.errors);
}
