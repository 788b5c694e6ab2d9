//! Random places on land.

use crate::trials::Random;
use domicile_geo::{CellId, EARTH_RADIUS_M, Territories, TerritoryMask, UnitVec};

/// The level of the cells from which places are drawn, about 70 km wide.
const LEVEL: u8 = 7;

/// The land of the territory data.
#[derive(Debug)]
pub struct Land {
    territories: &'static Territories,
    cells: Vec<CellId>,
}

impl Land {
    /// The land of the built-in data.
    pub fn builtin() -> Self {
        let territories = Territories::builtin();
        let cells = territories.cells(LEVEL).map(|(cell, _)| cell).collect();
        Self { territories, cells }
    }

    /// The data themselves.
    pub fn territories(&self) -> &'static Territories {
        self.territories
    }

    /// A place on land, about evenly over the world's land, and whose it is.
    pub fn place(&self, random: &mut Random) -> (UnitVec, TerritoryMask) {
        loop {
            let cell = self.cells[random.below(self.cells.len())];
            let corners = cell.corners().map(|corner| corner.components());
            let (a, b) = (random.unit(), random.unit());
            let point = unit([0, 1, 2].map(|k| {
                let south = corners[0][k] * (1.0 - a) + corners[1][k] * a;
                let north = corners[3][k] * (1.0 - a) + corners[2][k] * a;
                south * (1.0 - b) + north * b
            }));
            let whose = self.territories.contains(&point);
            if !whose.is_empty() {
                return (point, whose);
            }
        }
    }

    /// A place on land within `far_m` of another one, if one is found in a few draws.
    pub fn near(
        &self,
        from: &UnitVec,
        far_m: f64,
        random: &mut Random,
    ) -> Option<(UnitVec, TerritoryMask)> {
        (0..24).find_map(|_| {
            let point = near(from, far_m, random);
            let whose = self.territories.contains(&point);
            (!whose.is_empty()).then_some((point, whose))
        })
    }
}

/// A place within about `far_m` of another one, on land or at sea.
pub fn near(from: &UnitVec, far_m: f64, random: &mut Random) -> UnitVec {
    let far = far_m / EARTH_RADIUS_M;
    let v = from.components();
    unit([0, 1, 2].map(|k| v[k] + far * random.between(-1.0, 1.0)))
}

/// A place anywhere.
pub fn anywhere(random: &mut Random) -> UnitVec {
    loop {
        let v = [(); 3].map(|()| random.between(-1.0, 1.0));
        let square: f64 = v.iter().map(|x| x * x).sum();
        if (0.01..=1.0).contains(&square) {
            return unit(v);
        }
    }
}

fn unit([x, y, z]: [f64; 3]) -> UnitVec {
    let length = (x * x + y * y + z * z).sqrt();
    UnitVec::new(x / length, y / length, z / length)
        .expect("a vector that is not near zero has length 1 after division by its length")
}

/// Metres between two places on the mean sphere.
pub fn sphere_m(a: &UnitVec, b: &UnitVec) -> f64 {
    let (a, b) = (a.components(), b.components());
    let square = |k: usize| (a[k] - b[k]) * (a[k] - b[k]);
    let chord = (square(0) + square(1) + square(2)).sqrt();
    2.0 * (chord / 2.0).min(1.0).asin() * EARTH_RADIUS_M
}
