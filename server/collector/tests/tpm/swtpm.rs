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

/// A maker of TPMs (Debian's `swtpm_localca`), with a root and an issuer of its own.
pub struct Manufacturer {
    folder: TempDir,
}

impl Manufacturer {
    /// A maker, or `None` (and a word on stderr) where its tools are not installed.
    pub fn new() -> Option<Self> {
        if !is_installed("swtpm_setup") {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let write = |name: &str, text: String| std::fs::write(path(name), text).unwrap();
        std::fs::create_dir(path("ca")).unwrap();
        write(
            "setup.conf",
            format!(
                "create_certs_tool = swtpm_localca\ncreate_certs_tool_config = {}\n\
                 create_certs_tool_options = {}\n",
                path("ca.conf"),
                path("ca.options")
            ),
        );
        write(
            "ca.conf",
            format!(
                "statedir = {}\nsigningkey = {}\nissuercert = {}\ncertserial = {}\n",
                path("ca"),
                path("ca/signkey.pem"),
                path("ca/issuercert.pem"),
                path("ca/certserial")
            ),
        );
        let platform = ["manufacturer", "model", "version"];
        let options = platform.map(|what| format!("--platform-{what} test\n"));
        write("ca.options", options.concat());
        Some(Self { folder })
    }

    /// Its root, and the issuer below it, once it has made a TPM.
    pub fn certificates(&self) -> [PathBuf; 2] {
        ["swtpm-localca-rootca-cert.pem", "issuercert.pem"]
            .map(|name| self.folder.path().join("ca").join(name))
    }

    /// A new TPM with this maker's certificate inside, as it leaves the factory.
    pub fn make(&self) -> Swtpm {
        Swtpm::start_with(|state| {
            let user = Command::new("id").arg("-un").output().unwrap().stdout;
            let made = Command::new("swtpm_setup")
                .args(["--tpm2", "--create-ek-cert", "--runas"])
                .arg(String::from_utf8(user).unwrap().trim())
                .arg("--config")
                .arg(self.folder.path().join("setup.conf"))
                .arg("--tpmstate")
                .arg(state)
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&made.stdout);
            assert!(made.status.success(), "swtpm_setup: {said}");
        })
    }
}

impl Swtpm {
    /// A new TPM, or `None` (and a word on stderr) where `swtpm` is not installed.
    pub fn start() -> Option<Self> {
        is_installed("swtpm").then(|| Self::start_with(|_| {}))
    }

    fn start_with(prepare: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        std::fs::create_dir(&state).unwrap();
        prepare(&state);
        let process = power_on(folder.path());
        let tpm = Self { process, folder };
        tpm.wait_for_it();
        tpm
    }

    /// The same TPM after its power was cut.
    pub fn after_a_power_cut(mut self) -> Self {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.process = power_on(self.folder.path());
        self.wait_for_it();
        self
    }

    fn wait_for_it(&self) {
        let until = Instant::now() + Duration::from_secs(10);
        while self.try_connect().is_err() {
            assert!(Instant::now() < until, "swtpm does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
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

fn power_on(folder: &Path) -> Child {
    let at = |name: &str| folder.join(name).display().to_string();
    Command::new("swtpm")
        .args(["socket", "--tpm2", "--flags", "startup-clear"])
        .args(["--tpmstate", &format!("dir={}", at("state"))])
        .args(["--server", &format!("type=unixio,path={}", at("sock"))])
        .args(["--ctrl", &format!("type=unixio,path={}", at("sock.ctrl"))])
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Whether a program is there; where it must be, it is a failure that it is not.
fn is_installed(program: &str) -> bool {
    let found = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    // `swtpm_setup` says its version and ends with 1: that it starts is what counts.
    let found = found.is_ok();
    if !found {
        let missing = format!("{program} is not installed: apt-get install swtpm swtpm-tools");
        assert!(
            std::env::var_os(REQUIRED).is_none(),
            "{REQUIRED} is set, but {missing}"
        );
        eprintln!("PASSED OVER: {missing}");
    }
    found
}
