//! Policies: a text that was read against a vocabulary, and decides what is asked.

use crate::asked::Asked;
use crate::fault::Fault;
use crate::index::Index;
use crate::model::{Model, Question, Unasked};
use crate::policy::Policy;
use crate::reading::{self, Read};
use crate::remembered::Remembered;
use crate::verdict::Verdict;
use crate::vocabulary::Vocabulary;
use cedar_policy::PolicySet;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// What the digest is of, before the text, so that it is no digest of anything else.
const DIGEST_CONTEXT: &[u8] = b"triad policies v1\0";
const SHIPPED: &str = include_str!("shipped.cedar");

/// Policies that fit their vocabulary. They never change.
pub struct Policies {
    text: String,
    digest: [u8; 32],
    model: Arc<Model>,
    set: PolicySet,
    index: Index,
    policies: Vec<Policy>,
    warnings: Vec<Fault>,
    remembered: Remembered,
}

/// Without what Cedar keeps of them, which is pages long.
impl fmt::Debug for Policies {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Policies").field("policies", &self.policies).finish_non_exhaustive()
    }
}

impl Policies {
    /// Reads a text. It is refused with every fault of it, sorted by place: each policy needs an `@id("…")`
    /// of 1 to 64 of the characters a-z, 0-9, - and _ that no other has, and must fit the vocabulary by
    /// Cedar's strict rules.
    pub fn read(text: &str, vocabulary: &Vocabulary) -> Result<Self, Vec<Fault>> {
        let Read { set, policies, warnings } = reading::read(text, vocabulary)?;
        let digest = Sha256::new().chain_update(DIGEST_CONTEXT).chain_update(text);
        Ok(Self {
            text: text.to_owned(),
            digest: digest.finalize().into(),
            model: Arc::clone(vocabulary.model()),
            index: Index::new(&set),
            set,
            policies,
            warnings,
            remembered: Remembered::default(),
        })
    }

    /// The policies that TRIAD ships with. They fit every vocabulary, because they name rights and no
    /// actions.
    pub fn shipped(vocabulary: &Vocabulary) -> Self {
        Self::read(SHIPPED, vocabulary)
            .expect("invariant: the shipped policies name only what every vocabulary has")
    }

    /// The text as it was read.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// SHA-256 over `triad policies v1`, a zero byte, and the text.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Whether it may be done. What no policy permits is refused, and so is what any policy forbids.
    pub fn decide(&self, asked: &Asked<'_>) -> Verdict {
        self.remembered.verdict(asked.bytes(), || self.evaluate(asked))
    }

    /// The policies, in the order of the text.
    pub fn list(&self) -> impl Iterator<Item = Policy> {
        self.policies.iter().cloned()
    }

    /// The policies that can never apply in this vocabulary, and why.
    pub fn warnings(&self) -> &[Fault] {
        &self.warnings
    }

    /// The roles that policies name.
    pub fn roles(&self) -> BTreeSet<String> {
        let literals = self.set.policies().flat_map(cedar_policy::Policy::entity_literals);
        literals.filter_map(|entity| self.model.role_name(&entity).map(str::to_owned)).collect()
    }

    /// What is asked, in Cedar's terms: for who compares what decides here with Cedar's own authorizer.
    pub fn question(&self, asked: &Asked<'_>) -> Result<Question, Unasked> {
        self.model.question(asked)
    }

    /// The policies in Cedar's terms.
    pub fn set(&self) -> &PolicySet {
        &self.set
    }

    /// Decides without looking for what is remembered, and without remembering.
    pub(crate) fn evaluate(&self, asked: &Asked<'_>) -> Verdict {
        match self.question(asked) {
            Ok(Question { request, entities }) => {
                let answer = self.index.is_authorized(&request, &entities);
                Verdict::new(answer, |id| {
                    self.set.policy(id).is_some_and(|policy| policy.effect() == cedar_policy::Effect::Forbid)
                })
            }
            Err(unasked) => unasked.into(),
        }
    }

    #[cfg(test)]
    pub(crate) fn remembered_len(&self) -> usize {
        self.remembered.len()
    }

    pub(crate) fn named(&self, ids: &[String]) -> impl Iterator<Item = &Policy> {
        self.policies.iter().filter(|policy| ids.contains(&policy.id))
    }
}
