//! `domiciled prove`: what this program may do, what its running processes are held to, and how
//! to check each point without believing this program.
//!
//! The lists and rules are those that the code makes out of the configuration; the states are
//! the kernel's, from /proc. Descriptors of a process that cannot be dumped are shown to root.
//!
//! Start reading at [`prove`].

mod processes;

use crate::config::Config;
use crate::device::nvml::library::SYMBOLS;
use crate::error::Error;
use crate::rules;
use crate::sandbox::{Denied, Rules};
use crate::state::{StateDir, record};
use domicile_proto::sign;
use processes::Process;
use rustix::process::Pid;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs;

/// What can be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Proof(Value);

/// How to check a point from outside. `PID` stands for a process of the list.
const CHECKS: [(&str, &str); 8] = [
    (
        "the binary",
        "sha256sum /proc/PID/exe, and deploy/reproduce.sh on the source",
    ),
    (
        "filter, privileges",
        "grep -E 'NoNewPrivs|Seccomp|Cap' /proc/PID/status   (Seccomp 2: a filter is on)",
    ),
    ("descriptors", "ls -l /proc/PID/fd   (as root)"),
    (
        "nothing listens",
        "ss -lntup | grep domiciled   (prints nothing but one UDP socket that answers no stranger)",
    ),
    (
        "what it calls",
        "strace -f -p PID   (as root; every call is on the list)",
    ),
    (
        "the lists hold",
        "cargo test -p domicile-daemon --test confinement   (each attempt is made and denied)",
    ),
    (
        "what is sent",
        "domiciled show, and tcpdump on the addresses of `domiciled directory allow-list`",
    ),
    (
        "no driver client",
        "fuser -v /dev/nvidia*   (between readings it names no domiciled)",
    ),
];

/// Gathers it. Reads files and /proc.
///
/// # Errors
/// [`Error`] when the state folder cannot be read.
pub fn prove(config: &Config) -> Result<Proof, Error> {
    let state = StateDir::new(&config.state_dir);
    state.check_readable()?;
    let running: Vec<Value> = processes::running().iter().map(Process::json).collect();
    let network = rules::network(config, None);
    let socket = rules::network(config, Some("/run/domicile/device.sock".as_ref()));
    Ok(Proof(json!({
        "binary": binary(),
        "running": running,
        "last_confinement": record::confinement(&state)?,
        "rules": {
            "network process": rules_json(&network, Denied::Kill),
            "network process under systemd": rules_json(&socket, Denied::Kill),
            "device process": rules_json(&rules::device(config), REFUSED),
            "answer to an inspector": rules_json(&rules::answer(config), Denied::Kill),
            "supervisor": rules_json(&rules::supervisor(config, None, Pid::INIT), REFUSED),
        },
        "nvml": SYMBOLS,
        "checks": CHECKS.map(|(what, how)| json!({ "what": what, "how": how })),
    })))
}

const REFUSED: Denied = Denied::Errno(libc::EPERM.cast_unsigned());

fn binary() -> Value {
    let path = std::env::current_exe().unwrap_or_default();
    match fs::read("/proc/self/exe") {
        Ok(bytes) => json!({
            "path": path,
            "version": env!("CARGO_PKG_VERSION"),
            "bytes": bytes.len(),
            "sha256": sign::sha256(&bytes).to_string(),
        }),
        Err(error) => json!({ "path": path, "problem": error.to_string() }),
    }
}

fn rules_json(rules: &Rules, denied: Denied) -> Value {
    json!({
        "files": rules.files,
        "tcp_ports": rules.tcp_ports,
        "calls": rules.calls.names(),
        "otherwise": match denied {
            Denied::Kill => "the process is killed".to_owned(),
            Denied::Errno(number) => format!("error {number}"),
        },
    })
}

impl Proof {
    /// As JSON or as lines for people.
    pub fn text(&self, json: bool) -> String {
        match json {
            true => format!("{:#}\n", self.0),
            false => self.lines(),
        }
    }

    /// The values.
    pub fn value(&self) -> &Value {
        &self.0
    }

    fn lines(&self) -> String {
        let mut out = String::new();
        // Writing to a String cannot fail.
        let _ = self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let v = &self.0;
        let binary = &v["binary"];
        writeln!(
            out,
            "Binary\n  {}\n  sha256 {}",
            text(&binary["path"]),
            text(&binary["sha256"])
        )?;
        writeln!(out, "\nRunning")?;
        let running = v["running"].as_array().into_iter().flatten();
        for process in running.clone() {
            writeln!(
                out,
                "  {} {} (user {}): {} thread, seccomp {} with {} filters, no-new-privileges {}, capabilities {}",
                text(&process["name"]),
                process["pid"],
                process["uid"],
                process["threads"],
                process["seccomp"],
                process["seccomp_filters"],
                process["no_new_privileges"],
                text(&process["capabilities"]),
            )?;
            match process["descriptors"].as_array() {
                None => writeln!(out, "    descriptors: run this as root to see them")?,
                Some(all) => {
                    for descriptor in all {
                        writeln!(out, "    {}", text(descriptor))?;
                    }
                }
            }
        }
        if running.count() == 0 {
            writeln!(out, "  nothing: start the service, then ask again")?;
        }
        for (name, rules) in v["rules"].as_object().into_iter().flatten() {
            writeln!(out, "\nThe {name} may, once confined")?;
            for file in rules["files"].as_array().into_iter().flatten() {
                writeln!(
                    out,
                    "  {:<8} {}",
                    text(&file["access"]),
                    text(&file["path"])
                )?;
            }
            let calls = rules["calls"].as_array().into_iter().flatten().map(text);
            let calls: Vec<String> = calls.collect();
            writeln!(out, "  call {}", calls.join(" "))?;
            writeln!(
                out,
                "  at any other file: refused; at any other call: {}",
                text(&rules["otherwise"])
            )?;
        }
        let symbols: Vec<String> = v["nvml"]
            .as_array()
            .into_iter()
            .flatten()
            .map(text)
            .collect();
        writeln!(
            out,
            "\nFunctions of the GPU's library that it looks up\n  {}",
            symbols.join(" ")
        )?;
        writeln!(out, "\nHow to check without believing this program")?;
        for check in v["checks"].as_array().into_iter().flatten() {
            writeln!(
                out,
                "  {:<20} {}",
                text(&check["what"]),
                text(&check["how"])
            )?;
        }
        Ok(())
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or("?").to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn lists_rules_and_checks_are_all_said() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config {
            state_dir: folder.path().into(),
            ..Config::default()
        };
        let proof = prove(&config).unwrap();
        let text = proof.text(false);
        for part in [
            "sha256",
            "nvmlDeviceGetUUID",
            "epoll_pwait",
            "mmap(…)",
            "the process is killed",
            "/proc/PID/exe",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        let sha256 = proof.value()["binary"]["sha256"]
            .as_str()
            .unwrap()
            .to_owned();
        let own = sign::sha256(&fs::read("/proc/self/exe").unwrap()).to_string();
        assert_eq!(sha256, own);
    }
}
