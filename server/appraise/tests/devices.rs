//! What a host's devices signed: binding only for this session, by this GPU's own key; nothing that
//! a device or driver does wrong accuses the host.
#![allow(clippy::unwrap_used)]

use domicile_appraise::CODE_VERSION;
use domicile_appraise::devices::DeviceChains;
use domicile_appraise::judge::{Inputs, judge};
use domicile_appraise::testing::devices::{chains_of, device_report, nonce_of, sign_with};
use domicile_appraise::testing::{Host, NOW_MS, World, point, policy};
use domicile_appraise::verify::Appraised;
use domicile_geo::Territories;
use domicile_proto::codec;
use domicile_proto::frame::MAX_TO_COLLECTOR;
use domicile_proto::wire::{
    Binding, CcState, Device, DeviceDetails, DeviceKind, DeviceOutcome, DeviceResult, Evidence,
    Inventory, Premise, Verdict, VerdictValue,
};
use domicile_spdm::pdi::Kind;
use domicile_spdm::testing::{Form, Generation, TestDevice, Vendor};

const RECEIVED_MS: u64 = NOW_MS + 10_000;

struct Scene {
    world: World,
    host: Host,
    vendor: Vendor,
}

impl Scene {
    fn new() -> Self {
        let world = World::new();
        Self {
            host: world.enrol(1, "sin", "asia"),
            vendor: Vendor::new(),
            world,
        }
    }

    /// An honest report from Singapore, with nothing of devices yet.
    fn evidence(&self, number: u8) -> Evidence {
        let place = point(1.35, 103.82);
        let trip = self.world.trip(&self.host, place, NOW_MS, number);
        self.world.honest(&self.host, &trip)
    }

    fn judge(&self, evidence: &Evidence) -> Verdict {
        self.judge_with(evidence, &chains_of(&self.vendor, evidence))
    }

    fn judge_with(&self, evidence: &Evidence, chains: &DeviceChains) -> Verdict {
        let signed = self.host.sign(evidence);
        let appraised = self.world.verify(&self.host, &signed, RECEIVED_MS).unwrap();
        self.judged(&appraised, chains)
    }

    fn judged(&self, appraised: &Appraised, chains: &DeviceChains) -> Verdict {
        judge(&Inputs {
            appraised,
            enrolment: &self.host.enrolment,
            policy: &policy(),
            territories: Territories::builtin(),
            chain: &[],
            compared: &[],
            judged_ms: NOW_MS + 20_000,
            code_version: CODE_VERSION,
            device_chains: chains,
        })
    }

    fn signed_by(&self, devices: &[(TestDevice, Form)]) -> Evidence {
        let mut evidence = self.evidence(1);
        sign_with(&mut evidence, devices);
        evidence
    }

    fn gpu(&self, pdi: u64) -> TestDevice {
        self.vendor.device(Kind::Gpu, pdi)
    }
}

fn only(verdict: &Verdict) -> &DeviceResult {
    assert_eq!(verdict.devices.len(), 1);
    &verdict.devices[0]
}

/// Never an accusation: the verdict's value is what it is without the devices.
fn assert_unbound(verdict: &Verdict) {
    assert_eq!(verdict.value(), VerdictValue::Confined);
    assert_eq!(verdict.invalid_reason, 0);
    assert_eq!(verdict.binding(), Binding::Software);
    assert_eq!(verdict.device_window_ms, 0);
    assert!(
        verdict
            .premises()
            .all(|premise| premise != Premise::DeviceWithResponder)
    );
    assert!(
        verdict
            .devices
            .iter()
            .all(|device| device.binding() == Binding::None)
    );
}

#[test]
fn a_gpu_that_signed_this_session_binds_it() {
    let scene = Scene::new();
    let evidence = scene.signed_by(&[(scene.gpu(7), Form::default())]);
    let verdict = scene.judge(&evidence);
    assert_eq!(verdict.value(), VerdictValue::Confined);
    assert_eq!(verdict.binding(), Binding::Gpu);
    assert!(
        verdict
            .premises()
            .any(|premise| premise == Premise::DeviceWithResponder)
    );
    assert!(
        verdict
            .premises()
            .any(|premise| premise == Premise::SessionNotDelegated)
    );
    assert_eq!(verdict.device_roots_hash, scene.vendor.roots().hash());
    // Signed after the last anchor's rounds, before the receipt: both stand in the verdict.
    assert_eq!(
        verdict.device_window_ms,
        RECEIVED_MS - verdict.measured_until_ms
    );

    let device = only(&verdict);
    assert_eq!(device.kind(), DeviceKind::Gpu);
    assert_eq!(device.pdi, 7_u64.to_be_bytes());
    for outcome in [
        device.signature(),
        device.chain(),
        device.nonce(),
        device.identity(),
        device.firmware(),
    ] {
        assert_eq!(outcome, DeviceOutcome::Passed);
    }
    assert_eq!(device.reference(), DeviceOutcome::Unknown);
    assert_eq!(device.revocation(), DeviceOutcome::Absent);
    assert_eq!(
        device.debug_off(),
        DeviceOutcome::Unknown,
        "Hopper does not state it"
    );
    assert_eq!(device.driver, "590.12");
    assert_eq!(device.firmware_version, "96.00.A5.00.01");
    // The same inputs give the same bytes.
    assert_eq!(
        codec::encode(&verdict),
        codec::encode(&scene.judge(&evidence))
    );
}

