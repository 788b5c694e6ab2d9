//! The CA tool as a process: tokens, directories and revocations, and each mistake with its answer.
#![cfg(feature = "tool")]
#![allow(clippy::unwrap_used)]

mod tool;

use domicile_certs::revocation::{ClientCa, Revocations};
use domicile_certs::x509::Fields;
use domicile_certs::{Identity, pem};
use domicile_proto::directory::Directory;
use domicile_proto::token::{self, Token};
use tool::{Folder, mode};

const DIRECTORY: &str = r#"
version = 7
expires = 2200-01-01T00:00:00Z
lying-votes = 0
draw-near-domains = 1
draw-total = 2
[[metro]]
id = "sin"
territory = "SG"
latitude = 1.29
longitude = 103.85
[[anchor]]
name = "sin-1"
metro = "sin"
trust-domain = "hoster-a"
operator = "acme"
addresses = ["192.0.2.1:4433"]
certificate = "sin-1.crt"
latitude = 1.3
longitude = 103.8
survey-error-m = 50
clock-error-ppm = 100
position-version = 1
valid-from = "2026-01-01T00:00:00Z"
valid-until = "2200-01-01T00:00:00Z"
[[collector]]
name = "c1"
addresses = ["192.0.2.9:4433"]
certificate = "c1.crt"
log-key = "log.pub"
log-origin = "example.org/log"
"#;

/// The directory with bare keys in place of files.
fn with_keys(text: &str) -> String {
    let key = |digit: &str| digit.repeat(64);
    text.replace(
        "certificate = \"sin-1.crt\"",
        &format!("key = \"{}\"", key("1")),
    )
    .replace(
        "certificate = \"c1.crt\"",
        &format!("key = \"{}\"", key("2")),
    )
    .replace("log.pub", &key("3"))
}

#[test]
fn tokens_open_under_the_token_key() {
    let folder = Folder::with_ca();
    let mint = |rest: &str| {
        format!(
            "token --ca ca --customer Acme --operator acme --site s1 --metro sin --licence L1 {rest}"
        )
    };
    folder.done(&mint("--territory SG --uses 3 --valid-for 12h --out t"));
    assert_eq!(mode(&folder.path("t")), 0o600);
    let text = std::fs::read_to_string(folder.path("t")).unwrap();
    let signed = token::from_text(&text).unwrap();
    let token = Token::open(&signed, &folder.trust().token_key).unwrap();
    assert_eq!((token.uses, token.customer.as_str()), (3, "Acme"));
    assert_eq!(token.not_after_ms - token.not_before_ms, 13 * 3_600_000);
    assert!(folder.done("show t").contains("signature not checked"));

    folder.refused(&mint("--territory SG --out t"), 1, "never overwritten");
    folder.write("d.toml", &with_keys(DIRECTORY));
    folder.done("directory sign --ca ca --in d.toml --out d.bin");
    folder.done(&mint("--territory SG --directory d.bin --out checked"));
    folder.refused(
        &mint("--territory MY --directory d.bin --out u"),
        1,
        "lies in SG",
    );
    let elsewhere = "token --ca ca --customer A --operator a --site s --metro nrt --licence L \
                     --territory JP --directory d.bin --out u";
    folder.refused(elsewhere, 1, "the directory has no metro nrt; it has sin");
    folder.refused(&mint("--territory sg --out u"), 1, "two upper-case letters");
    folder.refused(&mint("--territory SG --uses 0 --out u"), 2, "--uses");
    folder.refused(
        &mint("--territory SG --valid-for 30 --out u"),
        2,
        "is not a duration",
    );
    folder.refused(
        &mint("--territory SG --site a;b --out u"),
        2,
        "cannot be used multiple times",
    );
    folder.refused("token --ca ca --out u", 2, "required");
}

#[test]
fn directories_are_signed_in_rising_versions() {
    let folder = Folder::with_ca();
    folder.done("issue anchor --ca ca --name sin-1 --out .");
    folder.done("issue collector --ca ca --name c1 --out .");
    folder.done("log-key --out log.key");
    folder.write("d.toml", DIRECTORY);
    let sign = "directory sign --ca ca --in d.toml --out d.bin";
    folder.done(sign);
    let bytes = std::fs::read(folder.path("d.bin")).unwrap();
    let directory = Directory::open(&bytes, &folder.trust().directory_key).unwrap();
    let anchor = Identity::load(&folder.path("sin-1.key"), &folder.path("sin-1.crt")).unwrap();
    assert_eq!(directory.anchors[0].key, anchor.key.public());
    let shown = folder.done("directory show d.bin --trust ca/trust.toml");
    assert!(shown.contains("anchor sin-1") && shown.contains("192.0.2.9:4433"));

    folder.refused(sign, 1, "version 7 is not greater than version 7");
    folder.write("d.toml", &DIRECTORY.replace("version = 7", "version = 8"));
    folder.done(sign);

    let bad = |from: &str, to: &str, said: &str| {
        folder.write("bad.toml", &DIRECTORY.replace(from, to));
        folder.refused(
            "directory sign --ca ca --in bad.toml --out new.bin",
            1,
            said,
        );
    };
    bad(
        "version = 7",
        "version = 7\nversoin = 8",
        "unknown field `versoin`",
    );
    bad("metro = \"sin\"", "metro = \"sni\"", "names no metro");
    bad("sin-1.crt", "gone.crt", "cannot read");
    bad(
        "2200-01-01T00:00:00Z\nly",
        "2020-01-01T00:00:00Z\nly",
        "later than issued_ms",
    );
    bad(
        "draw-near-domains = 1",
        "draw-near-domains = 0",
        "draw_near_domains",
    );
    bad(
        "192.0.2.1:4433",
        "anchor.example:4433",
        "do not resolve names",
    );
    folder.write(
        "bad.toml",
        &DIRECTORY.replace(
            "expires = 2200",
            "issued = 2001-01-01T00:00:00Z\nexpires = 2002",
        ),
    );
    folder.refused(
        "directory sign --ca ca --in bad.toml --out new.bin",
        1,
        "lies in the past",
    );

    folder.write("d.bin", "something else");
    folder.refused(sign, 1, "move it away");
    folder.done("init other");
    folder.done("directory sign --ca ca --in d.toml --out e.bin");
    folder.refused(
        "directory show e.bin --trust other/trust.toml",
        1,
        "not a directory of this vendor",
    );
    folder.refused(
        "directory sign --ca other --in d.toml --out e.bin",
        1,
        "not a directory of this CA",
    );
}

