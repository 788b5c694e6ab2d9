//! Who is told.

use super::Alert;
use super::syslog::Syslog;
use super::webhook::Webhook;
use domicile_diversion::flags::Severity;

/// How a target is told.
#[derive(Debug)]
pub(super) enum Way {
    Webhook(Webhook),
    Syslog(Syslog),
}

/// A target.
#[derive(Debug)]
pub struct Target {
    pub(super) name: String,
    pub(super) least: Severity,
    pub(super) way: Way,
}

impl Target {
    /// Whether it asked for this alert.
    pub(super) fn wants(&self, alert: &Alert) -> bool {
        alert
            .severity()
            .is_none_or(|severity| severity >= self.least)
    }

    /// Tells it, once.
    ///
    /// # Errors
    /// Why it may not have been told.
    pub(super) async fn tell(&mut self, alert: &Alert, now_ms: u64) -> Result<(), String> {
        match &mut self.way {
            Way::Webhook(webhook) => webhook.post(alert, now_ms).await,
            Way::Syslog(syslog) => syslog.send(alert).await,
        }
    }
}
