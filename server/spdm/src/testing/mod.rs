//! A vendor of our own: a root, chains of five certificates, and devices that sign whole reports in
//! every form that is read here. Keys are random; nothing here is for a real program.
//!
//! Start at [`Vendor::new`], then [`Vendor::device`] and [`TestDevice::report`].
#![allow(clippy::unwrap_used, clippy::missing_panics_doc)] // builders of tests: they panic on misuse

mod form;
pub mod ocsp;

pub use form::Form;

use crate::pdi::{Device, Kind, Pdi};
use crate::report::Version;
use crate::roots::{Root, Roots};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer,
    CrlDistributionPoint, CustomExtension, DistinguishedName, DnType, IsCa, KeyIdMethod, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P384_SHA384, PublicKeyData as _, RevokedCertParams, SerialNumber,
    date_time_ymd,
};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair};

/// A vendor: a root and two authorities below it.
pub struct Vendor {
    root: CertifiedIssuer<'static, KeyPair>,
    identity: CertifiedIssuer<'static, KeyPair>,
    provisioner: CertifiedIssuer<'static, KeyPair>,
}

/// A device with its chain.
pub struct TestDevice {
    /// What its chain says it is.
    pub device: Device,
    /// DER, leaf first, the root last.
    pub chain: Vec<Vec<u8>>,
    /// The FWID in its leaf.
    pub fwid: [u8; 48],
    key: Vec<u8>,
    rom: CertifiedIssuer<'static, KeyPair>,
}

/// What a device's leaf says of its firmware.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generation {
    /// One FWID beside a key.
    Hopper,
    /// A list of FWIDs, and these operational flags (first byte; bit 3 from the left is debug).
    Blackwell(u8),
}

impl Vendor {
    /// A vendor with new keys.
    pub fn new() -> Self {
        let root = CertifiedIssuer::self_signed(authority("Test Device Identity CA", 1), new_key());
        let root = root.unwrap();
        let identity =
            CertifiedIssuer::signed_by(authority("Test Identity", 2), new_key(), &root).unwrap();
        let provisioner = CertifiedIssuer::signed_by(
            authority("Test Provisioner ICA 1", 3),
            new_key(),
            &identity,
        );
        Self {
            provisioner: provisioner.unwrap(),
            identity,
            root,
        }
    }

    /// Its root, to be pinned.
    pub fn roots(&self) -> Roots {
        Roots::new(vec![Root::of_certificate(self.root.der()).unwrap()])
    }

    /// Its root's certificate, in PEM.
    pub fn root_pem(&self) -> String {
        self.root.pem()
    }

    /// A Hopper device with this PDI.
    pub fn device(&self, kind: Kind, pdi: u64) -> TestDevice {
        self.device_of(kind, pdi, Generation::Hopper)
    }

    /// The same of a generation.
    pub fn device_of(&self, kind: Kind, pdi: u64, generation: Generation) -> TestDevice {
        let device = Device {
            kind,
            pdi: Pdi(pdi.to_be_bytes()),
        };
        let above = [&self.provisioner, &self.identity, &self.root].map(|ca| ca.der().to_vec());
        certify(device, generation, &self.provisioner, above.into())
    }

    /// What a device would have to show that is certified by another device's boot ROM.
    pub fn forged_by(&self, thief: &TestDevice, kind: Kind, pdi: u64) -> TestDevice {
        let device = Device {
            kind,
            pdi: Pdi(pdi.to_be_bytes()),
        };
        let above = thief.chain[1..].to_vec();
        certify(device, Generation::Hopper, &thief.rom, above)
    }

