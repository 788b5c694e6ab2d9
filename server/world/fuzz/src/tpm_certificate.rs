//! An endorsement key with the certificate that is offered for it; and the files of makers.

use domicile_tpm::endorsement::{Makers, Standing, certificates};
use domicile_tpm::public::EndorsementKey;

/// Checks one input: a public area behind its length, then the certificate, which is also read as a
/// file of makers.
pub fn check(bytes: &[u8]) {
    let Some((length, rest)) = bytes.split_first_chunk::<2>() else {
        return;
    };
    let length = usize::from(u16::from_be_bytes(*length)).min(rest.len());
    let (public, certificate) = rest.split_at(length);
    let makers = certificates(certificate).and_then(Makers::new);
    let Ok(ek) = EndorsementKey::read(public) else {
        return;
    };
    const NOW_MS: u64 = 1_790_000_000_000;
    let standing = Makers::default().standing(certificate, &ek, NOW_MS);
    assert_ne!(standing, Ok(Standing::Certified), "nobody vouches here");
    // Under itself, if it is a root.
    if let Ok(makers) = makers {
        let _ = makers.standing(certificate, &ek, NOW_MS);
    }
}
