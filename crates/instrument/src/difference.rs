//! What changed between two packages (制度包比较): a new census is a new package, and its authors,
//! translators and importers work from this list.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::model::{Instrument, Item};

/// What differs, kind by kind; keys ascending.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub head: Changes,
    pub forms: Changes,
    pub items: Changes,
    pub lists: Changes,
    pub members: Changes,
    pub rules: Changes,
    pub factors: Changes,
    pub parameters: Changes,
    pub respondents: Changes,
    pub review: Changes,
    pub schedule: Changes,
    pub tables: Changes,
    pub areas: Changes,
}

/// Additions, removals and changes of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    pub added: Vec<String>,
    pub removed: Vec<String>,
    pub changed: Vec<Change>,
}

/// One thing that is in both packages and differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    pub what: String,
    pub fields: Vec<FieldChange>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    pub field: &'static str,
    pub old: String,
    pub new: String,
}

/// Key → its fields.
type Described = BTreeMap<String, Vec<(&'static str, String)>>;

/// Compares two packages; the same package gives no change.
pub fn diff(old: &Instrument, new: &Instrument) -> Difference {
    let of = |describe: fn(&Instrument) -> Described| changes(describe(old), describe(new));
    Difference {
        head: of(head),
        forms: of(forms),
        items: of(items),
        lists: of(lists),
        members: of(members),
        rules: of(rules),
        factors: of(factors),
        parameters: of(parameters),
        respondents: of(respondents),
        review: of(review),
        schedule: of(schedule),
        tables: of(tables),
        areas: of(areas),
    }
}

fn changes(mut old: Described, new: Described) -> Changes {
    let mut found = Changes::default();
    for (key, fields) in new {
        let Some(before) = old.remove(&key) else {
            found.added.push(key);
            continue;
        };
        // The same describing function wrote both: the fields stand in the same order.
        let fields: Vec<FieldChange> = before
            .into_iter()
            .zip(fields)
            .filter(|((_, old), (_, new))| old != new)
            .map(|((field, old), (_, new))| FieldChange { field, old, new })
            .collect();
        if !fields.is_empty() {
            found.changed.push(Change { what: key, fields });
        }
    }
    found.removed = old.into_keys().collect();
    found
}

fn head(i: &Instrument) -> Described {
    let fields = vec![("title", i.title.clone()), ("version", i.version.clone()), ("period", i.period.to_string())];
    BTreeMap::from([("instrument".to_owned(), fields)])
}

fn forms(i: &Instrument) -> Described {
    let described = i.forms.iter().map(|f| {
        let blocks: Vec<&str> = f.blocks.iter().map(|b| b.name.as_str()).collect();
        let fields = vec![
            ("title", f.title.clone()),
            ("kind", format!("{:?}", f.kind)),
            ("respondent", f.respondent.clone()),
            ("due", f.due.clone()),
            ("blocks", blocks.join(" ")),
        ];
        (f.code.clone(), fields)
    });
    described.collect()
}

fn items(i: &Instrument) -> Described {
    let of_forms = i.forms.iter().flat_map(|f| {
        f.items.iter().map(move |item| {
            let block = &f.blocks[item.block].name;
            let owner = if block.is_empty() { f.code.clone() } else { format!("{}/{block}", f.code) };
            (format!("{owner}[{}]", item.code), item_fields(item))
        })
    });
    of_forms.chain(i.common.iter().map(|item| (format!("*[{}]", item.code), item_fields(item)))).collect()
}

fn item_fields(item: &Item) -> Vec<(&'static str, String)> {
    vec![
        ("name", item.name.clone()),
        ("type", format!("{:?}", item.ty)),
        ("unit", item.measure.text.clone()),
        ("required", format!("{:?}", item.required)),
        ("notes", item.notes.clone()),
        ("provenance", format!("{:?} {}", item.provenance.mark, item.provenance.text)),
    ]
}

fn lists(i: &Instrument) -> Described {
    i.lists.iter().map(|l| (l.name.clone(), vec![("title", l.title.clone())])).collect()
}

fn members(i: &Instrument) -> Described {
    let described = i.lists.iter().flat_map(|l| {
        l.members.iter().map(move |m| {
            let fields = vec![("name", m.name.clone()), ("parent", m.parent.clone()), ("extra", m.extra.clone())];
            (format!("{}:{}", l.name, m.code), fields)
        })
    });
    described.collect()
}

fn rules(i: &Instrument) -> Described {
    let described = i.rules.iter().map(|r| {
        let fields = vec![
            ("title", r.title.clone()),
            ("grade", r.grade.title().to_owned()),
            ("scope", r.scope.clone()),
            ("condition", r.text.clone()),
            ("message", r.message.clone()),
            ("native", r.native.clone().unwrap_or_default()),
            ("provenance", r.provenance.text.clone()),
        ];
        (r.code.clone(), fields)
    });
    described.collect()
}

/// By combination, scale, pollutant, treatment and condition; rows that share all of these are numbered.
fn factors(i: &Instrument) -> Described {
    let mut found = Described::new();
    for f in &i.factors.factors {
        let key = [
            &f.industry,
            &f.segment,
            &f.product,
            &f.material,
            &f.process,
            &f.scale.text,
            &f.pollutant_text,
            &f.treatment,
            &f.variant,
        ];
        let key = key.map(String::as_str).join(" | ");
        let mut unique = key.clone();
        let mut number = 1;
        while found.contains_key(&unique) {
            number += 1;
            unique = format!("{key} | {number}");
        }
        let fields = vec![
            ("coefficient", f.coefficient.to_string()),
            ("unit", f.unit.clone()),
            ("efficiency", f.efficiency.to_string()),
            ("k", f.k.text().to_owned()),
            ("source", f.source.clone()),
        ];
        found.insert(unique, fields);
    }
    found
}

fn parameters(i: &Instrument) -> Described {
    let described = i.parameters.iter().map(|(name, p)| {
        (
            name.clone(),
            vec![("value", p.value.clone()), ("title", p.title.clone()), ("source", p.provenance.text.clone())],
        )
    });
    described.collect()
}

fn respondents(i: &Instrument) -> Described {
    let mut found = Described::new();
    for r in &i.respondents {
        found.insert(r.code.clone(), vec![("title", r.title.clone())]);
        for owed in &r.forms {
            let fields = vec![("when", owed.when.clone()), ("exact", owed.exact.to_string())];
            found.insert(format!("{} {}", r.code, owed.form), fields);
        }
    }
    found
}

fn review(i: &Instrument) -> Described {
    let described = i.review.steps.iter().enumerate().map(|(at, s)| {
        let fields = vec![
            ("place", (at + 1).to_string()),
            ("title", s.title.clone()),
            ("role", s.role.clone()),
            ("totals", s.totals.map(|l| l.name().to_owned()).unwrap_or_default()),
            ("persons", s.persons.to_string()),
        ];
        (s.code.clone(), fields)
    });
    described.collect()
}

fn schedule(i: &Instrument) -> Described {
    let described = i.schedule.iter().map(|m| {
        let fields = vec![("title", m.title.clone()), ("levels", m.levels.join(" ")), ("due", m.due.clone())];
        (m.code.clone(), fields)
    });
    described.collect()
}

fn tables(i: &Instrument) -> Described {
    let mut found = Described::new();
    for t in &i.tables {
        found.insert(
            t.code.clone(),
            vec![("title", t.title.clone()), ("rows", t.rows.join(" ")), ("note", t.note.clone())],
        );
        for (at, c) in t.columns.iter().enumerate() {
            let fields = vec![("title", c.title.clone()), ("unit", c.unit.clone()), ("value", c.value.clone())];
            found.insert(format!("{} column {}", t.code, at + 1), fields);
        }
    }
    found
}

fn areas(i: &Instrument) -> Described {
    let described = i.areas.iter().map(|a| {
        let fields = vec![
            ("name", a.name.clone()),
            ("parent", a.parent.clone()),
            ("reports_to", a.reports_to.clone()),
            ("urban_rural", a.urban_rural.clone()),
        ];
        (a.code.clone(), fields)
    });
    described.collect()
}

impl Difference {
    /// Kinds with their Chinese names, in the order they are told.
    pub fn kinds(&self) -> [(&'static str, &Changes); 13] {
        [
            ("制度", &self.head),
            ("普查表", &self.forms),
            ("指标", &self.items),
            ("代码表", &self.lists),
            ("代码", &self.members),
            ("规则", &self.rules),
            ("系数", &self.factors),
            ("参数", &self.parameters),
            ("普查对象类别", &self.respondents),
            ("评审环节", &self.review),
            ("时间节点", &self.schedule),
            ("汇总表", &self.tables),
            ("行政区划", &self.areas),
        ]
    }

    pub fn is_empty(&self) -> bool {
        self.kinds().iter().all(|(_, c)| c.is_empty())
    }
}

impl Changes {
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

/// `+` added, `-` removed, `~` changed with the old and the new text.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (kind, changes) in self.kinds().into_iter().filter(|(_, c)| !c.is_empty()) {
            let (added, removed, changed) = (changes.added.len(), changes.removed.len(), changes.changed.len());
            writeln!(f, "{kind}：新增 {added}，删除 {removed}，改动 {changed}")?;
            for key in &changes.added {
                writeln!(f, "  + {key}")?;
            }
            for key in &changes.removed {
                writeln!(f, "  - {key}")?;
            }
            for change in &changes.changed {
                writeln!(f, "  ~ {}", change.what)?;
                for field in &change.fields {
                    writeln!(f, "      {}: {} → {}", field.field, shown(&field.old), shown(&field.new))?;
                }
            }
        }
        if self.is_empty() {
            writeln!(f, "没有差别")?;
        }
        Ok(())
    }
}

fn shown(text: &str) -> &str {
    if text.is_empty() { "（空）" } else { text }
}
