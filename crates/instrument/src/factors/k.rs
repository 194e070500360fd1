//! The k formulas of the handbook, sorted into typed families.

use std::collections::BTreeMap;

use expr::exact::Ratio;

use super::KFormula;
use crate::files::Files;
use crate::problem::Problems;
use crate::rows::Sheet;

/// Texts the rules of this file cannot tell, with their family.
pub type OddTexts = BTreeMap<String, (String, Option<Ratio>)>;

/// Names of the families, as the data file writes them.
const FAMILIES: [&str; 11] = [
    "hours",
    "electricity",
    "design-electricity",
    "constant",
    "mass",
    "minimum",
    "downtime",
    "synchronous",
    "amount",
    "special",
    "not-given",
];

/// Reads `factors/k_texts.csv`.
pub fn odd_texts(files: &dyn Files, problems: &mut Problems) -> OddTexts {
    let mut found = OddTexts::new();
    let Some(sheet) = Sheet::read(files, "factors/k_texts.csv", &["text", "family", "value", "note", "mark"], problems)
    else {
        return found;
    };
    for row in sheet.rows() {
        let family = row.get("family");
        if !FAMILIES.contains(&family) {
            problems.unknown(row.place("family"), "family of k", family, FAMILIES);
        }
        let value = match row.get("value") {
            "" => None,
            text => text.parse().map_err(|_| problems.add(row.problem("value", "expected a number"))).ok(),
        };
        found.insert(row.get("text").to_owned(), (family.to_owned(), value));
    }
    found
}

/// A k text without `k=`, footnotes, blanks and full-width signs; and what was cut off.
pub fn core(text: &str) -> (String, &str) {
    // A footnote begins with its sign or after the first comma.
    let cut = text.find(['①', '②', '③', '④', '⑤', '，']).unwrap_or(text.len());
    let (front, note) = text.split_at(cut);
    let mut core = String::with_capacity(front.len());
    for c in front.chars() {
        match c {
            '（' => core.push('('),
            '）' => core.push(')'),
            '［' => core.push('['),
            '］' => core.push(']'),
            '×' | '＊' | '·' => core.push('*'),
            '＝' => core.push('='),
            '／' | '÷' => core.push('/'),
            c if c.is_whitespace() => {}
            c => core.push(c),
        }
    }
    let bare = core.strip_prefix("k=").or_else(|| core.strip_prefix("K=")).unwrap_or(&core);
    (bare.trim_end_matches([',', '。', ';', '；', '-']).to_owned(), note.trim_start_matches('，'))
}

/// The family of a k text.
pub fn family(text: &str, odd: &OddTexts) -> KFormula {
    let (core, _) = core(text);
    if core.is_empty() || core == "/" {
        return KFormula::NotGiven;
    }
    if let Some((family, value)) = odd.get(&core) {
        return named(family, value.clone(), core);
    }
    if let Ok(value) = core.parse::<Ratio>() {
        let shares = !value.is_negative() && value <= Ratio::one();
        return if shares { KFormula::Constant { value, text: core } } else { KFormula::Special { text: core } };
    }
    let has = |words: &[&str]| words.iter().any(|w| core.contains(w));
    let power = has(&["功率", "额定"]);
    let name = if has(&["最小值"]) {
        "minimum"
    } else if has(&["污染物总量"]) {
        "mass"
    } else if has(&["非正常", "故障", "事故"]) {
        "downtime"
    } else if has(&["电量"]) && has(&["设计"]) {
        "design-electricity"
    } else if power && has(&["电量", "额定功率"]) {
        "electricity"
    } else if !power && !has(&["电"]) && has(&["时间", "小时", "时数", "天"]) && divided(&core) {
        "hours"
    } else {
        "special"
    };
    named(name, None, core)
}

/// Whether one time stands over another; `小时/年` is a unit, `、` a misprinted stroke.
fn divided(core: &str) -> bool {
    core.contains('、') || core.replace("小时/年", "").replace("天/年", "").contains('/')
}

fn named(family: &str, value: Option<Ratio>, text: String) -> KFormula {
    match (family, value) {
        ("hours", _) => KFormula::Hours { text },
        ("electricity", _) => KFormula::Electricity { text },
        ("design-electricity", design) => KFormula::DesignElectricity { text, design },
        ("constant", Some(value)) => KFormula::Constant { value, text },
        ("mass", _) => KFormula::Mass { text },
        ("minimum", _) => KFormula::Minimum { text },
        ("downtime", _) => KFormula::Downtime { text },
        ("synchronous", _) => KFormula::Synchronous { text },
        ("amount", _) => KFormula::Amount { text },
        ("not-given", _) => KFormula::NotGiven,
        _ => KFormula::Special { text },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_of_the_handbook() {
        let mut odd = OddTexts::new();
        odd.insert("产时间(天)".to_owned(), ("hours".to_owned(), None));
        odd.insert(
            "设备年耗电量(千瓦时)/8868(千瓦时)".to_owned(),
            ("design-electricity".to_owned(), Some(Ratio::whole(8868))),
        );
        for (text, expect) in [
            ("k=污水治理设施运行时间（小时）/正常生产时间（小时）", "hours"),
            ("除尘设施年实际运行小时数/机组年实际运行小时数，①高效颗粒物末端治理技术：采取高效电源供电", "hours"),
            ("k=治理设施正常运行小时数(小时/年)、企业正常运转小时数（小时/年）", "hours"),
            ("产时间(天)", "hours"),
            (
                "k=污水治理设施耗电量（千瓦时/年）/污水治理设施运行时间（小时/年）/污水治理设施总功率（千瓦）",
                "electricity",
            ),
            ("k=设施年耗电量千瓦时/年生产运行时间小时数×设备额定功率千瓦", "electricity"),
            ("K=设施年耗电量(千瓦时/年)/设备设计耗电量(千瓦时/年)", "design-electricity"),
            ("k=设备年耗电量（千瓦时）/8868（千瓦时）", "design-electricity"),
            ("k=1.0，①由于生产不同产品使用的原料各不相同", "constant"),
            ("k=2", "special"),
            ("k=治理设施实际处理污染物总量（公斤）/应该处理污染物总量（公斤）", "mass"),
            ("取该机组除尘、脱硝脱硫K的最小值", "minimum"),
            ("k=1-T废水铬锰治理设施非正常运行时间（小时）/T废水铬锰治理设施运行时间（小时）", "downtime"),
            ("K=（锅炉运行小时数-废水处理设施的故障小时数）/锅炉运行小时数", "downtime"),
            ("某种说法", "special"),
            ("/，①指生产非单一产品的企业。", "not-given"),
            ("", "not-given"),
        ] {
            assert_eq!(family(text, &odd).family(), expect, "{text}");
        }
        let design = family("k=设备年耗电量（千瓦时）/8868（千瓦时）", &odd);
        assert!(matches!(design, KFormula::DesignElectricity { design: Some(kwh), .. } if kwh == Ratio::whole(8868)));
    }
}
