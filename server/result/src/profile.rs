//! The tables of this profile: every claim with label, name, kind, meaning and source.
//!
//! `PROFILE.md` shows the same tables; a test writes them there. One line is one claim, so this file is
//! kept from the formatter.

use crate::schema::{Claim, Kind};

/// `eat_profile` of the token: an EAR.
pub const EAR_PROFILE: &str = "tag:ietf.org,2026:rats/ear#04";

/// `eat_profile` of each submodule: this document, version 1.
pub const PROFILE: &str = "urn:uuid:0bec3b91-9e46-43f0-bce5-561148db8e44";

/// Who develops the verifier.
pub const DEVELOPER: &str = "Domicile developers";

/// The name of the submodule of the host itself.
pub const HOST: &str = "host";

/// The name of the submodule of the host's TPM.
pub const TPM: &str = "tpm";

const EAR: &str = "draft-ietf-rats-ear-04, section 3";
const APPRAISAL: &str = "draft-ietf-rats-ear-04, section 3.1";
const AR4SI: &str = "draft-ietf-rats-ar4si-10, section 2.3";
const GEO: &str = "draft-richardson-rats-geographic-results";

const HASH: Kind = Kind::Bytes(32, 32);
const EIGHT: Kind = Kind::Bytes(8, 8);
const TEXTS: Kind = Kind::List(&Kind::Text);

const fn must(
    label: i64,
    name: &'static str,
    kind: Kind,
    meaning: &'static str,
    source: &'static str,
) -> Claim {
    Claim {
        label,
        name,
        kind,
        required: true,
        meaning,
        source,
    }
}

const fn may(
    label: i64,
    name: &'static str,
    kind: Kind,
    meaning: &'static str,
    source: &'static str,
) -> Claim {
    Claim {
        required: false,
        ..must(label, name, kind, meaning, source)
    }
}

/// Labels by which code here asks for claims; others stand in the tables alone.
pub mod label {
    /// `exp`.
    pub const EXP: i64 = 4;
    /// `iat`.
    pub const IAT: i64 = 6;
    /// `eat_nonce`.
    pub const NONCE: i64 = 10;
    /// `eat_profile`.
    pub const PROFILE: i64 = 265;
    /// `submods`.
    pub const SUBMODS: i64 = 266;
    /// `ear_status`.
    pub const STATUS: i64 = 1000;
    /// `ear_trustworthiness_vector`.
    pub const VECTOR: i64 = 1001;
    /// `ear_appraisal_policy_ids`.
    pub const POLICY_IDS: i64 = 1003;
    /// `ear_verifier_id`.
    pub const VERIFIER_ID: i64 = 1004;
    /// `ear_attester_claims`.
    pub const ATTESTER: i64 = 1005;
    /// `ear_verifier_claims`.
    pub const VERIFIER: i64 = 1006;
    /// `instance-identity`.
    pub const INSTANCE: i64 = 0;
    /// `configuration`.
    pub const CONFIGURATION: i64 = 1;
    /// `executables`.
    pub const EXECUTABLES: i64 = 2;
    /// `hardware`.
    pub const HARDWARE: i64 = 4;
    /// `domicile_value`.
    pub const VALUE: i64 = -80_000;
    /// `domicile_required_tier`.
    pub const REQUIRED_TIER: i64 = -80_001;
    /// `domicile_lying_votes`.
    pub const LYING_VOTES: i64 = -80_002;
    /// `domicile_binding`.
    pub const BINDING: i64 = -80_003;
    /// `domicile_premises`.
    pub const PREMISES: i64 = -80_004;
    /// `domicile_tiers`.
    pub const TIERS: i64 = -80_005;
    /// `domicile_geographic_result`.
    pub const GEOGRAPHIC: i64 = -80_006;
    /// `domicile_times`.
    pub const TIMES: i64 = -80_007;
    /// `domicile_licence`.
    pub const LICENCE: i64 = -80_008;
    /// `domicile_freshness`.
    pub const FRESHNESS: i64 = -80_009;
    /// `domicile_chain`.
    pub const CHAIN: i64 = -80_010;
    /// `domicile_invalid_reason`.
    pub const INVALID_REASON: i64 = -80_011;
    /// `domicile_conflicts_with`.
    pub const CONFLICTS_WITH: i64 = -80_012;
    /// `domicile_path`.
    pub const PATH: i64 = -80_013;
    /// `domicile_inputs`.
    pub const INPUTS: i64 = -80_014;
    /// `domicile_missing_devices`.
    pub const MISSING: i64 = -80_015;
    /// `domicile_agent_key`.
    pub const AGENT_KEY: i64 = -80_020;
    /// `domicile_checks`.
    pub const CHECKS: i64 = -80_030;
    /// `domicile_report`.
    pub const REPORT: i64 = -80_031;
    /// `domicile_device`.
    pub const DEVICE: i64 = -80_032;
    /// `domicile_device_chain`.
    pub const DEVICE_CHAIN: i64 = -80_033;
    /// `domicile_tpm_outcome`.
    pub const TPM_OUTCOME: i64 = -80_040;
    /// `domicile_ek`.
    pub const EK: i64 = -80_041;
    /// `domicile_tpm_clock`.
    pub const TPM_CLOCK: i64 = -80_042;
}

