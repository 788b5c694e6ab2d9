//! What single commands do and print.

use super::{Confine, MAX_TOKEN};
use crate::config::Config;
use crate::directory::{self, DirectoryError, Installed};
use crate::disk;
use crate::enrol;
use crate::error::Error;
use crate::host::Host;
use crate::roles::{self, DeviceLink, Parent};
use crate::state::StateDir;
use domicile_proto::inspection::Nonce;
use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::path::Path;

pub(super) fn enrol(
    config: &Config,
    host: &Host,
    parent: &Parent,
    token_file: &Path,
    collector: Option<SocketAddr>,
) -> Result<(), Error> {
    // Before the token is looked for (it may be gone by now) and the devices are read.
    enrol::refuse_enrolled(&StateDir::new(&config.state_dir))?;
    let text = read_token(token_file)?;
    let result = roles::enrol(config, host, parent, &text, collector);
    if let Err(error) = &result
        && enrol::may_retry(error)
    {
        print("Not enrolled yet. The key is kept: run the same command again.\n");
    }
    let enrolled = result?;
    print(&format!(
        "Enrolled at {} for metro {}, key {}, {}.\nNext: domiciled show, then domiciled once or systemctl enable --now domiciled\n",
        enrolled.collector,
        enrolled.metro,
        enrolled.agent,
        match enrolled.tpm {
            true => "with its TPM",
            false => "without a TPM",
        }
    ));
    Ok(())
}

fn read_token(file: &Path) -> Result<String, Error> {
    let bytes = match file.as_os_str() == "-" {
        true => {
            let mut bytes = Vec::new();
            std::io::stdin()
                .take(MAX_TOKEN as u64)
                .read_to_end(&mut bytes)
                .map_err(Error::System)?;
            bytes
        }
        false => disk::read(file, MAX_TOKEN)?
            .ok_or_else(|| Error::Token(format!("`{}` does not exist", file.display())))?,
    };
    enrol::token_text(bytes)
}

pub(super) fn once(
    config: Config,
    host: Host,
    link: &DeviceLink,
    confine: Confine,
) -> Result<(), Error> {
    let outcome = roles::once(config, host, link, confine.allow_unconfined)?;
    print(&format!(
        "acknowledged: evidence {} at log index {}, {} of {} anchors, {} bytes{}\n",
        outcome.receipt.evidence_hash,
        outcome.receipt.index,
        outcome.ranged,
        outcome.drawn,
        outcome.bytes,
        match outcome.backlog {
            0 => String::new(),
            waited => format!(", and {waited} that had waited"),
        }
    ));
    Ok(())
}

pub(super) fn answer(
    config: &Config,
    host: &Host,
    parent: &Parent,
    nonce: &[String],
) -> Result<(), Error> {
    let nonce = nonce.join(" ").parse::<Nonce>()?;
    print(&roles::answer(config, host, parent, &nonce)?.to_string());
    Ok(())
}

pub(super) fn check(config: &Config) -> Result<(), Error> {
    let effective = toml::to_string(config).map_err(|error| Error::Print(error.to_string()))?;
    print(&effective);
    let state = StateDir::new(&config.state_dir);
    let directory =
        directory::trust(config, &state).and_then(|trust| directory::installed(&state, &trust));
    print(&match directory {
        Ok(directory) => format!(
            "configuration is good; directory version {} with {} anchors\n",
            directory.version,
            directory.anchors.len()
        ),
        // Not the configuration's fault, and the next command to run.
        Err(error @ (DirectoryError::NoTrust | DirectoryError::NotInstalled)) => {
            format!("configuration is good; {error}\n")
        }
        Err(error) => return Err(error.into()),
    });
    Ok(())
}

pub(super) fn install(
    config: &Config,
    host: &Host,
    file: &Path,
    trust: Option<&Path>,
) -> Result<(), Error> {
    let state = StateDir::new(&config.state_dir);
    state.prepare()?;
    let (directory, installed) = directory::install(&*host.disk, config, &state, file, trust)?;
    let what = match installed {
        Installed::New => "installed",
        Installed::Unchanged => "already installed, unchanged:",
    };
    print(&format!(
        "{what} directory version {}: {} anchors in {} metros, {} collectors\n",
        directory.version,
        directory.anchors.len(),
        directory.metros.len(),
        directory.collectors.len()
    ));
    Ok(())
}

pub(super) fn withdraw(config: &Config, host: &Host, confine: Confine) -> Result<(), Error> {
    let withdrawn = roles::withdraw(config, host, confine.allow_unconfined)?;
    match withdrawn.told {
        Ok(()) => print("The collector confirmed the withdrawal.\n"),
        Err(error) => print(&format!(
            "The collector was not told ({error}): it will see silence; tell the vendor.\n"
        )),
    }
    if withdrawn.unsent > 0 {
        print(&format!(
            "{} reports had not been delivered and are erased.\n",
            withdrawn.unsent
        ));
    }
    print("Key, certificate and state are erased. Trust and directory stay.\n");
    Ok(())
}

/// Writes to stdout; a reader that went away is no error.
pub(super) fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}
