//! Polygons of enumeration areas (普查小区边界): GeoJSON in, and what is wrong with the ground they cover.
//!
//! Coordinates leave here in degrees of CGCS2000, which WGS 84 equals within centimetres. GCJ-02 and BD-09 are
//! shifted by up to hundreds of metres: they are converted when the reader says so, and nothing is guessed.
//! Geometry needs binary floats; nothing computed here enters a figure that is published.
#![expect(clippy::float_arithmetic, reason = "geometry; findings are whole square metres")]

mod datum;

use std::collections::{BTreeMap, BTreeSet};

use geo::algorithm::bool_ops::unary_union;
use geo::{
    Area, BooleanOps, BoundingRect, Closest, Contains, GeodesicArea, HaversineClosestPoint, Intersects, MapCoords,
    MultiPolygon, Point, Polygon, Validation,
};
use geo::{Distance, Haversine};
use geojson::{Feature, GeoJson};

pub use datum::Datum;

/// Why a file of polygons is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GroundError {
    #[error("this is no GeoJSON: {why}")]
    NotGeoJson { why: String },
    #[error("feature {number} names no area; give it a property `code` (it has: {})", .has.join(", "))]
    NoCode { number: usize, has: Vec<String> },
    #[error("feature {number} ({code}) is no polygon")]
    NoPolygon { number: usize, code: String },
    #[error("{code} is there twice, as feature {first} and {second}")]
    Twice { code: String, first: usize, second: usize },
    #[error("{code}: its coordinates are no degrees of China ({lon}, {lat}); export them as longitude and latitude")]
    NotDegrees { code: String, lon: String, lat: String },
    #[error("there is no polygon in the file")]
    Empty,
}

impl GroundError {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            GroundError::NotGeoJson { why } => format!("不是 GeoJSON：{why}"),
            GroundError::NoCode { number, has } => {
                format!("第 {number} 个要素没有区划代码；请加属性 code（现有属性：{}）", has.join("、"))
            }
            GroundError::NoPolygon { number, code } => format!("第 {number} 个要素（{code}）不是面"),
            GroundError::Twice { code, first, second } => format!("{code} 出现两次：第 {first} 个和第 {second} 个要素"),
            GroundError::NotDegrees { code, lon, lat } => {
                format!("{code} 的坐标不是中国境内的经纬度（{lon}，{lat}）；请按经度、纬度（度）导出")
            }
            GroundError::Empty => "文件里没有面".into(),
        }
    }
}

/// The polygons of a file, by area code.
#[derive(Debug, Clone, PartialEq)]
pub struct Shapes {
    shapes: BTreeMap<String, MultiPolygon<f64>>,
    /// Of the county as a whole, when the file has it.
    boundary: Option<MultiPolygon<f64>>,
}

/// A unit with its declared area and its position in degrees.
#[derive(Debug, Clone, PartialEq)]
pub struct Position {
    pub unit: String,
    pub name: String,
    pub area: String,
    pub lon: f64,
    pub lat: f64,
}

/// What is wrong with the ground. Areas in whole m², distances in whole m.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "problem", rename_all = "kebab-case")]
pub enum GroundProblem {
    /// An area of the plan that has no polygon.
    Missing {
        area: String,
    },
    /// A polygon of no area of the plan.
    Unknown {
        area: String,
    },
    /// A ring that crosses itself, or the like.
    Invalid {
        area: String,
        why: String,
    },
    Overlap {
        area: String,
        other: String,
        m2: u64,
        sliver: bool,
    },
    /// Ground that no area covers; a point in it in degrees, six decimals.
    Gap {
        m2: u64,
        lon: String,
        lat: String,
        sliver: bool,
    },
    /// A unit whose position lies outside its declared area.
    Outside {
        unit: String,
        name: String,
        area: String,
        inside: Option<String>,
        metres: u64,
    },
}

impl GroundProblem {
    pub fn zh(&self) -> String {
        let kind = |sliver: bool| if sliver { "（细缝）" } else { "" };
        match self {
            GroundProblem::Missing { area } => format!("普查小区 {area} 没有边界"),
            GroundProblem::Unknown { area } => format!("边界 {area} 不是本县的普查小区"),
            GroundProblem::Invalid { area, why } => format!("{area} 的边界不合法：{why}"),
            GroundProblem::Overlap { area, other, m2, sliver } => {
                format!("{area} 与 {other} 重叠 {m2} 平方米{}", kind(*sliver))
            }
            GroundProblem::Gap { m2, lon, lat, sliver } => {
                format!("有 {m2} 平方米不属于任何小区{}，在 {lon}，{lat} 附近", kind(*sliver))
            }
            GroundProblem::Outside { unit, name, area, inside, metres } => {
                let inside = inside.as_ref().map_or("不在任何小区".to_owned(), |i| format!("在 {i}"));
                format!("“{name}”（{unit}）申报在 {area}，坐标{inside}，相距 {metres} 米")
            }
        }
    }

