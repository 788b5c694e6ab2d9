//! `show`: what a file holds, without secrets.

use crate::text::rfc3339;
use crate::token;
use anyhow::{Context as _, bail};
use domicile_certs::x509::Fields;
use domicile_certs::{files, keys, pem, revocation};
use domicile_proto::token as proto_token;
use rustls_pki_types::CertificateDer;
use std::fmt::Write as _;
use std::path::Path;

pub(crate) fn run(path: &Path, now_ms: u64) -> anyhow::Result<String> {
    let bytes = files::read(path, revocation::MAX_BYTES)?;
    let text = String::from_utf8_lossy(&bytes);
    let at = || path.display().to_string();
    if text.contains("-----BEGIN PRIVATE KEY-----") {
        let key = keys::load(path)?;
        Ok(format!(
            "Ed25519 private key\n  public half {}\n",
            key.public()
        ))
    } else if text.contains("-----BEGIN CERTIFICATE-----") {
        let chain = pem::certificates(&bytes).map_err(anyhow::Error::msg);
        let shown = chain
            .with_context(at)?
            .iter()
            .map(|der| certificate(der, now_ms))
            .collect();
        Ok(shown)
    } else if text.contains("-----BEGIN X509 CRL-----") {
        let list = revocation::List::read_unverified(&bytes).map_err(anyhow::Error::msg);
        Ok(revocation_list(&list.with_context(at)?))
    } else if text.starts_with("domicile-token-v1.") {
        let signed = proto_token::from_text(&text).with_context(at)?;
        let token = proto_token::Token::read(&signed).with_context(at)?;
        Ok(format!(
            "enrolment token (signature not checked)\n{}",
            token::describe(&token)
        ))
    } else {
        bail!(
            "{} is no PEM certificate, key, revocation list or token; for a directory use `domicile-certs directory show`",
            path.display()
        )
    }
}

fn certificate(der: &CertificateDer<'_>, now_ms: u64) -> String {
    let fields = match Fields::read(der) {
        Ok(fields) => fields,
        Err(error) => return format!("certificate: {error}\n"),
    };
    let purpose = match (fields.is_ca, fields.client_auth, fields.server_auth) {
        (true, false, false) => "root",
        (true, true, _) => "issues for TLS clients",
        (true, _, true) => "issues for TLS servers",
        (_, true, false) => "TLS client",
        (_, false, true) => "TLS server",
        _ => "other",
    };
    let state = match now_ms {
        now if now < fields.not_before_ms => " (not yet valid)",
        now if now > fields.not_after_ms => " (expired)",
        _ => "",
    };
    let none = || "(none)".to_owned();
    format!(
        "certificate\n  subject {}\n  issuer  {}\n  purpose {purpose}\n  key     {}\n  serial  {}\n\
         \x20 from    {}\n  until   {}{state}\n",
        fields.common_name.unwrap_or_else(none),
        fields.issuer_name.unwrap_or_else(none),
        fields.key,
        fields.serial,
        rfc3339(fields.not_before_ms),
        rfc3339(fields.not_after_ms),
    )
}

fn revocation_list(list: &revocation::List) -> String {
    let next = rfc3339(list.next_update_ms);
    let mut said = format!(
        "revocation list (signature not checked)\n  number  {}\n  next by {next}\n  revoked {}\n",
        list.number,
        list.len()
    );
    let mut serials: Vec<_> = list.serials().collect();
    serials.sort_unstable();
    for serial in serials {
        let _ = writeln!(said, "    {serial}");
    }
    said
}
