//! A sample directory, and what is refused of one.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]
use super::*;
use crate::codec;
use crate::sign::SigningKey;
use proptest::prelude::*;

fn position(latitude: f64, longitude: f64) -> wire::Position {
    let (lat, lon) = (latitude.to_radians(), longitude.to_radians());
    wire::Position {
        version: 1,
        x: lat.cos() * lon.cos(),
        y: lat.cos() * lon.sin(),
        z: lat.sin(),
        latitude_e7: (latitude * 1e7) as i32,
        longitude_e7: (longitude * 1e7) as i32,
        survey_error_m: 100,
        clock_error_ppm: 100,
    }
}

/// A directory of `metros` metros along the equator with three anchors of three trust
/// domains in each.
pub(crate) fn sample(metros: u8) -> wire::Directory {
    let place = |m: u8| position(0.0, f64::from(m) * 5.0);
    let any = |port: u32| {
        vec![wire::SocketAddress {
            ip: vec![127, 0, 0, 1],
            port,
        }]
    };
    wire::Directory {
        version: 4,
        issued_ms: 1_000,
        expires_ms: 2_000,
        lying_votes: 1,
        draw_near_domains: 3,
        draw_total: 8,
        metros: (0..metros)
            .map(|m| wire::Metro {
                id: format!("m{m}"),
                territory: "SG".into(),
                position: Some(place(m)),
            })
            .collect(),
        anchors: (0..metros)
            .flat_map(|m| (0..3).map(move |d| (m, d)))
            .map(|(m, d)| wire::AnchorEntry {
                key: [[m, d].as_slice(), &[9; 30]].concat(),
                name: format!("a{m}-{d}"),
                metro: format!("m{m}"),
                trust_domain: format!("domain-{d}"),
                operator: format!("operator-{d}"),
                addresses: any(1 + u32::from(m)),
                tunnel_addresses: vec![],
                position: Some(place(m)),
                valid_from_ms: 1,
                valid_until_ms: 2,
            })
            .collect(),
        collectors: vec![wire::CollectorEntry {
            key: vec![7; 32],
            name: "collector".into(),
            addresses: any(9),
            tunnel_addresses: vec![],
            log_key: vec![8; 32],
            log_origin: "example.org/log".into(),
        }],
    }
}

fn refused(change: impl FnOnce(&mut wire::Directory)) -> bool {
    let mut message = sample(4);
    change(&mut message);
    Directory::validate(&message, Digest([0; 32])).is_err()
}

#[test]
fn a_signed_directory_opens_under_its_key_only() {
    let key = SigningKey::from_seed(&[1; 32]);
    let bytes = codec::encode(&key.sign(Domain::Directory, codec::encode(&sample(4))));
    let directory = Directory::open(&bytes, &key.public()).unwrap();
    assert_eq!(directory.anchors.len(), 12);
    assert_eq!(directory.hash, sign::sha256(&bytes));
    assert!(Directory::open(&bytes, &SigningKey::from_seed(&[2; 32]).public()).is_err());
}

#[test]
fn each_broken_field_is_refused() {
    assert!(!refused(|_| ()));
    assert!(refused(|d| d.expires_ms = 0));
    assert!(refused(|d| d.anchors[1].key = d.anchors[0].key.clone()));
    assert!(refused(|d| d.anchors[0].metro = "nowhere".into()));
    assert!(refused(|d| d.anchors[0].position = None));
    assert!(refused(
        |d| d.anchors[0].position.as_mut().unwrap().x = f64::NAN
    ));
    assert!(refused(|d| d.anchors[0].position.as_mut().unwrap().x += 0.1));
    assert!(refused(|d| d.anchors[0].addresses.clear()));
    assert!(!refused(|d| d.anchors[0].tunnel_addresses.clear()));
    assert!(refused(|d| {
        d.anchors[0].tunnel_addresses = vec![wire::SocketAddress::default()];
    }));
    assert!(refused(|d| {
        let one = d.collectors[0].addresses[0].clone();
        d.collectors[0].tunnel_addresses = vec![one; 9];
    }));
    assert!(refused(|d| d.anchors[0].addresses[0].port = 0));
    assert!(refused(|d| d.anchors[0].addresses[0].ip = vec![1; 5]));
    assert!(refused(|d| d.anchors[0].trust_domain = String::new()));
    assert!(refused(|d| d.draw_near_domains = 2));
    assert!(refused(|d| d.draw_total = 2));
    assert!(refused(|d| d.lying_votes = 300));
    assert!(refused(|d| d.collectors.clear()));
    assert!(refused(|d| d.metros[0].territory = "sg".into()));
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        let key = SigningKey::from_seed(&[1; 32]);
        prop_assert!(Directory::open(&bytes, &key.public()).is_err());
        let signed = key.sign(Domain::Directory, bytes);
        let _ = Directory::open(&codec::encode(&signed), &key.public());
    }
}
