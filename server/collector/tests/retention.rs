//! Raw records go when they must and stay when they must; everything promised about them stays.
#![allow(clippy::unwrap_used)]

mod harness;

use domicile_appraise::testing::{NOW_MS, seeded};
use domicile_certs::issue::DAY_MS;
use domicile_collector::retention::desk::{By, Desk};
use domicile_collector::retention::hold::{self, Held};
use domicile_collector::retention::period::{self, Due};
use domicile_collector::retention::{RetentionError, order};
use domicile_collector::runtime::Checked;
use domicile_collector::store::Store;
use domicile_ledger::{Head, Kind, Reader, Spans, Stored, verify_consistency};
use domicile_proto::codec;
use domicile_proto::mesh::report;
use domicile_proto::ranging::receipt;
use domicile_proto::sign::{Domain, SigningKey, sha256};
use domicile_proto::types::{Digest, Key};
use domicile_proto::wire::collector_request::Request;
use domicile_proto::wire::{self, StatusCode};
use harness::auditor::Auditor;
use harness::scene::Scene;
use harness::{Hands, Vendor, process, receipt as receipt_of, singapore, status};
use std::time::Duration;

const YEAR_MS: u64 = 31_557_600_000;
const KEEP: Duration = Duration::from_secs(5 * 31_557_600);

fn quiet() -> impl FnMut(&'static str, u64, u64) {
    |_, _, _| ()
}

fn desk(vendor: &Vendor, hands: &Hands) -> Desk {
    let checked = Checked::read(vendor.config()).unwrap();
    Desk::open(checked, hands.clock(), &mut quiet()).unwrap()
}

fn by() -> By {
    By::new("A. Person", "article 17 of the regulation").unwrap()
}

/// Everything that the log promises today: its head, and every leaf.
fn promises(store: &Store) -> (Head, Vec<Vec<u8>>) {
    let leaves = store.leaves(0, store.size()).unwrap();
    let leaves = leaves.map(|leaf| leaf.unwrap().encode().to_vec()).collect();
    ((*store.head().unwrap()).clone(), leaves)
}

/// What was promised then holds now, by proofs alone.
fn assert_kept(store: &Store, (head, leaves): &(Head, Vec<Vec<u8>>)) {
    let now = store.head().unwrap();
    let proof = store.consistency(head.size, now.size).unwrap();
    verify_consistency(head.size, &head.root, now.size, &now.root, &proof).unwrap();
    let again = store.leaves(0, head.size).unwrap();
    let again: Vec<Vec<u8>> = again.map(|leaf| leaf.unwrap().encode().to_vec()).collect();
    assert!(*leaves == again);
}

/// Number of records of each kind that are erased.
fn erased(vendor: &Vendor) -> Vec<(Kind, usize)> {
    let reader = Reader::open(&vendor.data("log"), "log.example/test", |_, _| ()).unwrap();
    reader.verify(None, |_, _| ()).unwrap();
    let stored = reader.iter(0).map(Result::unwrap);
    let kinds: Vec<Kind> = stored
        .filter_map(|stored| match stored {
            Stored::Erased(erased) => Some(erased.kind),
            Stored::Whole(_) => None,
        })
        .collect();
    let count = |kind: &Kind| kinds.iter().filter(|found| *found == kind).count();
    let all = Kind::ALL.iter().map(|kind| (*kind, count(kind)));
    all.filter(|(_, count)| *count > 0).collect()
}

/// A host of a made log.
struct Past<'v> {
    vendor: &'v Vendor,
    store: Store,
    hands: Hands,
}

