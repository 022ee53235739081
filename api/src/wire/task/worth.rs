//! What a task is worth and what it needs, as it comes in.

use super::aim;
use super::decimal::decimal;
use crate::wire::fault::cut;
use crate::wire::json::{Kind, Malformed, Reader};
use crate::wire::members::{Members, Row, plain_line};
use crate::wire::words::{Words, words};
use serde_json::json;
use triad_decide::limits::{GRANTS_LISTED_MAX, ID_BYTES_MAX};
use triad_event::intake::{HealingPolicy, Sovereignty, TaskTerms};
use triad_event::quantity::{MicroUsd, MilliwattHours, PartsPerMillion};

words! {
    HealingPolicy as HealingPolicy:
    None = "NONE", Retry = "RETRY", DiagnoseAndRetry = "DIAGNOSE_AND_RETRY", DiagnoseAndAsk = "DIAGNOSE_AND_ASK",
}

pub(super) const ROWS: &[Row<TaskTerms>] = &[
    Row {
        name: "energy_cost_est_kwh",
        read: |terms, members, reader| {
            let found = decimal(members, reader, "energy_cost_est_kwh", 6, u32::MAX.into())?;
            terms.energy_estimate = found.map(MilliwattHours);
            Ok(())
        },
        schema: || {
            let doc = "How much energy it is thought to take, in kilowatt hours; without it, that of one busy core for its \
                whole timeout. Where places are short and prices come from somewhere, what is worth more for each of them \
                goes first, and a budget keeps no less for it.";
            json!({ "description": doc, "type": "number", "minimum": 0, "maximum": 4294 })
        },
    },
    Row {
        name: "negentropy_value_score",
        read: |terms, members, reader| {
            let found = decimal(members, reader, "negentropy_value_score", 6, 1_000_000)?;
            terms.value_score = found.and_then(|ppm| u32::try_from(ppm).ok()).map(PartsPerMillion);
            Ok(())
        },
        schema: || {
            let doc = "What it is worth, from 0 to 1. Where places are short and prices come from somewhere, this times its \
                market_multiplier for each kilowatt hour decides who goes first among equally urgent tasks.";
            json!({ "description": doc, "type": "number", "minimum": 0, "maximum": 1 })
        },
    },
    Row {
        name: "market_multiplier",
        read: |terms, members, reader| {
            let found = decimal(members, reader, "market_multiplier", 6, 1_000_000_000)?;
            terms.market_multiplier = found.and_then(|ppm| u32::try_from(ppm).ok()).map(PartsPerMillion);
            Ok(())
        },
        schema: || {
            let doc = "By how much more or less it is worth at the time: negentropy_value_score is multiplied by it.";
            json!({ "description": doc, "type": "number", "minimum": 0, "maximum": 1000 })
        },
    },
    Row {
        name: "max_bid_price",
        read: |terms, members, reader| {
            let found = decimal(members, reader, "max_bid_price", 6, 1_000_000_000_000)?;
            terms.bid_price_max = found.and_then(|price| i64::try_from(price).ok()).map(MicroUsd);
            Ok(())
        },
        schema: || {
            let doc = "The most that a kilowatt hour may cost for it, in US dollars. Where prices come from somewhere \
                (`triad price`), a task that is not CRITICAL waits while it costs more. It runs at its last safe start in any \
                case: early enough for its deadline, or after the setting deferral_max.";
            json!({ "description": doc, "type": "number", "minimum": 0, "maximum": 1_000_000 })
        },
    },
    Row { name: "optimise", read: aim::read_optimise, schema: aim::optimise_schema },
    Row { name: "missing_price", read: aim::read_missing_price, schema: aim::missing_price_schema },
    Row { name: "interruptible", read: aim::read_interruptible, schema: aim::interruptible_schema },
    Row {
        name: "self_healing_policy",
        read: |terms, members, reader| {
            let Some(name) = members.text(reader, "self_healing_policy")? else { return Ok(()) };
            terms.healing = HealingPolicy::ALL.iter().copied().find(|policy| policy.word() == name);
            if terms.healing.is_none() {
                let known = <HealingPolicy as Words>::ALL.join(", ");
                members
                    .fault("self_healing_policy", || format!("must be one of {known}, not {:?}", cut(&name)));
            }
            Ok(())
        },
        schema: || {
            let doc = "What may be done by itself when it fails: nothing; what `retry` says; or with DIAGNOSE_AND_RETRY a fix \
                that follows from why it failed, within the limits of the operator, and else what `retry` says. With \
                DIAGNOSE_AND_ASK each fix waits for a person's word (`triad incident`).";
            json!({ "description": doc, "enum": <HealingPolicy as Words>::ALL })
        },
    },
    Row {
        name: "owner_persona",
        read: |terms, members, reader| {
            terms.owner_persona = members.text(reader, "owner_persona")?.unwrap_or_default();
            Ok(())
        },
        schema: || {
            let doc = "Who owns it, as people call them. It decides nothing, and stands in records for ever: nothing personal \
                belongs there.";
            json!({ "description": doc, "type": "string", "maxLength": ID_BYTES_MAX, "pattern": plain_line() })
        },
    },
    Row {
        name: "required_capabilities",
        read: |terms, members, reader| {
            terms.capabilities = names(members, reader, "required_capabilities")?;
            Ok(())
        },
        schema: || {
            let doc = "What whoever performs it must be able to do. It is kept with the task; everything is performed by this \
                server.";
            let name = json!({ "type": "string", "pattern": format!("^[a-z0-9_-]{{1,{ID_BYTES_MAX}}}$") });
            json!({ "description": doc, "type": "array", "items": name, "maxItems": GRANTS_LISTED_MAX, "uniqueItems": true })
        },
    },
    Row {
        name: "sovereignty_required",
        read: |terms, members, reader| {
            if members.expect(reader, "sovereignty_required", Kind::Boolean)? {
                let is_required = reader.raw()? == "true";
                terms.sovereignty =
                    Some(if is_required { Sovereignty::Required } else { Sovereignty::NotRequired });
            }
            Ok(())
        },
        schema: || {
            let doc = "Whether it must stay in the zones of the operator. It does: everything is performed by this server.";
            json!({ "description": doc, "type": "boolean" })
        },
    },
    Row {
        name: "status",
        read: |_, members, reader| {
            let status = members.text(reader, "status")?;
            if status.is_some_and(|status| status != "PENDING") {
                members.fault("status", || "is set by the engine: leave it out, or say PENDING".to_owned());
            }
            Ok(())
        },
        schema: || {
            let doc = "Where the task stands before it is submitted. Nothing comes of it.";
            json!({ "description": doc, "const": "PENDING" })
        },
    },
];

/// A list of names, in their order.
fn names(members: &mut Members<'_>, reader: &mut Reader<'_>, path: &str) -> Result<Vec<String>, Malformed> {
    let mut names = Vec::new();
    if !members.expect(reader, path, Kind::List)? {
        return Ok(names);
    }
    let mut position = 0_u64;
    reader.list(|reader| {
        let inner = format!("{path}[{position}]");
        position += 1;
        let Some(name) = members.text(reader, &inner)? else { return Ok(()) };
        if names.contains(&name) {
            members.fault(&inner, || format!("{:?} is named more than once", cut(&name)));
        } else if members.budget.take_text() {
            names.push(name);
        }
        Ok(())
    })?;
    names.sort_unstable();
    Ok(names)
}
