//! Which bulk actions are under way, how far did they get, and how did the newest end?

use triad_event::bulk::{self, ActionRequested, Item, ItemOutcome, Phase, Why};
use triad_event::ids::{PrincipalId, StreamId, WorkflowId};
use triad_event::{Event, Recorded, governance};

use crate::fold::{Follows, Moment, ViewError};
use crate::host::kept::{One, View};
use crate::host::table::Holds;
use crate::row::{payloads, stored, vocabulary};
use crate::views::{Answer, Views};

/// Ended actions that are kept: enough to return to what was done lately. The log holds all.
const ENDED_MAX: usize = 1000;

payloads! { ActionRequested }

vocabulary! { Phase, Why }

stored! {
    /// The bulk actions, in the order in which they were asked for.
    #[derive(Default)]
    pub struct BulkActions {
        /// All that are under way, and the newest that ended.
        pub actions: Vec<BulkAction>,
    }
}

stored! {
    /// A bulk action.
    pub struct BulkAction {
        /// Its id, which is that of its stream.
        pub id: StreamId,
        /// What was asked for.
        pub asked: ActionRequested,
        /// By whom.
        pub principal: PrincipalId,
        /// When.
        pub requested: Moment,
        /// Where it stands.
        pub phase: Phase,
        /// How many pages were listed.
        pub pages: u32,
        /// Where the next page begins: below this sequence. None when all were listed.
        pub next: Option<u64>,
        /// The workflows of the page that is under way.
        pub listed: Vec<WorkflowId>,
        /// To how many workflows it was done.
        pub done: u64,
        /// To how many it was not.
        pub refused: u64,
        /// That it is to stop, if somebody asked for that.
        pub stop: Option<Stop>,
        /// When it ended.
        pub ended: Option<Moment>,
        /// Why; none for one whose stream was closed from outside.
        pub why: Option<Why>,
    }
}

stored! {
    /// That a bulk action is to stop.
    pub struct Stop {
        /// Who asked for it.
        pub principal: PrincipalId,
        /// When.
        pub asked: Moment,
        /// Why.
        pub reason: String,
    }
}

impl BulkActions {
    /// The action with that id.
    pub fn find(&self, id: StreamId) -> Option<&BulkAction> {
        self.actions.iter().find(|action| action.id == id)
    }

    /// Those that have not ended.
    pub fn open(&self) -> impl Iterator<Item = &BulkAction> {
        self.actions.iter().filter(|action| action.ended.is_none())
    }

    fn request(&mut self, record: &Recorded<Event>, asked: &ActionRequested) {
        self.actions.push(BulkAction {
            id: record.stream,
            asked: asked.clone(),
            principal: record.principal,
            requested: Moment::of(record),
            phase: Phase::Listing,
            pages: 0,
            next: Some(asked.through.saturating_add(1)),
            listed: Vec::new(),
            done: 0,
            refused: 0,
            stop: None,
            ended: None,
            why: None,
        });
    }

    /// Forgets the oldest that ended when there are too many.
    fn forget(&mut self) {
        let has_ended = |action: &BulkAction| action.ended.is_some();
        if self.actions.iter().filter(|action| has_ended(action)).count() > ENDED_MAX
            && let Some(oldest) = self.actions.iter().position(has_ended)
        {
            self.actions.remove(oldest);
        }
    }
}

impl BulkAction {
    fn count(&mut self, items: &[Item]) {
        let done = items.iter().filter(|item| ItemOutcome::is_done(item.outcome)).count() as u64;
        self.done += done;
        self.refused += items.len() as u64 - done;
        self.listed.clear();
    }

    fn end(&mut self, record: &Recorded<Event>, why: Option<Why>) {
        self.phase = Phase::Ended;
        self.listed.clear();
        self.ended = Some(Moment::of(record));
        self.why = why;
    }
}

impl Follows<bulk::Event> for BulkActions {
    fn follow(&mut self, record: &Recorded<Event>, event: &bulk::Event) -> Result<(), ViewError> {
        let found = self.actions.iter_mut().find(|action| action.id == record.stream);
        let before = found.as_ref().map(|action| action.phase);
        let forbidden = || ViewError::forbidden(record, "its bulk action", before);
        let phase = Phase::after(before, event).ok_or_else(forbidden)?;
        if let bulk::Event::ActionRequested(asked) = event {
            self.request(record, asked);
            return Ok(());
        }
        let action = found.ok_or_else(forbidden)?;
        action.phase = phase;
        match event {
            bulk::Event::PageListed(listed) => {
                action.pages = listed.page;
                action.next = listed.next;
                action.listed.clone_from(&listed.workflows);
            }
            bulk::Event::PageEnded(ended) => action.count(&ended.items),
            bulk::Event::StopRequested(stop) => {
                let (principal, asked) = (record.principal, Moment::of(record));
                action.stop = Some(Stop { principal, asked, reason: stop.reason.clone() });
            }
            bulk::Event::ActionEnded(ended) => {
                action.end(record, Some(ended.asked.why));
                self.forget();
            }
            bulk::Event::ActionRequested(_) => {}
        }
        Ok(())
    }
}

/// The stream of an action can be set aside and closed: then it is over.
impl Follows<governance::Event> for BulkActions {
    fn follow(&mut self, record: &Recorded<Event>, event: &governance::Event) -> Result<(), ViewError> {
        let governance::Event::StreamClosed(_) = event else { return Ok(()) };
        let is_it = |action: &&mut BulkAction| action.id == record.stream && action.ended.is_none();
        if let Some(action) = self.actions.iter_mut().find(is_it) {
            action.end(record, None);
            self.forget();
        }
        Ok(())
    }
}

impl View for BulkActions {
    const NAME: &'static str = "bulk_actions";
    const FOLD: u32 = 1;
    type Kept = One<Self>;
}

impl<T: Holds<BulkActions>> Views<T> {
    /// What a question about the bulk actions is answered with.
    pub fn bulk_actions<A>(&self, look: impl FnOnce(&BulkActions) -> A) -> Answer<A> {
        self.look(|kept: &One<BulkActions>| look(&kept.0))
    }
}
