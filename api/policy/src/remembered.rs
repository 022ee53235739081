//! What was decided lately, so that the same question is answered without being decided again.
//!
//! The policies own it, and they never change, so that nothing in it ever becomes wrong. There are two
//! generations: when the younger is full, it becomes the older one, and what was there is forgotten.

use crate::verdict::Verdict;
use std::collections::BTreeMap;
use std::mem;
use std::sync::Mutex;

/// How many verdicts a generation holds.
const GENERATION: usize = 2048;
/// A question longer than this is decided each time.
const QUESTION_BYTES_MAX: usize = 4096;

/// Verdicts by the bytes of their questions.
#[derive(Debug, Default)]
pub(crate) struct Remembered(Mutex<Generations>);

#[derive(Debug, Default)]
struct Generations {
    young: BTreeMap<Vec<u8>, Verdict>,
    old: BTreeMap<Vec<u8>, Verdict>,
}

impl Remembered {
    /// The verdict about a question, decided only if it is not remembered.
    pub(crate) fn verdict(&self, question: Vec<u8>, decide: impl FnOnce() -> Verdict) -> Verdict {
        if question.len() > QUESTION_BYTES_MAX {
            return decide();
        }
        if let Some(verdict) = self.get(&question) {
            return verdict;
        }
        // Others ask while this is decided.
        let verdict = decide();
        // What could not be evaluated may have been for want of stack, so that it is tried again.
        if verdict.errors.is_empty() {
            self.keep(question, verdict.clone());
        }
        verdict
    }

    fn get(&self, question: &[u8]) -> Option<Verdict> {
        let mut generations = self.0.lock().expect("invariant: no holder of this lock panics");
        if let Some(verdict) = generations.young.get(question) {
            return Some(verdict.clone());
        }
        let (question, verdict) = generations.old.remove_entry(question)?;
        generations.keep(question, verdict.clone());
        Some(verdict)
    }

    fn keep(&self, question: Vec<u8>, verdict: Verdict) {
        self.0.lock().expect("invariant: no holder of this lock panics").keep(question, verdict);
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        let generations = self.0.lock().expect("no holder of this lock panics");
        generations.young.len() + generations.old.len()
    }
}

impl Generations {
    fn keep(&mut self, question: Vec<u8>, verdict: Verdict) {
        if self.young.len() >= GENERATION {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(question, verdict);
    }
}
