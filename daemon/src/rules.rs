//! What each process of this program may still do once it is confined, made from the
//! configuration.
//!
//! Start reading at [`network`].

use crate::config::Config;
use crate::device::pci;
use crate::net::tunnels;
use crate::sandbox::{Access, Grant, Rules, calls};
use rustix::process::Pid;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold the shared libraries of every process, and NVML.
const LIBRARIES: [&str; 5] = [
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/nvidia",
];

/// The network process: its state, the vendor's trust file, the machine's id. No device; TCP only to the
/// ports of the installed directory's tunnels.
/// `device_socket` is systemd's socket, if readings come from there.
pub fn network(config: &Config, device_socket: Option<&Path>) -> Rules {
    let mut files = vec![
        Grant::new(&config.state_dir, Access::Keep),
        Grant::new(&config.machine_id_file, Access::Read),
    ];
    // The folder, not the file: a file that is replaced is another file.
    let folder = |path: &Path| path.parent().map(Path::to_owned);
    files.extend(
        config
            .trust
            .as_deref()
            .and_then(folder)
            .map(|path| Grant::new(path, Access::Read)),
    );
    files.extend(
        device_socket
            .and_then(folder)
            .map(|path| Grant::new(path, Access::Connect)),
    );
    let calls = calls::network(device_socket.is_some());
    let tcp_ports = tunnels::ports(config);
    Rules {
        files,
        scope_signals: true,
        calls: match tcp_ports.is_empty() {
            true => calls,
            false => calls.with_tunnels(),
        },
        tcp_ports,
    }
}

/// The answer to an inspector: the state folder and the machine's id, to read. It writes nothing.
pub fn answer(config: &Config) -> Rules {
    Rules {
        files: vec![
            Grant::new(&config.state_dir, Access::Read),
            Grant::new(&config.machine_id_file, Access::Read),
        ],
        tcp_ports: BTreeSet::new(),
        scope_signals: true,
        calls: calls::answer(),
    }
}

/// The device process: the PCI bus in sysfs, the driver's own files, its device nodes, and its own
/// folder, in which it notes what it asks of a GPU.
pub fn device(config: &Config) -> Rules {
    Rules {
        files: device_files(config),
        tcp_ports: BTreeSet::new(),
        scope_signals: true,
        calls: calls::device(),
    }
}

/// The supervisor: what a device process needs to start, and to read. It cannot be given less
/// than its children; it opens none of it. `network` is the one process that it may tell to end.
pub fn supervisor(config: &Config, config_file: Option<&Path>, network: Pid) -> Rules {
    let mut files = device_files(config);
    files.extend(LIBRARIES.map(|path| Grant::new(path, Access::Execute)));
    // Of a name alone, the folder is empty.
    let folder = config.nvml_library.parent();
    let folder = folder.filter(|path| *path != Path::new(""));
    files.extend(folder.map(|path| Grant::new(path, Access::Execute)));
    files.push(Grant::new("/etc/ld.so.cache", Access::Read));
    files.push(Grant::new("/proc/self/exe", Access::Execute));
    // To count its threads a process lists /proc/self/task.
    files.push(Grant::new("/proc", Access::List));
    files.extend(config_file.map(|path| Grant::new(path, Access::Read)));
    Rules {
        files,
        tcp_ports: BTreeSet::new(),
        // The network process was started before and stands outside.
        scope_signals: false,
        calls: calls::supervisor(network),
    }
}

fn device_files(config: &Config) -> Vec<Grant> {
    let mut files: Vec<Grant> = bus(&config.sysfs)
        .into_iter()
        .map(|path| Grant::new(path, Access::Read))
        .collect();
    let versions = pci::driver_versions(&config.sysfs).into_iter();
    files.extend(versions.map(|path| Grant::new(path, Access::Read)));
    files.push(Grant::new(config.device_state_dir(), Access::Keep));
    files.push(Grant::new("/proc/driver/nvidia", Access::Read));
    files.extend(
        nodes(Path::new("/dev"))
            .into_iter()
            .map(|path| Grant::new(path, Access::Device)),
    );
    files.extend(tpm_node(config));
    files
}

