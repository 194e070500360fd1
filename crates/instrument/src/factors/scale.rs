//! Scale classes (生产规模等级) as intervals.
//!
//! The ends of `a~b` belong to the class unless a neighbour claims them ([`settle`]); between two such
//! classes the upper one takes the common bound.

use std::collections::BTreeMap;

use expr::exact::{Decimal, Ratio};

use crate::files::Files;
use crate::problem::Problems;
use crate::rows::Sheet;

/// A scale class: an interval with its unit, a named class, or all scales.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scale {
    /// As written.
    pub text: String,
    pub range: Option<ScaleRange>,
    /// A condition beside the interval, or the name of a class without one: `中富水矿区`, `工业化生产`.
    pub class: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScaleRange {
    pub low: Option<Bound>,
    pub high: Option<Bound>,
    /// Written with a dash: the ends are settled among neighbours.
    pub dashed: bool,
    /// Without powers of ten: `吨/年`, `兆瓦`, `炭化室m`.
    pub unit: String,
}

/// An end of an interval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    pub value: Ratio,
    pub included: bool,
}

impl Scale {
    /// Every scale, without any condition.
    pub fn is_all(&self) -> bool {
        self.range.is_none() && self.class.is_empty()
    }
}

impl ScaleRange {
    pub fn contains(&self, value: &Ratio) -> bool {
        let above = self.low.as_ref().is_none_or(|b| value > &b.value || b.included && value == &b.value);
        let below = self.high.as_ref().is_none_or(|b| value < &b.value || b.included && value == &b.value);
        above && below
    }

    /// `[200, 1000) 吨/年`.
    pub fn show(&self) -> String {
        let low =
            self.low.as_ref().map_or("(-".to_owned(), |b| format!("{}{}", if b.included { '[' } else { '(' }, b.value));
        let high = self
            .high
            .as_ref()
            .map_or("-)".to_owned(), |b| format!("{}{}", b.value, if b.included { ']' } else { ')' }));
        format!("{low}, {high} {}", self.unit)
    }
}

/// What `odd_scales.csv` says of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OddUse {
    All,
    Named,
    /// Reason, then detail.
    Quarantine(String, String),
}

/// (industry or empty, text) → use.
pub type OddScales = BTreeMap<(String, String), OddUse>;

/// Reads `factors/odd_scales.csv`.
pub fn odd_scales(files: &dyn Files, problems: &mut Problems) -> OddScales {
    let mut found = OddScales::new();
    let Some(sheet) =
        Sheet::read(files, "factors/odd_scales.csv", &["industry", "text", "use", "reason", "mark"], problems)
    else {
        return found;
    };
    for row in sheet.rows() {
        let meant = match row.get("use") {
            "all" => OddUse::All,
            "named" => OddUse::Named,
            "quarantine" => {
                let (reason, detail) = row.get("reason").split_once(": ").unwrap_or((row.get("reason"), ""));
                OddUse::Quarantine(reason.to_owned(), detail.to_owned())
            }
            other => {
                problems.unknown(row.place("use"), "use", other, ["all", "named", "quarantine"]);
                continue;
            }
        };
        found.insert((row.get("industry").to_owned(), row.get("text").to_owned()), meant);
    }
    found
}

/// Reads a scale text; the error is a reason to keep the row out: (reason, detail).
pub fn parse(text: &str, industry: &str, odd: &OddScales) -> Result<Scale, (String, String)> {
    let meant = [industry, ""].into_iter().find_map(|i| odd.get(&(i.to_owned(), text.to_owned())));
    let named = |class: &str| Scale { text: text.to_owned(), range: None, class: class.to_owned() };
    match meant {
        Some(OddUse::All) => return Ok(named("")),
        Some(OddUse::Named) => return Ok(named(text)),
        Some(OddUse::Quarantine(reason, detail)) => return Err((reason.clone(), detail.clone())),
        None => {}
    }
    let (front, class) = text.split_once(['；', ';']).unwrap_or((text, ""));
    if matches!(front, "所有规模" | "不分规模") {
        return Ok(named(class));
    }
    let unread = || ("unparsed-scale".to_owned(), format!("`{text}`"));
    Ok(Scale { text: text.to_owned(), range: Some(interval(front).ok_or_else(unread)?), class: class.to_owned() })
}

/// An amount with its unit, as a sheet may give it instead of a class: `5500 吨-熟料/日`.
pub fn amount(text: &str) -> Option<(Ratio, String)> {
    let pieces = pieces(text);
    let [Piece::Number(value), Piece::Words(unit)] = pieces.as_slice() else { return None };
    let (factor, unit) = without_power(unit);
    Some((value * &factor, unit))
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Number(Ratio),
    Words(String),
}

