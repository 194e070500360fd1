//! The practice county (练习县) as data: who is on its list, and how each form is filled.
//!
//! A recipe says for every item how its value comes about; the census draws
//! and computes (`census::practice`). Nothing of a form is written in Rust.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Everything under `practice/` of a package.
#[derive(Debug, Clone)]
pub struct Practice {
    pub names: Names,
    pub population: Population,
    /// In the order they are filled: later recipes may use earlier forms.
    pub recipes: Vec<Recipe>,
    pub errors: Vec<PlantedKind>,
}

/// Words that names and addresses are put together from.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// 字号.
    pub brand: Vec<String>,
    pub surname: Vec<String>,
    pub given: Vec<String>,
    pub road: Vec<String>,
    /// 组织形式 with its weight.
    pub legal: Vec<(String, u64)>,
}

/// Who is on the base list, and what becomes of the rows.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Population {
    /// Fate of an industrial row → parts of a hundred.
    pub fate: BTreeMap<String, u64>,
    /// What a list from above does to the area of a row → parts of a thousand.
    #[serde(default)]
    pub dirt: BTreeMap<String, u64>,
    pub kind: Vec<Kind>,
    pub outside: Vec<Outside>,
    pub industry: Vec<IndustryProfile>,
}

/// A kind of respondent and its share of the list.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    pub respondent: String,
    /// As the list writes it: 工业企业.
    pub label: String,
    pub share: u64,
    /// Per cent of its units in scope that stood still the whole year.
    #[serde(default)]
    pub stopped: u64,
}

/// An industry outside the census.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outside {
    pub industry: String,
    pub trade: String,
}

/// What an industry of the county looks like.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndustryProfile {
    /// GB/T 4754-2017 class.
    pub class: String,
    pub weight: u64,
    pub trade: Vec<String>,
    /// Industry under which the coefficient library keeps its combinations.
    pub library: String,
    /// Segments to choose from; empty: all.
    pub segments: Vec<String>,
    /// Yearly activity, low to high, in the coefficient's unit.
    pub activity: (i64, i64),
    /// Flags of the hub form that are expected of the industry: item → per cent.
    #[serde(default)]
    pub flags: BTreeMap<String, u64>,
}

/// How one form is filled.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    pub form: String,
    /// Kind of respondent that fills it.
    pub respondent: String,
    /// Place in the order of filling; forms of the same order follow their file names.
    pub order: u32,
    /// A condition over forms filled before, in the language; empty: always.
    #[serde(default)]
    pub when: String,
    /// Item → how its value comes about, in this order.
    #[serde(default)]
    pub flat: Vec<(String, String)>,
    #[serde(default)]
    pub block: Vec<BlockRecipe>,
}

/// How the rows of a block are filled.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockRecipe {
    pub name: String,
    /// How many rows: a draw that gives a whole number, or `combinations` for the accounting form.
    pub rows: String,
    pub items: Vec<(String, String)>,
}

/// A kind of error that can be planted, and how.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlantedKind {
    /// `sum-broken`.
    pub code: String,
    pub title: String,
    /// Rule that must find it.
    pub rule: String,
    /// Home of the change: `G102` or `G102/outlet`.
    pub at: String,
    /// Item to change.
    pub item: String,
    /// A draw or formula for the new value; `blank` empties it; `drop form` and `drop row` remove.
    pub change: String,
    /// Only where this holds, in the language.
    #[serde(default)]
    pub when: String,
}

#[derive(Deserialize)]
struct ErrorFile {
    error: Vec<PlantedKind>,
}

impl Practice {
    /// Reads the texts of `names.toml`, `population.toml`, `errors.toml` and the recipes (name, text).
    /// An error names the file and what is wrong in it.
    pub fn read(names: &str, population: &str, errors: &str, recipes: &[(String, String)]) -> Result<Practice, String> {
        fn parse<T: for<'de> Deserialize<'de>>(file: &str, text: &str) -> Result<T, String> {
            toml::from_str(text).map_err(|e| format!("practice/{file}: {e}"))
        }
        let mut read: Vec<(String, Recipe)> = recipes
            .iter()
            .map(|(name, text)| Ok((name.clone(), parse::<Recipe>(&format!("recipes/{name}"), text)?)))
            .collect::<Result<_, String>>()?;
        read.sort_by(|a, b| (a.1.order, &a.0).cmp(&(b.1.order, &b.0)));
        Ok(Practice {
            names: parse("names.toml", names)?,
            population: parse("population.toml", population)?,
            errors: parse::<ErrorFile>("errors.toml", errors)?.error,
            recipes: read.into_iter().map(|(_, r)| r).collect(),
        })
    }
}

/// Reads everything under `practice/` of a package.
pub fn load(files: &dyn crate::files::Files) -> Result<Practice, String> {
    let text = |path: &str| -> Result<String, String> {
        let bytes = files.read(path).ok_or_else(|| format!("{path}: the file is missing"))?;
        String::from_utf8(bytes).map_err(|_| format!("{path}: not UTF-8 text"))
    };
    let recipes = files
        .under("practice/recipes/", ".toml")
        .into_iter()
        .map(|path| Ok((path.trim_start_matches("practice/recipes/").to_owned(), text(&path)?)))
        .collect::<Result<Vec<_>, String>>()?;
    Practice::read(
        &text("practice/names.toml")?,
        &text("practice/population.toml")?,
        &text("practice/errors.toml")?,
        &recipes,
    )
}
