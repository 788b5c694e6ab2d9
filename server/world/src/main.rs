//! `domicile-world`: the demo, and the processes that it is made of.

use clap::{Parser, Subcommand};
use domicile_world::demo::{self, DemoArguments};
use domicile_world::eval::{self, EvalArguments};
use domicile_world::fleet::{self, FleetArguments};
use domicile_world::hostile::{self, HostileArguments};
use domicile_world::rejudge::{self, RejudgeArguments};
use domicile_world::synthetic::{self, SyntheticArguments};
use domicile_world::{lying, process};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;
use tokio::signal::unix::{SignalKind, signal};

/// Development tool of Domicile: simulated worlds of real processes.
#[derive(Parser)]
#[command(name = "domicile-world", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show the whole path on this machine: anchors in many cities, hosts that are honest and hosts
    /// that are not, a collector, an auditor.
    Demo(DemoArguments),
    /// Locate every host of a measured set by the others and count what is excluded.
    ///
    /// Ends with status 3 when the true territory of a host was excluded.
    Eval(EvalArguments),
    /// Hosts at made-up places with round trips that physics allows: is the truth ever excluded?
    ///
    /// Ends with status 3 when it was.
    Synthetic(SyntheticArguments),
    /// Judge a fleet's measurements again: hosts a second, and a digest of the verdicts.
    Rejudge(RejudgeArguments),
    /// Years of a fleet in virtual time: flags on honest hosts, and which diversions are seen when.
    ///
    /// Ends with status 3 when honest hosts get more flags than they may.
    Fleet(FleetArguments),
    /// A host that does not do what an honest agent does (started by the demo).
    HostileAgent(HostileArguments),
    /// An anchor whose stopwatch runs at a wrong rate (started by the demo).
    LyingAnchor {
        /// Below 1 it shortens, above 1 it lengthens.
        #[arg(long, value_parser = factor)]
        factor: f64,
        /// The anchor's configuration.
        #[arg(long)]
        config: PathBuf,
    },
    /// Become another program that dies with its parent (started by the demo).
    #[command(hide = true)]
    Leash {
        /// The parent's process number.
        #[arg(long)]
        parent: u32,
        /// The program and its arguments.
        #[arg(last = true, required = true)]
        program: Vec<OsString>,
    },
}

fn factor(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (0.01..=100.0).contains(&value) => Ok(value),
        _ => Err("a number from 0.01 to 100 is expected".into()),
    }
}

/// The command line without the `--` of `cargo demo -- --keep`: the alias has had its own, and what
/// follows are options all the same.
fn arguments(given: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut given: Vec<OsString> = given.collect();
    let is = |index: usize, word: &str| given.get(index).is_some_and(|found| found == word);
    if is(1, "demo") && is(2, "--") {
        given.remove(2);
    }
    given
}

fn main() -> ExitCode {
    match dispatch(Arguments::parse_from(arguments(std::env::args_os())).command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("domicile-world: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn dispatch(command: Command) -> anyhow::Result<ExitCode> {
    if let Command::Leash { parent, program } = &command {
        process::leash(*parent, &program[0], &program[1..])?;
    }
    if let Command::Eval(arguments) = &command {
        let start = Instant::now();
        let status = eval::run(arguments, &|| start.elapsed(), &mut std::io::stdout())?;
        return Ok(ExitCode::from(status));
    }
    if let Command::Synthetic(arguments) = &command {
        let start = Instant::now();
        let status = synthetic::run(arguments, &|| start.elapsed(), &mut std::io::stdout())?;
        return Ok(ExitCode::from(status));
    }
    if let Command::Fleet(arguments) = &command {
        let status = fleet::run(arguments, &mut std::io::stdout())?;
        return Ok(ExitCode::from(status));
    }
    if let Command::Rejudge(arguments) = &command {
        let start = Instant::now();
        rejudge::run(arguments, &|| start.elapsed(), &mut std::io::stdout())?;
        return Ok(ExitCode::SUCCESS);
    }
    // One thread: children are killed when the thread that started them ends.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match command {
            Command::Demo(arguments) => {
                tokio::select! {
                    result = demo::run(arguments) => result.map(ExitCode::from),
                    () = stopped() => {
                        eprintln!("\ninterrupted: ending all processes");
                        Ok(ExitCode::from(130))
                    }
                }
            }
            Command::HostileAgent(arguments) => {
                let report = hostile::run(&arguments).await?;
                println!("{}", serde_json::to_string(&report)?);
                Ok(ExitCode::SUCCESS)
            }
            Command::LyingAnchor { factor, config } => {
                lying::lying_anchor(&config, factor, stopped()).await?;
                Ok(ExitCode::SUCCESS)
            }
            Command::Eval(_)
            | Command::Synthetic(_)
            | Command::Rejudge(_)
            | Command::Fleet(_)
            | Command::Leash { .. } => unreachable!("done above"),
        }
    })
}

/// Ready on SIGINT or SIGTERM. A handler that cannot be set is one that never fires.
async fn stopped() {
    let wait = |kind| async move {
        match signal(kind) {
            Ok(mut stream) => {
                stream.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = wait(SignalKind::interrupt()) => {}
        () = wait(SignalKind::terminate()) => {}
        () = wait(SignalKind::hangup()) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &[&str]) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(arguments(line.iter().map(OsString::from)))
    }

    #[test]
    fn the_command_line_holds_together() {
        use clap::CommandFactory as _;
        Arguments::command().debug_assert();
    }

    #[test]
    fn options_may_follow_the_separator_of_the_alias() {
        assert!(parsed(&["w", "demo", "--", "--rtt", "x", "--format", "json"]).is_ok());
        assert!(parsed(&["w", "demo", "--keep"]).is_ok());
        assert!(parsed(&["w", "demo", "--", "--", "--keep"]).is_err());
        assert!(parsed(&["w", "lying-anchor", "--factor", "0", "--config", "x"]).is_err());
    }
}
