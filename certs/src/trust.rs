//! `trust.toml`: what the vendor tells every program out of band.

use crate::files::{self, FileError};
use crate::issue::check_intermediate;
use crate::pem;
use crate::x509::{self, Fields};
use domicile_proto::types::Key;
use rustls_pki_types::CertificateDer;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Largest `trust.toml`, bytes.
pub const MAX_BYTES: usize = 64 * 1024;

/// The keys and certificates that everything else is checked against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    /// Signs the directory.
    pub directory_key: Key,
    /// Signs enrolment tokens.
    pub token_key: Key,
    /// The offline root.
    pub root: CertificateDer<'static>,
    /// Issues for agents; signed by the root.
    pub agent_ca: CertificateDer<'static>,
    /// Issues for auditors; signed by the root.
    pub auditor_ca: CertificateDer<'static>,
}

/// `trust.toml` was refused.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// It could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It does not say what it must.
    #[error("{}: {problem}; get the file from the vendor again", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    directory_key: String,
    token_key: String,
    root: String,
    agent_ca: String,
    auditor_ca: String,
}

impl Trust {
    /// Reads and checks `trust.toml`.
    ///
    /// # Errors
    /// [`TrustError`] when it cannot be read or does not hold together.
    pub fn load(path: &Path) -> Result<Self, TrustError> {
        let bytes = files::read(path, MAX_BYTES)?;
        Self::parse(&bytes).map_err(|problem| TrustError::Content {
            path: path.to_owned(),
            problem,
        })
    }

    /// Checks the bytes of `trust.toml`.
    ///
    /// # Errors
    /// What is wrong: an unknown or missing key, a malformed value, a root that is no CA, or an
    /// intermediate that the root did not sign.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "not UTF-8 text".to_owned())?;
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let key = |name: &str, text: &str| {
            text.parse::<Key>()
                .map_err(|error| format!("`{name}`: {error}"))
        };
        let trust = Self {
            directory_key: key("directory-key", &file.directory_key)?,
            token_key: key("token-key", &file.token_key)?,
            root: certificate("root", &file.root)?,
            agent_ca: certificate("agent-ca", &file.agent_ca)?,
            auditor_ca: certificate("auditor-ca", &file.auditor_ca)?,
        };
        trust.check()?;
        Ok(trust)
    }

    fn check(&self) -> Result<(), String> {
        let root = Fields::read(&self.root).map_err(|error| format!("`root`: {error}"))?;
        if !root.is_ca {
            return Err("`root` is not the certificate of a CA".into());
        }
        x509::verify_signed_by(&self.root, &root.key)
            .map_err(|_| "`root` is not signed by its own key".to_owned())?;
        let intermediate = |name, der| {
            check_intermediate(der, &self.root).map_err(|problem| format!("`{name}`: {problem}"))
        };
        let agent = intermediate("agent-ca", &self.agent_ca)?;
        let auditor = intermediate("auditor-ca", &self.auditor_ca)?;
        if agent.subject == auditor.subject || agent.key == auditor.key {
            return Err("`agent-ca` and `auditor-ca` are the same CA".into());
        }
        Ok(())
    }

    /// The text of `trust.toml`.
    pub fn to_toml(&self) -> String {
        let Self {
            directory_key,
            token_key,
            ..
        } = self;
        let mut text = format!(
            "# What Domicile's programs trust. Get this file from the vendor out of band.\n\
             directory-key = \"{directory_key}\"\ntoken-key = \"{token_key}\"\n"
        );
        for (name, der) in [
            ("root", &self.root),
            ("agent-ca", &self.agent_ca),
            ("auditor-ca", &self.auditor_ca),
        ] {
            let pem = pem::encode("CERTIFICATE", der);
            text.push_str(&format!("{name} = \"\"\"\n{pem}\"\"\"\n"));
        }
        text
    }
}

fn certificate(name: &str, text: &str) -> Result<CertificateDer<'static>, String> {
    let chain =
        pem::certificates(text.as_bytes()).map_err(|problem| format!("`{name}`: {problem}"))?;
    match <[CertificateDer<'static>; 1]>::try_from(chain) {
        Ok([only]) => Ok(only),
        Err(_) => Err(format!("`{name}`: exactly one certificate belongs there")),
    }
}
