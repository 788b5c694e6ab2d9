//! The CA tool as a process: CAs, keys and certificates, and each mistake with its answer.
#![cfg(feature = "tool")]
#![allow(clippy::unwrap_used)]

mod tool;

use domicile_certs::revocation::Revocations;
use domicile_certs::x509::Fields;
use domicile_certs::{Identity, keys, pem};
use std::os::unix::fs::PermissionsExt as _;
use tool::{Folder, mode};

#[test]
fn init_writes_a_whole_ca_with_secret_keys() {
    let folder = Folder::with_ca();
    for name in [
        "root",
        "server-ca",
        "agent-ca",
        "auditor-ca",
        "directory",
        "token",
    ] {
        let path = folder.path(&format!("ca/{name}.key"));
        assert_eq!(mode(&path), 0o600, "{name}");
        keys::load(&path).unwrap();
    }
    assert_eq!(mode(&folder.path("ca")), 0o700);
    let trust = folder.trust();
    assert_eq!(
        pem::load(&folder.path("ca/root.crt")).unwrap(),
        std::slice::from_ref(&trust.root)
    );
    Revocations::load(&folder.path("ca/crl"), &trust).unwrap();
    folder.refused("init ca", 1, "is not empty");
    folder.refused("init nowhere/ca", 1, "cannot create");
    folder.refused("init", 2, "required");
    std::fs::create_dir(folder.path("empty")).unwrap();
    folder.done("init empty");
}

#[test]
fn issued_identities_load_and_are_never_overwritten() {
    let folder = Folder::with_ca();
    for (role, name) in [("anchor", "sin-1"), ("collector", "c1"), ("auditor", "Ana")] {
        let issue = format!("issue {role} --ca ca --name {name} --out . --days 30");
        folder.done(&issue);
        let key = folder.path(&format!("{name}.key"));
        let chain = folder.path(&format!("{name}.crt"));
        assert_eq!(mode(&key), 0o600);
        let identity = Identity::load(&key, &chain).unwrap();
        let fields = Fields::read(&identity.chain[0]).unwrap();
        assert_eq!(fields.common_name.as_deref(), Some(name));
        assert_eq!(
            (fields.server_auth, fields.client_auth),
            (role != "auditor", role == "auditor")
        );
        assert_eq!(identity.chain.len(), 2);
        folder.refused(&issue, 1, "never overwritten");
    }
    let issue = |rest: &str| format!("issue anchor --ca ca {rest}");
    folder.refused(&issue("--name ../up --out ."), 1, "must not hold /");
    folder.refused(&issue("--name .hidden --out ."), 1, "dot");
    folder.refused(&issue("--name x --out nowhere"), 1, "cannot write");
    folder.refused(&issue("--name x --out . --days 3650"), 1, "outlive its CA");
    folder.refused(&issue("--name x --out . --days 0"), 2, "0 is not in");
    folder.refused("issue anchor --ca no --name x --out .", 1, "cannot read");
    folder.refused("issue agent --ca ca --name x --out .", 2, "possible values");

    let public = "0101010101010101010101010101010101010101010101010101010101010101";
    folder.done(&issue(&format!("--name far --out . --public-key {public}")));
    assert!(!folder.path("far.key").exists());
    let chain = pem::load(&folder.path("far.crt")).unwrap();
    assert_eq!(Fields::read(&chain[0]).unwrap().key.to_string(), public);
}

#[test]
fn exposed_and_foreign_keys_are_refused() {
    let folder = Folder::with_ca();
    let key = folder.path("ca/server-ca.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).unwrap();
    folder.refused(
        "issue anchor --ca ca --name x --out .",
        1,
        "chmod 600 ca/server-ca.key",
    );
    std::fs::copy(folder.path("ca/agent-ca.key"), &key).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    folder.refused(
        "issue anchor --ca ca --name x --out .",
        1,
        "another private key",
    );
    folder.write("ca/server-ca.key", "nonsense");
    folder.refused(
        "issue anchor --ca ca --name x --out .",
        1,
        "not an Ed25519 private key",
    );
}

#[test]
fn log_key_writes_both_halves_once() {
    let folder = Folder::new();
    folder.done("log-key --out log.key");
    let public = std::fs::read_to_string(folder.path("log.pub")).unwrap();
    let key = keys::load(&folder.path("log.key")).unwrap();
    assert_eq!(public.trim(), key.public().to_string());
    assert_eq!(mode(&folder.path("log.key")), 0o600);
    folder.refused("log-key --out log.key", 1, "exists already");
    folder.refused("log-key --out a.pub", 1, "name another place");
}

#[test]
fn modes_do_not_depend_on_the_umask() {
    for umask in ["000", "022", "077", "777"] {
        let folder = Folder::new();
        let answer = folder.run_with_umask("init ca", umask);
        assert_eq!(answer.code, Some(0), "umask {umask}: {}", answer.err);
        assert_eq!(mode(&folder.path("ca")), 0o700);
        assert_eq!(mode(&folder.path("ca/crl")), 0o700);
        assert_eq!(mode(&folder.path("ca/root.key")), 0o600);
        assert_eq!(mode(&folder.path("ca/root.crt")), 0o644);
        assert_eq!(mode(&folder.path("ca/crl/agent-ca.crl")), 0o644);
    }
}
