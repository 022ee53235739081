//! `triad price`

use super::{file, plot};
use crate::client::Api;
use crate::client::text::{encoded, plain, text};
use crate::failure::Failure;
use crate::options::{ReasonOption, ServerOption};
use crate::output::Output;
use crate::resource::noun::Verb;
use crate::wire::words::Words;
use clap::Subcommand;
use clap::builder::PossibleValuesParser;
use serde_json::{Value, json};
use std::path::PathBuf;
use triad_event::prices::{EstimatedBy, MissingPrice, SourceKind, USD};

/// Prices of electricity, for which tasks with `max_bid_price` or `optimise: price` wait: show, set, publish, remove.
#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "one is read from a command line and carried out")]
#[command(
    after_help = "Example:\n  triad price set series --area DE-LU --reason \"ticket 12\"\n  triad price publish day-ahead.csv"
)]
pub(super) enum Price {
    /// Show where prices come from and what they are.
    #[command(
        after_help = "Examples:\n  triad price show\n  triad price show --from 2026-12-24T00:00:00Z --limit 96 -o json\n  triad price show --svg prices.svg"
    )]
    Show {
        #[command(flatten)]
        at: ServerOption,
        /// The moment from which on they are shown; now unless it is said.
        #[arg(long, value_name = "TIME")]
        from: Option<String>,
        /// How many steps.
        #[arg(long, default_value_t = 48, value_name = "N")]
        limit: usize,
        /// Draw them as well, into a file that is not there yet, as SVG: from half a day ago unless --from says otherwise.
        #[arg(long, value_name = "FILE")]
        svg: Option<PathBuf>,
    },
    /// Say where prices come from. From then on tasks with a bid wait for them, unless they are critical.
    #[command(after_help = "Examples:\n  triad price set series --area DE-LU --missing last-known\n  \
            triad price set fixed --usd-per-kwh 0.12\n  \
            triad price set series --low 0.05 --high 0.60\n  \
            triad price set series --currency EUR --usd-per-unit 1.0832\n\n\
            A series and a table of times of use are published: `triad price publish FILE.csv`.")]
    Set {
        #[command(flatten)]
        at: ServerOption,
        /// What kind of source it is.
        #[arg(value_name = "KIND", value_parser = written::<SourceKind>())]
        kind: String,
        /// What a kilowatt hour costs at any time, of a fixed price.
        #[arg(long, value_name = "USD", allow_negative_numbers = true)]
        usd_per_kwh: Option<String>,
        /// The same in the currency of the source.
        #[arg(long, value_name = "PRICE", allow_negative_numbers = true, conflicts_with = "usd_per_kwh")]
        per_kwh: Option<String>,
        /// The currency in which prices are published. Bids are in USD: another one needs --usd-per-unit.
        #[arg(long, default_value = USD, value_name = "CODE")]
        currency: String,
        /// What one unit of the currency is worth. Every price is converted by it, and rounded down.
        #[arg(long, value_name = "USD")]
        usd_per_unit: Option<String>,
        /// The part of the grid that they are for; what it was before, unless it is said. What was published for another one is
        /// forgotten.
        #[arg(long, value_name = "TEXT")]
        area: Option<String>,
        /// What happens to tasks while there is no price.
        #[arg(long, default_value = "wait", value_name = "POLICY", value_parser = written::<MissingPrice>())]
        missing: String,
        /// How many seconds ago a price may have been published; without it a price holds for its time.
        #[arg(long, value_name = "SECONDS")]
        age_max: Option<u64>,
        /// The lowest price that is to be thought of, where only the present one is published: with --high, tasks that
        /// wait for the cheapest time are decided by a threshold.
        #[arg(long, value_name = "PRICE", requires = "high", allow_negative_numbers = true)]
        low: Option<String>,
        /// The highest price that is to be thought of.
        #[arg(long, value_name = "PRICE", requires = "low", allow_negative_numbers = true)]
        high: Option<String>,
        /// By what it is estimated how long a task takes.
        #[arg(long, default_value = "runs", value_name = "BY", value_parser = written::<EstimatedBy>())]
        estimates: String,
        #[command(flatten)]
        why: ReasonOption,
    },
    /// Publish prices from a file of lines FROM,MINUTES,PER_KWH. They replace those of the same time.
    #[command(
        after_help = "Example:\n  triad price publish day-ahead.csv\n\nA line of it: 2026-12-24T18:00:00Z,60,0.1812"
    )]
    Publish {
        #[command(flatten)]
        at: ServerOption,
        /// The file; - reads standard input.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The currency in which they are: that of the source.
        #[arg(long, default_value = USD, value_name = "CODE")]
        currency: String,
        /// When they were published; now unless it is said.
        #[arg(long, value_name = "TIME")]
        published: Option<String>,
    },
    /// Let prices come from nowhere. Every task that waits for one goes on.
    #[command(after_help = "Example:\n  triad price remove --reason \"contract ended\"")]
    Remove {
        #[command(flatten)]
        at: ServerOption,
        #[command(flatten)]
        why: ReasonOption,
    },
}

