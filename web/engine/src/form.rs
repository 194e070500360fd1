//! The instrument as a page draws it: forms in the order they are printed.

use census::check::Sums;
use instrument::model::{Form, FormKind, Instrument, Item, ItemType, Mark, Required};
use serde_json::{Value, json};

/// All forms by name, and who fills them.
pub fn overview(instrument: &Instrument) -> Value {
    let forms: Vec<Value> = instrument.forms.iter().map(|form| head(instrument, form)).collect();
    let respondents: Vec<Value> = instrument
        .respondents
        .iter()
        .map(|r| {
            let forms: Vec<Value> =
                r.forms.iter().map(|o| json!({ "form": o.form, "when": o.when, "exact": o.exact })).collect();
            json!({ "code": r.code, "title": r.title, "forms": forms })
        })
        .collect();
    let lists: Vec<Value> = instrument
        .lists
        .iter()
        .map(|l| json!({ "name": l.name, "title": l.title, "members": l.members.len() }))
        .collect();
    json!({
        "instrument": instrument.id,
        "title": instrument.title,
        "version": instrument.version,
        "period": instrument.period,
        "forms": forms,
        "respondents": respondents,
        "lists": lists,
    })
}

/// One form whole; `None` when there is none of this code.
pub fn whole(instrument: &Instrument, sums: &Sums, code: &str) -> Option<Value> {
    let form = instrument.form(code)?;
    let mut found = head(instrument, form);
    let common = |first: char| -> Vec<Value> {
        let items = instrument.common.iter().filter(|i| i.code.starts_with(first));
        items.map(|item| one(instrument, form, sums, item, "")).collect()
    };
    let items: Vec<Value> =
        form.items.iter().map(|item| one(instrument, form, sums, item, &form.blocks[item.block].name)).collect();
    let blocks: Vec<Value> =
        form.blocks.iter().map(|b| json!({ "name": b.name, "title": b.title, "many": b.many })).collect();
    found["period"] = json!(instrument.period);
    found["header"] = json!(common('H'));
    found["footer"] = json!(common('F'));
    found["blocks"] = json!(blocks);
    found["items"] = json!(items);
    Some(found)
}

fn head(instrument: &Instrument, form: &Form) -> Value {
    let respondent = instrument.respondents.iter().find(|r| r.code == form.respondent);
    json!({
        "code": form.code,
        "title": form.title,
        "title_en": form.title_en,
        "family": form.family,
        "kind": kind(form.kind),
        "respondent": form.respondent,
        "respondent_title": respondent.map_or("", |r| r.title.as_str()),
        "due": form.due,
        "confidence": form.confidence,
        "cells": form.items.len(),
        "provisional": form.items.iter().filter(|i| i.provenance.provisional()).count(),
    })
}

fn one(instrument: &Instrument, form: &Form, sums: &Sums, item: &Item, block: &str) -> Value {
    let table = if block.is_empty() { form.code.clone() } else { format!("{}/{block}", form.code) };
    let own = form.item_of(block, &item.code).is_some();
    let sum = sums.all().iter().find(|s| own && s.table == table && s.item == item.code);
    json!({
        "code": item.code,
        "printed": item.printed(),
        "name": item.name,
        "name_en": item.name_en,
        "block": block,
        "type": ty(instrument, &item.ty),
        "unit": instrument::show::unit(instrument, &item.measure.text),
        "unit_code": item.measure.text,
        "required": match item.required {
            Required::Yes => "yes",
            Required::Conditional => "conditional",
            Required::ByIndustry => "by_industry",
            Required::No => "no",
        },
        "notes": item.notes,
        "mark": match item.provenance.mark {
            Mark::Seen => "S",
            Mark::Recalled => "R",
            Mark::Decided => "D",
        },
        "source": item.provenance.text,
        "provisional": item.provenance.provisional(),
        "number_inferred": item.provenance.number_inferred(),
        "computed": form.kind == FormKind::Computed && own,
        "sum": sum.map(|s| json!({ "rule": s.rule, "text": s.text })),
    })
}

fn ty(instrument: &Instrument, ty: &ItemType) -> Value {
    let title = |list: &str| instrument.list(list).map_or_else(String::new, |l| l.title.clone());
    match ty {
        ItemType::Number { scale } => json!({ "kind": "number", "scale": scale }),
        ItemType::Text { max } => json!({ "kind": "text", "max": max }),
        ItemType::Code { list } => json!({ "kind": "code", "list": list, "title": title(list) }),
        ItemType::Codes { list, max } => json!({ "kind": "codes", "list": list, "max": max, "title": title(list) }),
        ItemType::Date => json!({ "kind": "date" }),
        ItemType::YearMonth => json!({ "kind": "year_month" }),
        ItemType::Angle => json!({ "kind": "angle" }),
    }
}

fn kind(kind: FormKind) -> &'static str {
    match kind {
        FormKind::Base => "base",
        FormKind::Comprehensive => "comprehensive",
        FormKind::Accounting => "accounting",
        FormKind::Computed => "computed",
        FormKind::Directory => "directory",
    }
}
