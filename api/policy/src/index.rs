//! The index: it evaluates only the policies whose scope can match, and answers as Cedar's authorizer does
//! for all of them.
//!
//! Policies with the same keys lie in one set. A request reaches the sets under its keys; Cedar's authorizer
//! evaluates each, and the answers are joined. What the index cannot place lies in a set of its own, which is
//! evaluated for every request.

use crate::scope_key::{Key, Keys};
use cedar_policy::{
    AuthorizationError, Authorizer, Decision, Entities, Policy, PolicyId, PolicySet, Request, Response,
};
use std::collections::{BTreeMap, BTreeSet};

type ByResource = BTreeMap<Key, PolicySet>;
type ByPrincipal = BTreeMap<Key, ByResource>;

/// Policies by what their scopes name.
#[derive(Debug)]
pub struct Index {
    authorizer: Authorizer,
    by_action: BTreeMap<Key, ByPrincipal>,
    /// Policies that were made from templates, which cannot leave the set of their template.
    unplaced: Option<PolicySet>,
}

/// What a set of policies says to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Allow or deny.
    pub decision: Decision,
    /// The policies that decided: those that forbid, or if none does, those that permit.
    pub reasons: BTreeSet<PolicyId>,
    /// The policies that could not be evaluated, and why. They count for nothing.
    pub errors: BTreeMap<PolicyId, String>,
}

impl Index {
    /// The index of these policies.
    pub fn new(policies: &PolicySet) -> Self {
        let mut index = Self { authorizer: Authorizer::new(), by_action: BTreeMap::new(), unplaced: None };
        let mut unplaced = policies.clone();
        for policy in policies.policies().filter(|policy| policy.is_static()) {
            unplaced.remove_static(policy.id().clone()).expect("invariant: it is in the set");
            index.place(policy);
        }
        index.unplaced = Some(unplaced).filter(|set| set.policies().next().is_some());
        index
    }

    fn place(&mut self, policy: &Policy) {
        let (principal, resource) = (Key::of_principal(policy), Key::of_resource(policy));
        for action in Key::of_action(policy) {
            let by_principal = self.by_action.entry(action).or_default();
            let by_resource = by_principal.entry(principal.clone()).or_default();
            let set = by_resource.entry(resource.clone()).or_default();
            set.add(policy.clone()).expect("invariant: ids of a set are unique");
        }
    }

    /// What [`Authorizer::is_authorized`] answers for all policies.
    pub fn is_authorized(&self, request: &Request, entities: &Entities) -> Answer {
        let mut joined = Joined::default();
        let mut evaluate =
            |set: &PolicySet| joined.add(&self.authorizer.is_authorized(request, set, entities));
        match Keys::of(request, entities) {
            Some(keys) => self.reached(&keys).for_each(&mut evaluate),
            None => self.placed().for_each(&mut evaluate),
        }
        self.unplaced.iter().for_each(evaluate);
        joined.answer()
    }

    fn placed(&self) -> impl Iterator<Item = &PolicySet> {
        self.by_action.values().flat_map(BTreeMap::values).flat_map(BTreeMap::values)
    }

    fn reached<'a>(&'a self, keys: &'a Keys) -> impl Iterator<Item = &'a PolicySet> {
        let by_principal = keys.action.iter().filter_map(|key| self.by_action.get(key));
        let by_resource =
            by_principal.flat_map(|below| keys.principal.iter().filter_map(|key| below.get(key)));
        by_resource.flat_map(|below| keys.resource.iter().filter_map(|key| below.get(key)))
    }
}

/// The answers of parts of a set, on their way to the answer of all of it.
#[derive(Debug, Default)]
struct Joined {
    permits: BTreeSet<PolicyId>,
    forbids: BTreeSet<PolicyId>,
    errors: BTreeMap<PolicyId, String>,
}

impl Joined {
    /// A part that denies says who forbids, and hides who permits; nobody needs that, since then the whole
    /// denies as well.
    fn add(&mut self, response: &Response) {
        let reasons = response.diagnostics().reason().cloned();
        match response.decision() {
            Decision::Allow => self.permits.extend(reasons),
            Decision::Deny => self.forbids.extend(reasons),
        }
        self.errors.extend(errors(response));
    }

    fn answer(self) -> Answer {
        let allowed = self.forbids.is_empty() && !self.permits.is_empty();
        let (decision, reasons) =
            if allowed { (Decision::Allow, self.permits) } else { (Decision::Deny, self.forbids) };
        Answer { decision, reasons, errors: self.errors }
    }
}

impl From<&Response> for Answer {
    fn from(response: &Response) -> Self {
        let reasons = response.diagnostics().reason().cloned().collect();
        Self { decision: response.decision(), reasons, errors: errors(response).collect() }
    }
}

fn errors(response: &Response) -> impl Iterator<Item = (PolicyId, String)> {
    response.diagnostics().errors().map(|error| {
        let AuthorizationError::PolicyEvaluationError(error) = error;
        (error.policy_id().clone(), error.inner().to_string())
    })
}
