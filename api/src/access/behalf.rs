//! Asks for somebody who is not there any more. What they asked for goes on by itself, and only as far as they may now: each
//! thing that is done for them is let in as if they asked for it at this moment.

use super::admit::tenant_seen;
use super::admitted::{ANONYMOUS, Admitted, Shown};
use super::identify::{anybody, present_grants};
use super::judge::judge;
use super::note::{note_refusal, note_use};
use crate::clock::now_us;
use crate::http::state::AppState;
use crate::wire::problem::Problem;
use std::sync::Arc;
use triad_event::Source;
use triad_event::ids::{PrincipalId, WorkflowId};
use triad_event::quantity::Micros;
use triad_perform::Asker;
use triad_policy::Circumstances;

impl AppState {
    /// Somebody who was let in once, as they would be let in now; none when they would be let in no more. A session counts as
    /// the key that it belongs to.
    pub(crate) async fn on_behalf(
        &self,
        principal: PrincipalId,
        circumstances: Circumstances,
    ) -> Result<Option<Admitted>, Problem> {
        self.views_know(self.durable().next_sequence).await?;
        self.door.learn(&self.views);
        let known = self.door.known();
        if principal == ANONYMOUS {
            let may = self.door.is_open(&known.book);
            return Ok(may.then(|| Admitted { circumstances, ..anybody(Source::Client) }));
        }
        let shown = if known.book.key(principal).is_some() { Shown::Key } else { Shown::Token };
        let asker = Asker { principal, source: Source::Client };
        let grants = known.book.grants(principal).cloned().map(Arc::new);
        let then = Admitted { circumstances, ..Admitted::new(asker, shown, grants) };
        let grants = present_grants(&known.book, &then, Micros(now_us()));
        Ok(grants.map(|grants| Admitted { grants: Some(Arc::new(grants)), ..then }))
    }

    /// Lets somebody do something to a workflow, as the gate in front of the route does: what they do not see is unknown to them,
    /// and that a right is used is recorded before it is.
    pub(crate) async fn allow_workflow(
        &self,
        admitted: &Admitted,
        action: &'static str,
        workflow: WorkflowId,
    ) -> Result<(), Problem> {
        let tenant = tenant_seen(self, action, admitted, workflow).await.map_err(|problem| *problem)?;
        let in_force = &self.door.known().in_force;
        if admitted.grants.is_none() {
            return Ok(());
        }
        match judge(in_force, admitted, action, Some(&tenant), admitted.circumstances) {
            Ok(verdict) => note_use(self, admitted, action, &tenant, &verdict, in_force).await,
            Err(turned) => {
                note_refusal(self, &turned, action, &tenant, in_force.digest).await;
                Err(*turned.problem)
            }
        }
    }
}
