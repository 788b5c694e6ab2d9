//! The command line of listings: which rows, and how many.

use super::time;
use clap::Args;
use domicile_appraise::liveness::HostState;
use domicile_appraise::text::Named;
use domicile_proto::types::Key;
use domicile_proto::wire::VerdictValue;
use jiff::Timestamp;
use std::path::PathBuf;

/// How much of a listing.
#[derive(Debug, Args)]
pub struct PageArgs {
    /// Rows at most
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub limit: u64,
    /// Every row, however many
    #[arg(long, conflicts_with = "limit")]
    pub all: bool,
    /// Go on where an earlier listing ended
    #[arg(long)]
    pub cursor: Option<String>,
    /// Save the signed answers, and NDJSON, CSV and Parquet made of them, in this new folder
    #[arg(long, value_name = "DIR")]
    pub save: Option<PathBuf>,
}

/// Which hosts.
#[derive(Debug, Args)]
pub struct HostsArgs {
    /// Of this customer
    #[arg(long)]
    pub customer: Option<String>,
    /// At this site
    #[arg(long)]
    pub site: Option<String>,
    /// Under this licence
    #[arg(long)]
    pub licence: Option<String>,
    /// In this state: enrolled, reporting, late, silent, withdrawn
    #[arg(long, value_parser = named::<HostState>)]
    pub state: Option<String>,
    /// How many.
    #[command(flatten)]
    pub page: PageArgs,
}

/// Which devices.
#[derive(Debug, Args)]
pub struct DevicesArgs {
    /// Of this customer
    #[arg(long)]
    pub customer: Option<String>,
    /// Under this licence
    #[arg(long)]
    pub licence: Option<String>,
    /// How many.
    #[command(flatten)]
    pub page: PageArgs,
}

/// Which findings.
#[derive(Debug, Args)]
pub struct FindingsArgs {
    /// Of this kind, such as `device-on-two-hosts`
    #[arg(long)]
    pub kind: Option<String>,
    /// When.
    #[command(flatten)]
    pub period: PeriodArgs,
    /// How many.
    #[command(flatten)]
    pub page: PageArgs,
}

/// Which requests.
#[derive(Debug, Args)]
pub struct QueriesArgs {
    /// Of this user
    #[arg(long)]
    pub user: Option<String>,
    /// About hosts of this operator
    #[arg(long)]
    pub operator: Option<String>,
    /// Asked at or after this time (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub from: Option<Timestamp>,
    /// Asked before this time (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub until: Option<Timestamp>,
    /// How many.
    #[command(flatten)]
    pub page: PageArgs,
}

/// A time span.
#[derive(Debug, Args)]
pub struct PeriodArgs {
    /// Measured at or after this time (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub from: Option<Timestamp>,
    /// Measured before this time (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub until: Option<Timestamp>,
}

/// Which verdicts.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Which.
    #[command(flatten)]
    pub filter: VerdictFilter,
    /// How many.
    #[command(flatten)]
    pub page: PageArgs,
}

/// Which verdicts; what is left out does not matter.
#[derive(Debug, Args)]
pub struct VerdictFilter {
    /// Of the host with this key
    #[arg(long, value_parser = host)]
    pub host: Option<Key>,
    /// With this value, such as `permitted-excluded`
    #[arg(long, value_parser = named::<VerdictValue>)]
    pub value: Option<String>,
    /// Under this licence
    #[arg(long)]
    pub licence: Option<String>,
    /// Measured at or after this time (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub from: Option<Timestamp>,
    /// Measured before this time (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub until: Option<Timestamp>,
}

impl VerdictFilter {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        let Self {
            host,
            value,
            licence,
            from,
            until,
        } = self;
        host.is_none() && value.is_none() && licence.is_none() && from.is_none() && until.is_none()
    }
}

fn host(text: &str) -> Result<Key, String> {
    text.parse()
        .map_err(|_| "the host's key, 64 hexadecimal digits, is expected".into())
}

fn named<T: Named + Copy>(text: &str) -> Result<String, String> {
    let names = || {
        let names: Vec<_> = T::NAMES.iter().map(|(_, name)| *name).collect();
        names.join(", ")
    };
    T::from_name(text)
        .map(|known| known.name().to_owned())
        .ok_or_else(|| format!("one of {} is expected", names()))
}

#[cfg(test)]
mod tests {
    use super::super::id;
    use super::*;

    #[test]
    fn filters_are_checked_before_anybody_is_asked() {
        assert!(time("yesterday").is_err() && time("2026-01-31T00:00:00Z").is_ok());
        assert!(
            named::<VerdictValue>("guilty").is_err() && named::<VerdictValue>("confined").is_ok()
        );
        assert!(named::<HostState>("asleep").is_err() && named::<HostState>("silent").is_ok());
        assert!(id("abc").is_err() && host(&"a".repeat(64)).is_ok());
    }
}
