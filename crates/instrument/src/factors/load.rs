//! Loading: every row of `factors/industrial/` is accepted, quarantined or refused, with file, line and reason.

use std::collections::{BTreeMap, BTreeSet};

use expr::exact::Ratio;
use expr::formula::Formula;
use expr::measure::Measure;
use serde::Deserialize;

use super::k::{OddTexts, core, family, odd_texts};
use super::lookup::Combination;
use super::scale::{OddScales, ScaleRange, odd_scales, parse, settle};
use super::{Basis, CoefficientMethod, Factor, FactorLibrary, KFormula, Reference, SetAside, indicator, variable};
use crate::files::Files;
use crate::problem::{PackageError, Problems};
use crate::rows::{CsvRow, Sheet};
use crate::toml_text::TomlText;

/// Columns of `factors/industrial/*.csv`.
const HEADINGS: [&str; 19] = [
    "industry_code",
    "industry_name",
    "segment",
    "product",
    "raw_material",
    "process",
    "scale",
    "pollutant",
    "unit",
    "generation_coefficient",
    "treatment_name",
    "removal_efficiency",
    "k_formula",
    "provenance",
    "medium",
    "basis",
    "activity",
    "variant",
    "flags",
];

/// `factors/edition.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Edition {
    edition: String,
    title: String,
    source: String,
    refuse: Vec<String>,
    quarantine: Vec<String>,
}

/// A reason to keep a row out, and the cell behind it.
type Why = (String, String);

enum Kept {
    Refused(Why),
    Quarantined(Why),
}

struct Loader {
    edition: Edition,
    library: FactorLibrary,
    odd_scales: OddScales,
    odd_texts: OddTexts,
    /// Units already read: text → (amount, per).
    units: BTreeMap<String, Option<(Measure, Measure)>>,
}

impl FactorLibrary {
    /// Reads the library of a package; an empty one where the package has no `factors/edition.toml`.
    /// Mistakes in the small tables are problems; a bad coefficient row is not, it is set aside.
    pub fn load(files: &dyn Files, problems: &mut Problems) -> FactorLibrary {
        const EDITION: &str = "factors/edition.toml";
        let read = files.read(EDITION).and_then(|_| TomlText::read::<Edition>(files, EDITION, problems));
        let Some((edition, _)) = read else { return FactorLibrary::default() };
        let indicators = indicator::indicators(files, problems);
        let library = FactorLibrary {
            edition: edition.edition.clone(),
            title: edition.title.clone(),
            source: edition.source.clone(),
            pollutant_texts: indicator::pollutant_texts(files, &indicators, problems),
            indicators,
            variables: variable::variables(files, problems),
            references: references(files, problems),
            method: CoefficientMethod::read(files, problems),
            untreated: untreated(files, problems),
            ..FactorLibrary::default()
        };
        let mut loader = Loader {
            edition,
            library,
            odd_scales: odd_scales(files, problems),
            odd_texts: odd_texts(files, problems),
            units: BTreeMap::new(),
        };
        for file in files.under("factors/industrial/", ".csv") {
            if let Some(sheet) = Sheet::read(files, &file, &HEADINGS, problems) {
                for row in sheet.rows() {
                    loader.row(&row, &file);
                }
            }
        }
        let mut library = loader.library;
        settle_scales(&mut library.factors);
        library.build_index();
        for reference in library.references.iter().filter(|r| !library.index.contains_key(&r.to)) {
            let error = PackageError::new(
                "factors/references.csv",
                0,
                "to",
                format!("no table of industry `{}`", reference.to),
            );
            problems.add(error.hint("write the code as in factors/industrial, `4411、4412`"));
        }
        library
    }
}

impl Loader {
    fn row(&mut self, row: &CsvRow<'_>, file: &str) {
        match self.factor(row, file) {
            Ok(factor) => self.library.factors.push(factor),
            Err(Kept::Refused(why)) => self.library.refused.push(set_aside(row, file, why)),
            Err(Kept::Quarantined(why)) => self.library.quarantined.push(set_aside(row, file, why)),
        }
    }

