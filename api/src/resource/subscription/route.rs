//! The routes of subscriptions and of messages.

use super::wire::{Message, MessageList, Subscription, SubscriptionDocument, SubscriptionList, Trial};
use crate::access::sight::About;
use crate::entropy;
use crate::http::answer::{json, recorded};
use crate::http::document::Document;
use crate::http::extract::{Caller, Query, Reason};
use crate::http::fields::STATED_REASON;
use crate::http::state::{AppState, internal};
use crate::resource::route::{ASKS, Body, Gives, Method, NOTHING, Need, Right, Route, Takes, VIEWS, shape};
use crate::wire::problem::{Code, Problem};
use crate::wire::words::Word;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::on;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::task::spawn_blocking;
use triad_decide::Input;
use triad_event::Source;
use triad_event::alerts::{Ask, MessageRedelivered, SubscriptionRemoved};
use triad_event::ids::StreamId;
use triad_projections::view::subscription_book::SubscriptionBook;

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/v1/subscriptions",
        name: "list_subscriptions",
        summary: "which events which channel is told of",
        source: Source::Operator,
        need: Need::Right(Right::Read, About::Installation),
        takes: NOTHING,
        gives: &[Gives::json::<SubscriptionList>(StatusCode::OK)],
        refuses: &[VIEWS],
        handler: |method| on(method, list),
    },
    Route {
        method: Method::Post,
        path: "/v1/subscriptions",
        name: "set_subscription",
        summary: "have a channel told of events, or change of which",
        source: Source::Operator,
        need: Need::Right(Right::Administer, About::Installation),
        takes: Takes { body: Some(Body::Document(shape::<SubscriptionDocument>)), ..NOTHING },
        gives: &[Gives::recorded::<Subscription>(StatusCode::CREATED)],
        refuses: &[ASKS, VIEWS, &[Code::InvalidValue, Code::ChannelUnknown, Code::TooManySubscriptions]],
        handler: |method| on(method, set),
    },
    Route {
        method: Method::Delete,
        path: "/v1/subscriptions/{name}",
        name: "remove_subscription",
        summary: "send nothing more for a subscription, and nothing that waited",
        source: Source::Operator,
        need: Need::Right(Right::Administer, About::Installation),
        takes: Takes::fields(&[STATED_REASON]),
        gives: &[Gives::recorded::<SubscriptionList>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, &[Code::SubscriptionUnknown, Code::InvalidValue]],
        handler: |method| on(method, remove),
    },
    Route {
        method: Method::Post,
        path: "/v1/subscriptions/{name}/test",
        name: "test_subscription",
        summary: "send a message that says that somebody tries it; nothing is recorded",
        source: Source::Operator,
        need: Need::Right(Right::Operate, About::Installation),
        takes: NOTHING,
        gives: &[Gives::json::<Trial>(StatusCode::OK)],
        refuses: &[VIEWS, &[Code::SubscriptionUnknown, Code::ChannelUnknown]],
        handler: |method| on(method, test),
    },
    Route {
        method: Method::Get,
        path: "/v1/messages",
        name: "list_messages",
        summary: "messages that were not taken: those that are tried, and those that were given up",
        source: Source::Operator,
        need: Need::Right(Right::Read, About::Installation),
        takes: Takes::query::<MessagesQuery>(),
        gives: &[Gives::json::<MessageList>(StatusCode::OK)],
        refuses: &[VIEWS],
        handler: |method| on(method, messages),
    },
    Route {
        method: Method::Post,
        path: "/v1/messages/redeliver",
        name: "redeliver_message",
        summary: "send a message that was given up once more, with the same id",
        source: Source::Operator,
        need: Need::Right(Right::Operate, About::Installation),
        takes: Takes { body: Some(Body::Document(shape::<RedeliverDocument>)), ..NOTHING },
        gives: &[Gives::recorded::<Message>(StatusCode::ACCEPTED)],
        refuses: &[ASKS, VIEWS, &[Code::MessageUnknown, Code::InvalidValue]],
        handler: |method| on(method, redeliver),
    },
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MessagesQuery {
    /// Only those that were given up.
    #[serde(default)]
    given_up: bool,
}

/// A message to send once more.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RedeliverDocument {
    /// Sequence of the record that made it.
    message: u64,
    /// Why.
    #[serde(default)]
    reason: String,
}

async fn list(State(state): State<AppState>) -> Result<Response, Problem> {
    Ok(json(StatusCode::OK, &state.subscription_list().await?))
}

