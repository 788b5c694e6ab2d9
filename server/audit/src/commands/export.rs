//! `export`: verdicts taken away as bundles, one or those of a listing.

use super::{CommandError, Exit, attestations, listing, offline, progress};
use crate::bundle::{MAX_BYTES, read_bundle};
use crate::cli::{ExportArgs, PageArgs, VerdictFilter};
use crate::client::Client;
use crate::output::{ATTESTATIONS, Format};
use crate::replay::{EXTENSION, LISTING, listed};
use domicile_certs::files::{self, FileError};
use domicile_proto::types::Digest;
use hyper::body::Bytes;
use std::io::Write;
use std::path::Path;

pub(super) async fn run(
    client: &mut Client,
    args: &ExportArgs,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    match &args.id {
        Some(id) => one(client, id, &args.out, out).await,
        None if args.filter.is_empty() => Err(CommandError::Question(
            "give a verdict's id, or filters such as --from",
        )),
        None => every(client, &args.filter, &args.out, out).await,
    }
}

async fn one(
    client: &mut Client,
    id: &Digest,
    file: &Path,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    if file.exists() {
        return Err(FileError::Exists(file.to_owned()).into());
    }
    let bytes = fetch(client, id, file).await?;
    let file = file.display();
    writeln!(
        out,
        "{bytes} bytes written to {file}\nverify it: domicile-audit verify {file} --trust trust.toml",
    )?;
    Ok(Exit::Ok)
}

/// The signed listing first, then the bundles that are not there yet: broken off, it can go on.
async fn every(
    client: &mut Client,
    filter: &VerdictFilter,
    folder: &Path,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    if !folder.exists() {
        files::create_folder(folder)?;
    }
    if !folder.join(LISTING).exists() {
        let page = PageArgs {
            limit: u64::MAX,
            all: true,
            cursor: None,
            save: Some(folder.join(LISTING)),
        };
        let path = |ask: &listing::Ask| attestations(filter, ask);
        listing::run(client, Format::Table, ATTESTATIONS, &page, path, out).await?;
    }
    let ids = listed(folder)?;
    let bar = progress::bar(ids.len(), "bundles");
    for id in &ids {
        let file = folder.join(format!("{id}.{EXTENSION}"));
        if !file.exists() {
            fetch(client, id, &file).await?;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let shown = folder.display();
    writeln!(
        out,
        "{} bundles in {shown}\nreplay them: domicile-audit replay {shown} --trust trust.toml",
        ids.len()
    )?;
    Ok(Exit::Ok)
}

/// Fetches a bundle into a new file; gives its length.
async fn fetch(client: &mut Client, id: &Digest, file: &Path) -> Result<usize, CommandError> {
    let bytes = bundle(client, id).await?;
    files::create_new(file, &bytes, files::PUBLIC)?;
    Ok(bytes.len())
}

/// Fetches a bundle, which is known to be of this verdict and nothing else.
pub(super) async fn bundle(client: &mut Client, id: &Digest) -> Result<Bytes, CommandError> {
    let path = format!("/v1/attestations/{id}/bundle");
    let bytes = client.get(&path, MAX_BYTES).await?;
    let bundle = read_bundle(&bytes).map_err(|error| CommandError::Answer(error.to_string()))?;
    if offline::evidence_hash(&bundle) != Some(*id) {
        return Err(CommandError::Answer(
            "the bundle is of another attestation".into(),
        ));
    }
    Ok(bytes)
}
