//! The collector as a process of its own.

use super::Vendor;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};

/// A running `domicile-collector`. Killed when dropped.
pub struct Process {
    child: Child,
    pub quic: SocketAddr,
    pub api: SocketAddr,
}

pub fn command(vendor: &Vendor, subcommand: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_domicile-collector"));
    command
        .arg(subcommand)
        .arg("--config")
        .arg(vendor.path("collector.toml"));
    command.env("RUST_LOG", "warn");
    command
}

impl Process {
    pub fn start(vendor: &Vendor) -> Self {
        Self::spawn(command(vendor, "run"))
    }

    /// With a limit on the size of each file, in the shell's blocks: writing past it fails.
    pub fn start_limited(vendor: &Vendor, blocks: u32) -> Self {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(format!(
            "trap '' XFSZ; ulimit -f {blocks}; exec {} run --config {}",
            env!("CARGO_BIN_EXE_domicile-collector"),
            vendor.path("collector.toml").display()
        ));
        shell.env("RUST_LOG", "off");
        Self::spawn(shell)
    }

    fn spawn(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = |name: &str| {
            let part = line
                .split_whitespace()
                .find_map(|part| part.strip_prefix(name));
            part.unwrap_or_else(|| panic!("no `{name}` in {line:?}"))
                .parse()
                .unwrap()
        };
        assert!(line.starts_with("ready "), "{line:?}");
        let (quic, api) = (address("quic="), address("api="));
        Self { child, quic, api }
    }

    /// SIGKILL: no time to do anything.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, then waits.
    pub fn terminate(mut self) -> ExitStatus {
        let pid = i32::try_from(self.child.id()).unwrap();
        rustix::process::kill_process(
            rustix::process::Pid::from_raw(pid).unwrap(),
            rustix::process::Signal::TERM,
        )
        .unwrap();
        self.child.wait().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.child.kill();
        let _waited = self.child.wait();
    }
}

/// Runs a subcommand to its end: exit status, stdout, stderr.
pub fn run(vendor: &Vendor, subcommand: &str) -> (ExitStatus, String, String) {
    let mut child = command(vendor, subcommand)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut out, mut err) = (String::new(), String::new());
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut out)
        .unwrap();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut err)
        .unwrap();
    (child.wait().unwrap(), out, err)
}
