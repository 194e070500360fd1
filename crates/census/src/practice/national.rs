//! A list from above for many counties: the rows of each county's list, with areas and addresses as such lists have them.

use instrument::practice::Practice;

use super::dice::Dice;
use super::list::{County, ListedRow, base_list};

/// How a county is named above it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Above {
    /// 河南省.
    pub province: String,
    /// 郑州市; empty where there is none.
    pub city: String,
    /// A code the county had before: 6 digits, and its name then.
    pub old: Option<(String, String)>,
}

/// Rows of a county as a list from above writes them, each with what was done to its area (`clean` when nothing).
pub fn national(
    practice: &Practice,
    county: &County,
    above: &Above,
    rows: usize,
    seed: u64,
) -> Vec<(ListedRow, String)> {
    let dice = Dice::new(seed).of("national").of(&county.code);
    let (listed, _) = base_list(practice, county, rows, seed ^ county.code.parse::<u64>().unwrap_or(0));
    listed
        .into_iter()
        .enumerate()
        .map(|(at, mut row)| {
            let dice = dice.nth(at as u64);
            let dirt = spoil(practice, county, above, &mut row, dice);
            (row, dirt)
        })
        .collect()
}

fn spoil(practice: &Practice, county: &County, above: &Above, row: &mut ListedRow, dice: Dice) -> String {
    let kinds = &practice.population.dirt;
    let mut draw = dice.of("dirt").below(1000);
    let mut dirt = "clean";
    for (kind, share) in kinds {
        if draw < *share {
            dirt = kind;
            break;
        }
        draw -= share;
    }
    // A row whose own story is about its area keeps it.
    if row.fate == "other_area" || row.fate == "unclear" {
        dirt = "clean";
    }
    let full = format!("{}{}{}", above.province, above.city, row.address);
    match dirt {
        "no-code" => row.area.clear(),
        "city-code" => county.code[..4].clone_into(&mut row.area),
        "old-code" => match &above.old {
            Some((code, name)) => {
                row.area.clone_from(code);
                row.address = row.address.replace(&county.name, name);
                return dirt.to_owned();
            }
            None => dirt = "clean",
        },
        "other-county" => row.area = format!("{}{}", county.neighbour, row.area.get(6..).unwrap_or_default()),
        "short-address" => return dirt.to_owned(),
        "no-address" => {
            row.address.clear();
            return dirt.to_owned();
        }
        "road-only" => {
            row.area.clear();
            let road = dice.of("road").pick(&practice.names.road);
            row.address = format!("{road}{}号", 1 + dice.of("door").below(300));
            return dirt.to_owned();
        }
        _ => {}
    }
    row.address = full;
    dirt.to_owned()
}
