//! Finds the events that subscriptions name, behind the durable log, and has messages made of them: each on its own while there
//! are few, and one for all of them when there are many. How far each subscription was told is in the record of its messages, so
//! that a server which ends in between neither forgets an event nor tells of it twice.

use super::defaults::offer;
use super::found::{Candidate, candidates};
use super::held::{Held, Looked};
use crate::http::state::{AppState, blocking};
use crate::wire::problem::{Code, Problem};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use triad_decide::Input;
use triad_event::Source;
use triad_event::alerts::{Ask, MessageMade};
use triad_event::quantity::Micros;
use triad_perform::Asker;
use triad_projections::view::subscription_book::{Subscription, SubscriptionBook};

/// Between two looks while records are written: people wait for no millisecond, and many records are looked at together.
const PAUSE: Duration = Duration::from_millis(100);
/// The longest sleep. A minute that is over is noticed after it.
const SLEEP_MAX: Duration = Duration::from_secs(1);
/// Blocks of the log that are looked at before subscriptions are read again.
const BLOCKS_PER_TURN: usize = 64;
/// Messages of all subscriptions that may wait before events are gathered. The core takes some more.
const WAITING_MAX: usize = 500;

type Looks = BTreeMap<String, Looked>;

/// Looks after all subscriptions until the server stops.
pub(crate) async fn drive(state: AppState) {
    let mut stopping = state.stopping.clone();
    let mut durable = state.follow_durable();
    let mut looks = Looks::new();
    let mut is_offered = false;
    while !*stopping.borrow() {
        durable.borrow_and_update();
        let turn = async {
            if !is_offered {
                offer(&state).await?;
                is_offered = true;
            }
            state.take_subscription_turn(&mut looks).await
        };
        match turn.await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(_) if *stopping.borrow() => return,
            Err(problem) => {
                if problem.code != Code::Stopping {
                    tracing::warn!("subscriptions wait: {}", problem.text());
                }
                // What was found but not recorded is looked for again.
                looks.clear();
            }
        }
        let has_held = looks.values().any(|looked| looked.held.is_some());
        let is_idle = looks.is_empty();
        tokio::select! {
            () = state.subscriptions_changed.notified() => {}
            () = tokio::time::sleep(SLEEP_MAX), if has_held => {}
            changed = durable.changed(), if !is_idle => if changed.is_err() { return },
            () = tokio::time::sleep(SLEEP_MAX), if is_idle => {}
            _ = stopping.wait_for(|stopping| *stopping) => return,
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Messages that are still tried.
fn waiting(book: &SubscriptionBook) -> usize {
    book.messages.iter().filter(|message| message.given_up.is_none()).count()
}

impl AppState {
    /// Looks at the next records, and says whether there are more.
    async fn take_subscription_turn(&self, looks: &mut Looks) -> Result<bool, Problem> {
        let all = |book: &SubscriptionBook| (book.subscriptions.clone(), waiting(book));
        let (subscriptions, mut waiting) = self.view(move |views| Ok(views.subscriptions(all))).await?.value;
        looks.retain(|name, _| subscriptions.iter().any(|one| one.name == *name));
        for one in &subscriptions {
            let looked = Looked::from(one.since.sequence, one.next);
            let known = looks.entry(one.name.clone()).or_insert_with(|| looked.clone());
            if known.set != one.since.sequence {
                *known = looked;
            }
        }
        let now = self.engine.status().await?.time;
        let until = self.durable().next_sequence;
        for _ in 0..BLOCKS_PER_TURN {
            let Some(from) = looks.values().map(|looked| looked.next).min().filter(|from| *from < until)
            else {
                break;
            };
            self.look_at_block(from, until, &subscriptions, looks).await?;
        }
        for one in &subscriptions {
            let Some(looked) = looks.get_mut(&one.name) else { continue };
            self.tell(one, looked, now, &mut waiting).await?;
        }
        Ok(looks.values().any(|looked| looked.next < until))
    }

    /// Holds what the subscriptions name of one block, each from where it is on.
    async fn look_at_block(
        &self,
        from: u64,
        until: u64,
        subscriptions: &[Subscription],
        looks: &mut Looks,
    ) -> Result<(), Problem> {
        let kinds: BTreeSet<String> = subscriptions.iter().flat_map(|one| one.kinds.clone()).collect();
        let reader = self.reader.clone();
        let (found, next) = blocking(move || candidates(&reader, from, &kinds)).await?;
        let next = next.min(until).max(from + 1);
        let found: Vec<Candidate> = found.into_iter().filter(|one| one.sequence < next).collect();
        let found = if found.is_empty() { found } else { self.with_workflows(found).await? };
        for one in subscriptions {
            let Some(looked) = looks.get_mut(&one.name).filter(|looked| looked.next < next) else { continue };
            let begin = looked.next;
            let of_kind = found
                .iter()
                .filter(|event| event.sequence >= begin && one.kinds.iter().any(|kind| kind == event.kind));
            let of_kind: Vec<Candidate> = of_kind.cloned().collect();
            let named = match &one.filter {
                Some(filter) if !of_kind.is_empty() => self.filtered(filter.clone(), of_kind).await?,
                Some(_) | None => of_kind,
            };
            named.iter().for_each(|event| looked.singles.push(event.held()));
            looked.next = next;
        }
        Ok(())
    }

    /// Has messages made of what was found: of each event one while there are few within a minute, of the rest one later.
    async fn tell(
        &self,
        one: &Subscription,
        looked: &mut Looked,
        now: Micros,
        waiting: &mut usize,
    ) -> Result<(), Problem> {
        let mut left = match one.may_send(now) {
            Ok(()) if now.0 >= one.minute.0.saturating_add(60_000_000) => one.per_minute,
            Ok(()) => one.per_minute - one.in_minute,
            Err(_) => 0,
        };
        let mut may_send = |waiting: &usize| {
            let may = left > 0 && *waiting < WAITING_MAX;
            left -= u32::from(may);
            may
        };
        if looked.held.is_some() && may_send(waiting) {
            let held = looked.held.take().expect("invariant: it was looked at");
            self.make(one, held).await?;
            *waiting += 1;
        }
        for single in std::mem::take(&mut looked.singles) {
            if looked.held.is_none() && may_send(waiting) {
                self.make(one, single).await?;
                *waiting += 1;
            } else {
                looked.hold(single);
            }
        }
        Ok(())
    }

    /// Records a message, as the server itself.
    async fn make(&self, one: &Subscription, held: Held) -> Result<(), Problem> {
        let Held { first, last, events, alerts } = held;
        let (subscription, channel) = (one.name.clone(), one.channel.clone());
        let made = MessageMade { subscription, channel, first, last, events, alerts };
        let ask = Ask::Send(Box::new(made));
        self.ask(Asker::system(Source::Engine), Input::of_log(ask)).await?.reply?;
        Ok(())
    }
}
