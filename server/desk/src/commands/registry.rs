//! `registry`, `declare`.

use super::{CommandError, connect, text, write};
use crate::cli::{Cli, DeclareArgs, RegistryCommand};
use crate::client::Client;
use crate::output;
use domicile_audit::client::MAX_JSON;
use domicile_certs::files;
use hyper::Method;
use serde_json::json;
use std::io::Write;

/// Largest registry that a write may carry, bytes.
const MAX_REGISTRY: usize = 60 * 1024;

pub(super) async fn run(
    cli: &Cli,
    command: &RegistryCommand,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    match command {
        RegistryCommand::Get { out: file } => {
            let answer = connect(cli)
                .await?
                .get("/v1/registry?format=toml", MAX_JSON)
                .await?;
            match file {
                Some(file) => files::create_new(file, &answer.body, files::PUBLIC)?,
                None => out.write_all(&answer.body)?,
            }
        }
        RegistryCommand::Put { file, seen, why } => {
            let registry = files::read(file, MAX_REGISTRY)?;
            let registry = String::from_utf8(registry)
                .map_err(|_| CommandError::Question("the registry is not UTF-8 text".into()))?;
            let why = text(why)?;
            let mut client = connect(cli).await?;
            let expected = match seen {
                Some(version) => *version,
                None => version(&mut client).await?,
            };
            let body = json!({ "toml": registry, "why": why, "expected": expected });
            let answer = write(cli, &mut client, Method::PUT, "/v1/registry", &body).await?;
            output::one(out, cli.format, &[], answer)?;
        }
    }
    Ok(())
}

async fn version(client: &mut Client) -> Result<u64, CommandError> {
    let registry = client.json("/v1/registry").await?;
    let missing = || CommandError::Answer("a registry without `version`".into());
    registry["version"].as_u64().ok_or_else(missing)
}

pub(super) async fn declare(
    cli: &Cli,
    args: &DeclareArgs,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    let mut body = json!({ "state": args.state, "why": text(&args.why)? });
    for (name, time) in [("from", args.from), ("until", args.until)] {
        if let Some(time) = time {
            body[name] = json!(time.to_string());
        }
    }
    let mut client = connect(cli).await?;
    let path = format!("/v1/hosts/{}/declarations", args.host);
    let answer = write(cli, &mut client, Method::POST, &path, &body).await?;
    output::one(out, cli.format, &[], answer)?;
    Ok(())
}
