//! Agent and verifier write and read TPM structures by themselves. Here the TCG's own software stack
//! (libtss2, through `tss-esapi`) reads what the agent wrote, and makes what agent and verifier read.
//!
//! Run by itself, since it needs `libtss2-dev`, `pkg-config` and `swtpm` (Debian's names):
//! `cd server/tpm/esapi && cargo test --locked`.
#![allow(clippy::unwrap_used)]

use domicile_daemon::device::tpm::command::flush;
use domicile_daemon::device::tpm::enrol::{activate, endorsement_key, offer};
use domicile_daemon::device::tpm::link::Tpm;
use domicile_daemon::device::tpm::quote;
use domicile_daemon::device::tpm::template::{self, Endorsement};
use domicile_proto::wire;
use domicile_tpm::credential::make;
use domicile_tpm::public::{AttestationKey, EndorsementKey, PublicError};
use domicile_tpm::quote::{QuoteError, check};
use domicile_tpm_esapi::Swtpm;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use tss_esapi::Context;
use tss_esapi::abstraction::{AsymmetricAlgorithmSelection, ak, ek};
use tss_esapi::constants::SessionType;
use tss_esapi::handles::{AuthHandle, KeyHandle, SessionHandle};
use tss_esapi::interface_types::algorithm::{HashingAlgorithm, SignatureSchemeAlgorithm};
use tss_esapi::interface_types::ecc::EccCurve;
use tss_esapi::interface_types::key_bits::RsaKeyBits;
use tss_esapi::interface_types::resource_handles::Hierarchy;
use tss_esapi::interface_types::session_handles::{AuthSession, PolicySession};
use tss_esapi::structures::{
    Attest, AttestInfo, Data, Digest, EccScheme, EncryptedSecret, HashScheme, IdObject, Name,
    Nonce, PcrSelectionList, PcrSelectionListBuilder, PcrSlot, Public, Signature, SignatureScheme,
    SymmetricDefinition,
};
use tss_esapi::traits::{Marshall as _, UnMarshall as _};
use tss_esapi::utils::create_unrestricted_signing_ecc_public;

const NONCE: [u8; 32] = [7; 32];
const SECRET: [u8; 32] = [9; 32];
const P256: AsymmetricAlgorithmSelection = AsymmetricAlgorithmSelection::Ecc(EccCurve::NistP256);
const RSA: AsymmetricAlgorithmSelection = AsymmetricAlgorithmSelection::Rsa(RsaKeyBits::Rsa2048);
const NO_PCR: fn() -> PcrSelectionList = || PcrSelectionListBuilder::new().build().unwrap();

/// The keys that the agent offers at enrolment.
fn offered(swtpm: &Swtpm) -> wire::TpmIdentity {
    let mut tpm = Tpm::new(swtpm.connect());
    let offer = offer(&mut tpm).unwrap();
    tpm.run(&flush(offer.ek)).unwrap();
    offer.identity
}

/// A public key in the TPM, and its name as libtss2 and the TPM agree on it.
fn load(context: &mut Context, public: &[u8]) -> (KeyHandle, Name) {
    let public = Public::unmarshall(public).unwrap();
    let key = context.load_external_public(public, Hierarchy::Null);
    let key = key.unwrap();
    let (_, name, _) = context.read_public(key).unwrap();
    (key, name)
}

#[test]
fn the_stack_reads_the_agents_keys_as_the_verifier_does() {
    let swtpm = Swtpm::new();
    let identity = offered(&swtpm);
    let mut context = swtpm.context();

    let ak = AttestationKey::read(&identity.ak_public).unwrap();
    let public = Public::unmarshall(&identity.ak_public).unwrap();
    assert_eq!(public.marshall().unwrap(), identity.ak_public);
    let attributes = public.object_attributes();
    assert!(attributes.restricted() && attributes.sign_encrypt() && !attributes.decrypt());
    assert!(attributes.fixed_tpm() && attributes.fixed_parent());
    assert!(attributes.sensitive_data_origin());
    let Public::Ecc { parameters, .. } = &public else {
        panic!("{public:?}")
    };
    let scheme = EccScheme::EcDsa(HashScheme::new(HashingAlgorithm::Sha256));
    assert_eq!(parameters.ecc_scheme(), scheme);
    assert_eq!(parameters.ecc_curve(), EccCurve::NistP256);
    assert_eq!(load(&mut context, &identity.ak_public).1.value(), ak.name.0);

    // The stack's own endorsement keys are the maker's, and so are the agent's.
    for (endorsement, algorithm) in [(Endorsement::P256, P256), (Endorsement::Rsa2048, RSA)] {
        let template = ek::create_ek_public_from_default_template_2(algorithm, None).unwrap();
        assert_eq!(template.marshall().unwrap(), endorsement.template());
        let key = ek::create_ek_object_2(&mut context, algorithm, None).unwrap();
        let (public, name, _) = context.read_public(key).unwrap();
        let public = public.marshall().unwrap();
        let read = EndorsementKey::read(&public).unwrap();
        assert_eq!(name.value(), read.name.0);
        if endorsement == Endorsement::P256 {
            assert_eq!(public, identity.ek_public);
        }
        context.flush_context(key.into()).unwrap();
    }
}

