//! The configuration file: TOML, every key optional. After `enrol` none is needed.

use crate::disk;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where the file is looked for.
pub const DEFAULT_PATH: &str = "/etc/domicile/domiciled.toml";
/// Where state is kept.
pub const DEFAULT_STATE: &str = "/var/lib/domicile";
const MAX_BYTES: usize = 64 * 1024;

/// The agent's configuration, checked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// Folder of keys, certificate, spool.
    pub state_dir: PathBuf,
    /// The vendor's `trust.toml`; without it, the one pinned by `directory install --trust`.
    pub trust: Option<PathBuf>,
    /// Local addresses to send from, at most one for each address family.
    pub bind: Vec<SocketAddr>,
    /// Whether TLS over TCP is used.
    pub tunnel: TunnelPolicy,
    /// HTTP proxy on the way to every server's tunnel.
    pub proxy: Option<SocketAddr>,
    /// File with `user:password` for the proxy, mode 0600.
    pub proxy_credentials: Option<PathBuf>,
    /// Reveal the licence zone only: no round trips, only which anchors' limits were met.
    pub coarse: bool,
    /// Between ranging sessions.
    #[serde(with = "humantime_serde")]
    pub ranging_interval: Duration,
    /// Between signs of life.
    #[serde(with = "humantime_serde")]
    pub liveness_interval: Duration,
    /// Bytes of unacknowledged reports kept on disk.
    pub spool_bytes: u64,
    /// Where the machine's id stands.
    pub machine_id_file: PathBuf,
    /// Root of sysfs.
    pub sysfs: PathBuf,
    /// NVIDIA's management library: a name that the system's loader finds, or a path.
    pub nvml_library: PathBuf,
    /// Whether GPUs may be asked to sign while confidential computing is on: a call that fails
    /// can leave one in a state in which it takes no more work.
    pub attest_in_cc_mode: bool,
    /// At least between two askings of the GPUs to sign.
    #[serde(with = "humantime_serde")]
    pub attest_interval: Duration,
    /// The device process's own folder; without it, beside the state folder, with `-device` at the
    /// end of its name.
    pub device_state_dir: Option<PathBuf>,
    /// The TPM 2.0 that signs for this host, through the kernel's resource manager; empty for none.
    pub tpm_device: PathBuf,
    /// For one reading of the devices; past it the agent reports without.
    #[serde(with = "humantime_serde")]
    pub device_timeout: Duration,
    /// For one anchor's session, from the first packet to its receipt.
    #[serde(with = "humantime_serde")]
    pub anchor_timeout: Duration,
    /// For one request to the collector, connection included.
    #[serde(with = "humantime_serde")]
    pub collector_timeout: Duration,
}

/// Whether TLS over TCP is used where the directory lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TunnelPolicy {
    /// Not at all; the process may then open no TCP connection.
    Never,
    /// Where UDP stays silent.
    WhenUdpFails,
    /// Without trying UDP.
    Always,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            state_dir: DEFAULT_STATE.into(),
            trust: None,
            bind: vec![SocketAddr::from(([0, 0, 0, 0], 0))],
            tunnel: TunnelPolicy::WhenUdpFails,
            proxy: None,
            proxy_credentials: None,
            coarse: false,
            ranging_interval: Duration::from_secs(3600),
            liveness_interval: Duration::from_secs(300),
            spool_bytes: 16 * 1024 * 1024,
            machine_id_file: "/etc/machine-id".into(),
            sysfs: "/sys".into(),
            nvml_library: "libnvidia-ml.so.1".into(),
            attest_in_cc_mode: false,
            attest_interval: Duration::from_secs(24 * 3600),
            device_state_dir: None,
            tpm_device: "/dev/tpmrm0".into(),
            device_timeout: Duration::from_secs(10),
            anchor_timeout: Duration::from_secs(15),
            collector_timeout: Duration::from_secs(10),
        }
    }
}