/// The claims set.
pub static TOKEN: [Claim; 6] = [
    must(4, "exp", Kind::Number, "when it expires, Unix seconds, rounded down: from then on the status is none", "RFC 8392; `Verdict.expires_ms`"),
    must(6, "iat", Kind::Number, "when the verdict was judged, Unix seconds, rounded down", "RFC 8392; `Verdict.judged_ms`"),
    may(10, "eat_nonce", Kind::Bytes(8, 64), "the nonce that the relying party asked with", "RFC 9711, section 4.1"),
    must(265, "eat_profile", Kind::Constant(EAR_PROFILE), "the form of the token", EAR),
    must(266, "submods", Kind::Submodules(submodule), "the appraisals: `host`; `tpm` when a quote came; `gpu-N`, `switch-N` or `device-N` for report N", EAR),
    must(1004, "ear_verifier_id", Kind::Map(&VERIFIER_ID), "whose program judged", EAR),
];

/// `ear_verifier_id`.
pub static VERIFIER_ID: [Claim; 2] = [
    must(0, "developer", Kind::Constant(DEVELOPER), "who develops it", "draft-ietf-rats-ar4si-10, section 2.2.2"),
    must(1, "build", Kind::Text, "the version of the rules", "`Verdict.code_version`"),
];

/// The table of a submodule, by its name.
fn submodule(name: &str) -> Option<&'static [Claim]> {
    let numbered = |prefix: &str| {
        let number = name.strip_prefix(prefix)?;
        let parsed: u8 = number.parse().ok()?;
        (parsed.to_string() == number).then_some(())
    };
    match name {
        HOST => Some(&HOST_APPRAISAL),
        TPM => Some(&TPM_APPRAISAL),
        _ => ["gpu-", "switch-", "device-"]
            .into_iter()
            .find_map(numbered)
            .map(|()| &DEVICE_APPRAISAL[..]),
    }
}

const NONCE: Claim = must(10, "eat_nonce", Kind::Bytes(8, 64), "the nonce of the evidence: the collector's (60 bytes), or the hash of the host's previous evidence (32)", "RFC 9711, section 4.1; `Evidence.nonce`");
const SUB_PROFILE: Claim = must(265, "eat_profile", Kind::Constant(PROFILE), "this profile, version 1", APPRAISAL);
const STATUS: Claim = must(1000, "ear_status", Kind::Tier, "the appraisal's tier", APPRAISAL);
const VECTOR: Claim = must(1001, "ear_trustworthiness_vector", Kind::Map(&TRUST_VECTOR), "what the tier is made of, as far as AR4SI has words for it", APPRAISAL);
const POLICY_IDS: Claim = must(1003, "ear_appraisal_policy_ids", TEXTS, "`ni:///sha-256;…` (RFC 6920) of the policy file", APPRAISAL);

