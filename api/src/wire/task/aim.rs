//! For what a task waits, as it comes in.

use crate::wire::fault::cut;
use crate::wire::json::{Kind, Malformed, Reader};
use crate::wire::members::{Members, listed};
use serde_json::{Value, json};
use triad_event::intake::{Measure, TaskTerms, Weight};
use triad_event::prices::MissingPrice;
use triad_event::quantity::PartsPerMillion;

/// What has less of it at some times than at others, and is not measured yet.
const LATER: [&str; 1] = ["carbon"];

/// How a definition calls what happens without a price.
const POLICIES: [(&str, MissingPrice); 4] = [
    ("wait", MissingPrice::Wait),
    ("run-now", MissingPrice::RunNow),
    ("last-known", MissingPrice::LastKnown),
    ("typical", MissingPrice::Typical),
];

/// All of the weight lies on what is named.
pub(super) fn read_optimise(
    terms: &mut TaskTerms,
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
) -> Result<(), Malformed> {
    if reader.kind()? == Kind::Object {
        members.at = reader.place();
        reader.skip()?;
        members.fault("optimise", || "weights are not supported yet: write optimise: price".to_owned());
        return Ok(());
    }
    let Some(name) = members.text(reader, "optimise")? else { return Ok(()) };
    if name == "price" {
        terms.optimise = vec![Weight { of: Measure::Price, share: PartsPerMillion(1_000_000) }];
    } else if LATER.contains(&name.as_str()) {
        members.fault("optimise", || format!("{name} is not supported yet: price is"));
    } else {
        members.fault("optimise", || format!("must be price, not {:?}", cut(&name)));
    }
    Ok(())
}

pub(super) fn optimise_schema() -> Value {
    let doc = "For what it waits: `price` is the cheapest time for electricity that it has, by the prices that are published and \
        what is expected after them. With max_bid_price as well it also goes on at a price within that. Where prices come from \
        somewhere (`triad price`), for tasks that are not CRITICAL; it runs at its last safe start in any case.";
    json!({ "description": doc, "const": "price" })
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

pub(super) fn missing_price_schema() -> Value {
    let doc = "What happens to it while there is no price: it waits, it runs, the last price is taken for a day, or \
        the one in the \
        middle of the last four weeks. Without it what the source of prices says. For tasks with max_bid_price or optimise.";
    json!({ "description": doc, "enum": POLICIES.map(|(known, _)| known) })
}
