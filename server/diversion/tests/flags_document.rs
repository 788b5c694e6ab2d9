//! `FLAGS.md` says what the table says.

#![allow(clippy::unwrap_used)]

#[test]
fn flags_md_is_as_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/FLAGS.md");
    let text = domicile_diversion::flags::document();
    if std::env::var_os("DOMICILE_REGENERATE").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == text,
        "FLAGS.md is stale: DOMICILE_REGENERATE=1 cargo test -p domicile-diversion --test flags_document"
    );
}
