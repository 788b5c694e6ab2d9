//! `domicile-audit`: the auditor's command line. What it does is in the library.

use clap::Parser as _;
use domicile_audit::cli::Cli;
use domicile_audit::commands::{self, CommandError, Exit};
use std::io::{self, BufWriter, Write as _};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("domicile-audit: cannot start: {error}");
            return ExitCode::from(Exit::Usage as u8);
        }
    };
    let mut out = BufWriter::new(io::stdout().lock());
    let result = runtime.block_on(commands::run(&cli, &mut out));
    let flushed = out.flush();
    let exit = match result {
        Ok(exit) => match flushed {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                eprintln!("domicile-audit: cannot write the result: {error}");
                Exit::Usage
            }
            _ => exit,
        },
        // Whoever reads the output has enough, as `head` does: no message, but no success either,
        // since what was to be written may have been a failed check.
        Err(CommandError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            Exit::Usage
        }
        Err(error) => {
            eprintln!("domicile-audit: {error}");
            error.exit()
        }
    };
    ExitCode::from(exit as u8)
}
