//! Stamps of an authority that is not ours: believed when they hold, and only then.
#![allow(clippy::unwrap_used)]

mod support;

use domicile_timestamp::{StampError, request, token_of, verify};
use support::{Authority, P256, P384, RSA};

const DATA: &[u8] = b"log.example\n12\nroot\n\n\xe2\x80\x94 log.example sig\n";
const NONCE: [u8; 8] = [1, 2, 3, 4, 5, 6, 7, 8];

fn digest(data: &[u8]) -> [u8; 32] {
    ring::digest::digest(&ring::digest::SHA256, data)
        .as_ref()
        .try_into()
        .unwrap()
}

fn now_ms() -> u64 {
    let now = std::time::UNIX_EPOCH.elapsed().unwrap();
    u64::try_from(now.as_millis()).unwrap()
}

#[test]
fn stamps_of_each_kind_of_key_hold() {
    for (key, hash) in [
        (P256, "sha256"),
        (P384, "sha384"),
        (RSA, "sha256"),
        (RSA, "sha512"),
    ] {
        let Some(authority) = Authority::with(key, hash) else {
            return;
        };
        let answer = authority.answer(&request(&digest(DATA), NONCE));
        assert!(authority.believes(&answer, DATA));
        let token = token_of(&answer).unwrap();
        let stamp = verify(token, DATA, Some(NONCE), &[authority.root()]).unwrap();
        assert!(stamp.time_ms.abs_diff(now_ms()) < 120_000);
        assert_eq!(stamp.accuracy_ms, Some(1_500));
        // Without the request at hand, years later.
        assert_eq!(
            verify(token, DATA, None, &[authority.root()]).unwrap(),
            stamp
        );
    }
}

#[test]
fn other_bytes_nonces_and_roots_are_refused() {
    let (Some(authority), Some(other)) = (Authority::new(), Authority::new()) else {
        return;
    };
    let answer = authority.answer(&request(&digest(DATA), NONCE));
    let token = token_of(&answer).unwrap();
    let roots = [authority.root()];
    assert_eq!(
        verify(token, b"other", None, &roots),
        Err(StampError::OtherBytes)
    );
    assert_eq!(
        verify(token, DATA, Some([9; 8]), &roots),
        Err(StampError::OtherNonce)
    );
    assert!(matches!(
        verify(token, DATA, None, &[other.root()]),
        Err(StampError::Certificate(_))
    ));
    assert!(matches!(
        verify(token, DATA, None, &[]),
        Err(StampError::Certificate(_))
    ));
    assert!(verify(token, DATA, None, &[other.root(), authority.root()]).is_ok());
}

#[test]
fn any_flipped_byte_is_refused_or_means_nothing() {
    let Some(authority) = Authority::new() else {
        return;
    };
    let answer = authority.answer(&request(&digest(DATA), NONCE));
    let token = token_of(&answer).unwrap();
    let roots = [authority.root()];
    let stamp = verify(token, DATA, None, &roots).unwrap();
    let mut survived = Vec::new();
    for at in 0..token.len() {
        let mut bent = token.to_vec();
        bent[at] ^= 1 << (at % 8);
        match verify(&bent, DATA, None, &roots) {
            Err(_) => {}
            Ok(read) => {
                assert_eq!(read, stamp, "byte {at}");
                survived.push(at);
            }
        }
    }
    // What may change: the list of digests, the signer's name, the root's copy, which no check rests on.
    assert!(survived.len() < token.len() / 2, "{}", survived.len());
    for length in 0..token.len() {
        assert!(verify(&token[..length], DATA, None, &roots).is_err());
    }
}

#[test]
fn refusals_are_told_from_tokens() {
    // status 2, rejection, with failInfo badAlg
    let refusal = [
        0x30, 0x09, 0x30, 0x07, 0x02, 0x01, 0x02, 0x03, 0x02, 0x07, 0x80,
    ];
    assert_eq!(token_of(&refusal), Err(StampError::Refused(2)));
    assert!(matches!(token_of(b""), Err(StampError::Malformed(_))));
    let Some(authority) = Authority::new() else {
        return;
    };
    let mut wrong = request(&digest(DATA), NONCE);
    wrong[4 + 5 + 10] ^= 0x7f; // another digest algorithm
    let answer = authority.answer(&wrong);
    assert!(matches!(token_of(&answer), Err(StampError::Refused(_))));
}

proptest::proptest! {
    #[test]
    fn hostile_bytes_are_refused_without_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
        proptest::prop_assert!(verify(&bytes, DATA, None, &[]).is_err());
        let _ = token_of(&bytes);
    }
}
