//! Alerts as JSON.

use crate::wire::moment::Moment;
use crate::wire::words::{Word, words};
use schemars::JsonSchema;
use serde::Serialize;
use triad_event::alerts::{AlertKind, Delivery, Phase};
use triad_projections::view::alert_inbox::{AlertInbox, Entry};

words! {
    Phase as AlertStatus:
    Raised = "RAISED",
    Acknowledged = "ACKNOWLEDGED",
    Resolved = "RESOLVED",
}

words! {
    AlertKind as AlertKind:
    StreamQuarantined = "STREAM_QUARANTINED",
    ClockStepped = "CLOCK_STEPPED",
    ErasureFailed = "ERASURE_FAILED",
    VaultDegraded = "VAULT_DEGRADED",
    MachineShort = "MACHINE_SHORT",
    PriceFeedFailed = "PRICE_FEED_FAILED",
    BudgetExhausted = "BUDGET_EXHAUSTED",
    NotHealed = "NOT_HEALED",
}

words! {
    Delivery as AlertDelivery:
    Accepted = "ACCEPTED",
    Refused = "REFUSED",
    Unreachable = "UNREACHABLE",
    NotConfigured = "NOT_CONFIGURED",
}

/// What people must know of: one for each condition, for as long as it stands.
#[derive(Serialize, JsonSchema)]
pub(super) struct Alert {
    alert_id: String,
    kind: Word<AlertKind>,
    status: Word<Phase>,
    /// The workflow, stream or data subject that it is about; none when it is the installation.
    about: Option<String>,
    /// What was met, in words.
    detail: String,
    raised: Moment,
    acknowledged: Option<Moment>,
    /// What was said when it was acknowledged.
    reason: Option<String>,
    resolved: Option<Moment>,
    /// When its condition ended, while it may return. It is resolved some minutes after that.
    subsided: Option<Moment>,
    /// How often its condition has returned before it was resolved.
    returns: u32,
    /// When others were told, since nobody had acknowledged it.
    escalated: Option<Moment>,
    /// How often it was sent to channels.
    deliveries: u32,
    /// How the last delivery ended.
    last_delivery: Option<Word<Delivery>>,
}

/// Alerts, the newest first.
#[derive(Serialize, JsonSchema)]
pub(super) struct AlertList {
    alerts: Vec<Alert>,
}

impl From<&Entry> for Alert {
    fn from(entry: &Entry) -> Self {
        let about = (entry.about != triad_event::ids::StreamId::LOG).then(|| entry.about.to_string());
        Self {
            alert_id: entry.id.to_string(),
            kind: Word(entry.kind),
            status: Word(entry.phase),
            about,
            detail: entry.detail.clone(),
            raised: Moment::from(entry.raised),
            acknowledged: entry.acknowledged.map(Moment::from),
            reason: entry.reason.clone(),
            resolved: entry.resolved.map(Moment::from),
            subsided: entry.subsided.map(Moment::from),
            returns: entry.returns,
            escalated: entry.escalated.map(Moment::from),
            deliveries: entry.deliveries,
            last_delivery: entry.delivery.map(Word),
        }
    }
}

impl AlertList {
    pub(super) fn of(inbox: &AlertInbox, with_resolved: bool) -> Self {
        let shown = inbox.alerts.iter().rev().filter(|entry| with_resolved || entry.resolved.is_none());
        Self { alerts: shown.map(Alert::from).collect() }
    }
}
