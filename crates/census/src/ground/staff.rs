//! How many people the field work needs, and which team gets which areas.

use std::collections::BTreeMap;

use instrument::model::Parameter;

use crate::area::EnumerationArea;

/// Units that two enumerators look after (两员配备), by kind of work, and enumerators to one instructor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ratios {
    /// 重点工业源.
    pub key: u64,
    /// 一般工业源和集中式设施.
    pub general: u64,
    /// 农业源.
    pub farms: u64,
    /// 行政村.
    pub villages: u64,
    /// 生活源.
    pub domestic: u64,
    /// 普查员 : 指导员.
    pub instructor: u64,
    /// Kind of respondent → kind of work.
    classes: BTreeMap<String, String>,
}

/// What there is to do, in units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    pub key: u64,
    pub general: u64,
    pub farms: u64,
    pub villages: u64,
    pub domestic: u64,
}

/// People needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Staff {
    pub enumerators: u64,
    pub instructors: u64,
}

impl Ratios {
    /// From the parameters `ground.staff.*` and `ground.class.*`. The error names what is missing.
    pub fn from_parameters(parameters: &BTreeMap<String, Parameter>) -> Result<Ratios, String> {
        let number = |name: &str| -> Result<u64, String> {
            let full = format!("ground.staff.{name}");
            let value = &parameters.get(&full).ok_or_else(|| format!("parameters.toml: {full} is missing"))?.value;
            let number = value.trim().parse::<u64>().ok().filter(|n| *n > 0);
            number.ok_or_else(|| format!("parameters.toml: {full} = \"{value}\" is not a whole number above 0"))
        };
        let classes = parameters
            .iter()
            .filter_map(|(name, p)| Some((name.strip_prefix("ground.class.")?.to_owned(), p.value.clone())));
        Ok(Ratios {
            key: number("key")?,
            general: number("general")?,
            farms: number("farms")?,
            villages: number("villages")?,
            domestic: number("domestic")?,
            instructor: number("instructor")?,
            classes: classes.collect(),
        })
    }

    /// The work that units of these kinds make; a kind without a class is general work.
    pub fn work<'k>(&self, kinds: impl IntoIterator<Item = &'k str>, villages: u64) -> Work {
        let mut work = Work { villages, ..Work::default() };
        for kind in kinds {
            let part = match self.classes.get(kind).map(String::as_str) {
                Some("key") => &mut work.key,
                Some("farms") => &mut work.farms,
                Some("domestic") => &mut work.domestic,
                Some("none") => continue,
                _ => &mut work.general,
            };
            *part += 1;
        }
        work
    }

    /// `2 × (⌈key⌉ + ⌈general⌉ + max(⌈farms⌉, ⌈villages⌉) + ⌈domestic⌉)`, and an instructor for each so many.
    pub fn needed(&self, work: Work) -> Staff {
        let pairs = work.key.div_ceil(self.key)
            + work.general.div_ceil(self.general)
            + work.farms.div_ceil(self.farms).max(work.villages.div_ceil(self.villages))
            + work.domestic.div_ceil(self.domestic);
        let enumerators = 2 * pairs;
        Staff { enumerators, instructors: enumerators.div_ceil(self.instructor) }
    }
}

/// Areas for each of so many teams: neighbours by code together, the fullest team as light as that allows.
///
/// Codes run town by town, so that a run of codes is a stretch of ground. The cost of an area is its units and one
/// for walking it.
pub fn suggest(load: &BTreeMap<EnumerationArea, u64>, teams: usize) -> Vec<Vec<EnumerationArea>> {
    if teams == 0 || load.is_empty() {
        return vec![Vec::new(); teams];
    }
    let cost: Vec<(EnumerationArea, u64)> = load.iter().map(|(area, units)| (*area, units + 1)).collect();
    // The least limit under which so many runs are enough.
    let (mut low, mut high) = (cost.iter().map(|(_, c)| *c).max().unwrap_or(0), cost.iter().map(|(_, c)| c).sum());
    while low < high {
        let middle = low + (high - low) / 2;
        if runs(&cost, middle, teams).len() <= teams { high = middle } else { low = middle + 1 }
    }
    let mut found = runs(&cost, low, teams);
    found.resize(teams, Vec::new());
    found
}

/// Runs of areas, none above the limit. When teams would stay empty, later areas are left for them.
fn runs(cost: &[(EnumerationArea, u64)], limit: u64, teams: usize) -> Vec<Vec<EnumerationArea>> {
    let mut found: Vec<Vec<EnumerationArea>> = Vec::new();
    let (mut run, mut sum) = (Vec::new(), 0);
    for (at, (area, cost_of)) in cost.iter().enumerate() {
        let left = cost.len() - at;
        let open = teams.saturating_sub(found.len() + 1);
        if !run.is_empty() && (sum + cost_of > limit || left <= open) {
            found.push(std::mem::take(&mut run));
            sum = 0;
        }
        run.push(*area);
        sum += cost_of;
    }
    found.push(run);
    found
}
