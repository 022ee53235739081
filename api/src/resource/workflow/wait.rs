//! `POST /v1/workflows?wait=SECONDS`: the answer comes when the workflow has ended, or after that time.

use super::read::{SHOW, Workflow, show_now};
use super::wire::{Submitted, url};
use crate::access::admitted::Admitted;
use crate::access::sight::About;
use crate::feed::Watcher;
use crate::http::answer::recorded;
use crate::http::state::{AppState, internal};
use crate::resource::READ_TASK_CONTENT;
use crate::resource::route::shape;
use crate::wire::problem::{Code, Problem};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;
use triad_event::ids::WorkflowId;
use triad_log::storage::ReadError;

/// The longest that an answer may be waited for: proxies and clients give up soon after.
const WAIT_SECONDS_MAX: u64 = 60;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SubmitQuery {
    /// Answer with the workflow as it is shown, when it has ended or after so many seconds, at most 60.
    pub(super) wait: Option<u64>,
    /// With `wait`: whether the outputs of its tasks are wanted. That they are read is recorded.
    #[serde(default)]
    pub(super) outputs: bool,
}

/// How long an answer is waited for, by somebody who may see it.
pub(super) struct Patience {
    duration: Duration,
    /// Who wants the outputs as well.
    outputs_for: Option<Admitted>,
    _place: OwnedSemaphorePermit,
}

/// What a submission led to, or, when it was waited for, the workflow.
pub(super) fn answer_shape(generator: &mut SchemaGenerator) -> Schema {
    let shapes = [shape::<Submitted>(generator), shape::<Workflow<'_>>(generator)];
    json_schema!({ "anyOf": shapes })
}

impl AppState {
    /// Whether somebody may wait for so long, before anything is done.
    pub(super) async fn patience(
        &self,
        admitted: &Admitted,
        SubmitQuery { wait, outputs }: SubmitQuery,
    ) -> Result<Option<Patience>, Problem> {
        let Some(seconds) = wait else {
            let detail = "outputs are there when the workflow was waited for: state wait as well";
            return if outputs { Err(Problem::new(Code::InvalidQuery, detail)) } else { Ok(None) };
        };
        if seconds > WAIT_SECONDS_MAX {
            let detail = format!("wait is a number of seconds, at most {WAIT_SECONDS_MAX}");
            return Err(Problem::new(Code::InvalidQuery, detail));
        }
        self.allow(admitted, SHOW, About::Workflow).await?;
        let busy = |_| Problem::new(Code::Busy, "as many clients watch as may");
        let place = Arc::clone(&self.watchers).try_acquire_owned().map_err(busy)?;
        let outputs_for = outputs.then(|| admitted.clone());
        if outputs {
            self.allow(admitted, READ_TASK_CONTENT, About::Workflow).await?;
        }
        Ok(Some(Patience { duration: Duration::from_secs(seconds), outputs_for, _place: place }))
    }

    /// The workflow when it has ended, or as it is when the patience is.
    pub(super) async fn wait(
        &self,
        workflow: WorkflowId,
        patience: Patience,
        sequence: u64,
    ) -> Result<Response, Problem> {
        let mut stopping = self.stopping.clone();
        let ended = tokio::select! {
            ended = timeout(patience.duration, self.end_of(workflow, sequence)) => ended,
            _ = stopping.wait_for(|stopping| *stopping) => Ok(Ok(false)),
        };
        let has_ended = ended.unwrap_or(Ok(false)).map_err(|error| internal(&error))?;
        let status = if has_ended { StatusCode::OK } else { StatusCode::ACCEPTED };
        let answer = |shown: &Workflow<'_>| recorded(status, shown, sequence);
        let mut response = show_now(self, workflow, patience.outputs_for.as_ref(), answer).await?;
        if let Ok(location) = HeaderValue::try_from(url(workflow)) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        Ok(response)
    }

    /// Comes back when the workflow has ended.
    async fn end_of(&self, workflow: WorkflowId, from: u64) -> Result<bool, ReadError> {
        let (reader, reading) = (self.reader.clone(), Arc::clone(&self.reading));
        let mut watcher = Watcher::new(&self.feed, workflow.into(), from, reader, reading);
        if watcher.stream_end().await?.is_some_and(|end| end.is_closed) {
            return Ok(true);
        }
        while !watcher.next_chunk().await?.is_last {}
        Ok(true)
    }
}
