//! An independent authority: `openssl ts`.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub)] // each test file uses its part

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use std::path::Path;
use std::process::{Command, Stdio};

const CONFIG: &str = "\
[req]
distinguished_name = dn
prompt = no
[dn]
CN = root of a test
[v3_ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[v3_tsa]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[v3_other]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = codeSigning
[authority]
serial = serial
signer_cert = signer.pem
certs = ca.pem
signer_key = signer.key
signer_digest = DIGEST
default_policy = 1.2.3.4.1
digests = sha256, sha384
accuracy = secs:1, millisecs:500
ess_cert_id_alg = sha256
";

/// How keys are made: the arguments of `openssl req -newkey`.
pub const P256: &[&str] = &["ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
pub const P384: &[&str] = &["ec", "-pkeyopt", "ec_paramgen_curve:P-384"];
pub const RSA: &[&str] = &["rsa:2048"];

pub struct Authority {
    folder: tempfile::TempDir,
}

impl Authority {
    /// `None`, with a word on the terminal, where there is no `openssl`; a panic where it is required.
    pub fn new() -> Option<Self> {
        Self::with(P256, "sha256")
    }

    pub fn with(key: &[&str], digest: &str) -> Option<Self> {
        if Command::new("openssl")
            .arg("version")
            .stdout(Stdio::null())
            .status()
            .is_err()
        {
            assert!(
                std::env::var_os("DOMICILE_REQUIRE_OPENSSL").is_none(),
                "openssl is required"
            );
            eprintln!("not run: `openssl` (Debian: openssl) is missing, the independent authority");
            return None;
        }
        let authority = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        authority.write("authority.cnf", &CONFIG.replace("DIGEST", digest));
        authority.write("serial", "01\n");
        let made = ["-nodes", "-config", "authority.cnf", "-days", "3650"];
        let ca = [
            "req",
            "-x509",
            "-keyout",
            "ca.key",
            "-out",
            "ca.pem",
            "-extensions",
            "v3_ca",
        ];
        authority.openssl(&[&ca[..], &["-newkey"], key, &made].concat());
        let request = [
            "req",
            "-keyout",
            "signer.key",
            "-out",
            "signer.csr",
            "-subj",
            "/CN=signer",
        ];
        authority.openssl(&[&request[..], &["-newkey"], key, &made[..3]].concat());
        authority.certify("v3_tsa");
        Some(authority)
    }

    /// Gives the signer a certificate for another purpose.
    pub fn certify(&self, extensions: &str) {
        let sign = [
            "x509",
            "-req",
            "-in",
            "signer.csr",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
        ];
        let into = ["-CAcreateserial", "-out", "signer.pem", "-days", "3650"];
        let with = ["-extfile", "authority.cnf", "-extensions", extensions];
        self.openssl(&[&sign[..], &into, &with].concat());
    }

    pub fn root(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(self.path("ca.pem")).unwrap()
    }

    /// The signer's certificate.
    pub fn signer(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(self.path("signer.pem")).unwrap()
    }

    /// Where its root is, as PEM.
    pub fn root_file(&self) -> std::path::PathBuf {
        self.path("ca.pem")
    }

    /// Answers a request.
    pub fn answer(&self, request: &[u8]) -> Vec<u8> {
        std::fs::write(self.path("request"), request).unwrap();
        let reply = ["ts", "-reply", "-queryfile", "request", "-out", "answer"];
        let with = ["-config", "authority.cnf", "-section", "authority"];
        self.openssl(&[&reply[..], &with].concat());
        std::fs::read(self.path("answer")).unwrap()
    }

    /// Whether openssl itself believes an answer.
    pub fn believes(&self, answer: &[u8], data: &[u8]) -> bool {
        std::fs::write(self.path("answer"), answer).unwrap();
        std::fs::write(self.path("data"), data).unwrap();
        let verify = [
            "ts", "-verify", "-data", "data", "-in", "answer", "-CAfile", "ca.pem",
        ];
        self.run(&verify)
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        Path::new(self.folder.path()).join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn openssl(&self, arguments: &[&str]) {
        assert!(self.run(arguments), "openssl {arguments:?}");
    }

    fn run(&self, arguments: &[&str]) -> bool {
        Command::new("openssl")
            .args(arguments)
            .current_dir(self.folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap()
            .success()
    }
}
