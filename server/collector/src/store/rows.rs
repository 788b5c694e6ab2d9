//! Values of the index: small, in the same strict encoding as the wire, and all of them derived
//! from the log's records.

use domicile_proto::wire;

/// A host: its enrolment, the end of its chain of evidence, its newest verdict.
#[derive(Clone, PartialEq, prost::Message)]
pub struct HostRow {
    /// Index of its enrolment in the log.
    #[prost(uint64, tag = "1")]
    pub enrolment_index: u64,
    /// SHA-256 of the encoded `EnrolmentRecord`.
    #[prost(bytes = "vec", tag = "2")]
    pub enrolment_hash: Vec<u8>,
    /// Id of the token that was redeemed, 16 bytes.
    #[prost(bytes = "vec", tag = "3")]
    pub token_id: Vec<u8>,
    /// Machine id hash at enrolment, 32 bytes.
    #[prost(bytes = "vec", tag = "4")]
    pub machine_id_hash: Vec<u8>,
    /// The vendor's customer.
    #[prost(string, tag = "5")]
    pub customer: String,
    /// Who runs the host.
    #[prost(string, tag = "6")]
    pub operator: String,
    /// The declared site.
    #[prost(string, tag = "7")]
    pub site: String,
    /// The declared metro.
    #[prost(string, tag = "8")]
    pub metro: String,
    /// The declared territory, ISO 3166 alpha-2.
    #[prost(string, tag = "9")]
    pub territory: String,
    /// The licence, a name in the policy.
    #[prost(string, tag = "10")]
    pub licence: String,
    /// Unix time, ms.
    #[prost(uint64, tag = "11")]
    pub enrolled_ms: u64,
    /// Unix time, ms; 0 while it takes part.
    #[prost(uint64, tag = "12")]
    pub withdrawn_ms: u64,
    /// Last contact after enrolment that the log shows, Unix time, ms; 0 before the first.
    #[prost(uint64, tag = "13")]
    pub logged_seen_ms: u64,
    /// Hash of the evidence accepted last; empty before the first.
    #[prost(bytes = "vec", tag = "14")]
    pub newest_evidence: Vec<u8>,
    /// Log index of that evidence.
    #[prost(uint64, tag = "15")]
    pub newest_index: u64,
    /// Evidence hash of the verdict with the latest measurement; empty before the first.
    #[prost(bytes = "vec", tag = "16")]
    pub verdict_evidence: Vec<u8>,
    /// When that verdict's evidence was measured, Unix time, ms.
    #[prost(uint64, tag = "17")]
    pub verdict_at_ms: u64,
    /// Log index of the newest erasure of its raw records.
    #[prost(uint64, optional, tag = "18")]
    pub erased_by: Option<u64>,
}

/// One accepted evidence and its verdict.
#[derive(Clone, PartialEq, prost::Message)]
pub struct EvidenceRow {
    /// The host's key.
    #[prost(bytes = "vec", tag = "1")]
    pub host: Vec<u8>,
    /// Log index of the evidence.
    #[prost(uint64, tag = "2")]
    pub evidence_index: u64,
    /// Leaf hash of the evidence.
    #[prost(bytes = "vec", tag = "3")]
    pub leaf_hash: Vec<u8>,
    /// Size of the log after the append that brought it.
    #[prost(uint64, tag = "4")]
    pub batch_end: u64,
    /// The collector's clock, Unix time, ms.
    #[prost(uint64, tag = "5")]
    pub received_ms: u64,
    /// Boot epoch of the report.
    #[prost(bytes = "vec", tag = "6")]
    pub boot_epoch: Vec<u8>,
    /// Sequence in that epoch.
    #[prost(uint64, tag = "7")]
    pub sequence: u64,
    /// Hash of the certificate that the evidence names.
    #[prost(bytes = "vec", tag = "8")]
    pub certificate_hash: Vec<u8>,
    /// Directory version that the evidence names.
    #[prost(uint64, tag = "9")]
    pub directory_version: u64,
    /// Chain findings, numbers of `wire::ChainFinding`.
    #[prost(int32, repeated, tag = "10")]
    pub chain: Vec<i32>,
    /// Whether `verdict_index` and what follows are filled in.
    #[prost(bool, tag = "11")]
    pub judged: bool,
    /// Log index of the verdict.
    #[prost(uint64, tag = "12")]
    pub verdict_index: u64,
    /// Number of `wire::VerdictValue`.
    #[prost(int32, tag = "13")]
    pub value: i32,
    /// Number of `wire::Tier`.
    #[prost(int32, tag = "14")]
    pub tier: i32,
    /// Number of `wire::Binding`.
    #[prost(int32, tag = "15")]
    pub binding: i32,
    /// Unix time, ms.
    #[prost(uint64, tag = "16")]
    pub measured_from_ms: u64,
    /// Unix time, ms.
    #[prost(uint64, tag = "17")]
    pub measured_until_ms: u64,
    /// Unix time, ms.
    #[prost(uint64, tag = "18")]
    pub judged_ms: u64,
    /// Unix time, ms.
    #[prost(uint64, tag = "19")]
    pub expires_ms: u64,
    /// The licence it was judged under.
    #[prost(string, tag = "20")]
    pub licence: String,
    /// Trust domains that decide at the required tier.
    #[prost(string, repeated, tag = "21")]
    pub deciding_votes: Vec<String>,
    /// The time it is listed under: end of the measurement, or when it was received if no anchor
    /// says when it was measured.
    #[prost(uint64, tag = "22")]
    pub at_ms: u64,
}

