//! What a channel is told of until somebody says otherwise: alerts.

use super::PER_MINUTE;
use crate::http::state::AppState;
use crate::wire::problem::Problem;
use triad_decide::Input;
use triad_event::Source;
use triad_event::alerts::{Ask, SubscriptionSet};
use triad_perform::Asker;
use triad_projections::view::alert_inbox::AlertInbox;
use triad_projections::view::subscription_book::SubscriptionBook;

/// The kinds that people are told of by themselves. That an alert returns or subsides is for the inbox.
const KINDS: [&str; 2] = ["alerts.alert_raised", "alerts.alert_resolved"];

/// Records that channels which no subscription ever named are told of alerts, those that stand among them. Whoever removes that
/// subscription, or sets one of the same name, has the last word.
pub(super) async fn offer(state: &AppState) -> Result<(), Problem> {
    let _turn = state.subscribing.lock().await;
    let known = |book: &SubscriptionBook| {
        let names = book.subscriptions.iter().map(|one| one.name.clone());
        book.channels.iter().cloned().chain(names).collect::<Vec<_>>()
    };
    let known = state.view(move |views| Ok(views.subscriptions(known))).await?.value;
    // Whatever is raised from here on is told, also what comes into the log before the subscription does.
    let seen = state.durable().next_sequence;
    let inbox = state.view(|views| Ok(views.alert_inbox())).await?.value;
    for channel in state.channels.of_alerts.iter().filter(|channel| !known.contains(channel)) {
        let set = SubscriptionSet {
            name: channel.clone(),
            channel: channel.clone(),
            kinds: KINDS.map(str::to_owned).to_vec(),
            filter: None,
            escalation: None,
            per_minute: PER_MINUTE,
            from: Some(oldest_standing(&inbox).unwrap_or(seen)),
            reason: "every channel is told of alerts until somebody says otherwise".to_owned(),
        };
        let ask = Ask::Subscribe(Box::new(set));
        let answer = state.ask(Asker::system(Source::Operator), Input::of_log(ask)).await?;
        if let Err(refusal) = answer.reply {
            tracing::warn!("channel {channel} is told of no alerts: {refusal}");
        }
    }
    Ok(())
}

/// The record that raised the oldest alert that stands.
fn oldest_standing(inbox: &AlertInbox) -> Option<u64> {
    let standing = inbox.alerts.iter().filter(|alert| alert.resolved.is_none());
    standing.map(|alert| alert.raised.sequence).min()
}
