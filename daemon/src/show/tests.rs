//! `show` prints what is sent, all of it, and its text is recorded.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::disk::RealDisk;
use crate::net::way::Way;
use crate::range::Ranged;
use crate::spool::Spool;
use domicile_proto::ranging::{coarse as coarse_session, receipt};
use domicile_proto::sign::{Domain, SigningKey};
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire::DropReason;
use std::sync::Arc;

fn inventory() -> wire::Inventory {
    wire::Inventory {
        devices: vec![wire::Device {
            vendor_id: 0x10de,
            device_id: 0x2335,
            subsystem_vendor_id: 0x10de,
            subsystem_device_id: 0x18be,
            class: 0x03_02_00,
            details: Some(wire::DeviceDetails {
                name: "NVIDIA H200".into(),
                revision: 0xa1,
                ..wire::DeviceDetails::default()
            }),
        }],
        ..wire::Inventory::default()
    }
}

fn identity() -> Identity {
    Identity {
        key: SigningKey::from_seed(&[1; 32]).into(),
        chain: vec![],
    }
}

/// A report with one ranging, every value fixed.
fn spooled() -> Vec<u8> {
    let (agent, anchor) = (identity().key, SigningKey::from_seed(&[2; 32]));
    let transcript = wire::RangingTranscript {
        exporter: vec![3; 32],
        session_nonce: vec![4; 60],
        anchor_key: anchor.public().to_vec(),
        directory_version: 7,
        position_version: 2,
        agent_key: agent.public().to_vec(),
        transport: wire::Transport::QuicDatagram.into(),
        start_ms: 1_800_000_000_000,
        end_ms: 1_800_000_000_250,
        rounds: (1..=16)
            .map(|round| wire::Round {
                anchor_nonce: vec![round; 8],
                agent_nonce: vec![0x40 + round; 8],
                rtt_ns: 1_500_000 + u64::from(round),
            })
            .collect(),
    };
    let account = wire::AgentTranscript {
        transcript: codec::encode(&transcript),
        agent_rtt_ns: vec![1_600_000; 16],
        newest_head: Some(wire::LogHead {
            log_key: vec![5; 32],
            size: 12,
            root: vec![6; 32],
            signature: vec![7; 64],
        }),
        proxied: false,
    };
    let signed = agent.sign(Domain::AgentTranscript, codec::encode(&account));
    let receipt = receipt::sign_receipt(&anchor, &signed, &transcript);
    let findings = Findings {
        freshness: Freshness::Challenged,
        nonce: SessionNonce::read(&[4; 60]).unwrap(),
        directory_version: 7,
        ranged: vec![Ranged {
            limit_ns: None,
            ranging: wire::Ranging {
                coarse: false,
                transcript: codec::encode(&signed),
                receipt: codec::encode(&receipt),
            },
            anchor_min_rtt_ns: 1_500_001,
            agent_min_rtt_ns: Some(1_600_000),
            way: Way::Quic,
        }],
        dropped: vec![(Key([8; 32]), DropReason::Timeout)],
        devices: Ok(Reading {
            inventory: inventory(),
            reports: vec![],
            tpm: None,
        }),
        host_time_ms: 1_800_000_000_500,
    };
    let place = Place {
        ordinal: 3,
        boot_epoch: [9; 16],
        sequence: 5,
        previous: Some(Digest([10; 32])),
        refused: 0,
    };
    let mut report = evidence::build(&identity(), &place, findings);
    report.device_reports = vec![wire::DeviceReport {
        kind: wire::DeviceKind::Gpu.into(),
        report: vec![0x11; 40],
        chain_hash: vec![0x12; 32],
        chain: vec![vec![0x30, 0x13]],
    }];
    report.tpm = Some(wire::TpmQuote {
        attest: vec![0x14; 20],
        signature: vec![0x15; 20],
    });
    evidence::sign(&agent, &report)
}

/// A report of a coarse session, every value fixed.
fn spooled_coarse() -> Vec<u8> {
    let (agent, anchor) = (identity().key, SigningKey::from_seed(&[2; 32]));
    let account = wire::CoarseAccount {
        transcript_hash: vec![3; 32],
        session_nonce: vec![4; 60],
        anchor_key: anchor.public().to_vec(),
        directory_version: 7,
        position_version: 2,
        agent_key: agent.public().to_vec(),
        transport: wire::Transport::QuicDatagram.into(),
        start_minute: 30_000_000,
        limit_ns: 8_200_000,
        agent_agrees: true,
        newest_head: None,
        proxied: false,
    };
    let signed = agent.sign(Domain::CoarseAccount, codec::encode(&account));
    let receipt = coarse_session::sign_receipt(&anchor, &signed, &account);
    let report = wire::Evidence {
        rangings: vec![wire::Ranging {
            transcript: codec::encode(&signed),
            receipt: codec::encode(&receipt),
            coarse: true,
        }],
        dropped: vec![wire::Dropped {
            anchor_key: vec![8; 32],
            reason: DropReason::Withheld.into(),
        }],
        ..wire::Evidence::default()
    };
    evidence::sign(&agent, &report)
}

#[test]
fn a_coarse_report_is_shown_with_what_takes_the_place_of_the_times() {
    let signed: wire::Signed = codec::decode(&spooled_coarse(), MAX_TO_COLLECTOR).unwrap();
    let report: wire::Evidence = codec::decode(&signed.payload, MAX_TO_COLLECTOR).unwrap();
    let mut text = String::new();
    for field in report_fields(&report, &signed.signature, Values::Real) {
        field.write(&mut text);
    }
    insta::assert_snapshot!("coarse", text);
    assert!(!text.contains("rtt"), "no round trip has a name here");
}

