//! What an auditor holds against the world's log: a host's receipt, and everything of a host.

use super::{LONG, Stage};
use anyhow::{Result, bail};
use jiff::Timestamp;
use std::ffi::OsString;
use std::time::{Duration, Instant};

/// Period of the collector's rosters: a trial's, not a day.
pub(super) const ROSTER_PERIOD: &str = "5s";

/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(500);

impl Stage {
    /// Whether the promise in the last receipt of a host's agent is kept, in the auditor's words;
    /// `None` if its agent has no receipt.
    ///
    /// # Errors
    /// When it is not kept, however long one waits.
    pub async fn kept(&self, name: &str) -> Result<Option<String>> {
        let receipt = self.layout.host_state(name).join("receipt.bin");
        if !receipt.exists() {
            return Ok(None);
        }
        let arguments = [
            "verify".into(),
            "--receipt".into(),
            receipt.into(),
            "--url".into(),
            self.tiles()?.into(),
            "--log".into(),
            self.layout.log_file().into(),
        ];
        Ok(Some(self.in_time("receipt", arguments.into()).await?))
    }

    /// Whether everything of a host (its key) since a time is there, in the auditor's words, once
    /// rosters cover it.
    ///
    /// # Errors
    /// When something is missing, however long one waits.
    pub async fn complete(&self, host: &str, from: Timestamp) -> Result<String> {
        let arguments = [
            "completeness".into(),
            host.into(),
            "--from".into(),
            from.to_string().into(),
            "--to".into(),
            Timestamp::now().to_string().into(),
            "--url".into(),
            self.tiles()?.into(),
            "--log".into(),
            self.layout.log_file().into(),
        ];
        self.in_time("completeness", arguments.into()).await
    }

    /// Asks until the answer is good.
    async fn in_time(&self, label: &str, question: Vec<OsString>) -> Result<String> {
        let mut arguments = vec!["--profile".into(), self.auditor_profile().into()];
        arguments.extend(question);
        let begun = Instant::now();
        loop {
            let audit = &self.programs.audit;
            let ended = self
                .launcher
                .run(label, audit, arguments.clone(), LONG)
                .await?;
            let said = String::from_utf8_lossy(&ended.output).trim().to_owned();
            if ended.status.success() {
                return Ok(said);
            }
            if begun.elapsed() > LONG {
                bail!("{label}: {said} {}", ended.status);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
