//! The rules that hold steps.

use std::sync::Arc;

use triad_event::moderation::{Event, RulesSet};
use triad_event::{Event as AnyEvent, Recorded};

use crate::fold_error::FoldError;
use crate::image::structs;
use crate::ports::Ports;

structs! {
    State { rules }
    ModerationRules { document, digest }
}

/// What moderation remembers.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// The rules; none where nothing is held.
    pub(crate) rules: Option<Arc<ModerationRules>>,
}

/// The rules that hold steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModerationRules {
    /// Their document.
    pub document: String,
    /// BLAKE3 of it.
    pub digest: [u8; 32],
}

impl State {
    pub(crate) fn fold(&mut self, record: &Recorded<AnyEvent>, _: &mut Ports) -> Result<(), FoldError> {
        if let AnyEvent::Moderation(event) = &record.event {
            self.rules = match event {
                Event::RulesSet(set) => {
                    let RulesSet { ref document, digest, .. } = **set;
                    Some(Arc::new(ModerationRules { document: document.clone(), digest }))
                }
                Event::RulesRemoved(_) => None,
            };
        }
        Ok(())
    }
}
