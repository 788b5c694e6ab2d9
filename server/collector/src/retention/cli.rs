//! `domicile-collector erase`, `hold` and `retain`.

use super::desk::{By, Desk, held_text};
use super::hold::{self, Held};
use super::{order, period};
use crate::api::time_text;
use crate::checked::Checked;
use crate::cli::File;
use crate::clock::Clock;
use crate::config::Config;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use domicile_proto::types::Key;
use std::fmt::Write as _;

/// Who does it, and why.
#[derive(Debug, Args)]
pub struct ByArguments {
    /// The person who orders it, by name. Logged.
    #[arg(long, value_name = "NAME")]
    pub user: String,
    /// Why, with its legal basis. Logged.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

/// The options of `erase`.
#[derive(Debug, Args)]
pub struct EraseArguments {
    #[command(flatten)]
    file: File,
    /// The host's key, 64 hexadecimal digits.
    #[arg(long, value_name = "KEY")]
    host: Key,
    #[command(flatten)]
    by: ByArguments,
}

/// The options of `retain`.
#[derive(Debug, Args)]
pub struct RetainArguments {
    #[command(flatten)]
    file: File,
    /// Say what would be dropped; drop nothing.
    #[arg(long)]
    dry_run: bool,
    /// The person who runs it, by name. Logged.
    #[arg(long, value_name = "NAME", required_unless_present = "dry_run")]
    user: Option<String>,
}

/// What to do about legal holds.
#[derive(Debug, Subcommand)]
pub enum HoldCommand {
    /// Place a hold: what it holds is neither erased nor dropped while it stands.
    Place(PlaceArguments),
    /// Lift a hold.
    Lift(LiftArguments),
    /// List the holds, those that were lifted too.
    List(File),
}

/// The options of `hold place`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("held").required(true))]
pub struct PlaceArguments {
    #[command(flatten)]
    file: File,
    /// One host, by its key.
    #[arg(long, value_name = "KEY", group = "held")]
    host: Option<Key>,
    /// Every host enrolled for this customer.
    #[arg(long, value_name = "NAME", group = "held")]
    customer: Option<String>,
    /// Every host enrolled under this licence.
    #[arg(long, value_name = "NAME", group = "held")]
    licence: Option<String>,
    #[command(flatten)]
    by: ByArguments,
}

/// The options of `hold lift`.
#[derive(Debug, Args)]
pub struct LiftArguments {
    #[command(flatten)]
    file: File,
    /// The hold, as `hold place` and `hold list` number it.
    hold: u64,
    #[command(flatten)]
    by: ByArguments,
}

/// What a step reports: its name, units done and to do.
pub type Progress<'a> = &'a mut dyn FnMut(&'static str, u64, u64);

/// Erases one host's raw records. Gives what to print.
///
/// # Errors
/// Whatever stood in the way, with what to do.
pub fn erase(arguments: &EraseArguments, progress: Progress<'_>) -> anyhow::Result<String> {
    let by = By::new(&arguments.by.user, &arguments.by.reason)?;
    let (mut desk, _) = open(&arguments.file, progress)?;
    let erased = block_on(order::erase(&mut desk, &arguments.host, &by, progress))?;
    close(desk, erased.is_ok(), progress)?;
    let erased = erased?;
    Ok(format!(
        "erased {} records of host {}, {} bytes; record {} of the log says so\n",
        erased.now.records, arguments.host, erased.now.bytes, erased.log_index
    ))
}

/// Drops what is older than records are kept. Gives what to print.
///
/// # Errors
/// Whatever stood in the way, with what to do.
pub fn retain(arguments: &RetainArguments, progress: Progress<'_>) -> anyhow::Result<String> {
    let (mut desk, config) = open(&arguments.file, progress)?;
    let keep = config.retention.keep;
    let due = period::due(&desk, keep)?;
    let mut text = format!(
        "{} records of {} hosts and anchors are older than {} and kept no longer\n",
        due.records(),
        due.subjects.len(),
        time_text(due.before_ms),
    );
    for (host, hold) in &due.held {
        writeln!(text, "host {host} stays: legal hold {hold} holds it")?;
    }
    let Some(user) = arguments.user.as_ref().filter(|_| !arguments.dry_run) else {
        close(desk, true, progress)?;
        return Ok(text);
    };
    let days = keep.as_secs() / (24 * 3600);
    let by = By::new(
        user,
        &format!("retention: kept {days} days after the last event"),
    )?;
    let done = block_on(period::drop_due(&mut desk, &due, keep, &by, progress))?;
    close(desk, done.is_ok(), progress)?;
    for erased in done? {
        writeln!(
            text,
            "erased {} records, {} bytes; {} bytes of disk are free again; record {} of the log says so",
            erased.now.records, erased.now.bytes, erased.freed, erased.log_index
        )?;
    }
    Ok(text)
}

/// Places, lifts or lists holds. Gives what to print.
///
/// # Errors
/// Whatever stood in the way, with what to do.
pub fn hold(command: &HoldCommand, progress: Progress<'_>) -> anyhow::Result<String> {
    match command {
        HoldCommand::Place(arguments) => {
            let by = By::new(&arguments.by.user, &arguments.by.reason)?;
            let held = match (&arguments.host, &arguments.customer, &arguments.licence) {
                (Some(key), _, _) => Held::Host(*key),
                (_, Some(name), _) => Held::Customer(name.clone()),
                (_, _, Some(name)) => Held::Licence(name.clone()),
                (None, None, None) => {
                    anyhow::bail!("one of --host, --customer, --licence is needed")
                }
            };
            let (desk, _) = open(&arguments.file, progress)?;
            let placed = block_on(hold::place(&desk, &held, &by))?;
            close(desk, placed.is_ok(), progress)?;
            let (index, hosts) = placed?;
            Ok(format!("hold {index} holds {hosts} hosts as of now\n"))
        }
        HoldCommand::Lift(arguments) => {
            let by = By::new(&arguments.by.user, &arguments.by.reason)?;
            let (desk, _) = open(&arguments.file, progress)?;
            let lifted = block_on(hold::lift(&desk, arguments.hold, &by))?;
            close(desk, lifted.is_ok(), progress)?;
            let index = lifted?;
            Ok(format!(
                "hold {} is lifted by record {index} of the log\n",
                arguments.hold
            ))
        }
        HoldCommand::List(file) => list(file, progress),
    }
}

fn list(file: &File, progress: Progress<'_>) -> anyhow::Result<String> {
    let (desk, _) = open(file, progress)?;
    let mut table = comfy_table::Table::new();
    table.load_preset(comfy_table::presets::NOTHING);
    table.set_header(["hold", "holds", "placed", "by", "reason", "lifted by"]);
    for (index, hold) in desk.store.holds()? {
        table.add_row([
            index.to_string(),
            held_text(&hold),
            time_text(hold.at_ms),
            hold.user,
            hold.reason,
            hold.lifted_by
                .map_or("-".to_owned(), |by| format!("record {by}")),
        ]);
    }
    close(desk, true, progress)?;
    Ok(format!("{table}\n"))
}

fn open(file: &File, progress: Progress<'_>) -> anyhow::Result<(Desk, Config)> {
    let config = Config::load(&file.config)?;
    let checked = Checked::read(config.clone())?;
    Ok((Desk::open(checked, Clock::system(), progress)?, config))
}

/// Closes whatever the outcome; after a failure that is told first, closing is only tried.
fn close(desk: Desk, succeeded: bool, progress: Progress<'_>) -> anyhow::Result<()> {
    let closed = desk.close(progress);
    if succeeded { Ok(closed?) } else { Ok(()) }
}

fn block_on<T>(future: impl Future<Output = T>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    Ok(runtime
        .context("the async runtime does not start")?
        .block_on(future))
}
