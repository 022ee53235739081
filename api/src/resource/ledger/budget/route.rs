//! The routes of budgets. Whoever administers the installation sets them: a tenant that could raise its own limit had none.

use super::wire::{BudgetDocument, BudgetList, RemovalDocument};
use crate::access::admitted::Admitted;
use crate::access::sight::About;
use crate::http::answer::{json, recorded};
use crate::http::document::Document;
use crate::http::extract::Query;
use crate::http::state::AppState;
use crate::resource::route::{ASKS, Body, Gives, Method, NOTHING, Need, Right, Route, Takes, VIEWS, shape};
use crate::wire::problem::{Code, Problem};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::on;
use schemars::JsonSchema;
use serde::Deserialize;
use triad_event::Source;
use triad_event::economics::{Ask, BudgetAccount};
use triad_event::ids::WorkflowId;

pub(in super::super) const LIST: Route = Route {
    method: Method::Get,
    path: "/v1/ledger/budgets",
    name: "list_budgets",
    summary: "which tenants, owners and workflows have a budget, and what is left of each",
    source: Source::Client,
    need: Need::Right(Right::Read, About::Home),
    takes: Takes::query::<BudgetsQuery>(),
    gives: &[Gives::json::<BudgetList>(StatusCode::OK)],
    refuses: &[ASKS, VIEWS, &[Code::InvalidValue, Code::WorkflowUnknown]],
    handler: |method| on(method, list),
};

pub(in super::super) const SET: Route = Route {
    method: Method::Post,
    path: "/v1/ledger/budgets",
    name: "set_budget",
    summary: "limit the energy and money of a tenant, an owner or a workflow; what does not fit waits",
    source: Source::Operator,
    need: Need::Right(Right::Administer, About::Installation),
    takes: Takes { body: Some(Body::Document(shape::<BudgetDocument>)), ..NOTHING },
    gives: &[Gives::recorded::<BudgetList>(StatusCode::OK)],
    refuses: &[ASKS, VIEWS, &[Code::InvalidValue, Code::WorkflowUnknown, Code::TooManyBudgets]],
    handler: |method| on(method, set),
};

pub(in super::super) const REMOVE: Route = Route {
    method: Method::Delete,
    path: "/v1/ledger/budgets",
    name: "remove_budget",
    summary: "let an account use what it wants; what waited for its budget goes on",
    source: Source::Operator,
    need: Need::Right(Right::Administer, About::Installation),
    takes: Takes { body: Some(Body::Document(shape::<RemovalDocument>)), ..NOTHING },
    gives: &[Gives::recorded::<BudgetList>(StatusCode::OK)],
    refuses: &[ASKS, VIEWS, &[Code::InvalidValue, Code::WorkflowUnknown, Code::BudgetUnknown]],
    handler: |method| on(method, remove),
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BudgetsQuery {
    /// Only those to which the runs of that workflow are charged.
    workflow_id: Option<String>,
}

async fn list(
    State(state): State<AppState>,
    admitted: Admitted,
    Query(query): Query<BudgetsQuery>,
) -> Result<Response, Problem> {
    let budgets = match query.workflow_id {
        Some(named) => state.budgets_of(&admitted, workflow_named(&named)?).await?,
        None => state.budgets(&admitted).await?,
    };
    Ok(json(StatusCode::OK, &budgets))
}

async fn set(
    State(state): State<AppState>,
    admitted: Admitted,
    Document(document): Document<BudgetDocument>,
) -> Result<Response, Problem> {
    let (workflow, tenant) = state.workflow_of_budget(document.workflow_id.as_deref()).await?;
    let asked = document.asked(workflow, tenant)?;
    let answer = state.ask(admitted.asker, Ask::SetBudget(asked.into()).into()).await?;
    answer.reply?;
    Ok(recorded(StatusCode::OK, &state.budgets(&admitted).await?, answer.sequence))
}

async fn remove(
    State(state): State<AppState>,
    admitted: Admitted,
    Document(document): Document<RemovalDocument>,
) -> Result<Response, Problem> {
    let (workflow, tenant) = state.workflow_of_budget(document.workflow_id.as_deref()).await?;
    let asked = document.asked(workflow, tenant);
    let answer = state.ask(admitted.asker, Ask::RemoveBudget(asked.into()).into()).await?;
    answer.reply?;
    Ok(recorded(StatusCode::OK, &state.budgets(&admitted).await?, answer.sequence))
}

impl AppState {
    /// The budgets that somebody sees.
    async fn budgets(&self, admitted: &Admitted) -> Result<BudgetList, Problem> {
        let known = self.engine.status().await?.budgets;
        let mut sight = self.sight_of(admitted);
        Ok(BudgetList::of(known.into_iter().filter(|known| sight.sees(&known.account.tenant))))
    }

    /// Those of them to which the runs of a workflow are charged.
    async fn budgets_of(&self, admitted: &Admitted, workflow: WorkflowId) -> Result<BudgetList, Problem> {
        let unknown = || Problem::new(Code::WorkflowUnknown, format!("there is no workflow {workflow}"));
        let summary = self.view(move |views| views.summary(workflow)).await?.value.ok_or_else(unknown)?;
        let tenant = self.tenant_of_workflow(workflow).await?.ok_or_else(unknown)?;
        if !self.sight_of(admitted).sees(&tenant) {
            return Err(unknown());
        }
        let owner = summary.owner;
        let is_its = |account: &BudgetAccount| match (account.workflow, &account.owner) {
            (Some(of), _) => of == workflow,
            (None, Some(of)) => account.tenant == tenant && *of == owner,
            (None, None) => account.tenant == tenant,
        };
        let known = self.engine.status().await?.budgets;
        Ok(BudgetList::of(known.into_iter().filter(|known| is_its(&known.account))))
    }

    /// The workflow that a document names, and its tenant.
    async fn workflow_of_budget(
        &self,
        named: Option<&str>,
    ) -> Result<(Option<WorkflowId>, Option<String>), Problem> {
        let Some(named) = named else { return Ok((None, None)) };
        let workflow = workflow_named(named)?;
        Ok((Some(workflow), self.tenant_of_workflow(workflow).await?))
    }
}

fn workflow_named(named: &str) -> Result<WorkflowId, Problem> {
    named.parse().map_err(|_| Problem::new(Code::InvalidValue, "workflow_id is the id of a workflow"))
}