/// How often a token was redeemed.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct TokenRow {
    /// Enrolments under it.
    #[prost(uint32, tag = "1")]
    pub uses: u32,
    /// Log index of the last one counted.
    #[prost(uint64, tag = "2")]
    pub last_index: u64,
}

/// Anchors whose caps leave no place on earth, until the votes named here are set aside.
#[derive(Clone, PartialEq, prost::Message)]
pub struct IncidentRow {
    /// Trust domains.
    #[prost(string, repeated, tag = "1")]
    pub trust_domains: Vec<String>,
    /// First measurement that showed it, Unix time, ms.
    #[prost(uint64, tag = "2")]
    pub first_ms: u64,
    /// Last one.
    #[prost(uint64, tag = "3")]
    pub last_ms: u64,
    /// Verdicts that name it.
    #[prost(uint64, tag = "4")]
    pub attestations: u64,
    /// Log index of the last one counted.
    #[prost(uint64, tag = "5")]
    pub last_index: u64,
}

/// Other bytes under a nonce that had been used.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ForkRow {
    /// The host's key.
    #[prost(bytes = "vec", tag = "1")]
    pub host: Vec<u8>,
    /// Hash of the evidence accepted under the nonce.
    #[prost(bytes = "vec", tag = "2")]
    pub first_hash: Vec<u8>,
    /// The collector's clock, Unix time, ms.
    #[prost(uint64, tag = "3")]
    pub received_ms: u64,
    /// Where the second bytes are logged.
    #[prost(uint64, tag = "4")]
    pub log_index: u64,
}

/// A document logged once: a directory version or a policy version.
#[derive(Clone, PartialEq, prost::Message)]
pub struct DocumentRow {
    /// Where it is logged.
    #[prost(uint64, tag = "1")]
    pub log_index: u64,
    /// SHA-256 of the document.
    #[prost(bytes = "vec", tag = "2")]
    pub hash: Vec<u8>,
    /// When it was logged, Unix time, ms.
    #[prost(uint64, tag = "3")]
    pub time_ms: u64,
}

/// The shortest round trip of one anchor by another's stopwatch in the reports of one day.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct MeshRow {
    /// Nanoseconds.
    #[prost(uint64, tag = "1")]
    pub rtt_ns: u64,
    /// End of the session by the visited anchor's clock, Unix time, ms.
    #[prost(uint64, tag = "2")]
    pub at_ms: u64,
    /// Log index of the report.
    #[prost(uint64, tag = "3")]
    pub log_index: u64,
}

/// Something that the mesh says, or said, is wrong with an anchor.
#[derive(Clone, PartialEq, prost::Message)]
pub struct AnchorIncidentRow {
    /// The anchor's key.
    #[prost(bytes = "vec", tag = "1")]
    pub anchor: Vec<u8>,
    /// As `domicile-geo` names it.
    #[prost(string, tag = "2")]
    pub kind: String,
    /// `certain`, `ambiguous` or `statistical`.
    #[prost(string, tag = "3")]
    pub certainty: String,
    /// Number of `wire::Tier`.
    #[prost(int32, tag = "4")]
    pub tier: i32,
    /// Whether it no longer is so.
    #[prost(bool, tag = "5")]
    pub closed: bool,
    /// When it was first said, Unix time, ms.
    #[prost(uint64, tag = "6")]
    pub first_ms: u64,
    /// When it last changed, Unix time, ms.
    #[prost(uint64, tag = "7")]
    pub changed_ms: u64,
    /// Log index of the last change.
    #[prost(uint64, tag = "8")]
    pub log_index: u64,
}

/// How far the index reaches, written last for each append.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct MarkRow {
    /// Layout of the index.
    #[prost(uint32, tag = "1")]
    pub layout: u32,
    /// Records of the log that are in it.
    #[prost(uint64, tag = "2")]
    pub size: u64,
    /// Leaf hash of the last of them; empty when there is none.
    #[prost(bytes = "vec", tag = "3")]
    pub last_leaf: Vec<u8>,
    /// SHA-256 of the log's origin.
    #[prost(bytes = "vec", tag = "4")]
    pub origin: Vec<u8>,
    /// Evidence records among them.
    #[prost(uint64, tag = "5")]
    pub evidences: u64,
    /// Verdict records among them.
    #[prost(uint64, tag = "6")]
    pub verdicts: u64,
    /// Enrolment records among them.
    #[prost(uint64, tag = "7")]
    pub enrolments: u64,
    /// Fork records among them.
    #[prost(uint64, tag = "8")]
    pub forks: u64,
}

