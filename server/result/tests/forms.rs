//! Both forms: read back alike, and nothing else is read.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

mod support;

use ciborium::Value;
use coset::{CoseSign1, CoseSign1Builder, HeaderBuilder, TaggedCborSerializable as _, iana};
use data_encoding::BASE64URL_NOPAD;
use domicile_proto::codec;
use domicile_proto::sign::{Domain, SigningKey};
use domicile_proto::wire::{EkStanding, TpmOutcome, Verdict};
use domicile_result::{
    AttestationResult, COSE_TYPE, CborError, EnvelopeError, Form, JwsError, MAX_BYTES, ReadError,
};
use proptest::prelude::*;
use support::{confined, key, keys, result, with_tpm};

fn samples() -> Vec<Verdict> {
    vec![
        confined(0),
        confined(2),
        with_tpm(TpmOutcome::Holds, EkStanding::Certified),
    ]
}

#[test]
fn both_forms_read_back_as_what_was_signed() {
    for verdict in samples() {
        let made = result(&verdict);
        let cose = made.to_cose(&key());
        let jws = made.to_jws(&key());
        assert_eq!(cose, made.to_cose(&key()));
        assert_eq!(
            AttestationResult::read(&cose, &keys()).unwrap(),
            (made.clone(), keys()[0], Form::Cose)
        );
        assert_eq!(
            AttestationResult::read(jws.as_bytes(), &keys()).unwrap(),
            (made, keys()[0], Form::Jws)
        );
    }
}

#[test]
fn sizes_are_known() {
    let sizes: Vec<_> = samples()
        .iter()
        .map(|verdict| {
            let made = result(verdict);
            (made.to_cose(&key()).len(), made.to_jws(&key()).len())
        })
        .collect();
    println!("COSE and JWS, bytes: {sizes:?}");
    assert!(
        sizes
            .iter()
            .all(|(cose, jws)| *cose < 8_192 && *jws < 16_384)
    );
}

#[test]
fn any_flipped_byte_is_refused() {
    let made = result(&confined(1));
    for good in [made.to_cose(&key()), made.to_jws(&key()).into_bytes()] {
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1 << (at % 8);
            assert!(AttestationResult::read(&bad, &keys()).is_err(), "byte {at}");
        }
    }
}

#[test]
fn cut_and_lengthened_bytes_are_refused() {
    let made = result(&confined(0));
    for good in [made.to_cose(&key()), made.to_jws(&key()).into_bytes()] {
        for length in 0..good.len() {
            assert!(AttestationResult::read(&good[..length], &keys()).is_err());
        }
        let longer = [&good[..], &[0]].concat();
        assert!(AttestationResult::read(&longer, &keys()).is_err());
        let huge = [&good[..], &vec![0; MAX_BYTES]].concat();
        assert!(AttestationResult::read(&huge, &keys()).is_err());
    }
}

#[test]
fn only_the_keys_given_are_believed() {
    let made = result(&confined(0));
    let other = SigningKey::from_seed(&[1; 32]);
    let cose = made.to_cose(&other);
    assert_eq!(
        AttestationResult::read(&cose, &keys()).unwrap_err(),
        ReadError::Cose(EnvelopeError::Signer(other.public()))
    );
    let jws = made.to_jws(&other);
    assert_eq!(
        AttestationResult::read(jws.as_bytes(), &keys()).unwrap_err(),
        ReadError::Jws(JwsError::Header)
    );
    let both = [keys()[0], other.public()];
    assert_eq!(
        AttestationResult::read(&cose, &both).unwrap().1,
        other.public()
    );
}

/// Signs any payload as this profile signs its claims.
fn envelope(payload: Vec<u8>) -> Vec<u8> {
    enveloped(payload, |header| header, |envelope| envelope)
}

