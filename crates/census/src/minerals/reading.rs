//! Quality records of dose rates (质量记录): instrument, calibration, repeated readings at a point.

use std::collections::BTreeMap;

use expr::exact::{Decimal, Ratio};
use serde::{Deserialize, Serialize};

use super::Minerals;
use crate::account::shown;
use crate::mistake::Mistake;
use crate::sheet;

/// How a dose rate was measured at a point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoseReading {
    /// Code of the unit, as the file gives it.
    pub unit: String,
    /// Name of the point, as in QC6.
    pub point: String,
    /// Model and number of the instrument.
    pub instrument: String,
    /// Number of its calibration certificate.
    pub certificate: String,
    /// `2018-03-01`; empty: not given.
    pub calibrated: String,
    /// `2018-07-12`.
    pub measured: String,
    /// nGy/h as typed, one after the other.
    pub readings: Vec<String>,
    pub who: String,
    /// File and row it came from.
    pub source: String,
}

/// What is wrong with a record, or that there is none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ReadingRemark {
    pub point: String,
    /// In words, Chinese.
    pub text: String,
}

const UNIT: &str = "普查对象代码";
const POINT: &str = "点位";
const INSTRUMENT: &str = "仪器";
const CERTIFICATE: &str = "检定证书编号";
const CALIBRATED: &str = "检定日期";
const MEASURED: &str = "测量日期";
const READINGS: &str = "读数";
const WHO: &str = "测量人";
const COLUMNS: [&str; 8] = [UNIT, POINT, INSTRUMENT, CERTIFICATE, CALIBRATED, MEASURED, READINGS, WHO];

/// Rows as cells under headings, each with its place, into records, in their order. All mistakes are told; with one,
/// nothing of the file is taken.
pub fn readings(rows: &[(String, Vec<(String, String)>)]) -> Result<Vec<DoseReading>, Vec<Mistake>> {
    let (mut found, mut mistakes) = (Vec::new(), Vec::new());
    let mut seen: BTreeMap<(String, String), String> = BTreeMap::new();
    for (place, cells) in rows {
        let mut fixed: BTreeMap<&str, &str> = BTreeMap::new();
        for (heading, cell) in cells {
            let name = heading.split(['（', '(']).next().unwrap_or_default().trim();
            if ["备注", "序号", "单位名称"].contains(&name) || (cell.trim().is_empty() && name.starts_with('第'))
            {
                continue;
            }
            let name = if name == "统一社会信用代码" { UNIT } else { name };
            match COLUMNS.iter().find(|c| **c == name) {
                Some(column) => drop(fixed.insert(column, cell.trim())),
                None => {
                    let (place, column) = (place.clone(), name.to_owned());
                    mistakes.push(Mistake::Column { place, column, known: COLUMNS.join(" ") });
                    return Err(mistakes);
                }
            }
        }
        let cell = |column: &str| fixed.get(column).copied().unwrap_or_default().to_owned();
        for column in [UNIT, POINT] {
            if cell(column).is_empty() {
                mistakes.push(Mistake::Missing { place: place.clone(), column });
            }
        }
        let mut day = |column, needed: bool| {
            let typed = cell(column);
            let day = sheet::iso(&typed);
            if day.is_none() && (needed || !typed.is_empty()) {
                mistakes.push(Mistake::Date { place: place.clone(), text: typed });
            }
            day.unwrap_or_default()
        };
        let (calibrated, measured) = (day(CALIBRATED, false), day(MEASURED, true));
        let typed: Vec<String> = cell(READINGS)
            .split([';', '；', '、', ' '])
            .map(str::trim)
            .filter(|r| !r.is_empty())
            .map(str::to_owned)
            .collect();
        if let Some(text) =
            typed.iter().find(|r| r.parse::<Decimal>().is_ok_and(|d| d.units < 0) || r.parse::<Decimal>().is_err())
        {
            let (place, text) = (place.clone(), text.clone());
            mistakes.push(Mistake::Value { place, column: READINGS.to_owned(), text });
        }
        let key = (cell(UNIT), cell(POINT));
        if let Some(first) = seen.insert(key.clone(), place.clone()) {
            let number = format!("{} {}", key.0, key.1);
            mistakes.push(Mistake::Twice { place: place.clone(), number, first });
        }
        found.push(DoseReading {
            unit: key.0,
            point: key.1,
            instrument: cell(INSTRUMENT),
            certificate: cell(CERTIFICATE),
            calibrated,
            measured,
            readings: typed,
            who: cell(WHO),
            source: place.clone(),
        });
    }
    if mistakes.is_empty() { Ok(found) } else { Err(mistakes) }
}

