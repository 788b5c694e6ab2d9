//! `domiciled`: the command line of [`domicile_daemon`].

use clap::Parser as _;
use domicile_daemon::cli::{Cli, execute};
use std::process::ExitCode;

fn main() -> ExitCode {
    match execute(Cli::parse()) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("domiciled: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}
