//! The bulk actions that have not ended.

use std::collections::BTreeMap;
use std::sync::Arc;

use triad_event::bulk::{Event, Item, ItemOutcome, PageListed, Phase};
use triad_event::governance::Event as GovernanceEvent;
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::{Domain, Event as AnyEvent, Recorded};

use crate::fold_error::FoldError;
use crate::image::{structs, words};
use crate::ports::Ports;

/// A bulk action that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Open {
    pub(crate) phase: Phase,
    /// How many pages were listed.
    pub(crate) pages: u32,
    /// Workflows whose first record is below this sequence were not listed yet; none when all were.
    pub(crate) next: Option<u64>,
    /// The workflows of the page that is under way.
    pub(crate) listed: Vec<WorkflowId>,
    pub(crate) is_stopping: bool,
    pub(crate) done: u64,
    pub(crate) refused: u64,
}

/// What is remembered of bulk actions. Shared until written.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) open: Arc<BTreeMap<StreamId, Open>>,
}

words! { Phase }

structs! {
    State { open }
    Open { phase, pages, next, listed, is_stopping, done, refused }
}

impl Open {
    /// One of which nothing was listed yet.
    pub(crate) fn begun(through: u64) -> Self {
        Self {
            phase: Phase::Listing,
            pages: 0,
            next: Some(through.saturating_add(1)),
            listed: Vec::new(),
            is_stopping: false,
            done: 0,
            refused: 0,
        }
    }

    fn list(&mut self, listed: &PageListed) -> Result<(), FoldError> {
        if listed.page != self.pages + 1 || self.next.is_none() {
            return Err(FoldError::Grammar);
        }
        self.pages = listed.page;
        self.next = listed.next;
        self.listed.clone_from(&listed.workflows);
        Ok(())
    }

    fn end_page(&mut self, page: u32, items: &[Item]) -> Result<(), FoldError> {
        if page != self.pages || !self.is_answered_by(items) {
            return Err(FoldError::Grammar);
        }
        let (done, refused) = counted(items);
        self.done += done;
        self.refused += refused;
        self.listed.clear();
        Ok(())
    }

    /// Whether these are what came of the workflows of the page that is under way, in their order.
    pub(crate) fn is_answered_by(&self, items: &[Item]) -> bool {
        items.iter().map(|item| &item.workflow).eq(&self.listed)
    }
}

/// To how many it was done, and to how many it was not.
fn counted(items: &[Item]) -> (u64, u64) {
    items.iter().map(|item| item.outcome).fold((0, 0), |(done, refused), outcome| match ItemOutcome::is_done(
        outcome,
    ) {
        true => (done + 1, refused),
        false => (done, refused + 1),
    })
}

impl State {
    pub(crate) fn fold(&mut self, record: &Recorded<AnyEvent>, ports: &mut Ports) -> Result<(), FoldError> {
        if let AnyEvent::Governance(GovernanceEvent::StreamClosed(closed)) = &record.event
            && self.open.contains_key(&closed.closed)
        {
            Arc::make_mut(&mut self.open).remove(&closed.closed);
        }
        let AnyEvent::Bulk(event) = &record.event else { return Ok(()) };
        let before = self.open.get(&record.stream).map(|open| open.phase);
        let phase = Phase::after(before, event).ok_or(FoldError::Grammar)?;
        let actions = Arc::make_mut(&mut self.open);
        if let Event::ActionRequested(requested) = event {
            if record.ordinal > 0 || record.stream == StreamId::LOG {
                return Err(FoldError::Stream);
            }
            ports.streams.open(record.stream, Domain::Bulk);
            actions.insert(record.stream, Open::begun(requested.through));
            return Ok(());
        }
        let open = actions.get_mut(&record.stream).ok_or(FoldError::StreamUnknown)?;
        open.phase = phase;
        match event {
            Event::PageListed(listed) => open.list(listed)?,
            Event::PageEnded(ended) => open.end_page(ended.page, &ended.items)?,
            Event::StopRequested(_) => open.is_stopping = true,
            Event::ActionEnded(ended) => {
                if (ended.done, ended.refused) != (open.done, open.refused) {
                    return Err(FoldError::Grammar);
                }
                actions.remove(&record.stream);
            }
            Event::ActionRequested(_) => {}
        }
        Ok(())
    }
}
