//! The bytes of a record, whole and erased.
#![allow(clippy::unwrap_used)]
use super::*;
use proptest::prelude::*;

fn encoded(seed: u32, index: u64, position: u32, entry: &NewEntry) -> Vec<u8> {
    let mut out = Vec::new();
    encode_record(&mut out, seed, index, position, entry);
    out
}

fn sample() -> NewEntry {
    NewEntry {
        kind: Kind::Evidence,
        time_ms: 77,
        salt: [5; 32],
        payload: b"some payload".to_vec(),
    }
}

prop_compose! {
    fn any_entry()(kind in 1..=19u8, time_ms: u64, salt: [u8; 32], payload in proptest::collection::vec(any::<u8>(), 0..300)) -> NewEntry {
        NewEntry { kind: Kind::try_from(kind).unwrap(), time_ms, salt, payload }
    }
}

#[test]
fn record_bytes_are_as_documented() {
    let bytes = encoded(1, 2, 3, &sample());
    assert_eq!(&bytes[..8], b"DREC\x01\x01\0\0");
    assert_eq!(
        &bytes[8..24],
        [0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 77]
    );
    assert_eq!(&bytes[24..56], [5; 32]);
    assert_eq!(&bytes[56..64], [0, 0, 0, 3, 0, 0, 0, 12]);
    assert_eq!(&bytes[68..], b"some payload");
}

#[test]
fn checksum_is_crc32c_of_castagnoli() {
    // RFC 3720, B.4: 32 bytes of zeros.
    assert_eq!(checksum(0, &[0; 16], &[0; 16]), 0x8a91_36aa);
}

#[test]
fn every_changed_bit_is_found() {
    let good = encoded(9, 4, 0, &sample());
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut bytes = good.clone();
            bytes[at] ^= 1 << bit;
            assert!(decode_record(&bytes, 9).is_err(), "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn a_record_is_of_no_use_under_another_seed() {
    let bytes = encoded(9, 4, 0, &sample());
    assert!(matches!(
        decode_record(&bytes, 8),
        Err(Damage::Checksum { .. })
    ));
}

#[test]
fn an_erased_record_with_bytes_left_is_refused() {
    let bytes = encoded(9, 4, 0, &sample());
    let mut out = Vec::new();
    decode_record(&bytes, 9)
        .unwrap()
        .erased(12)
        .encode(&mut out, 9);
    out[70] = 1;
    let sum = checksum(9, &out[..CHECKSUM_AT], &out[RECORD_HEADER_LEN..]);
    out[CHECKSUM_AT..RECORD_HEADER_LEN].copy_from_slice(&sum.to_be_bytes());
    assert_eq!(decode_record(&out, 9), Err(Damage::NotErased { bytes: 1 }));
}

#[test]
fn a_length_over_the_limit_is_refused_before_anything_is_read() {
    let mut bytes = encoded(0, 0, 0, &sample());
    bytes[60..64].copy_from_slice(&u32::MAX.to_be_bytes());
    assert_eq!(record_len(&bytes), Err(Damage::Length(u32::MAX)));
}

proptest! {
    #[test]
    fn records_decode_to_what_was_encoded(entry in any_entry(), seed: u32, index: u64, position: u32, after in proptest::collection::vec(any::<u8>(), 0..9)) {
        let mut bytes = encoded(seed, index, position, &entry);
        let len = bytes.len();
        bytes.extend(after);
        let record = decode_record(&bytes, seed).unwrap();
        prop_assert_eq!(record.encoded_len(), len);
        prop_assert_eq!((record.index, record.position), (index, position));
        let Stored::Whole(read) = record.to_stored() else { panic!("nothing was erased") };
        prop_assert_eq!((read.kind, read.time_ms, read.salt), (entry.kind, entry.time_ms, entry.salt));
        prop_assert_eq!(read.payload, entry.payload);
    }

    #[test]
    fn an_erased_record_has_the_leaf_of_the_whole_one_and_no_byte_of_it(entry in any_entry(), seed: u32, index: u64, position: u32, keep_zeros: bool) {
        let bytes = encoded(seed, index, position, &entry);
        let whole = decode_record(&bytes, seed).unwrap();
        let zeros = if keep_zeros { u32::try_from(entry.payload.len()).unwrap() } else { 0 };
        let mut erased = Vec::new();
        whole.erased(zeros).encode(&mut erased, seed);
        prop_assert_eq!(erased.len(), RECORD_HEADER_LEN + zeros as usize);
        let read = decode_record(&erased, seed).unwrap();
        prop_assert!(read.is_erased());
        prop_assert_eq!(read.leaf(), whole.leaf());
        prop_assert_eq!((read.index, read.position), (index, position));
        prop_assert_eq!(read.erased(zeros), read);
        prop_assert_ne!(&erased[24..56], &entry.salt[..]);
        prop_assert!(erased[RECORD_HEADER_LEN..].iter().all(|byte| *byte == 0));
        for at in 0..erased.len() {
            let mut changed = erased.clone();
            changed[at] ^= 1;
            prop_assert!(decode_record(&changed, seed).is_err(), "byte {}", at);
        }
    }

    #[test]
    fn cut_records_say_so(entry in any_entry(), cut in any::<proptest::sample::Index>()) {
        let bytes = encoded(3, 0, 0, &entry);
        let cut = cut.index(bytes.len());
        let truncated = matches!(decode_record(&bytes[..cut], 3), Err(Damage::Truncated { .. }));
        prop_assert!(truncated);
    }

    #[test]
    fn any_bytes_decode_or_fail(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), seed: u32) {
        let _either = decode_record(&bytes, seed);
        for (byte, wanted) in bytes.iter_mut().zip(b"DREC\x01\x01\0\0") {
            *byte = *wanted;
        }
        let _either = decode_record(&bytes, seed);
    }
}
