//! A form as text, block by block as printed, with codes, units and what is provisional (表式).

use std::fmt::Write;

use crate::model::{Form, FormKind, Instrument, Item, ItemType, Mark, Provenance, Required};

/// The form as a page of text.
pub fn show(instrument: &Instrument, form: &Form) -> String {
    let mut page = String::new();
    let kind = match form.kind {
        FormKind::Base => "基表",
        FormKind::Comprehensive => "综合表",
        FormKind::Accounting => "核算表",
        FormKind::Computed => "计算表",
        FormKind::Directory => "清查表",
    };
    let respondent = instrument.respondents.iter().find(|r| r.code == form.respondent);
    let respondent = respondent.map_or(form.respondent.as_str(), |r| r.title.as_str());
    line(&mut page, &format!("{}　{}　（{kind}）", form.code, form.title));
    line(&mut page, &form.title_en);
    line(&mut page, &format!("填报对象：{respondent}"));
    if let Some(due) = due(instrument, form) {
        line(&mut page, &format!("填报条件：{due}"));
    }
    if !form.due.is_empty() {
        line(&mut page, &format!("　　　　　{}", form.due));
    }
    let recalled = form.items.iter().filter(|i| i.provenance.provisional()).count();
    let inferred = form.items.iter().filter(|i| i.provenance.number_inferred()).count();
    line(
        &mut page,
        &format!("可信度：{}；{} 格中 {recalled} 格暂定，{inferred} 格编号推定", form.confidence, form.items.len()),
    );
    if recalled > 0 {
        line(&mut page, "【暂定】的指标凭回忆复原，未与印制表式核对，不得当作正式表式印发。");
    }
    let (head, foot): (Vec<&Item>, Vec<&Item>) = instrument.common.iter().partition(|i| i.code.starts_with('H'));
    table(&mut page, "表头", &head, instrument);
    for (at, block) in form.blocks.iter().enumerate() {
        let items: Vec<&Item> = form.items.iter().filter(|i| i.block == at).collect();
        if items.is_empty() {
            continue;
        }
        let title = if block.many {
            format!("{}（{}，每个一行）", block.title, block.name)
        } else {
            "本表（每个普查对象一行）".to_owned()
        };
        table(&mut page, &title, &items, instrument);
    }
    table(&mut page, "表尾", &foot, instrument);
    page
}

/// The condition of the obligation, as the package says it.
fn due(instrument: &Instrument, form: &Form) -> Option<String> {
    let respondent = instrument.respondents.iter().find(|r| r.code == form.respondent)?;
    let owed = respondent.forms.iter().find(|o| o.form == form.code)?;
    let hub = respondent.forms.first().map(|o| o.form.as_str()).unwrap_or_default();
    Some(match (owed.when.as_str(), owed.exact) {
        ("", _) => "始终填报".to_owned(),
        (when, true) => format!("{hub} {when}（不符合时不得填报）"),
        (when, false) => format!("{hub} {when}"),
    })
}

fn table(page: &mut String, title: &str, items: &[&Item], instrument: &Instrument) {
    let mut rows: Vec<[String; 6]> = vec![["代码", "指标名称", "计量单位", "类型", "填写", "依据"].map(str::to_owned)];
    for item in items {
        let required = match item.required {
            Required::Yes => "必填",
            Required::Conditional => "条件",
            Required::ByIndustry => "按行业",
            Required::No => "选填",
        };
        rows.push([
            item.code.clone(),
            item.name.clone(),
            unit(instrument, &item.measure.text),
            kind(instrument, &item.ty),
            required.to_owned(),
            mark(&item.provenance),
        ]);
    }
    let mut widths = [0; 6];
    for row in &rows {
        for (at, cell) in row.iter().enumerate() {
            widths[at] = widths[at].max(width(cell));
        }
    }
    line(page, "");
    line(page, title);
    for row in &rows {
        let cells = row.iter().enumerate().map(|(at, cell)| format!("{cell}{}", " ".repeat(widths[at] - width(cell))));
        line(page, &cells.collect::<Vec<_>>().join("  "));
    }
}

/// The unit as the printed forms write it, by the list `unit`; the package's own text when it is not in it.
pub fn unit(instrument: &Instrument, text: &str) -> String {
    let named = instrument.list("unit").and_then(|l| l.members.iter().find(|m| m.code == text));
    named.map_or_else(|| text.to_owned(), |m| m.name.clone())
}

/// The type of an item in words: `整数`, `代码：废水（污水）处理方法，至多5个`.
pub fn kind(instrument: &Instrument, ty: &ItemType) -> String {
    let title = |name: &str| instrument.list(name).map_or_else(|| name.to_owned(), |l| l.title.clone());
    match ty {
        ItemType::Number { scale: 0 } => "整数".to_owned(),
        ItemType::Number { scale } => format!("数，至多{scale}位小数"),
        ItemType::Text { max } => format!("文字，至多{max}字"),
        ItemType::Code { list } => format!("代码：{}（{list}）", title(list)),
        ItemType::Codes { list, max } => format!("代码：{}（{list}），至多{max}个", title(list)),
        ItemType::Date => "日期".to_owned(),
        ItemType::YearMonth => "年月".to_owned(),
        ItemType::Angle => "度分秒".to_owned(),
    }
}

/// What an item rests on: nothing to add when name and number were seen.
pub fn mark(provenance: &Provenance) -> String {
    let word = match (provenance.mark, provenance.uncertain(), provenance.number_inferred()) {
        (Mark::Seen, _, false) => "",
        (Mark::Seen, _, true) => "编号推定 ",
        (Mark::Recalled, false, _) => "【暂定】",
        (Mark::Recalled, true, _) => "【暂定，把握低】",
        (Mark::Decided, ..) => "【自定】",
    };
    format!("{word}{}", provenance.text)
}

fn line(page: &mut String, text: &str) {
    let _ = writeln!(page, "{}", text.trim_end());
}

/// Columns on a terminal: wide characters take two.
fn width(text: &str) -> usize {
    text.chars()
        .map(|c| if matches!(c, '\u{2e80}'..='\u{ffef}' | '\u{2014}' | '\u{2018}'..='\u{201d}') { 2 } else { 1 })
        .sum()
}
