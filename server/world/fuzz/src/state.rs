//! The files of the agent's state folder: what is read writes itself back.

use domicile_daemon::spool;
use domicile_daemon::state::chain::Stored;
use domicile_daemon::state::enrolment::{Enrolment, Renewal};
use domicile_daemon::state::heads::Head;
use domicile_daemon::state::record::{ConfinementRecord, ReceiptRecord, SessionRecord};
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::Debug;

fn round_trip<T: Serialize + DeserializeOwned + PartialEq + Debug>(bytes: &[u8]) {
    if let Ok(value) = serde_json::from_slice::<T>(bytes) {
        let again = serde_json::to_vec(&value).expect("what was read can be written");
        assert_eq!(
            serde_json::from_slice::<T>(&again).expect("and read again"),
            value
        );
    }
}

/// Checks one input.
pub fn check(bytes: &[u8]) {
    round_trip::<Stored>(bytes);
    round_trip::<Enrolment>(bytes);
    round_trip::<Renewal>(bytes);
    round_trip::<Head>(bytes);
    round_trip::<Vec<(Head, Head)>>(bytes);
    round_trip::<SessionRecord>(bytes);
    round_trip::<ReceiptRecord>(bytes);
    round_trip::<ConfinementRecord>(bytes);
    if let Some(report) = spool::report_in(bytes) {
        assert!(bytes.ends_with(report));
    }
}
