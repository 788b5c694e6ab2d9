//! The program with everything that its configuration names on disk.

use super::{Fixture, YEAR_MS};
use domicile_certs::authority::Ca;
use domicile_certs::issue::{Period, Profile};
use domicile_certs::random::{Seeded, bytes};
use domicile_certs::{keys, pem};
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_domicile-anchor");

/// Everything that a configuration names, on disk.
pub struct Installed {
    pub fixture: Fixture,
}

impl Installed {
    pub fn new() -> Self {
        let mut fixture = Fixture::new();
        let folder = fixture.folder.path().to_owned();
        let seed = bytes(&mut Seeded::new(5)).unwrap();
        let key = keys::create(&folder.join("anchor.key"), &seed).unwrap();
        let ca = fixture.authority.ca(Ca::Server);
        let period = Period::starting(fixture.now_ms, YEAR_MS);
        let leaf = ca
            .issue(Profile::Server("anchor"), &key.public(), [3; 16], period)
            .unwrap();
        let chain = vec![leaf, ca.certificate().clone()];
        std::fs::write(folder.join("anchor.crt"), pem::encode_chain(&chain)).unwrap();
        fixture.anchor = domicile_certs::Identity::new(key, chain).unwrap();
        fixture.write_directory(1, 7, true);
        let trust = fixture.authority.trust().to_toml();
        std::fs::write(folder.join("trust.toml"), trust).unwrap();
        let installed = Self { fixture };
        installed.configure("");
        installed
    }

    pub fn config(&self) -> PathBuf {
        self.fixture.folder.path().join("anchor.toml")
    }

    pub fn configure(&self, more: &str) {
        let text = format!(
            "listen = [\"127.0.0.1:0\"]\nkey = \"anchor.key\"\ncertificate = \"anchor.crt\"\n\
             trust = \"trust.toml\"\ndirectory = \"directory.bin\"\ncrl-dir = \"crl\"\n\
             state-dir = \"state\"\n{more}\n"
        );
        std::fs::write(self.config(), text).unwrap();
    }

    pub fn check(&self) -> Output {
        let mut command = Command::new(PROGRAM);
        command.args(["check", "--config"]).arg(self.config());
        command.output().unwrap()
    }

    /// Why `check` refuses; panics when it does not.
    pub fn refusal(&self) -> String {
        let output = self.check();
        assert!(!output.status.success());
        assert!(output.stdout.is_empty());
        String::from_utf8(output.stderr).unwrap()
    }

    /// Starts it and waits for its `ready` line.
    pub fn run(&self) -> (Child, std::net::SocketAddr) {
        let mut command = Command::new(PROGRAM);
        command.args(["run", "--config"]).arg(self.config());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.trim().strip_prefix("ready ").unwrap().parse().unwrap();
        (child, address)
    }
}
