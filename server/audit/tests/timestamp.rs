//! `timestamp verify`, on stamps of an authority that is not ours (`openssl ts`).
#![allow(clippy::unwrap_used)]

#[path = "../../timestamp/tests/support/mod.rs"]
mod support;

use domicile_proto::sign::sha256;
use domicile_timestamp::{request, token_of};
use std::process::Command;
use support::Authority;

#[test]
fn a_stamp_says_when_a_checkpoint_existed() {
    let (Some(authority), Some(other)) = (Authority::new(), Authority::new()) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    let note = b"log.example\n12\nAAAA\n\nsignature\n";
    let answer = authority.answer(&request(&sha256(note).0, [5; 8]));
    write("12.note", note);
    write("12.tst", token_of(&answer).unwrap());
    write("other.note", b"other");
    let run = |format: &str, note: &str, authority: &Authority| {
        let root = authority.root_file();
        let files = [
            "--token",
            "12.tst",
            "--checkpoint",
            note,
            "--root",
            root.to_str().unwrap(),
        ];
        let output = Command::new(env!("CARGO_BIN_EXE_domicile-audit"))
            .args(["--format", format, "timestamp", "verify"])
            .args(files)
            .current_dir(folder.path())
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.code().unwrap(),
            String::from_utf8(text).unwrap(),
        )
    };
    let (code, text) = run("table", "12.note", &authority);
    assert_eq!(code, 0, "{text}");
    assert!(
        text.starts_with("VERIFIED: these bytes existed at 20"),
        "{text}"
    );
    let (code, text) = run("json", "12.note", &authority);
    assert_eq!(code, 0);
    assert!(text.contains("\"accuracy_ms\": 1500"), "{text}");
    assert_eq!(run("csv", "12.note", &authority).0, 0);
    for (note, authority, why) in [
        ("other.note", &authority, "of other bytes"),
        ("12.note", &other, "certificate"),
    ] {
        let (code, text) = run("table", note, authority);
        assert_eq!(code, 1, "{text}");
        assert!(text.contains(why), "{text}");
    }
}
