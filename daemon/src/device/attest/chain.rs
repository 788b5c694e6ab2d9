//! A GPU's certificates as the driver gives them, PEM, and as they travel, DER. Nothing here
//! verifies them.

use domicile_proto::devices::check_chain;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

/// The certificates in PEM text, in their order; zeros behind the text are passed over.
///
/// # Errors
/// What is wrong with it.
pub fn read(text: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let end = text
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |at| at + 1);
    let chain = CertificateDer::pem_slice_iter(&text[..end])
        .map(|certificate| certificate.map(|der| der.to_vec()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| format!("its certificates are no PEM: {error}"))?;
    check_chain(&chain).map_err(|error| error.to_string())?;
    Ok(chain)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use domicile_certs::pem;
    use proptest::prelude::*;

    fn text(certificates: usize) -> Vec<u8> {
        let one = pem::encode("CERTIFICATE", &[0x30, 7, 7]);
        one.repeat(certificates).into_bytes()
    }

    #[test]
    fn five_certificates_are_read_with_zeros_behind_them() {
        let mut padded = text(5);
        padded.extend([0; 40]);
        assert_eq!(read(&padded).unwrap(), vec![vec![0x30, 7, 7]; 5]);
        for bad in [text(0), text(2), text(7), b"\0\0".to_vec()] {
            assert!(read(&bad).is_err());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = read(&bytes);
            let begun = [b"-----BEGIN CERTIFICATE-----\n", bytes.as_slice()].concat();
            let _ = read(&begun);
        }
    }
}
