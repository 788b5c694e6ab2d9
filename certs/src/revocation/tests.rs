//! Lists: what counts, what is refused.
#![allow(clippy::unwrap_used)]
use super::*;
use crate::authority::{Authority, Ca};
use crate::issue::{Period, RevocationReason, Revoked};
use crate::random::Seeded;
use proptest::prelude::*;

const NOW_MS: u64 = 1_767_225_600_000;

fn authority() -> Authority {
    Authority::generate(&mut Seeded::new(1), NOW_MS).unwrap()
}

fn list(ca: &Authority, of: Ca, serials: &[Serial]) -> Vec<u8> {
    let entries = serials.iter().map(|serial| Revoked {
        serial: *serial,
        revoked_ms: NOW_MS,
        reason: RevocationReason::Unspecified,
    });
    let entries: Vec<_> = entries.collect();
    let period = Period::starting(NOW_MS, 1000);
    ca.ca(of)
        .revocation_list(7, period, &entries)
        .unwrap()
        .to_vec()
}

fn fields(ca: &Authority, of: Ca) -> Fields {
    Fields::read(ca.ca(of).certificate()).unwrap()
}

#[test]
fn every_bit_of_a_list_counts() {
    let ca = authority();
    let good = list(&ca, Ca::Agent, &[Serial([9; 16])]);
    let issuer = fields(&ca, Ca::Agent);
    assert!(
        List::parse(&good, &issuer)
            .unwrap()
            .contains(&Serial([9; 16]))
    );
    for bit in 0..8 * good.len() {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        assert!(List::parse(&bad, &issuer).is_err(), "bit {bit}");
    }
}

#[test]
fn lists_of_other_cas_are_refused() {
    let ca = authority();
    let (agents, auditors) = (list(&ca, Ca::Agent, &[]), list(&ca, Ca::Auditor, &[]));
    assert!(Revocations::from_bytes(&agents, &auditors, &ca.trust()).is_ok());
    assert!(Revocations::from_bytes(&auditors, &agents, &ca.trust()).is_err());
    assert!(Revocations::from_bytes(&agents, &agents, &ca.trust()).is_err());
}

#[test]
fn a_list_that_is_due_is_reported_and_stays_in_force() {
    let ca = authority();
    let serial = Serial([9; 16]);
    let agents = list(&ca, Ca::Agent, &[serial]);
    let auditors = ca.empty_list(Ca::Auditor).unwrap();
    let revocations = Revocations::from_bytes(&agents, &auditors, &ca.trust()).unwrap();
    assert_eq!(revocations.due(NOW_MS), []);
    assert_eq!(revocations.due(NOW_MS + 1000), [ClientCa::Agent]);
    assert!(revocations.is_revoked(ClientCa::Agent, &serial));
    assert!(!revocations.is_revoked(ClientCa::Auditor, &serial));
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let issuer = fields(&authority(), Ca::Agent);
        prop_assert!(List::parse(&bytes, &issuer).is_err());
        let mut sequence = vec![0x30];
        sequence.extend(&bytes);
        prop_assert!(List::parse(&sequence, &issuer).is_err());
        let text = crate::pem::encode("X509 CRL", &sequence);
        prop_assert!(List::read_unverified(text.as_bytes()).is_err());
    }

    #[test]
    fn what_is_revoked_is_what_stands_in_the_list(
        serials in proptest::collection::hash_set(1_u128.., 0..20),
        other in 1_u128..,
    ) {
        let ca = authority();
        let revoked: Vec<_> = serials.iter().map(|s| Serial(s.to_be_bytes())).collect();
        let read = List::parse(&list(&ca, Ca::Agent, &revoked), &fields(&ca, Ca::Agent)).unwrap();
        prop_assert_eq!(read.len(), revoked.len());
        prop_assert!(revoked.iter().all(|serial| read.contains(serial)));
        let other_in = read.contains(&Serial(other.to_be_bytes()));
        prop_assert_eq!(other_in, serials.contains(&other));
    }
}
