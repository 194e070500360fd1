//! The annual load (年负荷) of an outlet: season by season, exactly, rounded once at the end, every number told.

use expr::exact::{Decimal, Ratio};
use expr::measure::Measure;
use serde::Serialize;

use super::quality::failures;
use super::{DryAs, FailedAs, Indicator, LoadMethod, Measured, Outlet, Protocol, Sampling, Season, State, measured};
use crate::account::shown;
use crate::line::Step;

/// What goes into the water in a year, of one pollutant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Load {
    /// Code of the outlet.
    pub outlet: String,
    /// Item of S105.
    pub item: String,
    pub pollutant: String,
    /// `seasonal` or `flux`.
    pub method: &'static str,
    pub result: LoadResult,
    /// How it came about, step by step.
    pub trace: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "result", rename_all = "kebab-case")]
pub enum LoadResult {
    /// In t a year, rounded once.
    Complete {
        #[serde(with = "crate::decimal_text")]
        load: Decimal,
    },
    /// Never zero, never a guess: what is missing.
    Incomplete { reason: String },
}

/// The loads of an outlet by the protocol's method, a pollutant each, in the order of the indicators. `samplings` are
/// its own, corrected ones left out.
pub fn loads(outlet: &Outlet, samplings: &[Sampling], protocol: &Protocol) -> Vec<Load> {
    let mut mine: Vec<&Sampling> = samplings.iter().filter(|s| s.outlet == outlet.code).collect();
    mine.sort_by(|a, b| (&a.date, &a.number).cmp(&(&b.date, &b.number)));
    protocol.indicators.iter().map(|indicator| load(outlet, &mine, indicator, protocol)).collect()
}

fn load(outlet: &Outlet, samplings: &[&Sampling], indicator: &Indicator, protocol: &Protocol) -> Load {
    let mut trace = Vec::new();
    let mut sum = Ratio::zero();
    let mut parts = Vec::new();
    let mut reasons = Vec::new();
    for season in Season::ALL {
        let of_season: Vec<&Sampling> = samplings.iter().filter(|s| s.season == season).copied().collect();
        let mut work = Work { season, indicator, protocol, trace: &mut trace };
        match work.season(&of_season) {
            Ok(load) => {
                sum = &sum + &load;
                parts.push(format!("{} {} t", season.title(), shown(&load)));
            }
            Err(reason) => reasons.push(reason),
        }
    }
    let result = match sum.to_decimal(indicator.decimals) {
        _ if !reasons.is_empty() => LoadResult::Incomplete { reason: reasons.join("；") },
        None => LoadResult::Incomplete { reason: "数值过大，超出可表示的范围".to_owned() },
        Some(load) => {
            let how =
                format!("{} = {} t，修约到 {} 位小数：{load} t", parts.join(" + "), shown(&sum), indicator.decimals);
            trace.push(step("年负荷", how, String::new()));
            LoadResult::Complete { load }
        }
    };
    Load {
        outlet: outlet.code.clone(),
        item: indicator.item.clone(),
        pollutant: indicator.names[0].clone(),
        method: protocol.method.name(),
        result,
        trace,
    }
}

fn step(what: &str, how: String, source: String) -> Step {
    Step { what: what.to_owned(), how, source }
}

/// One season of one pollutant.
struct Work<'a> {
    season: Season,
    indicator: &'a Indicator,
    protocol: &'a Protocol,
    trace: &'a mut Vec<Step>,
}

/// What a visit gives: a concentration where there was water, and a flow.
struct Term {
    concentration: Option<Ratio>,
    flow: Ratio,
}

