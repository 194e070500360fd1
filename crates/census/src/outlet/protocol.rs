//! How outlets are sampled and reckoned (监测规定): indicators, seasons and limits of the instrument.

use std::collections::{BTreeMap, BTreeSet};

use expr::exact::{Decimal, Ratio};
use instrument::files::Files;
use instrument::model::{Instrument, Mark};
use instrument::problem::Problems;
use instrument::rows::Sheet;

use super::Season;
use crate::sheet::days;

/// A pollutant of S105.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indicator {
    /// Item of S105: `05`.
    pub item: String,
    /// Headings it stands under in files; the first is its name.
    pub names: Vec<String>,
    /// HJ 535-2009.
    pub method: String,
    /// Detection limit of the method in mg/L.
    pub detection: Decimal,
    /// Decimals of the annual load in t.
    pub decimals: u8,
    pub mark: Mark,
}

/// How visits become a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LoadMethod {
    /// Mean concentration × mean flow × hours, season by season.
    Seasonal,
    /// Mean of concentration × flow × hours, season by season.
    Flux,
}

/// What a value below the detection limit counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BelowAs {
    Zero,
    Half,
    Limit,
}

/// What a visit to a dry outlet counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DryAs {
    /// The flow is nothing, and there is no concentration.
    NoFlow,
    LeftOut,
}

/// What a value counts as whose blank or duplicate failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailedAs {
    LeftOut,
    Kept,
}

/// What an instrument says of sampling outlets.
#[derive(Debug, Clone)]
pub struct Protocol {
    pub indicators: Vec<Indicator>,
    /// Month → season.
    pub months: BTreeMap<u8, Season>,
    /// Year the load is of.
    pub period: u16,
    pub method: LoadMethod,
    pub below: BelowAs,
    pub dry: DryAs,
    pub failed: FailedAs,
    /// Per cent, |a − b| of a + b.
    pub duplicate: Decimal,
    /// Times the detection limit.
    pub blank: Decimal,
    pub custody_hours: i64,
    /// Codes of `outfall_size` that are sampled in both seasons.
    pub sizes: BTreeSet<String>,
    /// Codes of `outfall_type` that are not sampled.
    pub except: BTreeSet<String>,
}

const FILE: &str = "outlet/indicators.csv";
const FORM: &str = "S105";
const BLOCK: &str = "sample";

impl LoadMethod {
    pub const NAMES: [&str; 2] = ["seasonal", "flux"];

    pub fn named(name: &str) -> Option<LoadMethod> {
        match name {
            "seasonal" => Some(LoadMethod::Seasonal),
            "flux" => Some(LoadMethod::Flux),
            _ => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            LoadMethod::Seasonal => "seasonal",
            LoadMethod::Flux => "flux",
        }
    }
}

impl BelowAs {
    pub fn title(self) -> &'static str {
        match self {
            BelowAs::Zero => "零",
            BelowAs::Half => "检出限的一半",
            BelowAs::Limit => "检出限",
        }
    }

    /// The number it stands for.
    pub fn of(self, limit: Decimal) -> Ratio {
        match self {
            BelowAs::Zero => Ratio::zero(),
            BelowAs::Half => &limit.to_ratio() * &Ratio::of(1, 2).unwrap_or_else(Ratio::zero),
            BelowAs::Limit => limit.to_ratio(),
        }
    }
}

impl Protocol {
    /// Reads `outlet/indicators.csv`, the parameters `outlet.*` and the lists of months. `None`: something is wrong
    /// with them, and `problems` says what.
    pub fn read(files: &dyn Files, instrument: &Instrument, problems: &mut Problems) -> Option<Protocol> {
        let before = problems.errors();
        let indicators = indicators(files, instrument, problems);
        let mut limits = Limits { instrument, problems };
        let method = limits.word("outlet.load.method", LoadMethod::named, &LoadMethod::NAMES);
        let below = limits.word(
            "outlet.below.counts-as",
            |w| match w {
                "zero" => Some(BelowAs::Zero),
                "half" => Some(BelowAs::Half),
                "limit" => Some(BelowAs::Limit),
                _ => None,
            },
            &["zero", "half", "limit"],
        );
        let dry = limits.word(
            "outlet.dry.counts-as",
            |w| match w {
                "no-flow" => Some(DryAs::NoFlow),
                "left-out" => Some(DryAs::LeftOut),
                _ => None,
            },
            &["no-flow", "left-out"],
        );
        let failed = limits.word(
            "outlet.failed.counts-as",
            |w| match w {
                "left-out" => Some(FailedAs::LeftOut),
                "kept" => Some(FailedAs::Kept),
                _ => None,
            },
            &["left-out", "kept"],
        );
        let number = |w: &str| w.parse::<Decimal>().ok().filter(|d| d.units >= 0);
        let duplicate = limits.word("outlet.duplicate.difference", number, &["20"]);
        let blank = limits.word("outlet.blank.limit", number, &["1"]);
        let hours = |w: &str| w.parse::<u16>().ok().map(i64::from);
        let custody_hours = limits.word("outlet.custody.hours", hours, &["24"]);
        let codes = |w: &str| Some(w.split_whitespace().map(str::to_owned).collect::<BTreeSet<_>>());
        let sizes = limits.word("outlet.due.sizes", codes, &["1"]);
        let except = limits.word("outlet.due.except", codes, &["1"]);
        let months = limits.months();
        if problems.errors() > before {
            return None;
        }
        Some(Protocol {
            indicators,
            months,
            period: instrument.period,
            method: method?,
            below: below?,
            dry: dry?,
            failed: failed?,
            duplicate: duplicate?,
            blank: blank?,
            custody_hours: custody_hours?,
            sizes: sizes?,
            except: except?,
        })
    }

