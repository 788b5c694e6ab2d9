//! A window on the earth: plate carrée, `columns` by `rows` samples, one drawing unit for each.

use crate::point::Point;

/// A rectangle of longitudes and latitudes and the grid that it is sampled and drawn on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// Longitude of the left edge, degrees; the window may reach across the date line.
    pub west: f64,
    /// Latitude of the upper edge, degrees.
    pub north: f64,
    /// Degrees of longitude for each column.
    pub column: f64,
    /// Degrees of latitude for each row.
    pub row: f64,
    /// Samples across.
    pub columns: u16,
    /// Samples down.
    pub rows: u16,
}

impl View {
    /// The inhabited world at half a degree.
    pub const WORLD: Self = Self {
        west: -180.0,
        north: 84.0,
        column: 0.5,
        row: 0.5,
        columns: 720,
        rows: 284,
    };

    /// A square window that shows about `reach_m` metres in each direction of `center`.
    pub fn around(center: Point, reach_m: f64) -> Self {
        const SIDE: u16 = 284;
        let half = (reach_m / 111_195.0).min(85.0);
        // Degrees of longitude shrink towards the poles; beyond 80° the picture is stretched.
        let wide = half / center.latitude.to_radians().cos().max(0.17);
        Self {
            west: center.longitude - wide,
            north: (center.latitude + half).min(90.0),
            column: 2.0 * wide / f64::from(SIDE),
            row: 2.0 * half / f64::from(SIDE),
            columns: SIDE,
            rows: SIDE,
        }
    }

    /// The middle of a sample, if it is on the earth.
    pub fn sample(&self, column: u16, row: u16) -> Option<Point> {
        let latitude = self.north - (f64::from(row) + 0.5) * self.row;
        let longitude = self.west + (f64::from(column) + 0.5) * self.column;
        let longitude = (longitude + 540.0).rem_euclid(360.0) - 180.0;
        (-90.0..=90.0)
            .contains(&latitude)
            .then(|| Point::new(latitude, longitude))
    }

    /// Drawing units of a longitude (any, also beyond ±180) and a latitude.
    pub fn place(&self, longitude: f64, latitude: f64) -> (f64, f64) {
        (
            (longitude - self.west) / self.column,
            (self.north - latitude) / self.row,
        )
    }

    /// Where a point is drawn: once, or not at all when it is outside of the window.
    pub fn mark(&self, point: Point) -> Option<(f64, f64)> {
        let turn = 360.0 / self.column;
        let (x, y) = self.place(point.longitude, point.latitude);
        let x = x.rem_euclid(turn);
        let inside = x < f64::from(self.columns) && (0.0..f64::from(self.rows)).contains(&y);
        inside.then_some((x, y))
    }

    /// Drawing units of a full turn of longitude.
    pub fn turn(&self) -> f64 {
        360.0 / self.column
    }
}
