//! Tells people. How is for whoever composes the program: this package knows no format and no address.

use std::sync::Arc;
use triad_decide::alerts::{Ask, Notification, Told};
use triad_event::alerts::{Delivery, DeliveryEnded, MessageEnded};

/// Delivers an alert or a message, which may take a while, and says how that ended, with the status of the answer.
pub type Notify = Arc<dyn Fn(&Notification) -> (Delivery, Option<u16>) + Send + Sync>;

/// Delivers to whom this process knows.
pub(crate) fn deliver(notify: Option<&Notify>, notification: &Notification) -> triad_event::Ask {
    let (delivery, status) = notify.map_or((Delivery::NotConfigured, None), |notify| notify(notification));
    let request = notification.request;
    match &notification.told {
        Told::Alert(_) => Ask::EndDelivery(DeliveryEnded { request, delivery, status }).into(),
        Told::Letter(letter) => {
            let message = letter.message;
            Ask::EndMessage(MessageEnded { request, message, delivery, status }).into()
        }
    }
}
