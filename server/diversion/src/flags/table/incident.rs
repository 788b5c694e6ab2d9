//! The vendor's own side, and many hosts at once.

use crate::flags::code::{Class, Code, Entry};
use crate::flags::ground::{Ground, Severity};
use crate::flags::need::Need;

const AT_ONCE: Need = Need::Lasting { ms: 0 };

pub(super) const ANCHOR_ANOMALY: Entry = Entry {
    code: Code::AnchorAnomaly,
    name: "anchor-anomaly",
    meaning: "the anchors' own measurements of each other say that one is not where it should be, or measures wrongly",
    class: Class::Incident,
    ground: Ground::Record(Severity::Medium),
    claimed: None,
    premises: &["the anchors' mesh"],
    proves: "what the mesh's finding says of this anchor",
    does_not_prove: "anything about a host",
    innocent: &["a move, a new line, a busy machine, an error of the survey"],
    raise: AT_ONCE,
    clear: (AT_ONCE, "the mesh no longer finds it"),
    common: None,
    held_back_by: &[],
};

pub(super) const COLLECTOR_OUTAGE: Entry = Entry {
    code: Code::CollectorOutage,
    name: "collector-outage",
    meaning: "the collector was not up, so that nobody listened",
    class: Class::Incident,
    ground: Ground::Record(Severity::Low),
    claimed: None,
    premises: &["the collector's record of its own times"],
    proves: "that silence in this time says nothing",
    does_not_prove: "anything about a host",
    innocent: &["maintenance, a full disk, a broken machine"],
    raise: AT_ONCE,
    clear: (AT_ONCE, "it is over when it is recorded"),
    common: None,
    held_back_by: &[],
};

pub(super) const COMMON_CAUSE: Entry = Entry {
    code: Code::CommonCause,
    name: "common-cause",
    meaning: "hosts of several customers changed together: one cause that they share is likelier than many",
    class: Class::Incident,
    ground: Ground::Record(Severity::Medium),
    claimed: None,
    premises: &["their customers do not act together"],
    proves: "that they changed together",
    does_not_prove: "what the cause is, or that each of them has it: after 30 days each is looked at by itself again",
    innocent: &[
        "a cut cable, a power cut, a provider's fault",
        "an anchor that is down, moved or lies",
        "a new version of the agent",
    ],
    raise: AT_ONCE,
    clear: (AT_ONCE, "a tenth of them is left, or 30 days are over"),
    common: None,
    held_back_by: &[],
};
