//! `saved verify`: a folder that `--save` made, the directory and the trust file, no network.

use super::{CommandError, Exit, progress};
use crate::client::open_directory;
use crate::output::{Format, plain, time};
use crate::profile::ServerArgs;
use crate::saved::{self, Checked};
use domicile_certs::Trust;
use serde_json::json;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

/// What no saved listing shows.
const NOT_PROVEN: [&str; 2] = [
    "that the collector listed everything it knows",
    "that the log shows everyone the same history: `verify` and `monitor` look for witnesses",
];

pub(super) fn verify(
    folder: &Path,
    server: &ServerArgs,
    format: Format,
    out: &mut impl Write,
) -> Result<Exit, CommandError> {
    let trust = Trust::load(&server.trust_file()?)?;
    let directory = open_directory(&server.directory_file()?, &trust)?;
    let bar = progress::spinner("answers");
    bar.enable_steady_tick(Duration::from_secs(1));
    let checked = saved::check(folder, &directory, |pages| bar.set_position(pages));
    bar.finish_and_clear();
    let checked = checked?;
    match format {
        Format::Table => writeln!(out, "{}", text(&checked))?,
        Format::Json | Format::Ndjson | Format::Csv => {
            serde_json::to_writer_pretty(&mut *out, &document(&checked))
                .map_err(io::Error::from)?;
            writeln!(out)?;
        }
    }
    Ok(Exit::Ok)
}

fn text(checked: &Checked) -> String {
    let manifest = &checked.manifest;
    let extent = match (&manifest.begun_at, manifest.complete) {
        (None, true) => "all that was listed",
        (Some(_), true) => "from a cursor to the end",
        (None, false) => "the beginning only",
        (Some(_), false) => "a part",
    };
    let (from, until) = checked.answered_ms;
    let mut lines = vec![
        format!("question   {}", plain(&manifest.query)),
        format!(
            "answers    {}, {} rows: {extent}",
            manifest.pages, manifest.rows
        ),
        format!("signed by  {}", plain(&checked.collector)),
        format!("asked by   {}", checked.auditor),
        format!("answered   {} to {}", time(from), time(until)),
        format!(
            "log then   {} records, root {}",
            checked.log.0, checked.log.1
        ),
        format!(
            "logged as  records {} to {}",
            checked.reads.0, checked.reads.1
        ),
        "Verified. Not proven:".to_owned(),
    ];
    lines.extend(NOT_PROVEN.map(|line| format!("  - {line}")));
    lines.join("\n")
}

fn document(checked: &Checked) -> serde_json::Value {
    json!({
        "verified": true,
        "manifest": checked.manifest,
        "collector": checked.collector,
        "auditor": checked.auditor.to_string(),
        "answered_from": time(checked.answered_ms.0),
        "answered_until": time(checked.answered_ms.1),
        "log_size": checked.log.0,
        "log_root": checked.log.1.to_string(),
        "first_read": checked.reads.0,
        "last_read": checked.reads.1,
        "not_proven": NOT_PROVEN,
    })
}
