//! Which data subjects are in use, by how many streams, and when content was last accepted for them.

use triad_event::ids::DataSubjectId;
use triad_event::quantity::Micros;
use triad_event::subjects::Subject;
use triad_event::{Event, Recorded};

use crate::fold_error::FoldError;
use crate::image::structs;
use crate::limits::LEFT_KEPT_MAX;
use crate::recent::Recent;
use crate::shared::SharedMap;

/// A data subject whose content streams that are open use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Use {
    pub(crate) slot: u64,
    /// How many.
    pub(crate) streams: u32,
    /// When content was last accepted for it.
    pub(crate) last_accepted: Option<Micros>,
}

#[derive(Debug, Clone)]
pub(crate) struct Uses {
    pub(crate) used: SharedMap<DataSubjectId, Use>,
    /// No longer in use since lately, with the moment at which content was last accepted.
    pub(crate) left: Recent<DataSubjectId, Micros, LEFT_KEPT_MAX>,
}

structs! {
    Use { slot, streams, last_accepted }
    Uses { used, left }
}

impl Default for Uses {
    fn default() -> Self {
        Self { used: SharedMap::new(), left: Recent::new() }
    }
}

impl Uses {
    pub(crate) fn get(&self, subject: DataSubjectId) -> Option<&Use> {
        self.used.get(&subject)
    }

    /// A stream begins to use the content of a data subject.
    pub(crate) fn begin(&mut self, subject: &Subject) -> Result<(), FoldError> {
        match self.used.get_mut(&subject.id) {
            Some(used) if used.slot != subject.slot => return Err(FoldError::Subject),
            Some(used) => used.streams += 1,
            None => {
                let used = Use { slot: subject.slot, streams: 1, last_accepted: None };
                self.used.insert(subject.id, used);
            }
        }
        Ok(())
    }

    pub(crate) fn accept_content(&mut self, subject: DataSubjectId, at: Micros) {
        if let Some(used) = self.used.get_mut(&subject) {
            used.last_accepted = Some(at);
        }
    }

    /// Content was accepted for a data subject by a record that no stream goes on from.
    pub(crate) fn accept_once(
        &mut self,
        subject: &Subject,
        record: &Recorded<Event>,
    ) -> Result<(), FoldError> {
        self.begin(subject)?;
        self.accept_content(subject.id, record.at);
        self.end(subject.id, record.sequence);
        Ok(())
    }

    /// A stream no longer uses the content of a data subject.
    pub(crate) fn end(&mut self, subject: DataSubjectId, sequence: u64) {
        let Some(used) = self.used.get_mut(&subject) else { return };
        used.streams -= 1;
        if used.streams > 0 {
            return;
        }
        let last_accepted = used.last_accepted;
        self.used.remove(&subject);
        if let Some(last_accepted) = last_accepted {
            self.left.insert(subject, sequence, last_accepted);
        }
    }
}