#[test]
fn the_stack_reads_and_verifies_the_agents_quote_as_the_verifier_does() {
    let swtpm = Swtpm::new();
    let identity = offered(&swtpm);
    let signed = quote(swtpm.connect(), &NONCE).unwrap();
    let ak = AttestationKey::read(&identity.ak_public).unwrap();
    let clock = check(&ak, &signed.attest, &signed.signature, &NONCE).unwrap();

    let attest = Attest::unmarshall(&signed.attest).unwrap();
    assert_eq!(attest.marshall().unwrap(), signed.attest);
    assert_eq!(attest.extra_data().value(), NONCE);
    let AttestInfo::Quote { info } = attest.attested() else {
        panic!("{attest:?}")
    };
    assert!(info.pcr_selection().is_empty());
    assert_eq!(attest.clock_info().clock(), clock.clock_ms);
    assert_eq!(attest.clock_info().reset_count(), clock.reset_count);
    assert_eq!(attest.clock_info().restart_count(), clock.restart_count);
    assert_eq!(attest.clock_info().safe(), clock.safe);
    assert_eq!(attest.firmware_version(), clock.firmware_version);

    let mut context = swtpm.context();
    let (key, _) = load(&mut context, &identity.ak_public);
    let signature = Signature::unmarshall(&signed.signature).unwrap();
    assert_eq!(signature.marshall().unwrap(), signed.signature);
    let mut verify = |message: &[u8]| {
        let digest = Digest::try_from(digest(&SHA256, message).as_ref()).unwrap();
        context.verify_signature(key, digest, signature.clone())
    };
    verify(&signed.attest).unwrap();
    let mut changed = signed.attest.clone();
    changed[20] ^= 1;
    assert!(verify(&changed).is_err());
}

/// Keys, and quotes with them, that no code of this repository made.
#[test]
fn the_verifier_takes_the_stacks_quotes_and_refuses_those_it_should() {
    let swtpm = Swtpm::new();
    let mut context = swtpm.context();
    let null = SignatureScheme::Null;
    for (endorsement, algorithm, scheme) in [
        (P256, P256, SignatureSchemeAlgorithm::EcDsa),
        (RSA, RSA, SignatureSchemeAlgorithm::RsaSsa),
    ] {
        let parent = ek::create_ek_object_2(&mut context, endorsement, None).unwrap();
        let hash = HashingAlgorithm::Sha256;
        let made = ak::create_ak_2(&mut context, parent, hash, algorithm, scheme, None, None);
        let made = made.unwrap();
        let public = made.out_public.clone();
        let key = ak::load_ak(&mut context, parent, None, made.out_private, public).unwrap();
        let read = AttestationKey::read(&made.out_public.marshall().unwrap()).unwrap();
        let mut quote = |registers: PcrSelectionList| {
            let nonce = Data::try_from(NONCE.to_vec()).unwrap();
            let (attest, signature) = context
                .execute_with_session(Some(AuthSession::Password), |context| {
                    context.quote(key, nonce, null, registers)
                })
                .unwrap();
            (attest.marshall().unwrap(), signature.marshall().unwrap())
        };
        let (attest, signature) = quote(NO_PCR());
        let clock = check(&read, &attest, &signature, &NONCE).unwrap();
        let other = check(&read, &attest, &signature, &[8; 32]);
        assert_eq!(other, Err(QuoteError::OtherNonce(clock)));
        let registers = PcrSelectionListBuilder::new().with_selection(hash, &[PcrSlot::Slot0]);
        let (attest, signature) = quote(registers.build().unwrap());
        let found = check(&read, &attest, &signature, &NONCE);
        assert!(matches!(found, Err(QuoteError::Malformed(_))), "{found:?}");
        context.flush_context(key.into()).unwrap();
        context.flush_context(parent.into()).unwrap();
    }
    // A key that signs anything.
    let scheme = EccScheme::EcDsa(HashScheme::new(HashingAlgorithm::Sha256));
    let public = create_unrestricted_signing_ecc_public(scheme, EccCurve::NistP256).unwrap();
    let found = AttestationKey::read(&public.marshall().unwrap());
    assert!(
        matches!(found, Err(PublicError::Attributes(_))),
        "{found:?}"
    );
}

