//! The routes of workflows.

use super::wire::{Submitted, WorkflowSummary};
use super::{content, control, given, list, output, read, retry, signal, submit, wait, watch};
use crate::access::sight::About;
use crate::http::fields::REASON;
use crate::resource::route::{
    ASKS, Body, Content, Gives, Header, Method, NOTHING, Need, Right, Route, SEQUENCE, Takes, VAULT, VIEWS,
    shape,
};
use crate::resource::schedule::{GIVES_SET, SETS};
use crate::wire::problem::Code;
use crate::wire::record_shape::record_shape;
use axum::http::StatusCode;
use axum::routing::on;
use schemars::json_schema;
use triad_event::Source;
use triad_event::dag::{CancelRequested, WorkflowPaused, WorkflowResumed};

const IDEMPOTENCY_KEY: Header = Header {
    name: "idempotency-key",
    doc: "1 to 255 characters: what is submitted again under the same key is the same workflow.",
};
const LOCATION: Header = Header { name: "location", doc: "Where the workflow is shown." };
const LAST_EVENT_ID: Header =
    Header { name: "last-event-id", doc: "The id of an event of this stream, behind which it goes on." };

/// What may stand against a change of a workflow.
const CHANGES: &[Code] = &[Code::WorkflowUnknown, Code::WorkflowEnded, Code::Quarantined, Code::InvalidValue];
/// What a submission is answered with.
const fn submitted(status: StatusCode) -> Gives {
    let content = Some(Content::Json(wait::answer_shape));
    Gives { status, content, headers: &[SEQUENCE, LOCATION] }
}

/// What a retry is answered with.
const fn retried(status: StatusCode) -> Gives {
    Gives { headers: &[SEQUENCE, LOCATION], ..Gives::json::<Submitted>(status) }
}