/// `ear_trustworthiness_vector`.
pub static TRUST_VECTOR: [Claim; 4] = [
    must(0, "instance-identity", Kind::Trust, "whether a key is recognised", AR4SI),
    may(1, "configuration", Kind::Trust, "whether it exposes known vulnerabilities", AR4SI),
    may(2, "executables", Kind::Trust, "whether only approved firmware was loaded", AR4SI),
    may(4, "hardware", Kind::Trust, "whether hardware and firmware are genuine", AR4SI),
];

/// Submodule `host`.
pub static HOST_APPRAISAL: [Claim; 7] = [
    NONCE,
    SUB_PROFILE,
    STATUS,
    VECTOR,
    POLICY_IDS,
    must(1005, "ear_attester_claims", Kind::Map(&HOST_ATTESTER), "claims with the host's authority", APPRAISAL),
    must(1006, "ear_verifier_claims", Kind::Map(&HOST_VERIFIER), "claims with the collector's authority", APPRAISAL),
];

/// `ear_attester_claims` of the host.
pub static HOST_ATTESTER: [Claim; 1] = [must(
    label::AGENT_KEY,
    "domicile_agent_key",
    HASH,
    "the host's Ed25519 key",
    "`Verdict.agent_key`",
)];

/// `ear_verifier_claims` of the host.
pub static HOST_VERIFIER: [Claim; 16] = [
    must(label::VALUE, "domicile_value", Kind::Text, "the value of the verdict, at the required tier", "`Verdict.value`"),
    must(label::REQUIRED_TIER, "domicile_required_tier", Kind::Text, "the fastest signal that the licence assumes: `c`, `0.69c`, `2/3c`", "`Verdict.required_tier`"),
    must(label::LYING_VOTES, "domicile_lying_votes", Kind::Number, "*f*: how many trust domains may lie or fail", "`Verdict.lying_votes`"),
    must(label::BINDING, "domicile_binding", Kind::Text, "what ties the session to something known: `none`, `software`, `tpm`, `gpu`", "`Verdict.binding`"),
    must(label::PREMISES, "domicile_premises", TEXTS, "what the value rests on and does not show", "`Verdict.premises`"),
    must(label::TIERS, "domicile_tiers", Kind::List(&Kind::Map(&TIER)), "the answer at each tier: c, 0.69c, 2/3c", "`Verdict.tiers`"),
    may(label::GEOGRAPHIC, "domicile_geographic_result", Kind::Map(&GEOGRAPHIC), "where it is, when one territory alone is possible at the required tier; the label is this profile's until the draft has one", GEO),
    must(label::TIMES, "domicile_times", Kind::Map(&TIMES), "when it was measured, judged, and until when it holds", "`Verdict`"),
    must(label::LICENCE, "domicile_licence", Kind::Text, "the licence", "`Verdict.licence`"),
    must(label::FRESHNESS, "domicile_freshness", Kind::Text, "`challenged`: the nonce is a collector's; `anchor-fresh`: the anchors' alone", "`Verdict.freshness`"),
    must(label::CHAIN, "domicile_chain", TEXTS, "what was found about the host's chain of evidence", "`Verdict.chain`"),
    may(label::INVALID_REASON, "domicile_invalid_reason", Kind::Text, "why the value is `invalid`", "`Verdict.invalid_reason`"),
    may(label::CONFLICTS_WITH, "domicile_conflicts_with", HASH, "hash of the evidence of the other session, for `identity-conflict`", "`Verdict.conflicts_with`"),
    must(label::PATH, "domicile_path", Kind::Map(&PATH), "remarks on the path; no value rests on them", "`Verdict.notes`"),
    must(label::INPUTS, "domicile_inputs", Kind::Map(&INPUTS), "SHA-256 of everything that the verdict was made from, and of itself", "`Verdict`"),
    may(label::MISSING, "domicile_missing_devices", Kind::List(&EIGHT), "PDIs that authentic devices name and that sent no authentic report", "`Verdict.missing_devices`"),
];

