//! `challenge`, the program: is the box in front of an inspector the one on record?
#![allow(clippy::unwrap_used)]

mod support;

use domicile_appraise::testing::World;
use domicile_audit::challenge::{Challenge, report};
use domicile_audit::commands::Exit;
use domicile_proto::inspection::{self, Statement};
use domicile_proto::sign::SigningKey;
use domicile_proto::types::Digest;
use domicile_proto::wire::{Device, Inventory};
use std::path::Path;
use support::server::write_profile;
use support::{Scene, run};

/// A folder with a bundle, the trust file, and a challenge, for this host alone if one is named.
struct Site {
    scene: Scene,
    folder: tempfile::TempDir,
    challenge: Challenge,
}

impl Site {
    async fn new(host: Option<String>) -> Self {
        let scene = Scene::new();
        let folder = tempfile::tempdir().unwrap();
        write_profile(folder.path(), &scene.world, "127.0.0.1:1");
        std::fs::write(folder.path().join("one.bundle"), scene.bytes()).unwrap();
        let file = folder.path().join("challenge.toml");
        let mut make = vec![
            "domicile-audit".to_owned(),
            "challenge".into(),
            "make".into(),
        ];
        make.extend(["--out".into(), file.to_str().unwrap().into()]);
        make.extend(host.into_iter().flat_map(|host| ["--host".into(), host]));
        let (exit, text) = run(make).await;
        assert_eq!(exit, Exit::Ok, "{text}");
        let challenge = Challenge::from_toml(&std::fs::read_to_string(&file).unwrap()).unwrap();
        assert!(text.contains(&format!("domiciled answer {}", challenge.nonce)));
        Self {
            scene,
            folder,
            challenge,
        }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// What the host on record says, with its devices and newest report.
    fn honest(&self) -> Statement {
        let (_, report) = report(self.scene.bundle.evidence.as_ref().unwrap()).unwrap();
        Statement::of(&report.inventory, Some(&report.evidence))
    }

    fn code(&self, key: &SigningKey, said: &Statement) -> String {
        inspection::answer(key, &self.challenge.nonce, said)
    }

    async fn check(&self, code: &str, against: &[&str]) -> (Exit, String) {
        let (challenge, trust) = (self.path("challenge.toml"), self.path("trust.toml"));
        let fixed = ["domicile-audit", "--trust", &trust, "challenge", "check"];
        let mut all = fixed.map(str::to_owned).to_vec();
        all.extend(["--challenge".to_owned(), challenge]);
        all.extend(against.iter().map(|one| (*one).to_owned()));
        all.extend(code.split_whitespace().map(str::to_owned));
        run(all).await
    }
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn the_host_on_record_is_told_from_every_other() {
    let site = Site::new(None).await;
    assert_eq!(mode(&site.folder.path().join("challenge.toml")), 0o600);
    let bundle = ["--bundle", &site.path("one.bundle")];
    let key = &site.scene.host.key;
    let good = site.code(key, &site.honest());
    let (exit, text) = site.check(&good.to_lowercase(), &bundle).await;
    assert_eq!(exit, Exit::Ok, "{text}");
    assert!(text.contains("ANSWERED by the host on record"), "{text}");
    assert!(text.contains(&key.public().to_string()), "{text}");
    // A folder of bundles, and a key alone.
    let folder = ["--bundle", &site.path("")];
    assert_eq!(site.check(&good, &folder).await.0, Exit::Ok);
    let host = ["--key", &key.public().to_string()];
    let (exit, text) = site.check(&good, &host).await;
    assert_eq!(exit, Exit::Ok, "{text}");
    assert!(text.contains("nothing was compared"), "{text}");

    let other = SigningKey::from_seed(&[99; 32]);
    let (exit, text) = site
        .check(&site.code(&other, &site.honest()), &bundle)
        .await;
    assert_eq!(exit, Exit::Invalid);
    assert!(text.contains("none of these hosts answered it"), "{text}");
    // Said to an earlier inspector.
    let replayed = inspection::answer(key, &inspection::Nonce([1; 15]), &site.honest());
    assert_eq!(site.check(&replayed, &bundle).await.0, Exit::Invalid);
}

#[tokio::test]
async fn other_devices_and_an_older_state_of_the_key_are_not_the_record() {
    let site = Site::new(None).await;
    let bundle = ["--bundle", &site.path("one.bundle")];
    let key = &site.scene.host.key;
    let (_, report) = report(site.scene.bundle.evidence.as_ref().unwrap()).unwrap();
    let mut more = report.inventory.clone();
    more.devices.push(Device {
        vendor_id: 0x10de,
        ..Device::default()
    });
    for (said, what) in [
        (
            Statement::of(&more, Some(&report.evidence)),
            "NOT those on record",
        ),
        (Statement::of(&report.inventory, None), "an OLDER one"),
    ] {
        let (exit, text) = site.check(&site.code(key, &said), &bundle).await;
        assert_eq!(exit, Exit::Invalid);
        assert!(text.contains("NOT AS ON RECORD"), "{text}");
        assert!(text.contains(what), "{text}");
    }
    let later = Statement::of(&report.inventory, Some(&Digest([9; 32])));
    let (exit, text) = site.check(&site.code(key, &later), &bundle).await;
    assert_eq!(exit, Exit::Ok, "{text}");
}

#[tokio::test]
async fn a_challenge_for_one_host_and_one_hour_is_no_other() {
    let site = Site::new(Some(
        World::new()
            .enrol(1, "sin", "asia")
            .key
            .public()
            .to_string(),
    ))
    .await;
    let key = &site.scene.host.key;
    assert_eq!(site.challenge.host, Some(key.public()));
    let good = site.code(key, &site.honest());
    let host = key.public().to_string();
    let keys = ["--key", &host];
    assert_eq!(site.check(&good, &keys).await.0, Exit::Ok);
    let late = (site.challenge.until + jiff::SignedDuration::from_secs(1)).to_string();
    let early = (site.challenge.made - jiff::SignedDuration::from_secs(1)).to_string();
    for at in [&late, &early] {
        let (exit, text) = site.check(&good, &["--key", &host, "--at", at]).await;
        assert_eq!(exit, Exit::Invalid, "{text}");
    }
    let other = SigningKey::from_seed(&[99; 32]);
    let named = other.public().to_string();
    let code = site.code(&other, &Statement::of(&Inventory::default(), None));
    assert_eq!(site.check(&code, &["--key", &named]).await.0, Exit::Invalid);
}

#[tokio::test]
async fn a_slip_is_named_and_a_record_that_does_not_hold_shows_nothing() {
    let site = Site::new(None).await;
    let good = site.code(&site.scene.host.key, &site.honest());
    let mut groups: Vec<&str> = good.split_whitespace().collect();
    groups.swap(13, 14);
    let host = site.scene.host.key.public().to_string();
    let (exit, text) = site.check(&groups.join(" "), &["--key", &host]).await;
    assert_eq!(exit, Exit::Usage);
    assert!(text.contains("group 14 (line 3)"), "{text}");

    let mut bundle = site.scene.bundle.clone();
    bundle.verdict.as_mut().unwrap().payload[40] ^= 1;
    let path = site.path("one.bundle");
    std::fs::write(&path, domicile_proto::codec::encode(&bundle)).unwrap();
    let (exit, text) = site.check(&good, &["--bundle", &path]).await;
    assert_eq!(exit, Exit::Invalid);
    assert!(text.contains("NOT VERIFIED"), "{text}");
}
