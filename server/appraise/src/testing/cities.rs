//! The metros and the policy of the synthetic worlds.

use domicile_geo::convert;
use domicile_proto::wire;

/// A metro.
#[derive(Debug, Clone, Copy)]
pub struct City {
    /// Its id in the directory.
    pub id: &'static str,
    /// ISO 3166 alpha-2.
    pub territory: &'static str,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

const fn city(id: &'static str, territory: &'static str, latitude: f64, longitude: f64) -> City {
    City {
        id,
        territory,
        latitude,
        longitude,
    }
}

/// Metros on six continents, on land and away from borders where the place allows.
pub const CITIES: [City; 16] = [
    city("sin", "SG", 1.35, 103.82),
    city("kul", "MY", 3.15, 101.70),
    city("szx", "CN", 22.65, 114.05),
    city("pek", "CN", 39.90, 116.40),
    city("tyo", "JP", 35.68, 139.69),
    city("bom", "IN", 19.10, 72.90),
    city("syd", "AU", -33.85, 151.00),
    city("fra", "DE", 50.11, 8.68),
    city("lon", "GB", 51.51, -0.13),
    city("mow", "RU", 55.75, 37.62),
    city("dxb", "AE", 25.20, 55.30),
    city("jnb", "ZA", -26.20, 28.05),
    city("iad", "US", 39.00, -77.50),
    city("sjc", "US", 37.35, -121.95),
    city("gru", "BR", -23.50, -46.60),
    city("scl", "CL", -33.45, -70.65),
];

/// A licence for Southeast Asia, one for Germany, one for the United States at tier c, and one that
/// denies nothing.
pub const POLICY: &str = r#"
version = 1

[[licence]]
name = "asia"
permitted = ["SG", "MY", "ID"]
denied = ["CN", "RU", "IR", "KP"]

[[licence]]
name = "germany"
permitted = ["DE"]
denied = ["CN", "RU", "IR", "KP"]

[[licence]]
name = "america"
permitted = ["US"]
denied = ["CN", "RU", "IR", "KP"]
tier = "c"

[[licence]]
name = "undenying"
permitted = ["DE"]
"#;

impl City {
    /// As the directory has it, surveyed to 100 m, with a stopwatch good to 100 ppm.
    pub fn position(&self) -> wire::Position {
        let degrees = |value: f64| {
            #[allow(clippy::cast_possible_truncation)] // at most 1.8e9
            let e7 = (value * 1e7).round() as i32;
            e7
        };
        let unit = convert::unit_from_degrees(self.latitude, self.longitude);
        let [x, y, z] = unit.expect("degrees of a city").components();
        wire::Position {
            version: 1,
            x,
            y,
            z,
            latitude_e7: degrees(self.latitude),
            longitude_e7: degrees(self.longitude),
            survey_error_m: 100,
            clock_error_ppm: 100,
        }
    }
}
