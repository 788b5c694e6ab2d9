//! Enrolment, directory installation and withdrawal against a fake collector.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::World;
use common::anchor::Manner;
use common::collector::Mood;
use domicile_daemon::directory::{DirectoryError, Installed};
use domicile_daemon::error::exit;
use domicile_daemon::{Error, enrol};
use domicile_proto::wire::StatusCode;
use std::os::unix::fs::MetadataExt as _;

const HONEST: [Manner; 3] = [Manner::Honest; 3];

#[tokio::test]
async fn enrolment_makes_the_key_here_and_keeps_the_certificate() {
    let world = World::new(&HONEST).await;
    let enrolled = world.enrol().await.unwrap();
    assert_eq!(enrolled.metro, "sin");
    let mode = std::fs::metadata(world.state().key()).unwrap().mode();
    assert_eq!(mode & 0o777, 0o600);
    {
        let kept = world.collector.kept();
        assert_eq!(kept.enrolled.len(), 1);
        assert_eq!(kept.enrolled[0].machine_id_hash.len(), 32);
    }
    let error = world.enrol().await.unwrap_err();
    assert!(matches!(error, Error::AlreadyEnrolled { .. }), "{error}");
    assert_eq!(world.collector.kept().enrolled.len(), 1);
}

#[tokio::test]
async fn an_interrupted_enrolment_goes_on_with_the_same_key() {
    let world = World::new(&HONEST).await;
    world.collector.set(Mood::Closed);
    let error = world.enrol().await.unwrap_err();
    assert_eq!(error.exit_code(), exit::UNREACHABLE, "{error}");
    assert!(enrol::may_retry(&error));
    let key = std::fs::read(world.state().key()).unwrap();
    assert_eq!(world.agent().err().unwrap().exit_code(), exit::NOT_ENROLLED);
    world.collector.set(Mood::Good);
    world.enrol().await.unwrap();
    assert_eq!(std::fs::read(world.state().key()).unwrap(), key);
}

#[tokio::test]
async fn every_refusal_says_what_to_do() {
    let world = World::new(&HONEST).await;
    for (code, expected) in [
        (StatusCode::TokenUsed, "ask the vendor for another"),
        (StatusCode::TokenExpired, "past its date"),
        (StatusCode::TokenInvalid, "for this site"),
        (StatusCode::AlreadyEnrolled, "withdraw"),
        (StatusCode::Cloned, "another machine"),
    ] {
        world.collector.set(Mood::Everything(code));
        let error = world.enrol().await.unwrap_err();
        assert_eq!(error.exit_code(), exit::REFUSED);
        assert!(error.to_string().contains(expected), "{error}");
        assert!(!world.state().certificate().exists());
    }
}

#[tokio::test]
async fn a_certificate_for_another_key_is_refused() {
    let world = World::new(&HONEST).await;
    world.collector.set(Mood::OtherCertificate);
    let error = world.enrol().await.unwrap_err();
    assert!(error.to_string().contains("another key"), "{error}");
    assert!(!world.state().certificate().exists());
}

#[tokio::test]
async fn what_is_no_token_never_leaves() {
    let world = World::new(&HONEST).await;
    let network = world.network();
    for text in ["", "hello", "domicile-token-v1.!!!"] {
        let result =
            enrol::enrol(&world.config, &world.host, &network, text, None, None, None).await;
        assert!(matches!(result, Err(Error::Token(_))));
    }
    assert_eq!(world.collector.kept().connections, 0);
}

#[tokio::test]
async fn directories_only_rise_and_the_vendor_is_pinned() {
    let mut world = World::new(&HONEST).await;
    assert_eq!(world.install(1).unwrap(), Installed::Unchanged);
    assert_eq!(world.install(3).unwrap(), Installed::New);
    let error = world.install(2).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Directory(DirectoryError::NotNewer {
                given: 2,
                installed: 3
            })
        ),
        "{error}"
    );
    let before = std::fs::read(world.state().directory()).unwrap();

    // Same version, other bytes.
    let mut message = world.directory_message(3);
    message.issued_ms += 1;
    let bytes = domicile_proto::codec::encode(&message);
    let sign = |key: &domicile_proto::sign::SigningKey| {
        let signed = key.sign(domicile_proto::sign::Domain::Directory, bytes.clone());
        let file = world.folder.path().join("other.bin");
        std::fs::write(&file, domicile_proto::codec::encode(&signed)).unwrap();
        let disk = domicile_daemon::disk::RealDisk;
        domicile_daemon::directory::install(&disk, &world.config, &world.state(), &file, None)
    };
    assert!(matches!(
        sign(world.authority.directory_key()),
        Err(DirectoryError::NotNewer { .. })
    ));
    // Another vendor's signature, and another vendor's trust file.
    assert!(matches!(
        sign(&domicile_proto::sign::SigningKey::from_seed(&[1; 32])),
        Err(DirectoryError::Refused { .. })
    ));
    let other = World::new(&HONEST).await;
    let trust = other.folder.path().join("trust.toml");
    let result = domicile_daemon::directory::install(
        &domicile_daemon::disk::RealDisk,
        &world.config,
        &world.state(),
        &world.directory_file(9),
        Some(&trust),
    );
    assert!(matches!(result, Err(DirectoryError::OtherTrust(_))));
    assert_eq!(std::fs::read(world.state().directory()).unwrap(), before);
}

#[tokio::test]
async fn withdrawal_tells_the_collector_once_and_erases() {
    let world = World::enrolled(&HONEST).await;
    world.agent().unwrap().session().await.unwrap();
    let withdrawn = world.withdraw().await.unwrap();
    withdrawn.told.unwrap();
    assert_eq!(world.collector.kept().withdrawn, 1);
    let mut left: Vec<String> = std::fs::read_dir(world.state().root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["directory.bin", "lock", "trust.toml"]);
    let again = world.withdraw().await;
    assert_eq!(again.unwrap_err().exit_code(), exit::NOT_ENROLLED);
}

#[tokio::test]
async fn withdrawal_works_offline_and_on_a_copy_without_touching_the_original() {
    let world = World::enrolled(&HONEST).await;
    world.agent().unwrap().session().await.unwrap();
    world.collector.set(Mood::Closed);
    world.agent().unwrap().session().await.unwrap_err();
    let withdrawn = world.withdraw().await.unwrap();
    assert!(withdrawn.told.is_err());
    assert_eq!(withdrawn.unsent, 1);
    assert!(!world.state().key().exists());

    let world = World::enrolled(&HONEST).await;
    std::fs::write(&world.config.machine_id_file, "machine two\n").unwrap();
    let withdrawn = world.withdraw().await.unwrap();
    assert!(withdrawn.told.is_err());
    assert_eq!(world.collector.kept().withdrawn, 0);
    assert!(!world.state().key().exists());
}

#[tokio::test]
async fn another_address_may_be_asked_but_never_another_key() {
    let world = World::new(&HONEST).await;
    let there = world.collector.address;
    let token = world.token_text();
    let network = world.network();
    let other = common::collector::FakeCollector::start(&world.authority);
    let mut config = world.config.clone();
    config.collector_timeout = std::time::Duration::from_millis(500);
    let result = enrol::enrol(
        &config,
        &world.host,
        &network,
        &token,
        Some(other.address),
        None,
        None,
    )
    .await;
    assert_eq!(result.unwrap_err().exit_code(), exit::UNREACHABLE);
    assert!(
        other.kept().enrolled.is_empty(),
        "the token was not shown to it"
    );
    enrol::enrol(
        &config,
        &world.host,
        &network,
        &token,
        Some(there),
        None,
        None,
    )
    .await
    .unwrap();
}
