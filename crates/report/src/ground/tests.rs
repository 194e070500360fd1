use std::collections::BTreeSet;

use super::{Datum, GroundError, GroundProblem, Position, Shapes};

/// A rectangle in thousandths of a degree from 113 E, 34 N.
fn square(code: &str, [west, south, east, north]: [u32; 4]) -> String {
    let at = |x: u32, y: u32| format!("[113.{x:03}, 34.{y:03}]");
    let ring = [at(west, south), at(east, south), at(east, north), at(west, north), at(west, south)].join(",");
    format!(
        r#"{{"type":"Feature","properties":{{"code":"{code}"}},"geometry":{{"type":"Polygon","coordinates":[[{ring}]]}}}}"#
    )
}

fn collection(features: &[String]) -> String {
    format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","))
}

fn plan(areas: &[&str]) -> BTreeSet<String> {
    areas.iter().map(|a| (*a).to_owned()).collect()
}

const A: &str = "410182001001";
const B: &str = "410182001002";

#[test]
fn a_covered_ground_has_no_problem() {
    let text = collection(&[
        square("410182", [100, 700, 120, 710]),
        square(A, [100, 700, 110, 710]),
        square(B, [110, 700, 120, 710]),
    ]);
    let shapes = Shapes::read(&text, Datum::Wgs84).expect("reads");
    assert_eq!(shapes.examine(&plan(&[A, B]), &[]), []);
    assert_eq!(shapes.geometries().count(), 2);
}

#[test]
fn overlaps_gaps_and_strangers_are_found_with_their_size() {
    let text = collection(&[
        square("410182000000", [100, 700, 130, 710]),
        square(A, [100, 700, 112, 710]),
        square(B, [110, 700, 120, 710]),
        square("410182001009", [121, 700, 130, 710]),
    ]);
    let shapes = Shapes::read(&text, Datum::Cgcs2000).expect("reads");
    let here =
        |area: &str, lon: f64| Position {
            unit: "u".into(), name: "某厂".into(), area: area.into(), lon, lat: 34.705
        };
    let found = shapes.examine(&plan(&[A, B, "410182001003"]), &[here(A, 113.105), here(A, 113.118)]);
    let told: Vec<String> = found.iter().map(GroundProblem::en).collect();
    assert_eq!(told.len(), 5, "{told:#?}");
    assert_eq!(told[0], "enumeration area 410182001003 has no polygon");
    assert_eq!(told[1], "polygon 410182001009 is no enumeration area of this county");
    // Two thousandths of a degree by ten: about 183 by 1110 m; the gap is half as wide.
    let GroundProblem::Overlap { m2, sliver: false, .. } = found[2] else { panic!("{told:#?}") };
    assert!((202_000..205_000).contains(&m2), "{m2}");
    let GroundProblem::Gap { m2, sliver: false, .. } = found[3] else { panic!("{told:#?}") };
    assert!((101_000..102_500).contains(&m2), "{m2}");
    let GroundProblem::Outside { inside: Some(inside), metres, .. } = &found[4] else { panic!("{told:#?}") };
    assert!(inside == B && (540..560).contains(metres), "{told:#?}");
}

#[test]
fn a_hole_shows_without_a_boundary_and_a_thin_one_is_a_sliver() {
    let ring = |west: &str, east: &str| {
        format!("[[{west},34.701],[{west},34.709],[{east},34.709],[{east},34.701],[{west},34.701]]")
    };
    let with_hole = |hole: String| {
        let feature = square(A, [100, 700, 120, 710]).replace("]]]", &format!("]],{hole}]"));
        Shapes::read(&collection(&[feature]), Datum::Wgs84).expect("reads").examine(&plan(&[A]), &[])
    };
    assert!(matches!(
        with_hole(ring("113.105", "113.110"))[..],
        [GroundProblem::Gap { sliver: false, m2: 400_000..410_000, .. }]
    ));
    let thin = with_hole(ring("113.105", "113.10501"));
    assert!(matches!(thin[..], [GroundProblem::Gap { sliver: true, .. }]), "{thin:?}");
}

#[test]
fn what_cannot_be_read_is_refused_with_the_remedy() {
    let read = |text: &str| Shapes::read(text, Datum::Wgs84).expect_err("refused");
    assert!(matches!(read("{}"), GroundError::NotGeoJson { .. }));
    assert_eq!(read(&collection(&[])), GroundError::Empty);
    let nameless = square(A, [0, 0, 1, 1]).replace("code", "名称");
    assert_eq!(read(&collection(&[nameless])), GroundError::NoCode { number: 1, has: vec!["名称".into()] });
    let twice = collection(&[square(A, [0, 0, 1, 1]), square(A, [1, 0, 2, 1])]);
    assert_eq!(read(&twice), GroundError::Twice { code: A.into(), first: 1, second: 2 });
    let metres = square(A, [0, 0, 1, 1]).replace("113.", "38413");
    assert!(matches!(read(&collection(&[metres])), GroundError::NotDegrees { .. }));
    let crossed = r#"{"type":"Feature","properties":{"code":"410182001001"},"geometry":{"type":"Polygon","coordinates":[[[113,34],[113.01,34.01],[113.01,34],[113,34.01],[113,34]]]}}"#;
    let found = Shapes::read(crossed, Datum::Wgs84).expect("reads").examine(&plan(&[A]), &[]);
    assert!(matches!(found[..], [GroundProblem::Invalid { .. }]), "{found:?}");
}
