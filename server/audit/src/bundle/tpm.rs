//! The TPM of an enrolment: whether its maker vouches for it, found again from the logged certificate.

use domicile_appraise::enrolment::MAX_BYTES;
use domicile_appraise::text::name_of;
use domicile_proto::codec;
use domicile_proto::wire::{EkStanding, EnrolmentRecord};
use domicile_tpm::endorsement::{Makers, Standing};
use domicile_tpm::public::EndorsementKey;

/// Compares what the collector found at an enrolment with what the same certificate is worth under
/// these makers, as of then. Gives whether they were asked; without makers only that the certificate
/// is this endorsement key's.
///
/// # Errors
/// What does not fit, in words.
pub(super) fn check(record: &[u8], makers: Option<&Makers>) -> Result<bool, String> {
    let record: EnrolmentRecord =
        codec::decode(record, MAX_BYTES).map_err(|error| error.to_string())?;
    let Some(tpm) = record.tpm.filter(|tpm| !tpm.ek_certificate.is_empty()) else {
        return Ok(false);
    };
    let key = EndorsementKey::read(&tpm.ek_public).map_err(|error| error.to_string())?;
    let none = Makers::default();
    let standing = makers
        .unwrap_or(&none)
        .standing(&tpm.ek_certificate, &key, record.enrolled_ms)
        .map_err(|error| format!("its TPM: {error}"))?;
    match (makers, standing) {
        (None, _) => Ok(false),
        (Some(_), Standing::Certified) => Ok(true),
        (Some(_), _) if tpm.ek != EkStanding::Certified as i32 => Ok(true),
        (Some(_), found) => Err(format!(
            "its TPM: the collector found it {}, but these makers do not vouch for it: {}",
            name_of::<EkStanding>(tpm.ek),
            match found {
                Standing::NotValid(problem) => problem,
                _ => "its certificate leads to none of their roots".into(),
            }
        )),
    }
}
