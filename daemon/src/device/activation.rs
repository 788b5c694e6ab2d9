//! The network process's side of an enrolment with a TPM: the keys that the TPM's process offers, and
//! the secret that it releases. Nothing that it says is trusted: the collector checks both.

use domicile_proto::codec::{self, CodecError};
use domicile_proto::frame::{self as framing, HEADER};
use domicile_proto::wire;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::time::timeout;

/// Longest message between the two processes, bytes.
pub const MAX_MESSAGE: usize = 4096;
/// Longest certificate that is offered, bytes.
pub const MAX_CERTIFICATE: usize = 2048;
/// Longest public area that is offered, bytes.
pub const MAX_PUBLIC: usize = 512;
/// Bytes of the credential of an activation.
pub const CREDENTIAL: usize = 68;
/// Bytes of the enciphered seed of an activation: P-256, RSA 2048.
pub const ENCRYPTED: [usize; 2] = [68, 256];
/// For the TPM to make its keys: some take most of a minute for RSA 2048.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// Why the TPM could not be enrolled.
#[derive(Debug, thiserror::Error)]
pub enum ActivationError {
    /// The TPM's process says nothing in time.
    #[error("the TPM did not answer within {} s", PATIENCE.as_secs())]
    Late,
    /// Its process is gone.
    #[error("the TPM's process is gone: {0}")]
    Socket(#[from] io::Error),
    /// What one side says is not what it may say.
    #[error("an activation was refused: {0}")]
    Codec(#[from] CodecError),
    /// The TPM does not open what the collector made.
    #[error(
        "the TPM did not open the collector's activation (its log says why); \
         to enrol without it, set `tpm-device = \"\"`"
    )]
    NotOpened,
}

/// A TPM that offers its keys, in a process that waits for the collector's answer.
#[derive(Debug)]
pub struct Offered {
    stream: UnixStream,
    identity: wire::TpmIdentity,
}

impl Offered {
    /// Hears what the process at the other end offers: nothing where there is no TPM.
    ///
    /// # Errors
    /// [`ActivationError`].
    pub async fn hear(mut stream: UnixStream) -> Result<Option<Self>, ActivationError> {
        let Some(body) = message(&mut stream).await? else {
            return Ok(None);
        };
        let identity: wire::TpmIdentity = codec::decode(&body, MAX_MESSAGE)?;
        match is_identity(&identity) {
            true => Ok(Some(Self { stream, identity })),
            false => Err(CodecError::field("tpm", "has keys of no possible size").into()),
        }
    }

    /// The keys.
    pub fn identity(&self) -> &wire::TpmIdentity {
        &self.identity
    }

    /// Lets the TPM release the secret of an activation.
    ///
    /// # Errors
    /// [`ActivationError`]; one attempt is all that the process makes.
    pub async fn open(
        &mut self,
        activation: &wire::Activation,
    ) -> Result<wire::ActivationSecret, ActivationError> {
        if !is_activation(activation) {
            return Err(CodecError::field("activation", "is of no possible size").into());
        }
        self.stream.write_all(&framing::frame(activation)).await?;
        let body = message(&mut self.stream).await?;
        let body = body.ok_or(ActivationError::NotOpened)?;
        let secret: wire::ActivationSecret = codec::decode(&body, MAX_MESSAGE)?;
        codec::array::<32>("secret", &secret.secret)?;
        Ok(secret)
    }
}

/// One message; `None` for a length of zero.
async fn message(stream: &mut UnixStream) -> Result<Option<Vec<u8>>, ActivationError> {
    let read = async {
        let mut header = [0; HEADER];
        stream.read_exact(&mut header).await?;
        let mut body = vec![0; framing::length(header, MAX_MESSAGE)?];
        stream.read_exact(&mut body).await?;
        Ok(Some(body).filter(|body| !body.is_empty()))
    };
    timeout(PATIENCE, read)
        .await
        .map_err(|_| ActivationError::Late)?
}

/// Whether a server's activation has the sizes that one has.
pub fn is_activation(activation: &wire::Activation) -> bool {
    activation.credential.len() == CREDENTIAL
        && ENCRYPTED.contains(&activation.encrypted_secret.len())
}

fn is_identity(identity: &wire::TpmIdentity) -> bool {
    let public = |bytes: &[u8]| (1..=MAX_PUBLIC).contains(&bytes.len());
    public(&identity.ek_public)
        && public(&identity.ak_public)
        && identity.ek_certificate.len() <= MAX_CERTIFICATE
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn identity() -> wire::TpmIdentity {
        wire::TpmIdentity {
            ek_public: vec![1; 122],
            ek_certificate: vec![],
            ak_public: vec![2; 88],
        }
    }

    #[tokio::test]
    async fn a_process_without_a_tpm_offers_nothing() {
        let (near, mut far) = UnixStream::pair().unwrap();
        far.write_all(&[0; HEADER]).await.unwrap();
        assert!(Offered::hear(near).await.unwrap().is_none());
        let (near, far) = UnixStream::pair().unwrap();
        drop(far);
        assert!(matches!(
            Offered::hear(near).await,
            Err(ActivationError::Socket(_))
        ));
    }

    #[tokio::test]
    async fn neither_side_is_believed_beyond_its_sizes() {
        for bad in [
            wire::TpmIdentity {
                ek_public: vec![1; MAX_PUBLIC + 1],
                ..identity()
            },
            wire::TpmIdentity {
                ak_public: vec![],
                ..identity()
            },
            wire::TpmIdentity {
                ek_certificate: vec![1; MAX_CERTIFICATE + 1],
                ..identity()
            },
        ] {
            let (near, mut far) = UnixStream::pair().unwrap();
            far.write_all(&framing::frame(&bad)).await.unwrap();
            assert!(matches!(
                Offered::hear(near).await,
                Err(ActivationError::Codec(_))
            ));
        }
        let (near, mut far) = UnixStream::pair().unwrap();
        far.write_all(&framing::frame(&identity())).await.unwrap();
        let mut offered = Offered::hear(near).await.unwrap().unwrap();
        for (credential, encrypted_secret) in [(67, 68), (69, 68), (68, 0), (68, 257), (4096, 68)] {
            let activation = wire::Activation {
                credential: vec![0; credential],
                encrypted_secret: vec![0; encrypted_secret],
            };
            let refused = offered.open(&activation).await;
            assert!(matches!(refused, Err(ActivationError::Codec(_))));
        }
        // Nothing of all that was passed on.
        let good = wire::Activation {
            credential: vec![0; CREDENTIAL],
            encrypted_secret: vec![0; 68],
        };
        far.write_all(&[0; HEADER]).await.unwrap();
        let refused = offered.open(&good).await;
        assert!(matches!(refused, Err(ActivationError::NotOpened)));
        let mut heard = vec![0; framing::frame(&good).len()];
        far.read_exact(&mut heard).await.unwrap();
        assert_eq!(heard, framing::frame(&good));
    }
}
