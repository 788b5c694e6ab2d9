//! The program as it is shipped: what it names and what it imports.
//!
//! Scans the binary of this build, or the one that `DOMICILED` names (packaging does that).
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

use domicile_daemon::device::nvml::library::SYMBOLS;
use std::process::Command;

fn path() -> String {
    std::env::var("DOMICILED").unwrap_or_else(|_| env!("CARGO_BIN_EXE_domiciled").into())
}

/// The binary's bytes; what is no text is replaced.
fn contents() -> String {
    String::from_utf8_lossy(&std::fs::read(path()).unwrap()).into_owned()
}

#[test]
fn it_names_every_getter_of_the_table_and_nothing_that_changes_a_gpu() {
    let contents = contents();
    for symbol in SYMBOLS {
        assert!(
            contents.contains(symbol),
            "{symbol} is missing: is this the agent?"
        );
    }
    // Families of NVML's functions by the start of their names; some link names end to end, so a
    // list of what is there cannot be cut into words.
    for family in [
        "nvmlDeviceSet",
        "nvmlDeviceReset",
        "nvmlDeviceClear",
        "nvmlDeviceModify",
        "nvmlDeviceRemove",
        "nvmlDeviceDiscover",
        "nvmlDeviceCreate",
        "nvmlDeviceFreeze",
        "nvmlDeviceRegister",
        "nvmlDeviceWorkload",
        "nvmlDevicePower",
        "nvmlSystemSet",
        "nvmlGpuInstance",
        "nvmlComputeInstance",
        "nvmlUnitSet",
        "nvmlVgpu",
        "nvmlSetVgpu",
        "nvmlEventSet",
        "nvmlGpm",
        "DrainState",
        "cuInit",
        "cuCtx",
        "rsmi_",
        "amdsmi_",
        "nvidia-smi",
        "nvidia-modprobe",
    ] {
        assert!(!contents.contains(family), "the binary names {family}");
    }
    // The table is used for getters only; a name by parts would escape the scan above.
    for part in ["DeviceSet", "DeviceReset", "GpuReset", "MigModeSet"] {
        assert!(!contents.contains(part), "the binary names {part}");
    }
}

#[test]
fn it_starts_no_shell_and_carries_no_probe() {
    let contents = contents();
    for words in [
        "/bin/sh",
        "/bin/bash",
        "LD_PRELOAD",
        "self-update",
        "probe-network",
    ] {
        assert!(!contents.contains(words), "the binary names {words}");
    }
    let output = Command::new(path()).arg("probe").output().unwrap();
    assert_eq!(output.status.code(), Some(2), "no such command");
}

#[test]
fn it_imports_nothing_that_acts() {
    let Ok(output) = Command::new("nm")
        .args(["-D", "--undefined-only", &path()])
        .output()
    else {
        println!("SKIPPED: there is no `nm` to list the imports with");
        return;
    };
    let text = String::from_utf8(output.stdout).unwrap();
    let imports: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split_whitespace().last()?.split('@').next())
        .collect();
    assert!(imports.contains(&"recvfrom"), "the list is there: {text}");
    for import in [
        "accept",
        "accept4",
        "bpf",
        "delete_module",
        "finit_module",
        "init_module",
        "kexec_load",
        "kill",
        "killpg",
        "listen",
        "mount",
        "personality",
        "popen",
        "process_vm_writev",
        "ptrace",
        "reboot",
        "sethostname",
        "setns",
        "settimeofday",
        "swapon",
        "system",
        "tgkill",
        "umount",
        "umount2",
        "unshare",
    ] {
        assert!(!imports.contains(&import), "the binary imports {import}");
    }
}
