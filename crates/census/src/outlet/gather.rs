//! Visits from the rows of a file: one row a bottle, or the record of a visit without one.

use std::collections::BTreeMap;

use expr::exact::{Decimal, Ratio};
use expr::measure::Measure;

use super::{Control, ControlKind, Custody, Measured, Protocol, Sampling, Season, State, measured};
use crate::mistake::Mistake;
use crate::{sheet, text};

const NUMBER: &str = "采样编号";
const OUTLET: &str = "排污口编码";
const SEASON: &str = "季节";
const DATE: &str = "采样日期";
const STATE: &str = "状态";
const WHY: &str = "说明";
const FLOW: &str = "流量";
const SAMPLERS: &str = "采样人";
const LABORATORY: &str = "实验室";
const CERTIFICATE: &str = "资质证书编号";
const CUSTODY: &str = "流转";
const BOTTLE: &str = "样品";
const COLUMNS: [&str; 12] =
    [NUMBER, OUTLET, SEASON, DATE, STATE, WHY, FLOW, SAMPLERS, LABORATORY, CERTIFICATE, CUSTODY, BOTTLE];

/// Rows as cells under headings, each with its place, into visits in the order of their numbers. All mistakes are
/// told; with one, nothing of the file is taken.
pub fn gather(rows: &[(String, Vec<(String, String)>)], protocol: &Protocol) -> Result<Vec<Sampling>, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let mut visits: BTreeMap<String, Sampling> = BTreeMap::new();
    let mut controls: Vec<(String, Control)> = Vec::new();
    for (place, cells) in rows {
        match bottle(place, cells, protocol) {
            Ok(Bottle::Visit(visit)) => {
                if let Some(first) = visits.get(&visit.number) {
                    let (number, first) = (visit.number.clone(), first.source.clone());
                    mistakes.push(Mistake::Twice { place: place.clone(), number, first });
                } else {
                    visits.insert(visit.number.clone(), *visit);
                }
            }
            Ok(Bottle::Control { of, control }) => controls.push((of, control)),
            Err(mut wrong) => mistakes.append(&mut wrong),
        }
        // Every row has the same headings: a wrong one is told once.
        if mistakes.iter().any(|m| matches!(m, Mistake::Column { .. } | Mistake::Unit { .. })) {
            return Err(mistakes);
        }
    }
    for (number, control) in controls {
        let place = control.source.clone();
        match visits.get_mut(&number) {
            None => mistakes.push(Mistake::Alone { place, number, what: control.kind.title() }),
            Some(visit) if visit.state != State::Sampled => {
                mistakes.push(Mistake::Unsampled { place, number, state: visit.state.title() });
            }
            Some(visit) => visit.controls.push(control),
        }
    }
    if mistakes.is_empty() { Ok(visits.into_values().collect()) } else { Err(mistakes) }
}

enum Bottle {
    Visit(Box<Sampling>),
    Control { of: String, control: Control },
}

