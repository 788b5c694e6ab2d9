//! What certificates say, and what is refused.
#![allow(clippy::unwrap_used)]
use super::*;
use crate::authority::{Authority, Ca};
use crate::random::Seeded;

const NOW_MS: u64 = 1_767_225_600_000;

fn authority() -> Authority {
    Authority::generate(&mut Seeded::new(1), NOW_MS).unwrap()
}

#[test]
fn an_agents_certificate_says_its_key_and_serial_and_nothing_else() {
    let issuer = authority().agent_issuer().unwrap();
    let key = SigningKey::from_seed(&[5; 32]).public();
    let serial = [0x9f; 16];
    let leaf = issuer.issue(&key, serial, NOW_MS, 3 * DAY_MS).unwrap();
    let fields = Fields::read(&leaf).unwrap();
    assert_eq!((fields.key, fields.serial), (key, Serial(serial)));
    assert!(fields.subject_is_empty && fields.common_name.is_none());
    assert!(fields.client_auth && !fields.server_auth && !fields.is_ca);
    assert_eq!(fields.not_after_ms, NOW_MS + 3 * DAY_MS);
    assert_eq!(fields.not_before_ms, NOW_MS - BACKDATED_MS);
    assert!(leaf.len() < 400, "{} bytes", leaf.len());
    // Another agent's differs in the key and the signature alone.
    let other = issuer
        .issue(&Key([0x77; 32]), serial, NOW_MS, 3 * DAY_MS)
        .unwrap();
    let signed = leaf.len() - 64;
    let differing = (0..signed).filter(|at| leaf[*at] != other[*at]);
    assert!(differing.count() <= 32);
    let again = issuer.issue(&key, serial, NOW_MS, 3 * DAY_MS).unwrap();
    assert_eq!(leaf, again);
}

#[test]
fn a_self_signed_certificate_is_the_same_each_time() {
    let key = SigningKey::from_seed(&[5; 32]);
    assert_eq!(self_signed(&key).unwrap(), self_signed(&key).unwrap());
    assert!(
        Fields::read(&self_signed(&key).unwrap())
            .unwrap()
            .subject_is_empty
    );
}

#[test]
fn arguments_out_of_range_are_refused() {
    let issuer = authority().agent_issuer().unwrap();
    let key = SigningKey::from_seed(&[5; 32]).public();
    let zero = issuer.issue(&key, [0; 16], NOW_MS, DAY_MS);
    assert!(matches!(zero, Err(IssueError::Serial)));
    for (now, lifetime) in [(LAST_MS, DAY_MS), (u64::MAX, u64::MAX), (0, 0)] {
        let period = issuer.issue(&key, [1; 16], now, lifetime);
        assert!(matches!(period, Err(IssueError::Period { .. })));
    }
    let ca = authority();
    let far = Period::starting(NOW_MS, u64::MAX);
    assert!(ca.ca(Ca::Agent).revocation_list(1, far, &[]).is_err());
    let long = "x".repeat(65);
    for name in ["", "a\nb", &long] {
        let server = Profile::Server(name);
        let issued = ca
            .ca(Ca::Server)
            .issue(server, &key, [1; 16], Period::starting(NOW_MS, 1));
        assert!(matches!(issued, Err(IssueError::Name(_))), "{name}");
    }
}

#[test]
fn a_ca_needs_its_own_ca_certificate() {
    let ca = authority();
    let agent = ca.ca(Ca::Agent);
    let other = ca.ca(Ca::Auditor).certificate().clone();
    let wrong = AgentIssuer::new(agent.key().clone(), other);
    assert!(matches!(wrong, Err(IssueError::NotThisCa(_))));
    let key = Arc::new(SigningKey::from_seed(&[5; 32]));
    let leaf = self_signed(&key).unwrap();
    assert!(matches!(
        Issuer::new(key, leaf),
        Err(IssueError::NotThisCa(_))
    ));
}
