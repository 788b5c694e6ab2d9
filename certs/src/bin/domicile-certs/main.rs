//! The CA tool: CAs, server and auditor certificates, enrolment tokens, the signed directory and
//! revocation lists.
//!
//! Start reading at [`cli::Command`]; each subcommand has a module of its own. The clock and the
//! system's randomness are read here and passed on.

mod cli;
mod directory;
mod directory_file;
mod issue;
mod revoke;
mod show;
mod text;
mod token;

use anyhow::Context as _;
use clap::Parser as _;
use cli::{Cli, Command, DirectoryCommand};
use domicile_certs::authority::{Authority, LISTS};
use domicile_certs::keys;
use domicile_certs::random::{self, System};
use std::path::Path;
use std::process::ExitCode;
use std::time::SystemTime;

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(said) => {
            print!("{said}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!(
                "domicile-certs: {}",
                domicile_certs::one_line(error.as_ref())
            );
            ExitCode::FAILURE
        }
    }
}

/// Runs a command and returns what it has to say.
fn run(command: Command) -> anyhow::Result<String> {
    let elapsed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let elapsed = elapsed.context("this machine's clock stands before 1970: set it first")?;
    let now_ms = u64::try_from(elapsed.as_millis()).context("this machine's clock")?;
    let mut random = System::default();
    match command {
        Command::Init { folder } => init(&folder, &mut random, now_ms),
        Command::Issue(arguments) => issue::run(&arguments, &mut random, now_ms),
        Command::LogKey { out } => log_key(&out, &mut random),
        Command::Token(arguments) => token::run(&arguments, &mut random, now_ms),
        Command::Directory(DirectoryCommand::Sign { ca, input, out }) => {
            directory::sign(&ca, &input, &out, now_ms)
        }
        Command::Directory(DirectoryCommand::Show { file, trust }) => {
            directory::show(&file, &trust)
        }
        Command::Revoke(arguments) => revoke::run(&arguments, now_ms),
        Command::Lists { ca } => revoke::lists(&ca, now_ms),
        Command::Show { file } => show::run(&file, now_ms),
    }
}

fn init(folder: &Path, random: &mut System, now_ms: u64) -> anyhow::Result<String> {
    Authority::generate(random, now_ms)?.write(folder)?;
    let at = folder.display();
    Ok(format!(
        "made a CA in {at}\n\
         next: move {at}/root.key to offline storage; nothing below needs it\n\
         \x20     give {at}/trust.toml to every host, anchor, collector and auditor\n\
         \x20     give {at}/agent-ca.key to collectors (agent-ca-key), {at}/{LISTS}/ to every server (crl-dir)\n\
         \x20     domicile-certs issue anchor --ca {at} --name NAME --out FOLDER\n"
    ))
}

fn log_key(out: &Path, random: &mut System) -> anyhow::Result<String> {
    let public_path = out.with_extension("pub");
    anyhow::ensure!(
        public_path != out && !public_path.exists(),
        "{} exists already or is the same file: name another place",
        public_path.display()
    );
    let key = keys::create(out, &random::bytes(random)?)?;
    let public = format!("{}\n", key.public());
    domicile_certs::files::create_new(
        &public_path,
        public.as_bytes(),
        domicile_certs::files::PUBLIC,
    )?;
    Ok(format!(
        "made the log key {} with public half {}\n\
         next: in directory.toml, log-key = \"{}\"\n",
        out.display(),
        key.public(),
        key.public()
    ))
}