fn bottle(place: &str, cells: &[(String, String)], protocol: &Protocol) -> Result<Bottle, Vec<Mistake>> {
    let mut fixed: BTreeMap<&'static str, String> = BTreeMap::new();
    let mut values: BTreeMap<String, String> = BTreeMap::new();
    let mut mistakes = Vec::new();
    for (heading, cell) in cells {
        let (name, unit) = parted(heading);
        let cell = cell.trim();
        if name == "备注" || name == "序号" {
            continue;
        }
        let known = COLUMNS.iter().find(|c| **c == name);
        let expected = if name == FLOW { "m3/h" } else { "mg/L" };
        if known.is_none_or(|c| *c == FLOW) && !unit.is_empty() && !same(&unit, expected) {
            let (place, column) = (place.to_owned(), name.clone());
            mistakes.push(Mistake::Unit { place, column, unit, expected: expected.to_owned() });
        }
        if let Some(column) = known {
            fixed.insert(column, cell.to_owned());
        } else if let Some(indicator) = protocol.indicator(&name) {
            if measured(cell, indicator.detection).is_none() {
                let (place, column, text) = (place.to_owned(), name, cell.to_owned());
                mistakes.push(Mistake::Value { place, column, text });
            } else if !cell.is_empty() {
                values.insert(indicator.item.clone(), cell.to_owned());
            }
        } else if !cell.is_empty() || !name.starts_with('第') {
            let known = COLUMNS.iter().copied().chain(protocol.indicators.iter().map(|i| i.names[0].as_str()));
            let known = known.collect::<Vec<_>>().join(" ");
            mistakes.push(Mistake::Column { place: place.to_owned(), column: name, known });
        }
    }
    let mut take = |column: &'static str| fixed.remove(column).unwrap_or_default();
    let number = take(NUMBER);
    let missing = |column| Mistake::Missing { place: place.to_owned(), column };
    if number.is_empty() {
        mistakes.push(missing(NUMBER));
    }
    let word = |column, text: String, known| Mistake::Word { place: place.to_owned(), column, text, known };
    let kind = match take(BOTTLE).as_str() {
        "" | "样品" => None,
        "空白" | "现场空白" | "全程序空白" => Some(ControlKind::Blank),
        "平行" | "平行样" => Some(ControlKind::Duplicate),
        other => {
            mistakes.push(word(BOTTLE, other.to_owned(), "样品 空白 平行"));
            None
        }
    };
    if let Some(kind) = kind {
        let control = Control { kind, values, source: place.to_owned() };
        return if mistakes.is_empty() { Ok(Bottle::Control { of: number, control }) } else { Err(mistakes) };
    }
    let outlet = take(OUTLET);
    if outlet.is_empty() {
        mistakes.push(missing(OUTLET));
    }
    let typed = take(DATE);
    let date = sheet::iso(&typed);
    if date.is_none() {
        mistakes.push(Mistake::Date { place: place.to_owned(), text: typed });
    }
    let date = date.unwrap_or_default();
    let season = match take(SEASON).as_str() {
        "枯水期" | "枯" => Some(Season::Dry),
        "丰水期" | "丰" => Some(Season::Wet),
        "" => protocol.season(&date),
        other => {
            mistakes.push(word(SEASON, other.to_owned(), "枯水期 丰水期"));
            None
        }
    };
    let state = match take(STATE).as_str() {
        "" | "已采样" | "采样" => State::Sampled,
        "断流" | "无水" => State::Dry,
        "未到达" => State::NotReached,
        other => {
            mistakes.push(word(STATE, other.to_owned(), "已采样 断流 未到达"));
            State::Sampled
        }
    };
    let (flow, why) = (take(FLOW), take(WHY));
    let read = if flow.is_empty() { Some(Decimal::ZERO) } else { flow.parse::<Decimal>().ok() };
    if read.is_none_or(|f| f.units < 0) {
        let (place, column, text) = (place.to_owned(), FLOW.to_owned(), flow.clone());
        mistakes.push(Mistake::Value { place, column, text });
    }
    let measured_any = values.iter().any(|(item, typed)| {
        let indicator = protocol.indicators.iter().find(|i| i.item == *item);
        !matches!(indicator.and_then(|i| measured(typed, i.detection)), None | Some(Measured::NotMeasured))
    });
    if state != State::Sampled && (measured_any || read.is_some_and(|f| !f.is_zero())) {
        let (place, number) = (place.to_owned(), number.clone());
        mistakes.push(Mistake::Unsampled { place, number, state: state.title() });
    }
    if state == State::NotReached && why.is_empty() {
        mistakes.push(missing(WHY));
    }
    let (samplers, laboratory, certificate) = (people(&take(SAMPLERS)), take(LABORATORY), take(CERTIFICATE));
    let custody = custody(&take(CUSTODY));
    match season {
        Some(season) if mistakes.is_empty() => Ok(Bottle::Visit(Box::new(Sampling {
            number,
            outlet,
            season,
            date,
            state,
            why,
            flow,
            samplers,
            laboratory,
            certificate,
            custody,
            values,
            controls: Vec::new(),
            source: place.to_owned(),
        }))),
        _ => Err(mistakes),
    }
}

/// `化学需氧量（mg/L）` → its name and its unit.
fn parted(heading: &str) -> (String, String) {
    let narrow = text::squeeze(&text::narrow(heading));
    match narrow.split_once('(') {
        Some((name, unit)) => (name.to_owned(), unit.trim_end_matches(')').to_owned()),
        None => (narrow, String::new()),
    }
}

fn same(unit: &str, expected: &str) -> bool {
    let unit = unit.replace('³', "3").replace("毫克/升", "mg/L").replace("立方米/小时", "m3/h");
    let read = Measure::parse(&unit).zip(Measure::parse(expected));
    read.and_then(|(a, b)| a.conversion(&b)).is_some_and(|factor| factor == Ratio::one())
}

fn people(typed: &str) -> Vec<String> {
    typed.split(['、', '，', ',', '；', ';', ' ']).map(str::trim).filter(|p| !p.is_empty()).map(str::to_owned).collect()
}

/// `采样 张三 2018-04-20 09:10；接样 王五 2018-04-20 16:00`; what is left out stays empty, and is a gap.
fn custody(typed: &str) -> Vec<Custody> {
    let steps = typed.split(['；', ';']).map(str::trim).filter(|s| !s.is_empty());
    let step = |step: &str| {
        let mut words = step.split_whitespace();
        let what = words.next().unwrap_or_default().to_owned();
        let mut rest: Vec<&str> = words.collect();
        // A step may lack its person: a word that begins with a digit is the time.
        let is_time = |w: &&str| w.starts_with(|c: char| c.is_ascii_digit());
        let at = rest.iter().position(is_time).map_or_else(Vec::new, |from| rest.split_off(from));
        Custody { what, who: rest.join(" "), at: at.join(" ") }
    };
    steps.map(step).collect()
}

/// The chain as it is written in a file.
pub fn joined(custody: &[Custody]) -> String {
    custody.iter().map(|c| format!("{} {} {}", c.what, c.who, c.at)).collect::<Vec<_>>().join("；")
}
