//! Coarse sessions on real sockets: what the anchor signs of them, and what it refuses.
#![allow(clippy::unwrap_used)]

mod common;

use common::agent::{Agent, Behaviour, NoReceipt, SlowPhase};
use common::{Fixture, Running, YEAR_MS};
use domicile_proto::codec;
use domicile_proto::frame::MAX_TO_AGENT;
use domicile_proto::ranging::coarse::{self, AgentSide, MINUTE_MS};
use domicile_proto::ranging::{ROUND_DEADLINE_MAX_NS, receipt};
use domicile_proto::sign::{Domain, SigningKey};
use domicile_proto::wire::{self, StatusCode, anchor_reply::Reply};
use std::time::Duration;

const SECOND: u64 = 1_000_000_000;

/// What is done to an account before it is signed.
type Change = fn(&mut wire::CoarseAccount);

struct Stage {
    fixture: Fixture,
    anchor: Running,
    agent: Agent,
}

impl Stage {
    fn new() -> Self {
        let mut fixture = Fixture::new();
        fixture.settings.per_key.per_minute = 1000;
        let anchor = fixture.start();
        let agent = Agent::new(&fixture.agent(YEAR_MS), fixture.anchor.key.public());
        Self {
            fixture,
            anchor,
            agent,
        }
    }

    /// A session up to its transcript.
    async fn measured(&self, limit_ns: u64, delay: Duration) -> Result<SlowPhase, NoReceipt> {
        let connection = self.agent.connect(self.anchor.address).await.unwrap();
        let how = Behaviour {
            delay,
            ..Behaviour::default()
        };
        self.agent.fast_phase(&connection, &how, limit_ns).await
    }

    /// What the anchor answers to the account of a session with `limit_ns`, changed and signed so.
    async fn answer(
        &self,
        limit_ns: u64,
        change: impl FnOnce(&mut wire::CoarseAccount),
        sign: impl FnOnce(&wire::CoarseAccount) -> wire::Signed,
    ) -> Result<Reply, NoReceipt> {
        let mut slow = self.measured(limit_ns, Duration::ZERO).await?;
        let mut account = account(&slow, limit_ns);
        change(&mut account);
        slow.settle(&sign(&account)).await
    }

    /// The same, signed as the agent signs it.
    async fn changed(
        &self,
        limit_ns: u64,
        change: impl FnOnce(&mut wire::CoarseAccount),
    ) -> Result<Reply, NoReceipt> {
        self.answer(limit_ns, change, |account| self.signed(account))
            .await
    }

    fn signed(&self, account: &wire::CoarseAccount) -> wire::Signed {
        let key = &self.agent.identity.key;
        key.sign(Domain::CoarseAccount, codec::encode(account))
    }
}

/// What an honest agent makes of it.
fn account(slow: &SlowPhase, limit_ns: u64) -> wire::CoarseAccount {
    let own = slow.session.agent_rtts().into_iter().filter(|ns| *ns != 0);
    let side = AgentSide {
        min_rtt_ns: own.min(),
        ..AgentSide::default()
    };
    coarse::account(&slow.transcript, limit_ns, side).unwrap()
}

fn refused(code: StatusCode) -> Result<Reply, NoReceipt> {
    Err(NoReceipt::Status(code))
}

#[tokio::test]
async fn the_receipt_says_whether_the_limit_was_met_and_nothing_exact() {
    let stage = Stage::new();
    let delay = Duration::from_millis(20);
    let anchor = stage.fixture.anchor.key.public();
    for (limit_ns, met) in [(10 * SECOND, true), (19_999_999, false), (1, false)] {
        let mut slow = stage.measured(limit_ns, delay).await.unwrap();
        let account = account(&slow, limit_ns);
        assert_eq!(account.limit_ns, if met { limit_ns } else { 0 });
        let now_minute = common::now_ms() / MINUTE_MS;
        assert!((now_minute - 1..=now_minute).contains(&account.start_minute));
        let signed = stage.signed(&account);
        let Reply::CoarseReceipt(receipt) = slow.settle(&signed).await.unwrap() else {
            panic!("no coarse receipt");
        };
        let inside = coarse::check_receipt(&receipt, &anchor, &signed).unwrap();
        assert_eq!(inside.limit_ns, account.limit_ns);
        // It is no receipt of an exact session, under the anchor's own signature.
        assert!(receipt::check_receipt(&receipt, &anchor, &signed).is_err());
        // Decoding is strict, so these are all its fields: none holds a time.
        let strict: wire::CoarseReceipt = codec::decode(&receipt.payload, MAX_TO_AGENT).unwrap();
        let known = receipt::account_hash(&signed);
        assert_eq!(strict.account_hash, known.0);
        assert_eq!(strict.anchor_key, anchor.to_vec());
    }
    assert_eq!(stage.anchor.stop().await.receipts, 3);
}

