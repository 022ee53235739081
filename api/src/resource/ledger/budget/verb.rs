//! `triad ledger budget`

use crate::client::Api;
use crate::client::text::{checked, plain, text};
use crate::failure::Failure;
use crate::options::{ServerOption, StatedReasonOption};
use crate::output::Output;
use crate::resource::price::{micro_usd, usd, written};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use triad_event::economics::BudgetPeriod;

const PATH: &str = "/v1/ledger/budgets";

/// Budgets of tenants, owners and workflows: set, show, remove.
#[derive(Debug, Subcommand)]
pub(in super::super) enum BudgetVerb {
    /// Limit what an account may use. What could use more than is left waits, and nothing that runs is stopped.
    #[command(
        after_help = "Examples:\n  triad ledger budget set --tenant acme --period month --usd 20 --reason \"ticket 12\"\n  \
            triad ledger budget set --owner ann --period day --energy-kwh 1.5 --reason \"ticket 12\"\n  \
            triad ledger budget set --workflow ID --period total --usd 0.5 --reason \"a trial\"\n\n\
            docs/ledger.md says how much is kept for an attempt before it starts."
    )]
    Set {
        #[command(flatten)]
        at: ServerOption,
        #[command(flatten)]
        whose: Whose,
        /// For how long it is: day and month are those of UTC, total is for ever.
        #[arg(long, value_name = "PERIOD", value_parser = written::<BudgetPeriod>())]
        period: String,
        /// How much energy.
        #[arg(long, value_name = "KWH", allow_negative_numbers = true)]
        energy_kwh: Option<String>,
        /// How much money.
        #[arg(long, value_name = "USD", allow_negative_numbers = true)]
        usd: Option<String>,
        #[command(flatten)]
        why: StatedReasonOption,
    },
    /// Show the budgets and what is left of each.
    #[command(after_help = "Examples:\n  triad ledger budget show\n  triad ledger budget show --workflow ID")]
    Show {
        #[command(flatten)]
        at: ServerOption,
        /// Only those to which the runs of that workflow are charged.
        #[arg(long, value_name = "ID")]
        workflow: Option<String>,
    },
    /// Let an account use what it wants.
    #[command(after_help = "Example:\n  triad ledger budget remove --owner ann --reason \"ticket 13\"")]
    Remove {
        #[command(flatten)]
        at: ServerOption,
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        why: StatedReasonOption,
    },
}

/// Whose a budget is.
#[derive(Debug, Args)]
pub(in super::super) struct Whose {
    /// The tenant, all of which it is for. Beside --owner that of the owner, `default` unless it is said.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// An owner of that tenant.
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    /// A workflow that is alive.
    #[arg(long, value_name = "ID", conflicts_with_all = ["tenant", "owner"])]
    workflow: Option<String>,
}

impl BudgetVerb {
    pub(in super::super) fn run(self, output: &Output) -> Result<(), Failure> {
        let shown = match self {
            Self::Show { at, workflow: None } => Api::of(&at)?.get(PATH)?,
            Self::Show { at, workflow: Some(id) } => of_workflow(&Api::of(&at)?, &id)?,
            Self::Set { at, whose, period, energy_kwh, usd, why } => {
                if whose.is_nobody() {
                    return Err(Failure::usage("--tenant, --owner or --workflow says whose the budget is"));
                }
                let body = json!({
                    "tenant": whose.tenant,
                    "owner": whose.owner,
                    "workflow_id": whose.workflow,
                    "period": period.to_ascii_uppercase(),
                    "energy_mwh": millionths("--energy-kwh", energy_kwh)?,
                    "micro_usd": millionths("--usd", usd)?,
                    "reason": why.reason,
                });
                Api::of(&at)?.post(PATH, body.to_string().as_bytes(), None)?
            }
            Self::Remove { at, whose, why } => {
                if whose.is_nobody() {
                    return Err(Failure::usage("--tenant, --owner or --workflow says whose the budget is"));
                }
                let body = json!({
                    "tenant": whose.tenant,
                    "owner": whose.owner,
                    "workflow_id": whose.workflow,
                    "reason": why.reason,
                });
                Api::of(&at)?.delete(PATH, body.to_string().as_bytes())?
            }
        };
        output.result(|| describe(&shown), || shown.clone())
    }
}

