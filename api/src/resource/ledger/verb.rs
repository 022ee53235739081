//! `triad ledger`

use crate::client::Api;
use crate::client::text::{checked, encoded, plain, text};
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
}

/// Workflows that are shown when nobody says how many.
const WORKFLOWS_SHOWN: usize = 20;

impl Verb for Ledger {
    fn run(self, output: &Output) -> Result<(), Failure> {
        let Self::Show { at, tenant, owner, workflow, limit, cursor } = self;
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
    let busy = account["processor_time_us"].as_f64().unwrap_or_default() / 1e6;
    let mut lines = vec![
        format!("used       {}", balance(account)),
        format!("runs       {}, processors busy for {busy:.3} s", account["runs"]),
    ];
    if account["unpriced_runs"].as_u64().is_some_and(|runs| runs > 0) {
        lines.push(format!("unpriced   {} runs, for which no money is charged", account["unpriced_runs"]));
    }
    if estimated["runs"].as_u64().is_some_and(|runs| runs > 0) {
        let (thought, took) = (kwh(&estimated["estimate_mwh"]), kwh(&estimated["energy_mwh"]));
        lines.push(format!("estimated  {thought} kWh for {} runs, which took {took}", estimated["runs"]));
    }
    if deferred["runs"].as_u64().is_some_and(|runs| runs > 0) {
        let money = |member: &str| deferred[member].as_i64().map(usd).unwrap_or_default();
        lines.push(format!(
            "waited     {} runs saved {} USD: {} instead of {} at once",
            deferred["runs"],
            money("saved_micro_usd"),
            money("micro_usd"),
            money("run_now_micro_usd"),
        ));
    }
    lines
}

fn balance(account: &Value) -> String {
    let money = account["micro_usd"].as_i64().map(usd).unwrap_or_default();
    format!("{:>12} kWh  {:>10} USD", kwh(&account["energy_mwh"]), plain(&money))
}

/// A milliwatt hour is a millionth of a kilowatt hour, so it is written as money is.
fn kwh(milliwatt_hours: &Value) -> String {
    milliwatt_hours.as_i64().map(usd).unwrap_or_default()
}