/// What may stand against content.
const CONTENT: &[Code] = &[Code::WorkflowUnknown, Code::TaskUnknown];

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: Method::Post,
        path: "/v1/workflows",
        name: submit::SUBMIT,
        summary: "submit a definition in JSON or YAML, or set the schedule that a task of it asks for; Idempotency-Key makes it \
                  safe to repeat, wait=SECONDS waits for its end",
        source: Source::Client,
        need: Need::Right(Right::Submit, About::Home),
        takes: Takes {
            headers: &[IDEMPOTENCY_KEY],
            body: Some(Body::Written(submit::definition_shape)),
            ..Takes::query::<wait::SubmitQuery>()
        },
        gives: &[submitted(StatusCode::ACCEPTED), submitted(StatusCode::OK), GIVES_SET],
        refuses: &[ASKS, VIEWS, VAULT, submit::REFUSALS, SETS],
        handler: |method| on(method, submit::submit),
    },
    Route {
        method: Method::Get,
        path: "/v1/schemas/workflow.json",
        name: "describe_definition",
        summary: "how a definition looks: its JSON Schema",
        source: Source::Client,
        need: Need::Nothing,
        takes: NOTHING,
        gives: &[Gives::content(Content::Json(
            |_| json_schema!({ "type": "object", "required": ["$schema"] }),
        ))],
        refuses: &[],
        handler: |method| on(method, submit::show_schema),
    },
    Route {
        method: Method::Get,
        path: "/v1/workflows",
        name: list::LIST,
        summary: "list, the newest first; status, name and label narrow it",
        source: Source::Client,
        need: Need::Right(Right::Read, About::Home),
        takes: Takes::query::<list::ListQuery>(),
        gives: &[Gives::json::<list::WorkflowPage>(StatusCode::OK)],
        refuses: &[VIEWS],
        handler: |method| on(method, list::list),
    },
    Route {
        method: Method::Get,
        path: "/v1/workflows/{id}",
        name: read::SHOW,
        summary: "summary and tasks; outputs=true opens what they gave",
        source: Source::Client,
        need: Need::Right(Right::Read, About::Workflow),
        takes: Takes::query::<read::ShowQuery>(),
        gives: &[Gives::json::<read::Workflow>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, VAULT, &[Code::WorkflowUnknown, Code::NotYetRecorded]],
        handler: |method| on(method, read::show),
    },
    Route {
        method: Method::Get,
        path: "/v1/workflows/{id}/graph",
        name: "show_workflow_graph",
        summary: "all tasks and what depends on what",
        source: Source::Client,
        need: Need::Right(Right::Read, About::Workflow),
        takes: Takes::query::<read::GraphQuery>(),
        gives: &[Gives::json::<read::WorkflowGraph>(StatusCode::OK)],
        refuses: &[VIEWS, &[Code::WorkflowUnknown, Code::NotYetRecorded]],
        handler: |method| on(method, read::graph),
    },
    Route {
        method: Method::Get,
        path: "/v1/workflows/{id}/timeline",
        name: "list_workflow_timeline",
        summary: "what happened, in order",
        source: Source::Client,
        need: Need::Right(Right::Read, About::Workflow),
        takes: Takes::query::<read::TimelineQuery>(),
        gives: &[Gives::json::<read::WorkflowTimeline>(StatusCode::OK)],
        refuses: &[VIEWS, &[Code::WorkflowUnknown]],
        handler: |method| on(method, read::timeline),
    },
    Route {
        method: Method::Get,
        path: "/v1/workflows/{id}/attempts",
        name: "list_task_attempts",
        summary: "of one task; content=true opens what they wrote",
        source: Source::Client,
        need: Need::Right(Right::Read, About::Workflow),
        takes: Takes::query::<content::TaskQuery>(),
        gives: &[Gives::json::<content::TaskAttempts>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, VAULT, CONTENT],
        handler: |method| on(method, content::attempts),
    },
    Route {
        method: Method::Get,
        path: "/v1/workflows/{id}/inputs",
        name: "show_task_input",
        summary: "of one task, or of the workflow; content=true opens it",
        source: Source::Client,
        need: Need::Right(Right::Read, About::Workflow),
        takes: Takes::query::<given::InputQuery>(),
        gives: &[Gives::json::<given::Input>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, VAULT, CONTENT],
        handler: |method| on(method, given::input),
    },
    Route {
        method: Method::Get,
        path: "/v1/workflows/{id}/output",
        name: "read_task_output",
        summary: "every byte that was kept",
        source: Source::Client,
        need: Need::Right(Right::ReadContent, About::Workflow),
        takes: Takes::query::<output::OutputQuery>(),
        gives: &[Gives::content(Content::Bytes)],
        refuses: &[ASKS, VIEWS, VAULT, CONTENT, output::REFUSALS],
        handler: |method| on(method, output::output),
    },
    Route {
        method: Method::Get,
        path: "/v1/workflows/{id}/events",
        name: "watch_workflow",
        summary: "every record as server-sent events; Last-Event-ID or after resumes",
        source: Source::Client,
        need: Need::Right(Right::Read, About::Workflow),
        takes: Takes { headers: &[LAST_EVENT_ID], ..Takes::query::<watch::EventsQuery>() },
        gives: &[Gives::content(Content::Events(record_shape)), Gives::nothing(StatusCode::NO_CONTENT)],
        refuses: &[&[Code::WorkflowUnknown, Code::InvalidEventId, Code::Busy]],
        handler: |method| on(method, watch::events),
    },
    Route {
        method: Method::Post,
        path: "/v1/workflows/{id}/signals/{name}",
        name: "send_signal",
        summary: "send a signal that a task of it waits for, or will",
        source: Source::Client,
        need: Need::Right(Right::Control, About::Workflow),
        takes: Takes { body: Some(Body::Document(shape::<signal::SignalDocument>)), ..NOTHING },
        gives: &[Gives::recorded::<WorkflowSummary>(StatusCode::ACCEPTED)],
        refuses: &[ASKS, VIEWS, VAULT, signal::REFUSALS],
        handler: |method| on(method, signal::send),
    },
    Route {
        method: Method::Post,
        path: "/v1/workflows/{id}/retry",
        name: "retry_workflow",
        summary: "submit it again once it has ended: what has completed stands, the rest runs",
        source: Source::Client,
        need: Need::Right(Right::Submit, About::Workflow),
        takes: Takes { headers: &[IDEMPOTENCY_KEY], ..Takes::fields(&[retry::FROM]) },
        gives: &[retried(StatusCode::ACCEPTED), retried(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, VAULT, submit::REFUSALS, retry::REFUSALS],
        handler: |method| on(method, retry::retry),
    },
    Route {
        method: Method::Post,
        path: "/v1/workflows/{id}/cancel",
        name: "cancel_workflow",
        summary: "end everything of it that runs",
        source: Source::Client,
        need: Need::Right(Right::Control, About::Workflow),
        takes: Takes::fields(&[REASON]),
        gives: &[Gives::recorded::<WorkflowSummary>(StatusCode::ACCEPTED)],
        refuses: &[ASKS, VIEWS, CHANGES, &[Code::AlreadyCancelling]],
        handler: |method| {
            let ask = |reason| CancelRequested { reason }.into();
            on(method, move |s, c, w, r| control::change(s, c, w, r, ask, StatusCode::ACCEPTED))
        },
    },
    Route {
        method: Method::Post,
        path: "/v1/workflows/{id}/pause",
        name: "pause_workflow",
        summary: "start no more attempts of it",
        source: Source::Client,
        need: Need::Right(Right::Control, About::Workflow),
        takes: Takes::fields(&[REASON]),
        gives: &[Gives::recorded::<WorkflowSummary>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, CHANGES, &[Code::AlreadyPaused, Code::AlreadyCancelling]],
        handler: |method| {
            let ask = |reason| WorkflowPaused { reason }.into();
            on(method, move |s, c, w, r| control::change(s, c, w, r, ask, StatusCode::OK))
        },
    },
    Route {
        method: Method::Post,
        path: "/v1/workflows/{id}/resume",
        name: "resume_workflow",
        summary: "start attempts of it again",
        source: Source::Client,
        need: Need::Right(Right::Control, About::Workflow),
        takes: Takes::fields(&[REASON]),
        gives: &[Gives::recorded::<WorkflowSummary>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, CHANGES, &[Code::NotPaused, Code::AlreadyCancelling]],
        handler: |method| {
            let ask = |reason| WorkflowResumed { reason }.into();
            on(method, move |s, c, w, r| control::change(s, c, w, r, ask, StatusCode::OK))
        },
    },
];