/// Numbers and the words between them, brackets and footnote signs taken out, `~` for every dash between numbers.
fn pieces(text: &str) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut words = String::new();
    let chars: Vec<char> = text
        .chars()
        .filter(|c| !matches!(c, '(' | ')' | '（' | '）' | '①' | '②' | '③' | '④' | ',' | '，') && !c.is_whitespace())
        .collect();
    let mut n = 0;
    while n < chars.len() {
        if !chars[n].is_ascii_digit() {
            words.push(match chars[n] {
                '～' | '－' | '—' | '–' => '~',
                '／' => '/',
                c => c,
            });
            n += 1;
            continue;
        }
        let start = n;
        while n < chars.len() && (chars[n].is_ascii_digit() || chars[n] == '.') {
            n += 1;
        }
        let number: String = chars[start..n].iter().collect();
        let Ok(number) = number.parse::<Decimal>() else { return Vec::new() };
        if !words.is_empty() {
            found.push(Piece::Words(std::mem::take(&mut words)));
        }
        found.push(Piece::Number(number.to_ratio()));
    }
    if !words.is_empty() {
        found.push(Piece::Words(words));
    }
    found
}

fn interval(text: &str) -> Option<ScaleRange> {
    let pieces = pieces(text);
    let numbers: Vec<&Ratio> =
        pieces.iter().filter_map(|p| if let Piece::Number(n) = p { Some(n) } else { None }).collect();
    let words: Vec<&str> =
        pieces.iter().filter_map(|p| if let Piece::Words(w) = p { Some(w.as_str()) } else { None }).collect();
    let bound = |value: &Ratio, factor: &Ratio, included: bool| Some(Bound { value: value * factor, included });
    match (numbers.as_slice(), pieces.as_slice()) {
        // a~b unit, with a subject in front or not.
        ([low, high], [.., Piece::Number(_), Piece::Words(dash), Piece::Number(_), Piece::Words(unit)])
            if matches!(dash.as_str(), "~" | "-") && pieces.len() <= 5 =>
        {
            let subject = if pieces.len() == 5 { words[0] } else { "" };
            let excluded = unit.contains("不含");
            let (factor, unit) = without_power(&unit.replace("不含", ""));
            Some(ScaleRange {
                low: bound(low, &factor, true),
                high: bound(high, &factor, !excluded),
                dashed: true,
                unit: format!("{subject}{unit}"),
            })
        }
        // a小于等于Q小于b unit; 500吨小于日熔量小于等于600吨.
        ([low, high], [Piece::Number(_), Piece::Words(between), Piece::Number(_), Piece::Words(unit)])
            if between.matches("小于").count() == 2 =>
        {
            let (first, last) = between.split_at(between.rfind("小于")?);
            let (_, after) = first.split_once("小于")?;
            let subject = after.trim_start_matches("等于").trim_start_matches("产量");
            let (factor, unit) = without_power(unit);
            Some(ScaleRange {
                low: bound(low, &factor, after.starts_with("等于")),
                high: bound(high, &factor, last.contains("等于")),
                dashed: false,
                unit: format!("{subject}{unit}"),
            })
        }
        // 日加工甜菜量3000吨以上（含3000吨）.
        (
            [limit, again],
            [Piece::Words(subject), Piece::Number(_), Piece::Words(middle), Piece::Number(_), Piece::Words(_)],
        ) if limit == again && middle.contains('含') => one_sided(limit, subject, &middle.replace('含', ""), true),
        ([limit], [Piece::Words(front), Piece::Number(_), Piece::Words(unit)]) => one_sided(limit, front, unit, false),
        _ => None,
    }
}

/// 大于等于4000吨-熟料/日, 日榨甘蔗量2000吨以下.
fn one_sided(limit: &Ratio, front: &str, unit: &str, with_limit: bool) -> Option<ScaleRange> {
    let comparisons =
        [("大于等于", true, true), ("≧", true, true), ("≥", true, true), ("小于等于", false, true), ("≤", false, true)];
    let plain = [("大于", true, false), ("小于", false, false)];
    let found = comparisons
        .iter()
        .chain(&plain)
        .find_map(|(word, above, included)| front.strip_suffix(word).map(|subject| (subject, unit, *above, *included)));
    let found = found.or_else(|| unit.strip_suffix("以上").map(|unit| (front, unit, true, true)));
    let found = found.or_else(|| unit.strip_suffix("以下").map(|unit| (front, unit, false, with_limit)));
    let (subject, unit, above, included) = found?;
    let (factor, unit) = without_power(unit);
    let bound = Some(Bound { value: limit * &factor, included });
    let unit = format!("{subject}{unit}");
    let (low, high) = if above { (bound, None) } else { (None, bound) };
    Some(ScaleRange { low, high, dashed: false, unit })
}

/// `万吨/年` → 10 000 and `吨/年`; hyphens (`吨-熟料/日`) do not count.
fn without_power(unit: &str) -> (Ratio, String) {
    let (power, rest) = if let Some(rest) = unit.strip_prefix('万') {
        (4, rest)
    } else if let Some(rest) = unit.strip_prefix('亿') {
        (8, rest)
    } else {
        (0, unit)
    };
    let rest = rest.replace('-', "").replace("MW", "兆瓦").replace('天', "日");
    (Ratio::whole(10).power(power).unwrap_or_else(Ratio::one), rest)
}