impl Past<'_> {
    async fn log(&self, kind: Kind, message: Vec<u8>) {
        self.store.commit(vec![(kind, message)]).await.unwrap();
    }

    async fn enrol(&self, number: u8, customer: &str) -> Key {
        let key = seeded(b'h', usize::from(number)).public();
        let mut token = self.vendor.token_fields("sin", 1, self.hands.now());
        token.customer = customer.to_owned();
        let record = wire::EnrolmentRecord {
            agent_key: key.to_vec(),
            token: codec::encode(&self.vendor.sign_token(&token)),
            machine_id_hash: vec![number; 32],
            certificate_hash: vec![number; 32],
            enrolled_ms: self.hands.now(),
            ..wire::EnrolmentRecord::default()
        };
        self.log(Kind::Enrolment, codec::encode(&record)).await;
        key
    }

    /// A report with its verdict, and a sign of life. Gives the evidence's hash.
    async fn report(&self, host: &Key, sequence: u64) -> Digest {
        let now_ms = self.hands.now();
        let evidence = wire::Evidence {
            agent_key: host.to_vec(),
            nonce: [&host.0[..24], &sequence.to_be_bytes()].concat(),
            boot_epoch: vec![1; 16],
            sequence,
            ..wire::Evidence::default()
        };
        let signed = |payload| wire::Signed {
            payload,
            signature: vec![9; 64],
        };
        let evidence = codec::encode(&signed(codec::encode(&evidence)));
        let id = sha256(&evidence);
        let record = wire::EvidenceRecord {
            evidence,
            received_ms: now_ms,
            certificate_hash: vec![1; 32],
            chain: Vec::new(),
        };
        let verdict = wire::Verdict {
            evidence_hash: id.to_vec(),
            agent_key: host.to_vec(),
            measured_until_ms: now_ms,
            ..wire::Verdict::default()
        };
        let verdict = codec::encode(&signed(codec::encode(&verdict)));
        let records = vec![
            (Kind::Evidence, codec::encode(&record)),
            (Kind::Verdict, verdict),
        ];
        self.store.commit(records).await.unwrap();
        let liveness = wire::Liveness {
            agent_key: host.to_vec(),
            ..wire::Liveness::default()
        };
        let record = wire::LivenessRecord {
            liveness: codec::encode(&signed(codec::encode(&liveness))),
            received_ms: now_ms,
        };
        self.log(Kind::Liveness, codec::encode(&record)).await;
        id
    }

    async fn mesh(&self) {
        let (visitor, visited) = (seeded(b'a', 0), seeded(b'a', 3));
        let sessions = vec![session(&visitor, &visited, self.hands.now())];
        let record = wire::MeshRecord {
            report: codec::encode(&report(&visitor, sessions)),
            received_ms: self.hands.now(),
            unused: Vec::new(),
        };
        self.log(Kind::Mesh, codec::encode(&record)).await;
    }
}

fn session(visitor: &SigningKey, visited: &SigningKey, end_ms: u64) -> wire::Ranging {
    let round = wire::Round {
        anchor_nonce: vec![1; 8],
        agent_nonce: vec![2; 8],
        rtt_ns: 200_000_000,
    };
    let transcript = wire::RangingTranscript {
        exporter: vec![7; 32],
        session_nonce: vec![4; 32],
        anchor_key: visited.public().to_vec(),
        directory_version: 4,
        position_version: 1,
        agent_key: visitor.public().to_vec(),
        transport: wire::Transport::QuicDatagram.into(),
        start_ms: end_ms - 500,
        end_ms,
        rounds: vec![round; 16],
    };
    let account = wire::AgentTranscript {
        transcript: codec::encode(&transcript),
        agent_rtt_ns: vec![200_000_000; 16],
        newest_head: None,
        proxied: false,
    };
    let account = visitor.sign(Domain::AgentTranscript, codec::encode(&account));
    let receipt = receipt::sign_receipt(visited, &account, &transcript);
    wire::Ranging {
        coarse: false,
        transcript: codec::encode(&account),
        receipt: codec::encode(&receipt),
    }
}

/// Six years of three hosts: one silent since its first, one held and silent, one that reports.
struct Years {
    vendor: Vendor,
    hands: Hands,
    silent: (Key, Vec<Digest>),
    held: (Key, Vec<Digest>),
    alive: (Key, Vec<Digest>),
}

async fn years() -> Years {
    let vendor = Vendor::new();
    let hands = Hands::at(NOW_MS);
    let first = desk(&vendor, &hands);
    let past = Past {
        vendor: &vendor,
        store: first.store.clone(),
        hands: hands.clone(),
    };
    let silent = past.enrol(1, "Acme Cloud").await;
    let held = past.enrol(2, "Under Inquiry Ltd").await;
    let alive = past.enrol(3, "Acme Cloud").await;
    let (mut of_silent, mut of_held, mut of_alive) = (Vec::new(), Vec::new(), Vec::new());
    for month in 0..72 {
        past.mesh().await;
        of_alive.push(past.report(&alive, month).await);
        if month < 6 {
            of_silent.push(past.report(&silent, month).await);
            of_held.push(past.report(&held, month).await);
        }
        hands.advance(YEAR_MS / 12);
    }
    of_alive.push(past.report(&alive, 72).await);
    drop(past);
    first.close(&mut quiet()).unwrap();
    Years {
        vendor,
        hands,
        silent: (silent, of_silent),
        held: (held, of_held),
        alive: (alive, of_alive),
    }
}

