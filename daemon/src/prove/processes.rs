//! The running processes of this program, as the kernel shows them.

use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// One process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Process {
    pid: u32,
    name: String,
    status: String,
    /// None when this user may not see them.
    descriptors: Option<Vec<String>>,
}

/// Every process that is called as one of this program's, but the one that asks.
pub(super) fn running() -> Vec<Process> {
    let own = std::process::id();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut all: Vec<Process> = entries
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            (pid != own).then(|| Process::look(pid, &entry.path()))?
        })
        .collect();
    all.sort_by_key(|process| process.pid);
    all
}

impl Process {
    fn look(pid: u32, folder: &Path) -> Option<Self> {
        let name = fs::read_to_string(folder.join("comm")).ok()?;
        let name = name.trim_end().to_owned();
        if !matches!(
            name.as_str(),
            "domiciled" | "domiciled-net" | "domiciled-dev"
        ) {
            return None;
        }
        Some(Self {
            pid,
            name,
            status: fs::read_to_string(folder.join("status")).ok()?,
            descriptors: descriptors(folder),
        })
    }

    /// A line of /proc/PID/status.
    fn field(&self, name: &str) -> &str {
        self.status
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .map_or("?", str::trim)
    }

    fn number(&self, name: &str) -> Value {
        let first = self.field(name).split_whitespace().next();
        json!(first.and_then(|text| text.parse::<u64>().ok()))
    }

    pub(super) fn json(&self) -> Value {
        let held = ["CapPrm", "CapEff", "CapInh", "CapAmb"];
        let none = held
            .iter()
            .all(|set| self.field(set).trim_start_matches('0').is_empty());
        json!({
            "pid": self.pid,
            "name": self.name,
            "uid": self.number("Uid"),
            "threads": self.number("Threads"),
            "no_new_privileges": self.number("NoNewPrivs"),
            "seccomp": self.number("Seccomp"),
            "seccomp_filters": self.number("Seccomp_filters"),
            "capabilities": if none { "none" } else { self.field("CapPrm") },
            "peak_memory_kib": self.number("VmHWM"),
            "descriptors": self.descriptors,
        })
    }
}

fn descriptors(folder: &Path) -> Option<Vec<String>> {
    let sockets = sockets(folder);
    let mut all: Vec<(u32, String)> = fs::read_dir(folder.join("fd"))
        .ok()?
        .flatten()
        .filter_map(|entry| {
            let number = entry.file_name().to_str()?.parse().ok()?;
            let target = fs::read_link(entry.path()).ok()?;
            let target = target.to_string_lossy().into_owned();
            let known = sockets
                .iter()
                .find(|(inode, _)| target == format!("socket:[{inode}]"));
            let what = known.map_or(target.clone(), |(_, what)| what.clone());
            Some((number, format!("{number} {what}")))
        })
        .collect();
    all.sort();
    Some(all.into_iter().map(|(_, line)| line).collect())
}

/// The sockets of a process's network by inode, and what each is.
fn sockets(folder: &Path) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (table, inode, what) in [
        ("udp", 9, "UDP socket"),
        ("udp6", 9, "UDP socket"),
        ("tcp", 9, "TCP socket"),
        ("tcp6", 9, "TCP socket"),
        ("unix", 6, "Unix socket"),
    ] {
        let text = fs::read_to_string(folder.join("net").join(table)).unwrap_or_default();
        for line in text.lines().skip(1) {
            if let Some(inode) = line.split_whitespace().nth(inode) {
                all.push((inode.to_owned(), what.to_owned()));
            }
        }
    }
    all
}
