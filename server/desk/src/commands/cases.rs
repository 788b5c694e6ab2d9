//! `case`.

use super::{CommandError, connect, pack, page, text, write};
use crate::cli::{CaseArgs, CaseCommand, Cli, SayArgs, Target, Verdict};
use crate::client::Client;
use crate::output::{self, CASES};
use domicile_audit::client::query;
use domicile_certs::files;
use domicile_proto::sign::sha256;
use hyper::Method;
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;

/// Largest document that is hashed, bytes.
const MAX_DOCUMENT: usize = 1024 * 1024 * 1024;

pub(super) async fn run(
    cli: &Cli,
    command: &CaseCommand,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    match command {
        CaseCommand::Check { folder } => return pack::check(cli, folder, out),
        CaseCommand::Pack {
            case,
            out: folder,
            draft,
        } => return pack::take(cli, *case, folder, *draft, out).await,
        CaseCommand::List { .. } => return list(cli, command, out).await,
        _ => {}
    }
    let value = match command {
        CaseCommand::Show { case } => {
            connect(cli)
                .await?
                .json(&format!("/v1/cases/{case}"))
                .await?
        }
        CaseCommand::Open {
            flags,
            verdicts,
            operator,
            why,
        } => {
            let verdicts: Vec<String> = verdicts.iter().map(ToString::to_string).collect();
            let mut body = json!({ "flags": flags, "verdicts": verdicts, "why": text(why)? });
            if let Some(operator) = operator {
                body["operator"] = json!(operator);
            }
            let mut client = connect(cli).await?;
            write(cli, &mut client, Method::POST, "/v1/cases", &body).await?
        }
        other => {
            let (case, step) = step(other)?;
            take(cli, case, step).await?
        }
    };
    output::one(out, cli.format, CASES, value)?;
    Ok(())
}

async fn list(cli: &Cli, command: &CaseCommand, out: &mut impl Write) -> Result<(), CommandError> {
    let CaseCommand::List {
        state,
        operator,
        overdue,
        page: asked,
    } = command
    else {
        return Ok(());
    };
    let pairs = [
        ("state", state.clone()),
        ("operator", operator.clone()),
        ("overdue", overdue.then(|| "true".to_owned())),
        ("limit", Some(asked.limit.to_string())),
        ("cursor", asked.cursor.clone()),
    ];
    let path = format!("/v1/cases{}", query(&pairs));
    let page = page(connect(cli).await?.json(&path).await?)?;
    output::listing(out, cli.format, CASES, page.rows, page.next.as_deref())?;
    Ok(())
}

/// The step that a command is, without the version.
fn step(command: &CaseCommand) -> Result<(&CaseArgs, Value), CommandError> {
    let say = |name: &str, say: &SayArgs| {
        Ok::<_, CommandError>(json!({ "step": name, "text": text(&say.why)? }))
    };
    let plain = |name: &str, args| Ok((said(args), say(name, args)?));
    match command {
        CaseCommand::Comment(args) => plain("comment", args),
        CaseCommand::Explain(args) => plain("explain", args),
        CaseCommand::Review(args) => plain("review", args),
        CaseCommand::Unsubstantiate(args) => plain("unsubstantiate", args),
        CaseCommand::Decline(args) => plain("decline", args),
        CaseCommand::Contest(args) => plain("contest", args),
        CaseCommand::Close(args) => plain("close", args),
        CaseCommand::Propose { target, say: args } => {
            let name = match target {
                Target::Substantiated => "propose-substantiated",
                Target::Reported => "propose-reported",
            };
            plain(name, args)
        }
        CaseCommand::Answer { answer, say: args } => {
            let mut body = say("answer-contest", args)?;
            body["upheld"] = json!(*answer == Verdict::Upheld);
            Ok((&args.case, body))
        }
        CaseCommand::Deadline { due, say: args } => {
            let mut body = say("set-deadline", args)?;
            body["due"] = json!(due.to_string());
            Ok((&args.case, body))
        }
        CaseCommand::Approve { target, case } => {
            if case.seen.is_none() {
                return Err(CommandError::Question(
                    "approve what you have read: --seen with the version that `case show` shows"
                        .into(),
                ));
            }
            let name = match target {
                Target::Substantiated => "approve-substantiated",
                Target::Reported => "approve-reported",
            };
            Ok((case, json!({ "step": name })))
        }
        CaseCommand::Link { case, flag } => {
            Ok((case, json!({ "step": "link-flag", "flag": flag })))
        }
        CaseCommand::Attach { case, file, name } => Ok((
            case,
            json!({ "step": "attach", "document": document(file, name.as_deref())? }),
        )),
        CaseCommand::Open { .. }
        | CaseCommand::List { .. }
        | CaseCommand::Show { .. }
        | CaseCommand::Pack { .. }
        | CaseCommand::Check { .. } => Err(CommandError::Question("this is no step".into())),
    }
}

