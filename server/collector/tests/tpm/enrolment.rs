//! A TPM from enrolment to verdict, and each way in which it is refused. The collector is the real one;
//! what the agent would send is made with the agent's code and a software TPM.

use crate::harness::scene::Scene;
use crate::harness::{Agent, Hands, Vendor, ask, status};
use crate::swtpm::Swtpm;
use domicile_daemon::device::tpm::command::flush;
use domicile_daemon::device::tpm::enrol::{Offer, activate, offer};
use domicile_daemon::device::tpm::link::Tpm;
use domicile_daemon::device::tpm::quote;
use domicile_daemon::device::tpm::template::Endorsement;
use domicile_proto::device_nonce::device_nonce;
use domicile_proto::sign::sha256;
use domicile_proto::wire::collector_reply::Reply;
use domicile_proto::wire::collector_request::Request;
use domicile_proto::wire::{
    self, Binding, EkStanding, Premise, StatusCode, TpmOutcome, VerdictValue,
};
use domicile_tpm::testing::Maker;
use std::os::unix::net::UnixStream;

fn vendor(maker: &Maker) -> Vendor {
    let vendor = Vendor::new();
    std::fs::write(vendor.path("maker.pem"), maker.pem()).unwrap();
    vendor.write_config("tpm-roots = [\"maker.pem\"]");
    vendor
}

/// The keys of a TPM, with its maker's certificate if there is one.
fn offered(tpm: &mut Tpm<UnixStream>, maker: Option<&Maker>) -> Offer {
    let mut offer = offer(tpm).unwrap();
    if let Some(maker) = maker {
        assert_eq!(offer.endorsement, Endorsement::P256);
        offer.identity.ek_certificate = maker.certify(&offer.identity.ek_public);
    }
    offer
}

fn request(agent: &Agent, token: &wire::Signed, identity: &wire::TpmIdentity) -> Request {
    let Request::Enrol(request) = agent.enrol_request(token) else {
        unreachable!("it makes nothing else")
    };
    Request::Enrol(wire::EnrolRequest {
        tpm: Some(identity.clone()),
        ..request
    })
}

/// An enrolled host with this TPM, at a collector that runs.
async fn scene(swtpm: &Swtpm, vendor: Vendor, maker: Option<&Maker>) -> Scene {
    let mut scene = Scene::at(vendor, Hands::at(crate::harness::real_now())).await;
    let now_ms = scene.hands.now();
    let token = scene.vendor.token("sin", 1, now_ms);
    let mut agent = Agent::new(&scene.vendor, 7);
    let mut tpm = Tpm::new(swtpm.connect());
    let offer = offered(&mut tpm, maker);
    let connection = agent.connect(scene.running.quic).await;
    let reply = ask(&connection, request(&agent, &token, &offer.identity)).await;
    let Reply::Activation(activation) = reply.unwrap() else {
        panic!("no activation")
    };
    let secret = activate(&mut tpm, offer.ek, &activation, &[1; 16]).unwrap();
    tpm.run(&flush(offer.ek)).unwrap();
    let secret = wire::ActivationSecret {
        secret: secret.to_vec(),
    };
    let reply = ask(&connection, Request::Activation(secret)).await.unwrap();
    agent.adopt(&token, now_ms, reply);
    scene.agent = agent;
    scene
}

