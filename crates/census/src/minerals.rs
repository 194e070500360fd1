//! Minerals with radioactivity (伴生放射性矿): who must be measured, what the first measurement and the detailed survey
//! say, and whether the readings can be trusted.
//!
//! Minerals, industries and items are data: `minerals/` of the instrument. [`Minerals::state`] says where a unit
//! stands and why; [`readings`] makes quality records of the rows of a file, [`reading_remarks`] judges them.

mod data;
mod reading;

use std::collections::{BTreeMap, BTreeSet};

use expr::exact::Decimal;
use instrument::model::Instrument;
use serde::{Deserialize, Serialize};

use crate::sheet::{Parsed, Row, UnitSheets, parse};
use data::{Role, Trigger};
pub use reading::{DoseReading, ReadingRemark, reading_remarks, readings};

/// What an instrument says of minerals with radioactivity.
#[derive(Debug, Clone)]
pub struct Minerals {
    triggers: Vec<Trigger>,
    roles: BTreeMap<Role, Vec<data::Place>>,
    /// nGy/h above the background.
    pub excess: Decimal,
    /// Bq/g.
    pub activity: Decimal,
    pub calibration_days: i64,
    pub repeats: usize,
    /// Per cent.
    pub spread: Decimal,
}

/// Where a unit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MineralState {
    /// 不涉及.
    NotTriggered,
    /// 待核实: the industry may work one of the minerals, and nobody has said.
    Unclear,
    /// 应测未测.
    NotMeasured,
    /// 初测排除.
    ScreenedOut,
    /// 待详查.
    SurveyDue,
    /// 纳入.
    InScope,
    /// 详查后不纳入.
    OutOfScope,
}

/// Where a unit stands, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MineralFate {
    pub unit: String,
    pub state: MineralState,
    /// Codes of the list `mineral15`.
    pub minerals: BTreeSet<String>,
    /// What decided, in words, Chinese.
    pub why: Vec<String>,
    /// What does not agree, in words, Chinese.
    pub remarks: Vec<String>,
}

impl MineralState {
    pub const ALL: [MineralState; 7] = [
        MineralState::NotTriggered,
        MineralState::Unclear,
        MineralState::NotMeasured,
        MineralState::ScreenedOut,
        MineralState::SurveyDue,
        MineralState::InScope,
        MineralState::OutOfScope,
    ];

    pub fn title(self) -> &'static str {
        match self {
            MineralState::NotTriggered => "不涉及",
            MineralState::Unclear => "待核实",
            MineralState::NotMeasured => "应测未测",
            MineralState::ScreenedOut => "初测排除",
            MineralState::SurveyDue => "待详查",
            MineralState::InScope => "纳入",
            MineralState::OutOfScope => "详查后不纳入",
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            MineralState::NotTriggered => "not-triggered",
            MineralState::Unclear => "unclear",
            MineralState::NotMeasured => "not-measured",
            MineralState::ScreenedOut => "screened-out",
            MineralState::SurveyDue => "survey-due",
            MineralState::InScope => "in-scope",
            MineralState::OutOfScope => "out-of-scope",
        }
    }
}

/// What the sheets and the industry say of the minerals.
enum Triggered {
    No(String),
    Unclear(String),
    Yes(Vec<String>),
}

impl Minerals {
    /// Where a unit stands; `industries` are its classes in the directory.
    pub fn state(&self, instrument: &Instrument, unit: &UnitSheets, industries: &[String]) -> MineralFate {
        let sheets = Sheets { minerals: self, instrument, unit };
        let mut fate = MineralFate {
            unit: unit.unit.clone(),
            state: MineralState::NotTriggered,
            minerals: BTreeSet::new(),
            why: Vec::new(),
            remarks: Vec::new(),
        };
        match self.triggered(&sheets, industries, &mut fate) {
            Triggered::No(why) => fate.why.push(why),
            Triggered::Unclear(why) => {
                fate.state = MineralState::Unclear;
                fate.why.push(why);
            }
            Triggered::Yes(why) => {
                fate.why = why;
                let (state, why) = sheets.measured(&mut fate.remarks);
                fate.state = state;
                fate.why.push(why);
            }
        }
        let conclusion = sheets.flat(Role::Conclusion).find(|c| !c.is_empty());
        let exceeds = match fate.state {
            MineralState::ScreenedOut => Some("2"),
            MineralState::SurveyDue | MineralState::InScope | MineralState::OutOfScope => Some("1"),
            _ => None,
        };
        if let (Some(said), Some(found)) = (conclusion.as_deref(), exceeds)
            && said != found
        {
            fate.remarks.push(format!("填报的初测结论是 {said}，按读数应为 {found}"));
        }
        let surveyed = !sheets.column(Role::Survey).is_empty();
        match fate.state {
            MineralState::InScope if !surveyed => fate.remarks.push("已纳入，还没有填 G107".to_owned()),
            MineralState::NotTriggered | MineralState::ScreenedOut | MineralState::OutOfScope if surveyed => {
                fate.remarks.push("不纳入，却填了 G107".to_owned());
            }
            _ => {}
        }
        fate
    }

