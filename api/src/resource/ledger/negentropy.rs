//! The Negentropy Audit: how much declared value was verified for the energy that it took, by owner and day.

use crate::access::admitted::Admitted;
use crate::access::sight::About;
use crate::clock;
use crate::http::answer::json;
use crate::http::extract::Query;
use crate::http::state::AppState;
use crate::resource::route::{Gives, Method, Need, Right, Route, Takes, VIEWS};
use crate::wire::problem::{Code, Problem};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::on;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use triad_event::Source;
use triad_projections::negentropy::{self, DAYS_KEPT, Figures};

/// Days of owners in one answer: the days that are kept, of some dozens of owners.
const ROWS_MAX: usize = 10_000;
const DAY_SECONDS: i64 = 86_400;

pub(super) const SHOW: Route = Route {
    method: Method::Get,
    path: "/v1/ledger/negentropy",
    name: "audit_negentropy",
    summary: "how much declared value was verified for each kilowatt hour, by owner and day",
    source: Source::Client,
    need: Need::Right(Right::Read, About::Home),
    takes: Takes::query::<AuditQuery>(),
    gives: &[Gives::json::<Audit>(StatusCode::OK)],
    refuses: &[VIEWS, &[Code::InvalidQuery]],
    handler: |method| on(method, show),
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AuditQuery {
    /// Only that tenant, as far as whoever asks sees it.
    tenant: Option<String>,
    /// Only that owner; empty for the workflows of those who needed no credential.
    owner: Option<String>,
    /// The first day, UTC, such as 2026-12-01. 400 days are kept.
    from: Option<String>,
    /// The last day.
    to: Option<String>,
}

/// Value and energy, as far as whoever asks sees it. Values are in millionths: a score of 1 with a multiplier of 1 is 1000000.
#[derive(Serialize, JsonSchema)]
struct Audit {
    /// All rows as one.
    total: Sums,
    /// By tenant, owner and day, in this order.
    rows: Vec<Row>,
    /// Whether there are more rows than are listed, and not in the total: ask for one owner, or fewer days.
    more_rows: bool,
    /// The newest sequence that the answer knows.
    as_of: Option<u64>,
}

#[derive(Serialize, JsonSchema)]
struct Row {
    tenant: String,
    /// None for the workflows of those who needed no credential.
    owner: Option<String>,
    /// UTC, such as 2026-12-01.
    day: String,
    #[serde(flatten)]
    sums: Sums,
}

/// Sums over tasks by the day on which they ended, and over runs by the day on which they were charged.
#[derive(Serialize, JsonSchema)]
struct Sums {
    /// Tasks with a declared value that were charged, and that completed or failed.
    tasks: u64,
    /// Those of them whose last attempt was verified.
    verified_tasks: u64,
    /// What all of them were declared to be worth.
    declared_micro: u64,
    /// What those that were verified were declared to be worth, each times the share of its checks that hold, rounded down.
    verified_micro: u64,
    /// What those were declared to be worth that completed and were not verified.
    unverified_micro: u64,
    /// What all runs of tasks with a declared value used, in millionths of a joule.
    energy_uj: u64,
    /// What all runs of tasks without one used.
    other_energy_uj: u64,
    /// Verified value for each kilowatt hour, rounded down; none where no energy was measured.
    verified_micro_per_kwh: Option<u64>,
    /// The same of all value of tasks that completed, whether it was verified or not.
    declared_micro_per_kwh: Option<u64>,
}

impl Sums {
    fn of(figures: &Figures) -> Self {
        Self {
            tasks: figures.tasks,
            verified_tasks: figures.verified_tasks,
            declared_micro: figures.declared,
            verified_micro: figures.verified,
            unverified_micro: figures.unverified,
            energy_uj: figures.energy_uj,
            other_energy_uj: figures.other_energy_uj,
            verified_micro_per_kwh: figures.verified_per_kwh(),
            declared_micro_per_kwh: figures.declared_per_kwh(),
        }
    }
}

async fn show(
    State(state): State<AppState>,
    admitted: Admitted,
    Query(query): Query<AuditQuery>,
) -> Result<Response, Problem> {
    let AuditQuery { tenant, owner, from, to } = query;
    let from = from.map(|text| day_of(&text, "from")).transpose()?.unwrap_or(i64::MIN);
    let to = to.map(|text| day_of(&text, "to")).transpose()?.unwrap_or(i64::MAX);
    if from > to {
        return Err(Problem::new(Code::InvalidQuery, "from lies behind to: no day is asked for"));
    }
    let mut sight = state.sight_of(&admitted);
    let found = state
        .view(move |views| {
            Ok(views.negentropy(|kept| {
                let is_meant = |one: &&negentropy::Day| {
                    (from..=to).contains(&one.day)
                        && tenant.as_ref().is_none_or(|tenant| one.tenant == *tenant)
                        && owner.as_ref().is_none_or(|owner| one.owner == *owner)
                        && sight.sees(&one.tenant)
                };
                kept.days.iter().filter(is_meant).take(ROWS_MAX + 1).cloned().collect::<Vec<_>>()
            }))
        })
        .await?;
    let (mut days, as_of) = (found.value, found.through);
    let more_rows = days.len() > ROWS_MAX;
    days.truncate(ROWS_MAX);
    let total = days.iter().fold(Figures::default(), |sum, one| sum.with(&one.figures));
    let row = |one: negentropy::Day| Row {
        tenant: one.tenant,
        owner: Some(one.owner).filter(|owner| !owner.is_empty()),
        day: shown(one.day),
        sums: Sums::of(&one.figures),
    };
    let rows = days.into_iter().map(row).collect();
    Ok(json(StatusCode::OK, &Audit { total: Sums::of(&total), rows, more_rows, as_of }))
}

/// A day as it is written: ten characters, and nothing of a time.
fn day_of(text: &str, name: &str) -> Result<i64, Problem> {
    let date = text.parse::<Date>().ok().filter(|_| text.len() == 10);
    let midnight = date.and_then(|date| date.to_zoned(TimeZone::UTC).ok());
    let day = midnight.map(|midnight| midnight.timestamp().as_second().div_euclid(DAY_SECONDS));
    day.ok_or_else(|| {
        let detail = format!("{name} is a day in UTC such as 2026-12-01; the latest {DAYS_KEPT} are kept");
        Problem::new(Code::InvalidQuery, detail)
    })
}

fn shown(day: i64) -> String {
    let mut shown = clock::show(day.saturating_mul(DAY_SECONDS).saturating_mul(1_000_000));
    shown.truncate(10);
    shown
}
