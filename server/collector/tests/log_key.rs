//! The key that signs the log is replaced by a statement in the log, and in no other way.
#![allow(clippy::unwrap_used)]

mod harness;

use domicile_collector::runtime::{Checked, RunError, Running};
use domicile_collector::store::StoreError;
use domicile_ledger::witness::VerifierKey;
use domicile_ledger::{LogKeyStep, LogKeys, verifier_key};
use domicile_proto::codec;
use domicile_proto::sign::{Domain, SigningKey, sha256};
use domicile_proto::wire;
use harness::auditor::Auditor;
use harness::scene::Scene;
use harness::{Vendor, receipt};
use std::process::{Command, Output};

fn log_key(vendor: &Vendor, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_domicile-collector"))
        .arg("log-key")
        .args(words)
        .arg("--config")
        .arg(vendor.path("collector.toml"))
        .output()
        .unwrap()
}

/// A new key in a file, and a directory that names it.
fn new_key(vendor: &Vendor, name: &str, seed: u8, version: u64) -> SigningKey {
    let key = domicile_certs::keys::create(&vendor.path(name), &[seed; 32]).unwrap();
    let signed: wire::Signed = codec::decode(&vendor.world.directory_bytes, 1 << 22).unwrap();
    let mut directory: wire::Directory = codec::decode(&signed.payload, 1 << 22).unwrap();
    directory.version = version;
    directory.collectors[0].log_key = key.public().to_vec();
    let by = vendor.authority.directory_key();
    let bytes = codec::encode(&by.sign(Domain::Directory, codec::encode(&directory)));
    std::fs::write(vendor.path(&format!("{version}.bin")), bytes).unwrap();
    key
}

