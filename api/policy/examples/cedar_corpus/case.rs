//! One case of the corpus: policies, entities, a schema, and requests with what is expected of them.

use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityUid, Policy, PolicyId, PolicySet, Request, Schema,
    ValidationMode, Validator,
};
use serde_json::Value;
use std::collections::{BTreeSet, VecDeque};
use std::error::Error;
use std::fs;
use std::path::Path;
use triad_policy::{Answer, Index};

type Read<T> = Result<T, Box<dyn Error>>;

/// What is found in all cases together.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) cases: usize,
    pub(crate) requests: usize,
    pub(crate) allowed: usize,
    pub(crate) erring: usize,
    pub(crate) refused: usize,
    pub(crate) policies: usize,
    pub(crate) unread: Vec<String>,
    pub(crate) differences: Vec<String>,
    pub(crate) crowded: usize,
    /// Policies of the cases before, which stand among those of a case, so that the index has something to leave out.
    others: VecDeque<Policy>,
}

/// A case has few policies, most have one.
const OTHERS_MAX: usize = 30;

/// One JSON file and what it names.
pub(crate) struct Case {
    name: String,
    set: PolicySet,
    entities: Entities,
    schema: Schema,
    is_valid: bool,
    requests: Vec<Value>,
}

impl Case {
    /// Reads a case; a file that names no policies and requests is none.
    pub(crate) fn read(path: &Path, directory: &Path) -> Read<Option<Self>> {
        let json: Value = serde_json::from_str(&fs::read_to_string(path)?)?;
        let (Some(_), Some(requests)) =
            (json.get("policies"), json.get("requests").and_then(Value::as_array))
        else {
            return Ok(None);
        };
        let named = |member: &str| read_named(&json, member, directory);
        let (schema, _) = Schema::from_cedarschema_str(&named("schema")?)?;
        Ok(Some(Self {
            name: path.display().to_string(),
            set: named("policies")?.parse()?,
            entities: Entities::from_json_str(&named("entities")?, Some(&schema))?,
            schema,
            is_valid: json.get("shouldValidate").and_then(Value::as_bool).unwrap_or_default(),
            requests: requests.clone(),
        }))
    }

    /// Answers every request in both ways, and notes what differs.
    pub(crate) fn run(&self, outcome: &mut Outcome) {
        outcome.cases += 1;
        outcome.policies += self.set.policies().count();
        if self.is_valid {
            let found = Validator::new(self.schema.clone()).validate(&self.set, ValidationMode::Strict);
            if !found.validation_passed() {
                outcome.differences.push(format!("{}: does not validate: {found}", self.name));
            }
        }
        let index = Index::new(&self.set);
        let crowd = self.crowd(outcome);
        let crowd_index = Index::new(&crowd);
        for (number, json) in self.requests.iter().enumerate() {
            outcome.requests += 1;
            let place = format!("{}: request {number}", self.name);
            match self.request(json) {
                Ok(request) => {
                    self.compare(&index, &request, json, &place, outcome);
                    self.compare_crowd(&crowd_index, &crowd, &request, &place, outcome);
                }
                // The corpus has such requests, and expects that nothing is allowed.
                Err(_) if expected(json).is_ok_and(|expected| expected.0 == Decision::Deny) => {
                    outcome.refused += 1
                }
                Err(error) => outcome.differences.push(format!("{place}: {error}")),
            }
        }
    }

    /// The policies of this case among those of cases before it.
    fn crowd(&self, outcome: &mut Outcome) -> PolicySet {
        let mut crowd = self.set.clone();
        for (number, policy) in outcome.others.iter().enumerate() {
            let named = policy.new_id(PolicyId::new(format!("other{number}")));
            crowd.add(named).expect("no policy of a case has such an id");
        }
        outcome.others.extend(self.set.policies().filter(|policy| policy.is_static()).cloned());
        let surplus = outcome.others.len().saturating_sub(OTHERS_MAX);
        outcome.others.drain(..surplus);
        crowd
    }

    fn compare_crowd(
        &self,
        index: &Index,
        crowd: &PolicySet,
        request: &Request,
        place: &str,
        outcome: &mut Outcome,
    ) {
        let indexed = index.is_authorized(request, &self.entities);
        let full = Answer::from(&Authorizer::new().is_authorized(request, crowd, &self.entities));
        if indexed != full {
            outcome
                .differences
                .push(format!("{place}: among others the index says {indexed:?}, not {full:?}"));
        }
        outcome.crowded += 1;
    }

    fn request(&self, json: &Value) -> Read<Request> {
        let part = |name: &str| -> Read<EntityUid> {
            Ok(EntityUid::from_json(json.get(name).cloned().unwrap_or_default())?)
        };
        let action = part("action")?;
        let context = json.get("context").cloned().unwrap_or_else(|| Value::Object(serde_json::Map::new()));
        let context = Context::from_json_value(context, Some((&self.schema, &action)))?;
        let is_checked = json.get("validateRequest").and_then(Value::as_bool).unwrap_or(true);
        let schema = Some(&self.schema).filter(|_| is_checked);
        Ok(Request::new(part("principal")?, action, part("resource")?, context, schema)?)
    }

    fn compare(&self, index: &Index, request: &Request, json: &Value, place: &str, outcome: &mut Outcome) {
        let indexed = index.is_authorized(request, &self.entities);
        let full = Answer::from(&Authorizer::new().is_authorized(request, &self.set, &self.entities));
        if indexed != full {
            outcome.differences.push(format!("{place}: the index says {indexed:?}, the authorizer {full:?}"));
        }
        let reasons = indexed.reasons.iter().map(ToString::to_string).collect();
        let errors = indexed.errors.keys().map(ToString::to_string).collect();
        match expected(json) {
            Ok(expected) if expected == (indexed.decision, reasons, errors) => {}
            Ok(expected) => {
                outcome
                    .differences
                    .push(format!("{place}: the index says {indexed:?}, expected is {expected:?}"));
            }
            Err(error) => outcome.differences.push(format!("{place}: {error}")),
        }
        outcome.allowed += usize::from(indexed.decision == Decision::Allow);
        outcome.erring += usize::from(!indexed.errors.is_empty());
    }
}

type Expected = (Decision, BTreeSet<String>, BTreeSet<String>);

fn expected(json: &Value) -> Read<Expected> {
    let decision = match json.get("decision").and_then(Value::as_str) {
        Some("allow") => Decision::Allow,
        Some("deny") => Decision::Deny,
        other => return Err(format!("the expected decision is {other:?}").into()),
    };
    let ids = |member: &str| -> Read<BTreeSet<String>> {
        let ids = json.get(member).and_then(Value::as_array).ok_or_else(|| format!("no {member}"))?;
        Ok(ids.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    };
    Ok((decision, ids("reason")?, ids("errors")?))
}

/// The text of the file that a member names, by a path from the directory or the one above it.
fn read_named(json: &Value, member: &str, directory: &Path) -> Read<String> {
    let path = json.get(member).and_then(Value::as_str).ok_or_else(|| format!("it names no {member}"))?;
    let whole = directory.canonicalize()?;
    let above = whole.parent().unwrap_or(&whole);
    Ok(fs::read_to_string(whole.join(path)).or_else(|_| fs::read_to_string(above.join(path)))?)
}
