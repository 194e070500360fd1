//! What is wrong with visits: seasons not seen, blanks and duplicates that fail, gaps of custody.

use std::collections::BTreeMap;

use expr::exact::{Decimal, Ratio};
use serde::Serialize;

use super::{ControlKind, Due, Indicator, Measured, Outlet, Protocol, Sampling, Season, State, measured};
use crate::account::shown;
use crate::finding::FindingGrade;
use crate::sheet;

/// Something a person should look at (监测问题).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutletRemark {
    pub outlet: String,
    /// 采样编号; empty: the outlet as a whole.
    pub number: String,
    pub kind: OutletRemarkKind,
    pub grade: FindingGrade,
    /// In words, Chinese.
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutletRemarkKind {
    /// A season in which nobody saw the outlet.
    SeasonMissing,
    /// The day lies in the other season.
    OtherSeason,
    BlankFailed,
    DuplicateFailed,
    /// Sampled without any blank or duplicate.
    NoControl,
    CustodyGap,
    /// Sampled without flow, laboratory or sampler; dry without evidence.
    RecordIncomplete,
}

/// What is wrong at an outlet; `samplings` are its own, corrected ones left out.
pub fn remarks(outlet: &Outlet, samplings: &[Sampling], protocol: &Protocol) -> Vec<OutletRemark> {
    let mut found = Vec::new();
    let mut say = |number: &str, kind, grade, text: String| {
        found.push(OutletRemark { outlet: outlet.code.clone(), number: number.to_owned(), kind, grade, text });
    };
    let due = outlet.due(protocol);
    for season in Season::ALL {
        let seen = samplings.iter().any(|s| s.season == season && s.state != State::NotReached);
        if seen || (due != Due::Yes && samplings.is_empty()) {
            continue;
        }
        let grade = if due == Due::Yes { FindingGrade::Error } else { FindingGrade::Hint };
        let tried: Vec<String> = samplings
            .iter()
            .filter(|s| s.season == season)
            .map(|s| format!("{} 未到达（{}）", s.number, s.why))
            .collect();
        let why = if tried.is_empty() { String::new() } else { format!("：{}", tried.join("；")) };
        say("", OutletRemarkKind::SeasonMissing, grade, format!("{}没有监测{why}", season.title()));
    }
    for sampling in samplings {
        let number = &sampling.number;
        if let Some(by_date) = protocol.season(&sampling.date).filter(|s| *s != sampling.season) {
            let text = format!("填报为{}，{} 按月份属{}", sampling.season.title(), sampling.date, by_date.title());
            say(number, OutletRemarkKind::OtherSeason, FindingGrade::Verify, text);
        }
        let lacks = lacks(sampling);
        if !lacks.is_empty() {
            let text = format!("{}，没有填{}", sampling.state.title(), lacks.join("、"));
            say(number, OutletRemarkKind::RecordIncomplete, FindingGrade::Verify, text);
        }
        if sampling.state != State::Sampled {
            continue;
        }
        for gap in gaps(sampling, protocol) {
            say(number, OutletRemarkKind::CustodyGap, FindingGrade::Verify, gap);
        }
        for (_, failure) in failures(sampling, protocol) {
            let kind = match failure.kind {
                ControlKind::Blank => OutletRemarkKind::BlankFailed,
                ControlKind::Duplicate => OutletRemarkKind::DuplicateFailed,
            };
            say(number, kind, FindingGrade::Verify, failure.text);
        }
        for kind in [ControlKind::Blank, ControlKind::Duplicate] {
            if !sampling.controls.iter().any(|c| c.kind == kind) {
                let text = format!("没有{}样", kind.title());
                say(number, OutletRemarkKind::NoControl, FindingGrade::Hint, text);
            }
        }
    }
    found
}

/// What a record of its kind must have and this one has not.
fn lacks(sampling: &Sampling) -> Vec<&'static str> {
    let mut lacks = Vec::new();
    match sampling.state {
        State::Sampled => {
            let parts = [
                (sampling.flow.is_empty(), "流量"),
                (sampling.samplers.is_empty(), "采样人"),
                (sampling.laboratory.is_empty(), "实验室"),
                (sampling.certificate.is_empty(), "资质证书编号"),
            ];
            lacks.extend(parts.into_iter().filter(|(missing, _)| *missing).map(|(_, part)| part));
        }
        State::Dry if sampling.why.is_empty() => lacks.push("说明（照片等依据）"),
        State::Dry | State::NotReached => {}
    }
    lacks
}

