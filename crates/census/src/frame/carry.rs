//! From a screening form to the draft of its survey form (清查表转普查表): what is known is carried, what is not stays
//! blank, what is out of scope stays behind, each with its reason. Which item goes where is data:
//! `frame/carry.csv` and `frame/carry-scope.csv` of the instrument.

mod lines;

use std::collections::{BTreeMap, BTreeSet};

use expr::exact::Decimal;
use expr::measure::Measure;
use instrument::model::{Instrument, Item, Required};
use serde::Serialize;

use crate::sheet::{Parsed, Row, Values, parse};
use lines::{CarryLine, How, ScopeLine, Test};

/// What an instrument says of carrying.
#[derive(Debug, Clone, Default)]
pub struct Carrying {
    lines: Vec<CarryLine>,
    scope: Vec<ScopeLine>,
}

/// What became of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The draft; `None`: the sheet or all its rows stay behind.
    pub draft: Option<Values>,
    /// What became of the sheet and each of its rows, in their order.
    pub fates: Vec<Fate>,
    /// Items of the draft that want a person, in printed order.
    pub open: Vec<OpenItem>,
}

/// What became of the sheet as a whole, or of one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fate {
    /// Block of the screening form; empty: the sheet as a whole.
    pub block: String,
    /// From 1; 0: the sheet as a whole.
    pub row: usize,
    pub scope: InScope,
    /// In words, Chinese; empty when it is in scope.
    pub why: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum InScope {
    In,
    Out,
    /// A person must say.
    Ask,
}

/// A blank of the draft, or a value that could not be carried.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct OpenItem {
    pub block: String,
    pub item: String,
    pub name: String,
    /// In words, Chinese.
    pub why: String,
}

/// Serials of outlets in a county (排污口顺序号), given once each.
#[derive(Debug, Clone, Default)]
pub struct Serials {
    taken: BTreeSet<String>,
}

impl Serials {
    /// Those given already.
    pub fn of(codes: impl IntoIterator<Item = String>) -> Serials {
        Serials { taken: codes.into_iter().collect() }
    }

    /// The code after the highest of the county: `410182003`. `None` when all 999 are given.
    fn next(&mut self, county: &str) -> Option<String> {
        let of_county = self.taken.iter().filter(|c| c.starts_with(county));
        let highest = of_county.filter_map(|c| c.get(6..)?.parse::<u16>().ok()).max().unwrap_or(0);
        let code = (highest < 999).then(|| format!("{county}{:03}", highest + 1))?;
        self.taken.insert(code.clone());
        Some(code)
    }
}

impl Carrying {
    /// The pairs of forms that are carried: `QC4` → `S103`.
    pub fn pairs(&self) -> BTreeSet<(&str, &str)> {
        self.lines.iter().map(|l| (l.from.form.as_str(), l.to.form.as_str())).collect()
    }

    /// The code that a screening sheet gives its object, as typed: of an outlet its nine digits.
    pub fn code<'v>(&self, from: &str, sheet: &'v Values) -> Option<&'v str> {
        let serial = |l: &&CarryLine| l.from.form == from && matches!(l.how, How::Serial { .. });
        let line = self.lines.iter().find(serial)?;
        sheet.flat.get(&line.from.item).map(|c| c.trim()).filter(|c| !c.is_empty())
    }

    /// Items carried.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Carries one sheet. `serials` gives codes to outlets that have none.
    pub fn carry(
        &self,
        instrument: &Instrument,
        from: &str,
        to: &str,
        sheet: &Values,
        serials: &mut Serials,
    ) -> Carried {
        let work = Work { carrying: self, instrument, from, to };
        let mut fates = Vec::new();
        let (scope, why) = work.scope("", &sheet.flat);
        fates.push(Fate { block: String::new(), row: 0, scope, why });
        let mut kept: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
        for (block, rows) in &sheet.blocks {
            for (at, row) in rows.iter().enumerate() {
                let (scope, why) = work.scope(block, row);
                if scope == InScope::In {
                    kept.entry(block).or_default().push(row);
                }
                fates.push(Fate { block: block.clone(), row: at + 1, scope, why });
            }
        }
        // A form whose rows are its objects is nothing without one.
        let lists =
            self.lines.iter().find(|l| l.is_of(from, to) && !l.from.block.is_empty()).map(|l| l.from.block.as_str());
        let none = lists.is_some_and(|block| kept.get(block).is_none_or(Vec::is_empty));
        if fates[0].scope == InScope::In && none {
            let asks = fates.iter().any(|f| f.scope == InScope::Ask);
            let empty = fates.len() == 1;
            fates[0].scope = if asks || empty { InScope::Ask } else { InScope::Out };
            let why = match (asks, empty) {
                (_, true) => "清查表没有填一行",
                (true, _) => "没有确定在范围内的行",
                _ => "没有一行在普查范围内",
            };
            why.clone_into(&mut fates[0].why);
        }
        if fates[0].scope != InScope::In {
            return Carried { draft: None, fates, open: Vec::new() };
        }
        let mut open = BTreeMap::new();
        // Header items name the unit; the form's own number and the signatures are the new form's.
        let mut draft = Values {
            common: sheet.common.iter().filter(|(k, _)| k.starts_with('H') && *k != "H7").map(own).collect(),
            flat: work.row("", &[("", &sheet.flat)], &kept, serials, &mut open),
            ..Values::default()
        };
        for (block, rows) in &kept {
            let Some(target) =
                self.lines.iter().find(|l| l.is_of(from, to) && l.from.block == *block && !l.to.block.is_empty())
            else {
                continue;
            };
            let made = rows.iter().map(|row| work.row(&target.to.block, &[(block, row)], &kept, serials, &mut open));
            draft.blocks.insert(target.to.block.clone(), made.collect());
        }
        work.blanks(&draft, &mut open);
        let order = |item: &OpenItem| {
            let form = instrument.form(to);
            form.and_then(|f| f.items.iter().position(|i| i.code == item.item && f.blocks[i.block].name == item.block))
        };
        let mut open: Vec<OpenItem> = open.into_values().collect();
        open.sort_by_key(order);
        Carried { draft: Some(draft), fates, open }
    }
}