fn said(args: &SayArgs) -> &CaseArgs {
    &args.case
}

fn document(file: &Path, name: Option<&str>) -> Result<Value, CommandError> {
    let content = files::read(file, MAX_DOCUMENT)?;
    let own = file
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let name = name.map(str::to_owned).or(own).unwrap_or_default();
    Ok(json!({
        "sha256": sha256(&content).to_string(),
        "bytes": content.len(),
        "name": name,
    }))
}

async fn take(cli: &Cli, case: &CaseArgs, mut step: Value) -> Result<Value, CommandError> {
    let mut client = connect(cli).await?;
    let version = match case.seen {
        Some(version) => version,
        None => version(&mut client, case.case).await?,
    };
    step["version"] = json!(version);
    let path = format!("/v1/cases/{}/steps", case.case);
    write(cli, &mut client, Method::POST, &path, &step).await
}

async fn version(client: &mut Client, case: u64) -> Result<u32, CommandError> {
    let value = client.json(&format!("/v1/cases/{case}")).await?;
    let version = value["version"]
        .as_u64()
        .and_then(|version| version.try_into().ok());
    version.ok_or_else(|| CommandError::Answer("a case without `version`".into()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::cli::Command;
    use clap::{CommandFactory as _, Parser as _};

    fn body(line: &str) -> Result<Value, CommandError> {
        let words = ["domicile-desk", "case"].into_iter().chain(line.split(' '));
        let cli = Cli::try_parse_from(words).unwrap();
        let Command::Case(command) = &cli.command else {
            panic!("{line}");
        };
        step(command).map(|(_, body)| body)
    }

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn commands_are_the_steps_of_the_api() {
        for (line, step) in [
            (
                "comment 3 --text x",
                json!({ "step": "comment", "text": "x" }),
            ),
            (
                "explain 3 --text x",
                json!({ "step": "explain", "text": "x" }),
            ),
            (
                "review 3 --text x",
                json!({ "step": "review", "text": "x" }),
            ),
            (
                "unsubstantiate 3 --text x",
                json!({ "step": "unsubstantiate", "text": "x" }),
            ),
            (
                "decline 3 --text x",
                json!({ "step": "decline", "text": "x" }),
            ),
            (
                "contest 3 --text x",
                json!({ "step": "contest", "text": "x" }),
            ),
            ("close 3 --text x", json!({ "step": "close", "text": "x" })),
            (
                "propose 3 reported --text x",
                json!({ "step": "propose-reported", "text": "x" }),
            ),
            (
                "approve 3 substantiated --seen 4",
                json!({ "step": "approve-substantiated" }),
            ),
            (
                "answer 3 upheld --text x",
                json!({ "step": "answer-contest", "text": "x", "upheld": true }),
            ),
            ("link 3 --flag 9", json!({ "step": "link-flag", "flag": 9 })),
            (
                "deadline 3 2027-01-01T00:00:00Z --text x",
                json!({ "step": "set-deadline", "text": "x", "due": "2027-01-01T00:00:00Z" }),
            ),
        ] {
            assert_eq!(body(line).unwrap(), step, "{line}");
        }
    }

    #[test]
    fn nobody_approves_what_they_have_not_seen() {
        let error = body("approve 3 reported").unwrap_err();
        assert!(error.to_string().contains("--seen"));
    }

    #[test]
    fn a_document_is_told_by_its_hash() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.pdf");
        std::fs::write(&file, b"abc").unwrap();
        let told = document(&file, None).unwrap();
        assert_eq!(told["name"], "a.pdf");
        assert_eq!(told["bytes"], 3);
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(told["sha256"], sha256);
    }
}
