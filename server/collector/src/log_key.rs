//! `domicile-collector log-key`: the key that signs the log is replaced, retired, or listed.
//!
//! Works on the data directory of a collector that does not run. The configuration names the old key and
//! a directory that does: the statement is logged and signed by both keys, then directory and
//! configuration follow. See `server/timestamp/KEYS.md`.

use crate::checked::Checked;
use crate::cli::File;
use crate::clock::Clock;
use crate::config::Config;
use crate::retention::cli::Progress;
use crate::store::Store;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use domicile_certs::keys;
use domicile_ledger::LogKeyStatement;
use domicile_proto::sign::SigningKey;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

/// What to do about the log's key.
#[derive(Debug, Subcommand)]
pub enum LogKeyCommand {
    /// Replace it: log a statement that the old and the new key sign
    Rotate(RotateArguments),
    /// Close the log: after this nothing can be logged in it, erasures neither
    Retire(File),
    /// Print the statements, as the public page `/log-keys` has them
    List(File),
}

/// The options of `log-key rotate`.
#[derive(Debug, Args)]
pub struct RotateArguments {
    /// The configuration, which still names the old key
    #[command(flatten)]
    file: File,
    /// The new key, as `domicile-certs log-key` makes it
    #[arg(long, value_name = "FILE")]
    new: PathBuf,
}

/// Does it. Gives what to print.
///
/// # Errors
/// Whatever stood in the way, with what to do.
pub fn run(command: &LogKeyCommand, progress: Progress<'_>) -> anyhow::Result<String> {
    match command {
        LogKeyCommand::Rotate(arguments) => rotate(arguments, progress),
        LogKeyCommand::Retire(file) => retire(file, progress),
        LogKeyCommand::List(file) => with(file, progress, async |store, key| {
            Ok(store.log_keys(key)?.page())
        }),
    }
}

fn rotate(arguments: &RotateArguments, progress: Progress<'_>) -> anyhow::Result<String> {
    let new = keys::load(&arguments.new)?;
    let path = arguments.new.display();
    with(&arguments.file, progress, async |store, old| {
        if old.public() == new.public() {
            anyhow::bail!("{path} is the key that signs this log already");
        }
        first_use(store, old).await?;
        let (old, new) = (old.ring(), new.ring());
        let statement = store.state_log_key(|origin, index, root| {
            LogKeyStatement::rotation(old, new, origin, index, root)
        });
        let statement = statement.await?;
        let mut text = format!("record {} of the log replaces its key\n", statement.index);
        let (old, new) = (statement.previous.as_ref(), &statement.key);
        writeln!(
            text,
            "old {}",
            old.map_or(String::new(), ToString::to_string)
        )?;
        writeln!(text, "new {new}")?;
        writeln!(
            text,
            "next: put the directory in place that names the new key, set `log-key = \"{path}\"`, start \
             the collector; then destroy the old key"
        )?;
        Ok(text)
    })
}

fn retire(file: &File, progress: Progress<'_>) -> anyhow::Result<String> {
    with(file, progress, async |store, key| {
        first_use(store, key).await?;
        let statement = store.state_log_key(|origin, index, root| {
            LogKeyStatement::retirement(key.ring(), origin, index, root)
        });
        let index = statement.await?.index;
        Ok(format!("record {index} closes the log\n"))
    })
}

/// Logs which key signs the log, if the log does not say so yet.
pub(crate) async fn first_use(
    store: &Store,
    key: &SigningKey,
) -> Result<(), crate::store::StoreError> {
    if store.log_keys(key)?.records().is_empty() {
        let statement = store.state_log_key(|origin, index, root| {
            LogKeyStatement::first_use(key.ring(), origin, index, root)
        });
        statement.await?;
    }
    Ok(())
}

/// Opens the store, works on it, closes it.
fn with(
    file: &File,
    progress: Progress<'_>,
    work: impl AsyncFnOnce(&Store, &SigningKey) -> anyhow::Result<String>,
) -> anyhow::Result<String> {
    let checked = Checked::read(Config::load(&file.config)?)?;
    let settings = checked.settings(false);
    let key = Arc::new(checked.log_key);
    let (store, owner, _) = Store::open(&settings, Arc::clone(&key), Clock::system(), progress)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.context("the async runtime does not start")?;
    let done = runtime.block_on(work(&store, &key));
    drop(store);
    let closed = owner.close();
    let text = done?;
    closed?;
    Ok(text)
}
