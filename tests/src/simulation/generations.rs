//! Data subjects that workflows share, one after another.

use super::chance::Chance;
use super::names::subject_named;
use triad_decide::{Refusal, subjects};
use triad_event::ids::DataSubjectId;

/// Data subjects that workflows share at a time. One that is erased is followed by another.
pub(crate) const SHARED: u64 = 12;

/// Who keeps an eye on content.
#[derive(Debug)]
pub(crate) struct Keepers {
    pub(crate) chance: Chance,
    /// How many data subjects came before, by number.
    pub(crate) generations: [u64; SHARED as usize],
    /// Erasures of which nobody will hear in this life that the key is destroyed.
    pub(crate) unsaid: Vec<u64>,
}

impl Keepers {
    pub(crate) fn new(chance: Chance) -> Self {
        Self { chance, generations: [0; SHARED as usize], unsaid: Vec::new() }
    }

    pub(crate) fn shared(&self, number: u64) -> DataSubjectId {
        subject_named(&format!("s{number}-{}", self.generations[number as usize]))
    }

    /// A data subject is refused because it is erased: another one takes its place.
    pub(crate) fn hear(&mut self, refusal: &Refusal) {
        let (Refusal::Subjects(subjects::Refusal::SubjectErased { subject })
        | Refusal::Subjects(subjects::Refusal::ErasureUnderWay { subject })) = refusal
        else {
            return;
        };
        let number = (0..SHARED).find(|number| self.shared(*number) == *subject);
        if let Some(number) = number {
            self.generations[number as usize] += 1;
        }
    }

    /// A new life performs again what the one before left open.
    pub(crate) fn begin_life(&mut self) {
        self.unsaid.clear();
    }

    /// Whether something will never be said in this life.
    pub(crate) fn waits_in_vain(&self) -> bool {
        !self.unsaid.is_empty()
    }
}