/// One session, with the quote that `sign` makes of the device nonce.
async fn session(
    scene: &mut Scene,
    sign: impl FnOnce([u8; 32]) -> Option<wire::TpmQuote>,
) -> wire::Verdict {
    let trip = scene.trip().await;
    let mut evidence = scene.vendor.world.honest(scene.agent.host(), &trip);
    let hashes = evidence
        .rangings
        .iter()
        .map(|ranging| sha256(&ranging.transcript));
    evidence.tpm = sign(device_nonce(&scene.agent.key(), &evidence.nonce, hashes));
    let signed = scene.agent.finish(evidence);
    scene.submit(&signed).await;
    scene.verdict(&signed)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certified_tpm_binds_the_session_that_it_quotes_and_no_other() {
    let Some(swtpm) = Swtpm::start() else { return };
    let maker = Maker::new("maker");
    let mut scene = scene(&swtpm, vendor(&maker), Some(&maker)).await;
    let verdict = session(&mut scene, |nonce| quote(swtpm.connect(), &nonce).ok()).await;
    assert_eq!(verdict.binding(), Binding::Tpm);
    assert!(
        verdict
            .premises()
            .any(|premise| premise == Premise::DeviceWithResponder)
    );
    let tpm = verdict.tpm.unwrap();
    assert_eq!(
        (tpm.outcome(), tpm.ek()),
        (TpmOutcome::Holds, EkStanding::Certified)
    );
    assert!(tpm.clock_ms > 0);

    // The next session has no quote: it is not bound by the one before.
    let verdict = session(&mut scene, |_| None).await;
    assert_eq!((verdict.binding(), verdict.tpm), (Binding::Software, None));
    assert!(
        verdict
            .premises()
            .all(|premise| premise != Premise::DeviceWithResponder)
    );

    // A quote of another session, of another TPM, and bytes that are none: each with its reason, and
    // the session counts as if there were no TPM.
    let Some(other) = Swtpm::start() else { return };
    let replayed = quote(swtpm.connect(), &[1; 32]).unwrap();
    let garbage = wire::TpmQuote {
        attest: vec![0; 129],
        signature: vec![0; 72],
    };
    let foreign = |nonce| quote(other.connect(), &nonce).ok();
    for (verdict, outcome) in [
        (
            session(&mut scene, |_| Some(replayed)).await,
            TpmOutcome::OtherNonce,
        ),
        (
            session(&mut scene, foreign).await,
            TpmOutcome::SignatureFails,
        ),
        (
            session(&mut scene, |_| Some(garbage)).await,
            TpmOutcome::Malformed,
        ),
    ] {
        assert_eq!(verdict.tpm.unwrap().outcome(), outcome);
        assert_eq!(verdict.binding(), Binding::Software, "{outcome:?}");
        assert_ne!(verdict.value(), VerdictValue::Invalid, "{outcome:?}");
    }
    scene.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_known_maker_a_quote_holds_and_binds_nothing() {
    let Some(swtpm) = Swtpm::start() else { return };
    let (maker, stranger) = (Maker::new("maker"), Maker::new("stranger"));
    for (certified_by, standing) in [
        (None, EkStanding::NoCertificate),
        (Some(&stranger), EkStanding::UnknownRoot),
    ] {
        let mut scene = scene(&swtpm, vendor(&maker), certified_by).await;
        let verdict = session(&mut scene, |nonce| quote(swtpm.connect(), &nonce).ok()).await;
        let tpm = verdict.tpm.unwrap();
        assert_eq!((tpm.outcome(), tpm.ek()), (TpmOutcome::Holds, standing));
        assert_eq!(verdict.binding(), Binding::Software, "{standing:?}");
        scene.running.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_not_what_they_are_offered_as_enrol_nothing() {
    let (Some(one), Some(two)) = (Swtpm::start(), Swtpm::start()) else {
        return;
    };
    let maker = Maker::new("maker");
    let vendor = vendor(&maker);
    let now_ms = crate::harness::real_now();
    let running = vendor.start(Hands::at(now_ms).clock()).await;
    let token = vendor.token("sin", 1, now_ms);
    let agent = Agent::new(&vendor, 1);
    let (mut tpm, mut other) = (Tpm::new(one.connect()), Tpm::new(two.connect()));
    let good = offered(&mut tpm, Some(&maker));
    let foreign = offered(&mut other, Some(&maker));

    // The certificate of another TPM; an attestation key that signs anything (restricted is clear);
    // the endorsement key as attestation key.
    let mut unrestricted = good.identity.ak_public.clone();
    unrestricted[5] &= !1;
    for identity in [
        wire::TpmIdentity {
            ek_certificate: foreign.identity.ek_certificate.clone(),
            ..good.identity.clone()
        },
        wire::TpmIdentity {
            ak_public: unrestricted,
            ..good.identity.clone()
        },
        wire::TpmIdentity {
            ak_public: good.identity.ek_public.clone(),
            ..good.identity.clone()
        },
    ] {
        let reply = agent
            .ask(running.quic, request(&agent, &token, &identity))
            .await;
        assert_eq!(status(reply), StatusCode::Malformed);
    }

    // The attestation key of one TPM beside the endorsement key of the other: neither opens it.
    let mixed = wire::TpmIdentity {
        ak_public: foreign.identity.ak_public.clone(),
        ..good.identity.clone()
    };
    let connection = agent.connect(running.quic).await;
    let reply = ask(&connection, request(&agent, &token, &mixed))
        .await
        .unwrap();
    let Reply::Activation(activation) = reply else {
        panic!("{reply:?}")
    };
    assert!(activate(&mut tpm, good.ek, &activation, &[1; 16]).is_err());
    assert!(activate(&mut other, foreign.ek, &activation, &[1; 16]).is_err());

    // A guess ends it, also for the right secret afterwards; and no other connection has a part in it.
    let guess = || {
        Request::Activation(wire::ActivationSecret {
            secret: vec![0; 32],
        })
    };
    assert_eq!(
        status(ask(&connection, guess()).await.unwrap()),
        StatusCode::KeyMismatch
    );
    assert_eq!(
        status(ask(&connection, guess()).await.unwrap()),
        StatusCode::Malformed
    );
    let reply = ask(&connection, request(&agent, &token, &good.identity))
        .await
        .unwrap();
    let Reply::Activation(activation) = reply else {
        panic!("{reply:?}")
    };
    let secret = activate(&mut tpm, good.ek, &activation, &[1; 16])
        .unwrap()
        .to_vec();
    let right = || {
        Request::Activation(wire::ActivationSecret {
            secret: secret.clone(),
        })
    };
    let elsewhere = agent.connect(running.quic).await;
    assert_eq!(
        status(ask(&elsewhere, right()).await.unwrap()),
        StatusCode::Malformed
    );

    // After all this the token is unused.
    let reply = ask(&connection, right()).await.unwrap();
    assert!(matches!(reply, Reply::Certificate(_)), "{reply:?}");
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_enrolled_without_a_tpm_quotes_for_nothing() {
    let Some(swtpm) = Swtpm::start() else { return };
    let mut scene = Scene::new().await;
    let verdict = session(&mut scene, |nonce| quote(swtpm.connect(), &nonce).ok()).await;
    assert_eq!(verdict.tpm.unwrap().outcome(), TpmOutcome::NotEnrolled);
    assert_eq!(verdict.binding(), Binding::Software);
    scene.running.stop().await.unwrap();
}
