//! `domicile-anchor`: runs an anchor, or checks its configuration.

use anyhow::Context as _;
use clap::Parser as _;
use domicile_anchor::cli::{Arguments, Command};
use domicile_anchor::{Config, Materials, RawStopwatch, serve};
use std::io::IsTerminal as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Our own events from `info` up. The transport's are off below `error`: some carry peers'
/// addresses.
const LOG_FILTER: &str = "info,quinn=error,quinn_proto=error,quinn_udp=off,rustls=error";

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LOG_FILTER));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    let outcome = match Arguments::parse().command {
        Command::Run { config } => run(&config),
        Command::Check { config } => check(&config),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!(
                "domicile-anchor: {}",
                domicile_certs::one_line(error.as_ref())
            );
            ExitCode::FAILURE
        }
    }
}

fn run(config: &Path) -> anyhow::Result<()> {
    let config = Config::load(config)?;
    // One thread: a datagram is never handed from one core to another on its way in or out.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate()).context("SIGTERM")?;
        let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT")?;
        let summary = serve(
            &config,
            Arc::new(RawStopwatch),
            |anchor| {
                for address in anchor.tunnel_addresses() {
                    println!("tunnel {address}");
                }
                for address in anchor.addresses() {
                    println!("ready {address}");
                }
            },
            stop(&mut terminate, &mut interrupt),
        )
        .await?;
        tracing::info!(
            receipts = summary.receipts,
            refused = summary.refused,
            broken = summary.broken,
            "stopped"
        );
        Ok(())
    })
}

async fn stop(terminate: &mut Signal, interrupt: &mut Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping: open sessions may end");
}

fn check(config: &Path) -> anyhow::Result<()> {
    let config = Config::load(config)?;
    let materials = Materials::load(&config)?;
    let key = materials.identity.key.public();
    let directory = &materials.directory;
    let entry = directory
        .anchor(&key)
        .context("this anchor is not in its directory")?;
    println!("anchor {} key {key}", entry.name);
    println!(
        "trust domain {}, operator {}",
        entry.trust_domain, entry.operator
    );
    println!(
        "position version {} in directory version {}",
        entry.position.version, directory.version
    );
    for address in &config.listen {
        println!("would listen on {address}");
    }
    for address in &entry.addresses {
        println!("the directory sends agents to {address}");
    }
    Ok(())
}
