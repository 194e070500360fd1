//! Overlaps and gaps of scale classes within a family of combinations.

use std::collections::BTreeMap;

use expr::exact::Ratio;

use super::{FactorLibrary, ScaleRange};

/// Something odd about the scale classes of one family (same industry, segment, product, material, process, unit).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScaleRemark {
    pub industry: String,
    /// 环节 / 产品 / 原料 / 工艺.
    pub family: String,
    pub kind: ScaleRemarkKind,
    /// `[35, 74] 兆瓦 | [75, 149] 兆瓦`.
    pub detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScaleRemarkKind {
    /// A scale belongs to two classes.
    Overlap,
    /// A scale belongs to none.
    Gap,
    /// Bands of whole numbers, `9~19` then `20~34`: a scale between 19 and 20 belongs to none.
    WholeNumberBand,
}

impl ScaleRemarkKind {
    pub fn name(self) -> &'static str {
        match self {
            ScaleRemarkKind::Overlap => "overlap",
            ScaleRemarkKind::Gap => "gap",
            ScaleRemarkKind::WholeNumberBand => "whole-number-band",
        }
    }
}

/// What stands between two neighbouring classes.
fn between(lower: &ScaleRange, upper: &ScaleRange) -> Option<ScaleRemarkKind> {
    let (Some(end), Some(start)) = (&lower.high, &upper.low) else { return Some(ScaleRemarkKind::Overlap) };
    if start.value == end.value {
        return match (end.included, start.included) {
            (true, true) => Some(ScaleRemarkKind::Overlap),
            (false, false) => Some(ScaleRemarkKind::Gap),
            _ => None,
        };
    }
    if start.value < end.value {
        return Some(ScaleRemarkKind::Overlap);
    }
    let step = &start.value - &end.value;
    let band = step == Ratio::one() && start.value.is_whole() && end.value.is_whole() && end.included && start.included;
    Some(if band { ScaleRemarkKind::WholeNumberBand } else { ScaleRemarkKind::Gap })
}

impl FactorLibrary {
    /// Overlaps and gaps between neighbouring scale classes, ascending by industry and family.
    pub fn scale_remarks(&self) -> Vec<ScaleRemark> {
        let mut families: BTreeMap<(&str, String, &str, &str), Vec<&ScaleRange>> = BTreeMap::new();
        for factor in &self.factors {
            let Some(range) = &factor.scale.range else { continue };
            let family = format!("{} / {} / {} / {}", factor.segment, factor.product, factor.material, factor.process);
            let key = (factor.industry.as_str(), family, range.unit.as_str(), factor.scale.class.as_str());
            let ranges = families.entry(key).or_default();
            if !ranges.contains(&range) {
                ranges.push(range);
            }
        }
        let mut remarks = Vec::new();
        for ((industry, family, _, _), mut ranges) in families {
            ranges.sort_by(|a, b| {
                let bounds = |r: &ScaleRange| (r.low.clone().map(|b| b.value), r.high.clone().map(|b| b.value));
                bounds(a).cmp(&bounds(b))
            });
            for pair in ranges.windows(2) {
                if let Some(kind) = between(pair[0], pair[1]) {
                    let detail = format!("{} | {}", pair[0].show(), pair[1].show());
                    remarks.push(ScaleRemark { industry: industry.to_owned(), family: family.clone(), kind, detail });
                }
            }
        }
        remarks
    }
}