impl Years {
    /// Drops what is due. Gives what was due.
    async fn retain(&self) -> Due {
        let mut desk = desk(&self.vendor, &self.hands);
        let due = period::due(&desk, KEEP).unwrap();
        let done = period::drop_due(&mut desk, &due, KEEP, &by(), &mut quiet()).await;
        let records: u64 = done.unwrap().iter().map(|e| e.now.records).sum();
        assert_eq!(records, due.records() as u64);
        desk.close(&mut quiet()).unwrap();
        due
    }

    fn assert_whole(&self, store: &Store, (host, ids): &(Key, Vec<Digest>)) {
        assert_eq!(store.raw_of(host).unwrap().len(), ids.len() * 3);
        for id in ids {
            let row = store.evidence(id).unwrap().unwrap();
            store.read(row.evidence_index).unwrap();
            store.read(row.verdict_index).unwrap();
        }
    }

    fn assert_gone(&self, store: &Store, (host, ids): &(Key, Vec<Digest>)) {
        assert!(store.raw_of(host).unwrap().is_empty());
        let by = store.host(host).unwrap().unwrap().erased_by.unwrap();
        for id in ids {
            assert_eq!(store.evidence(id).unwrap(), None);
            assert_eq!(store.erased_by(id).unwrap(), Some(by));
        }
        let row = store.erasure(by).unwrap().unwrap();
        assert!(row.subjects.contains(&host.to_vec()));
        assert_eq!(row.user, "A. Person");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_older_than_it_is_kept_goes_in_whole_days_and_what_is_held_stays() {
    let years = years().await;
    let open = desk(&years.vendor, &years.hands);
    let customer = Held::Customer("Under Inquiry Ltd".into());
    let (hold, hosts) = hold::place(&open, &customer, &by()).await.unwrap();
    assert_eq!(hosts, 1);
    let before = promises(&open.store);
    open.close(&mut quiet()).unwrap();

    let due = years.retain().await;
    assert_eq!(due.before_ms % DAY_MS, 0);
    assert!(due.before_ms <= years.hands.now() - 5 * YEAR_MS);
    assert!(due.before_ms > years.hands.now() - 5 * YEAR_MS - DAY_MS);
    assert_eq!(due.held, [(years.held.0, hold)]);
    // The first year's mesh reports, and three records for each report of the silent host.
    assert_eq!(due.subjects.len(), 2);
    let expected = [
        (Kind::Evidence, 6),
        (Kind::Verdict, 6),
        (Kind::Liveness, 6),
        (Kind::Mesh, 12),
    ];
    assert_eq!(erased(&years.vendor), expected);

    let open = desk(&years.vendor, &years.hands);
    assert_kept(&open.store, &before);
    years.assert_gone(&open.store, &years.silent);
    years.assert_whole(&open.store, &years.held);
    years.assert_whole(&open.store, &years.alive);
    assert!(period::due(&open, KEEP).unwrap().subjects.is_empty());

    // Once the hold is lifted, they go too.
    hold::lift(&open, hold, &by()).await.unwrap();
    let twice = hold::lift(&open, hold, &by()).await.unwrap_err();
    assert!(matches!(twice, RetentionError::NoHold(index) if index == hold));
    open.close(&mut quiet()).unwrap();
    let due = years.retain().await;
    assert_eq!((due.records(), due.held.len()), (18, 0));
    let open = desk(&years.vendor, &years.hands);
    assert_kept(&open.store, &before);
    years.assert_gone(&open.store, &years.held);
    years.assert_whole(&open.store, &years.alive);
    open.close(&mut quiet()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_made_anew_says_the_same_of_what_was_erased() {
    let years = years().await;
    years.retain().await;
    let (status, _, error) = process::run(&years.vendor, "rebuild-index");
    assert!(status.success(), "{error}");
    let open = desk(&years.vendor, &years.hands);
    years.assert_gone(&open.store, &years.silent);
    years.assert_gone(&open.store, &years.held);
    years.assert_whole(&open.store, &years.alive);
    assert_eq!(open.store.erasures(None, 10).unwrap().len(), 1);
    open.close(&mut quiet()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_that_was_logged_and_not_carried_out_is_finished_at_opening() {
    let years = years().await;
    let open = desk(&years.vendor, &years.hands);
    let raw = open.store.raw_of(&years.silent.0).unwrap();
    let erasure = wire::ErasureRecord {
        cause: wire::ErasureCause::Order as i32,
        user: "A. Person".into(),
        subjects: vec![years.silent.0.to_vec()],
        spans: Spans::of(raw.iter().map(|(index, _)| *index)).encode(),
        evidence: years.silent.1.iter().map(|id| id.to_vec()).collect(),
        ..wire::ErasureRecord::default()
    };
    // As a crash right behind the log's `fdatasync` leaves it.
    let record = (Kind::Erasure, codec::encode(&erasure));
    open.store.commit(vec![record]).await.unwrap();
    years.assert_whole(&open.store, &years.silent);
    open.close(&mut quiet()).unwrap();
    assert!(erased(&years.vendor).is_empty());

    let open = desk(&years.vendor, &years.hands);
    years.assert_gone(&open.store, &years.silent);
    years.assert_whole(&open.store, &years.alive);
    open.close(&mut quiet()).unwrap();
    assert_eq!(erased(&years.vendor).len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_refused_while_a_hold_stands_and_while_the_host_reports() {
    let years = years().await;
    let mut open = desk(&years.vendor, &years.hands);
    let size = open.store.size();
    let unknown = order::erase(&mut open, &Key([1; 32]), &by(), &mut quiet()).await;
    assert!(matches!(unknown, Err(RetentionError::UnknownHost(_))));
    years.hands.advance(DAY_MS);
    let alive = order::erase(&mut open, &years.alive.0, &by(), &mut quiet()).await;
    assert!(
        matches!(alive, Err(RetentionError::Active { .. })),
        "{alive:?}"
    );
    assert_eq!(open.store.size(), size, "nothing was logged");

    for held in [
        Held::Host(years.silent.0),
        Held::Customer("Acme Cloud".into()),
        Held::Licence("asia".into()),
    ] {
        let (hold, _) = hold::place(&open, &held, &by()).await.unwrap();
        let refused = order::erase(&mut open, &years.silent.0, &by(), &mut quiet()).await;
        let refused = refused.unwrap_err();
        assert!(matches!(refused, RetentionError::Held { hold: named, .. } if named == hold));
        assert!(refused.to_string().contains("A. Person"), "{refused}");
        hold::lift(&open, hold, &by()).await.unwrap();
    }
    let nobody = hold::place(&open, &Held::Customer("Nobody".into()), &by()).await;
    assert!(matches!(nobody, Err(RetentionError::HoldsNothing(_))));
    let done = order::erase(&mut open, &years.silent.0, &by(), &mut quiet()).await;
    assert_eq!(done.unwrap().now.records, 18);
    open.close(&mut quiet()).unwrap();
    let mut open = desk(&years.vendor, &years.hands);
    years.assert_gone(&open.store, &years.silent);
    let again = order::erase(&mut open, &years.silent.0, &by(), &mut quiet()).await;
    assert!(matches!(again, Err(RetentionError::Nothing(_))));
    open.close(&mut quiet()).unwrap();
}

#[test]
fn a_name_and_a_reason_are_needed() {
    for (user, reason) in [
        ("", "x"),
        ("x", " "),
        ("x\ny", "x"),
        (&"x".repeat(129), "x"),
    ] {
        assert!(By::new(user, reason).is_err(), "{user:?} {reason:?}");
    }
}

fn id_of(signed: &wire::Signed) -> Digest {
    sha256(&codec::encode(signed))
}

fn entries(bundle: &wire::Bundle) -> Vec<(u64, Vec<u8>, Vec<u8>)> {
    let single = [
        &bundle.verdict,
        &bundle.evidence,
        &bundle.enrolment,
        &bundle.certificate_chain,
        &bundle.policy,
    ];
    let single = single.into_iter().map(|entry| entry.as_ref().unwrap());
    single
        .chain(&bundle.directories)
        .chain(&bundle.compared)
        .map(|entry| (entry.index, entry.salt.clone(), entry.payload.clone()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_hosts_bundles_end_and_everybody_elses_go_on() {
    let mut scene = Scene::new().await;
    let first = scene.session().await;
    let second = scene.session().await;
    let world = &scene.vendor.world;
    let mut other = scene
        .vendor
        .enrol(scene.running.quic, 2, "sin", scene.hands.now())
        .await;
    let challenge = other.challenge(scene.running.quic).await;
    let of_other = other.report(world, &challenge.nonce, singapore(), scene.hands.now());
    receipt_of(other.submit(scene.running.quic, &of_other).await);
    let auditor = Auditor::new(&scene.vendor, scene.running.api);
    let bundle = |id: Digest| format!("/v1/attestations/{id}/bundle");
    let before = auditor.get(&bundle(id_of(&of_other))).await;
    assert_eq!(before.status, 200);
    assert_eq!(auditor.get(&bundle(id_of(&first))).await.status, 200);
    let withdrawal = wire::Withdrawal {
        agent_key: scene.agent.key().to_vec(),
        host_time_ms: 0,
    };
    let withdrawal = scene
        .agent
        .identity
        .key
        .sign(Domain::Withdrawal, codec::encode(&withdrawal));
    let reply = scene
        .agent
        .ask(scene.running.quic, Request::Withdrawal(withdrawal));
    assert_eq!(status(reply.await), StatusCode::Ok);
    let promised = promises(scene.running.service().store());
    let host = scene.agent.key();

    // While a collector runs, its log has its writer.
    let arguments = ["--host", &host.to_string(), "--user", "A. Person"];
    let erase = |more: &[&str]| {
        let mut command = process::command(&scene.vendor, "erase");
        let output = command.args(arguments).args(more).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(text).unwrap())
    };
    let (done, text) = erase(&["--reason", "article 17"]);
    assert!(!done && text.contains("in use by another writer"), "{text}");
    scene.running.stop().await.unwrap();
    let (done, text) = erase(&[]);
    assert!(!done && text.contains("--reason"), "{text}");
    let (done, text) = erase(&["--reason", "article 17"]);
    assert!(done && text.starts_with("erased 4 records"), "{text}");

    let running = scene.vendor.start(scene.hands.clock()).await;
    let store = running.service().store();
    assert_kept(store, &promised);
    let auditor = Auditor::new(&scene.vendor, running.api);
    for signed in [&first, &second] {
        for path in [
            bundle(id_of(signed)),
            format!("/v1/attestations/{}", id_of(signed)),
        ] {
            let gone = auditor.get(&path).await;
            assert_eq!(gone.status, 410);
            let detail = gone.json()["detail"].as_str().unwrap().to_owned();
            assert!(
                detail.contains("erased by record") && detail.contains("article 17"),
                "{detail}"
            );
        }
    }
    let after = auditor.get(&bundle(id_of(&of_other))).await;
    let read = |bytes: &[u8]| codec::decode::<wire::Bundle>(bytes, 1 << 24).unwrap();
    assert_eq!(entries(&read(&before.body)), entries(&read(&after.body)));
    let hosts = auditor.get("/v1/hosts").await.json();
    let erasures = auditor.get("/v1/erasures").await.json();
    let erasure = &erasures["items"][0];
    assert_eq!(erasure["subjects"][0], host.to_string());
    assert_eq!(
        (&erasure["user"], &erasure["records"]),
        (&"A. Person".into(), &4.into())
    );
    for found in hosts["items"].as_array().unwrap() {
        let is_erased = found["host"] == host.to_string();
        let expected = if is_erased {
            &erasure["log_index"]
        } else {
            &serde_json::Value::Null
        };
        assert_eq!(&found["erased_by"], expected);
        assert_eq!(found["last_verdict"].is_null(), is_erased);
    }
    assert_eq!(
        auditor.get("/v1/holds").await.json()["items"],
        serde_json::json!([])
    );
    // It goes on: the other host reports, and is judged against its own past.
    other
        .session(
            running.quic,
            &scene.vendor.world,
            scene.hands.now() + 60_000,
        )
        .await;
    running.stop().await.unwrap();
}
