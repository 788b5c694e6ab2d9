//! `revoke` and `lists`: revocation lists.

use crate::cli::Revoke;
use crate::text::rfc3339;
use anyhow::{Context as _, bail};
use domicile_certs::authority::Ca;
use domicile_certs::pem;
use domicile_certs::registry::{self, Entry, Updated};
use domicile_certs::x509::{self, Fields, Serial};
use std::path::Path;

pub(crate) fn run(arguments: &Revoke, now_ms: u64) -> anyhow::Result<String> {
    let (ca, serial, name) = match (&arguments.cert, arguments.issuer, arguments.serial) {
        (Some(path), ..) => of_certificate(&arguments.ca, path)?,
        (None, Some(issuer), Some(serial)) => (issuer.into(), serial, None),
        _ => bail!("give --cert FILE, or --issuer and --serial"),
    };
    let entry = Entry {
        serial,
        revoked_ms: now_ms,
        reason: arguments.reason.into(),
        name,
    };
    let updated = registry::update(&arguments.ca, ca, Some(entry), now_ms)?;
    let first = match updated.already_ms {
        Some(at_ms) => format!("{serial} was revoked already on {}", rfc3339(at_ms)),
        None => format!("revoked {serial} of {}", ca.name()),
    };
    Ok(format!("{first}\n{}", next(&updated)))
}

/// Issues every list again.
pub(crate) fn lists(folder: &Path, now_ms: u64) -> anyhow::Result<String> {
    let mut said = String::new();
    for ca in Ca::INTERMEDIATE {
        said.push_str(&next(&registry::update(folder, ca, None, now_ms)?));
    }
    Ok(said)
}

fn next(updated: &Updated) -> String {
    let Updated {
        number,
        revoked,
        list,
        ..
    } = updated;
    let list = list.display();
    format!(
        "list {number} with {revoked} certificates: {list}\n\
         next: copy it into the crl-dir of every server; they take it up within seconds\n"
    )
}

/// The CA of this folder that signed a certificate, and its serial number.
fn of_certificate(folder: &Path, path: &Path) -> anyhow::Result<(Ca, Serial, Option<String>)> {
    let leaf = pem::load(path)?.swap_remove(0);
    let fields = Fields::read(&leaf).with_context(|| path.display().to_string())?;
    for ca in Ca::INTERMEDIATE {
        let issuer = pem::load(&ca.certificate_path(folder))?.swap_remove(0);
        if x509::verify_signed_by(&leaf, &Fields::read(&issuer)?.key).is_ok() {
            return Ok((ca, fields.serial, fields.common_name));
        }
    }
    bail!(
        "{} was not issued by a CA of {}: name the CA folder that issued it",
        path.display(),
        folder.display()
    )
}
