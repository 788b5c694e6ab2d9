//! The directory of the scene.

use super::{ANCHORS, anchor_address, collector_address};
use crate::collector::{LOG_ORIGIN, log_key};
use domicile_certs::Identity;
use domicile_proto::directory::address_to_wire;
use domicile_proto::wire;
use domicile_world::place::Point;

fn position((latitude, longitude, _): (f64, f64, u64)) -> wire::Position {
    let [x, y, z] = Point::new(latitude, longitude).unit();
    wire::Position {
        version: 1,
        x,
        y,
        z,
        survey_error_m: 100,
        clock_error_ppm: 100,
        ..wire::Position::default()
    }
}

pub(super) fn directory_message(anchors: &[Identity], collector: &Identity) -> wire::Directory {
    let entry = |(number, identity): (usize, &Identity)| wire::AnchorEntry {
        key: identity.key.public().to_vec(),
        name: format!("anchor-{number}"),
        metro: "sin".into(),
        trust_domain: format!("domain-{number}"),
        operator: format!("operator-{number}"),
        addresses: vec![address_to_wire(anchor_address(number))],
        tunnel_addresses: vec![],
        position: Some(position(ANCHORS[number])),
        valid_from_ms: 1,
        valid_until_ms: u64::MAX,
    };
    wire::Directory {
        version: 1,
        issued_ms: 1,
        expires_ms: u64::MAX,
        lying_votes: 1,
        draw_near_domains: 3,
        draw_total: 8,
        metros: vec![wire::Metro {
            id: "sin".into(),
            territory: "SG".into(),
            position: Some(position(ANCHORS[0])),
        }],
        anchors: anchors.iter().enumerate().map(entry).collect(),
        collectors: vec![wire::CollectorEntry {
            key: collector.key.public().to_vec(),
            name: "collector".into(),
            addresses: vec![address_to_wire(collector_address())],
            tunnel_addresses: vec![],
            log_key: log_key().public().to_vec(),
            log_origin: LOG_ORIGIN.into(),
        }],
    }
}
