//! What electricity costs, in words.

use crate::resource::price::usd;
use serde_json::Value;

/// The price by which something was decided, and where it comes from; none when there was none.
pub(super) fn price(deferral: &Value) -> Option<String> {
    let price = &deferral["price"];
    let shown = price["micro_usd_per_kwh"].as_i64().map(|micro| format!("{} USD", usd(micro)))?;
    Some(match price["from"].as_str() {
        Some("LAST_KNOWN") => format!("{shown} (the last price that is known)"),
        Some("TYPICAL") => format!("{shown} (what is usual, since no price is known)"),
        Some(_) | None => shown,
    })
}

/// Millionths of a dollar, or a dash.
pub(super) fn dollars(micro: &Value) -> String {
    micro.as_i64().map_or_else(|| "-".to_owned(), |micro| format!("{} USD", usd(micro)))
}
