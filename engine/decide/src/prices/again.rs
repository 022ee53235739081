//! What prices let go a while ago and what got no place since: whether they would let it go now.

use triad_event::Event as AnyEvent;
use triad_event::ids::WorkflowId;
use triad_event::prices::Event;
use triad_event::quantity::Millis;

use super::decide::look;
use super::facts::Facts;
use crate::limits::RELEASE_HOLDS_MS;

/// What other domains may ask about tasks that prices let go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Again<'a>(Facts<'a>);

impl<'a> Again<'a> {
    pub(crate) const fn new(facts: Facts<'a>) -> Self {
        Self(facts)
    }

    /// That a task waits for a price again which was let go, when that was long ago and prices would not let it go now.
    pub(crate) fn deferred(&self, workflow: WorkflowId, task: u32) -> Option<AnyEvent> {
        let facts = &self.0;
        let since = facts.state.let_go.get(workflow, task)?.at;
        if facts.place.elapsed < since.after(Millis(RELEASE_HOLDS_MS)) {
            return None;
        }
        look(facts, workflow, task).filter(|event| matches!(event, AnyEvent::Prices(Event::TaskDeferred(_))))
    }
}
