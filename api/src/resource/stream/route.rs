//! The routes of streams.

use super::wire::{Known, Stream, StreamList};
use crate::access::sight::About;
use crate::feed::stream_end;
use crate::http::answer::{json, recorded};
use crate::http::extract::{Caller, Named, PathId, StatedReason};
use crate::http::fields::STATED_REASON;
use crate::http::state::{AppState, blocking};
use crate::resource::route::{ASKS, Gives, Method, NOTHING, Need, Right, Route, Takes, VIEWS};
use crate::wire::problem::{Code, Problem};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::on;
use std::str::FromStr;
use triad_event::Source;
use triad_event::governance::{Ask, StreamClosed, StreamReleased};
use triad_event::ids::{NotAnId, StreamId};
use triad_projections::engine_state::Quarantine;

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/v1/streams",
        name: "list_streams",
        summary: "the streams in quarantine",
        source: Source::Operator,
        need: Need::Right(Right::Read, About::Installation),
        takes: NOTHING,
        gives: &[Gives::json::<StreamList>(StatusCode::OK)],
        refuses: &[VIEWS],
        handler: |method| on(method, list),
    },
    Route {
        method: Method::Get,
        path: "/v1/streams/{id}",
        name: "show_stream",
        summary: "whether a stream goes on, and if not, why",
        source: Source::Operator,
        need: Need::Right(Right::Read, About::Installation),
        takes: NOTHING,
        gives: &[Gives::json::<Stream>(StatusCode::OK)],
        refuses: &[VIEWS, &[Code::StreamUnknown]],
        handler: |method| on(method, show),
    },
    RELEASE,
    Route {
        path: "/v1/streams/{id}/close",
        name: "close_stream",
        summary: "end one in quarantine for ever",
        handler: |method| {
            on(method, |s, c, i, r| turn(s, c, i, r, |closed, reason| StreamClosed { closed, reason }.into()))
        },
        ..RELEASE
    },
];

const RELEASE: Route = Route {
    method: Method::Post,
    path: "/v1/streams/{id}/release",
    name: "release_stream",
    summary: "let one in quarantine go on",
    source: Source::Operator,
    need: Need::Right(Right::Operate, About::Installation),
    takes: Takes::fields(&[STATED_REASON]),
    gives: &[Gives::recorded::<Stream>(StatusCode::OK)],
    refuses: &[ASKS, VIEWS, TURNED],
    handler: |method| {
        on(method, |s, c, i, r| {
            turn(s, c, i, r, |released, reason| StreamReleased { released, reason }.into())
        })
    },
};

/// What may stand against anything that is done about a stream.
const TURNED: &[Code] = &[Code::StreamUnknown, Code::NotQuarantined, Code::InvalidValue];

/// A stream of any kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Any(StreamId);

impl FromStr for Any {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        text.parse().map(Self)
    }
}

impl Named for Any {
    const ZERO: Self = Self(StreamId::LOG);
    const OF: &'static str = "stream that can be set aside";
    const UNKNOWN: Code = Code::StreamUnknown;
}

async fn list(State(state): State<AppState>) -> Result<Response, Problem> {
    let aside = state.view(|views| Ok(views.engine_state())).await?.value.quarantined;
    let mut streams = Vec::with_capacity(aside.len());
    for Quarantine { because, .. } in aside {
        streams.push(state.describe_stream(because.quarantined).await?);
    }
    Ok(json(StatusCode::OK, &StreamList { streams }))
}

async fn show(State(state): State<AppState>, PathId(Any(stream)): PathId<Any>) -> Result<Response, Problem> {
    Ok(json(StatusCode::OK, &state.describe_stream(stream).await?))
}

async fn turn(
    State(state): State<AppState>,
    Caller(asker): Caller,
    PathId(Any(stream)): PathId<Any>,
    StatedReason(reason): StatedReason,
    ask: fn(StreamId, String) -> Ask,
) -> Result<Response, Problem> {
    // What nobody knows is in no quarantine either, and which of the two it is tells more.
    state.describe_stream(stream).await?;
    let answer = state.ask(asker, ask(stream, reason).into()).await?;
    answer.reply?;
    Ok(recorded(StatusCode::OK, &state.describe_stream(stream).await?, answer.sequence))
}

impl AppState {
    async fn describe_stream(&self, stream: StreamId) -> Result<Stream, Problem> {
        let reader = self.reader.clone();
        let end = blocking(move || stream_end(&reader, stream)).await?;
        let unknown = || Problem::new(Code::StreamUnknown, format!("there is no stream {stream}"));
        let end = end.ok_or_else(unknown)?;
        let known = self.view(move |views| {
            let (inbox, engine) = (views.alert_inbox().value, views.engine_state().value);
            Ok(Known {
                workflow: views.summary(stream.into())?.value,
                is_alert: inbox.alerts.iter().any(|alert| alert.id == stream),
                quarantine: engine.quarantined.into_iter().find(|one| one.because.quarantined == stream),
            })
        });
        Ok(Stream::of(stream, end.is_closed, &known.await?))
    }
}
