//! Pictures of the result, as SVG files.
//!
//! | File | Shows |
//! |---|---|
//! | `error-cdf.svg` | how far estimates are off, belief and baselines |
//! | `reliability.svg` | whether the belief is right as often as it says |
//! | `exclusion.svg` | for how many hosts CN is excluded, by how near an anchor is |
//! | `example.svg` | one host on a map |
//!
//! Each is written whole or not at all, in place of an older one. The same result gives the same
//! bytes. A picture of what was not measured is not drawn.

mod chart;
mod errors;
mod example;
mod exclusion;
mod reliability;

use super::report::{Extras, Report};
use super::trial::Trial;
use anyhow::Context;
use chart::LOOKS;
use domicile_geo::Territories;
use std::path::Path;

/// Writes the pictures into a folder, which is made where there is none.
///
/// # Errors
/// When the folder or a file cannot be written.
pub(super) fn write(
    folder: &Path,
    trial: &Trial,
    report: &Report,
    extras: &Extras,
    territories: &Territories,
) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let belief = extras.belief.as_ref();
    let others = extras.baselines.iter().flatten();
    let others = others.map(|one| Some((one.name, &one.accuracy)));
    // The belief has the first look, also where it is missing.
    let estimates: Vec<_> = std::iter::once(belief.map(|belief| ("belief", belief)))
        .chain(others)
        .zip(LOOKS.into_iter().cycle())
        .filter_map(|(named, look)| named.map(|(name, accuracy)| (name, accuracy, look)))
        .collect();
    let classes = &report.by_nearest_rtt_ms;
    let pictures = [
        ("error-cdf.svg", errors::draw(&estimates, report.anchors)),
        ("reliability.svg", belief.and_then(reliability::draw)),
        (
            "exclusion.svg",
            Some(exclusion::draw(classes, report.cn_hosts)),
        ),
        ("example.svg", example::draw(trial, territories)),
    ];
    for (name, picture) in pictures {
        if let Some(picture) = picture {
            domicile_certs::files::replace(&folder.join(name), picture.as_bytes(), 0o644)?;
        }
    }
    Ok(())
}