/// What the operator does after a rotation: the directory in place, the key in the configuration.
fn take(vendor: &Vendor, name: &str, version: u64) {
    let file = format!("{version}.bin");
    std::fs::rename(vendor.path(&file), vendor.path("directories").join(&file)).unwrap();
    let path = vendor.path("collector.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let line = text
        .lines()
        .find(|line| line.starts_with("log-key"))
        .unwrap();
    std::fs::write(&path, text.replace(line, &format!("log-key = \"{name}\""))).unwrap();
}

fn vkey(scene: &Scene, key: &SigningKey) -> VerifierKey {
    let origin = &scene.vendor.world.directory.collectors[0].log_origin;
    verifier_key(origin, &key.public().0).parse().unwrap()
}

async fn restart(scene: Scene) -> (Vendor, harness::Hands, harness::Agent) {
    let Scene {
        vendor,
        hands,
        running,
        agent,
    } = scene;
    running.stop().await.unwrap();
    (vendor, hands, agent)
}

async fn start(vendor: &Vendor, hands: &harness::Hands) -> Result<Running, RunError> {
    let checked = Checked::read(vendor.config())?;
    Running::start(checked, hands.clock(), &mut |_, _, _| ()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_is_logged_signed_by_both_keys_and_the_only_way_to_a_new_key() {
    let mut scene = Scene::new().await;
    let (old_key, origin) = (
        scene.vendor.world.log.public(),
        scene.vendor.world.directory.collectors[0]
            .log_origin
            .clone(),
    );
    let old: VerifierKey = verifier_key(&origin, &old_key.0).parse().unwrap();
    let report = scene.session().await;
    let before = scene.submit(&report).await;
    let size_before = scene.running.service().store().size();
    let new = new_key(&scene.vendor, "new.key", 91, 5);
    let new_vkey = vkey(&scene, &new);
    let (vendor, hands, agent) = restart(scene).await;

    // Directory and configuration alone do not bring in a key: the log itself says who signs it.
    let config = std::fs::read(vendor.path("collector.toml")).unwrap();
    take(&vendor, "new.key", 5);
    let kept = std::fs::read(vendor.data("log/checkpoint")).unwrap();
    let refused = start(&vendor, &hands).await.err().unwrap();
    assert!(
        matches!(&refused, RunError::Store(StoreError::OtherKey { in_force, .. }) if **in_force == old),
        "{refused}"
    );
    assert_eq!(std::fs::read(vendor.data("log/checkpoint")).unwrap(), kept);
    std::fs::rename(vendor.path("directories/5.bin"), vendor.path("5.bin")).unwrap();
    std::fs::write(vendor.path("collector.toml"), config).unwrap();

    let path = vendor.path("new.key");
    let done = log_key(&vendor, &["rotate", "--new", path.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(
        done.status.success(),
        "{said} {}",
        String::from_utf8_lossy(&done.stderr)
    );
    assert!(said.contains(&new_vkey.to_string()), "{said}");
    // The old key is out.
    let refused = start(&vendor, &hands).await.err().unwrap();
    assert!(
        matches!(refused, RunError::Store(StoreError::OtherKey { .. })),
        "{refused}"
    );

    take(&vendor, "new.key", 5);
    let running = start(&vendor, &hands).await.unwrap();
    let service = running.service();
    let page = std::fs::read(service.store().tiles_folder().join("log-keys")).unwrap();
    for given in [&old, &new_vkey] {
        let keys = LogKeys::parse(given.clone(), &page).unwrap();
        let steps: Vec<LogKeyStep> = keys
            .records()
            .iter()
            .map(|one| one.statement.step)
            .collect();
        assert_eq!(steps, [LogKeyStep::FirstUse, LogKeyStep::Rotation]);
        assert_eq!(keys.records()[1].statement.index, size_before);
        // The checkpoint from before, and the head that is signed now.
        assert_eq!(keys.open(&kept).unwrap().head().size, size_before);
        let head = service.store().head().unwrap();
        assert_eq!(keys.signer(&head), Some(&new_vkey));
        // The receipt from before.
        let head = before.head.clone().unwrap();
        assert_eq!(head.log_key, old_key.to_vec());
        let head = domicile_ledger::Head {
            origin: origin.clone(),
            size: head.size,
            root: head.root.try_into().unwrap(),
            signature: head.signature.try_into().unwrap(),
        };
        assert_eq!(keys.signer(&head), Some(&old));
    }
    // The same report again: a receipt under a head that the new key may sign.
    let again = receipt(agent.submit(running.quic, &report).await);
    let again: wire::ReportReceipt = codec::decode(&again.payload, 4096).unwrap();
    assert_eq!(
        (again.index, again.leaf_hash),
        (before.index, before.leaf_hash)
    );
    let head = again.head.unwrap();
    assert_eq!(
        (head.log_key, head.size),
        (new.public().to_vec(), size_before + 1)
    );
    // The bundle of the verdict from before carries the statements.
    let auditor = Auditor::new(&vendor, running.api);
    let id = sha256(&codec::encode(&report));
    let answer = auditor.get(&format!("/v1/attestations/{id}/bundle")).await;
    let bundle: wire::Bundle = codec::decode(&answer.body, 1 << 24).unwrap();
    assert_eq!(bundle.log_keys.len(), 2);
    assert_eq!(bundle.head.unwrap().log_key, new.public().to_vec());
    running.stop().await.unwrap();

    // A third key, never signed for by the second: neither start nor rotation with it as the old one.
    new_key(&vendor, "stolen.key", 92, 6);
    take(&vendor, "stolen.key", 6);
    let refused = start(&vendor, &hands).await.err().unwrap();
    assert!(
        matches!(refused, RunError::Store(StoreError::OtherKey { .. })),
        "{refused}"
    );
    let done = log_key(&vendor, &["rotate", "--new", path.to_str().unwrap()]);
    assert!(!done.status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retired_log_takes_nothing_more() {
    let scene = Scene::new().await;
    let (vendor, hands, _) = restart(scene).await;
    assert!(log_key(&vendor, &["retire"]).status.success());
    let refused = start(&vendor, &hands).await.err().unwrap();
    assert!(
        matches!(refused, RunError::Store(StoreError::Retired(_))),
        "{refused}"
    );
    assert!(!log_key(&vendor, &["retire"]).status.success());
}
