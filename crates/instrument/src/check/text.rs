//! The report of a check for people, in Chinese or English: mistakes first, the verdict last.

use std::fmt::{self, Write};

use expr::Severity;

use super::{CheckReport, WorkedExamples};

/// The report as a page of text. Nothing that was set aside is without a line.
pub fn text(report: &CheckReport, chinese: bool) -> String {
    let mut page = Page { text: String::new(), chinese };
    for problem in &report.problems {
        let word = match problem.severity {
            Severity::Error => page.pick("错误", "error"),
            Severity::Warning => page.pick("提醒", "warning"),
        };
        page.line(&format!("{word} {problem}"), &format!("{word} {problem}"));
    }
    let fingerprint = report.fingerprint.get(..16).unwrap_or(&report.fingerprint);
    let CheckReport { id, title, version, period, .. } = report;
    page.line(
        &format!("{title} {version}（{id}），{period} 年，指纹 {fingerprint}"),
        &format!("{title} {version} ({id}), year {period}, fingerprint {fingerprint}"),
    );
    items(&mut page, report);
    rules(&mut page, report);
    factors(&mut page, report);
    rest(&mut page, report);
    page.text
}

impl fmt::Display for CheckReport {
    /// In Chinese.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text(self, true))
    }
}

struct Page {
    text: String,
    chinese: bool,
}

impl Page {
    fn pick<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        if self.chinese { zh } else { en }
    }

    fn line(&mut self, zh: &str, en: &str) {
        let line = if self.chinese { zh } else { en };
        // Writing to a text does not fail.
        let _ = writeln!(self.text, "{line}");
    }

    /// A count under its name; the names of a language are equally wide.
    fn count(&mut self, names: (&str, &str), number: usize, zh: &str, en: &str) {
        let wide = 12 - 2 * names.0.chars().count().min(6);
        let zh = format!("{}{:wide$}{number:>7} {zh}", names.0, "");
        self.line(&zh, &format!("{:<16}{number:>7} {en}", names.1));
    }
}

fn items(page: &mut Page, report: &CheckReport) {
    let of = &report.items_of;
    page.count(("普查表", "forms"), report.forms, "张", "");
    page.count(
        ("指标", "items"),
        report.items,
        &format!("项：普查表 {}，表头表尾 {}，参考表 {}", of.forms, of.common, of.reference),
        &format!("on forms {}, header and footer {}, reference forms {}", of.forms, of.common, of.reference),
    );
    let (seen, inferred, decided, recalled) = (of.seen, of.number_inferred, of.decided, of.recalled);
    let share = &report.provisional.per_cent;
    page.count(
        ("填写格", "boxes"),
        report.fields,
        &format!("格：见过 {seen}（其中编号推定 {inferred}），凭回忆、暂定 {recalled}（{share}%），自定 {decided}"),
        &format!(
            "seen {seen} ({inferred} with an inferred number), recalled and provisional {recalled} ({share}%), ours {decided}"
        ),
    );
    let members = report.members;
    page.count(("代码表", "lists"), report.lists, &format!("个，{members} 个代码"), &format!("with {members} codes"));
}

fn rules(page: &mut Page, report: &CheckReport) {
    let (parts, natives) = (report.rule_parts, report.natives.len());
    page.count(
        ("审核规则", "checks"),
        report.rules,
        &format!("条，分 {parts} 款；{natives} 款不是逐行条件："),
        &format!("in {parts} parts; {natives} parts are no condition over rows:"),
    );
    for rule in &report.natives {
        let name = format!("{} {}", rule.code, rule.title);
        match (&rule.function, &rule.needs) {
            (_, Some(list)) => page.line(
                &format!("  {name}：不检查，缺外部名单（{list}）"),
                &format!("  {name}: not checked, an outside list is missing ({list})"),
            ),
            (Some(function), None) => {
                page.line(&format!("  {name}：归程序 {function}"), &format!("  {name}: named for {function}"));
            }
            (None, None) => {}
        }
    }
    let failed = report.cases.failed;
    page.count(
        ("规则用例", "rule cases"),
        report.cases.passed as usize,
        &format!("个通过，{failed} 个不通过"),
        &format!("passed, {failed} failed"),
    );
    if let Some(examples) = &report.worked_examples {
        worked(page, examples);
    }
}

