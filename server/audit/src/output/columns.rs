//! The columns of each listing: where a value stands in the collector's JSON, and how it is shown.

use super::plain;
use serde_json::Value;

/// A column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its head in tables.
    pub title: &'static str,
    /// Where it stands, with dots between levels; also its name in CSV.
    pub field: &'static str,
    /// Whether tables have it; CSV has every column.
    pub in_table: bool,
}

const fn shown(title: &'static str, field: &'static str) -> Column {
    Column {
        title,
        field,
        in_table: true,
    }
}

const fn csv_only(field: &'static str) -> Column {
    Column {
        title: "",
        field,
        in_table: false,
    }
}

/// `catalogue`.
pub const CATALOGUE: &[Column] = &[
    shown("DEVICE", "device"),
    shown("BOARD", "subsystem"),
    shown("MODEL", "model"),
    csv_only("family"),
    shown("ID", "id_status"),
    csv_only("id_source"),
    shown("TPP (COMPUTED)", "tpp_arithmetic"),
    csv_only("tpp"),
    shown("RATE", "peak_status"),
    csv_only("peak_source"),
    shown("GB/S", "bandwidth_gb_s"),
    shown("RATE", "bandwidth_status"),
    csv_only("bandwidth_source"),
    shown("ECCN", "eccn"),
    csv_only("eccn_status"),
    csv_only("eccn_source"),
    csv_only("note"),
];

/// `hosts`.
pub const HOSTS: &[Column] = &[
    shown("HOST", "host"),
    shown("CUSTOMER", "customer"),
    csv_only("operator"),
    shown("SITE", "site"),
    csv_only("metro"),
    shown("DECLARED", "territory"),
    shown("LICENCE", "licence"),
    csv_only("enrolled"),
    shown("STATE", "state"),
    shown("LAST SEEN", "last_seen"),
    shown("VERDICT", "last_verdict.value"),
    shown("TIER", "last_verdict.tier"),
    shown("CURRENT", "last_verdict.current"),
    csv_only("last_verdict.id"),
    csv_only("last_verdict.measured_from"),
    csv_only("last_verdict.measured_until"),
    csv_only("last_verdict.judged"),
    csv_only("last_verdict.expires"),
];

/// `list`.
pub const ATTESTATIONS: &[Column] = &[
    shown("ID", "id"),
    shown("HOST", "host"),
    shown("LICENCE", "licence"),
    shown("VALUE", "value"),
    shown("TIER", "tier"),
    csv_only("binding"),
    csv_only("measured_from"),
    shown("MEASURED", "measured_until"),
    csv_only("judged"),
    shown("EXPIRES", "expires"),
    csv_only("received"),
    csv_only("log_index"),
    shown("CHAIN", "chain"),
    shown("DECIDING VOTES", "deciding_votes"),
];

/// `devices`.
pub const DEVICES: &[Column] = &[
    shown("DEVICE", "device"),
    shown("MODEL (CLAIMED)", "catalogue.model"),
    csv_only("pci"),
    csv_only("pci_subsystem"),
    csv_only("catalogue.tpp"),
    csv_only("catalogue.peak_status"),
    csv_only("catalogue.eccn"),
    shown("HOST", "stays.0.host"),
    shown("CUSTOMER", "stays.0.customer"),
    shown("LICENCE", "stays.0.licence"),
    shown("BASIS", "stays.0.basis"),
    csv_only("stays.0.first"),
    shown("LAST SEEN", "stays.0.last"),
    csv_only("stays.0.last_evidence"),
];

/// `device`.
pub const STAYS: &[Column] = &[
    shown("HOST", "host"),
    shown("CUSTOMER", "customer"),
    shown("LICENCE", "licence"),
    shown("BASIS", "basis"),
    shown("FIRST SEEN", "first"),
    shown("LAST SEEN", "last"),
    csv_only("first_evidence"),
    csv_only("last_evidence"),
];

/// `device-findings`.
pub const DEVICE_FINDINGS: &[Column] = &[
    shown("MEASURED", "measured"),
    shown("FINDING", "kind"),
    shown("BASIS", "basis"),
    shown("DEVICES", "devices"),
    csv_only("alias"),
    shown("HOSTS", "hosts"),
    csv_only("evidence"),
    csv_only("log_index"),
    csv_only("proves"),
    shown("DOES NOT PROVE", "does_not_prove"),
    csv_only("innocent"),
];

