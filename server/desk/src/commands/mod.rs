//! What each command does, and the exit code it ends with.

mod cases;
mod flags;
mod pack;
mod registry;

use crate::cli::{Cli, Command, Why};
use crate::client::{Client, new_key};
use crate::pack::PackError;
use domicile_audit::client::ClientError;
use domicile_audit::page::Page;
use domicile_audit::profile::ProfileError;
use domicile_certs::files::{self, FileError};
use domicile_certs::random;
use domicile_certs::trust::TrustError;
use domicile_diversion::cases::MAX_TEXT;
use hyper::Method;
use serde_json::Value;
use std::io::{self, Read as _, Write};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Ok = 0,
    /// A pack does not hold.
    Invalid = 1,
    /// Options, files, or what the collector refuses to this person.
    Usage = 2,
    /// The case is not as it was seen, or does not allow the step now.
    Conflict = 3,
    /// The collector cannot be reached, or is at fault.
    Unreachable = 4,
}

/// Why a command could not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The way to the collector.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The collector.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A write whose answer did not come: it may have been done.
    #[error("{source}\nit may have been done: send it again with --key {key}")]
    Unanswered {
        /// Its name.
        key: String,
        /// Why there is no answer.
        source: ClientError,
    },
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The trust file.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// A pack that does not hold.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// A question that says too little, or too much.
    #[error("{0}")]
    Question(String),
    /// The collector gave something else than what was asked for.
    #[error("the collector's answer: {0}")]
    Answer(String),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] random::Unavailable),
    /// The result could not be written.
    #[error("cannot write the result: {0}")]
    Output(#[from] io::Error),
}

impl CommandError {
    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Client(ClientError::Problem { status: 409, .. }) => Exit::Conflict,
            Self::Client(error) if error.is_unreachable() => Exit::Unreachable,
            Self::Unanswered { .. } | Self::Answer(_) => Exit::Unreachable,
            Self::Pack(PackError::Broken { .. }) => Exit::Invalid,
            _ => Exit::Usage,
        }
    }
}

/// Runs a command and writes its result to `out`.
///
/// # Errors
/// [`CommandError`], which knows the exit code.
pub async fn run(cli: &Cli, out: &mut impl Write) -> Result<(), CommandError> {
    match &cli.command {
        Command::Flags(command) => flags::run(cli, command, out).await,
        Command::Case(command) => cases::run(cli, command, out).await,
        Command::Registry(command) => registry::run(cli, command, out).await,
        Command::Declare(args) => registry::declare(cli, args, out).await,
    }
}

async fn connect(cli: &Cli) -> Result<Client, CommandError> {
    Ok(Client::connect(&cli.server.access()?).await?)
}

/// Writes once, under the key of the command line or a new one.
async fn write(
    cli: &Cli,
    client: &mut Client,
    method: Method,
    path: &str,
    body: &Value,
) -> Result<Value, CommandError> {
    let key = match &cli.key {
        Some(key) => key.clone(),
        None => new_key()?,
    };
    let answer = client.write(method, path, body, &key).await;
    answer.map_err(|source| match source.is_unreachable() {
        true => CommandError::Unanswered { key, source },
        false => source.into(),
    })
}

/// What is said: the option, or the file.
fn text(why: &Why) -> Result<String, CommandError> {
    let bytes = match (&why.text, &why.text_file) {
        (Some(text), _) => return Ok(text.clone()),
        (None, Some(path)) if path.as_os_str() == "-" => {
            let mut bytes = Vec::new();
            let most = MAX_TEXT as u64 + 1;
            io::stdin().lock().take(most).read_to_end(&mut bytes)?;
            bytes
        }
        (None, Some(path)) => files::read(path, MAX_TEXT + 1)?,
        (None, None) => return Err(CommandError::Question("say why: --text".into())),
    };
    String::from_utf8(bytes).map_err(|_| CommandError::Question("the text is not UTF-8".into()))
}

/// An answer as a page of a listing.
fn page(value: Value) -> Result<Page, CommandError> {
    Page::read(value).map_err(CommandError::Answer)
}