    pub fn en(&self) -> String {
        let kind = |sliver: bool| if sliver { " (sliver)" } else { "" };
        match self {
            GroundProblem::Missing { area } => format!("enumeration area {area} has no polygon"),
            GroundProblem::Unknown { area } => format!("polygon {area} is no enumeration area of this county"),
            GroundProblem::Invalid { area, why } => format!("the polygon of {area} is not valid: {why}"),
            GroundProblem::Overlap { area, other, m2, sliver } => {
                format!("{area} and {other} overlap by {m2} m²{}", kind(*sliver))
            }
            GroundProblem::Gap { m2, lon, lat, sliver } => {
                format!("{m2} m² belong to no area{}, near {lon}, {lat}", kind(*sliver))
            }
            GroundProblem::Outside { unit, name, area, inside, metres } => {
                let inside = inside.as_ref().map_or("in no area".to_owned(), |i| format!("in {i}"));
                format!("{name} ({unit}) is declared in {area}, its position lies {inside}, {metres} m away")
            }
        }
    }
}

/// Properties that may hold the code of an area, in this order.
const CODES: [&str; 7] = ["code", "area", "普查小区代码", "小区代码", "区划代码", "行政区划代码", "代码"];

/// Below this a difference is the arithmetic's, not the ground's.
const NOISE: f64 = 1.0;
/// A piece this small, or so thin that its area is less than a fiftieth of a circle of its girth, is a sliver.
const SMALL: f64 = 100.0;
const THIN: f64 = 0.02;

impl Shapes {
    /// Reads GeoJSON: a collection of features, each a polygon with the code of its area; one with the six digits of
    /// a county is the county's boundary.
    pub fn read(text: &str, datum: Datum) -> Result<Shapes, GroundError> {
        let wrong = |why: String| GroundError::NotGeoJson { why };
        let json: GeoJson =
            text.trim_start_matches('\u{feff}').parse().map_err(|e: geojson::Error| wrong(e.to_string()))?;
        let features = match json {
            GeoJson::FeatureCollection(collection) => collection.features,
            GeoJson::Feature(feature) => vec![feature],
            GeoJson::Geometry(_) => return Err(wrong("a geometry without features names no area".into())),
        };
        let mut found = Shapes { shapes: BTreeMap::new(), boundary: None };
        let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
        for (at, feature) in features.into_iter().enumerate() {
            let number = at + 1;
            let code = code(&feature, number)?;
            let geometry = feature.geometry.ok_or_else(|| GroundError::NoPolygon { number, code: code.clone() })?;
            let geometry: geo::Geometry<f64> =
                geometry.try_into().map_err(|e: geojson::Error| wrong(format!("feature {number}: {e}")))?;
            let shape = match geometry {
                geo::Geometry::Polygon(polygon) => MultiPolygon(vec![polygon]),
                geo::Geometry::MultiPolygon(polygons) => polygons,
                _ => return Err(GroundError::NoPolygon { number, code }),
            };
            if let Some(far) = geo::CoordsIter::coords_iter(&shape).find(|c| !in_china(c.x, c.y)) {
                return Err(GroundError::NotDegrees { code, lon: far.x.to_string(), lat: far.y.to_string() });
            }
            let shape = shape.map_coords(|c| datum.to_cgcs2000(c.x, c.y).into());
            if let Some(first) = numbers.insert(code.clone(), number) {
                return Err(GroundError::Twice { code, first, second: number });
            }
            let county = code.len() == 6 || (code.len() == 12 && code.ends_with("000000"));
            if county { found.boundary = Some(shape) } else { drop(found.shapes.insert(code, shape)) }
        }
        if found.shapes.is_empty() { Err(GroundError::Empty) } else { Ok(found) }
    }

    /// Each polygon as GeoJSON in CGCS2000, by area.
    pub fn geometries(&self) -> impl Iterator<Item = (&str, String)> {
        self.shapes.iter().map(|(code, shape)| (code.as_str(), geojson::GeometryValue::from(shape).to_string()))
    }

    pub fn len(&self) -> usize {
        self.shapes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.shapes.is_empty()
    }

