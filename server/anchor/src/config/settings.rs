//! Limits and deadlines: what an anchor serves with, and the `[limits]` section that sets it.

use super::MeshSettings;
use crate::limits::KeyLimits;
use domicile_proto::ranging;
use serde::Deserialize;
use std::time::Duration;

/// Limits and deadlines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How long after its ping a pong counts.
    pub round_deadline: Duration,
    /// How far the clocks may be apart after a session, beside the directory's stated rate error.
    pub clock_allowance: Duration,
    /// How often directory and revocation lists are looked at for changes.
    pub reload_interval: Duration,
    /// How long open sessions may go on after the order to stop.
    pub drain_deadline: Duration,
    /// Time for a handshake.
    pub handshake_deadline: Duration,
    /// Time for each message of the agent, from the moment it is due.
    pub message_deadline: Duration,
    /// Connections at a time, handshakes included.
    pub connections: usize,
    /// Tunnels at a time, on each address.
    pub tunnels: usize,
    /// Limits for each agent.
    pub per_key: KeyLimits,
    /// Ranging with other anchors.
    pub mesh: MeshSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self::new(Limits::default(), MeshSettings::default())
    }
}

/// The `[limits]` section.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(super) struct Limits {
    #[serde(with = "humantime_serde")]
    round_deadline: Duration,
    #[serde(with = "humantime_serde")]
    clock_allowance: Duration,
    #[serde(with = "humantime_serde")]
    reload_interval: Duration,
    #[serde(with = "humantime_serde")]
    drain_deadline: Duration,
    #[serde(with = "humantime_serde")]
    handshake_deadline: Duration,
    #[serde(with = "humantime_serde")]
    message_deadline: Duration,
    connections: usize,
    tunnels: usize,
    sessions_per_key: u32,
    sessions_per_key_per_minute: u32,
    keys: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            round_deadline: Duration::from_nanos(ranging::ROUND_DEADLINE_NS),
            clock_allowance: Duration::from_micros(200),
            reload_interval: Duration::from_secs(5),
            drain_deadline: Duration::from_secs(15),
            handshake_deadline: Duration::from_secs(5),
            message_deadline: Duration::from_secs(5),
            connections: 2048,
            tunnels: 512,
            sessions_per_key: 4,
            sessions_per_key_per_minute: 30,
            keys: 16_384,
        }
    }
}

impl Settings {
    pub(super) fn new(limits: Limits, mesh: MeshSettings) -> Self {
        Self {
            round_deadline: limits.round_deadline,
            clock_allowance: limits.clock_allowance,
            reload_interval: limits.reload_interval,
            drain_deadline: limits.drain_deadline,
            handshake_deadline: limits.handshake_deadline,
            message_deadline: limits.message_deadline,
            connections: limits.connections,
            tunnels: limits.tunnels,
            per_key: KeyLimits {
                concurrent: limits.sessions_per_key,
                per_minute: limits.sessions_per_key_per_minute,
                keys: limits.keys,
            },
            mesh,
        }
    }
}

impl Limits {
    /// The first value that is out of range, and what is allowed.
    pub(super) fn fault(&self) -> Option<(&'static str, String)> {
        let ms = Duration::from_millis;
        let longest = Duration::from_nanos(ranging::ROUND_DEADLINE_MAX_NS);
        let times = [
            (
                "limits.round-deadline",
                self.round_deadline,
                ms(10),
                longest,
            ),
            (
                "limits.clock-allowance",
                self.clock_allowance,
                Duration::ZERO,
                ms(10),
            ),
            (
                "limits.reload-interval",
                self.reload_interval,
                ms(100),
                ms(3_600_000),
            ),
            (
                "limits.drain-deadline",
                self.drain_deadline,
                Duration::ZERO,
                ms(600_000),
            ),
            (
                "limits.handshake-deadline",
                self.handshake_deadline,
                ms(100),
                ms(60_000),
            ),
            (
                "limits.message-deadline",
                self.message_deadline,
                ms(100),
                ms(60_000),
            ),
        ];
        for (key, value, least, most) in times {
            if value < least || value > most {
                return Some((
                    key,
                    format!("is {value:?}; {least:?} to {most:?} is allowed"),
                ));
            }
        }
        let numbers = [
            ("limits.connections", self.connections, 1_000_000),
            ("limits.tunnels", self.tunnels, 1_000_000),
            (
                "limits.sessions-per-key",
                self.sessions_per_key as usize,
                10_000,
            ),
            (
                "limits.sessions-per-key-per-minute",
                self.sessions_per_key_per_minute as usize,
                100_000,
            ),
            ("limits.keys", self.keys, 10_000_000),
        ];
        numbers
            .into_iter()
            .find(|(_, value, most)| !(1..=*most).contains(value))
            .map(|(key, value, most)| (key, format!("is {value}; 1 to {most} is allowed")))
    }
}
