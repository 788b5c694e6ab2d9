//! Licences, declarations, silence.

use crate::flags::code::{Class, Code, Common, Entry};
use crate::flags::ground::{AtMostMedium, Ground, Severity};
use crate::flags::need::{DAY, HOUR, Need};
use domicile_fleet::{Basis, Kind};

const REGISTRY: &[&str] = &["the registry says what the licence says"];
const AT_ONCE: Need = Need::Lasting { ms: 0 };
const OUTAGE: &str = "the collector's outages, which do not count as silence";
const METRO: &str = "a common cause: hosts of several customers of the metro changed together";

/// What the flags of this file share.
const BASE: Entry = Entry {
    code: Code::LicenceExpired,
    name: "",
    meaning: "",
    class: Class::Finding,
    ground: Ground::Record(Severity::Medium),
    claimed: None,
    premises: REGISTRY,
    proves: "",
    does_not_prove: "",
    innocent: &[],
    raise: AT_ONCE,
    clear: (AT_ONCE, ""),
    common: None,
    held_back_by: &[],
};

pub(super) const MODEL_NOT_COVERED: Entry = Entry {
    code: Code::ModelNotCovered,
    name: "model-not-covered",
    meaning: "a device of a model that the licence does not name reports under it",
    ground: Ground::Signature(Severity::Medium),
    claimed: Some(Ground::Claim(AtMostMedium::Low)),
    proves: "a device whose chain names this model signed under the licence",
    does_not_prove: "that the device needs a licence, or has none",
    innocent: &[
        "the host was enrolled with the token of another licence",
        "the licence names the model by another name",
        "an amendment is not yet in the registry",
    ],
    raise: Need::Sessions {
        count: 3,
        apart_ms: DAY,
    },
    clear: (
        Need::Quiet { ms: 30 * DAY },
        "no further session, or the licence names the model",
    ),
    ..BASE
};

pub(super) const QUANTITY_SHORT: Entry = Entry {
    code: Code::QuantityShort,
    name: "quantity-short",
    meaning: "fewer devices are seen under a licence than it names, for three months",
    class: Class::Inquiry,
    ground: Ground::Absence(AtMostMedium::Low),
    claimed: Some(Ground::Claim(AtMostMedium::Low)),
    proves: Kind::FewerThanLicensed.proves(Basis::Signed),
    does_not_prove: Kind::FewerThanLicensed.does_not_prove(),
    innocent: Kind::FewerThanLicensed.innocent(),
    raise: Need::Lasting { ms: 90 * DAY },
    clear: (Need::Lasting { ms: DAY }, "as many as licensed are seen"),
    ..BASE
};

pub(super) const QUANTITY_OVER: Entry = Entry {
    code: Code::QuantityOver,
    name: "quantity-over",
    meaning: "more devices are seen under a licence than it names, for a month",
    ground: Ground::Signature(Severity::Medium),
    claimed: Some(Ground::Claim(AtMostMedium::Low)),
    proves: Kind::MoreThanLicensed.proves(Basis::Signed),
    does_not_prove: Kind::MoreThanLicensed.does_not_prove(),
    innocent: Kind::MoreThanLicensed.innocent(),
    raise: Need::Lasting { ms: 30 * DAY },
    clear: (Need::Lasting { ms: DAY }, "no more than licensed are seen"),
    ..BASE
};

pub(super) const EXPIRED: Entry = Entry {
    code: Code::LicenceExpired,
    name: "licence-expired",
    meaning: "hosts report under a licence that ended two weeks ago or more",
    proves: "the registry knows no extension, and devices under the licence are in use",
    does_not_prove: "that there is none, or that their use needs one",
    innocent: &[
        "an extension is granted and not yet entered",
        "the rule that asked for a licence no longer does",
    ],
    raise: Need::Lasting { ms: 14 * DAY },
    clear: (
        AT_ONCE,
        "the licence is extended, or nobody reports under it",
    ),
    ..BASE
};

pub(super) const TRANSIT_TOO_LONG: Entry = Entry {
    code: Code::TransitTooLong,
    name: "transit-too-long",
    meaning: "a host has been declared in transit for longer than its licence allows",
    class: Class::Inquiry,
    ground: Ground::Record(Severity::Medium),
    proves: "it was declared in transit and has not been heard at a place since",
    does_not_prove: "where it is",
    innocent: &[
        "customs, a strike, a closed route",
        "it arrived and waits for power or network",
        "the declaration was not taken back",
    ],
    clear: (AT_ONCE, "it reports, or is declared otherwise"),
    ..BASE
};

pub(super) const ABSENCE_TOO_LONG: Entry = Entry {
    code: Code::AbsenceTooLong,
    name: "declared-absence-too-long",
    meaning: "a host has been declared in storage, in maintenance, under RMA or air-gapped for longer than its licence allows",
    innocent: &[
        "spares that nobody needed",
        "a repair that waits for parts",
        "the declaration was not taken back",
    ],
    ..TRANSIT_TOO_LONG
};

pub(super) const SILENCE: Entry = Entry {
    code: Code::Silence,
    name: "silence",
    meaning: "a host has not been heard for longer than its licence allows, and nothing was declared",
    class: Class::Inquiry,
    ground: Ground::Absence(AtMostMedium::Medium),
    premises: &["the collector was up and reachable"],
    proves: "that no report arrived. Silence is no evidence of anything",
    does_not_prove: "where the host is, or why it is silent",
    innocent: &[
        "it is switched off, broken, sold, or not yet installed",
        "the operator's firewall or line changed",
        "the agent was uninstalled, which is the operator's right",
    ],
    clear: (Need::Lasting { ms: HOUR }, "it reports"),
    common: Some(Common::Metro),
    held_back_by: &["a declared state", OUTAGE, METRO],
    ..BASE
};

pub(super) const UNCONFIRMED: Entry = Entry {
    code: Code::Unconfirmed,
    name: "unconfirmed",
    meaning: "no verdict has confirmed the place of a host for longer than its licence allows",
    class: Class::Inquiry,
    ground: Ground::Absence(AtMostMedium::Medium),
    premises: &["anchors were near enough to confirm it, and up"],
    proves: "that no round trip was short enough. Delay is the only way left to hide, and this is how it shows",
    does_not_prove: "that the host is elsewhere: a slow line looks the same",
    innocent: &[
        "a slow or satellite line, a tunnel, load",
        "no anchor near enough: the plan of the metro says so beforehand",
        "the licence asks for more than the anchors can show",
    ],
    clear: (AT_ONCE, "one verdict that confirms"),
    common: Some(Common::Metro),
    held_back_by: &[
        "a declared state, in which the time does not run",
        OUTAGE,
        METRO,
        "an open `silence` of the same host",
        "an anomaly of an anchor of its metro, in which the time does not run",
    ],
    ..BASE
};