#[tokio::test]
async fn a_limit_longer_than_any_round_is_refused_before_the_rounds() {
    let stage = Stage::new();
    for limit_ns in [ROUND_DEADLINE_MAX_NS + 1, u64::MAX] {
        let answer = stage.measured(limit_ns, Duration::ZERO).await;
        assert_eq!(answer.err(), refused(StatusCode::Malformed).err());
    }
    let longest = stage.changed(ROUND_DEADLINE_MAX_NS, |_| ()).await.unwrap();
    assert!(matches!(longest, Reply::CoarseReceipt(_)));
    let summary = stage.anchor.stop().await;
    assert_eq!((summary.refused, summary.receipts), (2, 1));
}

/// Whatever an account says that the anchor did not measure, or was not told before the rounds, gets
/// no receipt.
#[tokio::test]
async fn an_account_that_the_anchor_would_not_make_gets_no_receipt() {
    let stage = Stage::new();
    let changes: [(u64, Change); 11] = [
        // A limit that was not met.
        (1, |a| a.limit_ns = 1),
        (1, |a| a.agent_agrees = true),
        // Another limit than the hello's, shorter or longer.
        (10 * SECOND, |a| a.limit_ns -= 1),
        (9 * SECOND, |a| a.limit_ns += 1),
        (10 * SECOND, |a| a.transcript_hash[0] ^= 1),
        (10 * SECOND, |a| a.session_nonce[0] ^= 1),
        (10 * SECOND, |a| a.agent_key[0] ^= 1),
        (10 * SECOND, |a| a.directory_version += 1),
        (10 * SECOND, |a| a.position_version += 1),
        (10 * SECOND, |a| a.start_minute -= 1),
        (10 * SECOND, |a| {
            a.transport = wire::Transport::TlsTcp.into();
        }),
    ];
    for (number, (limit_ns, change)) in changes.into_iter().enumerate() {
        let answer = stage.changed(limit_ns, change).await;
        assert_eq!(
            answer,
            refused(StatusCode::TranscriptMismatch),
            "change {number}"
        );
    }
    // What is the agent's own word is not the anchor's to judge.
    let own: [Change; 2] = [|a| a.agent_agrees = !a.agent_agrees, |a| a.proxied = true];
    for change in own {
        let answer = stage.changed(10 * SECOND, change).await.unwrap();
        assert!(matches!(answer, Reply::CoarseReceipt(_)));
    }
    let summary = stage.anchor.stop().await;
    assert_eq!((summary.refused, summary.receipts), (11, 2));
}

#[tokio::test]
async fn an_account_of_another_key_kind_or_form_gets_no_receipt() {
    let stage = Stage::new();
    let key = &stage.agent.identity.key;
    let stranger = SigningKey::from_seed(&[5; 32]);
    let limit_ns = 10 * SECOND;
    let by_stranger =
        |a: &wire::CoarseAccount| stranger.sign(Domain::CoarseAccount, codec::encode(a));
    let as_exact = |a: &wire::CoarseAccount| key.sign(Domain::AgentTranscript, codec::encode(a));
    let junk = |_: &wire::CoarseAccount| key.sign(Domain::CoarseAccount, vec![0xff; 40]);
    let answer = stage.answer(limit_ns, |_| (), by_stranger).await;
    assert_eq!(answer, refused(StatusCode::SignatureInvalid));
    let answer = stage.answer(limit_ns, |_| (), as_exact).await;
    assert_eq!(answer, refused(StatusCode::SignatureInvalid));
    let answer = stage.answer(limit_ns, |_| (), junk).await;
    assert_eq!(answer, refused(StatusCode::Malformed));

    // A session is of the kind that its hello named: an exact account ends a coarse one, and a
    // coarse account an exact one.
    let mut slow = stage.measured(limit_ns, Duration::ZERO).await.unwrap();
    let exact = slow.session.account(slow.transcript.clone(), None);
    let exact = key.sign(Domain::AgentTranscript, codec::encode(&exact));
    let answer = slow.settle(&exact).await;
    assert_eq!(answer, refused(StatusCode::SignatureInvalid));
    let mut slow = stage.measured(0, Duration::ZERO).await.unwrap();
    let coarse = stage.signed(&account(&slow, limit_ns));
    let answer = slow.settle(&coarse).await;
    assert_eq!(answer, refused(StatusCode::SignatureInvalid));
    assert_eq!(stage.anchor.stop().await.receipts, 0);
}

#[tokio::test]
async fn the_head_that_an_account_shows_is_kept_whether_or_not_the_limit_was_met() {
    let stage = Stage::new();
    for (limit_ns, size) in [(10 * SECOND, 10), (1, 20)] {
        let head = stage.fixture.head(size, 1);
        let show = |a: &mut wire::CoarseAccount| a.newest_head = Some(head);
        stage.changed(limit_ns, show).await.unwrap();
    }
    let state = stage.fixture.state_dir();
    let (anchor, newest) = (stage.anchor, stage.fixture.head(20, 1));
    anchor.stop().await;
    let files = std::fs::read_dir(state).unwrap().map(Result::unwrap);
    let heads: Vec<wire::LogHead> = files
        .filter(|file| file.file_name().to_string_lossy().starts_with("head-"))
        .map(|file| codec::decode(&std::fs::read(file.path()).unwrap(), 256).unwrap())
        .collect();
    assert_eq!(heads, [newest]);
}