fn enveloped(
    payload: Vec<u8>,
    header: impl FnOnce(HeaderBuilder) -> HeaderBuilder,
    change: impl FnOnce(CoseSign1Builder) -> CoseSign1Builder,
) -> Vec<u8> {
    let protected = HeaderBuilder::new()
        .algorithm(iana::Algorithm::EdDSA)
        .key_id(key().public().to_vec())
        .value(16, Value::Text(COSE_TYPE.into()));
    let builder = CoseSign1Builder::new()
        .protected(header(protected).build())
        .payload(payload)
        .create_signature(&[], |message| key().ring().sign(message).as_ref().to_vec());
    change(builder).build().to_tagged_vec().unwrap()
}

fn payload() -> Vec<u8> {
    let cose = result(&confined(1)).to_cose(&key());
    CoseSign1::from_tagged_slice(&cose)
        .unwrap()
        .payload
        .unwrap()
}

fn refused(bytes: &[u8]) -> EnvelopeError {
    match AttestationResult::read(bytes, &keys()).unwrap_err() {
        ReadError::Cose(error) => error,
        other => panic!("{other}"),
    }
}

#[test]
fn headers_are_those_of_the_profile_and_no_others() {
    let (payload, same) = (payload(), |header| header);
    assert!(AttestationResult::read(&envelope(payload.clone()), &keys()).is_ok());
    let more = enveloped(
        payload.clone(),
        |header| header.value(99, Value::Null),
        |e| e,
    );
    assert_eq!(refused(&more), EnvelopeError::Header);
    let outside = HeaderBuilder::new().value(99, Value::Null).build();
    let unprotected = enveloped(payload.clone(), same, |e| e.unprotected(outside));
    assert_eq!(refused(&unprotected), EnvelopeError::Header);
    let other = enveloped(payload, |h| h.algorithm(iana::Algorithm::ES256), |e| e);
    assert_eq!(refused(&other), EnvelopeError::Header);
}

/// Signed by the right key, but in another encoding than the one.
#[test]
fn other_encodings_of_the_same_claims_are_refused() {
    let good = payload();
    let refused_as_content = |payload: Vec<u8>| match refused(&envelope(payload)) {
        EnvelopeError::Content(error) => error,
        other => panic!("{other}"),
    };
    // A map of five claims begins with 0xa5; 0xb8 0x05 is a longer way to say so, 0xbf … 0xff another.
    assert_eq!(good[0], 0xa5);
    let overlong = [&[0xb8, 5], &good[1..]].concat();
    assert_eq!(refused_as_content(overlong), CborError::NotDeterministic);
    let indefinite = [&[0xbf], &good[1..], &[0xff]].concat();
    assert_eq!(refused_as_content(indefinite), CborError::NotDeterministic);
    let Ok(Value::Map(entries)) = ciborium::from_reader(&good[..]) else {
        panic!("a map is expected");
    };
    let written = |entries: Vec<(Value, Value)>| {
        let mut bytes = Vec::new();
        ciborium::into_writer(&Value::Map(entries), &mut bytes).unwrap();
        bytes
    };
    assert_eq!(written(entries.clone()), good);
    let mut turned = entries.clone();
    turned.reverse();
    assert_eq!(
        refused_as_content(written(turned)),
        CborError::NotDeterministic
    );
    let mut twice = entries.clone();
    twice.push(entries[0].clone());
    assert!(matches!(
        refused_as_content(written(twice)),
        CborError::Claim(_)
    ));
    let mut more = entries.clone();
    more.push((9_999.into(), Value::Null));
    assert!(matches!(
        refused_as_content(written(more)),
        CborError::Claim(_)
    ));
    for missing in 0..entries.len() {
        let mut fewer = entries.clone();
        fewer.remove(missing);
        assert!(matches!(
            refused_as_content(written(fewer)),
            CborError::Claim(_)
        ));
    }
}