    fn triggered(&self, sheets: &Sheets, industries: &[String], fate: &mut MineralFate) -> Triggered {
        let mut why = Vec::new();
        for code in sheets.flat(Role::Mineral) {
            fate.minerals.extend(code.split(';').map(str::to_owned).filter(|c| !c.is_empty()));
        }
        let named = |codes: &BTreeSet<String>| codes.iter().map(|c| name(sheets.instrument, c)).collect::<Vec<_>>();
        if !fate.minerals.is_empty() {
            why.push(format!("申报涉及{}", named(&fate.minerals).join("、")));
        }
        let answers: Vec<String> = sheets.flat(Role::Declared).filter(|a| !a.is_empty()).collect();
        let (yes, no) = (answers.iter().any(|a| a == "1"), answers.iter().any(|a| a == "2"));
        if yes && fate.minerals.is_empty() {
            why.push("申报涉及 15 类矿产，没有填哪一类".to_owned());
        }
        let mut may = Vec::new();
        for trigger in &self.triggers {
            let Some(class) = industries.iter().find(|i| i.starts_with(&trigger.industry)) else { continue };
            let told = format!("行业 {class}（{}）", trigger.note);
            if trigger.alone {
                why.push(told);
                fate.minerals.insert(trigger.mineral.clone());
            } else if fate.minerals.contains(&trigger.mineral) {
                why.push(told);
            } else {
                may.push(format!("{told}可能涉及{}", name(sheets.instrument, &trigger.mineral)));
            }
        }
        if yes && no {
            fate.remarks.push("各表对“是否涉及 15 类矿产”的回答不一致".to_owned());
        } else if no && !why.is_empty() {
            fate.remarks.push("申报为不涉及，与矿产或行业不符".to_owned());
        }
        if !why.is_empty() {
            return Triggered::Yes(why);
        }
        match (may.is_empty(), no) {
            (true, _) => Triggered::No("行业不在表内，也没有申报".to_owned()),
            (false, true) => Triggered::No(format!("{}，申报为不涉及", may.join("；"))),
            (false, false) => Triggered::Unclear(format!("{}，没有申报", may.join("；"))),
        }
    }

    /// The points measured at a unit and the dose rate its sheet gives: name → nGy/h as typed.
    pub fn points(&self, instrument: &Instrument, unit: &UnitSheets) -> Vec<(String, String)> {
        let sheets = Sheets { minerals: self, instrument, unit };
        sheets
            .rows(Role::Dose)
            .iter()
            .map(|row| (sheets.text(row, Role::Point), sheets.text(row, Role::Dose)))
            .filter(|(_, dose)| !dose.is_empty())
            .collect()
    }
}

/// Name of one of the 15 minerals.
fn name(instrument: &Instrument, code: &str) -> String {
    let list = instrument.list("mineral15");
    let member = list.and_then(|l| l.members.iter().find(|m| m.code == code));
    member.map_or_else(|| code.to_owned(), |m| m.name.clone())
}

/// The sheets of a unit, asked by role.
struct Sheets<'a> {
    minerals: &'a Minerals,
    instrument: &'a Instrument,
    unit: &'a UnitSheets,
}

