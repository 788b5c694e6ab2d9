//! The only addresses that the agent needs, for the host's firewall and for systemd: out of the
//! installed directory, so that what the agent could be made to reach does not hang on the agent.

use domicile_proto::directory::Directory;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// For whom the list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// An nftables ruleset: the agent's user may reach these servers and nothing else.
    Nft,
    /// A drop-in for `domiciled.service`.
    Systemd,
    /// Values for the chart's network policy.
    Helm,
}

/// A user's name, of the letters that the system allows in one: it is quoted into a ruleset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account(String);

impl FromStr for Account {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let sound = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        match text.len() {
            1..=32 if text.chars().all(sound) => Ok(Self(text.to_owned())),
            _ => Err("1 to 32 letters, digits, `.`, `_`, `-` are expected"),
        }
    }
}

/// The list of every anchor and collector of the directory, and of the proxies on the way to
/// them. `user` is the account that the agent runs as.
pub fn text(
    directory: &Directory,
    proxies: &[SocketAddr],
    format: Format,
    user: &Account,
) -> String {
    let anchors = directory
        .anchors
        .iter()
        .flat_map(|one| one.addresses.iter().chain(&one.tunnel_addresses));
    let collectors = directory
        .collectors
        .iter()
        .flat_map(|one| one.addresses.iter().chain(&one.tunnel_addresses));
    let all = anchors.chain(collectors).chain(proxies);
    let servers: BTreeSet<SocketAddr> = all.copied().collect();
    match format {
        Format::Nft => nft(&servers, directory.version, &user.0),
        Format::Systemd => systemd(&servers, directory.version),
        Format::Helm => helm(&servers, directory.version),
    }
}

fn helm(servers: &BTreeSet<SocketAddr>, version: u64) -> String {
    let mut text = format!(
        "# Servers of directory version {version}, for helm's --values\nnetworkPolicy:\n  servers:\n"
    );
    for server in servers {
        let bits = if server.is_ipv4() { 32 } else { 128 };
        let (address, port) = (server.ip(), server.port());
        let _ = writeln!(text, "    - {{cidr: \"{address}/{bits}\", port: {port}}}");
    }
    text
}

fn systemd(servers: &BTreeSet<SocketAddr>, version: u64) -> String {
    let addresses: BTreeSet<IpAddr> = servers.iter().map(SocketAddr::ip).collect();
    let mut text = format!(
        "# Servers of directory version {version}, for /etc/systemd/system/domiciled.service.d/servers.conf\n\
         [Service]\nIPAddressDeny=any\n"
    );
    for address in addresses {
        let _ = writeln!(text, "IPAddressAllow={address}");
    }
    text
}

fn nft(servers: &BTreeSet<SocketAddr>, version: u64, user: &str) -> String {
    let mut text = format!(
        "# Servers of directory version {version}. Load with: nft -f FILE\n\
         table inet domicile\ndelete table inet domicile\ntable inet domicile {{\n"
    );
    let families = [
        ("servers4", "ipv4_addr", true),
        ("servers6", "ipv6_addr", false),
    ];
    for (name, kind, v4) in families {
        let _ = writeln!(text, "  set {name} {{\n    type {kind} . inet_service");
        let elements: Vec<String> = servers
            .iter()
            .filter(|server| server.is_ipv4() == v4)
            .map(|server| format!("{} . {}", server.ip(), server.port()))
            .collect();
        if !elements.is_empty() {
            let _ = writeln!(text, "    elements = {{ {} }}", elements.join(", "));
        }
        text.push_str("  }\n");
    }
    let _ = write!(
        text,
        "  chain output {{\n    type filter hook output priority filter; policy accept;\n    \
         meta skuid != \"{user}\" accept\n    \
         meta l4proto {{ tcp, udp }} ip daddr . th dport @servers4 accept\n    \
         meta l4proto {{ tcp, udp }} ip6 daddr . th dport @servers6 accept\n    \
         counter reject\n  }}\n}}\n"
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn servers(list: &[&str]) -> BTreeSet<SocketAddr> {
        list.iter()
            .filter_map(|server| server.parse().ok())
            .collect()
    }

    #[test]
    fn systemd_gets_each_address_once() {
        let list = servers(&["192.0.2.1:443", "192.0.2.1:4433", "[2001:db8::1]:443"]);
        assert_eq!(list.len(), 3);
        let lines: Vec<String> = systemd(&list, 7)
            .lines()
            .skip(1)
            .map(str::to_owned)
            .collect();
        let expected = [
            "[Service]",
            "IPAddressDeny=any",
            "IPAddressAllow=192.0.2.1",
            "IPAddressAllow=2001:db8::1",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn the_firewall_gets_address_and_port() {
        let list = servers(&["192.0.2.1:443", "192.0.2.9:4433", "[2001:db8::1]:443"]);
        let text = nft(&list, 7, "domicile");
        for line in [
            "    elements = { 192.0.2.1 . 443, 192.0.2.9 . 4433 }",
            "    elements = { 2001:db8::1 . 443 }",
            "    meta skuid != \"domicile\" accept",
            "    counter reject",
        ] {
            assert!(text.lines().any(|one| one == line), "{line} in {text}");
        }
    }

    #[test]
    fn the_chart_gets_address_and_port() {
        let text = helm(&servers(&["192.0.2.1:443", "[2001:db8::1]:443"]), 7);
        let lines: Vec<&str> = text.lines().skip(1).collect();
        let expected = [
            "networkPolicy:",
            "  servers:",
            "    - {cidr: \"192.0.2.1/32\", port: 443}",
            "    - {cidr: \"2001:db8::1/128\", port: 443}",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_name_that_would_end_the_quotes_is_refused() {
        for bad in ["", "a\" accept #", "a b", "\n", &"a".repeat(33)] {
            assert!(bad.parse::<Account>().is_err(), "{bad:?}");
        }
        assert!("domicile".parse::<Account>().is_ok());
    }

    #[test]
    fn a_family_without_servers_is_an_empty_set() {
        let text = nft(&servers(&["192.0.2.1:443"]), 7, "domicile");
        assert!(text.contains("set servers6 {\n    type ipv6_addr . inet_service\n  }"));
    }
}