    /// The revocation list of the authority that issues the certificate at this place of every chain
    /// (2 or 3), with these serial numbers, made on a day of January 2026 and good for 30.
    pub fn revocation_list(&self, place: usize, serials: &[&[u8]], day: u8) -> Vec<u8> {
        let issuer = match place {
            2 => &self.identity,
            _ => &self.root,
        };
        let made = date_time_ymd(2026, 1, day);
        let revoked = serials.iter().map(|serial| RevokedCertParams {
            serial_number: SerialNumber::from_slice(serial),
            revocation_time: made,
            reason_code: None,
            invalidity_date: None,
        });
        let params = CertificateRevocationListParams {
            this_update: made,
            next_update: made + std::time::Duration::from_secs(30 * 86_400),
            crl_number: SerialNumber::from(u64::from(day)),
            issuing_distribution_point: None,
            revoked_certs: revoked.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(issuer).unwrap().der().to_vec()
    }

    /// Board of eight GPUs (PDIs from `first`) and four switches (from `first + 100`), each linked
    /// to all of the other kind: every device with what it signs of the others.
    pub fn board(&self, first: u64) -> Vec<(TestDevice, Form)> {
        let pdis = |from: u64, count: u64| (from..from + count).map(|pdi| Pdi(pdi.to_be_bytes()));
        let (gpus, switches) = ((first, 8), (first + 100, 4));
        let devices = |kind, (from, count): (u64, u64), peers: (u64, u64)| {
            (from..from + count)
                .map(|pdi| {
                    let form = Form {
                        peers: pdis(peers.0, peers.1).collect(),
                        ..Form::default()
                    };
                    (self.device(kind, pdi), form)
                })
                .collect::<Vec<_>>()
        };
        let mut board = devices(Kind::Gpu, gpus, switches);
        board.extend(devices(Kind::Switch, switches, gpus));
        board
    }
}

impl Default for Vendor {
    fn default() -> Self {
        Self::new()
    }
}

impl TestDevice {
    /// A report for a nonce, signed.
    pub fn report(&self, nonce: [u8; 32], form: &Form) -> Vec<u8> {
        let mut bytes = form.unsigned(self, nonce);
        let message = match form.version {
            Version::V11 => bytes.clone(),
            version => crate::report::later_message(version, &bytes),
        };
        bytes.extend(self.sign(&message));
        bytes.extend(vec![0; form.padding]);
        bytes
    }

    /// Its chain in PEM.
    pub fn pem(&self) -> String {
        let block = |der: &Vec<u8>| {
            let text = data_encoding::BASE64.encode(der);
            let lines: Vec<String> = text
                .as_bytes()
                .chunks(64)
                .map(|line| String::from_utf8_lossy(line).into_owned())
                .collect();
            let body = lines.join("\n");
            format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
        };
        self.chain.iter().map(block).collect()
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P384_SHA384_FIXED_SIGNING;
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, &self.key, &random).unwrap();
        pair.sign(&random, message).unwrap().as_ref().to_vec()
    }
}

fn certify(
    device: Device,
    generation: Generation,
    issuer: &CertifiedIssuer<'static, KeyPair>,
    above: Vec<Vec<u8>>,
) -> TestDevice {
    let mut rom = authority("TEST100 A01 BROM", 0);
    let serial = [&[device.kind.prefix()], &device.pdi.0[..]].concat();
    rom.serial_number = Some(SerialNumber::from_slice(&serial));
    let rom = CertifiedIssuer::signed_by(rom, new_key(), issuer).unwrap();
    let key = new_key();
    let fwid = fwid(device.kind);
    let mut leaf = named("TEST100 A01 FMC LF", 77);
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.custom_extensions = vec![form::dice_extension(generation, &key, fwid)];
    let leaf = leaf.signed_by(&key, &rom).unwrap();
    let mut chain = vec![leaf.der().to_vec(), rom.der().to_vec()];
    chain.extend(above);
    TestDevice {
        device,
        chain,
        fwid,
        key: key.serialize_der(),
        rom,
    }
}

fn fwid(kind: Kind) -> [u8; 48] {
    [kind.prefix(); 48]
}

fn new_key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap()
}

fn named(name: &str, serial: u64) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.serial_number = Some(SerialNumber::from(serial));
    params.not_before = date_time_ymd(2020, 10, 17);
    params.not_after = date_time_ymd(9999, 12, 31);
    params.use_authority_key_identifier_extension = true;
    params
}

fn authority(name: &str, serial: u64) -> CertificateParams {
    let mut params = named(name, serial);
    if (2..=3).contains(&serial) {
        params.crl_distribution_points = vec![CrlDistributionPoint {
            uris: vec!["http://crl.test/list".into()],
        }];
    }
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn extension(oid: &[u64], content: Vec<u8>) -> CustomExtension {
    CustomExtension::from_oid_content(oid, content)
}

fn point(key: &KeyPair) -> Vec<u8> {
    key.der_bytes().to_vec()
}