fn worked(page: &mut Page, examples: &WorkedExamples) {
    let (failed, pending, recalled) = (examples.failed, examples.pending.len(), examples.resting_on_recalled);
    page.count(
        ("核算算例", "worked examples"),
        examples.passed,
        &format!("个重现到印出的位数（其中 {recalled} 个依据凭回忆的系数），{failed} 个不符，{pending} 个待其他方法"),
        &format!(
            "reproduced to the printed digits ({recalled} rest on recalled factors), {failed} differ, {pending} wait for other methods"
        ),
    );
    for (code, why) in &examples.differing {
        page.line(&format!("  不符 {code}：{why}"), &format!("  differs {code}: {why}"));
    }
    for (code, method) in &examples.pending {
        page.line(&format!("  待 {code}：{method}"), &format!("  waits {code}: {method}"));
    }
}

fn factors(page: &mut Page, report: &CheckReport) {
    let (factors, details) = (&report.factors, &report.factor_details);
    let (accepted, quarantined, refused) = (factors.accepted, factors.quarantined, factors.refused);
    page.count(
        ("产排污系数", "factor rows"),
        details.rows,
        &format!("行 = 接收 {accepted} + 隔离 {quarantined} + 拒收 {refused}"),
        &format!("= accepted {accepted} + quarantined {quarantined} + refused {refused}"),
    );
    for (zh, en, by) in
        [("隔离", "quarantined", &details.quarantined_by_reason), ("拒收", "refused", &details.refused_by_reason)]
    {
        for (reason, rows) in by {
            page.line(&format!("  {zh} {reason} {rows}"), &format!("  {en} {reason} {rows}"));
        }
    }
    let (coefficients, efficiencies) = (details.formula_coefficients, details.formula_efficiencies);
    page.line(
        &format!("  接收的行中公式系数 {coefficients}，公式去除率 {efficiencies}"),
        &format!("  of the accepted: formula coefficients {coefficients}, formula efficiencies {efficiencies}"),
    );
    let told = |by: &std::collections::BTreeMap<&'static str, usize>| {
        by.iter().map(|(name, n)| format!("{name} {n}")).collect::<Vec<_>>().join(", ")
    };
    let (families, kinds) = (told(&details.k_families), told(&details.scale_remarks_by_kind));
    page.line(&format!("  k 值：{families}"), &format!("  k: {families}"));
    let remarks = details.scale_remarks;
    page.line(
        &format!("  规模等级可疑处 {remarks}：{kinds}"),
        &format!("  scale classes, odd places {remarks}: {kinds}"),
    );
}

fn rest(page: &mut Page, report: &CheckReport) {
    let levels = [("province", "省"), ("city", "市"), ("county", "县"), ("town", "乡镇"), ("village", "村居")];
    let counted = |chinese: bool| {
        let each = levels.map(|(en, zh)| (if chinese { zh } else { en }, report.areas.get(en).unwrap_or(&0)));
        each.map(|(word, n)| format!("{word} {n}"))
    };
    page.line(
        &format!("行政区划    {}", counted(true).join("，")),
        &format!("areas           {}", counted(false).join(", ")),
    );
    let CheckReport { respondents, parameters, tables, milestones, .. } = report;
    page.line(
        &format!("普查对象类别 {respondents}，参数 {parameters}，汇总表 {tables}，时间节点 {milestones}"),
        &format!(
            "kinds of respondents {respondents}, parameters {parameters}, tables {tables}, milestones {milestones}"
        ),
    );
    match (report.errors, report.warnings) {
        (0, 0) => page.line("通过", "passed"),
        (0, n) => page.line(&format!("通过，{n} 处提醒"), &format!("passed, warnings: {n}")),
        (n, _) => page.line(
            &format!("不通过：{n} 处错误，制度包不能使用"),
            &format!("failed, errors: {n}; the package cannot be used"),
        ),
    }
}
