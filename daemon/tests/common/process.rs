//! Processes as the kernel shows them.

use std::process::{Child, Command};
use std::time::Duration;

/// The children of a process, each with its command line.
pub fn children(parent: u32) -> Vec<(u32, String)> {
    let child = |pid: u32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // Behind the name in brackets: state, parent.
        let (_, rest) = stat.rsplit_once(')')?;
        let of = rest.split_whitespace().nth(1)?.parse::<u32>().ok()?;
        let line = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).ok()?;
        (of == parent).then(|| (pid, line.replace('\0', " ")))
    };
    std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| child(entry.ok()?.file_name().to_str()?.parse().ok()?))
        .collect()
}

/// The process that has the network, once the supervisor has started it.
pub async fn network(supervisor: &Child) -> u32 {
    loop {
        let all = children(supervisor.id());
        if let Some((pid, _)) = all.iter().find(|(_, line)| line.contains("--supervised")) {
            return *pid;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// The device processes that live.
pub fn readers(supervisor: &Child) -> Vec<u32> {
    let all = children(supervisor.id());
    let readers = all
        .into_iter()
        .filter(|(_, line)| line.split_whitespace().any(|word| word == "device"));
    readers.map(|(pid, _)| pid).collect()
}

/// Sends a signal, by its name with a dash.
pub fn signal(pid: u32, signal: &str) {
    let sent = Command::new("kill")
        .args([signal, &pid.to_string()])
        .status();
    assert!(sent.unwrap().success());
}

/// Whether a process runs or waits, as opposed to being gone or a zombie.
pub fn alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ")
        .is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}
