//! `triad ledger`

use super::budget::verb::BudgetVerb;
use crate::client::Api;
use crate::client::text::{checked, encoded, text};
use crate::failure::Failure;
use crate::options::ServerOption;
use crate::output::Output;
use crate::resource::noun::Verb;
use crate::resource::price::usd;
use clap::Subcommand;
use serde_json::Value;

/// What was used, in energy and money: by tenant, by owner and by workflow.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  triad ledger show --owner platform\n  triad setting set core_power 8000 --reason \"measured\""
)]
pub(super) enum Ledger {
    /// Show the accounts: in all, by tenant, by owner, and of the newest workflows.
    #[command(
        after_help = "Examples:\n  triad ledger show\n  triad ledger show --owner platform --limit 20\n  \
            triad ledger show --workflow ID -o json\n\n\
            Energy is processor time times the setting core_power. docs/ledger.md has what that leaves out."
    )]
    Show {
        #[command(flatten)]
        at: ServerOption,
        /// Only that tenant.
        #[arg(long, value_name = "NAME")]
        tenant: Option<String>,
        /// Only that owner.
        #[arg(long, value_name = "NAME")]
        owner: Option<String>,
        /// Only the account of that workflow.
        #[arg(long, value_name = "ID", conflicts_with_all = ["tenant", "owner", "limit", "cursor"])]
        workflow: Option<String>,
        /// How many workflows.
        #[arg(long, value_name = "N")]
        limit: Option<usize>,
        /// Where the page of workflows before ended.
        #[arg(long, value_name = "CURSOR")]
        cursor: Option<u64>,
    },
    /// Show how much declared value was verified for each kilowatt hour, by owner and day.
    #[command(after_help = "Examples:\n  triad ledger negentropy --from 2026-12-01 --to 2026-12-31\n  \
            triad ledger negentropy --owner platform -o json\n\n\
            Tasks declare it with negentropy_value_score and market_multiplier; docs/negentropy.md has the definition.")]
    Negentropy {
        #[command(flatten)]
        at: ServerOption,
        /// Only that tenant.
        #[arg(long, value_name = "NAME")]
        tenant: Option<String>,
        /// Only that owner.
        #[arg(long, value_name = "NAME")]
        owner: Option<String>,
        /// The first day, UTC.
        #[arg(long, value_name = "DAY")]
        from: Option<String>,
        /// The last day.
        #[arg(long, value_name = "DAY")]
        to: Option<String>,
    },
    /// Budgets of tenants, owners and workflows: set, show, remove.
    #[command(subcommand)]
    Budget(BudgetVerb),
}

/// Workflows that are shown when nobody says how many.
const WORKFLOWS_SHOWN: usize = 20;

impl Verb for Ledger {
    fn run(self, output: &Output) -> Result<(), Failure> {
        let (at, tenant, owner, workflow, limit, cursor) = match self {
            Self::Budget(verb) => return verb.run(output),
            Self::Negentropy { at, tenant, owner, from, to } => {
                let wanted = [("tenant", tenant), ("owner", owner), ("from", from), ("to", to)];
                return audit(&Api::of(&at)?, wanted, output);
            }
            Self::Show { at, tenant, owner, workflow, limit, cursor } => {
                (at, tenant, owner, workflow, limit, cursor)
            }
        };
        let api = Api::of(&at)?;
        if let Some(id) = workflow {
            let shown = api.get(&format!("/v1/workflows/{}?limit=1", checked(&id)?))?;
            return output.result(|| account(&shown["account"]).join("\n"), || shown["account"].clone());
        }
        let mut path = format!("/v1/ledger?limit={}", limit.unwrap_or(WORKFLOWS_SHOWN));
        for (name, value) in
            [("tenant", tenant), ("owner", owner), ("cursor", cursor.map(|at| at.to_string()))]
        {
            if let Some(value) = value {
                path += &format!("&{name}={}", encoded(&value));
            }
        }
        let shown = api.get(&path)?;
        output.result(|| describe(&shown), || shown.clone())
    }
}

/// Value and energy, a line a day of an owner.
fn audit(api: &Api, wanted: [(&str, Option<String>); 4], output: &Output) -> Result<(), Failure> {
    let given = wanted.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", encoded(&value?))));
    let query = given.collect::<Vec<_>>().join("&");
    let shown = api.get(&format!("/v1/ledger/negentropy?{query}"))?;
    output.result(|| describe_audit(&shown), || shown.clone())
}

