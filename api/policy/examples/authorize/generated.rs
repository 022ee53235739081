//! Policies and questions as an installation may have them: roles by actions by tenants, with conditions and
//! exceptions.

use triad_policy::{Action, Circumstances, Credential, CredentialKind, Right, Scope, Tenants};

const NAMES: [&str; 32] = [
    "workflow.list",
    "workflow.show",
    "workflow.submit",
    "workflow.cancel",
    "workflow.pause",
    "workflow.resume",
    "workflow.events",
    "task.show",
    "task.input",
    "task.output",
    "task.errors",
    "subject.hold",
    "subject.release",
    "subject.erase",
    "setting.show",
    "setting.set",
    "alert.list",
    "alert.acknowledge",
    "stream.list",
    "stream.resume",
    "engine.pause",
    "engine.resume",
    "log.records",
    "log.proof",
    "log.checkpoint",
    "receipt.show",
    "gate.list",
    "gate.approve",
    "gate.refuse",
    "credential.list",
    "credential.create",
    "policy.set",
];
const CONDITIONS: [&str; 6] = [
    "",
    "when { principal.classes.contains(\"public\") }",
    "when { context.encrypted && principal.zones.contains(\"eu\") }",
    "unless { principal.kind == Kind::\"Link\" || principal.kind == Kind::\"Anonymous\" }",
    "when { principal.tenants.contains(resource) || principal.everywhere }",
    "when { principal.owner like \"team-*\" } unless { context.loopback }",
];
const TENANTS: usize = 50;

/// An action for each name, one in six about the installation.
pub(crate) fn actions() -> Vec<Action> {
    let scope = |number| if number % 6 == 5 { Scope::Installation } else { Scope::Tenant };
    let action = |(number, name): (usize, &&'static str)| Action {
        name,
        right: Right::ALL[number % Right::ALL.len()],
        scope: scope(number),
    };
    NAMES.iter().enumerate().map(action).collect()
}

/// A text of so many policies: one role for each five, each permitted actions by name, by right or all,
/// somewhere or everywhere.
pub(crate) fn policies(count: usize) -> String {
    let mut text = String::from(
        "@id(\"isolation\") forbid (principal, action, resource is Tenant)
         unless { principal.everywhere || principal.tenants.contains(resource) };
         @id(\"clear\") forbid (principal, action, resource) unless { context.encrypted || context.loopback };\n",
    );
    for number in 2..count {
        let action = match number % 4 {
            0 => format!("action == Action::\"{}\"", NAMES[number * 7 % NAMES.len()]),
            1 => format!("action in Action::\"{}\"", right(number)),
            2 => format!("action in [Action::\"{}\", Action::\"{}\"]", right(number), right(number / 3)),
            _ if number % 16 == 3 => "action".to_owned(),
            _ => format!("action in [Action::\"{}\"]", NAMES[number * 5 % NAMES.len()]),
        };
        let resource = match number % 3 {
            0 => "resource is Tenant".to_owned(),
            1 => format!("resource == Tenant::\"t{}\"", number % TENANTS),
            _ => "resource".to_owned(),
        };
        let effect = if number % 8 == 7 { "forbid" } else { "permit" };
        let (role, condition) = (number % roles(count), condition(number, effect));
        text.push_str(&format!(
            "@id(\"p{number}\") {effect} (principal in Role::\"r{role}\", {action}, {resource}) {condition};\n"
        ));
    }
    text
}

fn right(number: usize) -> &'static str {
    Right::ALL[number % Right::ALL.len()].name()
}

fn roles(count: usize) -> usize {
    (count / 5).max(2)
}

fn condition(number: usize, effect: &str) -> &'static str {
    match effect {
        "forbid" => "when { principal.kind == Kind::\"Link\" && !principal.classes.contains(\"secret\") }",
        // About an installation this one would compare what is no tenant.
        _ if number % 6 == 4 && number % 3 == 2 => "",
        _ => CONDITIONS[number % CONDITIONS.len()],
    }
}

/// What is asked, and by whom: one to four roles, one to three tenants, mostly a tenant of its own.
pub(crate) struct Question {
    pub(crate) credential: Credential,
    pub(crate) action: &'static str,
    pub(crate) tenant: Option<String>,
    pub(crate) circumstances: Circumstances,
}

/// So many questions, each of a credential of its own, for a text of `policies` policies. The same for the
/// same numbers.
pub(crate) fn questions(policies: usize, count: usize) -> Vec<Question> {
    let actions = actions();
    let mut state = 1u64;
    let mut below = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % bound
    };
    let question = |number: usize| {
        let roles = (0..1 + below(4)).map(|_| format!("r{}", below(roles(policies)))).collect();
        let tenants: Vec<String> = (0..1 + below(3)).map(|_| format!("t{}", below(TENANTS))).collect();
        let action = actions[below(actions.len())];
        let tenant = if below(5) == 0 { format!("t{}", below(TENANTS)) } else { tenants[0].clone() };
        let kind = CredentialKind::ALL[below(CredentialKind::ALL.len())];
        let credential = Credential {
            id: (number as u128).to_be_bytes(),
            roles,
            tenants: if below(10) == 0 { Tenants::All } else { Tenants::These(tenants) },
            owner: format!("team-{}", below(9)),
            kind,
            zones: vec!["eu".to_owned()],
            classes: vec!["public".to_owned(), "internal".to_owned()],
        };
        Question {
            credential,
            action: action.name,
            tenant: Some(tenant).filter(|_| action.scope == Scope::Tenant),
            circumstances: Circumstances { encrypted: below(10) > 0, loopback: below(2) == 0 },
        }
    };
    (0..count).map(question).collect()
}