/// An item of `domicile_tiers`.
pub static TIER: [Claim; 6] = [
    must(0, "tier", Kind::Text, "the fastest signal assumed", "`TierResult.tier`"),
    must(1, "value", Kind::Text, "what the verdict would be were this tier required", "`TierResult.value`"),
    must(2, "possible", TEXTS, "ISO 3166 codes of the territories where the responder may be", "`TierResult.possible`"),
    must(3, "excluded", TEXTS, "codes of all other territories: it is in none of them", "the territory data less `TierResult.possible`"),
    must(4, "deciding_votes", TEXTS, "trust domains on which the value rests", "`TierResult.deciding_votes`"),
    must(5, "lying_votes", TEXTS, "trust domains that contradict the others, when nothing is possible", "`TierResult.lying_votes`"),
];

/// `domicile_geographic_result`.
pub static GEOGRAPHIC: [Claim; 1] = [must(
    0,
    "grc.jurisdiction-country",
    Kind::Text,
    "its ISO 3166 code",
    GEO,
)];

/// `domicile_times`, Unix milliseconds.
pub static TIMES: [Claim; 5] = [
    must(0, "measured_from_ms", Kind::Number, "begin of the measurement, by the anchors' clocks", "`Verdict.measured_from_ms`"),
    must(1, "measured_until_ms", Kind::Number, "end of the measurement, by the anchors' clocks", "`Verdict.measured_until_ms`"),
    must(2, "judged_ms", Kind::Number, "when it was judged", "`Verdict.judged_ms`"),
    must(3, "expires_ms", Kind::Number, "when it expires", "`Verdict.expires_ms`"),
    must(4, "device_window_ms", Kind::Number, "binding `gpu`: from the end of the measurement to the receipt; else 0", "`Verdict.device_window_ms`"),
];

/// `domicile_path`.
pub static PATH: [Claim; 5] = [
    must(0, "common_offset_ns", Kind::Number, "the shortest counted round trip when it is large; else 0", "`PathNotes`"),
    must(1, "disagreeing_ends", Kind::Number, "anchors that the host's own times do not support", "`PathNotes`"),
    must(2, "tunnelled", Kind::Number, "anchors reached through TCP", "`PathNotes`"),
    must(3, "proxied", Kind::Number, "anchors reached through a proxy", "`PathNotes`"),
    must(4, "limits_only", Kind::Number, "anchors that signed a limit, no round trip", "`PathNotes`"),
];

/// `domicile_inputs`.
pub static INPUTS: [Claim; 8] = [
    must(0, "verdict", HASH, "the encoded Verdict, unsigned", "this profile"),
    must(1, "evidence", HASH, "the encoded Signed evidence", "`Verdict.evidence_hash`"),
    must(2, "enrolment", HASH, "the encoded EnrolmentRecord", "`Verdict.enrolment_hash`"),
    must(3, "policy", HASH, "the policy file", "`Verdict.policy_hash`"),
    must(4, "directory", HASH, "the anchors' directory", "`Verdict.directory_hash`"),
    must(5, "territories", HASH, "the territory data", "`Verdict.territories_hash`"),
    may(6, "device_roots", HASH, "the pinned roots of devices' chains", "`Verdict.device_roots_hash`"),
    must(7, "compared", Kind::List(&HASH), "evidence of the sessions compared for `identity-conflict`", "`Verdict.compared_with`"),
];

/// Submodules `gpu-N`, `switch-N`, `device-N`.
pub static DEVICE_APPRAISAL: [Claim; 5] = [
    SUB_PROFILE,
    STATUS,
    VECTOR,
    must(1005, "ear_attester_claims", Kind::Map(&DEVICE_ATTESTER), "what the device signed; empty unless its signature and chain hold", APPRAISAL),
    must(1006, "ear_verifier_claims", Kind::Map(&DEVICE_VERIFIER), "what was checked", APPRAISAL),
];

/// `ear_attester_claims` of a device.
pub static DEVICE_ATTESTER: [Claim; 1] = [may(
    label::DEVICE,
    "domicile_device",
    Kind::Map(&DEVICE),
    "the device's own account",
    "`DeviceResult`",
)];

