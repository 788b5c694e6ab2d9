//! The files of a staged world: directory, policy and each program's configuration.

use super::layout::Layout;
use crate::plan::{HostPlan, Plan};
use anyhow::{Context as _, Result};
use serde::Serialize;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Name and log origin of a world's collector.
pub(super) const COLLECTOR: &str = "collector-1";
const LOG_ORIGIN: &str = "world.domicile.example/log";
/// Rate error that every anchor of a world states, parts per million.
pub const CLOCK_ERROR_PPM: u32 = 200;
/// Accelerators that each host of a world has: an ordinary board of eight H100.
const GPUS: u32 = 8;

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Directory {
    version: u64,
    expires: String,
    lying_votes: u8,
    draw_near_domains: usize,
    draw_total: usize,
    metro: Vec<Metro>,
    anchor: Vec<Anchor>,
    collector: Vec<Collector>,
}

#[derive(Serialize)]
struct Metro {
    id: String,
    territory: String,
    latitude: f64,
    longitude: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Anchor {
    name: String,
    metro: String,
    trust_domain: String,
    operator: String,
    addresses: Vec<SocketAddr>,
    certificate: PathBuf,
    latitude: f64,
    longitude: f64,
    survey_error_m: u32,
    clock_error_ppm: u32,
    position_version: u32,
    valid_from: String,
    valid_until: String,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Collector {
    name: String,
    addresses: Vec<SocketAddr>,
    certificate: PathBuf,
    log_key: PathBuf,
    log_origin: String,
}

/// The directory's unsigned text.
pub(super) fn directory(
    layout: &Layout,
    plan: &Plan,
    fronts: &[SocketAddr],
    collector: SocketAddr,
) -> Result<String> {
    let certificate = |name: &str| layout.servers().join(format!("{name}.crt"));
    let now = jiff::Timestamp::now();
    let from = now - jiff::SignedDuration::from_hours(1);
    let expires = now + jiff::SignedDuration::from_hours(24 * 30);
    let text = toml::to_string(&Directory {
        version: 1,
        expires: expires.to_string(),
        lying_votes: plan.lying_votes,
        draw_near_domains: plan.draw_near_domains,
        draw_total: plan.draw_total,
        metro: plan
            .metros
            .iter()
            .map(|metro| Metro {
                id: metro.id.clone(),
                territory: metro.territory.clone(),
                latitude: metro.point.latitude,
                longitude: metro.point.longitude,
            })
            .collect(),
        anchor: plan
            .anchors
            .iter()
            .zip(fronts)
            .map(|(anchor, front)| Anchor {
                name: anchor.name.clone(),
                metro: plan.metros[anchor.metro].id.clone(),
                trust_domain: anchor.trust_domain.clone(),
                operator: anchor.trust_domain.clone(),
                addresses: vec![*front],
                certificate: certificate(&anchor.name),
                latitude: anchor.point.latitude,
                longitude: anchor.point.longitude,
                survey_error_m: anchor.survey_error_m,
                clock_error_ppm: CLOCK_ERROR_PPM,
                position_version: 1,
                valid_from: from.to_string(),
                valid_until: expires.to_string(),
            })
            .collect(),
        collector: vec![Collector {
            name: COLLECTOR.into(),
            addresses: vec![collector],
            certificate: certificate(COLLECTOR),
            log_key: layout.servers().join("log.key"),
            log_origin: LOG_ORIGIN.into(),
        }],
    })?;
    Ok(text)
}

#[derive(Serialize)]
struct Policy {
    version: u64,
    defaults: Defaults,
    licence: Vec<Licence>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Defaults {
    tier: &'static str,
    lying_votes: u8,
    appraisal_lifetime: String,
    late_after: String,
    silent_after: String,
}

#[derive(Serialize)]
struct Licence {
    name: String,
    permitted: Vec<String>,
    denied: Vec<String>,
}

/// The policy file.
pub(super) fn policy(plan: &Plan) -> Result<String> {
    let text = |duration: Duration| format!("{}ms", duration.as_millis());
    Ok(toml::to_string(&Policy {
        version: 1,
        defaults: Defaults {
            tier: "0.69c",
            lying_votes: plan.lying_votes,
            appraisal_lifetime: text(plan.times.appraisal_lifetime),
            late_after: text(plan.times.late_after),
            silent_after: text(plan.times.silent_after),
        },
        licence: plan
            .licences
            .iter()
            .map(|licence| Licence {
                name: licence.name.clone(),
                permitted: licence.permitted.clone(),
                denied: licence.denied.clone(),
            })
            .collect(),
    })?)
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct CollectorFile {
    listen: SocketAddr,
    api_listen: SocketAddr,
    key: PathBuf,
    certificate: PathBuf,
    log_key: PathBuf,
    trust: PathBuf,
    directory: PathBuf,
    policy: PathBuf,
    agent_ca_key: PathBuf,
    crl_dir: PathBuf,
    data_dir: PathBuf,
    roster_period: &'static str,
    tpm_roots: Vec<PathBuf>,
    /// A world is small and may stand on a nearly full disk.
    min_free_bytes: u64,
}

/// `collector.toml`.
pub(super) fn collector(layout: &Layout, plan: &Plan, listen: SocketAddr) -> Result<String> {
    let servers = layout.servers();
    Ok(toml::to_string(&CollectorFile {
        listen,
        api_listen: SocketAddr::new(listen.ip(), 0),
        key: servers.join(format!("{COLLECTOR}.key")),
        certificate: servers.join(format!("{COLLECTOR}.crt")),
        log_key: servers.join("log.key"),
        trust: layout.trust(),
        directory: layout.directory(),
        policy: layout.root().join("policy.toml"),
        agent_ca_key: layout.ca().join("agent-ca.key"),
        crl_dir: layout.ca().join("crl"),
        data_dir: layout.collector().join("data"),
        roster_period: super::records::ROSTER_PERIOD,
        tpm_roots: plan.tpm_roots.clone(),
        min_free_bytes: 32 * 1024 * 1024,
    })?)
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct AuditorFile {
    server: String,
    identity_key: PathBuf,
    identity_cert: PathBuf,
    directory: PathBuf,
    trust: PathBuf,
}

/// `auditor.toml`.
pub(super) fn auditor(layout: &Layout, api: SocketAddr) -> Result<String> {
    let servers = layout.servers();
    Ok(toml::to_string(&AuditorFile {
        server: api.to_string(),
        identity_key: servers.join("auditor.key"),
        identity_cert: servers.join("auditor.crt"),
        directory: layout.directory(),
        trust: layout.trust(),
    })?)
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct AnchorFile {
    listen: Vec<SocketAddr>,
    key: PathBuf,
    certificate: PathBuf,
    trust: PathBuf,
    directory: PathBuf,
    crl_dir: PathBuf,
    state_dir: PathBuf,
    limits: AnchorLimits,
    mesh: AnchorMesh,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct AnchorMesh {
    enabled: bool,
    /// Short, so that a world of a minute has a mesh.
    period: &'static str,
    report_every: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct AnchorLimits {
    /// The machine of a world is busier than an anchor's: its clocks are read farther apart.
    clock_allowance: &'static str,
    sessions_per_key_per_minute: u32,
}

/// `anchor.toml`.
pub(super) fn anchor(
    layout: &Layout,
    name: &str,
    listen: SocketAddr,
    mesh: bool,
) -> Result<String> {
    let servers = layout.servers();
    Ok(toml::to_string(&AnchorFile {
        listen: vec![listen],
        key: servers.join(format!("{name}.key")),
        certificate: servers.join(format!("{name}.crt")),
        trust: layout.trust(),
        directory: layout.directory(),
        crl_dir: layout.ca().join("crl"),
        state_dir: layout.anchor(name).join("state"),
        limits: AnchorLimits {
            clock_allowance: "5ms",
            sessions_per_key_per_minute: 240,
        },
        mesh: AnchorMesh {
            enabled: mesh,
            period: "90s",
            report_every: "8s",
        },
    })?)
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct HostFile {
    state_dir: PathBuf,
    trust: PathBuf,
    bind: Vec<SocketAddr>,
    ranging_interval: &'static str,
    liveness_interval: &'static str,
    machine_id_file: PathBuf,
    sysfs: PathBuf,
    tpm_device: PathBuf,
    anchor_timeout: String,
}

/// A host's folder: configuration, machine id and the PCI bus that its agent reads.
pub(super) fn host(layout: &Layout, host: &HostPlan, anchor_timeout: Duration) -> Result<()> {
    let folder = layout.host(&host.name);
    let sysfs = folder.join("sysfs");
    let text = toml::to_string(&HostFile {
        state_dir: layout.host_state(&host.name),
        trust: layout.trust(),
        bind: vec![SocketAddr::new(host.address.into(), 0)],
        ranging_interval: "10s",
        liveness_interval: "1s",
        machine_id_file: folder.join("machine-id"),
        sysfs: sysfs.clone(),
        tpm_device: host.tpm_device.clone().unwrap_or_default(),
        anchor_timeout: format!("{}ms", anchor_timeout.as_millis()),
    })?;
    for gpu in 0..GPUS {
        let device = sysfs.join(format!("bus/pci/devices/0000:{:02x}:00.0", 0x18 + gpu * 8));
        fs::create_dir_all(&device)?;
        for (attribute, value) in [
            ("vendor", "0x10de"),
            ("device", "0x2330"),
            ("subsystem_vendor", "0x10de"),
            ("subsystem_device", "0x16c1"),
            ("class", "0x030200"),
        ] {
            fs::write(device.join(attribute), format!("{value}\n"))?;
        }
    }
    let id = domicile_proto::sign::sha256(host.name.as_bytes()).to_string();
    fs::write(folder.join("machine-id"), format!("{}\n", &id[..32]))?;
    write(&layout.host_config(&host.name), &text)
}

/// Writes a text file and its folder.
pub(super) fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
