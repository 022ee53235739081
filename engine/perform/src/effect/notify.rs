//! Tells people of alerts. How is for whoever composes the program: this package knows no format and no address.

use std::sync::Arc;
use triad_decide::alerts::{Ask, Notification};
use triad_event::alerts::{Delivery, DeliveryEnded};

/// Delivers an alert, which may take a while, and says how that ended, with the HTTP status of the answer.
pub type Notify = Arc<dyn Fn(&Notification) -> (Delivery, Option<u16>) + Send + Sync>;

/// Delivers an alert to whom this process knows.
pub(crate) fn deliver(notify: Option<&Notify>, notification: &Notification) -> triad_event::Ask {
    let (delivery, status) = notify.map_or((Delivery::NotConfigured, None), |notify| notify(notification));
    Ask::EndDelivery(DeliveryEnded { request: notification.request, delivery, status }).into()
}
