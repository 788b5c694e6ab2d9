//! The packs that come with Domicile: research from public sources, not legal advice.
//!
//! They are in `packs/`, one file for each jurisdiction, and one with the models' published numbers.

use crate::pack::Pack;

/// The shipped files, by name.
pub const FILES: [(&str, &str); 4] = [
    ("models.toml", include_str!("../packs/models.toml")),
    ("us.toml", include_str!("../packs/us.toml")),
    ("cn.toml", include_str!("../packs/cn.toml")),
    ("my.toml", include_str!("../packs/my.toml")),
];

/// All of them, to be used together.
pub fn packs() -> Vec<Pack> {
    FILES
        .iter()
        .map(|(_, text)| Pack::read(text.as_bytes()).expect("the tests read the shipped packs"))
        .collect()
}
