//! Rows of a list from above, over the real areas: none is placed wrong, few stay open.

use std::collections::BTreeMap;
use std::path::Path;

use census::area::{AreaCode, AreaTree, Tree};
use census::frame::{Gazetteer, ListedUnit, Placing};
use census::practice::{Above, County, Place, national};
use instrument::files::Folder;
use instrument::model::{AreaLevel, Instrument};

fn county(instrument: &Instrument, tree: &AreaTree, code: AreaCode) -> (County, Above) {
    let name = |code: AreaCode| tree.get(code).map_or_else(String::new, |a| a.name.clone());
    let own = name(code);
    let places = tree
        .subtree(Tree::Code, code)
        .into_iter()
        .filter(|c| tree.get(*c).is_some_and(|a| a.level == AreaLevel::Village))
        .map(|c| Place { code: c.to_string(), town: format!("{own}{}", name(c.cut(9))), name: name(c) })
        .collect();
    let city = tree.at_level(Tree::Code, code, AreaLevel::City).expect("a city");
    let siblings = tree.children(Tree::Code, city);
    let neighbour = siblings.iter().copied().find(|c| *c != code).expect("a neighbour");
    let old = instrument.area_changes.iter().find(|c| c.new == code.to_string());
    let above = Above {
        province: "河南省".into(),
        city: name(city),
        old: old.map(|c| (c.old[..6].to_owned(), c.old_name.clone())),
    };
    let county = County {
        code: code.short(),
        name: own,
        places,
        neighbour: neighbour.short(),
        neighbour_name: name(neighbour),
        extent: [0, 4, 0, 4],
    };
    (county, above)
}

#[test]
fn no_row_is_placed_wrong() {
    let files = Folder::new(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../instruments/cn-2017"));
    let instrument = Instrument::read_trusted(&files).unwrap_or_else(|e| panic!("{e:?}"));
    let practice = instrument::practice::load(&files).unwrap_or_else(|e| panic!("{e}"));
    let (tree, _) = AreaTree::of(&instrument);
    let gazetteer = Gazetteer::new(&tree, &instrument.area_changes, &instrument.area_names);
    let root: AreaCode = "41".parse().expect("a code");
    // Dirt → rows, placed, open.
    let mut counts: BTreeMap<String, [u64; 3]> = BTreeMap::new();
    let mut wrong = Vec::new();
    for code in ["410102", "410182", "410212", "410306", "411003", "411203", "411681", "411729"] {
        let code: AreaCode = code.parse().expect("a code");
        let (county, above) = county(&instrument, &tree, code);
        for (row, dirt) in national(&practice, &county, &above, 500, 11) {
            let own = if row.fate == "other_area" { county.neighbour.clone() } else { code.short() };
            let read = ListedUnit {
                name: row.name.clone(),
                area: row.area.clone(),
                address: row.address.clone(),
                ..ListedUnit::default()
            };
            let count = counts.entry(dirt.clone()).or_default();
            count[0] += 1;
            match gazetteer.place(&read, root) {
                Placing::At { area, why, .. } => {
                    count[1] += 1;
                    let found = tree.at_level(Tree::Code, area, AreaLevel::County).expect("a county");
                    if found.short() != own {
                        wrong.push(format!("{own} {dirt}: {} {} {why}", row.area, row.address));
                    }
                }
                Placing::Disputed { .. } => count[2] += 1,
            }
        }
    }
    assert!(wrong.is_empty(), "{} rows, such as\n{}", wrong.len(), wrong[..wrong.len().min(10)].join("\n"));
    let all: u64 = counts.values().map(|c| c[0]).sum();
    let open: u64 = counts.values().map(|c| c[2]).sum();
    assert!(all > 3900 && open * 100 < all * 3, "{counts:?}");
    // An address of a road alone is never enough, a full one always.
    assert_eq!(counts["road-only"][1], 0, "{counts:?}");
    assert!(counts["no-code"][2] * 20 < counts["no-code"][0], "{counts:?}");
    assert!(counts["old-code"][0] > 20 && counts["old-code"][2] == 0, "{counts:?}");
}