/// `domicile_device`.
pub static DEVICE: [Claim; 5] = [
    may(0, "pdi", EIGHT, "its PDI, by its chain", "`DeviceResult.pdi`"),
    may(1, "leaf_key", HASH, "SHA-256 of the key that signs", "`DeviceResult.leaf_key_hash`"),
    may(2, "driver", Kind::Text, "version of the driver", "`DeviceResult.driver`"),
    may(3, "firmware", Kind::Text, "version of the firmware", "`DeviceResult.firmware_version`"),
    may(4, "peers", Kind::List(&EIGHT), "PDIs of the devices that it is linked to", "`DeviceResult.peers`"),
];

/// `ear_verifier_claims` of a device.
pub static DEVICE_VERIFIER: [Claim; 4] = [
    must(label::BINDING, "domicile_binding", Kind::Text, "`gpu`: this GPU's own key signed this session; else `none`", "`DeviceResult.binding`"),
    must(label::CHECKS, "domicile_checks", Kind::Map(&CHECKS), "each check by itself: `passed`, `failed`, `absent`, `unknown`", "`DeviceResult`"),
    must(label::REPORT, "domicile_report", HASH, "SHA-256 of its report", "`DeviceResult.report_hash`"),
    may(label::DEVICE_CHAIN, "domicile_device_chain", HASH, "hash of the certificate chain that it names", "`DeviceResult.chain_hash`"),
];

/// `domicile_checks`.
pub static CHECKS: [Claim; 9] = [
    must(0, "signature", Kind::Text, "the report is signed by the leaf's key", "`DeviceResult.signature`"),
    must(1, "chain", Kind::Text, "the chain leads to a pinned root", "`DeviceResult.chain`"),
    must(2, "nonce", Kind::Text, "the nonce is that of this session", "`DeviceResult.nonce`"),
    must(3, "identity", Kind::Text, "it is of the kind claimed", "`DeviceResult.identity`"),
    must(4, "firmware", Kind::Text, "the report's firmware hash is the leaf's", "`DeviceResult.firmware`"),
    must(5, "inventory", Kind::Text, "PDI and versions are those of the unsigned inventory", "`DeviceResult.inventory`"),
    must(6, "reference", Kind::Text, "the measurements are reference values", "`DeviceResult.reference`"),
    must(7, "revocation", Kind::Text, "no certificate is revoked", "`DeviceResult.revocation`"),
    must(8, "debug_off", Kind::Text, "no debug tools are allowed", "`DeviceResult.debug_off`"),
];

/// Submodule `tpm`.
pub static TPM_APPRAISAL: [Claim; 5] = [
    SUB_PROFILE,
    STATUS,
    VECTOR,
    must(1005, "ear_attester_claims", Kind::Map(&TPM_ATTESTER), "what the TPM signed; empty unless its signature holds", APPRAISAL),
    must(1006, "ear_verifier_claims", Kind::Map(&TPM_VERIFIER), "what was checked", APPRAISAL),
];

/// `ear_attester_claims` of the TPM.
pub static TPM_ATTESTER: [Claim; 1] = [may(
    label::TPM_CLOCK,
    "domicile_tpm_clock",
    Kind::Map(&TPM_CLOCK),
    "the TPM's own account",
    "`TpmResult`",
)];

/// `domicile_tpm_clock`.
pub static TPM_CLOCK: [Claim; 5] = [
    must(0, "clock_ms", Kind::Number, "powered time since it was cleared", "`TpmResult.clock_ms`"),
    must(1, "reset_count", Kind::Number, "starts of the host since then", "`TpmResult.reset_count`"),
    must(2, "restart_count", Kind::Number, "resumptions since the last start", "`TpmResult.restart_count`"),
    must(3, "clock_safe", Kind::Flag, "no later clock value can have been reported before", "`TpmResult.clock_safe`"),
    must(4, "firmware", EIGHT, "version of its firmware, 8 bytes, big-endian", "`TpmResult.firmware_version`"),
];

/// `ear_verifier_claims` of the TPM.
pub static TPM_VERIFIER: [Claim; 2] = [
    must(label::TPM_OUTCOME, "domicile_tpm_outcome", Kind::Text, "what became of its quote", "`TpmResult.outcome`"),
    must(label::EK, "domicile_ek", Kind::Text, "who vouches for the TPM, as of the enrolment", "`TpmResult.ek`"),
];
