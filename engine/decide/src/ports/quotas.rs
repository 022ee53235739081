//! How many workflows of each credential are alive, and how many may be.

use std::collections::BTreeMap;
use std::sync::Arc;

use triad_event::ids::{PrincipalId, StreamId};

use crate::image::structs;
use crate::shared::SharedMap;

/// Of one credential.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Quota {
    /// Workflows that may be alive; none when only the installation sets a bound.
    pub(crate) max: Option<u32>,
    /// Workflows that are.
    pub(crate) alive: u32,
}

#[derive(Debug, Clone)]
pub(crate) struct Quotas {
    /// Shared until written.
    pub(crate) quotas: Arc<BTreeMap<PrincipalId, Quota>>,
    /// Whose a workflow that is alive is.
    pub(crate) owners: SharedMap<StreamId, PrincipalId>,
}

structs! {
    Quota { max, alive }
    Quotas { quotas, owners }
}

impl Default for Quotas {
    fn default() -> Self {
        Self { quotas: Arc::default(), owners: SharedMap::new() }
    }
}

impl Quotas {
    /// From here on the workflows of a credential are counted, and bounded when there is a bound.
    pub(crate) fn bound(&mut self, principal: PrincipalId, max: Option<u32>) {
        Arc::make_mut(&mut self.quotas).entry(principal).or_default().max = max;
    }

    /// What a credential has more than it may have none of; none while it has room.
    pub(crate) fn full(&self, principal: PrincipalId) -> Option<u32> {
        let quota = self.quotas.get(&principal)?;
        quota.max.filter(|max| quota.alive >= *max)
    }

    /// A workflow of a credential begins. Those of principals that are no credentials are not counted.
    pub(crate) fn begin(&mut self, stream: StreamId, principal: PrincipalId) {
        if !self.quotas.contains_key(&principal) {
            return;
        }
        if let Some(quota) = Arc::make_mut(&mut self.quotas).get_mut(&principal) {
            quota.alive += 1;
            self.owners.insert(stream, principal);
        }
    }

    /// A stream is closed.
    pub(crate) fn end(&mut self, stream: StreamId) {
        let Some(principal) = self.owners.get(&stream).copied() else { return };
        self.owners.remove(&stream);
        if let Some(quota) = Arc::make_mut(&mut self.quotas).get_mut(&principal) {
            quota.alive = quota.alive.saturating_sub(1);
        }
    }
}