#[test]
fn revocations_reach_the_list_and_are_never_lost() {
    let folder = Folder::with_ca();
    folder.done("issue auditor --ca ca --name Ana --out .");
    let chain = pem::load(&folder.path("Ana.crt")).unwrap();
    let serial = Fields::read(&chain[0]).unwrap().serial;
    let revoked = |ca| {
        let revocations = Revocations::load(&folder.path("ca/crl"), &folder.trust()).unwrap();
        revocations.is_revoked(ca, &serial)
    };
    assert!(!revoked(ClientCa::Auditor));
    folder.done("revoke --ca ca --cert Ana.crt --reason key-compromise");
    assert!(revoked(ClientCa::Auditor) && !revoked(ClientCa::Agent));
    assert!(
        folder
            .done("revoke --ca ca --cert Ana.crt")
            .contains("revoked already")
    );
    folder.done(&format!(
        "revoke --ca ca --issuer agent-ca --serial {serial}"
    ));
    assert!(revoked(ClientCa::Agent));
    folder.done("lists --ca ca");
    assert!(revoked(ClientCa::Agent) && revoked(ClientCa::Auditor));
    let shown = folder.done("show ca/crl/auditor-ca.crl");
    assert!(
        shown.contains("number  4") && shown.contains(&serial.to_string()),
        "{shown}"
    );

    folder.refused("revoke --ca ca", 2, "--cert");
    folder.refused("revoke --ca ca --serial 01", 2, "--issuer");
    folder.refused(
        "revoke --ca ca --issuer root --serial 01",
        2,
        "possible values",
    );
    folder.refused(
        "revoke --ca ca --issuer agent-ca --serial xyz",
        2,
        "positive number",
    );
    folder.refused(
        "revoke --ca ca --issuer agent-ca --serial 0",
        2,
        "positive number",
    );
    folder.refused("revoke --ca ca --cert gone.crt", 1, "cannot read");
    folder.done("init other");
    folder.refused(
        "revoke --ca other --cert Ana.crt",
        1,
        "was not issued by a CA of other",
    );

    // A lost or broken registry does not undo what the list in force says.
    let registry = folder.path("ca/revoked-auditor-ca.toml");
    let kept = std::fs::read_to_string(&registry).unwrap();
    std::fs::remove_file(&registry).unwrap();
    folder.refused(
        "revoke --ca ca --issuer auditor-ca --serial 77",
        1,
        "restore the newest copy",
    );
    std::fs::write(&registry, kept.replace("revoked-ms", "revoked-at")).unwrap();
    folder.refused(
        "revoke --ca ca --issuer auditor-ca --serial 77",
        1,
        "unknown field",
    );
    std::fs::write(&registry, kept).unwrap();
    folder.done("revoke --ca ca --issuer auditor-ca --serial 77");
}

#[test]
fn show_answers_anything_without_secrets() {
    let folder = Folder::with_ca();
    let secret = std::fs::read_to_string(folder.path("ca/root.key")).unwrap();
    let base64 = secret.lines().nth(1).unwrap();
    assert!(!folder.done("show ca/root.key").contains(base64));
    assert!(
        folder
            .done("show ca/agent-ca.crt")
            .contains("issues for TLS clients")
    );
    assert!(
        folder
            .done("show ca/crl/agent-ca.crl")
            .contains("number  1")
    );
    for (text, said) in [
        ("", "is no PEM certificate"),
        ("-----BEGIN CERTIFICATE-----\nAA\n", "broken PEM"),
        (
            "-----BEGIN X509 CRL-----\nAA==\n-----END X509 CRL-----\n",
            "odd",
        ),
        ("domicile-token-v1.AA", "odd"),
    ] {
        folder.write("odd", text);
        folder.refused("show odd", 1, said);
    }
    folder.refused("show gone", 1, "cannot read");
}

#[test]
fn revocations_at_once_take_turns_and_an_interrupted_one_is_completed() {
    let folder = Folder::with_ca();
    let first = std::fs::read(folder.path("ca/crl/agent-ca.crl")).unwrap();
    std::thread::scope(|scope| {
        for serial in 1..=8 {
            let folder = &folder;
            let revoke = format!("revoke --ca ca --issuer agent-ca --serial {serial}");
            scope.spawn(move || folder.done(&revoke));
        }
    });
    let shown = || folder.done("show ca/crl/agent-ca.crl");
    assert!(
        shown().contains("revoked 8") && shown().contains("number  9"),
        "{}",
        shown()
    );
    // As if it had stopped before the list was written.
    std::fs::write(folder.path("ca/crl/agent-ca.crl"), first).unwrap();
    folder.done("lists --ca ca");
    assert!(
        shown().contains("revoked 8") && shown().contains("number  10"),
        "{}",
        shown()
    );
}
