//! `issue`: a key and certificate for an anchor, collector or auditor.

use crate::cli::{Issue, Role};
use crate::text::rfc3339;
use anyhow::{Context as _, bail, ensure};
use domicile_certs::authority::Ca;
use domicile_certs::issue::{DAY_MS, Period, Profile};
use domicile_certs::random::{self, Random};
use domicile_certs::x509::Fields;
use domicile_certs::{files, keys, pem};
use domicile_proto::sign::SigningKey;

pub(crate) fn run(
    arguments: &Issue,
    random: &mut dyn Random,
    now_ms: u64,
) -> anyhow::Result<String> {
    let name = file_name(&arguments.name)?;
    let (ca, profile, days) = match arguments.role {
        Role::Anchor | Role::Collector => (Ca::Server, Profile::Server(name), 730),
        Role::Auditor => (Ca::Auditor, Profile::Auditor(name), 365),
    };
    let issuer = ca.load(&arguments.ca)?;
    let period = Period::starting(now_ms, u64::from(arguments.days.unwrap_or(days)) * DAY_MS);
    let ca_ends_ms = Fields::read(issuer.certificate())?.not_after_ms;
    ensure!(
        period.until_ms <= ca_ends_ms,
        "the certificate would outlive its CA, which ends {}: choose fewer --days",
        rfc3339(ca_ends_ms)
    );
    let key_path = arguments.out.join(format!("{name}.key"));
    let certificate_path = arguments.out.join(format!("{name}.crt"));
    for path in [&key_path, &certificate_path] {
        if path.exists() {
            bail!(files::FileError::Exists(path.clone()));
        }
    }
    let seed = random::bytes(random)?;
    let public = arguments
        .public_key
        .unwrap_or_else(|| SigningKey::from_seed(&seed).public());
    let leaf = issuer.issue(profile, &public, random::serial(random)?, period)?;
    let fields = Fields::read(&leaf)?;
    let chain = pem::encode_chain(&[leaf, issuer.certificate().clone()]);
    if arguments.public_key.is_none() {
        keys::create(&key_path, &seed)?;
    }
    let written = files::create_new(&certificate_path, chain.as_bytes(), files::PUBLIC);
    if written.is_err() && arguments.public_key.is_none() {
        std::fs::remove_file(&key_path).context("after a failed write of the certificate")?;
    }
    written?;
    let next = match arguments.role {
        Role::Anchor => "name the certificate in an [[anchor]] of directory.toml and sign that",
        Role::Collector => {
            "name the certificate in a [[collector]] of directory.toml and sign that"
        }
        Role::Auditor => "give both files and trust.toml to the auditor",
    };
    Ok(format!(
        "issued {}\n  key    {}\n  serial {}\n  until  {}\nnext: {next}\n",
        certificate_path.display(),
        fields.key,
        fields.serial,
        rfc3339(fields.not_after_ms)
    ))
}

/// A holder's name that may also be a file's.
fn file_name(name: &str) -> anyhow::Result<&str> {
    domicile_proto::codec::name("--name", name)?;
    ensure!(
        !name.contains(['/', ':']) && !name.starts_with('.'),
        "--name `{name}`: it names files too, so it must not hold / or : nor start with a dot"
    );
    Ok(name)
}
