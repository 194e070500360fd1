//! Datums of Chinese maps. The formulas of GCJ-02 and BD-09 are those in common public use.

use std::f64::consts::PI;

/// What the coordinates of a file are measured on (坐标系).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Datum {
    /// 国家大地坐标系.
    Cgcs2000,
    Wgs84,
    /// 火星坐标: 高德, 腾讯.
    Gcj02,
    /// 百度.
    Bd09,
}

impl Datum {
    pub const NAMES: [&str; 4] = ["cgcs2000", "wgs84", "gcj02", "bd09"];

    /// `GCJ-02`, `gcj02`: as people write it.
    pub fn named(name: &str) -> Option<Datum> {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
        match plain.as_str() {
            "cgcs2000" | "epsg4490" => Some(Datum::Cgcs2000),
            "wgs84" | "epsg4326" => Some(Datum::Wgs84),
            "gcj02" => Some(Datum::Gcj02),
            "bd09" | "bd09ll" => Some(Datum::Bd09),
            _ => None,
        }
    }

    /// Longitude and latitude in degrees of CGCS2000.
    pub fn to_cgcs2000(self, lon: f64, lat: f64) -> (f64, f64) {
        match self {
            Datum::Cgcs2000 | Datum::Wgs84 => (lon, lat),
            Datum::Gcj02 => unshifted(lon, lat),
            Datum::Bd09 => {
                let (lon, lat) = from_bd09(lon, lat);
                unshifted(lon, lat)
            }
        }
    }
}

/// Half axis and squared eccentricity of the Krasovsky ellipsoid, which GCJ-02 uses.
const AXIS: f64 = 6_378_245.0;
const ECCENTRICITY: f64 = 0.006_693_421_622_965_943;

/// How far GCJ-02 shifts a point, in degrees.
fn shift(lon: f64, lat: f64) -> (f64, f64) {
    let (x, y) = (lon - 105.0, lat - 35.0);
    let waves = |a: f64| (20.0 * (6.0 * a * PI).sin() + 20.0 * (2.0 * a * PI).sin()) * 2.0 / 3.0;
    let root = x.abs().sqrt();
    let north = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * root
        + waves(x)
        + (20.0 * (y * PI).sin() + 40.0 * (y / 3.0 * PI).sin()) * 2.0 / 3.0
        + (160.0 * (y / 12.0 * PI).sin() + 320.0 * (y * PI / 30.0).sin()) * 2.0 / 3.0;
    let east = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * root
        + waves(x)
        + (20.0 * (x * PI).sin() + 40.0 * (x / 3.0 * PI).sin()) * 2.0 / 3.0
        + (150.0 * (x / 12.0 * PI).sin() + 300.0 * (x / 30.0 * PI).sin()) * 2.0 / 3.0;
    let radians = lat / 180.0 * PI;
    let magic = 1.0 - ECCENTRICITY * radians.sin() * radians.sin();
    let lat_by = north * 180.0 / ((AXIS * (1.0 - ECCENTRICITY)) / (magic * magic.sqrt()) * PI);
    let lon_by = east * 180.0 / (AXIS / magic.sqrt() * radians.cos() * PI);
    (lon_by, lat_by)
}

/// The point that GCJ-02 shifts to this one, to less than a millimetre.
fn unshifted(lon: f64, lat: f64) -> (f64, f64) {
    let (mut x, mut y) = (lon, lat);
    for _ in 0..12 {
        let (by_lon, by_lat) = shift(x, y);
        (x, y) = (lon - by_lon, lat - by_lat);
    }
    (x, y)
}

fn from_bd09(lon: f64, lat: f64) -> (f64, f64) {
    let turn = PI * 3000.0 / 180.0;
    let (x, y) = (lon - 0.0065, lat - 0.006);
    let z = (x * x + y * y).sqrt() - 0.00002 * (y * turn).sin();
    let angle = y.atan2(x) - 0.000_003 * (x * turn).cos();
    (z * angle.cos(), z * angle.sin())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Within a metre.
    fn near((lon, lat): (f64, f64), expect: (f64, f64)) -> bool {
        (lon - expect.0).abs() < 1e-5 && (lat - expect.1).abs() < 1e-5
    }

    #[test]
    fn known_points_are_converted() {
        // Pairs that the common converters give for the middle of Beijing.
        assert!(near(Datum::Gcj02.to_cgcs2000(116.410_244_499, 39.916_404_282), (116.404, 39.915)));
        assert!(near(Datum::Gcj02.to_cgcs2000(116.404, 39.915), (116.397_755_501, 39.913_595_718)));
        assert!(near(from_bd09(116.404, 39.915), (116.397_627_291, 39.908_656_740)));
        assert_eq!(Datum::Wgs84.to_cgcs2000(113.4, 34.8), (113.4, 34.8));
    }

    #[test]
    fn names_as_people_write_them() {
        for (name, datum) in [
            ("GCJ-02", Some(Datum::Gcj02)),
            ("wgs84", Some(Datum::Wgs84)),
            ("CGCS2000", Some(Datum::Cgcs2000)),
            ("北京54", None),
        ] {
            assert_eq!(Datum::named(name), datum, "{name}");
        }
    }
}
