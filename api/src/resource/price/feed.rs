//! A feed: prices that are fetched from an address now and then, and recorded like those that somebody publishes. What the feed
//! says is believed only as far as it fits: its currency and its area, its time, the bounds of a price. What cannot be taken
//! changes nothing, and raises an alert that stands until something could be taken.

use super::document::{PublicationDocument, StepDocument};
use crate::failure::Failure;
use crate::http::state::{AppState, blocking};
use crate::outgoing::{self, Named, OutgoingOptions};
use clap::Args;
use serde::Deserialize;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;
use triad_decide::alerts;
use triad_decide::limits::REASON_BYTES_MAX;
use triad_decide::prices::Known;
use triad_event::Source;
use triad_event::alerts::{AlertKind, ConditionEnded, ConditionReported};
use triad_event::ids::StreamId;
use triad_event::prices::{Ask, PriceStep, PricesPublished};
use triad_perform::Asker;
use ureq::config::Config;

/// Size of what a feed answers: 6,144 steps, a hundred bytes each, and as much again.
const BYTES_MAX: u64 = 1024 * 1024;
/// How long a feed may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// Addresses of one name that are tried, one after another, each with that patience.
const ADDRESSES_MAX: usize = 2;

/// Where prices are fetched from. Without an address nobody fetches any.
#[derive(Debug, Args)]
pub(crate) struct FeedOptions {
    /// Fetch prices from this address: JSON with currency, area, published and steps, as docs/deferral.md says.
    #[arg(long, env = "TRIAD_PRICE_FEED", value_name = "URL")]
    price_feed: Option<String>,
    /// Seconds between two fetches.
    #[arg(
        long, env = "TRIAD_PRICE_FEED_INTERVAL", default_value_t = 900, value_name = "SECONDS",
        value_parser = clap::value_parser!(u64).range(1..=86_400)
    )]
    price_feed_interval: u64,
}

impl FeedOptions {
    pub(crate) fn checked(&self, options: &OutgoingOptions) -> Result<Option<PriceFeed>, Failure> {
        let Some(url) = &self.price_feed else { return Ok(None) };
        let wrong = |error: outgoing::NotAllowed| Failure::usage(format!("--price-feed: {error}"));
        let named = outgoing::read(url).map_err(wrong)?;
        if let Err(error @ outgoing::NotAllowed::Forbidden(_)) = outgoing::resolve(&named.host, named.port) {
            return Err(wrong(error));
        }
        let interval = Duration::from_secs(self.price_feed_interval);
        let trust = options.trust(&named)?;
        Ok(Some(PriceFeed { named: Arc::new(named), interval, calls: outgoing::calls(PATIENCE, trust) }))
    }
}

/// Where prices are fetched from, and how often.
#[derive(Clone)]
pub(crate) struct PriceFeed {
    named: Arc<Named>,
    interval: Duration,
    calls: Config,
}

/// What a feed answers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answered {
    currency: String,
    area: String,
    published: String,
    steps: Vec<StepDocument>,
}

/// Fetches prices until the server stops.
pub(crate) async fn follow(state: AppState, feed: PriceFeed) {
    let mut stopping = state.stopping.clone();
    let mut alert = Standing::default();
    while !*stopping.borrow() {
        let taken = tokio::select! {
            taken = state.take_prices(&feed) => taken,
            _ = stopping.wait_for(|stopping| *stopping) => return,
        };
        if let Err(why) = &taken {
            tracing::warn!("prices could not be taken from {}: {why}", feed.named.authority);
        }
        alert.follow(&state, taken).await;
        tokio::select! {
            () = sleep(feed.interval) => {}
            _ = stopping.wait_for(|stopping| *stopping) => return,
        }
    }
}

/// Whether the alert stands that prices could not be taken.
#[derive(Default)]
pub(super) struct Standing(bool);

impl Standing {
    /// It is raised once, and resolved once something could be taken.
    pub(super) async fn follow(&mut self, state: &AppState, taken: Result<(), String>) {
        let met = match taken {
            Ok(()) => self.0.then_some(ENDED),
            Err(why) => (!self.0).then(|| reported(&why)),
        };
        let Some(met) = met else { return };
        match state.ask(Asker::system(Source::Engine), met.into()).await {
            Ok(_) => self.0 = !self.0,
            Err(problem) => tracing::warn!("an alert could not be recorded: {}", problem.text()),
        }
    }
}

