//! `domicile-desk`: the command line of who works on flags and cases. What it does is in the library.

use clap::Parser as _;
use domicile_desk::cli::Cli;
use domicile_desk::commands::{self, CommandError, Exit};
use std::io::{self, BufWriter, Write as _};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("domicile-desk: cannot start: {error}");
            return ExitCode::from(Exit::Usage as u8);
        }
    };
    let mut out = BufWriter::new(io::stdout().lock());
    let result = runtime.block_on(commands::run(&cli, &mut out));
    let flushed = out.flush().map_err(CommandError::Output);
    match result.and(flushed) {
        Ok(()) => ExitCode::from(Exit::Ok as u8),
        Err(error) => {
            eprintln!("domicile-desk: {error}");
            ExitCode::from(error.exit() as u8)
        }
    }
}
