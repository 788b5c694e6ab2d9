//! `directory sign` and `directory show`.

use crate::directory_file;
use crate::text::rfc3339;
use anyhow::{Context as _, anyhow, ensure};
use domicile_certs::{Trust, files, keys};
use domicile_proto::codec;
use domicile_proto::directory::{Directory, MAX_BYTES};
use domicile_proto::sign::{Domain, sha256};
use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::Path;

pub(crate) fn sign(ca: &Path, input: &Path, out: &Path, now_ms: u64) -> anyhow::Result<String> {
    let key = keys::load(&ca.join("directory.key"))?;
    let folder = input.parent().unwrap_or(Path::new(""));
    let bytes = files::read(input, MAX_BYTES)?;
    let at = || input.display().to_string();
    let message = directory_file::parse(&bytes, folder, now_ms)
        .map_err(|problem| anyhow!(problem))
        .with_context(at)?;
    let signed = key.sign(Domain::Directory, codec::encode(&message));
    let encoded = codec::encode(&signed);
    let checked = Directory::validate(&message, sha256(&encoded)).with_context(at)?;
    ensure!(
        checked.expires_ms > now_ms,
        "{}: `expires` lies in the past",
        input.display()
    );
    if out.exists() {
        let old = files::read(out, MAX_BYTES)?;
        let old = Directory::open(&old, &key.public()).with_context(|| {
            format!(
                "{} is not a directory of this CA: move it away",
                out.display()
            )
        })?;
        ensure!(
            checked.version > old.version,
            "version {} is not greater than version {} in {}: raise `version`",
            checked.version,
            old.version,
            out.display()
        );
    }
    // What every reader will do, before anyone is given it.
    let directory = Directory::open(&encoded, &key.public()).with_context(at)?;
    files::replace(out, &encoded, files::PUBLIC)?;
    Ok(format!(
        "signed {}\n{}{}next: domiciled directory install {} on each host; put it where anchors' and collectors' configurations say\n",
        out.display(),
        summary(&directory),
        warnings(&directory),
        out.display()
    ))
}

pub(crate) fn show(file: &Path, trust: &Path) -> anyhow::Result<String> {
    let trust = Trust::load(trust)?;
    let bytes = files::read(file, MAX_BYTES)?;
    let directory = Directory::open(&bytes, &trust.directory_key)
        .with_context(|| format!("{} is not a directory of this vendor", file.display()))?;
    let mut said = summary(&directory);
    for metro in &directory.metros {
        let territory = String::from_utf8_lossy(&metro.territory);
        let _ = writeln!(
            said,
            "metro {} {territory}{}",
            metro.id,
            place(&metro.position)
        );
    }
    for anchor in &directory.anchors {
        let _ = writeln!(
            said,
            "anchor {} {} domain {} operator {}{} ±{} m {} ppm v{} from {} until {} at {}",
            anchor.name,
            anchor.key,
            anchor.trust_domain,
            anchor.operator,
            place(&anchor.position),
            anchor.position.survey_error_m,
            anchor.position.clock_error_ppm,
            anchor.position.version,
            rfc3339(anchor.valid_from_ms),
            rfc3339(anchor.valid_until_ms),
            joined(&anchor.addresses),
        );
    }
    for collector in &directory.collectors {
        let _ = writeln!(
            said,
            "collector {} {} log {} {} at {}",
            collector.name,
            collector.key,
            collector.log_origin,
            collector.log_key,
            joined(&collector.addresses),
        );
    }
    said.push_str(&warnings(&directory));
    Ok(said)
}

fn place(position: &domicile_proto::directory::Position) -> String {
    let degrees = |e7: i32| f64::from(e7) / 1e7;
    let (latitude, longitude) = (position.latitude_e7, position.longitude_e7);
    format!(" {:.4} {:.4}", degrees(latitude), degrees(longitude))
}

fn joined(addresses: &[std::net::SocketAddr]) -> String {
    let texts: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    texts.join(",")
}

fn summary(directory: &Directory) -> String {
    format!(
        "directory version {}\n  hash    {}\n  issued  {}\n  expires {}\n  f {}, draws {} near domains, {} anchors in all\n\
         \x20 {} metros, {} anchors, {} collectors\n",
        directory.version,
        directory.hash,
        rfc3339(directory.issued_ms),
        rfc3339(directory.expires_ms),
        directory.lying_votes,
        directory.draw_near_domains,
        directory.draw_total,
        directory.metros.len(),
        directory.anchors.len(),
        directory.collectors.len(),
    )
}

/// What is allowed but weakens verdicts.
fn warnings(directory: &Directory) -> String {
    let needed = 2 * usize::from(directory.lying_votes) + 1;
    let mut said = String::new();
    for (index, metro) in directory.metros.iter().enumerate() {
        let there = directory.anchors.iter().filter(|a| a.metro == index);
        let domains: HashSet<_> = there.map(|anchor| &anchor.trust_domain).collect();
        if domains.len() < needed {
            let _ = writeln!(
                said,
                "note: metro {} has anchors of {} trust domains; {needed} let a verdict there survive {} lying votes",
                metro.id,
                domains.len(),
                directory.lying_votes
            );
        }
    }
    let mut names = HashSet::new();
    for anchor in directory.anchors.iter().filter(|a| !names.insert(&a.name)) {
        let _ = writeln!(
            said,
            "note: the name {} stands for two anchors",
            anchor.name
        );
    }
    said
}
