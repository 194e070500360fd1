//! Code lists as a picker asks them: whole, or by a few typed characters (汉字、代码、拼音首字母).

use std::cell::OnceCell;
use std::collections::BTreeMap;

use instrument::model::{CodeList, Instrument};
use pinyin::ToPinyin as _;
use serde_json::{Value, json};

/// The initials of a list's names, made when the list is first asked for.
#[derive(Debug)]
pub struct Lists<'i> {
    lists: BTreeMap<&'i str, (&'i CodeList, OnceCell<Vec<String>>)>,
}

impl<'i> Lists<'i> {
    pub fn new(instrument: &'i Instrument) -> Lists<'i> {
        let lists = instrument.lists.iter().map(|l| (l.name.as_str(), (l, OnceCell::new()))).collect();
        Lists { lists }
    }

    fn list(&self, name: &str) -> Option<(&'i CodeList, &[String])> {
        let (list, cell) = self.lists.get(name)?;
        Some((list, cell.get_or_init(|| list.members.iter().map(|m| initials(&m.name)).collect())))
    }

    pub fn whole(&self, name: &str) -> Option<Value> {
        let (list, initials) = self.list(name)?;
        let members: Vec<Value> = (0..list.members.len()).map(|at| member(list, initials, at)).collect();
        Some(json!({ "name": list.name, "title": list.title, "members": members }))
    }

    /// The members that answer to what was typed, best first: the code, a code that begins so, a name that begins
    /// so, initials that begin so, then the same inside; the shorter name before the longer.
    pub fn search(&self, name: &str, typed: &str, limit: usize) -> Option<Value> {
        let (list, initials) = self.list(name)?;
        let wanted = typed.trim().to_lowercase();
        let mut found: Vec<(u8, usize, usize)> = Vec::new();
        for (at, member) in list.members.iter().enumerate() {
            if let Some(rank) = rank(&wanted, &member.code, &member.name, &member.name_en, &initials[at]) {
                let length = if wanted.is_empty() { 0 } else { member.name.chars().count() };
                found.push((rank, length, at));
            }
        }
        found.sort_unstable();
        let total = found.len();
        let members: Vec<Value> = found.iter().take(limit).map(|&(_, _, at)| member(list, initials, at)).collect();
        Some(json!({ "name": list.name, "title": list.title, "members": members, "total": total }))
    }
}

fn member(list: &CodeList, initials: &[String], at: usize) -> Value {
    let m = &list.members[at];
    json!({ "code": m.code, "name": m.name, "name_en": m.name_en, "parent": m.parent, "initials": initials[at] })
}

fn rank(wanted: &str, code: &str, name: &str, name_en: &str, initials: &str) -> Option<u8> {
    if wanted.is_empty() {
        return Some(0);
    }
    let (code, name) = (code.to_lowercase(), name.to_lowercase());
    let order = [
        code == wanted,
        code.starts_with(wanted),
        name.starts_with(wanted),
        initials.starts_with(wanted),
        name.contains(wanted),
        initials.contains(wanted),
        name_en.to_lowercase().contains(wanted),
    ];
    order.iter().position(|fits| *fits).map(|at| at as u8)
}

/// `废水处理` → `fscl`; letters and digits stay, all else is left out.
pub fn initials(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        match c.to_pinyin() {
            Some(syllable) => out.extend(syllable.plain().chars().next()),
            None if c.is_ascii_alphanumeric() => out.push(c.to_ascii_lowercase()),
            None => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_characters_find_a_member() {
        assert_eq!(initials("氨氮（NH3-N）"), "adnh3n");
        let of = |wanted: &str| rank(wanted, "2611", "无机酸制造", "inorganic acids", "wjszz");
        let order: Vec<Option<u8>> = ["2611", "26", "无机", "wjs", "酸", "zz", "acid", "碱"].map(of).into();
        assert_eq!(order, [Some(0), Some(1), Some(2), Some(3), Some(4), Some(5), Some(6), None]);
    }
}
