//! `domicile-collector`: reads a configuration, serves until it is told to stop.

use anyhow::Context as _;
use clap::Parser as _;
use domicile_certs::random::System;
use domicile_collector::access::Token;
use domicile_collector::cli::{Arguments, Command, File, TokenArguments};
use domicile_collector::clock::Clock;
use domicile_collector::config::Config;
use domicile_collector::log_key;
use domicile_collector::plan::{self, PlanArguments};
use domicile_collector::progress::Progress;
use domicile_collector::retention::cli;
use domicile_collector::runtime::{Checked, Running};
use domicile_collector::store::Rebuilt;
use std::io::Write as _;
use tokio::signal::unix::{SignalKind, signal};

fn main() -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    match Arguments::parse().command {
        Command::Run(file) => run(&file),
        Command::Check(file) => check(&file),
        Command::Token(arguments) => token(&arguments),
        Command::RebuildIndex(file) => rebuild_index(&file),
        Command::Plan(arguments) => plan(&arguments),
        Command::Erase(arguments) => print(|progress| cli::erase(&arguments, progress)),
        Command::Hold(command) => print(|progress| cli::hold(&command, progress)),
        Command::LogKey(command) => print(|progress| log_key::run(&command, progress)),
        Command::Retain(arguments) => print(|progress| cli::retain(&arguments, progress)),
    }
}

fn read(file: &File) -> anyhow::Result<Checked> {
    Ok(Checked::read(Config::load(&file.config)?)?)
}

fn run(file: &File) -> anyhow::Result<()> {
    let checked = read(file)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the async runtime does not start")?;
    runtime.block_on(serve(checked))
}

async fn serve(checked: Checked) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be handled")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT cannot be handled")?;
    let mut progress = Progress::default();
    let running = Running::start(checked, Clock::system(), &mut |step, done, total| {
        progress.at(step, done, total);
    })
    .await?;
    progress.finish();
    let mut stdout = std::io::stdout();
    for tunnel in &running.tunnels {
        writeln!(stdout, "tunnel {tunnel}")?;
    }
    if let Some(tiles) = running.tiles {
        writeln!(stdout, "tiles {tiles}")?;
    }
    writeln!(stdout, "ready quic={} api={}", running.quic, running.api)?;
    stdout.flush()?;
    let failure = tokio::select! {
        _ = terminate.recv() => None,
        _ = interrupt.recv() => None,
        error = running.failed() => Some(error),
    };
    tracing::info!("stopping");
    let stopped = running.stop().await;
    match failure {
        Some(error) => Err(error.into()),
        None => Ok(stopped?),
    }
}

fn check(file: &File) -> anyhow::Result<()> {
    let checked = read(file)?;
    let documents = checked.documents();
    let newest = documents.newest().map_or(0, |directory| directory.version);
    let licences = documents.policy().licences().count();
    println!(
        "ok: log {}, directory version {newest}, policy version {} with {licences} licences",
        checked.log_origin(),
        documents.policy().version
    );
    println!("log key {}", checked.log_verifier_key());
    match checked.users() {
        Some(users) => println!("access: {users} users"),
        None => println!("access: every auditor's certificate"),
    }
    Ok(())
}

fn token(arguments: &TokenArguments) -> anyhow::Result<()> {
    let token = Token::generate(&mut System::default())?;
    let entry = token.entry(Clock::system().now_ms(), arguments.days);
    let mut stdout = std::io::stdout();
    writeln!(stdout, "token (give it to the user; it is kept nowhere):")?;
    writeln!(stdout, "{}", token.reveal())?;
    writeln!(stdout, "entry of `tokens` in the access file:")?;
    writeln!(stdout, "{entry}")?;
    Ok(())
}

fn rebuild_index(file: &File) -> anyhow::Result<()> {
    let checked = read(file)?;
    let mut progress = Progress::default();
    let opened = checked.rebuild_index(Clock::system(), &mut |step, done, total| {
        progress.at(step, done, total);
    })?;
    progress.finish();
    if let Rebuilt::Because(_) = opened.rebuilt {
        println!("index made anew from {} records", opened.applied);
    }
    Ok(())
}

/// Does something that shows progress, and prints what it says.
fn print(
    work: impl FnOnce(&mut dyn FnMut(&'static str, u64, u64)) -> anyhow::Result<String>,
) -> anyhow::Result<()> {
    let mut progress = Progress::default();
    let text = work(&mut |step, done, total| progress.at(step, done, total))?;
    progress.finish();
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

fn plan(arguments: &PlanArguments) -> anyhow::Result<()> {
    let mut progress = Progress::default();
    let text = plan::run(
        arguments,
        Clock::system().now_ms(),
        &mut |step, done, total| {
            progress.at(step, done, total);
        },
    )?;
    progress.finish();
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}