#[test]
fn a_report_of_another_session_binds_nothing() {
    let scene = Scene::new();
    let (first, mut second) = (scene.evidence(1), scene.evidence(2));
    assert_ne!(nonce_of(&first), nonce_of(&second));
    second.device_reports = vec![device_report(
        &scene.gpu(7),
        &Form::default(),
        nonce_of(&first),
    )];
    let verdict = scene.judge(&second);
    assert_eq!(only(&verdict).nonce(), DeviceOutcome::Failed);
    assert_eq!(only(&verdict).signature(), DeviceOutcome::Passed);
    assert_unbound(&verdict);
    // Nor one for fewer anchors' sessions than the report has, or for another order of them.
    for change in [
        |evidence: &mut Evidence| drop(evidence.rangings.pop()),
        |evidence: &mut Evidence| evidence.rangings.swap(0, 1),
    ] {
        let mut other = scene.evidence(1);
        change(&mut other);
        let mut evidence = scene.evidence(1);
        evidence.device_reports = vec![device_report(
            &scene.gpu(7),
            &Form::default(),
            nonce_of(&other),
        )];
        assert_unbound(&scene.judge(&evidence));
    }
}

#[test]
fn whatever_is_wrong_with_a_device_accuses_nobody() {
    let scene = Scene::new();
    let other_vendor = Vendor::new();
    let evidence = |device: TestDevice, form: Form| scene.signed_by(&[(device, form)]);
    let bent = |change: fn(&mut Vec<u8>)| {
        let mut evidence = evidence(scene.gpu(7), Form::default());
        change(&mut evidence.device_reports[0].report);
        evidence
    };
    let cases = [
        (bent(|report| report[100] ^= 1), "signature"),
        (bent(|report| report.truncate(100)), "cut"),
        (bent(|report| *report = vec![0; 16_384]), "no report"),
        (
            evidence(other_vendor.device(Kind::Gpu, 7), Form::default()),
            "another root",
        ),
        (
            evidence(
                scene.gpu(7),
                Form {
                    fwid: Some(Some([9; 48])),
                    ..Form::default()
                },
            ),
            "firmware",
        ),
        (
            evidence(
                scene
                    .vendor
                    .device_of(Kind::Gpu, 7, Generation::Blackwell(0x10)),
                Form::default(),
            ),
            "debug",
        ),
        (
            evidence(scene.vendor.device(Kind::Switch, 7), Form::default()),
            "a switch is no GPU",
        ),
        (
            {
                let thief = scene.gpu(1);
                evidence(
                    scene.vendor.forged_by(&thief, Kind::Gpu, 7),
                    Form::default(),
                )
            },
            "certified by another device",
        ),
        (
            {
                let mut evidence = evidence(scene.vendor.device(Kind::Switch, 7), Form::default());
                evidence.device_reports[0].kind = DeviceKind::Gpu as i32;
                evidence
            },
            "a switch said to be a GPU",
        ),
    ];
    for (evidence, what) in cases {
        let verdict = scene.judge(&evidence);
        assert_eq!(verdict.devices.len(), 1, "{what}");
        assert_unbound(&verdict);
    }
    // One that fails takes nothing from another that holds.
    let mut evidence = scene.signed_by(&[
        (scene.gpu(7), Form::default()),
        (scene.gpu(8), Form::default()),
    ]);
    evidence.device_reports[0].report[100] ^= 1;
    let verdict = scene.judge(&evidence);
    assert_eq!(verdict.binding(), Binding::Gpu);
    let bindings: Vec<Binding> = verdict.devices.iter().map(DeviceResult::binding).collect();
    assert_eq!(bindings, [Binding::None, Binding::Gpu]);
}