impl Verb for Price {
    fn run(self, output: &Output) -> Result<(), Failure> {
        let shown = match self {
            Self::Show { at, from, limit, svg } => {
                let api = Api::of(&at)?;
                svg.iter().try_for_each(|file| plot::prices(&api, from.as_deref(), file))?;
                let from = from.map(|from| format!("&from={}", encoded(&from))).unwrap_or_default();
                api.get(&format!("/v1/prices?limit={limit}{from}"))?
            }
            Self::Set {
                at,
                kind,
                usd_per_kwh,
                per_kwh,
                currency,
                usd_per_unit,
                area,
                missing,
                age_max,
                low,
                high,
                estimates,
                why,
            } => {
                let price = |written: Option<String>| {
                    written.as_deref().map(file::micro_usd).transpose().map_err(Failure::usage)
                };
                let has_price = usd_per_kwh.is_some() || per_kwh.is_some();
                if (kind == "fixed") != has_price {
                    return Err(Failure::usage(match has_price {
                        true => {
                            "--usd-per-kwh and --per-kwh are for a fixed price: that of a series is published"
                        }
                        false => "a fixed price needs --usd-per-kwh, or --per-kwh in another currency",
                    }));
                }
                let api = Api::of(&at)?;
                let body = json!({
                    "source": word(&kind),
                    "fixed_micro_usd_per_kwh": price(usd_per_kwh)?,
                    "fixed_micro_per_kwh": price(per_kwh)?,
                    "currency": currency,
                    "micro_usd_per_unit": price(usd_per_unit)?,
                    "area": area_of(&api, "/v1/prices", area)?,
                    "missing": word(&missing),
                    "age_max_seconds": age_max,
                    "low_micro_per_kwh": price(low)?,
                    "high_micro_per_kwh": price(high)?,
                    "estimates": word(&estimates),
                    "reason": why.reason,
                });
                api.post("/v1/prices/source", body.to_string().as_bytes(), None)?
            }
            Self::Publish { at, file, currency, published } => {
                let steps = file::read(&file, &file::PRICES)?;
                let body = json!({ "published": published, "currency": currency, "steps": steps });
                Api::of(&at)?.post("/v1/prices", body.to_string().as_bytes(), None)?
            }
            Self::Remove { at, why } => {
                let body = json!({ "reason": why.reason }).to_string();
                Api::of(&at)?.delete("/v1/prices/source", body.as_bytes())?
            }
        };
        output.result(|| describe(&shown), || shown.clone())
    }
}

/// The area that is said, or the present one.
pub(in crate::resource) fn area_of(api: &Api, path: &str, said: Option<String>) -> Result<String, Failure> {
    if let Some(area) = said {
        return Ok(area);
    }
    let shown = api.get(&format!("{path}?limit=1"))?;
    Ok(shown["source"]["area"].as_str().map(str::to_owned).unwrap_or_default())
}

/// How a value of a closed set is written in documents: `run-now` is `RUN_NOW`.
pub(in crate::resource) fn word(written: &str) -> String {
    written.to_ascii_uppercase().replace('-', "_")
}

/// The values of a closed set as they are written on a command line.
pub(in crate::resource) fn written<T: Words>() -> PossibleValuesParser {
    T::ALL.iter().map(|word| word.to_ascii_lowercase().replace('_', "-")).collect::<Vec<_>>().into()
}

/// Between which prices all are said to lie, and how many do not.
fn bounds(shown: &Value) -> Option<String> {
    let bounds = &shown["source"]["bounds"];
    let bound = |name: &str| bounds[name].as_i64().map(file::usd);
    let (low, high) = (bound("low_micro_usd_per_kwh")?, bound("high_micro_usd_per_kwh")?);
    let outside = match shown["outside_bounds"].as_u64() {
        None | Some(0) => String::new(),
        Some(steps) => {
            format!(
                "; {steps} published steps lay outside of the bounds: nothing is promised for their windows"
            )
        }
    };
    Some(format!("bounds     {low} to {high} USD/kWh{outside}"))
}

fn describe(shown: &Value) -> String {
    let source = &shown["source"];
    if source.is_null() {
        return "prices come from nowhere: tasks wait for none".to_owned();
    }
    let area = source["area"].as_str().filter(|area| !area.is_empty());
    let mut lines = vec![
        format!(
            "source     {}{}",
            text(&source["kind"]),
            area.map(|area| format!(" of {}", plain(area))).unwrap_or_default()
        ),
        format!("missing    {}", text(&source["missing"])),
        format!(
            "now        {}",
            shown["now"]["micro_usd_per_kwh"]
                .as_i64()
                .map_or("no price".to_owned(), |price| format!("{} USD/kWh", file::usd(price)))
        ),
        format!("published  {}", text(&shown["published"])),
        format!("waiting    {} tasks", shown["waiting"]),
    ];
    if let Some(age_ms) = source["age_max_ms"].as_u64() {
        lines.insert(2, format!("age        at most {} s", age_ms / 1000));
    }
    lines.extend(bounds(shown));
    if let Some(rate) = source["micro_usd_per_unit"].as_i64() {
        let currency = text(&source["currency"]);
        lines.insert(1, format!("currency   {currency}, of which one is {} USD", file::usd(rate)));
    }
    let is_fixed = source["kind"] == "FIXED";
    let steps = shown["steps"].as_array().into_iter().flatten().filter(|_| !is_fixed);
    lines.extend(steps.map(|step| {
        let price = step["micro_usd_per_kwh"].as_i64().map(file::usd).unwrap_or_default();
        let quoted = step["quoted_micro_per_kwh"]
            .as_i64()
            .map(|quoted| format!("  {:>10} {}", file::usd(quoted), text(&source["currency"])));
        let quoted = quoted.unwrap_or_default();
        format!("  {}  {}  {price:>10}{quoted}", text(&step["from"]), text(&step["until"]))
    }));
    if let Some(next) = shown["next_from"].as_str() {
        lines.push(format!("... more: --from {}", plain(next)));
    }
    lines.join("\n")
}
