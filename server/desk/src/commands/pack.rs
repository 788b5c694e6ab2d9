//! `case pack`, `case check`.

use super::{CommandError, connect};
use crate::cli::Cli;
use crate::client::Client;
use crate::pack::{
    BUNDLES, CASE, FORMAT, FileFacts, MANIFEST, MAX_FILE, Manifest, PackError, RECORDS, REPORT,
    evidence_of, is_final, replay,
};
use domicile_audit::client::{Answer, ClientError, open_directory};
use domicile_audit::output::Format;
use domicile_certs::Trust;
use domicile_certs::files::{self, FileError};
use indicatif::{ProgressBar, ProgressDrawTarget};
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Fetches everything of a case into a folder that gets its name when it is whole.
pub(super) async fn take(
    cli: &Cli,
    case: u64,
    folder: &Path,
    draft: bool,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    if folder.exists() {
        return Err(FileError::Exists(folder.to_owned()).into());
    }
    let access = cli.server.access()?;
    let trust = Trust::load(&access.trust)?;
    let directory = open_directory(&access.directory, &trust)?;
    let mut client = connect(cli).await?;
    let records = client
        .get(&format!("/v1/cases/{case}/records"), MAX_FILE)
        .await?;
    let broken = |problem| PackError::Broken {
        place: RECORDS.to_owned(),
        problem,
    };
    let proven = replay(&records.body, &directory).map_err(broken)?;
    let state = proven.case.state();
    if !is_final(state) && !draft {
        return Err(CommandError::Question(format!(
            "the case is `{}`, and only what two approvers agreed on goes to an authority: --draft \
             makes a draft of it",
            state.name()
        )));
    }
    let making = Making(files::beside(folder));
    files::create_folder(&making.0)?;
    files::create_folder(&making.0.join(BUNDLES))?;
    let mut taken = Taken {
        folder: making.0.clone(),
        files: BTreeMap::new(),
    };
    taken.keep(RECORDS, records)?;
    let asks = if draft { "?draft=true" } else { "" };
    let report = client
        .get(&format!("/v1/cases/{case}/pack{asks}"), MAX_FILE)
        .await?;
    taken.keep(REPORT, report)?;
    let shown = client.get(&format!("/v1/cases/{case}"), MAX_FILE).await?;
    taken.keep(CASE, shown)?;
    let without_bundle = bundles(&mut client, &mut taken, &proven.case).await?;
    let manifest = Manifest {
        format: FORMAT,
        written_by: format!("domicile-desk {}", env!("CARGO_PKG_VERSION")),
        case,
        state: state.name().to_owned(),
        draft: !is_final(state),
        without_bundle,
        files: taken.files,
    };
    let text = serde_json::to_vec_pretty(&manifest).map_err(std::io::Error::from)?;
    files::create_new(&making.0.join(MANIFEST), &text, files::PUBLIC)?;
    std::fs::rename(&making.0, folder).map_err(files::failed("name", folder))?;
    files::sync_parent(folder)?;
    let (count, folder) = (manifest.files.len(), folder.display());
    writeln!(
        out,
        "{count} files and their manifest in {folder}\nSHA-256 of the manifest: {}\ncheck it: domicile-desk case check {folder} --trust trust.toml --directory directory.bin",
        domicile_proto::sign::sha256(&text)
    )?;
    Ok(())
}

/// A folder that is removed unless it was given its name.
struct Making(PathBuf);

impl Drop for Making {
    fn drop(&mut self) {
        // Gone already when it was given its name; what is left has a name that says it is not whole.
        let _left = std::fs::remove_dir_all(&self.0);
    }
}

struct Taken {
    folder: PathBuf,
    files: BTreeMap<String, FileFacts>,
}

impl Taken {
    fn keep(&mut self, name: &str, answer: Answer) -> Result<(), CommandError> {
        files::create_new(&self.folder.join(name), &answer.body, files::PUBLIC)?;
        let facts = FileFacts::of(&answer.body, answer.statement);
        self.files.insert(name.to_owned(), facts);
        Ok(())
    }
}

/// Fetches the bundle of each verdict; gives those that cannot be had any more.
async fn bundles(
    client: &mut Client,
    taken: &mut Taken,
    case: &domicile_diversion::cases::Case,
) -> Result<Vec<String>, CommandError> {
    let ids = evidence_of(case);
    let bar = ProgressBar::with_draw_target(Some(ids.len() as u64), ProgressDrawTarget::stderr());
    let mut without = Vec::new();
    for id in &ids {
        let path = format!("/v1/attestations/{id}/bundle");
        match client.get(&path, MAX_FILE).await {
            Ok(answer) => taken.keep(&format!("{BUNDLES}/{id}.bundle"), answer)?,
            // Its raw records were erased by law: the page says so, the hash stays.
            Err(ClientError::Problem { status: 410, .. }) => without.push(id.to_string()),
            Err(error) => return Err(error.into()),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(without)
}

/// Checks a folder offline.
pub(super) fn check(cli: &Cli, folder: &Path, out: &mut impl Write) -> Result<(), CommandError> {
    let trust = Trust::load(&cli.server.trust_file()?)?;
    let directory = open_directory(&cli.server.directory_file()?, &trust)?;
    let checked = crate::pack::check(folder, &trust, &directory)?;
    let (proven, manifest) = (&checked.proven, &checked.manifest);
    let state = proven.case.state().name();
    let without = manifest.without_bundle.len();
    if cli.format == Format::Table {
        writeln!(
            out,
            "VERIFIED: case {} is {state}{}: {} records in the log of {} records, {} bundles verified, \
             {without} erased",
            manifest.case,
            if manifest.draft { " (DRAFT)" } else { "" },
            proven.records,
            proven.log_size,
            checked.bundles,
        )?;
        return Ok(());
    }
    let value = json!({
        "verified": true,
        "case": manifest.case,
        "state": state,
        "draft": manifest.draft,
        "records": proven.records,
        "log_size": proven.log_size,
        "bundles": checked.bundles,
        "erased": without,
    });
    writeln!(out, "{value}")?;
    Ok(())
}