#[test]
fn a_coarse_sample_says_so_and_rounds_the_clock() {
    let shown = sample_of(&identity(), inventory(), 1_800_000_012_345, true);
    let exact = sample_of(&identity(), inventory(), 1_800_000_012_345, false);
    let value = |shown: &Shown, name: &str| {
        let mut fields = shown.fields.iter();
        let field = fields.find(|field| field.name == name).unwrap();
        (field.value.clone(), field.reveals)
    };
    assert_eq!(
        value(&shown, "host_time_ms").0,
        "1800000000000 (2027-01-15T08:00:00Z)"
    );
    assert!(value(&shown, "rangings").1.starts_with("Coarse"));
    assert!(!value(&exact, "rangings").1.starts_with("Coarse"));
}

fn show_spooled() -> (Shown, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        state_dir: folder.path().to_owned(),
        ..Config::default()
    };
    let state = StateDir::new(folder.path());
    let mut spool = Spool::open(&state.spool(), 1 << 20, Arc::new(RealDisk)).unwrap();
    let bytes = spooled();
    spool.push(3, &bytes).unwrap();
    spool.push(4, b"the next one").unwrap();
    (waiting(&config).unwrap().unwrap(), bytes)
}

#[test]
fn a_waiting_report_is_shown_byte_for_byte() {
    let (shown, bytes) = show_spooled();
    assert_eq!(shown.source, Source::Spooled { ordinal: 3, of: 2 });
    assert_eq!(shown.bytes, bytes);
    let json: Value = serde_json::from_str(&shown.text(true)).unwrap();
    assert_eq!(json["hex"], data_encoding::HEXLOWER.encode(&bytes));
    let rows: String = shown
        .text(false)
        .lines()
        .filter(|line| line.starts_with("  ") && line.trim().bytes().all(|b| b.is_ascii_hexdigit()))
        .map(str::trim)
        .collect();
    assert_eq!(rows, data_encoding::HEXLOWER.encode(&bytes));
    insta::assert_snapshot!("spooled", shown.text(false));
}

#[test]
fn a_sample_marks_what_only_a_session_gives_and_is_never_signed() {
    let shown = sample_of(&identity(), inventory(), 1_800_000_000_000, false);
    let signed: wire::Signed = codec::decode(&shown.bytes, MAX_TO_COLLECTOR).unwrap();
    assert_eq!(signed.signature, [0; 64]);
    insta::assert_snapshot!("sample", shown.text(false));
}

#[test]
fn before_enrolment_it_works_too() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        state_dir: folder.path().join("nothing"),
        sysfs: folder.path().to_owned(),
        ..Config::default()
    };
    assert_eq!(waiting(&config).unwrap(), None);
    let shown = sample(&config, &Host::real(), wire::Inventory::default()).unwrap();
    assert_eq!(shown.source, Source::Sample);
    assert!(!config.state_dir.exists(), "show makes nothing");
}

/// The names of a message's fields, from the schema's own text.
fn schema_fields(message: &str) -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../proto/schema/domicile/v1/");
    let text: String = ["collect.proto", "range.proto"]
        .iter()
        .map(|file| std::fs::read_to_string(format!("{folder}{file}")).unwrap())
        .collect();
    let start = text.find(&format!("message {message} {{")).unwrap();
    let body = &text[start..start + text[start..].find("\n}").unwrap()];
    body.lines()
        .skip(1)
        .filter_map(|line| line.split("//").next()?.split(" = ").next())
        .filter_map(|line| line.split_whitespace().last())
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_field_of_every_message_to_a_server_is_explained() {
    let (shown, _) = show_spooled();
    let coarse: wire::Signed = codec::decode(&spooled_coarse(), MAX_TO_COLLECTOR).unwrap();
    let coarse: wire::Evidence = codec::decode(&coarse.payload, MAX_TO_COLLECTOR).unwrap();
    let coarse = report_fields(&coarse, &[0; 64], Values::Real);
    let names: Vec<String> = shown
        .fields
        .iter()
        .chain(&coarse)
        .chain(other_messages().iter().flat_map(|(_, fields)| fields))
        .map(|field| field.name.clone())
        .collect();
    let explained = |field: &str| {
        names.iter().any(|name| {
            name.split('.')
                .any(|part| part.split('[').next() == Some(field))
        })
    };
    // `rangings`, `rounds` and `transcript` hold the fields of other messages of this list.
    let messages = [
        ("Evidence", 16),
        ("Inventory", 3),
        ("DeviceDetails", 7),
        ("DeviceReport", 4),
        ("Dropped", 2),
        ("RangingTranscript", 10),
        ("Round", 3),
        ("AgentTranscript", 4),
        ("RangingReceipt", 3),
        ("Liveness", 4),
        ("EnrolRequest", 4),
        ("TpmIdentity", 3),
        ("ActivationSecret", 1),
        ("TpmQuote", 2),
        ("RangingHello", 3),
        ("CoarseAccount", 12),
        ("CoarseReceipt", 3),
        ("RenewRequest", 1),
        ("ChallengeRequest", 1),
        ("Withdrawal", 2),
    ];
    for (message, count) in messages {
        let fields = schema_fields(message);
        assert_eq!(fields.len(), count, "{message}: {fields:?}");
        for field in fields {
            let known = ["transcript", "reason"].contains(&field.as_str());
            assert!(known || explained(&field), "{message}.{field}");
        }
    }
}