    fn factor(&mut self, row: &CsvRow<'_>, file: &str) -> Result<Factor, Kept> {
        let flags: Vec<String> = row.get("flags").split('|').filter(|f| !f.is_empty()).map(str::to_owned).collect();
        let flagged = |patterns: &[String]| {
            let fits =
                |flag: &String, p: &String| p.strip_suffix('*').map_or(flag == p, |front| flag.starts_with(front));
            patterns.iter().find_map(|p| flags.iter().find(|flag| fits(flag, p))).cloned()
        };
        if let Some(flag) = flagged(&self.edition.refuse) {
            return Err(Kept::Refused((flag, row.get("flags").to_owned())));
        }
        if let Some(flag) = flagged(&self.edition.quarantine) {
            return Err(Kept::Quarantined((flag, row.get("flags").to_owned())));
        }
        let kept = |reason: &str, detail: String| Kept::Quarantined((reason.to_owned(), detail));
        let industry = row.get("industry_code");

        let pollutant_text = row.get("pollutant");
        let key = (row.get("medium").to_owned(), pollutant_text.to_owned());
        let Some(meant) = self.library.pollutant_texts.get(&key) else {
            return Err(kept("unmapped-pollutant", format!("`{pollutant_text}` ({})", key.0)));
        };
        if meant.indicator.is_empty() {
            return Err(kept("damaged-pollutant", format!("`{pollutant_text}`: {}", meant.note)));
        }
        let Some(indicator) = self.library.indicators.get(&meant.indicator) else {
            return Err(kept("unmapped-pollutant", format!("`{}`", meant.indicator)));
        };

        let basis = match row.get("basis") {
            "产品" => Basis::Product,
            "原料/燃料" => Basis::Material,
            other => return Err(kept("unparsed-basis", format!("`{other}`"))),
        };
        let unit = row.get("unit");
        let Some((amount, per)) = self.units.entry(unit.to_owned()).or_insert_with(|| read_unit(unit)).clone() else {
            return Err(kept("unparsed-unit", format!("`{unit}`")));
        };
        // Waste water is a mass or a volume, gas a volume, a pollutant a mass; water: 1 t is 1 m3.
        let water = indicator.name == "工业废水量";
        if !amount.compatible(&indicator.measure) && !water {
            return Err(kept("unit-mismatch", format!("`{unit}` for {} in {}", indicator.name, indicator.measure)));
        }

        let coefficient = Formula::parse(row.get("generation_coefficient"))
            .map_err(|d| kept("unparsed-coefficient", format!("`{}`: {d}", row.get("generation_coefficient"))))?;
        if coefficient.number.as_ref().is_some_and(Ratio::is_negative) {
            return Err(kept("negative-coefficient", coefficient.text));
        }
        // Formulas were not converted with the units of their rows: per GJ they would be off by the heating value.
        if coefficient.number.is_none() && per.exponents == Measure::parse("GJ").map_or([0; 8], |m| m.exponents) {
            return Err(kept("formula-unit", format!("`{}` per {per}", coefficient.text)));
        }
        let treatment = row.get("treatment_name");
        let untreated = self.library.is_untreated(treatment);
        let (efficiency_text, efficiency_note) = cut_note(row.get("removal_efficiency"));
        let efficiency = if untreated {
            Formula::of(Ratio::zero())
        } else if efficiency_text.is_empty() {
            Formula::not_given()
        } else {
            Formula::parse(efficiency_text)
                .map_err(|d| kept("unparsed-efficiency", format!("`{}`: {d}", row.get("removal_efficiency"))))?
        };
        if efficiency.number.as_ref().is_some_and(|n| n.is_negative() || n > &Ratio::whole(100)) {
            return Err(kept("efficiency-out-of-range", efficiency.text));
        }
        for name in coefficient.variables().into_iter().chain(efficiency.variables()) {
            if !self.library.variables.iter().any(|v| v.name == name && v.fits(industry, unit)) {
                return Err(kept("unknown-variable", format!("`{name}` in `{}`", row.get("generation_coefficient"))));
            }
        }
        let scale = parse(row.get("scale"), industry, &self.odd_scales).map_err(Kept::Quarantined)?;

        let k_text = row.get("k_formula");
        let (_, k_note) = core(k_text);
        let variants: Vec<&str> = [row.get("variant"), &meant.variant].into_iter().filter(|v| !v.is_empty()).collect();
        let notes: Vec<&str> =
            [meant.note.as_str(), efficiency_note, k_note].into_iter().filter(|n| !n.is_empty()).collect();
        Ok(Factor {
            industry: industry.to_owned(),
            segment: row.get("segment").to_owned(),
            product: row.get("product").to_owned(),
            material: row.get("raw_material").to_owned(),
            process: row.get("process").to_owned(),
            scale,
            pollutant: indicator.name.clone(),
            pollutant_text: pollutant_text.to_owned(),
            medium: indicator.medium.clone(),
            unit: unit.to_owned(),
            amount,
            per,
            coefficient,
            treatment: treatment.to_owned(),
            efficiency,
            k: if untreated { KFormula::NotGiven } else { family(k_text, &self.odd_texts) },
            basis,
            activity: row.get("activity").to_owned(),
            variant: variants.join("，"),
            note: notes.join("；"),
            source: row.get("provenance").to_owned(),
            flags,
            file: file.to_owned(),
            line: row.line,
        })
    }
}

