//! `domicile-witness`: makes a key, checks a configuration, serves.

use anyhow::Context as _;
use clap::Parser as _;
use domicile_certs::keys;
use domicile_certs::random::{self, System};
use domicile_proto::sign::SigningKey;
use domicile_witness::cli::{Arguments, Command};
use domicile_witness::config::{self, Checked};
use domicile_witness::memory::Memory;
use domicile_witness::service;
use std::io::IsTerminal as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    let outcome = match Arguments::parse().command {
        Command::Keygen { name, out } => keygen(&name, &out),
        Command::Run(file) => run(&file.config),
        Command::Check(file) => check(&file.config),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let text = domicile_certs::one_line(error.as_ref());
            eprintln!("domicile-witness: {text}");
            ExitCode::FAILURE
        }
    }
}

fn keygen(name: &str, out: &Path) -> anyhow::Result<()> {
    let seed: [u8; 32] = random::bytes(&mut System::default())?;
    // The name is checked before anything is written.
    let public = config::public(name, &SigningKey::from_seed(&seed))?;
    keys::create(out, &seed)?;
    println!("{public}");
    Ok(())
}

fn check(path: &Path) -> anyhow::Result<()> {
    let checked = Checked::read(path)?;
    println!("witness {}", checked.public);
    for log in &checked.logs {
        println!("cosigns {}", log.key());
    }
    println!("would listen on {}", checked.config.listen);
    Ok(())
}

fn run(path: &Path) -> anyhow::Result<()> {
    let checked = Checked::read(path)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    runtime.block_on(serve(checked))
}

async fn serve(checked: Checked) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT")?;
    let (address, connections) = (checked.config.listen, checked.config.connections);
    let memory = Arc::new(Memory::open(checked)?);
    for (origin, size) in memory.sizes() {
        tracing::info!(origin, size, "remembered");
    }
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address} (TCP)"))?;
    println!("ready {}", listener.local_addr()?);
    let (stop, stopping) = watch::channel(false);
    let clock: service::Clock = Arc::new(now_s);
    let serving = tokio::spawn(service::run(memory, listener, connections, clock, stopping));
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    stop.send_replace(true);
    serving.await.context("the service panicked")
}

fn now_s() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