/// The budgets to which the runs of a workflow are charged.
fn of_workflow(api: &Api, id: &str) -> Result<Value, Failure> {
    Ok(api.get(&format!("{PATH}?workflow_id={}", checked(id)?))?)
}

/// The same in a sentence, for whoever waits for one of them; none when there is nothing to say.
pub(in crate::resource) fn left_of_each(api: &Api, id: &str) -> Result<Option<String>, Failure> {
    let shown = of_workflow(api, id)?;
    let left: Vec<String> = shown["budgets"].as_array().into_iter().flatten().map(left).collect();
    Ok((!left.is_empty()).then(|| format!("Its budgets: {}.", left.join("; "))))
}

fn left(budget: &Value) -> String {
    let amounts = [("energy_mwh", "kWh"), ("micro_usd", "USD")].into_iter().filter_map(|(member, unit)| {
        let (all, left) = (budget[member].as_i64()?, budget["left"][member].as_i64().unwrap_or(0));
        Some(format!("{} of {} {unit}", usd(left), usd(all)))
    });
    let until = budget["until"].as_str().map(|until| format!(" until {}", plain(until))).unwrap_or_default();
    format!("{} has {} left{until}", whose(budget), amounts.collect::<Vec<_>>().join(" and "))
}

impl Whose {
    const fn is_nobody(&self) -> bool {
        self.tenant.is_none() && self.owner.is_none() && self.workflow.is_none()
    }
}

/// Kilowatt hours and dollars alike have millionths, and both are written exactly.
fn millionths(option: &str, written: Option<String>) -> Result<Option<i64>, Failure> {
    let read = |text: String| {
        let wrong = |_| {
            Failure::usage(format!(
                "{option}: {text:?} is no number with at most six digits behind the point"
            ))
        };
        micro_usd(&text).map_err(wrong)
    };
    written.map(read).transpose()
}

fn describe(shown: &Value) -> String {
    let budgets = shown["budgets"].as_array().map_or(&[][..], Vec::as_slice);
    if budgets.is_empty() {
        return "nobody has a budget".to_owned();
    }
    budgets.iter().map(budget).collect::<Vec<_>>().join("\n")
}

fn whose(budget: &Value) -> String {
    match (budget["workflow_id"].as_str(), budget["owner"].as_str()) {
        (Some(workflow), _) => format!("workflow {}", plain(workflow)),
        (None, Some("")) => format!("{}, no owner", text(&budget["tenant"])),
        (None, Some(owner)) => format!("{}/{}", text(&budget["tenant"]), plain(owner)),
        (None, None) => format!("tenant {}", text(&budget["tenant"])),
    }
}

fn budget(budget: &Value) -> String {
    let whose = whose(budget);
    let until = budget["until"].as_str().map(|until| format!(" until {}", plain(until))).unwrap_or_default();
    let exhausted = if budget["is_exhausted"] == true { "  EXHAUSTED" } else { "" };
    let mut lines = vec![format!("{whose}  {}{until}{exhausted}", text(&budget["period"]).to_lowercase())];
    for (member, unit) in [("energy_mwh", "kWh"), ("micro_usd", "USD")] {
        let amount = |part: &Value| part[member].as_i64().map_or("-".to_owned(), usd);
        if budget[member].is_null() {
            continue;
        }
        lines.push(format!(
            "  {:>12} {unit}  {} charged, {} reserved, {} left; {} overrun",
            amount(budget),
            amount(&budget["charged"]),
            amount(&budget["reserved"]),
            amount(&budget["left"]),
            amount(&budget["overrun"]),
        ));
    }
    lines.join("\n")
}
