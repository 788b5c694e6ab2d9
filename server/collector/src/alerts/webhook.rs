//! Webhooks after the Standard Webhooks specification: an id that stays with every attempt, the time of
//! the attempt, and a signature by a secret that both sides have.

use super::Alert;
use super::post::Endpoint;
use data_encoding::{BASE64, HEXLOWER};
use domicile_proto::sign::sha256;
use ring::hmac;
use std::fmt;
use std::str::FromStr;

/// What a secret begins with.
const PREFIX: &str = "whsec_";

/// Bytes that a secret may have.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// The secret of a target.
#[derive(Clone)]
pub struct Secret(hmac::Key);

impl fmt::Debug for Secret {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("Secret")
    }
}

impl FromStr for Secret {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "the secret should be `whsec_` and 24 to 64 bytes in base64: \
                             echo whsec_$(openssl rand -base64 32)";
        let bytes = text.trim().strip_prefix(PREFIX).ok_or(WRONG)?;
        let bytes = BASE64.decode(bytes.as_bytes()).map_err(|_| WRONG)?;
        if !SECRET_BYTES.contains(&bytes.len()) {
            return Err(WRONG);
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }
}

/// The header `webhook-signature`: `v1,` and HMAC-SHA256 of `id.seconds.payload` in base64.
pub fn signature(secret: &Secret, id: &str, seconds: u64, payload: &[u8]) -> String {
    let mut context = hmac::Context::with_key(&secret.0);
    context.update(format!("{id}.{seconds}.").as_bytes());
    context.update(payload);
    format!("v1,{}", BASE64.encode(context.sign().as_ref()))
}

/// A target.
#[derive(Debug)]
pub(super) struct Webhook {
    pub(super) endpoint: Endpoint,
    pub(super) secret: Secret,
    /// The log's name: two collectors' alerts do not share an id.
    pub(super) origin: String,
}

impl Webhook {
    /// One attempt.
    ///
    /// # Errors
    /// Anything but a 2xx.
    pub(super) async fn post(&self, alert: &Alert, now_ms: u64) -> Result<(), String> {
        let (id, payload) = (self.id(alert), alert.json());
        let seconds = now_ms / 1000;
        let headers = [
            ("webhook-id", id.clone()),
            ("webhook-timestamp", seconds.to_string()),
            (
                "webhook-signature",
                signature(&self.secret, &id, seconds, &payload),
            ),
        ];
        match self.endpoint.post(&headers, payload).await? {
            200..=299 => Ok(()),
            300..=399 => Err("it redirects, which is not followed: correct `url`".into()),
            410 => Err("it answers 410, which asks for no more: remove the target".into()),
            status => Err(format!("it answers {status}")),
        }
    }

    /// The same for every attempt, after restarts too: the log's and the record's.
    fn id(&self, alert: &Alert) -> String {
        let log = sha256(self.origin.as_bytes());
        format!("domicile_{}_{}", HEXLOWER.encode(&log.0[..6]), alert.index)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The vector of the specification's reference libraries.
    #[test]
    fn signatures_are_those_of_the_specification() {
        let secret: Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap();
        let signed = signature(
            &secret,
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn secrets_are_of_a_length_and_never_shown() {
        for bad in [
            "",
            "whsec_",
            "whsec_AAAA",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        ] {
            assert!(bad.parse::<Secret>().is_err(), "{bad}");
        }
        let secret: Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n".parse().unwrap();
        assert_eq!(format!("{secret:?}"), "Secret");
    }
}