/// `licences`.
pub const LICENCES: &[Column] = &[
    shown("LICENCE", "licence"),
    shown("LICENSED", "licensed"),
    shown("SIGNED", "signed"),
    shown("CLAIMED", "claimed"),
    shown("FINDING", "finding.kind"),
    csv_only("finding.proves"),
    shown("DOES NOT PROVE", "finding.does_not_prove"),
];

/// `exclusion`.
pub const CERTIFICATES: &[Column] = &[
    shown("ID", "id"),
    shown("EXCLUDED", "excluded"),
    shown("TIER", "tier"),
    shown("LYING VOTES", "lying_votes"),
    shown("CELLS", "cells"),
    shown("BYTES", "bytes"),
    shown("STATE", "state"),
    csv_only("detail"),
];

/// `result`: one claim a row.
pub const CLAIMS: &[Column] = &[shown("CLAIM", "claim"), shown("VALUE", "value")];

/// `result check`: one difference a row.
pub const DIFFERENCES: &[Column] = &[
    shown("CLAIM", "claim"),
    shown("RESULT", "result"),
    shown("BUNDLE", "bundle"),
];

/// `cose-receipt verify`.
pub const COSE_RECEIPTS: &[Column] = &[
    shown("LOG", "log"),
    csv_only("log_key"),
    shown("RECORD", "index"),
    shown("OF", "size"),
    shown("STATE", "state"),
];

/// `timestamp verify`.
pub const STAMPS: &[Column] = &[
    shown("TIME", "time"),
    shown("ACCURACY MS", "accuracy_ms"),
    csv_only("certificate"),
    csv_only("checkpoint"),
    shown("STATE", "state"),
];

/// `incidents`.
pub const INCIDENTS: &[Column] = &[
    shown("TRUST DOMAINS", "trust_domains"),
    shown("FIRST", "first"),
    shown("LAST", "last"),
    shown("ATTESTATIONS", "attestations"),
];

/// `mesh`.
pub const MESH: &[Column] = &[
    shown("ANCHOR", "anchor"),
    csv_only("key"),
    shown("TRUST DOMAIN", "trust_domain"),
    shown("FINDING", "kind"),
    shown("CERTAINTY", "certainty"),
    shown("TIER", "tier"),
    shown("CONFLICTS", "conflicts"),
    shown("STOPWATCH MS", "stopwatch.offset_ms"),
    csv_only("stopwatch.rate"),
    shown("WITHIN KM", "whereabouts.within_km"),
    shown("OF", "whereabouts.nearest"),
    csv_only("whereabouts.possible"),
    shown("OR", "instead"),
    shown("SINCE", "since"),
    csv_only("log_index"),
    csv_only("not_told_from"),
];

/// `mesh-pairs`.
pub const MESH_PAIRS: &[Column] = &[
    shown("MEASURER", "measurer"),
    shown("RESPONDER", "responder"),
    shown("RTT MS", "rtt_ms"),
    shown("KM", "distance_km"),
    shown("SPEED (C)", "speed"),
    shown("MEASURED", "measured"),
    csv_only("log_index"),
];

/// `forks`.
pub const FORKS: &[Column] = &[
    shown("HOST", "host"),
    shown("RECEIVED", "received"),
    shown("FIRST EVIDENCE", "first"),
    shown("LOG INDEX", "log_index"),
];

/// `queries`.
pub const QUERIES: &[Column] = &[
    shown("AT", "at"),
    shown("USER", "user"),
    shown("ROLE", "role"),
    shown("WHAT", "what"),
    shown("STATUS", "status"),
    shown("ROWS", "rows"),
    shown("OPERATORS", "operators"),
    csv_only("acted"),
    csv_only("credential"),
    shown("LOG INDEX", "log_index"),
];

/// `erasures`.
pub const ERASURES: &[Column] = &[
    shown("LOG INDEX", "log_index"),
    shown("AT", "at"),
    shown("CAUSE", "cause"),
    shown("BY", "user"),
    shown("REASON", "reason"),
    shown("RECORDS", "records"),
    csv_only("subjects"),
];

/// `holds`.
pub const HOLDS: &[Column] = &[
    shown("HOLD", "log_index"),
    shown("SCOPE", "scope"),
    shown("HELD", "held"),
    shown("AT", "at"),
    shown("BY", "user"),
    shown("REASON", "reason"),
    shown("LIFTED BY", "lifted_by"),
];

/// The checks of `verify`.
pub const CHECKS: &[Column] = &[
    shown("CHECK", "check"),
    shown("STATE", "state"),
    shown("DETAIL", "detail"),
    shown("PROVES", "proves"),
];

