//! Makes `data/territories.bin` from Natural Earth's country borders.
//!
//! `cargo run --release -p domicile-geo --example convert -- countries-10m.json server/geo/data`
//!
//! The first argument is `countries-10m.json` of the npm package `world-atlas` (2.0.2:
//! Natural Earth 4.1.0, 1:10m, public domain), the second the data directory, whose
//! `source/` has the territory list and the claims. `data/README.md` says more.

mod layers;
mod outline;
mod raster;
mod topojson;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

fn main() -> Result<()> {
    let mut args = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(source), Some(data), None) = (args.next(), args.next(), args.next()) else {
        bail!("usage: convert COUNTRIES-10M.JSON DATA-DIRECTORY");
    };
    let read = |path: PathBuf| {
        std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let names = layers::names(&read(data.join("source/territories.txt"))?)?;
    let mut claims = layers::claims(&read(data.join("source/claims.txt"))?, &names)?;
    claims.extend(layers::claims(
        &read(data.join("source/claims-provinces.txt"))?,
        &names,
    )?);
    let features = topojson::features(&read(source)?)?;
    let bases = layers::bases(&features, &names)?;
    eprintln!(
        "{} territories, {} layers, {} claims",
        names.len(),
        bases.len(),
        claims.len()
    );

    let faces = raster::faces(&bases, &claims);
    let version = "natural-earth-4.1.0/world-atlas-2.0.2/claims-1";
    let list: Vec<_> = names
        .iter()
        .map(|name| (name.code, name.text.clone()))
        .collect();
    let bytes = domicile_geo::build::file(version, &list, &faces)?;
    domicile_geo::Territories::from_bytes(&bytes).context("the file made cannot be read back")?;
    let target = data.join("territories.bin");
    let temporary = data.join("territories.bin.new");
    std::fs::write(&temporary, &bytes)?;
    std::fs::rename(&temporary, &target)?;
    eprintln!("{}: {} bytes", target.display(), bytes.len());
    Ok(())
}
