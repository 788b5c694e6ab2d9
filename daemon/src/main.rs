//! `domiciled`: the command line of [`domicile_daemon`].

use clap::Parser as _;
use domicile_daemon::cli::{Cli, execute};
use domicile_daemon::sandbox::close_inherited;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    if cli.is_service() {
        // A kernel before 5.9 cannot; this program's own descriptors are not inherited anyway.
        let _ = close_inherited();
    }
    match execute(cli) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("domiciled: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}
