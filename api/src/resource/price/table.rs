//! A tariff that a server publishes by itself: what its file says for the next days, as steps that are recorded like those that
//! somebody publishes. It is read again now and then, so a file that was changed counts from then on.

use super::feed::{Standing, news};
use super::tariff::Tariff;
use crate::failure::Failure;
use crate::http::state::AppState;
use clap::Args;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::sleep;
use triad_calendar::Walls;
use triad_event::Source;
use triad_event::prices::{Ask, PricesPublished, SourceKind};
use triad_perform::Asker;

/// Between two looks, at which hardly ever anything is new.
const INTERVAL: Duration = Duration::from_secs(30);
/// Where prices count for some time only, they are published again after so long, or after half of that time.
const AGAIN_US: i64 = 3_600_000_000;
/// How far ahead prices are published: below the eight days that may be, for as long as the next look takes.
const AHEAD_MS: i64 = 7 * 86_400_000;

/// A tariff whose prices a server publishes.
#[derive(Debug, Args)]
pub(crate) struct TableOptions {
    /// Publish the prices of this tariff for the coming week, again and again: a file with lines DAYS,FROM,UNTIL,USD_PER_KWH,
    /// such
    /// as MON-FRI,07:00,22:00,0.31, for a source of the kind time-of-use.
    #[arg(long, env = "TRIAD_PRICE_TABLE", value_name = "FILE", requires = "price_zone")]
    price_table: Option<PathBuf>,
    /// The time zone by whose clocks the tariff goes, such as Europe/Berlin.
    #[arg(long, env = "TRIAD_PRICE_ZONE", value_name = "ZONE", requires = "price_table")]
    price_zone: Option<String>,
}

/// A tariff in a file.
#[derive(Debug, Clone)]
pub(crate) struct PriceTable {
    file: PathBuf,
    walls: Walls,
}

impl TableOptions {
    /// Reads the file once, so that what is wrong with it is said before anything is served.
    pub(crate) fn checked(&self) -> Result<Option<PriceTable>, Failure> {
        let (Some(file), Some(zone)) = (&self.price_table, &self.price_zone) else { return Ok(None) };
        if zone.trim().is_empty() {
            return Err(Failure::usage(
                "--price-zone is empty: name a time zone, such as Europe/Berlin".to_owned(),
            ));
        }
        let walls =
            Walls::of(zone).map_err(|fault| Failure::usage(format!("--price-zone: {}", fault.problem)))?;
        let table = PriceTable { file: file.clone(), walls };
        table.tariff().map_err(|what| Failure::usage(format!("--price-table: {what}")))?;
        Ok(Some(table))
    }
}

impl PriceTable {
    fn tariff(&self) -> Result<Tariff, String> {
        let named = |what: String| format!("{}: {what}", Path::display(&self.file));
        let text = std::fs::read_to_string(&self.file).map_err(|error| named(error.to_string()))?;
        Tariff::read(&text, self.walls.clone()).map_err(named)
    }
}

/// Publishes until the server stops.
pub(crate) async fn follow(state: AppState, table: PriceTable) {
    let mut stopping = state.stopping.clone();
    let mut alert = Standing::default();
    loop {
        let taken = state.take_table(&table).await;
        if let Err(why) = &taken {
            tracing::warn!("the tariff could not be published: {why}");
        }
        alert.follow(&state, taken).await;
        tokio::select! {
            () = sleep(INTERVAL) => {}
            _ = stopping.wait_for(|stopping| *stopping) => return,
        }
    }
}

impl AppState {
    /// Publishes what is new, to a source that takes it.
    async fn take_table(&self, table: &PriceTable) -> Result<(), String> {
        let status = self.engine.status().await.map_err(|error| error.to_string())?;
        let Some(known) = status.prices.filter(|known| known.source.kind == SourceKind::TimeOfUse) else {
            return Ok(());
        };
        if let Some(age_max) = known.source.age_max {
            let again_us = age_max.to_micros().0.saturating_div(2).min(AGAIN_US);
            if known.published.is_some_and(|at| status.time.0 - at.0 < again_us) {
                return Ok(());
            }
        }
        let now_ms = status.time.0.div_euclid(1000);
        let steps = table.tariff()?.steps(now_ms, now_ms + AHEAD_MS);
        let Some(asked) = news(
            &known,
            PricesPublished { steps, published: status.time, currency: known.source.currency.clone() },
        ) else {
            return Ok(());
        };
        let answer = self.ask(Asker::system(Source::Engine), Ask::from(asked).into()).await;
        let reply = answer.map_err(|problem| problem.text())?.reply;
        reply.map(drop).map_err(|refusal| refusal.to_string())
    }
}