/// A record that is about a host or an anchor.
#[derive(Clone, PartialEq, prost::Message)]
pub struct RecordRow {
    /// Number of its kind in the log.
    #[prost(uint32, tag = "1")]
    pub kind: u32,
    /// When it was logged, Unix time, ms.
    #[prost(uint64, tag = "2")]
    pub time_ms: u64,
    /// Hash of the evidence, when it is one.
    #[prost(bytes = "vec", tag = "3")]
    pub evidence: Vec<u8>,
}

/// Records that were erased together.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ErasureRow {
    /// Why.
    #[prost(enumeration = "wire::ErasureCause", tag = "1")]
    pub cause: i32,
    /// Who ordered it.
    #[prost(string, tag = "2")]
    pub user: String,
    /// Its legal basis.
    #[prost(string, tag = "3")]
    pub reason: String,
    /// Unix time, ms.
    #[prost(uint64, tag = "4")]
    pub at_ms: u64,
    /// Whose records: keys.
    #[prost(bytes = "vec", repeated, tag = "5")]
    pub subjects: Vec<Vec<u8>>,
    /// Number of records.
    #[prost(uint64, tag = "6")]
    pub records: u64,
}

/// A legal hold.
#[derive(Clone, PartialEq, prost::Message)]
pub struct HoldRow {
    /// What `held` is.
    #[prost(enumeration = "wire::HoldScope", tag = "1")]
    pub scope: i32,
    /// Host key in hex, customer or licence.
    #[prost(string, tag = "2")]
    pub held: String,
    /// Who placed it.
    #[prost(string, tag = "3")]
    pub user: String,
    /// Why.
    #[prost(string, tag = "4")]
    pub reason: String,
    /// Unix time, ms.
    #[prost(uint64, tag = "5")]
    pub at_ms: u64,
    /// Log index of the record that ended it.
    #[prost(uint64, optional, tag = "6")]
    pub lifted_by: Option<u64>,
}

impl MarkRow {
    /// The index holds this record, and all before it.
    pub(super) fn reach(&mut self, index: u64, leaf_hash: &[u8; 32]) {
        self.size = index + 1;
        self.last_leaf = leaf_hash.to_vec();
    }
}

/// A page of a period's roster.
#[derive(Clone, PartialEq, prost::Message)]
pub struct RosterRow {
    /// Where it is logged.
    #[prost(uint64, tag = "1")]
    pub log_index: u64,
    /// End of the period, Unix time, ms.
    #[prost(uint64, tag = "2")]
    pub until_ms: u64,
    /// First record of the period.
    #[prost(uint64, tag = "3")]
    pub first_index: u64,
    /// First record after it.
    #[prost(uint64, tag = "4")]
    pub end_index: u64,
    /// Number of pages.
    #[prost(uint32, tag = "5")]
    pub pages: u32,
    /// The least key that is not before this page; empty on the first.
    #[prost(bytes = "vec", tag = "6")]
    pub after: Vec<u8>,
}

/// The devices that an alias led to last.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct AliasRow {
    /// Names as text, sorted.
    #[prost(string, repeated, tag = "1")]
    pub(super) devices: Vec<String>,
}

/// What the identity ledger found.
#[derive(Clone, PartialEq, prost::Message)]
pub struct FindingRow {
    /// As `domicile-fleet` names it.
    #[prost(string, tag = "1")]
    pub kind: String,
    /// Whether every sighting it rests on was signed by the devices' own keys.
    #[prost(bool, tag = "2")]
    pub signed: bool,
    /// Names as text.
    #[prost(string, repeated, tag = "3")]
    pub devices: Vec<String>,
    /// The other name that leads astray.
    #[prost(string, optional, tag = "4")]
    pub alias: Option<String>,
    /// Host keys, that of the newer sighting last.
    #[prost(bytes = "vec", repeated, tag = "5")]
    pub hosts: Vec<Vec<u8>>,
    /// Evidence hashes, in the order of measurement.
    #[prost(bytes = "vec", repeated, tag = "6")]
    pub evidence: Vec<Vec<u8>>,
    /// Measurement that showed it, Unix time, ms.
    #[prost(uint64, tag = "7")]
    pub at_ms: u64,
    /// Log index of the verdict that showed it.
    #[prost(uint64, tag = "8")]
    pub verdict_index: u64,
    /// Log index of its own record, once it is there.
    #[prost(uint64, optional, tag = "9")]
    pub log_index: Option<u64>,
}