impl Work<'_> {
    /// The load of the season in t, or why there is none.
    fn season(&mut self, samplings: &[&Sampling]) -> Result<Ratio, String> {
        let title = self.season.title();
        if samplings.is_empty() {
            return Err(format!("{title}没有监测"));
        }
        let mut terms = Vec::new();
        let mut left = Vec::new();
        for sampling in samplings {
            match self.term(sampling) {
                Ok(term) => terms.push(term),
                Err(why) => {
                    let how = format!("不计：{why}");
                    self.trace.push(step(&format!("{title} {}", sampling.number), how, sampling.source.clone()));
                    left.push(format!("{} {why}", sampling.number));
                }
            }
        }
        if terms.is_empty() {
            return Err(format!("{title}没有可用的监测：{}", left.join("，")));
        }
        let hours = self.hours();
        // mg/L × m3/h × h in t.
        let factor = [Measure::parse("mg/L"), Measure::parse("m3"), Measure::parse("t")];
        let [Some(concentration), Some(volume), Some(tonne)] = factor else {
            return Err("计量单位不能换算".to_owned());
        };
        let factor = concentration.times(&volume).and_then(|m| m.conversion(&tonne)).ok_or("计量单位不能换算")?;
        let with: Vec<(&Ratio, &Ratio)> =
            terms.iter().filter_map(|t| t.concentration.as_ref().map(|c| (c, &t.flow))).collect();
        if with.is_empty() {
            self.trace.push(step(&format!("{title}负荷"), "各次监测都断流，没有水排出：0 t".to_owned(), String::new()));
            return Ok(Ratio::zero());
        }
        let flows: Vec<&Ratio> = terms.iter().map(|t| &t.flow).collect();
        let (load, how) = match self.protocol.method {
            LoadMethod::Seasonal => {
                let concentrations: Vec<&Ratio> = with.iter().map(|(c, _)| *c).collect();
                let (c, q) = (mean(&concentrations), mean(&flows));
                let load = &(&(&c * &q) * &hours) * &factor;
                let how = format!(
                    "平均浓度 {} mg/L × 平均流量 {} m³/h × {} h × {} = {} t",
                    averaged(&concentrations, &c),
                    averaged(&flows, &q),
                    shown(&hours),
                    shown(&factor),
                    shown(&load)
                );
                (load, how)
            }
            LoadMethod::Flux => {
                let fluxes: Vec<Ratio> =
                    terms.iter().map(|t| t.concentration.as_ref().map_or_else(Ratio::zero, |c| c * &t.flow)).collect();
                let fluxes: Vec<&Ratio> = fluxes.iter().collect();
                let flux = mean(&fluxes);
                let load = &(&flux * &hours) * &factor;
                let how = format!(
                    "平均通量 {} g/h × {} h × {} = {} t",
                    averaged(&fluxes, &flux),
                    shown(&hours),
                    shown(&factor),
                    shown(&load)
                );
                (load, how)
            }
        };
        self.trace.push(step(&format!("{title}负荷"), how, String::new()));
        Ok(load)
    }

    /// What a visit counts as, told; or why it does not count.
    fn term(&mut self, sampling: &Sampling) -> Result<Term, String> {
        let what = format!("{} {}", self.season.title(), sampling.number);
        let source = format!("{}，{}", sampling.date, sampling.source);
        match sampling.state {
            State::NotReached => return Err(format!("未到达（{}）", sampling.why)),
            State::Dry if self.protocol.dry == DryAs::LeftOut => return Err("断流，按规定不计".to_owned()),
            State::Dry => {
                let how = "断流：流量按 0 m³/h 计，浓度不计".to_owned();
                self.trace.push(step(&what, how, source));
                return Ok(Term { concentration: None, flow: Ratio::zero() });
            }
            State::Sampled => {}
        }
        let flow: Decimal = sampling.flow.parse().map_err(|_| "流量未测".to_owned())?;
        let typed = sampling.values.get(&self.indicator.item).map_or("", String::as_str);
        let name = &self.indicator.names[0];
        let read = measured(typed, self.indicator.detection).ok_or_else(|| format!("{name}“{typed}”读不出"))?;
        let mut doubt = String::new();
        if let Some(failure) = failures(sampling, self.protocol).remove(&self.indicator.item) {
            if self.protocol.failed == FailedAs::LeftOut {
                return Err(failure.text);
            }
            doubt = format!("（质控不合格仍计：{}）", failure.text);
        }
        let (concentration, told) = match read {
            Measured::NotMeasured => return Err(format!("{name}未测")),
            Measured::Number { value } => (value.to_ratio(), format!("{value} mg/L")),
            Measured::Below { limit, given } => {
                let value = self.protocol.below.of(limit);
                let by = if given { String::new() } else { format!("，检出限取 {}", self.indicator.method) };
                let told = format!(
                    "<{limit} mg/L（低于检出限，按{}计为 {} mg/L{by}）",
                    self.protocol.below.title(),
                    shown(&value)
                );
                (value, told)
            }
        };
        let laboratory = if sampling.laboratory.is_empty() { "实验室未填" } else { &sampling.laboratory };
        let how = format!("{name} {told}，流量 {flow} m³/h{doubt}");
        self.trace.push(step(&what, how, format!("{source}，{laboratory}")));
        Ok(Term { concentration: Some(concentration), flow: flow.to_ratio() })
    }

    fn hours(&mut self) -> Ratio {
        let days = self.protocol.days(self.season);
        let months: Vec<String> =
            self.protocol.months.iter().filter(|(_, s)| **s == self.season).map(|(m, _)| m.to_string()).collect();
        let how = format!("{} 年 {} 月共 {days} 天 × 24 = {} h", self.protocol.period, months.join("、"), days * 24);
        let source = format!("lists/{}.csv", self.season.list());
        self.trace.push(step(&format!("{}时数", self.season.title()), how, source));
        Ratio::whole(days * 24)
    }
}

fn mean(of: &[&Ratio]) -> Ratio {
    let sum = of.iter().fold(Ratio::zero(), |sum, one| &sum + one);
    sum.divided_by(&Ratio::whole(of.len() as i64)).unwrap_or_else(Ratio::zero)
}

/// `(25 + 31) / 2 = 28`; a single number as it is.
fn averaged(of: &[&Ratio], mean: &Ratio) -> String {
    if let [only] = of {
        return shown(only);
    }
    let terms: Vec<String> = of.iter().map(|one| shown(one)).collect();
    format!("[({}) / {} = {}]", terms.join(" + "), of.len(), shown(mean))
}