impl Sheets<'_> {
    fn places(&self, role: Role) -> &[data::Place] {
        self.minerals.roles.get(&role).map_or(&[], Vec::as_slice)
    }

    /// Codes and texts of a role's flat items, over the forms it stands in.
    fn flat(&self, role: Role) -> impl Iterator<Item = String> {
        self.places(role).iter().filter_map(move |place| {
            let values = self.unit.sheets.get(&place.form)?;
            Some(self.read(place, &values.flat))
        })
    }

    fn read(&self, place: &data::Place, row: &Row) -> String {
        let typed = row.get(&place.item).map_or("", String::as_str);
        let item = self.instrument.form(&place.form).and_then(|f| f.item_of(&place.block, &place.item));
        match item.map(|item| parse(item, typed)) {
            Some(Parsed::Code(code)) => code.into_owned(),
            Some(Parsed::Codes(codes)) => codes.join(";"),
            _ => typed.trim().to_owned(),
        }
    }

    /// Rows of the block a role stands in.
    fn rows(&self, role: Role) -> &[Row] {
        let Some(place) = self.places(role).first() else { return &[] };
        self.unit.sheets.get(&place.form).map_or(&[], |v| v.rows(&place.block))
    }

    fn text(&self, row: &Row, role: Role) -> String {
        self.places(role).first().map_or_else(String::new, |place| self.read(place, row))
    }

    fn column(&self, role: Role) -> Vec<String> {
        self.rows(role).iter().map(|row| self.text(row, role)).filter(|t| !t.is_empty()).collect()
    }

    /// A number of a row: `Ok(None)` where it is blank, the text where it is no number.
    fn number(&self, row: &Row, role: Role) -> Result<Option<Decimal>, String> {
        let Some(place) = self.places(role).first() else { return Ok(None) };
        let typed = row.get(&place.item).map_or("", String::as_str);
        let item = self.instrument.form(&place.form).and_then(|f| f.item_of(&place.block, &place.item));
        let Some(item) = item else { return Ok(None) };
        match (parse(item, typed), &item.ty) {
            (Parsed::Blank, _) => Ok(None),
            (Parsed::Number(n), instrument::model::ItemType::Number { scale }) => {
                Ok(Some(Decimal::new(n.into(), *scale).shortest()))
            }
            _ => Err(format!("{}“{typed}”读不出", item.name)),
        }
    }

    /// What the measurements say of a unit that must be measured.
    fn measured(&self, remarks: &mut Vec<String>) -> (MineralState, String) {
        let unmeasured = |why: &str| (MineralState::NotMeasured, why.to_owned());
        let Some(sheet) = self.places(Role::Background).first().and_then(|p| self.unit.sheets.get(&p.form)) else {
            return unmeasured("没有初测");
        };
        let background = match self.number(&sheet.flat, Role::Background) {
            Ok(Some(background)) => background,
            Ok(None) => return unmeasured("本底剂量率没有填，不能判断"),
            Err(why) => return (MineralState::NotMeasured, why),
        };
        let Some(limit) = background.checked_add(self.minerals.excess).map(Decimal::shortest) else {
            return unmeasured("本底剂量率过大");
        };
        let (mut above, mut blank, mut highest) = (Vec::new(), Vec::new(), None);
        let rows = self.rows(Role::Dose);
        for (at, row) in rows.iter().enumerate() {
            let name = match self.text(row, Role::Point) {
                name if name.is_empty() => format!("第 {} 点", at + 1),
                name => name,
            };
            match self.number(row, Role::Dose) {
                Ok(Some(dose)) => {
                    if highest.is_none_or(|h| dose > h) {
                        highest = Some(dose);
                    }
                    if dose > limit {
                        above.push(format!("{name} {dose}"));
                    }
                }
                Ok(None) => blank.push(name),
                Err(why) => blank.push(format!("{name}（{why}）")),
            }
        }
        let told = format!("本底 {background} + {} = {limit} nGy/h", self.minerals.excess);
        match (above.is_empty(), highest) {
            (_, None) => unmeasured("没有监测点位的读数"),
            (true, _) if !blank.is_empty() => {
                (MineralState::NotMeasured, format!("{}没有读数，其余不超过 {told}", blank.join("、")))
            }
            (true, Some(highest)) => {
                (MineralState::ScreenedOut, format!("{} 个点位最高 {highest}，不超过 {told}", rows.len()))
            }
            (false, _) => {
                if !blank.is_empty() {
                    remarks.push(format!("{}没有读数", blank.join("、")));
                }
                let first = format!("{} 超过 {told}", above.join("、"));
                let (state, then) = self.surveyed(remarks);
                (state, format!("{first}；{then}"))
            }
        }
    }

    /// What the samples of the detailed survey say.
    fn surveyed(&self, remarks: &mut Vec<String>) -> (MineralState, String) {
        let limit = self.minerals.activity;
        let (mut above, mut lacking, mut solid) = (Vec::new(), Vec::new(), 0);
        for (at, row) in self.rows(Role::Uranium).iter().enumerate() {
            let name = match self.text(row, Role::Sample) {
                name if name.is_empty() => format!("样品 {}", at + 1),
                name => name,
            };
            let mut given = BTreeSet::new();
            for (role, series) in [(Role::Uranium, "铀系"), (Role::Thorium, "钍系"), (Role::Radium, "铀系")] {
                match self.number(row, role) {
                    Ok(Some(value)) => {
                        given.insert(role);
                        if value > limit {
                            above.push(format!("{name} {series} {value}"));
                        }
                    }
                    Ok(None) => {}
                    Err(why) => remarks.push(format!("{name}：{why}")),
                }
            }
            // Waste water is reported as gross alpha and beta; the limit is one of solids.
            if given.is_empty() && !self.text(row, Role::Water).is_empty() {
                continue;
            }
            solid += 1;
            for (role, what) in [(Role::Uranium, "铀系"), (Role::Thorium, "钍系")] {
                if !given.contains(&role) {
                    lacking.push(format!("{name} 缺{what}"));
                }
            }
        }
        if !above.is_empty() {
            return (MineralState::InScope, format!("{} 高于 {limit} Bq/g", above.join("、")));
        }
        if solid == 0 {
            return (MineralState::SurveyDue, "没有详查样品".to_owned());
        }
        if !lacking.is_empty() {
            return (MineralState::SurveyDue, format!("详查不全：{}", lacking.join("、")));
        }
        (MineralState::OutOfScope, format!("{solid} 个样品铀系、钍系都不高于 {limit} Bq/g"))
    }
}
