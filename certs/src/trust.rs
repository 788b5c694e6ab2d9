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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::authority::{Authority, Ca};
    use crate::random::Seeded;
    use proptest::prelude::*;

    const NOW_MS: u64 = 1_767_225_600_000;

    fn authority(seed: u64) -> Authority {
        Authority::generate(&mut Seeded::new(seed), NOW_MS).unwrap()
    }

    fn problem(trust: &Trust) -> String {
        Trust::parse(trust.to_toml().as_bytes()).unwrap_err()
    }

    #[test]
    fn what_is_written_is_read() {
        let trust = authority(1).trust();
        assert_eq!(Trust::parse(trust.to_toml().as_bytes()), Ok(trust));
    }

    #[test]
    fn cas_that_do_not_belong_together_are_refused() {
        let (ours, theirs) = (authority(1), authority(2));
        let good = ours.trust();
        let with = |change: &dyn Fn(&mut Trust)| {
            let mut trust = good.clone();
            change(&mut trust);
            problem(&trust)
        };
        let foreign = with(&|trust| trust.agent_ca = theirs.trust().agent_ca);
        assert!(foreign.contains("`agent-ca`: the signature"), "{foreign}");
        let foreign = with(&|trust| trust.auditor_ca = theirs.trust().auditor_ca);
        assert!(foreign.contains("`auditor-ca`"), "{foreign}");
        with(&|trust| trust.root = theirs.trust().root);
        let twice = with(&|trust| trust.auditor_ca = trust.agent_ca.clone());
        assert!(twice.contains("the same CA"), "{twice}");
        let server = with(&|trust| trust.agent_ca = ours.ca(Ca::Server).certificate().clone());
        assert!(server.contains("may not issue for TLS clients"), "{server}");
        let leaf = ours
            .identity(
                crate::issue::Profile::Agent,
                &mut Seeded::new(3),
                NOW_MS,
                1000,
            )
            .unwrap();
        let not_a_ca = with(&|trust| trust.root = leaf.chain[0].clone());
        assert!(not_a_ca.contains("`root` is not"), "{not_a_ca}");
        let intermediate = with(&|trust| trust.root = trust.agent_ca.clone());
        assert!(
            intermediate.contains("not signed by its own key"),
            "{intermediate}"
        );
    }

    #[test]
    fn mistakes_in_the_text_are_named() {
        let text = authority(1).trust().to_toml();
        let with = |from: &str, to: &str| Trust::parse(text.replacen(from, to, 1).as_bytes());
        let said = |answer: Result<Trust, String>| answer.unwrap_err();
        assert!(said(with("token-key", "tokenkey")).contains("unknown field `tokenkey`"));
        assert!(
            said(with("directory-key = \"", "directory-key = \"x")).contains("`directory-key`")
        );
        assert!(said(with("-----BEGIN", "----BEGIN")).contains("`root`"));
        assert!(said(Trust::parse(b"")).contains("directory-key"));
        assert!(said(Trust::parse(&[0xff])).contains("UTF-8"));
        let double = text.replacen(
            "root = \"\"\"\n",
            &format!(
                "root = \"\"\"\n{}",
                pem::encode("CERTIFICATE", &authority(1).trust().root)
            ),
            1,
        );
        assert!(said(Trust::parse(double.as_bytes())).contains("exactly one"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(Trust::parse(&bytes).is_err());
        }

        #[test]
        fn an_altered_file_never_trusts_another_ca(at in 0_usize..2000, byte in any::<u8>()) {
            let good = authority(1).trust();
            let mut bytes = good.to_toml().into_bytes();
            let at = at % bytes.len();
            bytes[at] = byte;
            if let Ok(trust) = Trust::parse(&bytes) {
                prop_assert_eq!(trust.root, good.root);
                prop_assert_eq!(trust.agent_ca, good.agent_ca);
                prop_assert_eq!(trust.auditor_ca, good.auditor_ca);
            }
        }
    }
}