/// Settles the ends of dashed classes among the distinct classes of one family.
pub fn settle(family: &[ScaleRange], range: &ScaleRange) -> ScaleRange {
    let mut settled = range.clone();
    if !range.dashed {
        return settled;
    }
    if let Some(low) = &mut settled.low {
        // 小于等于a beside a~b.
        low.included = !family
            .iter()
            .any(|other| !other.dashed && other.high.as_ref().is_some_and(|b| b.included && b.value == low.value));
    }
    if let Some(high) = &mut settled.high {
        // a~b beside 大于等于b, or beside b~c.
        let claimed =
            family.iter().any(|other| other.low.as_ref().is_some_and(|b| b.included && b.value == high.value));
        high.included &= !claimed;
    }
    settled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let got = match parse(text, "3011", &OddScales::new()) {
            Ok(scale) if scale.is_all() => "all".to_owned(),
            Ok(scale) => {
                let range = scale.range.map_or(String::new(), |r| r.show());
                if scale.class.is_empty() { range } else { format!("{range}; {}", scale.class) }
            }
            Err((reason, _)) => reason,
        };
        assert_eq!(got, expect, "{text}");
    }

    #[test]
    fn classes_of_the_handbook() {
        check("所有规模", "all");
        check("不分规模", "all");
        check("所有规模；采用秸秆作为原料", "; 采用秸秆作为原料");
        check("小于等于8兆瓦", "(-, 8] 兆瓦");
        check("大于等于14MW", "[14, -) 兆瓦");
        check("9～19兆瓦", "[9, 19] 兆瓦");
        check("30-120万吨/年", "[300000, 1200000] 吨/年");
        check("0.5-3万吨/年", "[5000, 30000] 吨/年");
        check("≧30万吨/年", "[300000, -) 吨/年");
        check("大于等于120万吨/年；中富水矿区", "[1200000, -) 吨/年; 中富水矿区");
        check("大于等于4000（吨-熟料/日）", "[4000, -) 吨熟料/日");
        check("2000～4000（不含）（吨-熟料/日）", "[2000, 4000) 吨熟料/日");
        check("(5～30)万吨／日", "[50000, 300000] 吨/日");
        check("1000小于等于产量小于10000千克/年", "[1000, 10000) 千克/年");
        check("500吨小于日熔量小于等于600吨", "(500, 600] 日熔量吨");
        check("日熔量大于900吨", "(900, -) 日熔量吨");
        check("日榨甘蔗量2000吨以下", "(-, 2000) 日榨甘蔗量吨");
        check("日榨甘蔗量2000~5000吨", "[2000, 5000] 日榨甘蔗量吨");
        check("日加工甜菜量3000吨以上（含3000吨）", "[3000, -) 日加工甜菜量吨");
        check("炭化室4.3-5.5m", "[4.3, 5.5] 炭化室m");
        check("炭化室大于等于6m", "[6, -) 炭化室m");
        check("50小于等于产量小于150吨①", "[50, 150) 吨");
        check("小于50万千伏安时", "(-, 500000) 千伏安时");
        check("大于1亿只", "(100000000, -) 只");
        check("70-1500头/天", "[70, 1500] 头/日");
        check("万吨／日", "unparsed-scale");
        check("", "unparsed-scale");
        check("1.2.3吨", "unparsed-scale");
    }

    #[test]
    fn ends_of_dashed_classes_go_to_the_neighbour_that_claims_them() {
        let read = |text: &str| parse(text, "", &OddScales::new()).ok().and_then(|s| s.range).expect("an interval");
        let check = |texts: &[&str], expect: &str| {
            let family: Vec<ScaleRange> = texts.iter().map(|t| read(t)).collect();
            let settled: Vec<String> = family.iter().map(|r| settle(&family, r).show()).collect();
            assert_eq!(settled.join(" "), expect);
        };
        check(
            &["小于200吨/年", "200~1000吨/年", "大于等于1000吨/年"],
            "(-, 200) 吨/年 [200, 1000) 吨/年 [1000, -) 吨/年",
        );
        check(
            &["小于等于5万吨／日", "(5～30)万吨／日", "大于等于30万吨／日"],
            "(-, 50000] 吨/日 (50000, 300000) 吨/日 [300000, -) 吨/日",
        );
        check(&["9～19兆瓦", "20～34兆瓦"], "[9, 19] 兆瓦 [20, 34] 兆瓦");
        check(&["100～500万吨/年", "500～1000万吨/年"], "[1000000, 5000000) 吨/年 [5000000, 10000000] 吨/年");
        check(&["大于100万吨/年", "50～100万吨/年"], "(1000000, -) 吨/年 [500000, 1000000] 吨/年");
    }

    #[test]
    fn amounts() {
        assert_eq!(amount("5500 吨-熟料/日"), Some((Ratio::whole(5500), "吨熟料/日".to_owned())));
        assert_eq!(amount("1.2万吨/年"), Some((Ratio::whole(12000), "吨/年".to_owned())));
        assert_eq!(amount("大于5吨"), None);
    }
}
