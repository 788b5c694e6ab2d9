//! Known places are in their territory, and only there where no border is near.
#![allow(clippy::unwrap_used, missing_docs)]

use domicile_geo::{Territories, convert};

/// Name, code, latitude, longitude, and whether the place is far (over 4 km) from any
/// other territory and from disputed land, so that no other code may answer.
const CITIES: &[(&str, &str, f64, f64, bool)] = &[
    ("Singapore", "SG", 1.3521, 103.8198, true),
    ("Johor Bahru", "MY", 1.4927, 103.7414, false),
    ("Batam", "ID", 1.1301, 104.0529, true),
    ("Hong Kong", "HK", 22.3193, 114.1694, true),
    ("Shenzhen", "CN", 22.5431, 114.0579, false),
    ("Macau", "MO", 22.1987, 113.5439, false),
    ("Zhuhai", "CN", 22.2710, 113.5767, false),
    ("Taipei", "TW", 25.0330, 121.5654, true),
    ("Kinmen", "TW", 24.4493, 118.3767, false),
    ("Xiamen", "CN", 24.4798, 118.0894, true),
    ("Beijing", "CN", 39.9042, 116.4074, true),
    ("Shanghai", "CN", 31.2304, 121.4737, true),
    ("Tokyo", "JP", 35.6762, 139.6503, true),
    ("Naha", "JP", 26.2124, 127.6809, true),
    ("Seoul", "KR", 37.5665, 126.9780, true),
    ("Pyongyang", "KP", 39.0392, 125.7625, true),
    ("Vladivostok", "RU", 43.1155, 131.8855, true),
    ("Monaco", "MC", 43.7384, 7.4246, false),
    ("Vatican City", "VA", 41.9029, 12.4534, false),
    ("San Marino", "SM", 43.9424, 12.4578, false),
    ("Vaduz", "LI", 47.1410, 9.5209, false),
    ("Andorra la Vella", "AD", 42.5063, 1.5218, false),
    ("Gibraltar", "GI", 36.1408, -5.3536, false),
    ("Valletta", "MT", 35.8989, 14.5146, true),
    ("Luxembourg", "LU", 49.6116, 6.1319, true),
    ("Strasbourg", "FR", 48.5734, 7.7521, false),
    ("Kehl", "DE", 48.5725, 7.8151, false),
    ("Basel", "CH", 47.5596, 7.5886, false),
    ("Frankfurt", "DE", 50.1109, 8.6821, true),
    ("Amsterdam", "NL", 52.3676, 4.9041, true),
    ("London", "GB", 51.5074, -0.1278, true),
    ("Dublin", "IE", 53.3498, -6.2603, true),
    ("Belfast", "GB", 54.5973, -5.9301, true),
    ("Saint Helier", "JE", 49.1868, -2.1061, true),
    ("Saint Peter Port", "GG", 49.4555, -2.5368, true),
    ("Douglas", "IM", 54.1523, -4.4816, true),
    ("Torshavn", "FO", 62.0079, -6.7900, true),
    ("Reykjavik", "IS", 64.1466, -21.9426, true),
    ("Nuuk", "GL", 64.1814, -51.6941, true),
    ("Longyearbyen", "SJ", 78.2232, 15.6267, true),
    ("Mariehamn", "AX", 60.0973, 19.9348, true),
    ("Oslo", "NO", 59.9139, 10.7522, true),
    ("Narva", "EE", 59.3772, 28.1903, false),
    ("Kaliningrad", "RU", 54.7104, 20.4522, true),
    ("Moscow", "RU", 55.7558, 37.6173, true),
    ("Kyiv", "UA", 50.4501, 30.5234, true),
    ("Simferopol, claimed by UA", "UA", 44.9521, 34.1024, false),
    ("Simferopol, held by RU", "RU", 44.9521, 34.1024, false),
    ("Donetsk", "UA", 48.0159, 37.8029, false),
    ("Donetsk, claimed by RU", "RU", 48.0159, 37.8029, false),
    ("Pristina", "XK", 42.6629, 21.1655, false),
    ("Pristina, claimed by RS", "RS", 42.6629, 21.1655, false),
    ("North Nicosia", "CY", 35.1900, 33.3620, true),
    ("Istanbul", "TR", 41.0082, 28.9784, true),
    ("Tel Aviv", "IL", 32.0853, 34.7818, true),
    ("Gaza", "PS", 31.5017, 34.4668, true),
    ("Katzrin, claimed by SY", "SY", 32.9925, 35.6906, false),
    ("Katzrin, held by IL", "IL", 32.9925, 35.6906, false),
    ("Dubai", "AE", 25.2048, 55.2708, true),
    ("Riyadh", "SA", 24.7136, 46.6753, true),
    ("Manama", "BH", 26.2235, 50.5876, true),
    ("Tehran", "IR", 35.6892, 51.3890, true),
    ("Srinagar", "IN", 34.0837, 74.7973, false),
    ("Srinagar, claimed by PK", "PK", 34.0837, 74.7973, false),
    ("Itanagar, claimed by CN", "CN", 27.0844, 93.6053, false),
    ("Mumbai", "IN", 19.0760, 72.8777, true),
    ("Colombo", "LK", 6.9271, 79.8612, true),
    ("Male", "MV", 4.1755, 73.5093, true),
    ("Laayoune", "EH", 27.1536, -13.2033, false),
    ("Laayoune, held by MA", "MA", 27.1536, -13.2033, false),
    ("Hargeisa", "SO", 9.5600, 44.0650, true),
    ("Kinshasa", "CD", -4.3217, 15.3126, false),
    ("Brazzaville", "CG", -4.2634, 15.2429, false),
    ("Cape Town", "ZA", -33.9249, 18.4241, true),
    ("Maseru", "LS", -29.3151, 27.4869, false),
    ("Saint-Denis", "RE", -20.8789, 55.4481, true),
    ("Mamoudzou", "YT", -12.7806, 45.2279, false),
    ("Port Louis", "MU", -20.1609, 57.5012, true),
    ("Cayenne", "GF", 4.9224, -52.3135, true),
    ("Pointe-a-Pitre", "GP", 16.2411, -61.5331, true),
    ("Fort-de-France", "MQ", 14.6161, -61.0588, true),
    ("Marigot", "MF", 18.0682, -63.0827, false),
    ("Philipsburg", "SX", 18.0260, -63.0458, false),
    ("Kralendijk", "BQ", 12.1508, -68.2765, true),
    ("Willemstad", "CW", 12.1091, -68.9316, true),
    ("Oranjestad", "AW", 12.5186, -70.0358, true),
    ("San Juan", "PR", 18.4655, -66.1057, true),
    ("Charlotte Amalie", "VI", 18.3419, -64.9307, true),
    ("Hamilton", "BM", 32.2949, -64.7814, true),
    ("Washington", "US", 38.9072, -77.0369, true),
    ("Honolulu", "US", 21.3069, -157.8583, true),
    ("Anchorage", "US", 61.2181, -149.9003, true),
    ("San Diego", "US", 32.7157, -117.1611, true),
    ("Tijuana", "MX", 32.5149, -117.0382, false),
    ("Detroit", "US", 42.3314, -83.0458, false),
    ("Windsor", "CA", 42.3149, -83.0364, false),
    ("Guantanamo base", "CU", 19.9060, -75.1200, false),
    ("Sao Paulo", "BR", -23.5505, -46.6333, true),
    ("Georgetown", "GY", 6.8013, -58.1551, true),
    ("Stanley", "FK", -51.6938, -57.8569, false),
    ("Hanga Roa", "CL", -27.1500, -109.4300, true),
    ("Puerto Ayora", "EC", -0.7432, -90.3156, true),
    ("Hagatna", "GU", 13.4757, 144.7489, true),
    ("Saipan", "MP", 15.1850, 145.7467, true),
    ("Pago Pago", "AS", -14.2756, -170.7020, true),
    ("Apia", "WS", -13.8333, -171.7667, true),
    ("Noumea", "NC", -22.2758, 166.4580, true),
    ("Papeete", "PF", -17.5516, -149.5585, true),
    ("Suva", "FJ", -18.1416, 178.4419, true),
    ("Taveuni, across 180", "FJ", -16.8000, -179.9600, true),
    ("Funafuti", "TV", -8.5211, 179.1962, true),
    ("Majuro", "MH", 7.0897, 171.3803, true),
    ("Tarawa", "KI", 1.3290, 172.9790, true),
    ("Auckland", "NZ", -36.8485, 174.7633, true),
    ("Chatham Islands", "NZ", -43.9530, -176.5597, true),
    ("Avarua", "CK", -21.2075, -159.7708, true),
    ("Sydney", "AU", -33.8688, 151.2093, true),
    ("Flying Fish Cove", "CX", -10.4217, 105.6791, true),
    ("West Island", "CC", -12.1880, 96.8290, true),
    ("Dili", "TL", -8.5569, 125.5603, true),
    ("Anadyr", "RU", 64.7340, 177.5100, true),
    ("Wrangel Island, across 180", "RU", 71.2000, -179.4000, true),
    ("South Pole", "AQ", -90.0, 0.0, true),
    ("McMurdo", "AQ", -77.8419, 166.6863, true),
    ("Tigri, held by GY", "GY", 3.4430, -57.5960, false),
    ("Tigri, claimed by SR", "SR", 3.4430, -57.5960, false),
    ("Halaib, claimed by SD", "SD", 22.2200, 36.6500, false),
    ("Bir Tawil", "EG", 21.8800, 33.7300, false),
    (
        "Yuzhno-Kurilsk, claimed by JP",
        "JP",
        44.0300,
        145.8600,
        false,
    ),
];

#[test]
fn cities_are_in_their_territory() {
    let territories = Territories::builtin();
    let mut wrong = Vec::new();
    for &(name, code, lat, lon, alone) in CITIES {
        let found = territories.contains(&convert::unit_from_degrees(lat, lon).unwrap());
        let index = territories.index_of(code.parse().unwrap()).unwrap();
        if !found.contains(index) || (alone && found.count() != 1) {
            let codes: Vec<String> = found.codes(territories).map(|c| c.to_string()).collect();
            wrong.push(format!("{name}: expected {code}, got {codes:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn oceans_have_no_territory() {
    for (lat, lon) in [
        (0.0, -30.0),
        (30.0, -150.0),
        (-60.0, 100.0),
        (90.0, 0.0),
        (0.0, 180.0),
        (40.0, 5.0),
    ] {
        let found = Territories::builtin().contains(&convert::unit_from_degrees(lat, lon).unwrap());
        assert!(found.is_empty(), "{lat} {lon}");
    }
}