fn own((key, value): (&String, &String)) -> (String, String) {
    (key.clone(), value.clone())
}

/// Blanks by block, item and reason, so that each is told once.
type Open = BTreeMap<(String, String, String), OpenItem>;

struct Work<'a> {
    carrying: &'a Carrying,
    instrument: &'a Instrument,
    from: &'a str,
    to: &'a str,
}

impl Work<'_> {
    /// Whether the first test that holds leaves the row behind.
    fn scope(&self, block: &str, row: &Row) -> (InScope, String) {
        for line in self.carrying.scope.iter().filter(|l| l.place.form == self.from && l.place.block == block) {
            let Some(item) = lines::item(self.instrument, &line.place) else { continue };
            let typed = row.get(&item.code).map_or("", String::as_str);
            let number = |typed: &str| match parse(item, typed) {
                Parsed::Number(n) => Some(Decimal::new(n.into(), scale(item))),
                _ => None,
            };
            let told = match &line.test {
                Test::Blank => typed.trim().is_empty().then(String::new),
                Test::Is(codes) => {
                    code(item, typed).filter(|c| codes.contains(c)).map(|c| format!("（{} {c}）", item.name))
                }
                Test::Below(limit) => {
                    number(typed).filter(|n| n < limit).map(|n| format!("（{n} < {limit} {}）", item.measure.text))
                }
            };
            if let Some(told) = told {
                return (line.says, format!("{}{told}", line.why));
            }
        }
        (InScope::In, String::new())
    }

    /// A row of the draft.
    fn row(
        &self,
        to_block: &str,
        sources: &[(&str, &Row)],
        kept: &BTreeMap<&str, Vec<&Row>>,
        serials: &mut Serials,
        open: &mut Open,
    ) -> Row {
        let mut made = Row::new();
        for line in self.carrying.lines.iter().filter(|l| l.is_of(self.from, self.to) && l.to.block == to_block) {
            let Some(target) = lines::item(self.instrument, &line.to) else { continue };
            if matches!(line.how, How::Rows) {
                let rows = kept.get(line.from.block.as_str()).map_or(0, Vec::len);
                made.insert(target.code.clone(), rows.to_string());
                continue;
            }
            let Some((_, row)) = sources.iter().find(|(block, _)| *block == line.from.block) else { continue };
            if let Some((item, wanted)) = &line.when {
                let place = lines::Place { item: item.clone(), ..line.from.clone() };
                let holds = lines::item(self.instrument, &place)
                    .and_then(|i| code(i, row.get(item).map_or("", String::as_str)))
                    .is_some_and(|c| c == *wanted);
                if !holds {
                    continue;
                }
            }
            let typed = row.get(&line.from.item).map_or("", String::as_str).trim();
            match self.value(line, row, typed, target, serials) {
                Ok(value) if value.is_empty() => {}
                Ok(value) => {
                    made.insert(target.code.clone(), value);
                }
                Err(why) => note(open, to_block, target, why),
            }
        }
        made
    }

    /// The text that goes into the target; empty: nothing is known. The error says why a known one does not go.
    fn value(
        &self,
        line: &CarryLine,
        row: &Row,
        typed: &str,
        target: &Item,
        serials: &mut Serials,
    ) -> Result<String, String> {
        match &line.how {
            How::Copy if typed.is_empty() => Ok(String::new()),
            How::Copy => match parse(target, typed) {
                Parsed::Unreadable(why) => Err(format!("清查表填的“{typed}”：{}", why.zh())),
                _ => Ok(typed.to_owned()),
            },
            How::Area => {
                let digits: String = typed.chars().take_while(char::is_ascii_digit).collect();
                match digits.get(..12) {
                    Some(code) => Ok(code.to_owned()),
                    None if typed.is_empty() => Ok(String::new()),
                    None => Err(format!("清查表的普查小区代码“{typed}”不足 12 位")),
                }
            }
            How::Unit { fuel } => {
                if typed.is_empty() {
                    return Ok(String::new());
                }
                self.same_unit(line, fuel, row, target).map(|()| typed.to_owned())
            }
            How::Serial { area } => {
                let county = row.get(area).and_then(|a| a.trim().get(..6)).unwrap_or_default();
                if county.len() != 6 || !county.bytes().all(|b| b.is_ascii_digit()) {
                    return Err("普查小区代码没有填，不能编码".to_owned());
                }
                let well = typed.len() == 9 && typed.bytes().all(|b| b.is_ascii_digit()) && typed.starts_with(county);
                if well {
                    serials.taken.insert(typed.to_owned());
                    return Ok(typed.to_owned());
                }
                serials.next(county).ok_or_else(|| format!("{county} 的 999 个顺序号已用完"))
            }
            How::Rows => Ok(String::new()),
        }
    }

    /// Whether the fuel is counted in the target's unit.
    fn same_unit(&self, line: &CarryLine, fuel: &str, row: &Row, target: &Item) -> Result<(), String> {
        let place = lines::Place { item: fuel.to_owned(), ..line.from.clone() };
        let item = lines::item(self.instrument, &place).ok_or("没有燃料一项")?;
        let code =
            code(item, row.get(fuel).map_or("", String::as_str)).ok_or("没有填燃料类型，消耗量的计量单位不明")?;
        let list = lines::list_of(item).and_then(|name| self.instrument.list(name));
        let member = list.and_then(|l| l.members.iter().find(|m| m.code == code)).ok_or("燃料类型不在代码表内")?;
        let unit = member.extra.split(';').find_map(|p| p.trim().strip_prefix("unit=")).unwrap_or_default();
        let same = Measure::parse(unit).is_some_and(|m| m.known && m.same(&target.measure));
        if same {
            return Ok(());
        }
        Err(format!("清查表以 {unit} 计（{}），此处以 {} 计，不换算", member.name, target.measure.text))
    }

    /// Items that must be filled and are not, in the draft or any row of it.
    fn blanks(&self, draft: &Values, open: &mut Open) {
        let Some(form) = self.instrument.form(self.to) else { return };
        for item in form.items.iter().filter(|i| i.required == Required::Yes) {
            let block = &form.blocks[item.block].name;
            let rows = draft.rows(block);
            let filled = rows.iter().filter(|r| r.get(&item.code).is_some_and(|v| !v.is_empty())).count();
            let told = open.keys().any(|(b, i, _)| b == block && *i == item.code);
            if filled == rows.len() || told {
                continue;
            }
            let known = self
                .carrying
                .lines
                .iter()
                .any(|l| l.is_of(self.from, self.to) && l.to.item == item.code && l.to.block == *block);
            let why = match (known, filled) {
                (false, _) => "清查表没有这一项".to_owned(),
                (true, 0) => "清查表没有填".to_owned(),
                (true, _) => format!("清查表没有填（{} 行中 {} 行）", rows.len(), rows.len() - filled),
            };
            note(open, block, item, why);
        }
    }
}

fn note(open: &mut Open, block: &str, item: &Item, why: String) {
    let key = (block.to_owned(), item.code.clone(), why.clone());
    open.entry(key).or_insert(OpenItem {
        block: block.to_owned(),
        item: item.code.clone(),
        name: item.name.clone(),
        why,
    });
}

fn scale(item: &Item) -> u8 {
    match item.ty {
        instrument::model::ItemType::Number { scale } => scale,
        _ => 0,
    }
}

/// The code a text names.
fn code(item: &Item, typed: &str) -> Option<String> {
    match parse(item, typed) {
        Parsed::Code(code) => Some(code.into_owned()),
        _ => None,
    }
}
