//! Reading a text of policies: every fault of it at once, each with its place.

use crate::bounds::{self, FAULTS_MAX};
use crate::fault::Fault;
use crate::policy::{Effect, Policy};
use crate::vocabulary::Vocabulary;
use cedar_policy::{PolicyId, PolicySet, ValidationMode, ValidationWarning, Validator};
use std::collections::BTreeMap;
use std::str::FromStr;

const ID_LENGTH_MAX: usize = 64;

/// A text that was read: what to evaluate and what to show.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) set: PolicySet,
    /// In the order of the text.
    pub(crate) policies: Vec<Policy>,
    /// What fits the vocabulary, and yet can never apply.
    pub(crate) warnings: Vec<Fault>,
}

/// A policy with its place in the text.
struct Statement {
    policy: cedar_policy::Policy,
    text: String,
    offset: usize,
}

/// Reads a text against a vocabulary.
pub(crate) fn read(text: &str, vocabulary: &Vocabulary) -> Result<Read, Vec<Fault>> {
    bounds::check(text).map_err(|fault| vec![fault])?;
    let parsed = PolicySet::from_str(text).map_err(|errors| {
        let faults = errors.iter().take(FAULTS_MAX).map(|error| Fault::found(text, error, None, 0));
        sorted(faults.collect())
    })?;
    let (statements, mut faults) = statements(text, &parsed);
    let named = named(text, &statements, &mut faults);
    let (set, warnings) = validated(text, &named, vocabulary, &mut faults);
    if !faults.is_empty() {
        return Err(sorted(faults));
    }
    let policies = named.iter().map(|(id, statement)| shown(id, statement)).collect();
    Ok(Read { set, policies, warnings: sorted(warnings) })
}

fn sorted(mut faults: Vec<Fault>) -> Vec<Fault> {
    faults.sort();
    faults.dedup();
    faults
}

/// The policies in the order of the text, which Cedar numbers them by, and a fault for each template.
fn statements(text: &str, parsed: &PolicySet) -> (Vec<Statement>, Vec<Fault>) {
    let mut found = BTreeMap::new();
    for policy in parsed.policies() {
        let source = policy.to_cedar().unwrap_or_else(|| policy.to_string());
        found.insert(number(policy.id()), (source, Some(policy.clone())));
    }
    for template in parsed.templates() {
        found.insert(number(template.id()), (template.to_cedar(), None));
    }
    let (mut statements, mut faults, mut cursor) = (Vec::new(), Vec::new(), 0);
    for (source, policy) in found.into_values() {
        let offset = cursor + blank_length(&text[cursor..]);
        // A policy is found where it stands; were it ever not, its faults would name the policy before.
        if text[offset..].starts_with(&source) {
            cursor = offset + source.len();
        }
        match policy {
            Some(policy) => statements.push(Statement { policy, text: source, offset }),
            None if faults.len() < FAULTS_MAX => {
                let message = "templates are not supported: nothing would link them".to_owned();
                faults.push(Fault::at(text, offset, None, message));
            }
            None => {}
        }
    }
    (statements, faults)
}

/// Cedar names the policies of a text `policy0`, `policy1` and so on.
fn number(id: &PolicyId) -> usize {
    let id: &str = id.as_ref();
    id.trim_start_matches("policy").parse().unwrap_or(usize::MAX)
}

/// The length of the white space and the comments at the beginning of a text.
fn blank_length(text: &str) -> usize {
    let mut rest = text.trim_start();
    while rest.starts_with("//") {
        rest = rest.split_once('\n').map_or("", |(_, below)| below).trim_start();
    }
    text.len() - rest.len()
}

/// The policies by the ids of their annotations. One without a good id keeps Cedar's, so that its other
/// faults are found too.
fn named<'a>(
    text: &str,
    statements: &'a [Statement],
    faults: &mut Vec<Fault>,
) -> Vec<(PolicyId, &'a Statement)> {
    let mut taken = BTreeMap::new();
    let mut named = Vec::new();
    for statement in statements {
        let id = good_id(&statement.policy).and_then(|id| match taken.insert(id.clone(), statement.offset) {
            None => Ok(id),
            Some(other) => Err(format!("the policy of line {} has the id {id} too", line(text, other))),
        });
        let id = id.unwrap_or_else(|message| {
            if faults.len() < FAULTS_MAX {
                faults.push(Fault::at(text, statement.offset, None, message));
            }
            // No annotation can say this, so that it is nobody's.
            format!("without id {}", named.len())
        });
        named.push((PolicyId::new(id), statement));
    }
    named
}

fn line(text: &str, offset: usize) -> usize {
    Fault::at(text, offset, None, String::new()).line
}

fn good_id(policy: &cedar_policy::Policy) -> Result<String, String> {
    let Some(id) = policy.annotation("id") else {
        return Err("a policy needs an annotation @id(\"…\") before it".to_owned());
    };
    if is_good_id(id) {
        Ok(id.to_owned())
    } else {
        Err(format!("the id {id:?} is not 1 to {ID_LENGTH_MAX} of the characters a-z, 0-9, - and _"))
    }
}

fn is_good_id(id: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    (1..=ID_LENGTH_MAX).contains(&id.len()) && id.bytes().all(good)
}

/// The set under its own ids, and warnings. What does not fit the vocabulary, or does not mean what it looks
/// like, is a fault.
fn validated(
    text: &str,
    named: &[(PolicyId, &Statement)],
    vocabulary: &Vocabulary,
    faults: &mut Vec<Fault>,
) -> (PolicySet, Vec<Fault>) {
    let renamed = named.iter().map(|(id, statement)| statement.policy.new_id(id.clone()));
    let set =
        PolicySet::from_policies(renamed).expect("invariant: these ids are unique, and no template is here");
    let found = Validator::new(vocabulary.validated_schema().clone()).validate(&set, ValidationMode::Strict);
    let place = |id: &PolicyId| {
        let statement = named.iter().find(|(named, _)| named == id);
        let name: &str = id.as_ref();
        (is_good_id(name).then(|| name.to_owned()), statement.map_or(0, |(_, statement)| statement.offset))
    };
    for error in found.validation_errors().take(FAULTS_MAX) {
        let (id, offset) = place(error.policy_id());
        faults.push(Fault::found(text, error, id, offset));
    }
    let mut warnings = Vec::new();
    for warning in found.validation_warnings().take(FAULTS_MAX) {
        let (id, offset) = place(warning.policy_id());
        let fault = Fault::found(text, warning, id, offset);
        if never_applies(warning) { warnings.push(fault) } else { faults.push(fault) }
    }
    (set, warnings)
}

/// That a policy never applies is no fault: the vocabulary may be smaller than the one that it was written
/// for.
fn never_applies(warning: &ValidationWarning) -> bool {
    matches!(warning, ValidationWarning::ImpossiblePolicy(_) | ValidationWarning::InvalidActionApplication(_))
}

fn shown(id: &PolicyId, statement: &Statement) -> Policy {
    Policy {
        id: id.to_string(),
        says: statement.policy.annotation("says").map(str::to_owned),
        text: statement.text.clone(),
        effect: match statement.policy.effect() {
            cedar_policy::Effect::Permit => Effect::Permit,
            cedar_policy::Effect::Forbid => Effect::Forbid,
        },
    }
}
