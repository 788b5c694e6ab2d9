//! Every flag: the one place where it says what it means. `FLAGS.md` is made from this.
//!
//! | file | flags about |
//! |---|---|
//! | `place.rs` | where a host can be |
//! | `device.rs` | devices and keys |
//! | `licence.rs` | licences, declarations, silence |
//! | `incident.rs` | the vendor's own side, and many hosts at once |

mod device;
mod incident;
mod licence;
mod place;

use super::code::Entry;

/// The flags in the order of [`Code`](super::Code).
pub(super) const TABLE: &[Entry] = &[
    place::OUTSIDE_PERMITTED,
    place::IMPLAUSIBLE_LOCATION,
    place::INCONSISTENT,
    place::IDENTITY_CONFLICT,
    device::ON_TWO_HOSTS,
    device::MOVED,
    device::SWAPPED,
    device::KEY_ON_TWO_DEVICES,
    device::BOARD_INCOMPLETE,
    device::GONE,
    device::KEY_CHANGED,
    licence::MODEL_NOT_COVERED,
    licence::QUANTITY_SHORT,
    licence::QUANTITY_OVER,
    licence::EXPIRED,
    licence::TRANSIT_TOO_LONG,
    licence::ABSENCE_TOO_LONG,
    licence::SILENCE,
    licence::UNCONFIRMED,
    incident::ANCHOR_ANOMALY,
    incident::COLLECTOR_OUTAGE,
    incident::COMMON_CAUSE,
];
