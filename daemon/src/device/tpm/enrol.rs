//! Enrolment with a TPM: which keys are offered, and the proof that they are in one TPM.
//!
//! A process of its own does this, which has the TPM and no network. To the process that enrols it
//! says one message (the keys, or nothing), hears one (the activation) and says one (the secret);
//! each behind four bytes of length.
//!
//! Start reading at [`serve`].

use super::command::{self, Handle};
use super::link::{Link, Tpm, TpmError};
use super::template::{self, Endorsement};
use crate::device::activation::{MAX_CERTIFICATE, MAX_MESSAGE, is_activation};
use domicile_proto::frame::{self as framing, HEADER};
use domicile_proto::{codec, wire};
use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// How long the TPM's process waits for the activation.
pub const PATIENCE: Duration = Duration::from_secs(120);
/// Bytes of an index that are read at once; every TPM allows as many.
const PART: u16 = 512;
const FIELD: &str = "tpm";

/// The keys that a TPM offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Which endorsement key it is.
    pub endorsement: Endorsement,
    /// It stays in the TPM's memory until it is taken out or the device is closed.
    pub ek: Handle,
    /// As it travels.
    pub identity: wire::TpmIdentity,
}

/// Finds the endorsement key that the TPM's maker certified, and the attestation key.
///
/// P-256 before RSA 2048, since it is quicker; P-256 without a certificate where there is none.
///
/// # Errors
/// [`TpmError`].
pub fn offer(tpm: &mut Tpm<impl Link>) -> Result<Offer, TpmError> {
    let (handle, ak_public) = tpm.primary(&template::attestation_key())?;
    tpm.run(&command::flush(handle))?;
    let with = |endorsement, (ek, ek_public), ek_certificate| Offer {
        endorsement,
        ek,
        identity: wire::TpmIdentity {
            ek_public,
            ek_certificate,
            ak_public: ak_public.clone(),
        },
    };
    for endorsement in [Endorsement::P256, Endorsement::Rsa2048] {
        let Some(certificate) = certificate(tpm, endorsement) else {
            continue;
        };
        let key = endorsement_key(tpm, endorsement)?;
        let number = endorsement.number(&key.1).unwrap_or_default();
        if certificate
            .windows(number.len().max(1))
            .any(|part| part == number)
        {
            return Ok(with(endorsement, key, certificate));
        }
        tpm.run(&command::flush(key.0))?;
        tracing::warn!(
            ?endorsement,
            "the TPM's certificate is of a key with another template"
        );
    }
    let key = endorsement_key(tpm, Endorsement::P256)?;
    Ok(with(Endorsement::P256, key, Vec::new()))
}

/// Makes the maker's key of this kind. Gives its handle and public area; it stays in the TPM's memory
/// until it is taken out.
///
/// # Errors
/// [`TpmError`].
pub fn endorsement_key(
    tpm: &mut Tpm<impl Link>,
    endorsement: Endorsement,
) -> Result<(Handle, Vec<u8>), TpmError> {
    tpm.primary(&endorsement.template())
}

/// The certificate in the TPM, if there is one of a size that is sent.
fn certificate(tpm: &mut Tpm<impl Link>, endorsement: Endorsement) -> Option<Vec<u8>> {
    let index = Handle(endorsement.certificate_index());
    let size = tpm.run(&command::nv_read_public(index)).ok();
    let size = command::nv_size(&size?).ok()?;
    if usize::from(size) > 2 * MAX_CERTIFICATE {
        return None;
    }
    let mut bytes = Vec::new();
    while bytes.len() < size.into() {
        let offset = u16::try_from(bytes.len()).ok()?;
        let part = (size - offset).min(PART);
        let answer = tpm.run(&command::nv_read(index, offset, part));
        let answer = answer
            .inspect_err(|error| tracing::warn!(%error, "the TPM's certificate"))
            .ok()?;
        let data = command::nv_data(&answer).ok()?;
        if data.is_empty() || data.len() > part.into() {
            return None;
        }
        bytes.extend(data);
    }
    // An index may be longer than what is in it.
    let header = bytes.first_chunk::<4>()?;
    let [0x30, 0x82, high, low] = *header else {
        return None;
    };
    let length = usize::from(u16::from_be_bytes([high, low])) + 4;
    (length <= bytes.len().min(MAX_CERTIFICATE)).then(|| bytes[..length].to_vec())
}

/// Lets the TPM release the secret of an activation for the attestation key and a loaded endorsement
/// key.
///
/// # Errors
/// [`TpmError`]; the TPM refuses what was not made for these two keys.
pub fn activate(
    tpm: &mut Tpm<impl Link>,
    ek: Handle,
    activation: &wire::Activation,
    nonce: &[u8; 16],
) -> Result<[u8; 32], TpmError> {
    let (ak, _) = tpm.primary(&template::attestation_key())?;
    let released = release(tpm, (ak, ek), activation, nonce);
    tpm.run(&command::flush(ak))?;
    released
}

fn release(
    tpm: &mut Tpm<impl Link>,
    (ak, ek): (Handle, Handle),
    activation: &wire::Activation,
    nonce: &[u8; 16],
) -> Result<[u8; 32], TpmError> {
    let session = command::started(&tpm.run(&command::start_policy(nonce))?)?;
    let answer = tpm
        .run(&command::policy_secret(session))
        .and_then(|_| tpm.run(&command::activate(ak, ek, session, activation)));
    if answer.is_err() {
        // A session that was used to the end is gone; one that was not is taken out.
        let _ = tpm.run(&command::flush(session));
    }
    command::activated(&answer?)
}

/// The TPM's process: says the keys, hears an activation, says the secret. Without a TPM it says
/// nothing, in no bytes.
///
/// # Errors
/// The socket's, or an activation that is none.
pub fn serve<L: Link>(stream: &mut UnixStream, tpm: Option<L>, nonce: &[u8; 16]) -> io::Result<()> {
    let Some(mut tpm) = tpm.map(Tpm::new) else {
        return say_nothing(stream);
    };
    let offer = match offer(&mut tpm) {
        Ok(offer) => offer,
        Err(error) => {
            tracing::warn!(%error, "the TPM gives no keys");
            return say_nothing(stream);
        }
    };
    stream.write_all(&framing::frame(&offer.identity))?;
    let mut header = [0; HEADER];
    stream.read_exact(&mut header)?;
    let invalid = |error: codec::CodecError| io::Error::new(io::ErrorKind::InvalidData, error);
    let mut body = vec![0; framing::length(header, MAX_MESSAGE).map_err(invalid)?];
    stream.read_exact(&mut body)?;
    let activation: wire::Activation = codec::decode(&body, MAX_MESSAGE).map_err(invalid)?;
    if !is_activation(&activation) {
        return Err(invalid(codec::CodecError::field(FIELD, "is no activation")));
    }
    let opened = activate(&mut tpm, offer.ek, &activation, nonce);
    // Gone with the device in any case.
    let _ = tpm.run(&command::flush(offer.ek));
    match opened {
        Ok(secret) => stream.write_all(&framing::frame(&wire::ActivationSecret {
            secret: secret.to_vec(),
        })),
        Err(error) => {
            tracing::warn!(%error, "the TPM does not open the collector's activation");
            say_nothing(stream)
        }
    }
}

fn say_nothing(stream: &mut UnixStream) -> io::Result<()> {
    stream.write_all(&[0; HEADER])
}