/// Why a configuration was refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It could not be read.
    #[error("configuration: {0}")]
    Read(#[from] disk::DiskError),
    /// The file named on the command line is not there.
    #[error("configuration file `{}` does not exist", .0.display())]
    Missing(PathBuf),
    /// It is not TOML, or has an unknown key or a value of the wrong type.
    #[error("configuration file `{}`: {problem}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// What the parser said, with line and key.
        problem: String,
    },
    /// A value outside its range.
    #[error("configuration file `{}`: `{key}` {problem}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The key.
        key: &'static str,
        /// What is wrong with its value.
        problem: String,
    },
}

impl Config {
    /// Reads `path`, or [`DEFAULT_PATH`] if that exists, or takes the defaults.
    ///
    /// # Errors
    /// [`ConfigError`] naming file and key.
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        let file = path.unwrap_or(Path::new(DEFAULT_PATH));
        match (disk::read(file, MAX_BYTES)?, path) {
            (Some(bytes), _) => Self::parse(&bytes, file),
            (None, None) => Ok(Self::default()),
            (None, Some(path)) => Err(ConfigError::Missing(path.to_owned())),
        }
    }

    /// Checks the bytes of a configuration file. Relative paths in it start from its folder.
    ///
    /// # Errors
    /// [`ConfigError`] naming file and key.
    pub fn parse(bytes: &[u8], file: &Path) -> Result<Self, ConfigError> {
        let syntax = |problem: String| ConfigError::Syntax {
            path: file.to_owned(),
            problem,
        };
        let text = std::str::from_utf8(bytes).map_err(|error| syntax(error.to_string()))?;
        let mut config: Self =
            toml::from_str(text).map_err(|error| syntax(error.to_string().trim().to_owned()))?;
        let folder = file.parent().unwrap_or(Path::new(""));
        for path in [
            &mut config.state_dir,
            &mut config.machine_id_file,
            &mut config.sysfs,
        ]
        .into_iter()
        .chain(config.trust.as_mut())
        .chain(config.proxy_credentials.as_mut())
        .chain(config.device_state_dir.as_mut())
        {
            *path = folder.join(&*path);
        }
        // A name alone is for the system's loader.
        if config.nvml_library.components().count() > 1 {
            config.nvml_library = folder.join(&config.nvml_library);
        }
        // Nothing means no TPM, and not the folder.
        if !config.tpm_device.as_os_str().is_empty() {
            config.tpm_device = folder.join(&config.tpm_device);
        }
        config
            .check()
            .map_err(|(key, problem)| ConfigError::Value {
                path: file.to_owned(),
                key,
                problem,
            })?;
        Ok(config)
    }

    /// The device process's own folder, which the network process cannot reach.
    pub fn device_state_dir(&self) -> PathBuf {
        let beside = || {
            let mut name = self.state_dir.file_name().unwrap_or_default().to_owned();
            name.push("-device");
            self.state_dir.with_file_name(name)
        };
        self.device_state_dir.clone().unwrap_or_else(beside)
    }

    fn check(&self) -> Result<(), (&'static str, String)> {
        let day = Duration::from_secs(24 * 3600);
        let second = Duration::from_secs(1);
        let within = |key, value: Duration, least: Duration, most: Duration| match value {
            value if value < least || value > most => Err((
                key,
                format!(
                    "is {} s; {} s to {} s are allowed",
                    value.as_secs_f64(),
                    least.as_secs(),
                    most.as_secs()
                ),
            )),
            _ => Ok(()),
        };
        within("ranging-interval", self.ranging_interval, second, 7 * day)?;
        within("liveness-interval", self.liveness_interval, second, day)?;
        let hour = 3600 * second;
        within("attest-interval", self.attest_interval, hour, 30 * day)?;
        within("device-timeout", self.device_timeout, second, 15 * second)?;
        within("anchor-timeout", self.anchor_timeout, second, 60 * second)?;
        within(
            "collector-timeout",
            self.collector_timeout,
            second,
            60 * second,
        )?;
        if !(16 * 1024..=16 * 1024 * 1024 * 1024).contains(&self.spool_bytes) {
            return Err((
                "spool-bytes",
                format!("is {}; 16384 to 17179869184 are allowed", self.spool_bytes),
            ));
        }
        if self.proxy.is_none() && self.proxy_credentials.is_some() {
            return Err(("proxy-credentials", "is set, but `proxy` is not".into()));
        }
        if self.proxy.is_some() && self.tunnel == TunnelPolicy::Never {
            return Err(("proxy", "is set, but `tunnel` is \"never\"".into()));
        }
        let of_family = |v4: bool| self.bind.iter().filter(|addr| addr.is_ipv4() == v4).count();
        if self.bind.is_empty() || of_family(true) > 1 || of_family(false) > 1 {
            return Err((
                "bind",
                "needs one address, or one for IPv4 and one for IPv6".into(),
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<Config, ConfigError> {
        Config::parse(text.as_bytes(), Path::new("/etc/domicile/domiciled.toml"))
    }

    #[test]
    fn an_empty_file_gives_the_defaults() {
        assert_eq!(parse("").unwrap(), Config::default());
    }

    #[test]
    fn an_unknown_key_is_named_with_its_file() {
        let error = parse("ranging-interval = \"1h\"\nupdate-url = \"x\"\n").unwrap_err();
        let text = error.to_string();
        assert!(text.contains("update-url"), "{text}");
        assert!(text.contains("/etc/domicile/domiciled.toml"), "{text}");
        assert!(text.contains("ranging-interval"), "{text}");
    }

    #[test]
    fn relative_paths_start_from_the_file() {
        let config =
            parse("state-dir = \"state\"\ntrust = \"trust.toml\"\nsysfs = \"/s\"").unwrap();
        assert_eq!(config.state_dir, Path::new("/etc/domicile/state"));
        assert_eq!(config.trust.unwrap(), Path::new("/etc/domicile/trust.toml"));
        assert_eq!(config.sysfs, Path::new("/s"));
    }

    #[test]
    fn values_out_of_range_name_their_key() {
        for (text, key) in [
            ("ranging-interval = \"0s\"", "ranging-interval"),
            ("liveness-interval = \"2d\"", "liveness-interval"),
            ("anchor-timeout = \"1h\"", "anchor-timeout"),
            ("device-timeout = \"16s\"", "device-timeout"),
            ("collector-timeout = \"10ms\"", "collector-timeout"),
            ("spool-bytes = 1", "spool-bytes"),
            ("bind = []", "bind"),
            ("bind = [\"0.0.0.0:0\", \"127.0.0.1:0\"]", "bind"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(&format!("`{key}`")), "{error}");
        }
        assert!(parse("bind = [\"localhost:0\"]").is_err(), "no names");
        assert!(parse("bind = [\"0.0.0.0:0\", \"[::]:0\"]").is_ok());
    }

    #[test]
    fn a_named_file_must_exist() {
        assert!(matches!(
            Config::load(Some(Path::new("/nonexistent/domiciled.toml"))),
            Err(ConfigError::Missing(_))
        ));
    }

    #[test]
    fn the_sample_file_shows_every_key_with_its_default() {
        let sample = include_str!("../domiciled.toml");
        assert_eq!(parse(sample).unwrap(), Config::default());
        let set: String = sample
            .lines()
            .filter_map(|line| line.strip_prefix('#'))
            .filter(|line| !line.starts_with(' '))
            .map(|line| format!("{line}\n"))
            .collect();
        let expected = Config {
            proxy: Some("192.0.2.7:3128".parse().unwrap()),
            proxy_credentials: Some("/etc/domicile/proxy-credentials".into()),
            trust: Some("/etc/domicile/trust.toml".into()),
            device_state_dir: Some("/var/lib/domicile-device".into()),
            ..Config::default()
        };
        assert_eq!(parse(&set).unwrap(), expected);
        assert_eq!(set.lines().count(), 20, "every key of Config");
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Config::parse(&bytes, Path::new("x"));
        }

        #[test]
        fn any_other_key_is_refused(key in "[a-z]{1,10}(-[a-z]{1,10}){0,2}") {
            let known = "state-dir trust bind tunnel proxy proxy-credentials coarse ranging-interval liveness-interval spool-bytes \
                machine-id-file sysfs nvml-library device-timeout anchor-timeout collector-timeout";
            prop_assume!(!known.split(' ').any(|k| k == key));
            let text = format!("{key} = 1");
            prop_assert!(parse(&text).unwrap_err().to_string().contains(&key));
        }
    }
}
