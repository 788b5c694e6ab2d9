//! Where a host can be.

use crate::flags::code::{Class, Code, Common, Entry};
use crate::flags::ground::{AtMostLow, Ground, Severity};
use crate::flags::need::{DAY, HOUR, Need};

/// An anomaly of an anchor whose vote decided.
const ANOMALY: &str = "an anomaly of an anchor whose vote decided, in the time of the measurement";
/// Many hosts at once.
const TOGETHER_BY_VOTE: &str =
    "a common cause: hosts of several customers changed together and the same vote decided";

pub(super) const OUTSIDE_PERMITTED: Entry = Entry {
    code: Code::OutsidePermitted,
    name: "outside-permitted",
    meaning: "every territory that remains possible for whoever answers lies outside those that the licence permits",
    class: Class::Finding,
    ground: Ground::Physics(Severity::High),
    claimed: None,
    premises: &[
        "at most f lying votes",
        "no path faster than the licence's tier",
        "on land",
        "the answering machine is the host: its session's keys were not handed on",
    ],
    proves: "whoever holds the session's keys was outside the permitted territories at each of these sessions",
    does_not_prove: "that the devices are there, who brought them, or that anybody meant to",
    innocent: &[
        "the registry names the wrong territories, or a move was approved and not yet entered",
        "the operator sends the agent's traffic through a machine in another country",
        "more than f anchors are mis-surveyed or lie",
    ],
    raise: Need::Sessions {
        count: 3,
        apart_ms: 6 * HOUR,
    },
    clear: (
        Need::Sessions {
            count: 24,
            apart_ms: DAY,
        },
        "`confined`; a verdict that says nothing clears nothing",
    ),
    common: Some(Common::Votes),
    held_back_by: &[ANOMALY, TOGETHER_BY_VOTE],
};

pub(super) const IMPLAUSIBLE_LOCATION: Entry = Entry {
    code: Code::ImplausibleLocation,
    name: "implausible-location",
    meaning: "the belief has held the licence's territories for unlikely, after a time in which it did not",
    class: Class::Inquiry,
    ground: Ground::Statistics(AtMostLow::Low),
    claimed: None,
    premises: &[
        "the host answers as soon as it can",
        "its line is like those of the anchors near it",
        "the belief's own calibration",
    ],
    proves: "nothing: it is statistics, and the host can make it say anything by delaying",
    does_not_prove: "where the host is, or that it moved",
    innocent: &[
        "a cable cut or another route",
        "a new provider or a satellite link",
        "load on the host or its line",
        "anchors near it were added or retired",
    ],
    raise: Need::Sessions {
        count: 720,
        apart_ms: 45 * DAY,
    },
    clear: (
        Need::Sessions {
            count: 24,
            apart_ms: 2 * DAY,
        },
        "sessions that are plausible, or `confined`",
    ),
    common: Some(Common::Metro),
    held_back_by: &[
        "a verdict `confined` in the same time: what is proven outweighs what is believed",
        "a host of which the belief never held the territories for likely in a week of sessions without exception since it was enrolled or declared in transit: its line is unusual, and always was",
        "an anomaly of an anchor that was asked",
        "a common cause: hosts of several customers of the metro changed together",
    ],
};

pub(super) const INCONSISTENT: Entry = Entry {
    code: Code::Inconsistent,
    name: "inconsistent",
    meaning: "no place on land remains possible, even at the speed of light",
    class: Class::Finding,
    ground: Ground::Physics(Severity::Medium),
    claimed: None,
    premises: &[
        "at most f lying votes",
        "on land",
        "one place for the whole session",
    ],
    proves: "the round trips of a session were not all made by one machine on land that the surveyed anchors measured",
    does_not_prove: "that the host did it: the anchors' side can as well",
    innocent: &[
        "more than f anchors are mis-surveyed, moved or lie",
        "a load balancer or a proxy answers near several anchors",
        "a ship or a platform far from land",
    ],
    raise: Need::Sessions {
        count: 6,
        apart_ms: DAY,
    },
    clear: (
        Need::Sessions {
            count: 24,
            apart_ms: DAY,
        },
        "sessions for which a place remains",
    ),
    common: Some(Common::Votes),
    held_back_by: &[ANOMALY, TOGETHER_BY_VOTE],
};

pub(super) const IDENTITY_CONFLICT: Entry = Entry {
    code: Code::IdentityConflict,
    name: "identity-conflict",
    meaning: "one key answered from two places farther apart than anything travels in the time between",
    class: Class::Finding,
    ground: Ground::Physics(Severity::Medium),
    claimed: None,
    premises: &[
        "at most f lying votes",
        "no path faster than the licence's tier",
        "nothing travels faster than 1,000 km/h",
    ],
    proves: "two machines hold the key. It accuses the key, not a host",
    does_not_prove: "which of them has the devices, or that the key was handed on knowingly",
    innocent: &[
        "an image was cloned with its state",
        "a virtual machine was moved between sites and both run",
        "a backup was restored elsewhere while the original ran on",
    ],
    raise: Need::Sessions {
        count: 2,
        apart_ms: HOUR,
    },
    clear: (
        Need::Sessions {
            count: 168,
            apart_ms: 30 * DAY,
        },
        "sessions without a conflict",
    ),
    common: Some(Common::Votes),
    held_back_by: &[ANOMALY, TOGETHER_BY_VOTE],
};