fn describe_audit(shown: &Value) -> String {
    let sums = |sums: &Value| {
        // A billionth of a kilowatt hour is 3600 millionths of a joule.
        let kwh = sums["energy_uj"]
            .as_u64()
            .map(|used| used / 3600)
            .map_or("-".to_owned(), |kwh| format!("{}.{:09}", kwh / 1_000_000_000, kwh % 1_000_000_000));
        let value = |member: &str| amount(&sums[member]);
        format!(
            "{} declared, {} verified, {} not verified for {kwh} kWh: {} per kWh",
            value("declared_micro"),
            value("verified_micro"),
            value("unverified_micro"),
            value("verified_micro_per_kwh"),
        )
    };
    let rows = shown["rows"].as_array().map_or(&[][..], Vec::as_slice);
    let row = |row: &Value| {
        format!("{}  {}/{}  {}", text(&row["day"]), text(&row["tenant"]), text(&row["owner"]), sums(row))
    };
    let mut lines = vec![format!("total       {}", sums(&shown["total"]))];
    lines.extend(rows.iter().map(row));
    if shown["more_rows"] == true {
        lines.push("... more days: --tenant, --owner, --from, --to".to_owned());
    }
    lines.join("\n")
}

fn describe(shown: &Value) -> String {
    let mut lines = account(&shown["total"]);
    if !shown["supply"].is_null() {
        lines.push(format!("supply     {}", balance(&shown["supply"])));
    }
    let mut listed = |head: &str, rows: &Value, named: &dyn Fn(&Value) -> String| {
        let rows = rows.as_array().map_or(&[][..], Vec::as_slice);
        if !rows.is_empty() {
            lines.push(String::new());
            lines.push(head.to_owned());
        }
        lines.extend(rows.iter().map(|row| format!("  {:<34} {}", named(row), balance(&row["account"]))));
    };
    listed("tenants", &shown["tenants"], &|row| text(&row["tenant"]));
    listed("owners", &shown["owners"], &|row| format!("{}/{}", text(&row["tenant"]), text(&row["owner"])));
    listed("workflows", &shown["workflows"], &|row| text(&row["workflow_id"]));
    if shown["more_owners"] == true {
        lines.push("... more owners: --tenant, --owner".to_owned());
    }
    if let Some(next) = shown["next_cursor"].as_u64() {
        lines.push(format!("... more workflows: --cursor {next}"));
    }
    lines.join("\n")
}

fn account(account: &Value) -> Vec<String> {
    let [estimated, deferred] = ["estimated", "deferred"].map(|part| &account[part]);
    let busy = account["processor_time_us"].as_f64();
    let busy = busy.map_or("-".to_owned(), |busy_us| format!("{:.3}", busy_us / 1e6));
    let mut lines = vec![
        format!("used       {}", balance(account)),
        format!("runs       {}, processors busy for {busy} s", account["runs"]),
    ];
    if account["counted_runs"].as_u64().is_some_and(|runs| runs > 0) {
        lines.push(format!("counted    {} runs, by the counters of the processors", account["counted_runs"]));
    }
    if account["unpriced_runs"].as_u64().is_some_and(|runs| runs > 0) {
        lines.push(format!("unpriced   {} runs, for which no money is charged", account["unpriced_runs"]));
    }
    if estimated["runs"].as_u64().is_some_and(|runs| runs > 0) {
        let (thought, took) = (amount(&estimated["estimate_mwh"]), amount(&estimated["energy_mwh"]));
        lines.push(format!("estimated  {thought} kWh for {} runs, which took {took}", estimated["runs"]));
    }
    if deferred["runs"].as_u64().is_some_and(|runs| runs > 0) {
        let money = |member: &str| amount(&deferred[member]);
        lines.push(format!(
            "waited     {} runs saved {} USD: {} instead of {} at once",
            deferred["runs"],
            money("saved_micro_usd"),
            money("micro_usd"),
            money("run_now_micro_usd"),
        ));
    }
    let judged = &account["judged"];
    if judged["runs"].as_u64().is_some_and(|runs| runs > 0) {
        let capture = judged["capture_ppm"].as_i64().map(|ppm| format!("{} % of what could be", share(ppm)));
        lines.push(format!(
            "regret     {} USD: {} runs at the cheapest times {}; saved {}",
            amount(&judged["regret_micro_usd"]),
            judged["runs"],
            amount(&judged["clairvoyant_micro_usd"]),
            capture.unwrap_or_else(|| "nothing, as nothing could be".to_owned()),
        ));
    }
    lines
}

/// Parts per million as per cent, with one digit behind the point, rounded down.
fn share(ppm: i64) -> String {
    let tenths = ppm.div_euclid(1000);
    format!("{}{}.{}", if tenths < 0 { "-" } else { "" }, tenths.abs() / 10, tenths.abs() % 10)
}

fn balance(account: &Value) -> String {
    format!("{:>12} kWh  {:>10} USD", amount(&account["energy_mwh"]), amount(&account["micro_usd"]))
}

/// Millionths of a dollar; and a milliwatt hour is a millionth of a kilowatt hour, so it is written as money is. A dash for what
/// another version of the server does not say.
fn amount(millionths: &Value) -> String {
    millionths.as_i64().map_or("-".to_owned(), usd)
}