/// Gaps of the chain of custody, in words.
fn gaps(sampling: &Sampling, protocol: &Protocol) -> Vec<String> {
    let chain = &sampling.custody;
    let (Some(first), Some(last)) = (chain.first(), chain.last()) else {
        return vec!["没有样品流转记录".to_owned()];
    };
    let mut gaps = Vec::new();
    for (at, step) in chain.iter().enumerate() {
        let lost: Vec<&str> = [(step.who.is_empty(), "人员"), (minutes(&step.at).is_none(), "时间")]
            .into_iter()
            .filter(|(missing, _)| *missing)
            .map(|(_, part)| part)
            .collect();
        if !lost.is_empty() {
            gaps.push(format!("流转第 {} 步“{}”没有{}", at + 1, step.what, lost.join("和")));
        }
    }
    if first.what != "采样" {
        gaps.push(format!("流转从“{}”开始，没有采样一步", first.what));
    } else if !sampling.samplers.is_empty() && !first.who.is_empty() && !sampling.samplers.contains(&first.who) {
        gaps.push(format!("流转中的采样人 {} 不在采样人（{}）之列", first.who, sampling.samplers.join("、")));
    }
    if last.what != "接样" {
        gaps.push(format!("流转到“{}”为止，没有实验室接样一步", last.what));
    }
    let times: Vec<(usize, i64)> =
        chain.iter().enumerate().filter_map(|(at, s)| minutes(&s.at).map(|m| (at, m))).collect();
    for pair in times.windows(2) {
        if pair[1].1 < pair[0].1 {
            let (before, after) = (&chain[pair[0].0], &chain[pair[1].0]);
            gaps.push(format!("“{}”（{}）早于“{}”（{}）", after.what, after.at, before.what, before.at));
        }
    }
    if let (Some((_, from)), Some((_, to))) = (times.first(), times.last()) {
        let spent = to - from;
        if spent > protocol.custody_hours * 60 {
            let hours = format!("{} 小时 {} 分", spent / 60, spent % 60);
            gaps.push(format!("采样到接样 {hours}，超过 {} 小时", protocol.custody_hours));
        }
    }
    if let Some((at, _)) = times.first().filter(|(at, _)| !chain[*at].at.is_empty()) {
        let day = sheet::date(&chain[*at].at);
        if first.what == "采样" && *at == 0 && day != sheet::date(&sampling.date) {
            gaps.push(format!("流转的采样时间 {} 不在采样日期 {}", chain[*at].at, sampling.date));
        }
    }
    gaps
}

/// Minutes since 1970 of `2018-04-20 09:10`.
fn minutes(at: &str) -> Option<i64> {
    let (day, time) = at.split_once([' ', 'T'])?;
    let (hour, minute) = time.trim().split_once([':', '：'])?;
    let (hour, minute): (i64, i64) = (hour.parse().ok()?, minute.get(..2)?.parse().ok()?);
    ((0..24).contains(&hour) && (0..60).contains(&minute)).then_some(())?;
    Some(sheet::date(day)? * 1440 + hour * 60 + minute)
}

/// A control that a value did not stand.
pub(super) struct Failure {
    pub kind: ControlKind,
    pub text: String,
}

/// Item → the first control its value fails.
pub(super) fn failures(sampling: &Sampling, protocol: &Protocol) -> BTreeMap<String, Failure> {
    let mut failed = BTreeMap::new();
    for control in &sampling.controls {
        for indicator in &protocol.indicators {
            let read = |values: &BTreeMap<String, String>| {
                values.get(&indicator.item).and_then(|typed| measured(typed, indicator.detection))
            };
            let Some(value) = read(&control.values) else { continue };
            let text = match control.kind {
                ControlKind::Blank => blank(indicator, &value, protocol),
                ControlKind::Duplicate => {
                    read(&sampling.values).and_then(|own| duplicate(indicator, &own, &value, protocol))
                }
            };
            if let Some(text) = text {
                failed.entry(indicator.item.clone()).or_insert(Failure { kind: control.kind, text });
            }
        }
    }
    failed
}

fn blank(indicator: &Indicator, value: &Measured, protocol: &Protocol) -> Option<String> {
    let Measured::Number { value } = value else { return None };
    let limit = indicator.detection.checked_mul(protocol.blank)?.shortest();
    (*value > limit).then(|| {
        format!(
            "{}空白 {value} mg/L，超过上限 {limit} mg/L（{} 检出限的 {} 倍）",
            indicator.names[0],
            indicator.method,
            protocol.blank.shortest()
        )
    })
}

/// Two values of one water; one below the detection limit is taken as the limit.
fn duplicate(indicator: &Indicator, own: &Measured, other: &Measured, protocol: &Protocol) -> Option<String> {
    let number = |m: &Measured| -> Option<(Decimal, String)> {
        match m {
            Measured::Number { value } => Some((*value, value.to_string())),
            Measured::Below { limit, .. } => Some((*limit, format!("<{limit}"))),
            Measured::NotMeasured => None,
        }
    };
    if matches!((own, other), (Measured::Below { .. }, Measured::Below { .. })) {
        return None;
    }
    let ((a, a_text), (b, b_text)) = (number(own)?, number(other)?);
    let sum = &a.to_ratio() + &b.to_ratio();
    let apart = if a > b { &a.to_ratio() - &b.to_ratio() } else { &b.to_ratio() - &a.to_ratio() };
    let percent = (&apart * &Ratio::whole(100)).divided_by(&sum)?;
    (percent > protocol.duplicate.to_ratio()).then(|| {
        let percent = percent.to_decimal(1).map_or_else(|| shown(&percent), |d| d.to_string());
        format!(
            "{}平行样 {a_text} 与 {b_text} mg/L，相对偏差 {percent}%，超过 {}%",
            indicator.names[0],
            protocol.duplicate.shortest()
        )
    })
}