async fn set(
    State(state): State<AppState>,
    Caller(asker): Caller,
    Document(document): Document<SubscriptionDocument>,
) -> Result<Response, Problem> {
    let escalates_to = document.escalation.as_ref().map(|escalation| &escalation.channel);
    for channel in [Some(&document.channel), escalates_to].into_iter().flatten() {
        if !state.channels.has(channel) {
            return Err(Problem::new(Code::ChannelUnknown, format!("there is no channel {channel:?}")));
        }
    }
    let set = document.checked()?;
    let name = set.name.clone();
    let turn = state.subscribing.lock().await;
    let answer = state.ask(asker, Input::of_log(Ask::Subscribe(Box::new(set)))).await?;
    drop(turn);
    answer.reply?;
    state.subscriptions_changed.notify_one();
    let look = move |book: &SubscriptionBook| book.find(&name).map(|one| Subscription::of(book, one));
    let shown = state.view(move |views| Ok(views.subscriptions(look))).await?.value.ok_or_else(unknown)?;
    Ok(recorded(StatusCode::CREATED, &shown, answer.sequence))
}

async fn remove(
    State(state): State<AppState>,
    Caller(asker): Caller,
    Path(name): Path<String>,
    Reason(reason): Reason,
) -> Result<Response, Problem> {
    let ask = Ask::from(SubscriptionRemoved { name, reason });
    let answer = state.ask(asker, Input::of_log(ask)).await?;
    answer.reply?;
    state.subscriptions_changed.notify_one();
    Ok(recorded(StatusCode::OK, &state.subscription_list().await?, answer.sequence))
}

async fn test(State(state): State<AppState>, Path(name): Path<String>) -> Result<Response, Problem> {
    let look =
        move |book: &SubscriptionBook| book.find(&name).map(|one| (one.name.clone(), one.channel.clone()));
    let found = state.view(move |views| Ok(views.subscriptions(look))).await?.value;
    let (name, channel) = found.ok_or_else(unknown)?;
    let id = StreamId(entropy::id()).to_string();
    let (channels, to) = (state.channels.clone(), channel.clone());
    let sent =
        spawn_blocking(move || channels.try_out(&to, &name, id)).await.map_err(|error| internal(&error))?;
    let none = || Problem::new(Code::ChannelUnknown, format!("this server has no channel {channel:?}"));
    let (delivery, status) = sent.ok_or_else(none)?;
    Ok(json(StatusCode::OK, &Trial { channel, delivery: Word(delivery), status }))
}

async fn messages(
    State(state): State<AppState>,
    Query(query): Query<MessagesQuery>,
) -> Result<Response, Problem> {
    let look = move |book: &SubscriptionBook| {
        let shown =
            book.messages.iter().rev().filter(|message| !query.given_up || message.given_up.is_some());
        shown.map(Message::from).collect()
    };
    let messages = state.view(move |views| Ok(views.subscriptions(look))).await?.value;
    Ok(json(StatusCode::OK, &MessageList { messages }))
}

async fn redeliver(
    State(state): State<AppState>,
    Caller(asker): Caller,
    Document(RedeliverDocument { message, reason }): Document<RedeliverDocument>,
) -> Result<Response, Problem> {
    let look = move |book: &SubscriptionBook| {
        book.messages.iter().find(|one| one.made.sequence == message).map(Message::from)
    };
    let before = state.view(move |views| Ok(views.subscriptions(look))).await?.value;
    let ask = Ask::from(MessageRedelivered { message, reason });
    let answer = state.ask(asker, Input::of_log(ask)).await?;
    answer.reply?;
    // It may have been taken already.
    let shown = state.view(move |views| Ok(views.subscriptions(look))).await?.value.or(before);
    let none = || Problem::new(Code::MessageUnknown, format!("there is no message {message}"));
    Ok(recorded(StatusCode::ACCEPTED, &shown.ok_or_else(none)?, answer.sequence))
}

fn unknown() -> Problem {
    Problem::new(Code::SubscriptionUnknown, "there is no such subscription".to_owned())
}

impl AppState {
    async fn subscription_list(&self) -> Result<SubscriptionList, Problem> {
        let channels = self.channels.clone();
        let look = move |book: &SubscriptionBook| SubscriptionList::of(book, channels.all());
        Ok(self.view(move |views| Ok(views.subscriptions(look))).await?.value)
    }
}