/// What is wrong with the records of a unit. `points` are those of its sheet with their dose rates as typed;
/// `records` its newest, one a point.
pub fn reading_remarks(
    minerals: &Minerals,
    points: &[(String, String)],
    records: &[DoseReading],
) -> Vec<ReadingRemark> {
    let mut found = Vec::new();
    for (point, dose) in points {
        let mut say = |text: String| found.push(ReadingRemark { point: point.clone(), text });
        let Some(record) = records.iter().find(|r| r.point == *point) else {
            say("没有质量记录".to_owned());
            continue;
        };
        let lacks: Vec<&str> =
            [(&record.instrument, "仪器"), (&record.certificate, "检定证书编号"), (&record.who, "测量人")]
                .into_iter()
                .filter(|(text, _)| text.is_empty())
                .map(|(_, what)| what)
                .collect();
        if !lacks.is_empty() {
            say(format!("没有填{}", lacks.join("、")));
        }
        match (sheet::date(&record.calibrated), sheet::date(&record.measured)) {
            (None, _) => say("没有填检定日期".to_owned()),
            (Some(calibrated), Some(measured)) if calibrated > measured => {
                say(format!("检定日期 {} 在测量日期 {} 之后", record.calibrated, record.measured));
            }
            (Some(calibrated), Some(measured)) if measured - calibrated > minerals.calibration_days => say(format!(
                "检定于 {}，到测量日已 {} 天，超过 {} 天",
                record.calibrated,
                measured - calibrated,
                minerals.calibration_days
            )),
            _ => {}
        }
        let values: Vec<Decimal> = record.readings.iter().filter_map(|r| r.parse().ok()).collect();
        if values.len() < minerals.repeats {
            say(format!("重复读数 {} 次，少于 {} 次", values.len(), minerals.repeats));
        }
        let (Some(low), Some(high)) = (values.iter().min(), values.iter().max()) else { continue };
        let sum = values.iter().fold(Ratio::zero(), |sum, v| &sum + &v.to_ratio());
        let Some(mean) = sum.divided_by(&Ratio::whole(values.len() as i64)) else { continue };
        let apart = (&(&high.to_ratio() - &low.to_ratio()) * &Ratio::whole(100)).divided_by(&mean);
        if let Some(spread) = apart.filter(|s| *s > minerals.spread.to_ratio()) {
            let told = spread.to_decimal(1).map_or_else(|| shown(&spread), |d| d.to_string());
            say(format!("读数 {low} 到 {high}，极差为平均值的 {told}%，超过 {}%", minerals.spread));
        }
        // Half a unit of the last place that the sheet gives.
        let Ok(given) = dose.parse::<Decimal>() else { continue };
        let rounded = mean.to_decimal(given.scale);
        if let Some(rounded) = rounded.filter(|r| *r != given) {
            say(format!("读数平均 {rounded}，表内为 {given}"));
        }
    }
    for record in records.iter().filter(|r| !points.iter().any(|(point, _)| *point == r.point)) {
        found.push(ReadingRemark { point: record.point.clone(), text: "表内没有这个点位".to_owned() });
    }
    found
}
