//! `flags`.

use super::{CommandError, connect, page};
use crate::cli::{Cli, FlagsCommand};
use crate::output::{self, FLAGS};
use domicile_audit::client::query;
use std::io::Write;

pub(super) async fn run(
    cli: &Cli,
    command: &FlagsCommand,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    let mut client = connect(cli).await?;
    match command {
        FlagsCommand::List {
            code,
            severity,
            state,
            host,
            page: asked,
        } => {
            let pairs = [
                ("code", code.clone()),
                ("severity", severity.clone()),
                ("state", state.clone()),
                ("host", host.map(|host| host.to_string())),
                ("limit", Some(asked.limit.to_string())),
                ("cursor", asked.cursor.clone()),
            ];
            let answer = client.json(&format!("/v1/flags{}", query(&pairs))).await?;
            let page = page(answer)?;
            output::listing(out, cli.format, FLAGS, page.rows, page.next.as_deref())?;
        }
        FlagsCommand::Show { id } => {
            let flag = client.json(&format!("/v1/flags/{id}")).await?;
            output::one(out, cli.format, FLAGS, flag)?;
        }
    }
    Ok(())
}
