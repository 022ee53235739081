//! Which rules held steps, from when to when, and who set them? The newest sets of rules, the oldest first.

use triad_event::ids::PrincipalId;
use triad_event::{Event, Recorded, moderation};

use crate::fold::{Follows, Moment, ViewError};
use crate::host::kept::{One, View};
use crate::host::table::Holds;
use crate::row::stored;
use crate::views::{Answer, Views};

/// Changes that are listed. The log has all of them.
pub const CHANGES_MAX: usize = 100;

stored! {
    /// What was recorded of rules of moderation.
    #[derive(Default)]
    pub struct ModerationBook {
        /// The newest changes, the oldest first.
        pub changes: Vec<ModerationChange>,
    }
}

stored! {
    /// Rules that were set, or removed.
    pub struct ModerationChange {
        /// When.
        pub changed: Moment,
        /// Who.
        pub principal: PrincipalId,
        /// Why.
        pub reason: String,
        /// What the rules are from then on; none when they were removed.
        pub rules: Option<RulesOf>,
    }
}

stored! {
    /// A set of rules.
    pub struct RulesOf {
        /// BLAKE3 of their document.
        pub digest: [u8; 32],
        /// How many there are.
        pub count: u32,
    }
}

impl Follows<moderation::Event> for ModerationBook {
    fn follow(&mut self, record: &Recorded<Event>, event: &moderation::Event) -> Result<(), ViewError> {
        let (reason, rules) = match event {
            moderation::Event::RulesSet(set) => {
                (set.reason.clone(), Some(RulesOf { digest: set.digest, count: set.rules }))
            }
            moderation::Event::RulesRemoved(removed) => (removed.reason.clone(), None),
        };
        if self.changes.len() == CHANGES_MAX {
            self.changes.remove(0);
        }
        let (changed, principal) = (Moment::of(record), record.principal);
        self.changes.push(ModerationChange { changed, principal, reason, rules });
        Ok(())
    }
}

impl View for ModerationBook {
    const NAME: &'static str = "moderation_book";
    const FOLD: u32 = 1;
    type Kept = One<Self>;
}

impl<T: Holds<ModerationBook>> Views<T> {
    /// Which rules held steps, and who set them?
    pub fn moderation_book(&self) -> Answer<ModerationBook> {
        self.look(|kept: &One<ModerationBook>| kept.0.clone())
    }
}
