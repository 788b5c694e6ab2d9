//! OCSP responses of a test vendor, written by hand: whatever a responder can say, and who signs it.

use super::{TestDevice, Vendor, authority, new_key, point};
use rcgen::{
    CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, SigningKey as _,
};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

/// What a response says of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It is not revoked.
    Good,
    /// It is.
    Revoked,
    /// The responder does not know it.
    Unknown,
}

/// Who signs a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signer {
    /// The issuer of the certificate that it speaks of.
    Issuer,
    /// A responder that this issuer certified for this.
    Responder,
    /// The same, not certified for this.
    NoResponder,
    /// A responder that another vendor's authority of the same name certified.
    Stranger,
    /// The boot ROM of this device.
    Device,
}

/// A response about one certificate of a device's chain.
#[derive(Debug, Clone)]
pub struct Response {
    /// The certificate's place in the chain, counted from 0, leaf first; not the root.
    pub place: usize,
    /// What it says.
    pub status: Status,
    /// `YYYYMMDDHHMMSSZ`.
    pub this_update: &'static str,
    /// The same, if there is one.
    pub next_update: Option<&'static str>,
    /// Who signs.
    pub signer: Signer,
}

impl Default for Response {
    fn default() -> Self {
        Self {
            place: 2,
            status: Status::Good,
            this_update: "20260110000000Z",
            next_update: Some("20260210000000Z"),
            signer: Signer::Issuer,
        }
    }
}

impl Vendor {
    /// The response in DER.
    pub fn ocsp(&self, device: &TestDevice, response: &Response) -> Vec<u8> {
        let issuer = match response.place {
            0 => &device.rom,
            place => self.authority(place),
        };
        let (_, subject) = x509_parser::parse_x509_certificate(issuer.der()).unwrap();
        let (_, own) = x509_parser::parse_x509_certificate(&device.chain[response.place]).unwrap();
        let sha1 = |bytes: &[u8]| digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec();
        const SHA1: &[u8] = &[0x30, 9, 6, 5, 0x2b, 0x0e, 3, 2, 0x1a, 5, 0];
        let id = sequence(&[
            SHA1,
            &tlv(4, &sha1(subject.subject().as_raw())),
            &tlv(4, &sha1(&point(issuer.key()))),
            &tlv(2, own.raw_serial()),
        ]);
        let status = match response.status {
            Status::Good => tlv(0x80, &[]),
            Status::Revoked => tlv(0xa1, &tlv(0x18, b"20260101000000Z")),
            Status::Unknown => tlv(0x82, &[]),
        };
        let this_update = tlv(0x18, response.this_update.as_bytes());
        let next_update = response
            .next_update
            .map_or(Vec::new(), |time| tlv(0xa0, &tlv(0x18, time.as_bytes())));
        let single = sequence(&[&id, &status, &this_update, &next_update]);
        let responder = tlv(0xa2, &tlv(4, &sha1(&point(issuer.key()))));
        let produced = tlv(0x18, response.this_update.as_bytes());
        let data = sequence(&[&responder, &produced, &sequence(&[&single])]);
        let (key, certificates) = self.signer(device, response);
        basic(&data, key.as_ref().unwrap_or(issuer.key()), &certificates)
    }

    /// Certificate and key of the authority that issues the certificate at this place of every chain
    /// (1 to 3), in PEM.
    pub fn authority_pem(&self, place: usize) -> (String, String) {
        let issuer = self.authority(place);
        (issuer.pem(), issuer.key().serialize_pem())
    }

    fn authority(&self, place: usize) -> &CertifiedIssuer<'static, KeyPair> {
        match place {
            1 => &self.provisioner,
            2 => &self.identity,
            _ => &self.root,
        }
    }

    /// The key that signs unless it is the issuer's, and the certificates in the response.
    fn signer(&self, device: &TestDevice, response: &Response) -> (Option<KeyPair>, Vec<Vec<u8>>) {
        let issuer = self.authority(response.place);
        let certify = |authority, may_answer| {
            let (key, certificate) = responder(authority, may_answer);
            (Some(key), vec![certificate])
        };
        match response.signer {
            Signer::Issuer => (None, Vec::new()),
            Signer::Responder => certify(issuer, true),
            Signer::NoResponder => certify(issuer, false),
            Signer::Stranger => certify(Vendor::new().authority(response.place), true),
            Signer::Device => {
                let (key, certificate) = responder(&device.rom, true);
                (Some(key), vec![certificate, device.chain[1].clone()])
            }
        }
    }
}

/// A responder's key and certificate.
fn responder(issuer: &CertifiedIssuer<'static, KeyPair>, may_answer: bool) -> (KeyPair, Vec<u8>) {
    let key = new_key();
    let mut params = authority("Test Responder", 500);
    params.is_ca = IsCa::NoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    if may_answer {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::OcspSigning];
    }
    let certificate = params.signed_by(&key, issuer).unwrap().der().to_vec();
    (key, certificate)
}

fn basic(data: &[u8], key: &KeyPair, certificates: &[Vec<u8>]) -> Vec<u8> {
    const BASIC: &[u8] = &[6, 9, 0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1];
    const ECDSA_SHA384: &[u8] = &[0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3];
    let signature = tlv(3, &[&[0], key.sign(data).unwrap().as_slice()].concat());
    let certificates = match certificates {
        [] => Vec::new(),
        list => tlv(0xa0, &tlv(0x30, &list.concat())),
    };
    let basic = sequence(&[data, ECDSA_SHA384, &signature, &certificates]);
    let typed = sequence(&[BASIC, &tlv(4, &basic)]);
    sequence(&[&[10, 1, 0], &tlv(0xa0, &typed)])
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

/// Tag, length in its shortest form, content.
fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let digits = &length[length.iter().position(|byte| *byte != 0).unwrap_or(7)..];
    let mut bytes = vec![tag];
    match digits {
        [short @ ..0x80] => bytes.push(*short),
        digits => {
            bytes.push(0x80 | u8::try_from(digits.len()).unwrap());
            bytes.extend(digits);
        }
    }
    bytes.extend(content);
    bytes
}