const FAILED: AlertKind = AlertKind::PriceFeedFailed;
const ENDED: alerts::Ask = alerts::Ask::End(ConditionEnded { alert: FAILED, about: StreamId::LOG });

fn reported(why: &str) -> alerts::Ask {
    let detail = why[..why.floor_char_boundary(REASON_BYTES_MAX)].to_owned();
    alerts::Ask::Report(ConditionReported { alert: FAILED, about: StreamId::LOG, detail })
}

impl AppState {
    /// Fetches once, and records what is new; says why nothing could be taken.
    async fn take_prices(&self, feed: &PriceFeed) -> Result<(), String> {
        let from = feed.clone();
        let fetched = blocking(move || Ok::<_, Infallible>(from.fetch())).await;
        let bytes = fetched.map_err(|problem| problem.text())??;
        let Answered { currency, area, published, steps } = serde_json::from_slice(&bytes)
            .map_err(|error| format!("its answer is no publication: {error}"))?;
        let status = self.engine.status().await.map_err(|error| error.to_string())?;
        let known = status.prices.ok_or("no source is set: `triad price set series` sets one")?;
        if currency != known.source.currency {
            return Err(format!(
                "its prices are in {currency:?}, and those of the source in {:?}",
                known.source.currency
            ));
        }
        if area != known.source.area {
            return Err(format!(
                "its prices are for {area:?}, and those of the source for {:?}",
                known.source.area
            ));
        }
        let document = PublicationDocument { published: Some(published), currency, steps };
        let asked = document.asked(status.time).map_err(|problem| problem.text())?;
        let Some(asked) = news(&known, asked) else { return Ok(()) };
        let answer = self.ask(Asker::system(Source::Engine), Ask::from(asked).into()).await;
        let reply = answer.map_err(|problem| problem.text())?.reply;
        reply.map(drop).map_err(|refusal| refusal.to_string())
    }
}

/// What is not known yet. Where a price holds for its time, however long ago it was published, only what changed is news.
pub(super) fn news(known: &Known, asked: PricesPublished) -> Option<PricesPublished> {
    let curve = if known.source.usd_per_unit.is_some() { &known.quoted } else { &known.curve };
    let is_known = |step: &PriceStep| {
        let (from_ms, until_ms) = (step.from.0 / 1000, step.from.later(step.length.span()).0 / 1000);
        let mut known_until_ms = from_ms;
        for piece in curve.within(from_ms, until_ms) {
            if piece.start_ms > known_until_ms || piece.price_micro_per_kwh != step.per_kwh.0 {
                return false;
            }
            known_until_ms = piece.end_ms;
        }
        known_until_ms >= until_ms
    };
    if asked.steps.is_empty() || known.published.is_some_and(|latest| asked.published < latest) {
        // To be refused.
        return Some(asked);
    }
    if known.source.age_max.is_some() && known.published != Some(asked.published) {
        return Some(asked);
    }
    let PricesPublished { mut steps, published, currency } = asked;
    steps.retain(|step| !is_known(step));
    (!steps.is_empty()).then_some(PricesPublished { steps, published, currency })
}

impl PriceFeed {
    /// What the feed answers now. The name is looked up once: what was looked at is what is called.
    fn fetch(&self) -> Result<Vec<u8>, String> {
        let Named { host, port, .. } = &*self.named;
        let addresses = outgoing::resolve(host, *port).map_err(|error| error.to_string())?;
        let mut last = String::new();
        for address in addresses.into_iter().take(ADDRESSES_MAX) {
            match self.fetch_from(address) {
                Ok(bytes) => return Ok(bytes),
                Err(why) => last = why,
            }
        }
        Err(last)
    }

    fn fetch_from(&self, address: SocketAddr) -> Result<Vec<u8>, String> {
        let asked = outgoing::agent(&self.calls, address).get(&self.named.url).call();
        let mut answer = asked.map_err(|error| error.to_string())?;
        if !answer.status().is_success() {
            return Err(format!("it answers with status {}", answer.status().as_u16()));
        }
        let read = answer.body_mut().with_config().limit(BYTES_MAX).read_to_vec();
        read.map_err(|error| {
            let is_too_long = matches!(error, ureq::Error::BodyExceedsLimit(_));
            if is_too_long {
                format!("its answer is longer than {BYTES_MAX} bytes")
            } else {
                error.to_string()
            }
        })
    }
}