/// The agent's attestation key, made by the stack out of the agent's template.
fn attestation_key(context: &mut Context) -> KeyHandle {
    let template = Public::unmarshall(&template::attestation_key()).unwrap();
    let made = context.execute_with_session(Some(AuthSession::Password), |context| {
        context.create_primary(Hierarchy::Endorsement, template, None, None, None, None)
    });
    made.unwrap().key_handle
}

#[test]
fn the_stack_opens_what_the_collector_makes() {
    let swtpm = Swtpm::new();
    let (identity, other) = (offered(&swtpm), offered(&Swtpm::new()));
    let mut context = swtpm.context();
    let ak = attestation_key(&mut context);
    let (public, name, _) = context.read_public(ak).unwrap();
    assert_eq!(
        public.marshall().unwrap(),
        identity.ak_public,
        "one template, one key"
    );
    let read = AttestationKey::read(&identity.ak_public).unwrap();
    assert_eq!(name.value(), read.name.0);
    let foreign = AttestationKey::read(&other.ak_public).unwrap();
    for algorithm in [P256, RSA] {
        let ek = ek::create_ek_object_2(&mut context, algorithm, None).unwrap();
        let (public, _, _) = context.read_public(ek).unwrap();
        let for_key = EndorsementKey::read(&public.marshall().unwrap()).unwrap();
        let opened = |context: &mut Context, name| {
            let made = make(&for_key, name, &SECRET, &SystemRandom::new()).unwrap();
            open(context, ak, ek, &made.credential, &made.encrypted_secret)
        };
        assert_eq!(opened(&mut context, &read.name).unwrap().value(), SECRET);
        assert!(
            opened(&mut context, &foreign.name).is_err(),
            "another key's name"
        );
        context.flush_context(ek.into()).unwrap();
    }
    // Enciphered to another TPM.
    let ek = ek::create_ek_object_2(&mut context, P256, None).unwrap();
    let elsewhere = EndorsementKey::read(&other.ek_public).unwrap();
    let made = make(&elsewhere, &read.name, &SECRET, &SystemRandom::new()).unwrap();
    assert!(
        open(
            &mut context,
            ak,
            ek,
            &made.credential,
            &made.encrypted_secret
        )
        .is_err()
    );
}

/// `TPM2_ActivateCredential`, by the stack.
fn open(
    context: &mut Context,
    ak: KeyHandle,
    ek: KeyHandle,
    credential: &[u8],
    encrypted_secret: &[u8],
) -> tss_esapi::Result<Digest> {
    let (cipher, hash) = (SymmetricDefinition::AES_128_CFB, HashingAlgorithm::Sha256);
    let session = context
        .start_auth_session(None, None, None, SessionType::Policy, cipher, hash)?
        .unwrap();
    let policy = PolicySession::try_from(session)?;
    context.execute_with_session(Some(AuthSession::Password), |context| {
        let (none, digest) = (Nonce::default(), Digest::default());
        context.policy_secret(
            policy,
            AuthHandle::Endorsement,
            none.clone(),
            digest,
            none,
            None,
        )
    })?;
    let credential = IdObject::try_from(credential.to_vec())?;
    let secret = EncryptedSecret::try_from(encrypted_secret.to_vec())?;
    let sessions = (Some(AuthSession::Password), Some(session), None);
    let opened = context.execute_with_sessions(sessions, |context| {
        context.activate_credential(ak, ek, credential, secret)
    });
    if opened.is_err() {
        // One that was used to the end is gone.
        context.flush_context(SessionHandle::from(session).into())?;
    }
    opened
}

#[test]
fn the_agent_opens_what_the_stack_makes() {
    let swtpm = Swtpm::new();
    for endorsement in [Endorsement::P256, Endorsement::Rsa2048] {
        let mut tpm = Tpm::new(swtpm.connect());
        let (ek, ek_public) = endorsement_key(&mut tpm, endorsement).unwrap();
        tpm.run(&flush(ek)).unwrap();
        drop(tpm);
        let mut context = swtpm.context();
        let ak = attestation_key(&mut context);
        let (_, name, _) = context.read_public(ak).unwrap();
        context.flush_context(ak.into()).unwrap();
        let (ek, _) = load(&mut context, &ek_public);
        let secret = Digest::try_from(&SECRET[..]).unwrap();
        let (credential, encrypted_secret) = context.make_credential(ek, secret, name).unwrap();
        context.flush_context(ek.into()).unwrap();
        drop(context);

        let activation = wire::Activation {
            credential: credential.value().to_vec(),
            encrypted_secret: encrypted_secret.value().to_vec(),
        };
        let mut tpm = Tpm::new(swtpm.connect());
        let (ek, _) = endorsement_key(&mut tpm, endorsement).unwrap();
        let opened = activate(&mut tpm, ek, &activation, &[1; 16]).unwrap();
        assert_eq!(opened, SECRET, "{endorsement:?}");
        tpm.run(&flush(ek)).unwrap();
    }
}
