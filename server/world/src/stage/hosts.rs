//! The real agents of a staged world.

use super::{LONG, SHORT, Stage, files};
use crate::plan::HostPlan;
use crate::process::Ended;
use anyhow::{Context as _, Result};
use std::ffi::OsString;

impl Stage {
    /// The plan of a host.
    ///
    /// # Errors
    /// When the plan has none of that name.
    pub fn host(&self, name: &str) -> Result<&HostPlan> {
        let found = self.plan.hosts.iter().find(|host| host.name == name);
        found.with_context(|| format!("the plan has no host `{name}`"))
    }

    /// Makes a host's folder, mints its token, enrols it and installs the directory.
    ///
    /// # Errors
    /// When a program fails.
    pub async fn enrol(&self, name: &str) -> Result<()> {
        let host = self.host(name)?;
        files::host(&self.layout, host, self.anchor_timeout)?;
        let token = self.layout.host(name).join("enrolment.token");
        let metro = &self.plan.metros[host.metro];
        let text = |text: &str| OsString::from(text);
        let mint = vec![
            text("token"),
            text("--ca"),
            self.layout.ca().into(),
            text("--customer"),
            text("Example Compute"),
            text("--operator"),
            text("example-compute"),
            text("--site"),
            text(name),
            text("--metro"),
            text(&metro.id),
            text("--territory"),
            text(&metro.territory),
            text("--licence"),
            text(&host.licence),
            text("--valid-for"),
            text("1d"),
            text("--out"),
            token.clone().into(),
        ];
        self.launcher
            .succeed(&format!("{name}-token"), &self.programs.certs, mint, SHORT)
            .await?;
        let install = vec![
            text("directory"),
            text("install"),
            self.layout.directory().into(),
        ];
        self.agent_succeeds(name, "install", install).await?;
        let enrol = vec![text("enrol"), text("--token-file"), token.into()];
        self.agent_succeeds(name, "enrol", enrol).await
    }

    /// Runs `domiciled` for a host and waits for its end, whatever its exit status.
    ///
    /// # Errors
    /// When it cannot be started or does not end.
    pub async fn agent(&self, name: &str, label: &str, arguments: Vec<OsString>) -> Result<Ended> {
        let arguments = self.agent_arguments(name, arguments);
        self.launcher
            .run(
                &format!("{name}-{label}"),
                &self.programs.agent,
                arguments,
                LONG,
            )
            .await
    }

    async fn agent_succeeds(
        &self,
        name: &str,
        label: &str,
        arguments: Vec<OsString>,
    ) -> Result<()> {
        let arguments = self.agent_arguments(name, arguments);
        self.launcher
            .succeed(
                &format!("{name}-{label}"),
                &self.programs.agent,
                arguments,
                LONG,
            )
            .await?;
        Ok(())
    }

    /// One full session of a host's real agent.
    ///
    /// # Errors
    /// When it ends without a receipt.
    pub async fn once(&self, name: &str) -> Result<()> {
        self.agent_succeeds(name, "once", vec!["once".into()]).await
    }

    /// Starts a host's real agent as a service that goes on until the world ends.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn serve(&self, name: &str) -> Result<()> {
        let arguments = self.agent_arguments(name, vec!["run".into()]);
        let program =
            self.launcher
                .start(&format!("{name}-run"), &self.programs.agent, arguments)?;
        self.running.borrow_mut().push(program);
        Ok(())
    }

    fn agent_arguments(&self, name: &str, arguments: Vec<OsString>) -> Vec<OsString> {
        let mut all = vec!["--config".into(), self.layout.host_config(name).into()];
        all.extend(arguments);
        all
    }
}
