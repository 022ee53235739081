//! Carries out the bulk actions that are under way. Which workflows a page holds is recorded before anything is done to them, so
//! that a server which ends in between does the same page again, and what was done already comes to nothing new.

use super::act::Deed;
use super::filter::Filter;
use super::request::circumstances;
use crate::access::admitted::Admitted;
use crate::http::state::{AppState, internal};
use crate::wire::problem::{Code, Problem};
use crate::wire::words::Words;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use triad_decide::Input;
use triad_decide::limits::BULK_PAGE_MAX;
use triad_event::Source;
use triad_event::bulk::{Ask, EndAction, Item, ItemOutcome, PageEnded, PageListed, Phase, Why};
use triad_event::dag::WorkflowPhase;
use triad_event::ids::WorkflowId;
use triad_perform::Asker;
use triad_projections::view::bulk_actions::{BulkAction, BulkActions};

/// Workflows that something is done to at once: they share what it takes to make records durable, and leave most of the engine
/// to others.
const AT_ONCE: usize = 8;
/// How long nothing is tried after something that could not be recorded or read.
const PAUSE: Duration = Duration::from_secs(1);

/// Carries out what is under way, a page of each by turns, until the server stops.
pub(crate) async fn drive(state: AppState) {
    let mut stopping = state.stopping.clone();
    while !*stopping.borrow() {
        let wait = match state.take_bulk_turns().await {
            Ok(true) => continue,
            Ok(false) => None,
            // A server that stops leaves the page for the next one.
            Err(_) if *stopping.borrow() => return,
            Err(problem) => {
                tracing::warn!("bulk actions wait: {}", problem.text());
                Some(PAUSE)
            }
        };
        let asked = async {
            match wait {
                Some(pause) => tokio::time::sleep(pause).await,
                None => state.bulk_asked.notified().await,
            }
        };
        tokio::select! {
            () = asked => {}
            _ = stopping.wait_for(|stopping| *stopping) => return,
        }
    }
}

impl AppState {
    /// Does the next thing for each action that is under way; says whether there was one.
    async fn take_bulk_turns(&self) -> Result<bool, Problem> {
        let all = |actions: &BulkActions| actions.open().cloned().collect::<Vec<_>>();
        let open = self.view(move |views| Ok(views.bulk_actions(all))).await?.value;
        let mut first_problem = None;
        for action in &open {
            if let Err(problem) = self.take_bulk_turn(action).await {
                first_problem.get_or_insert(problem);
            }
        }
        match first_problem {
            Some(problem) => Err(problem),
            None => Ok(!open.is_empty()),
        }
    }

    async fn take_bulk_turn(&self, action: &BulkAction) -> Result<(), Problem> {
        if action.phase == Phase::Acting {
            let items = self.work_page(action).await?;
            return self.note_bulk(action, PageEnded { page: action.pages, items }).await;
        }
        if action.stop.is_some() {
            return self.note_bulk(action, EndAction { why: Why::Stopped }).await;
        }
        match self.behalf_of(action).await? {
            None => self.note_bulk(action, EndAction { why: Why::CredentialRevoked }).await,
            Some(behalf) => match self.next_page(action, &behalf).await? {
                None => self.note_bulk(action, EndAction { why: Why::Finished }).await,
                Some(page) => self.note_bulk(action, page).await,
            },
        }
    }

    /// The next workflows that are meant, of those that whoever asked sees now; none when there are no more.
    async fn next_page(&self, action: &BulkAction, behalf: &Admitted) -> Result<Option<PageListed>, Problem> {
        let filter = Filter::read(&action.asked.filter)?;
        let mut cursor = action.next;
        while let Some(before) = cursor {
            let page = self.find_workflows(behalf, filter.query(before, BULK_PAGE_MAX)?).await?.value;
            let workflows: Vec<WorkflowId> = page.rows.iter().map(|row| row.id).collect();
            if !workflows.is_empty() {
                return Ok(Some(PageListed { page: action.pages + 1, workflows, next: page.next }));
            }
            cursor = page.next;
        }
        Ok(None)
    }

    /// Does it to the workflows of the page that is under way, and says what came of each.
    async fn work_page(&self, action: &BulkAction) -> Result<Vec<Item>, Problem> {
        let mut items = Vec::with_capacity(action.listed.len());
        for some in action.listed.chunks(AT_ONCE) {
            if *self.stopping.borrow() {
                return Err(Problem::new(Code::Stopping, "the server is stopping"));
            }
            match self.behalf_of(action).await?.filter(|_| action.stop.is_none()) {
                Some(behalf) if !self.is_to_stop(action).await? => {
                    items.extend(self.work(action, behalf, some).await?);
                }
                _ => items.extend(some.iter().map(|workflow| not_tried(*workflow))),
            }
        }
        Ok(items)
    }

    /// Does it to a few workflows at once.
    async fn work(
        &self,
        action: &BulkAction,
        behalf: Admitted,
        workflows: &[WorkflowId],
    ) -> Result<Vec<Item>, Problem> {
        let (id, reason) = (action.id, action.asked.reason.clone());
        let status = Filter::read(&action.asked.filter)?.status;
        let wants_cancelled = status.is_some_and(|status| status == WorkflowPhase::Cancelled.word());
        let deed = Arc::new(Deed { id, action: action.asked.action, behalf, reason, wants_cancelled });
        let mut under_way = JoinSet::new();
        for (workflow, place) in workflows.iter().copied().zip(0..) {
            let (state, deed) = (self.clone(), Arc::clone(&deed));
            under_way.spawn(async move { (place, state.act(&deed, workflow).await) });
        }
        let mut came: Vec<(usize, Item)> = Vec::with_capacity(workflows.len());
        while let Some(ended) = under_way.join_next().await {
            let (place, item) = ended.map_err(|error| internal(&error))?;
            came.push((place, item?));
        }
        came.sort_unstable_by_key(|(place, _)| *place);
        Ok(came.into_iter().map(|(_, item)| item).collect())
    }

    /// Whoever asked for an action, as they would be let in now; none when they would be let in no more.
    async fn behalf_of(&self, action: &BulkAction) -> Result<Option<Admitted>, Problem> {
        self.on_behalf(action.principal, circumstances(action.asked.connection)).await
    }

    /// Whether somebody has asked meanwhile that it stops.
    async fn is_to_stop(&self, action: &BulkAction) -> Result<bool, Problem> {
        let id = action.id;
        let look = move |actions: &BulkActions| actions.find(id).is_none_or(|action| action.stop.is_some());
        Ok(self.view(move |views| Ok(views.bulk_actions(look))).await?.value)
    }

    /// Records what became of an action, as the server itself.
    async fn note_bulk(&self, action: &BulkAction, ask: impl Into<Ask>) -> Result<(), Problem> {
        let ask: Ask = ask.into();
        self.ask(Asker::system(Source::Engine), Input::of(action.id, ask)).await?.reply?;
        Ok(())
    }
}

fn not_tried(workflow: WorkflowId) -> Item {
    Item { workflow, outcome: ItemOutcome::NotTried, retried_by: None }
}
