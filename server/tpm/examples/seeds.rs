//! Writes the beginnings of the fuzz corpora `tpm_quote`, `tpm_public`, `tpm_certificate` and
//! `tpm_answers`: what a TPM that is only a program says.
//! `cargo run -p domicile-tpm --features testing --example seeds -- FOLDER`
#![allow(clippy::unwrap_used)]

use domicile_tpm::testing::{Maker, SoftTpm, Statement};
use std::fs;
use std::path::PathBuf;

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("a folder to write into"));
    let write = |target: &str, name: &str, bytes: &[u8]| {
        let folder = folder.join(target);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name), bytes).unwrap();
    };
    let (tpm, maker) = (SoftTpm::new(), Maker::new("maker"));
    let (attest, signature) = tpm.sign(&Statement::over(&[7; 32]));
    let rsa_signature = [&[0, 0x14, 0, 0x0b, 1, 0][..], &[1; 256]].concat();
    for (name, signature) in [("ecdsa", &signature), ("rsassa", &rsa_signature)] {
        write(
            "tpm_quote",
            name,
            &[&sized(&attest)[..], signature].concat(),
        );
    }
    write("tpm_public", "ak", &tpm.ak_public());
    write("tpm_public", "ek", &tpm.ek_public());
    write("tpm_public", "ek-rsa", &rsa_endorsement_key());
    let certificate = maker.certify(&tpm.ek_public());
    let with_key = |certificate: &[u8]| [&sized(&tpm.ek_public())[..], certificate].concat();
    write("tpm_certificate", "leaf", &with_key(&certificate));
    write("tpm_certificate", "root", &with_key(&maker.root()));
    write("tpm_certificate", "pem", &with_key(maker.pem().as_bytes()));

    // What a TPM answers to each command of an enrolment and of a quote, in its order.
    let created = |public: &[u8]| body(&[&[0x80, 0, 0, 0], &parameters(&sized(public))]);
    let refused = answer(0x18b, &[]);
    let nothing = answer(0, &[]);
    let quoted = body(&[&parameters(&[&sized(&attest)[..], &signature].concat())]);
    let quote = [&created(&tpm.ak_public())[..], &quoted, &nothing].concat();
    write("tpm_answers", "quote", &[&[0][..], &quote].concat());
    let size = u16::try_from(certificate.len()).unwrap();
    let index = [
        &[1, 0xc0, 0, 0x0a, 0, 0x0b, 2, 4, 4, 0, 0, 0][..],
        &size.to_be_bytes(),
    ]
    .concat();
    let mut enrolment = [created(&tpm.ak_public()), nothing.clone()].concat();
    enrolment.extend(body(&[&sized(&index), &sized(&[0, 0x0b])]));
    for part in certificate.chunks(512) {
        enrolment.extend(body(&[&parameters(&sized(part))]));
    }
    enrolment.extend(created(&tpm.ek_public()));
    write("tpm_answers", "certified", &[&[1][..], &enrolment].concat());
    let mut plain = [created(&tpm.ak_public()), nothing.clone()].concat();
    plain.extend([&refused[..], &refused, &created(&tpm.ek_public())].concat());
    write("tpm_answers", "not-certified", &[&[1][..], &plain].concat());
    let mut activation = created(&tpm.ak_public());
    activation.extend(body(&[&[3, 0, 0, 0], &sized(&[5; 16])]));
    activation.extend(nothing.clone());
    activation.extend(body(&[&parameters(&sized(&[9; 32]))]));
    activation.extend(nothing);
    write(
        "tpm_answers",
        "activation",
        &[&[2][..], &activation].concat(),
    );
}

fn sized(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    [&length.to_be_bytes()[..], bytes].concat()
}

/// Parameters behind their length, as in an answer with sessions.
fn parameters(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap();
    [&length.to_be_bytes()[..], bytes].concat()
}

fn answer(code: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(10 + body.len()).unwrap();
    [
        &[0x80, 1][..],
        &length.to_be_bytes(),
        &code.to_be_bytes(),
        body,
    ]
    .concat()
}

fn body(parts: &[&[u8]]) -> Vec<u8> {
    answer(0, &parts.concat())
}

/// Of the TCG's template, with a modulus of no use.
fn rsa_endorsement_key() -> Vec<u8> {
    let mut bytes = vec![0, 1, 0, 0x0b, 0, 3, 0, 0xb2];
    bytes.extend(sized(&[7; 32]));
    bytes.extend([0, 6, 0, 128, 0, 0x43, 0, 0x10, 8, 0, 0, 0, 0, 0]);
    bytes.extend(sized(&[0xc1; 256]));
    bytes
}
