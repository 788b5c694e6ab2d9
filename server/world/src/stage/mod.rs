//! A staged world: CA, directory, collector, anchors and relay, all running.
//!
//! Everything is done with the programs' own commands, as their users would do it. Dropping a
//! [`Stage`] ends all of its processes.

mod files;
mod hosts;
mod layout;
mod records;
mod witnesses;

pub use files::CLOCK_ERROR_PPM;
pub use layout::Layout;

use crate::plan::{Plan, StopwatchPlan, loopback};
use crate::process::{Ended, Launcher, Program, end_all};
use crate::programs::Programs;
use crate::relay::Relay;
use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use std::cell::RefCell;
use std::ffi::OsString;
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Time for a program that only reads and writes files.
const SHORT: Duration = Duration::from_secs(20);
/// Time for a server to come up, and for a session.
const LONG: Duration = Duration::from_secs(60);

/// A running world.
#[derive(Debug)]
pub struct Stage {
    /// What it was made from.
    pub plan: Plan,
    /// Where its files lie.
    pub layout: Layout,
    /// Its binaries.
    pub programs: Programs,
    launcher: Launcher,
    /// Ends before the relay, so that no server speaks into the void.
    running: RefCell<Vec<Program>>,
    relay: Relay,
    anchor_timeout: Duration,
    /// When the collector was up.
    begun: Timestamp,
}

/// Loopback blocks of one run.
const FRONTS: u8 = 0;
/// Kind of [`loopback`] address that hosts have.
pub const HOSTS: u8 = 1;
const SERVERS: u8 = 2;

impl Stage {
    /// Makes keys, certificates, directory and policy below `root`, starts relay, collector and
    /// anchors and waits until all are ready. `tell` is told what is being done, in few words.
    ///
    /// # Errors
    /// When a program fails; the text has its name and its last words.
    pub async fn raise(
        plan: Plan,
        programs: Programs,
        root: &Path,
        block: u8,
        tell: &dyn Fn(&str),
    ) -> Result<Self> {
        let layout = Layout::create(root)?;
        let launcher = Launcher::new(programs.world.clone(), layout.logs());
        tell("keys and certificates");
        certify(&layout, &launcher, &programs, &plan).await?;

        tell("directory and policy");
        let fronts = (0..plan.anchors.len())
            .map(|number| UdpSocket::bind((loopback(block, FRONTS, number), 0)))
            .collect::<std::io::Result<Vec<_>>>()
            .context("cannot open the relay's sockets")?;
        let relay = Relay::start(fronts).context("cannot start the relay")?;
        for path in &plan.paths {
            relay.connect(path.host.into(), path.anchor, path.round_trip);
        }
        for path in &plan.mesh {
            let server = |number: usize| loopback(block, SERVERS, number + 1).into();
            relay.connect(server(path.a), path.b, path.round_trip);
            relay.connect(server(path.b), path.a, path.round_trip);
        }
        let listen = free_port(block)?;
        let text = files::directory(&layout, &plan, relay.fronts(), listen)?;
        files::write(&layout.root().join("directory.toml"), &text)?;
        files::write(&layout.root().join("policy.toml"), &files::policy(&plan)?)?;
        let sign: Vec<OsString> = vec![
            "directory".into(),
            "sign".into(),
            "--ca".into(),
            layout.ca().into(),
            "--in".into(),
            layout.root().join("directory.toml").into(),
            "--out".into(),
            layout.directory().into(),
        ];
        launcher
            .succeed("sign-directory", &programs.certs, sign, SHORT)
            .await?;

        tell("collector");
        let config = layout.collector().join("collector.toml");
        files::write(&config, &files::collector(&layout, &plan, listen)?)?;
        let mut running =
            witnesses::start(&layout, &launcher, &programs, &config, listen.ip()).await?;
        let arguments = [OsString::from("run"), "--config".into(), config.into()];
        let mut collector = launcher.start("collector", &programs.collector, arguments)?;
        let api = api_address(&collector.ready(LONG).await?)?;
        running.push(collector);
        files::write(&layout.auditor_profile(), &files::auditor(&layout, api)?)?;

        let anchor_timeout = anchor_timeout(&plan);
        let stage = Self {
            plan,
            layout,
            programs,
            launcher,
            running: RefCell::new(running),
            relay,
            anchor_timeout,
            begun: Timestamp::now(),
        };
        stage.start_anchors(block, tell).await?;
        Ok(stage)
    }

    async fn start_anchors(&self, block: u8, tell: &dyn Fn(&str)) -> Result<()> {
        let mut started = Vec::new();
        for (number, anchor) in self.plan.anchors.iter().enumerate() {
            let listen = SocketAddr::new(loopback(block, SERVERS, number + 1).into(), 0);
            let config = self.layout.anchor(&anchor.name).join("anchor.toml");
            let mesh = !self.plan.mesh.is_empty();
            let text = files::anchor(&self.layout, &anchor.name, listen, mesh)?;
            files::write(&config, &text)?;
            let program = match anchor.stopwatch {
                StopwatchPlan::Honest => self.launcher.start(
                    &format!("anchor-{}", anchor.name),
                    &self.programs.anchor,
                    [OsString::from("run"), "--config".into(), config.into()],
                )?,
                StopwatchPlan::Lying(factor) => self.launcher.start(
                    &format!("lying-anchor-{}", anchor.name),
                    &self.programs.world,
                    [
                        OsString::from("lying-anchor"),
                        "--factor".into(),
                        factor.to_string().into(),
                        "--config".into(),
                        config.into(),
                    ],
                )?,
            };
            started.push(program);
        }
        for (number, mut program) in started.into_iter().enumerate() {
            tell(&format!(
                "anchor {} of {}",
                number + 1,
                self.plan.anchors.len()
            ));
            let ready = program.ready(LONG).await?;
            let address = ready
                .split_whitespace()
                .next()
                .and_then(|text| text.parse().ok())
                .with_context(|| format!("{}: no address in `ready {ready}`", program.name()))?;
            self.relay.attach(number, address);
            self.running.borrow_mut().push(program);
        }
        Ok(())
    }

