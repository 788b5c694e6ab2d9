//! Values of the index about flags, the registry, declarations and outages.

use domicile_proto::wire;

/// A flag, from the record that raised it and the one that cleared it.
#[derive(Clone, PartialEq, prost::Message)]
pub struct FlagRow {
    /// As `FLAGS.md` names it.
    #[prost(string, tag = "1")]
    pub code: String,
    /// What it is about, as text.
    #[prost(string, tag = "2")]
    pub subject: String,
    /// What it rests on.
    #[prost(string, tag = "3")]
    pub ground: String,
    /// How severe it is.
    #[prost(string, tag = "4")]
    pub severity: String,
    /// The first sign of it, Unix ms.
    #[prost(uint64, tag = "5")]
    pub since_ms: u64,
    /// When there was enough of it, Unix ms.
    #[prost(uint64, tag = "6")]
    pub raised_ms: u64,
    /// When that was logged, Unix ms.
    #[prost(uint64, tag = "7")]
    pub logged_ms: u64,
    /// Sessions or records that said it when it was raised.
    #[prost(uint64, tag = "8")]
    pub signs: u64,
    /// The first and the last few of them.
    #[prost(message, repeated, tag = "9")]
    pub evidence: Vec<wire::FlagEvidence>,
    /// Keys of the hosts that it names.
    #[prost(bytes = "vec", repeated, tag = "10")]
    pub hosts: Vec<Vec<u8>>,
    /// Log index of the record at which it was raised.
    #[prost(uint64, tag = "11")]
    pub cause_index: u64,
    /// Log index of the record that cleared it; `None` while it is open.
    #[prost(uint64, optional, tag = "12")]
    pub cleared_index: Option<u64>,
    /// Since when it is cleared, Unix ms.
    #[prost(uint64, tag = "13")]
    pub cleared_ms: u64,
    /// Why.
    #[prost(enumeration = "wire::FlagEnd", tag = "14")]
    pub end: i32,
    /// What explains what it rested on.
    #[prost(string, tag = "15")]
    pub explained_by: String,
}

/// A change of the registry.
#[derive(Clone, PartialEq, prost::Message)]
pub struct RegistryRow {
    /// The version that it made.
    #[prost(uint64, tag = "1")]
    pub version: u64,
    /// Who made it.
    #[prost(string, tag = "2")]
    pub user: String,
    /// Why.
    #[prost(string, tag = "3")]
    pub why: String,
    /// When, Unix ms.
    #[prost(uint64, tag = "4")]
    pub at_ms: u64,
    /// Rows and cells that changed.
    #[prost(uint64, tag = "5")]
    pub changes: u64,
    /// What the person was.
    #[prost(string, tag = "6")]
    pub role: String,
}

/// What an operator declared of a host.
#[derive(Clone, PartialEq, prost::Message)]
pub struct DeclarationRow {
    /// The state.
    #[prost(enumeration = "wire::DeclaredState", tag = "1")]
    pub state: i32,
    /// From when, Unix ms.
    #[prost(uint64, tag = "2")]
    pub from_ms: u64,
    /// Until when, Unix ms; 0: until another declaration.
    #[prost(uint64, tag = "3")]
    pub until_ms: u64,
    /// Why.
    #[prost(string, tag = "4")]
    pub why: String,
    /// Who declared it.
    #[prost(string, tag = "5")]
    pub user: String,
    /// What the person was.
    #[prost(string, tag = "6")]
    pub role: String,
    /// When it was logged, Unix ms.
    #[prost(uint64, tag = "7")]
    pub at_ms: u64,
}

/// A time in which the collector was away.
#[derive(Clone, PartialEq, prost::Message)]
pub struct OutageRow {
    /// Last known to be up, Unix ms.
    #[prost(uint64, tag = "1")]
    pub from_ms: u64,
    /// Up again, Unix ms.
    #[prost(uint64, tag = "2")]
    pub until_ms: u64,
    /// A host that reports is logged at least so often, ms.
    #[prost(uint64, tag = "3")]
    pub liveness_every_ms: u64,
}