/// The ends of `a~b` settled among the classes of each family.
fn settle_scales(factors: &mut [Factor]) {
    let key = |f: &Factor, unit: &str| {
        [&f.industry, &f.segment, &f.product, &f.material, &f.process, &f.scale.class, unit].join("\u{1f}")
    };
    let mut families: BTreeMap<String, Vec<ScaleRange>> = BTreeMap::new();
    for factor in &*factors {
        if let Some(range) = &factor.scale.range {
            let ranges = families.entry(key(factor, &range.unit)).or_default();
            if !ranges.contains(range) {
                ranges.push(range.clone());
            }
        }
    }
    for factor in factors {
        if let Some(range) = factor.scale.range.as_ref().filter(|r| r.dashed) {
            let settled = settle(families.get(&key(factor, &range.unit)).map_or(&[], Vec::as_slice), range);
            factor.scale.range = Some(settled);
        }
    }
}

/// A cell and the footnote behind it: `70，③高效…` → `70`, `③高效…`.
fn cut_note(text: &str) -> (&str, &str) {
    let cut = text.find(['①', '②', '③', '④', '⑤', '，']).unwrap_or(text.len());
    let (front, note) = text.split_at(cut);
    (front.trim(), note.trim_start_matches('，'))
}

/// `kg/万m3` → kg and 万m3; `?` and `kg?` are not units.
fn read_unit(text: &str) -> Option<(Measure, Measure)> {
    let (amount, per) = text.split_once('/')?;
    let amount = Measure::parse(amount).filter(|m| m.known && !m.is_number())?;
    let digits = per.len() - per.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, rest) = per.split_at(digits);
    let mut per_measure = Measure::parse(rest).filter(|m| m.known && !m.is_number())?;
    if !number.is_empty() {
        per_measure.factor = &per_measure.factor * &number.parse::<Ratio>().ok()?;
    }
    per.clone_into(&mut per_measure.text);
    Some((amount, per_measure))
}

fn set_aside(row: &CsvRow<'_>, file: &str, (reason, detail): Why) -> SetAside {
    SetAside {
        file: file.to_owned(),
        line: row.line,
        reason,
        detail,
        industry: row.get("industry_code").to_owned(),
        combination: Combination::of(
            row.get("segment"),
            row.get("product"),
            row.get("raw_material"),
            row.get("process"),
        ),
        scale: row.get("scale").to_owned(),
        pollutant_text: row.get("pollutant").to_owned(),
        treatment: row.get("treatment_name").to_owned(),
    }
}

fn references(files: &dyn Files, problems: &mut Problems) -> Vec<Reference> {
    let headings = ["from", "segment", "to", "to_segment", "title", "mark", "source"];
    let Some(sheet) = Sheet::read(files, "factors/references.csv", &headings, problems) else { return Vec::new() };
    let cell = |row: &CsvRow<'_>, heading: &str| row.get(heading).to_owned();
    sheet
        .rows()
        .map(|row| Reference {
            from: cell(&row, "from"),
            segment: cell(&row, "segment"),
            to: cell(&row, "to"),
            to_segment: cell(&row, "to_segment"),
            title: cell(&row, "title"),
            mark: cell(&row, "mark"),
            source: cell(&row, "source"),
        })
        .collect()
}

fn untreated(files: &dyn Files, problems: &mut Problems) -> BTreeSet<String> {
    let sheet = Sheet::read(files, "factors/untreated.csv", &["name", "mark", "note"], problems);
    sheet.map(|s| s.rows().map(|row| row.get("name").to_owned()).collect()).unwrap_or_default()
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