    /// Everything wrong with the ground, against the areas of the plan and the positions of units.
    pub fn examine(&self, plan: &BTreeSet<String>, positions: &[Position]) -> Vec<GroundProblem> {
        let mut problems = Vec::new();
        for area in plan.iter().filter(|a| !self.shapes.contains_key(*a)) {
            problems.push(GroundProblem::Missing { area: area.clone() });
        }
        for area in self.shapes.keys().filter(|a| !plan.contains(*a)) {
            problems.push(GroundProblem::Unknown { area: area.clone() });
        }
        let mut sound: Vec<(&String, &MultiPolygon<f64>)> = Vec::new();
        for (area, shape) in &self.shapes {
            match shape.validation_errors().first() {
                Some(error) => problems.push(GroundProblem::Invalid { area: area.clone(), why: error.to_string() }),
                None => sound.push((area, shape)),
            }
        }
        overlaps(&sound, &mut problems);
        self.gaps(&sound, &mut problems);
        for position in positions {
            problems.extend(outside(&sound, position));
        }
        problems
    }

    fn gaps(&self, sound: &[(&String, &MultiPolygon<f64>)], problems: &mut Vec<GroundProblem>) {
        let covered = unary_union(sound.iter().flat_map(|(_, shape)| shape.0.iter()));
        let open: Vec<Polygon<f64>> = match &self.boundary {
            Some(boundary) => boundary.difference(&covered).0,
            // Without a boundary only holes can be seen.
            None => {
                let holes = covered.0.iter().flat_map(|p| p.interiors().to_vec());
                holes.map(|ring| Polygon::new(ring, Vec::new())).collect()
            }
        };
        for piece in open {
            let Some((m2, sliver)) = measured(&piece) else { continue };
            let at = geo::InteriorPoint::interior_point(&piece).unwrap_or_else(|| Point::new(0.0, 0.0));
            let (lon, lat) = (format!("{:.6}", at.x()), format!("{:.6}", at.y()));
            problems.push(GroundProblem::Gap { m2, lon, lat, sliver });
        }
    }
}

fn code(feature: &Feature, number: usize) -> Result<String, GroundError> {
    let found = CODES.iter().find_map(|name| match feature.property(name)? {
        geojson::JsonValue::String(text) => Some(text.trim().to_uppercase()),
        geojson::JsonValue::Number(code) => Some(code.to_string()),
        _ => None,
    });
    let has = || feature.properties_iter().map(|(name, _)| name.clone()).collect();
    found.filter(|c| !c.is_empty()).ok_or_else(|| GroundError::NoCode { number, has: has() })
}

fn in_china(lon: f64, lat: f64) -> bool {
    (73.0..=136.0).contains(&lon) && (3.0..=54.0).contains(&lat)
}

fn overlaps(sound: &[(&String, &MultiPolygon<f64>)], problems: &mut Vec<GroundProblem>) {
    let boxes: Vec<_> = sound.iter().map(|(_, shape)| shape.bounding_rect()).collect();
    for (at, (area, shape)) in sound.iter().enumerate() {
        for (other_at, (other, other_shape)) in sound.iter().enumerate().skip(at + 1) {
            let near = boxes[at].zip(boxes[other_at]).is_some_and(|(a, b)| a.intersects(&b));
            if !near || !shape.intersects(*other_shape) {
                continue;
            }
            for piece in shape.intersection(*other_shape) {
                if let Some((m2, sliver)) = measured(&piece) {
                    problems.push(GroundProblem::Overlap {
                        area: (*area).clone(),
                        other: (*other).clone(),
                        m2,
                        sliver,
                    });
                }
            }
        }
    }
}

/// Whole square metres on the ellipsoid and whether it is a sliver; none for the noise of arithmetic.
fn measured(piece: &Polygon<f64>) -> Option<(u64, bool)> {
    if piece.unsigned_area() == 0.0 {
        return None;
    }
    let (m2, girth) = (piece.geodesic_area_signed().abs(), piece.geodesic_perimeter());
    if m2 < NOISE {
        return None;
    }
    let round = 4.0 * std::f64::consts::PI * m2 / (girth * girth);
    Some((whole(m2), m2 < SMALL || round < THIN))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "areas of a county, never negative")]
fn whole(number: f64) -> u64 {
    number.round() as u64
}

/// The problem of a unit that does not lie where it is declared.
fn outside(sound: &[(&String, &MultiPolygon<f64>)], position: &Position) -> Option<GroundProblem> {
    let point = Point::new(position.lon, position.lat);
    let declared = sound.iter().find(|(area, _)| **area == position.area)?.1;
    if declared.contains(&point) || declared.intersects(&point) {
        return None;
    }
    let inside = sound.iter().find(|(_, shape)| shape.contains(&point)).map(|(area, _)| (*area).clone());
    let metres = match declared.haversine_closest_point(&point) {
        Closest::SinglePoint(near) | Closest::Intersection(near) => Haversine.distance(point, near),
        Closest::Indeterminate => 0.0,
    };
    Some(GroundProblem::Outside {
        unit: position.unit.clone(),
        name: position.name.clone(),
        area: position.area.clone(),
        inside,
        metres: whole(metres),
    })
}

#[cfg(test)]
mod tests;
