//! Software TPMs as processes (Debian's `swtpm`), each with a state of its own.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Set where a missing `swtpm` is a failure and no reason to pass over a test.
const REQUIRED: &str = "DOMICILE_REQUIRE_SWTPM";

/// A running TPM. Ends with its value.
pub struct Swtpm {
    process: Child,
    folder: TempDir,
}

impl Swtpm {
    /// A new TPM, or `None` (and a word on stderr) where `swtpm` is not installed.
    pub fn start() -> Option<Self> {
        Self::start_with(|_| {})
    }

    /// A new TPM whose state `prepare` may fill first.
    pub fn start_with(prepare: impl FnOnce(&Path)) -> Option<Self> {
        if !is_installed() {
            assert!(
                std::env::var_os(REQUIRED).is_none(),
                "{REQUIRED} is set, but swtpm is not installed: apt-get install swtpm swtpm-tools"
            );
            eprintln!("PASSED OVER: swtpm is not installed (apt-get install swtpm swtpm-tools)");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        std::fs::create_dir(&state).unwrap();
        prepare(&state);
        let socket = folder.path().join("sock");
        let process = Command::new("swtpm")
            .args(["socket", "--tpm2", "--flags", "startup-clear"])
            .args(["--tpmstate", &format!("dir={}", state.display())])
            .args([
                "--server",
                &format!("type=unixio,path={}", socket.display()),
            ])
            .args([
                "--ctrl",
                &format!("type=unixio,path={}.ctrl", socket.display()),
            ])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let tpm = Self { process, folder };
        let until = Instant::now() + Duration::from_secs(10);
        while tpm.try_connect().is_err() {
            assert!(Instant::now() < until, "swtpm does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(tpm)
    }

    /// Where it listens; its control socket has `.ctrl` behind that.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("sock")
    }

    /// A connection for commands; the TPM serves one at a time.
    pub fn connect(&self) -> UnixStream {
        self.try_connect().unwrap()
    }

    fn try_connect(&self) -> io::Result<UnixStream> {
        UnixStream::connect(self.socket())
    }
}

impl Drop for Swtpm {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn is_installed() -> bool {
    let found = Command::new("swtpm")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    found.is_ok_and(|status| status.success())
}