#[test]
fn a_session_handed_to_a_proxy_binds_and_names_its_premises() {
    let scene = Scene::new();
    // The proxy in Singapore holds the host's key and answers the anchors. No GPU is there.
    let mut evidence = scene.evidence(1);
    // 32 bytes travel to Shenzhen; the GPU there signs them, and its report travels back.
    let in_shenzhen = scene.gpu(7);
    let (there, signing, back) = (60, 900, 60);
    let report = device_report(&in_shenzhen, &Form::default(), nonce_of(&evidence));
    evidence.device_reports = vec![report];
    let received_ms = NOW_MS + 3_000 + there + signing + back;
    let signed = scene.host.sign(&evidence);
    let appraised = scene
        .world
        .verify(&scene.host, &signed, received_ms)
        .unwrap();
    let verdict = scene.judged(&appraised, &chains_of(&scene.vendor, &evidence));
    // It succeeds, as the premises say: the verdict is about the responder, and about a GPU that
    // signed for it within this time.
    assert_eq!(verdict.value(), VerdictValue::Confined);
    assert_eq!(verdict.binding(), Binding::Gpu);
    for premise in [Premise::SessionNotDelegated, Premise::DeviceWithResponder] {
        assert!(verdict.premises().any(|stated| stated == premise));
    }
    let window_ms = verdict.device_window_ms;
    assert_eq!(window_ms, received_ms - verdict.measured_until_ms);
    assert!(
        (there + signing + back..10_000).contains(&window_ms),
        "{window_ms}"
    );
}

#[test]
fn a_chain_named_by_hash_alone_must_be_known() {
    let scene = Scene::new();
    let whole = scene.signed_by(&[(scene.gpu(7), Form::default())]);
    let known = chains_of(&scene.vendor, &whole);
    let mut named = whole.clone();
    named.device_reports[0].chain.clear();
    let verdict = scene.judge(&named);
    assert_eq!(only(&verdict).chain(), DeviceOutcome::Unknown);
    assert_eq!(only(&verdict).signature(), DeviceOutcome::Unknown);
    assert_unbound(&verdict);
    assert_eq!(scene.judge_with(&named, &known).binding(), Binding::Gpu);
}

#[test]
fn inventory_and_debug_are_the_hosts_own_words() {
    let scene = Scene::new();
    let with = |cc: CcState, driver: &str, pdi: u64| {
        let mut evidence = scene.signed_by(&[(scene.gpu(7), Form::default())]);
        evidence.inventory = Some(Inventory {
            devices: vec![Device {
                vendor_id: 0x10de,
                details: Some(DeviceDetails {
                    firmware: "96.00.a5.00.01".into(),
                    pdi: pdi.to_be_bytes().to_vec(),
                    ..DeviceDetails::default()
                }),
                ..Device::default()
            }],
            driver: driver.into(),
            cc: cc as i32,
        });
        scene.judge(&evidence)
    };
    let fits = with(CcState::On, "590.12", 7);
    assert_eq!(only(&fits).inventory(), DeviceOutcome::Passed);
    assert_eq!(fits.binding(), Binding::Gpu);
    // What nobody signs takes no binding away; it is reported.
    for other in [
        with(CcState::On, "590.13", 7),
        with(CcState::On, "590.12", 8),
    ] {
        assert_eq!(only(&other).inventory(), DeviceOutcome::Failed);
        assert_eq!(other.binding(), Binding::Gpu);
    }
    let debug = with(CcState::Debug, "590.12", 7);
    assert_eq!(only(&debug).debug_off(), DeviceOutcome::Failed);
    assert_unbound(&debug);
}

#[test]
fn a_board_fits_into_one_report_and_misses_whom_it_names() {
    let scene = Scene::new();
    let mut board = scene.vendor.board(1);
    let whole = scene.signed_by(&board);
    let bytes = codec::encode(&scene.host.sign(&whole)).len();
    assert!(bytes < MAX_TO_COLLECTOR / 2, "{bytes} bytes");
    let verdict = scene.judge(&whole);
    assert_eq!(verdict.devices.len(), 12);
    assert!(verdict.missing_devices.is_empty());
    assert!(
        verdict
            .devices
            .iter()
            .all(|device| !device.peers.is_empty())
    );

    let (gone, _) = board.remove(3);
    let verdict = scene.judge(&scene.signed_by(&board));
    assert_eq!(verdict.missing_devices, [gone.device.pdi.0.to_vec()]);
    assert_eq!(verdict.binding(), Binding::Gpu);
}

#[test]
fn the_bounds_are_held_before_anything_is_looked_into() {
    let scene = Scene::new();
    let refused = |change: &dyn Fn(&mut Evidence)| {
        let mut evidence = scene.signed_by(&[(scene.gpu(7), Form::default())]);
        change(&mut evidence);
        let signed = scene.host.sign(&evidence);
        assert!(
            scene
                .world
                .verify(&scene.host, &signed, RECEIVED_MS)
                .is_err()
        );
    };
    refused(&|evidence| evidence.device_reports = vec![evidence.device_reports[0].clone(); 33]);
    refused(&|evidence| evidence.device_reports[0].report = vec![0; 16_385]);
    refused(&|evidence| evidence.device_reports[0].kind = 3);
    refused(&|evidence| evidence.device_reports[0].chain_hash.truncate(31));
    refused(&|evidence| evidence.device_reports[0].chain.truncate(2));
    refused(&|evidence| evidence.device_reports[0].chain[0] = vec![0; 2049]);
    refused(&|evidence| evidence.device_reports[0].chain_hash[0] ^= 1);
}
