//! For what a task waits, as it comes in.

use super::decimal::decimal;
use super::gate;
use crate::wire::fault::cut;
use crate::wire::json::{Kind, Malformed, Reader};
use crate::wire::members::{Members, listed};
use serde_json::{Value, json};
use triad_event::intake::{Measure, Suspension, TaskTerms, Weight};
use triad_event::prices::MissingPrice;
use triad_event::quantity::PartsPerMillion;

/// What a run has less of at some times than at others.
const MEASURES: [(&str, Measure); 2] = [("price", Measure::Price), ("carbon", Measure::Carbon)];
/// One, in millionths.
const ALL: u32 = 1_000_000;

/// How a definition calls what happens without a price.
const POLICIES: [(&str, MissingPrice); 4] = [
    ("wait", MissingPrice::Wait),
    ("run-now", MissingPrice::RunNow),
    ("last-known", MissingPrice::LastKnown),
    ("typical", MissingPrice::Typical),
];

/// All of the weight lies on what is named; of several each has its share.
pub(super) fn read_optimise(
    terms: &mut TaskTerms,
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
) -> Result<(), Malformed> {
    if reader.kind()? == Kind::Object {
        return read_weights(terms, members, reader);
    }
    let Some(name) = members.text(reader, "optimise")? else { return Ok(()) };
    let found = MEASURES.iter().find(|(known, _)| *known == name);
    terms.optimise =
        found.map(|(_, of)| Weight { of: *of, share: PartsPerMillion(ALL) }).into_iter().collect();
    if found.is_none() {
        members.fault("optimise", || format!("must be price, carbon or their shares, not {:?}", cut(&name)));
    }
    Ok(())
}

fn read_weights(
    terms: &mut TaskTerms,
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
) -> Result<(), Malformed> {
    let at = reader.place();
    let mut weights: Vec<Weight> = Vec::new();
    let mut is_whole = true;
    gate::read_object(members, reader, "optimise", "price and carbon", |key, members, reader| {
        let Some((name, of)) = MEASURES.iter().find(|(known, _)| *known == key) else {
            is_whole = false;
            return Ok(false);
        };
        let path = format!("optimise.{name}");
        let share =
            decimal(members, reader, &path, 6, ALL.into())?.and_then(|share| u32::try_from(share).ok());
        if share == Some(0) {
            members.fault(&path, || "must be more than 0: leave out what does not count".to_owned());
        }
        is_whole &= share.is_some_and(|share| share > 0);
        weights.extend(share.map(|share| Weight { of: *of, share: PartsPerMillion(share) }));
        Ok(true)
    })?;
    let sum: u64 = weights.iter().map(|weight| u64::from(weight.share.0)).sum();
    if is_whole && sum != u64::from(ALL) {
        members.at = at;
        members.fault("optimise", || "its shares must make 1 together".to_owned());
        return Ok(());
    }
    weights.sort_unstable_by_key(|weight| weight.of);
    // What is wrong with it is told already.
    terms.optimise = if is_whole { weights } else { Vec::new() };
    Ok(())
}

pub(super) fn optimise_schema() -> Value {
    let doc = "For what it waits: `price` is the cheapest time for electricity that it has, `carbon` the one at which its \
        generation sets free the least carbon dioxide, by what is published and what is expected after that. Shares, \
        which make 1 together, weigh both, each divided by its mean over the time that the task has. With `price` alone and \
        max_bid_price it also goes on at a price within that; with `carbon` it never does above it before its last safe \
        start. Where prices or carbon intensity come from somewhere (`triad price`, `triad carbon`), for tasks that are not \
        CRITICAL; it runs at its last safe start in any case.";
    let share = json!({ "type": "number", "exclusiveMinimum": 0, "maximum": 1 });
    let weights = json!({
        "type": "object", "additionalProperties": false, "minProperties": 1,
        "properties": { "price": share, "carbon": share },
    });
    json!({ "description": doc, "oneOf": [{ "enum": MEASURES.map(|(known, _)| known) }, weights] })
}

pub(super) fn read_missing_price(
    terms: &mut TaskTerms,
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
) -> Result<(), Malformed> {
    let Some(name) = members.text(reader, "missing_price")? else { return Ok(()) };
    terms.missing_price = POLICIES.iter().find(|(known, _)| *known == name).map(|(_, policy)| *policy);
    if terms.missing_price.is_none() {
        let known = listed(POLICIES.iter().map(|(known, _)| *known));
        members.fault("missing_price", || format!("must be one of {known}, not {:?}", cut(&name)));
    }
    Ok(())
}

pub(super) fn read_interruptible(
    terms: &mut TaskTerms,
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
) -> Result<(), Malformed> {
    if members.expect(reader, "interruptible", Kind::Boolean)? {
        terms.suspension = (reader.raw()? == "true").then_some(Suspension::Allowed);
    }
    Ok(())
}

pub(super) fn interruptible_schema() -> Value {
    let doc = "Whether its run may be suspended: then it is planned over several stretches of the time that it has, and stands \
        still between them. Nothing of it is executed meanwhile, it keeps its memory, takes no place, and its timeout stands \
        still as well. For tasks with a command, and with max_bid_price or optimise.";
    json!({ "description": doc, "type": "boolean" })
}

pub(super) fn missing_price_schema() -> Value {
    let doc = "What happens to it while there is no price, or no carbon intensity: it waits, it runs, the last \
        price is taken for a day, or \
        the one in the \
        middle of the last four weeks. Without it what the source of prices says. For tasks with max_bid_price or optimise.";
    json!({ "description": doc, "enum": POLICIES.map(|(known, _)| known) })
}