    /// Runs a command of the world's own binary to its end, whatever its exit status.
    ///
    /// # Errors
    /// When it cannot be started or does not end.
    pub async fn own(&self, label: &str, arguments: Vec<OsString>) -> Result<Ended> {
        self.launcher
            .run(label, &self.programs.world, arguments, LONG)
            .await
    }

    /// The profile with which the auditor's tool reaches this world's collector.
    pub fn auditor_profile(&self) -> PathBuf {
        self.layout.auditor_profile()
    }

    /// When its collector was up.
    pub fn begun(&self) -> Timestamp {
        self.begun
    }

    /// Asks the collector as an auditor would, and answers what the tool printed.
    ///
    /// # Errors
    /// When the auditor's tool fails.
    pub async fn audit(&self, label: &str, question: Vec<OsString>) -> Result<Vec<u8>> {
        let mut arguments = vec!["--profile".into(), self.auditor_profile().into()];
        arguments.extend(question);
        self.launcher
            .succeed(label, &self.programs.audit, arguments, SHORT)
            .await
    }

    /// Verifies a bundle offline with the auditor's tool.
    ///
    /// # Errors
    /// When it does not verify.
    pub async fn verify(&self, bundle: &Path) -> Result<()> {
        let arguments: Vec<OsString> = vec![
            "verify".into(),
            bundle.into(),
            "--trust".into(),
            self.layout.trust().into(),
        ];
        let label = bundle.file_stem().unwrap_or_default().to_string_lossy();
        self.launcher
            .succeed(
                &format!("audit-verify-{label}"),
                &self.programs.audit,
                arguments,
                SHORT,
            )
            .await?;
        Ok(())
    }

    /// The network.
    pub fn relay(&self) -> &Relay {
        &self.relay
    }

    /// How many of its programs still run, and how many were started to stay.
    pub fn running(&self) -> (usize, usize) {
        let mut running = self.running.borrow_mut();
        let all = running.len();
        let alive = running
            .iter_mut()
            .map(Program::is_running)
            .filter(|alive| *alive)
            .count();
        (alive, all)
    }

    /// Ends all programs in order; answers the names of those that had to be killed.
    pub async fn strike(&self) -> Vec<String> {
        let running = self.running.take();
        end_all(running, Duration::from_secs(5)).await
    }
}

impl Drop for Stage {
    /// All are killed before the first is waited for.
    fn drop(&mut self) {
        self.running.get_mut().iter_mut().for_each(Program::kill);
    }
}

async fn certify(
    layout: &Layout,
    launcher: &Launcher,
    programs: &Programs,
    plan: &Plan,
) -> Result<()> {
    let certs = &programs.certs;
    let init = [OsString::from("init"), layout.ca().into()];
    launcher.succeed("ca-init", certs, init, SHORT).await?;
    let anchors = plan.anchors.iter().map(|a| ("anchor", a.name.as_str()));
    let others = [("collector", files::COLLECTOR), ("auditor", "auditor")];
    for (role, name) in anchors.chain(others) {
        let issue: Vec<OsString> = vec![
            "issue".into(),
            role.into(),
            "--ca".into(),
            layout.ca().into(),
            "--name".into(),
            name.into(),
            "--out".into(),
            layout.servers().into(),
        ];
        launcher
            .succeed(&format!("issue-{name}"), certs, issue, SHORT)
            .await?;
    }
    let log_key = [
        OsString::from("log-key"),
        "--out".into(),
        layout.servers().join("log.key").into(),
    ];
    launcher.succeed("log-key", certs, log_key, SHORT).await?;
    Ok(())
}

/// A free port of an address that only this run uses. The collector's address stands in the signed
/// directory, so it has to be known before the collector runs.
fn free_port(block: u8) -> Result<SocketAddr> {
    let socket = UdpSocket::bind((loopback(block, SERVERS, 0), 0))
        .context("cannot find a port for the collector")?;
    Ok(socket.local_addr()?)
}

/// The API's address in the collector's `ready quic=<addr> api=<addr>`.
fn api_address(ready: &str) -> Result<SocketAddr> {
    let found = ready
        .split_whitespace()
        .find_map(|word| word.strip_prefix("api="));
    match found.map(str::parse) {
        Some(Ok(address)) => Ok(address),
        _ => bail!("the collector's ready line has no api address: {ready}"),
    }
}

/// Enough for sixteen rounds and a dozen round trips over the longest path.
fn anchor_timeout(plan: &Plan) -> Duration {
    let longest = plan.paths.iter().map(|path| path.round_trip).max();
    (Duration::from_secs(8) + longest.unwrap_or_default() * 12).min(Duration::from_secs(60))
}