    /// Days of a season in the year of the census.
    pub fn days(&self, season: Season) -> i64 {
        let year = i64::from(self.period);
        let first = |month: i64| if month > 12 { days(year + 1, 1, 1) } else { days(year, month, 1) };
        let length = |month: &u8| Some(first(i64::from(*month) + 1)? - first(i64::from(*month))?);
        self.months.iter().filter(|(_, s)| **s == season).filter_map(|(month, _)| length(month)).sum()
    }

    /// The season a day `2018-04-20` lies in.
    pub fn season(&self, date: &str) -> Option<Season> {
        self.months.get(&date.get(5..7)?.parse::<u8>().ok()?).copied()
    }

    /// The indicator that a heading names.
    pub fn indicator(&self, heading: &str) -> Option<&Indicator> {
        self.indicators.iter().find(|i| i.names.iter().any(|n| n == heading))
    }
}

fn indicators(files: &dyn Files, instrument: &Instrument, problems: &mut Problems) -> Vec<Indicator> {
    let mut found: Vec<Indicator> = Vec::new();
    let headings = ["item", "names", "method", "detection", "decimals", "mark", "provenance"];
    let Some(sheet) = Sheet::read(files, FILE, &headings, problems) else { return found };
    let form = instrument.form(FORM);
    let items = form.map_or(&[][..], |f| f.items.as_slice());
    let items: Vec<&str> = items
        .iter()
        .filter(|i| form.is_some_and(|f| f.blocks[i.block].name == BLOCK))
        .map(|i| i.code.as_str())
        .collect();
    for row in sheet.rows() {
        let item = row.need("item", problems).to_owned();
        if !items.contains(&item.as_str()) {
            problems.unknown(row.place("item"), "item of S105", &item, items.iter().copied());
        }
        let names: Vec<String> = row.need("names", problems).split_whitespace().map(str::to_owned).collect();
        if let Some(twice) = names.iter().find(|n| found.iter().any(|f| f.names.contains(n))) {
            problems.add(row.problem("names", format!("`{twice}` is already the name of another indicator")));
        }
        let detection = row.get("detection").parse::<Decimal>().ok().filter(|d| d.units > 0);
        let decimals = row.get("decimals").parse::<u8>().ok().filter(|d| *d <= 9);
        let mark = Mark::read(row.get("mark"));
        match (detection, decimals, mark) {
            (Some(detection), Some(decimals), Some(mark)) => {
                found.push(Indicator { item, names, method: row.get("method").to_owned(), detection, decimals, mark });
            }
            (None, ..) => problems.add(row.problem("detection", "not a detection limit in mg/L").hint("write 0.025")),
            (_, None, _) => problems.add(row.problem("decimals", "not a number of decimals").hint("write 0 to 9")),
            (.., None) => problems.unknown(row.place("mark"), "mark", row.get("mark"), ["S", "R", "D"]),
        }
    }
    found
}

/// Parameters as they are read, with what is wrong with them.
struct Limits<'a> {
    instrument: &'a Instrument,
    problems: &'a mut Problems,
}

impl Limits<'_> {
    fn word<T>(&mut self, name: &str, read: impl Fn(&str) -> Option<T>, like: &[&str]) -> Option<T> {
        let value = self.instrument.parameters.get(name).map(|p| p.value.trim());
        let found = value.and_then(read);
        if found.is_none() {
            let message = value.map_or_else(
                || format!("parameter `{name}` is missing"),
                |value| format!("parameter `{name}` = `{value}` cannot be read"),
            );
            let error = instrument::problem::PackageError::new("parameters.toml", 0, name, message);
            self.problems.add(error.hint(format!("write {}", like.join(" or "))));
        }
        found
    }

    /// Every month is in one season.
    fn months(&mut self) -> BTreeMap<u8, Season> {
        let mut months = BTreeMap::new();
        for season in Season::ALL {
            let file = format!("lists/{}.csv", season.list());
            for member in self.instrument.list(season.list()).map_or(&[][..], |l| l.members.as_slice()) {
                let month = member.code.parse::<u8>().ok().filter(|m| (1..=12).contains(m));
                if month.is_none_or(|m| months.insert(m, season).is_some()) {
                    let message = format!("`{}` is no month of one season", member.code);
                    self.problems.add(instrument::problem::PackageError::new(&file, 0, "code", message));
                }
            }
        }
        let lost: Vec<String> = (1..=12).filter(|m| !months.contains_key(m)).map(|m| m.to_string()).collect();
        if !lost.is_empty() {
            let message = format!("months without a season: {}", lost.join(", "));
            self.problems.add(instrument::problem::PackageError::new(
                "lists/dry_season_months.csv",
                0,
                "code",
                message,
            ));
        }
        months
    }
}
