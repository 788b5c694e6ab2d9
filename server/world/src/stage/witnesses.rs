//! Two witnesses of the world's log, and what a monitor without a login sees of it.

use super::{LONG, Layout, SHORT, Stage, files};
use crate::process::{Launcher, Program};
use crate::programs::Programs;
use anyhow::{Context as _, Result, bail};
use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const WITNESSES: usize = 2;

/// Between two looks of the monitor.
const PAUSE: Duration = Duration::from_millis(500);

/// Starts the witnesses, and tells them of the collector and the collector, in its `config`, of them.
pub(super) async fn start(
    layout: &Layout,
    launcher: &Launcher,
    programs: &Programs,
    config: &Path,
    address: IpAddr,
) -> Result<Vec<Program>> {
    let check = [OsString::from("check"), "--config".into(), config.into()];
    let said = launcher
        .succeed("check-collector", &programs.collector, check, SHORT)
        .await?;
    let said = String::from_utf8(said).context("the collector's check is no text")?;
    let log = said.lines().find_map(|line| line.strip_prefix("log key "));
    let log = log.context("the collector's check names no log key")?;
    let listen = SocketAddr::new(address, 0);
    let mut publish =
        format!("\n[publish]\nlisten = \"{listen}\"\nevery = \"300ms\"\nneeded = {WITNESSES}\n");
    let (mut running, mut keys) = (Vec::new(), Vec::new());
    for number in 1..=WITNESSES {
        let name = format!("witness-{number}");
        let folder = layout.root().join(&name);
        std::fs::create_dir(&folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        let keygen = [
            OsString::from("keygen"),
            "--name".into(),
            format!("{name}.demo").into(),
            "--out".into(),
            folder.join("witness.key").into(),
        ];
        let key = launcher
            .succeed(&format!("{name}-key"), &programs.witness, keygen, SHORT)
            .await?;
        let key = String::from_utf8(key).context("a witness's key is no text")?;
        let key = key.trim().to_owned();
        let file = folder.join("witness.toml");
        let text = format!(
            "listen = \"{listen}\"\nname = \"{name}.demo\"\nkey = \"witness.key\"\n\
             data-dir = \"data\"\n\n[[log]]\nkey = \"{log}\"\n"
        );
        files::write(&file, &text)?;
        let run = [OsString::from("run"), "--config".into(), file.into()];
        let mut program = launcher.start(&name, &programs.witness, run)?;
        let at = program.ready(LONG).await?;
        publish.push_str(&format!(
            "\n[[publish.witness]]\nkey = \"{key}\"\nurl = \"http://{}\"\n",
            at.trim()
        ));
        running.push(program);
        keys.push(format!("\"{key}\""));
    }
    let text = std::fs::read_to_string(config)
        .with_context(|| format!("cannot read {}", config.display()))?;
    files::write(config, &(text + &publish))?;
    let keys = keys.join(", ");
    let text = format!("key = \"{log}\"\nneeded = {WITNESSES}\nwitness = [{keys}]\n");
    files::write(&layout.log_file(), &text)?;
    Ok(running)
}

impl Layout {
    /// What a monitor is told: the log's key and its witnesses.
    pub fn log_file(&self) -> PathBuf {
        self.root().join("log.toml")
    }
}

impl Stage {
    /// Where checkpoint and tiles are.
    ///
    /// # Errors
    /// When the collector does not say.
    pub fn tiles(&self) -> Result<String> {
        let output = self.layout.logs().join("collector.out");
        let text = std::fs::read_to_string(&output)
            .with_context(|| format!("cannot read {}", output.display()))?;
        let address = text.lines().find_map(|line| line.strip_prefix("tiles "));
        let address = address.context("the collector says no address of its tiles")?;
        Ok(format!("http://{address}"))
    }

    /// What a monitor says of the log, once enough witnesses signed it.
    ///
    /// # Errors
    /// When it finds anything else.
    pub async fn published(&self) -> Result<String> {
        let begun = Instant::now();
        loop {
            let arguments = [
                OsString::from("monitor"),
                "--log".into(),
                self.layout.log_file().into(),
                "--url".into(),
                self.tiles()?.into(),
                "--state".into(),
                self.layout.root().join("monitor").into(),
            ];
            let audit = &self.programs.audit;
            let ended = self.launcher.run("monitor", audit, arguments, LONG).await?;
            let said = String::from_utf8_lossy(&ended.output).trim().to_owned();
            if ended.status.success() {
                return Ok(said);
            }
            if begun.elapsed() > LONG {
                bail!("the log is not published: {said}");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