/// The process that has the TPM and nothing else, during an enrolment.
#[cfg(feature = "tpm")]
pub fn tpm(config: &Config) -> Rules {
    Rules {
        files: tpm_node(config).into_iter().collect(),
        tcp_ports: BTreeSet::new(),
        scope_signals: true,
        calls: calls::device(),
    }
}

/// The TPM's node. The ways past its resource manager (`/dev/tpm0`) are granted to nobody.
fn tpm_node(config: &Config) -> Option<Grant> {
    let node = &config.tpm_device;
    let wanted = cfg!(feature = "tpm") && !node.as_os_str().is_empty();
    wanted.then(|| Grant::new(node, Access::Device))
}

/// The list of PCI devices, and the bridges below which the listed devices stand: the entries of
/// the list are links.
fn bus(sysfs: &Path) -> BTreeSet<PathBuf> {
    let list = sysfs.join("bus/pci/devices");
    let mut paths = BTreeSet::from([list.clone()]);
    let Ok(devices) = sysfs.join("devices").canonicalize() else {
        return paths;
    };
    for entry in fs::read_dir(list).into_iter().flatten().flatten() {
        let target = entry.path().canonicalize().ok();
        let below = target
            .as_deref()
            .and_then(|target| target.strip_prefix(&devices).ok())
            .and_then(|below| below.components().next());
        paths.extend(below.map(|first| devices.join(first)));
    }
    paths
}

/// NVIDIA's control node and one node for each GPU.
fn nodes(dev: &Path) -> BTreeSet<PathBuf> {
    let is_gpu = |name: &str| {
        name.strip_prefix("nvidia").is_some_and(|rest| {
            rest == "ctl" || (!rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
        })
    };
    fs::read_dir(dev)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_name().to_str().is_some_and(is_gpu))
        .map(|entry| entry.path())
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn of_all_device_nodes_only_the_drivers_own() {
        let dev = tempfile::tempdir().unwrap();
        for name in [
            "nvidia0",
            "nvidia15",
            "nvidiactl",
            "nvidia-uvm",
            "nvidia-modeset",
            "nvidia",
            "nvme0",
            "mem",
            "kmsg",
            "tpm0",
        ] {
            fs::write(dev.path().join(name), "").unwrap();
        }
        let found: Vec<_> = nodes(dev.path())
            .iter()
            .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
            .collect();
        assert_eq!(found, ["nvidia0", "nvidia15", "nvidiactl"]);
    }

    #[test]
    fn the_bus_is_the_list_and_the_bridges_it_points_below() {
        let sysfs = tempfile::tempdir().unwrap();
        let list = sysfs.path().join("bus/pci/devices");
        fs::create_dir_all(&list).unwrap();
        let below = sysfs
            .path()
            .join("devices/pci0000:00/0000:00:01.0/0000:01:00.0");
        fs::create_dir_all(&below).unwrap();
        fs::create_dir_all(sysfs.path().join("devices/system/cpu")).unwrap();
        std::os::unix::fs::symlink(&below, list.join("0000:01:00.0")).unwrap();
        let devices = sysfs.path().canonicalize().unwrap().join("devices");
        assert_eq!(
            bus(sysfs.path()),
            BTreeSet::from([list, devices.join("pci0000:00")])
        );
    }

    #[test]
    fn the_network_process_is_granted_no_device_and_the_device_process_no_state() {
        let config = Config::default();
        let network = network(&config, None).files;
        assert!(network.iter().all(|grant| grant.access != Access::Device));
        assert!(
            network.iter().all(|grant| {
                !grant.path.starts_with("/dev") && !grant.path.starts_with("/sys")
            })
        );
        let device = device(&config).files;
        // It keeps one folder, its own: neither reaches into the other's.
        let kept: Vec<_> = device
            .iter()
            .filter(|grant| grant.access == Access::Keep)
            .map(|grant| grant.path.clone())
            .collect();
        assert_eq!(kept, [config.device_state_dir()]);
        assert!(
            network
                .iter()
                .all(|grant| !kept[0].starts_with(&grant.path))
        );
        assert!(
            device
                .iter()
                .all(|grant| !config.state_dir.starts_with(&grant.path))
        );
    }
}
