//! A software TPM that two programs may talk to in turn: this repository's own code, and the TCG's
//! software stack (libtss2) through `tss-esapi`.
//!
//! Start reading in `tests/second_opinion.rs`.
#![allow(clippy::unwrap_used)]

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::str::FromStr as _;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tss_esapi::Context;
use tss_esapi::tcti_ldr::TctiNameConf;

/// A running `swtpm`. Ends with its value.
pub struct Swtpm {
    process: Child,
    _state: TempDir,
    port: u16,
}

impl Swtpm {
    /// A new TPM with new seeds.
    ///
    /// # Panics
    /// Where `swtpm` is not installed, or does not answer.
    #[expect(clippy::new_without_default, reason = "each is another")]
    pub fn new() -> Self {
        // A pair of ports that was free a moment ago may not be any more: then another one.
        for _ in 0..20 {
            if let Some(tpm) = Self::at(free_pair()) {
                return tpm;
            }
        }
        panic!("swtpm does not answer: apt-get install swtpm");
    }

    fn at(port: u16) -> Option<Self> {
        let state = tempfile::tempdir().unwrap();
        let server = |port: u16| format!("type=tcp,bindaddr=127.0.0.1,port={port}");
        let process = Command::new("swtpm")
            .args(["socket", "--tpm2", "--flags", "startup-clear"])
            .args(["--tpmstate", &format!("dir={}", state.path().display())])
            .args(["--server", &server(port), "--ctrl", &server(port + 1)])
            .stdout(Stdio::null())
            .spawn()
            .expect("swtpm is not installed: apt-get install swtpm");
        let mut tpm = Self {
            process,
            _state: state,
            port,
        };
        let until = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(("127.0.0.1", port + 1)).is_err() {
            let ended = tpm.process.try_wait().unwrap().is_some();
            if ended || Instant::now() > until {
                return None;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(tpm)
    }

    /// For this repository's code. The TPM serves one at a time.
    pub fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port)).unwrap()
    }

    /// For the TCG's software stack. What it loads is gone with the context.
    pub fn context(&self) -> Context {
        let name = format!("swtpm:host=127.0.0.1,port={}", self.port);
        Context::new(TctiNameConf::from_str(&name).unwrap()).unwrap()
    }
}

impl Drop for Swtpm {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The first of two neighbouring ports: libtss2 expects the control socket behind the other.
fn free_pair() -> u16 {
    loop {
        let first = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = first.local_addr().unwrap().port();
        if let Some(next) = port.checked_add(1)
            && TcpListener::bind(("127.0.0.1", next)).is_ok()
        {
            return port;
        }
    }
}