/// A tier better than its vector is refused even if the collector signed it.
#[test]
fn a_tier_better_than_its_vector_is_refused() {
    let mut verdict = confined(0);
    verdict.value = domicile_proto::wire::VerdictValue::Invalid as i32;
    let cose = result(&verdict).to_cose(&key());
    let payload = CoseSign1::from_tagged_slice(&cose)
        .unwrap()
        .payload
        .unwrap();
    // 1000: 96 becomes 1000: 2. Shortest forms: 0x19 0x03e8 0x18 0x60 and 0x19 0x03e8 0x02.
    let at = payload
        .windows(5)
        .position(|window| window == [0x19, 0x03, 0xe8, 0x18, 0x60])
        .unwrap();
    let better = [&payload[..at + 3], &[2], &payload[at + 5..]].concat();
    let error = AttestationResult::read(&envelope(better), &keys()).unwrap_err();
    assert!(matches!(error, ReadError::Claim(_)), "{error}");
}

/// A signature made for another structure of the same key never opens an envelope, nor the reverse.
#[test]
fn signatures_of_other_domains_do_not_count() {
    let good = result(&confined(0)).to_cose(&key());
    let envelope = CoseSign1::from_tagged_slice(&good).unwrap();
    let message = envelope.tbs_data(&[]);
    for domain in Domain::ALL {
        // The domain's own message begins with the length of its tag, a COSE message with 0x84.
        assert_ne!(message[0] as usize, domain.tag().len());
        let signed = key().sign(domain, message.clone());
        let mut forged = CoseSign1::from_tagged_slice(&good).unwrap();
        forged.signature = signed.signature;
        let forged = forged.to_tagged_vec().unwrap();
        assert_eq!(refused(&forged), EnvelopeError::Signature(keys()[0]));
    }
}

#[test]
fn a_jws_is_read_in_one_form_only() {
    let made = result(&confined(1));
    let jws = made.to_jws(&key());
    let parts: Vec<&str> = jws.split('.').collect();
    let json = BASE64URL_NOPAD.decode(parts[1].as_bytes()).unwrap();
    let resigned = |json: &[u8]| {
        let message = format!("{}.{}", parts[0], BASE64URL_NOPAD.encode(json));
        let signature = key().ring().sign(message.as_bytes()).as_ref().to_vec();
        format!("{message}.{}", BASE64URL_NOPAD.encode(&signature))
    };
    assert_eq!(resigned(&json), jws);
    let text = String::from_utf8(json).unwrap();
    for other in [
        format!(" {text}"),
        text.replacen("{\"", "{ \"", 1),
        text.replacen("{", "{\"more\":1,", 1),
        text.replacen("\"iat\":", "\"iat\":1,\"iat\":", 1),
        text.replacen("\"exp\"", "\"\\u0065xp\"", 1),
    ] {
        assert_ne!(other, text);
        let refused = AttestationResult::read(resigned(other.as_bytes()).as_bytes(), &keys());
        assert!(
            matches!(refused, Err(ReadError::Jws(JwsError::Content(_)))),
            "{refused:?}"
        );
    }
    let header = BASE64URL_NOPAD.encode(br#"{"alg":"none"}"#);
    let unsigned = format!("{header}.{}.", parts[1]);
    assert_eq!(
        AttestationResult::read(unsigned.as_bytes(), &keys()),
        Err(ReadError::Jws(JwsError::Header))
    );
}

proptest! {
    #[test]
    fn hostile_bytes_are_refused_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        prop_assert!(AttestationResult::read(&bytes, &keys()).is_err());
        prop_assert!(AttestationResult::read(&envelope(bytes), &keys()).is_err());
    }

    #[test]
    fn any_times_and_numbers_read_back(judged in 0u64..1 << 52, expires in 0u64..1 << 52, f in any::<u32>(), offset in 0u64..1 << 52) {
        let mut verdict = confined(0);
        (verdict.judged_ms, verdict.expires_ms, verdict.lying_votes) = (judged, expires, f);
        verdict.notes.as_mut().unwrap().common_offset_ns = offset;
        let made = result(&codec::decode(&codec::encode(&verdict), 1 << 20).unwrap());
        prop_assert_eq!(&AttestationResult::read(&made.to_cose(&key()), &keys()).unwrap().0, &made);
        prop_assert_eq!(&AttestationResult::read(made.to_jws(&key()).as_bytes(), &keys()).unwrap().0, &made);
    }
}
