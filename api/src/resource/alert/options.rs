//! Where alerts are sent.

use super::webhook::{NotAWebhook, Webhook};
use crate::failure::Failure;
use crate::outgoing::{self, OutgoingOptions};
use clap::Args;
use std::path::PathBuf;
use std::sync::Arc;
use triad_perform::Notify;

/// Where alerts are sent. Without a webhook they lie in the inbox alone.
#[derive(Debug, Args)]
pub(crate) struct AlertOptions {
    /// Send alerts to this address, as Standard Webhooks with a CloudEvents body.
    #[arg(long, env = "TRIAD_ALERT_WEBHOOK", value_name = "URL", requires = "alert_webhook_secret_file")]
    alert_webhook: Option<String>,
    /// A file with the secret that signs them: `whsec_` and 24 to 64 bytes in base64.
    #[arg(long, env = "TRIAD_ALERT_WEBHOOK_SECRET_FILE", value_name = "FILE")]
    alert_webhook_secret_file: Option<PathBuf>,
}

impl AlertOptions {
    /// Who tells people of alerts; nobody when no webhook is named.
    pub(crate) fn checked(&self, options: &OutgoingOptions) -> Result<Option<Notify>, Failure> {
        let (Some(url), Some(file)) = (&self.alert_webhook, &self.alert_webhook_secret_file) else {
            return Ok(None);
        };
        let secret = std::fs::read_to_string(file)
            .map_err(|error| Failure::machine(format!("{} cannot be read: {error}", file.display())))?;
        let wrong = |error: NotAWebhook| Failure::usage(format!("--alert-webhook: {error}"));
        let named = outgoing::read(url).map_err(|error| wrong(error.into()))?;
        let trust = options.trust(&named)?;
        let webhook = Webhook::new(named, secret.trim(), trust).map_err(wrong)?;
        Ok(Some(Arc::new(move |notification| webhook.deliver(notification))))
    }
}