impl Column {
    fn value<'v>(&self, row: &'v Value) -> &'v Value {
        self.field
            .split('.')
            .fold(row, |value, level| match level.parse::<usize>() {
                Ok(place) => &value[place],
                Err(_) => &value[level],
            })
    }

    /// The whole value as text; lists joined by `;`, `None` where there is none.
    pub fn cell(&self, row: &Value) -> Option<String> {
        (!self.value(row).is_null()).then(|| self.exact(row))
    }

    /// The same with nothing as empty.
    pub fn exact(&self, row: &Value) -> String {
        plain(&text(self.value(row), ";"))
    }

    /// The value for a table: keys cut to 16 digits (ids stay whole: they are what `show` takes),
    /// times to the second, nothing as `-`.
    pub(super) fn short(&self, row: &Value) -> String {
        let whole = plain(&text(self.value(row), ", "));
        match whole.len() {
            0 => "-".into(),
            64 if self.field != "id" && whole.is_ascii() => whole[..16].to_owned(),
            24 if whole.ends_with('Z') && whole.is_ascii() => format!("{}Z", &whole[..19]),
            _ => whole,
        }
    }
}

fn text(value: &Value, between: &str) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items
            .iter()
            .map(|item| text(item, between))
            .collect::<Vec<_>>()
            .join(between),
        other => other.to_string(),
    }
}

/// `replay`.
pub const REPLAYED: &[Column] = &[
    shown("BUNDLE", "bundle"),
    csv_only("id"),
    shown("HOST", "host"),
    shown("LICENCE", "licence"),
    shown("MEASURED", "measured"),
    shown("REPLAY", "replay"),
    shown("VALUE", "value"),
    csv_only("tier"),
    shown("UNDER THE OTHER", "under"),
    csv_only("under_tier"),
    shown("PROBLEM", "problem"),
];

/// `policy lint`.
pub const PROBLEMS: &[Column] = &[
    shown("FILE", "file"),
    shown("SEVERITY", "severity"),
    shown("PLACE", "place"),
    shown("KEY", "key"),
    shown("PROBLEM", "problem"),
];

/// `policy test`: what was not met.
pub const EXAMPLES: &[Column] = &[
    shown("PACK", "pack"),
    shown("EXAMPLE", "example"),
    shown("AS OF", "as_of"),
    shown("SUBJECT", "subject"),
    shown("EXPECTED", "expected"),
    shown("ANSWERED", "answered"),
];

/// `policy judge`: one rule a row.
pub const RULES: &[Column] = &[
    shown("JURISDICTION", "jurisdiction"),
    shown("ACTIVITY", "activity"),
    shown("LAYER", "layer"),
    shown("STANDING", "standing"),
    shown("RULE", "rule"),
    shown("OUTCOME", "outcome"),
    shown("STATUS", "status"),
    shown("APPLICATION", "application"),
    csv_only("effective_from"),
    csv_only("effective_until"),
    csv_only("recorded_at"),
    csv_only("authority"),
    csv_only("explanation"),
    csv_only("sources"),
    csv_only("unverified"),
];

/// `policy judge --history`.
pub const DAYS: &[Column] = &[
    shown("DAY", "day"),
    shown("SUBJECT", "subject"),
    shown("STANDING", "standing"),
];

/// `policy diff`.
pub const CHANGED: &[Column] = &[
    shown("SUBJECT", "subject"),
    shown("BEFORE", "before"),
    shown("AFTER", "after"),
    shown("HOSTS", "hosts"),
    shown("ONE OF THEM", "example"),
];

/// `policy diff --each`.
pub const CHANGED_EACH: &[Column] = &[
    shown("HOST", "host"),
    shown("SUBJECT", "subject"),
    shown("BEFORE", "before"),
    shown("AFTER", "after"),
];

/// `policy build`: what a person should look at.
pub const NOTES: &[Column] = &[shown("NOTE", "note")];

/// `registry changes`.
pub const CHANGES: &[Column] = &[
    shown("TABLE", "table"),
    shown("KEY", "key"),
    shown("WHAT", "what"),
    shown("FIELD", "field"),
    shown("BEFORE", "before"),
    shown("AFTER", "after"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_or_of_another_shape_is_shown_as_it_can_be() {
        let row = serde_json::json!({ "a": { "b": [1, "x"] }, "n": null, "t": true });
        assert_eq!(csv_only("a.b").exact(&row), "1;x");
        assert_eq!(csv_only("a.b.c").exact(&row), "");
        assert_eq!(shown("", "n").short(&row), "-");
        assert_eq!(shown("", "t").short(&row), "true");
        assert_eq!(shown("", "zz").short(&Value::Null), "-");
    }
}
