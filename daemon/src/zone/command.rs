//! `domiciled zone`: installing the zone file, and printing what it reveals.

use super::{install, installed, text};
use crate::config::Config;
use crate::directory;
use crate::error::Error;
use crate::host::Host;
use crate::state::StateDir;
use clap::Subcommand;
use std::path::PathBuf;

/// What is done with the zone file.
#[derive(Debug, Subcommand)]
pub enum ZoneCommand {
    /// Check a zone file, install it and print what it reveals.
    Install {
        /// The zone file.
        file: PathBuf,
    },
    /// Print what the installed zone file reveals.
    Show,
}

/// Carries out the command; gives what is to be printed.
///
/// # Errors
/// [`Error`] when the file or the state folder cannot be used.
pub fn execute(config: &Config, host: &Host, command: &ZoneCommand) -> Result<String, Error> {
    let state = StateDir::new(&config.state_dir);
    let zone = match command {
        ZoneCommand::Install { file } => {
            state.prepare()?;
            install(&*host.disk, &state, file)?
        }
        ZoneCommand::Show => {
            state.check_readable()?;
            installed(&state)?
        }
    };
    let directory = directory::trust(config, &state)
        .and_then(|trust| directory::installed(&state, &trust))
        .ok();
    let mut out = text(&zone, directory.as_ref());
    if !config.coarse {
        out.push_str("Not in use: set `coarse = true` in the configuration.\n");
    }
    Ok(out)
}
