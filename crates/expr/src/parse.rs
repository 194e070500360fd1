//! From words to a tree: a hand-written parser by binding power. It never panics and always gives a tree.

use crate::ast::{Arithmetic, Comparison, ItemRef, Kind, Logic, Node, Owner, Set};
use crate::diagnostic::{Diagnostic, Span};
use crate::token::{Spanned, Token, tokens};

/// The tree of a text and everything wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    pub tree: Node,
    pub problems: Vec<Diagnostic>,
}

/// Nested brackets and signs beyond this are refused: no rule of a person is that deep.
const DEPTH: usize = 60;

/// Reads a rule or an expression.
pub fn parse(text: &str) -> Parsed {
    let mut parser = Parser { tokens: tokens(text), at: 0, problems: Vec::new(), end: text.len() as u32, depth: 0 };
    let tree = parser.rule();
    if let Some(extra) = parser.peek().cloned() {
        parser.complain(extra.span, "the rule ends here, but the text goes on");
    }
    Parsed { tree, problems: parser.problems }
}

struct Parser {
    tokens: Vec<Spanned>,
    at: usize,
    problems: Vec<Diagnostic>,
    end: u32,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Spanned> {
        self.tokens.get(self.at)
    }

    fn here(&self) -> Span {
        self.peek().map_or(Span { start: self.end, end: self.end }, |t| t.span)
    }

    fn before(&self) -> u32 {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(0, |t| t.span.end)
    }

    fn complain(&mut self, span: Span, message: impl Into<String>) {
        // One mistake seldom comes alone; the first is the one to mend.
        if self.problems.is_empty() {
            self.problems.push(Diagnostic::error("syntax", span, message));
        }
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(Spanned { token: Token::Sign(s), .. }) if *s == sign)
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let there = self.is_sign(sign);
        self.at += usize::from(there);
        there
    }

    fn need_sign(&mut self, sign: &str) {
        if !self.take_sign(sign) {
            let message = format!("`{sign}` was expected {}", self.found());
            self.complain(self.here(), message);
        }
    }

    fn found(&self) -> String {
        match self.peek().map(|t| &t.token) {
            None => "before the end".to_owned(),
            Some(Token::Sign(s)) => format!("before `{s}`"),
            Some(Token::Stray(c)) => format!("before `{c}`"),
            Some(Token::Word(w)) => format!("before `{w}`"),
            Some(Token::Number { text, .. }) => format!("before `{text}`"),
            Some(Token::Item(i)) => format!("before `[{i}]`"),
            Some(Token::Text(t) | Token::Date(t)) => format!("before `{t}`"),
        }
    }

    fn word(&self) -> Option<&str> {
        match self.peek() {
            Some(Spanned { token: Token::Word(w), .. }) => Some(keyword(w)),
            _ => None,
        }
    }

    fn take_word(&mut self, word: &str) -> bool {
        let there = self.word() == Some(word);
        self.at += usize::from(there);
        there
    }

    fn node(&self, start: u32, kind: Kind) -> Node {
        Node { kind, span: Span { start, end: self.before().max(start) } }
    }

    fn rule(&mut self) -> Node {
        let start = self.here().start;
        if self.take_word("if") {
            let guard = self.condition(0);
            if !self.take_word("then") {
                let message = format!("`then` was expected {}", self.found());
                self.complain(self.here(), message);
            }
            let then = self.condition(0);
            return self.node(start, Kind::If { guard: Box::new(guard), then: Box::new(then) });
        }
        self.condition(0)
    }

    /// Conditions by binding power: `<=>` 1, `=>` 2, `or` 3, `and` 4, `not` 5, comparisons.
    fn condition(&mut self, least: u8) -> Node {
        let start = self.here().start;
        self.depth += 1;
        if self.depth > DEPTH {
            self.complain(self.here(), "nested too deep");
            self.at = self.tokens.len();
            self.depth -= 1;
            return self.node(start, Kind::Broken);
        }
        let mut left = if self.take_word("not") {
            let inner = self.condition(5);
            self.node(start, Kind::Not(Box::new(inner)))
        } else {
            self.comparison()
        };
        loop {
            let (logic, power) = match (self.word(), self.peek().map(|t| &t.token)) {
                (Some("and"), _) => (Logic::And, 4),
                (Some("or"), _) => (Logic::Or, 3),
                (_, Some(Token::Sign("=>"))) => (Logic::Implies, 2),
                (_, Some(Token::Sign("<=>"))) => (Logic::Same, 1),
                _ => break,
            };
            if power < least {
                break;
            }
            self.at += 1;
            let right = self.condition(power + 1);
            left = self.node(start, Kind::Logic(logic, Box::new(left), Box::new(right)));
        }
        self.depth -= 1;
        left
    }

    fn comparison(&mut self) -> Node {
        let start = self.here().start;
        let left = self.sum();
        let sign = match self.peek().map(|t| &t.token) {
            Some(Token::Sign(s)) => *s,
            _ => "",
        };
        let comparison = match sign {
            "=" => Comparison::Equal,
            "==" => Comparison::Exact,
            "<>" => Comparison::NotEqual,
            "<" => Comparison::Less,
            "<=" => Comparison::LessEqual,
            ">" => Comparison::Greater,
            ">=" => Comparison::GreaterEqual,
            "~=" => {
                self.at += 1;
                let right = self.sum();
                if !self.take_word("within") {
                    self.complain(self.here(), "`within` and a tolerance was expected after `~=`");
                }
                let within = self.sum();
                let kind = Kind::Near { left: Box::new(left), right: Box::new(right), within: Box::new(within) };
                return self.node(start, kind);
            }
            _ => return self.membership(start, left),
        };
        self.at += 1;
        let right = self.sum();
        self.node(start, Kind::Compare(comparison, Box::new(left), Box::new(right)))
    }

    fn membership(&mut self, start: u32, left: Node) -> Node {
        let negated = self.word() == Some("not")
            && matches!(self.tokens.get(self.at + 1), Some(Spanned { token: Token::Word(w), .. }) if keyword(w) == "in");
        self.at += usize::from(negated);
        if self.take_word("in") {
            let set = self.set();
            return self.node(start, Kind::In { value: Box::new(left), set, negated });
        }
        if self.take_word("has") {
            if !self.take_word("any") {
                self.complain(self.here(), "`has any {…}` was expected");
            }
            let set = self.set();
            return self.node(start, Kind::HasAny { value: Box::new(left), set });
        }
        if self.take_word("between") {
            let low = self.sum();
            if !self.take_word("and") {
                self.complain(self.here(), "`between LOW and HIGH` was expected");
            }
            let high = self.sum();
            return self.node(start, Kind::Between { value: Box::new(left), low: Box::new(low), high: Box::new(high) });
        }
        if self.take_word("filled") {
            return self.node(start, call("filled", left));
        }
        if self.take_word("blank") {
            return self.node(start, call("blank", left));
        }
        left
    }

    fn set(&mut self) -> Set {
        if let Some(word @ ("list" | "names")) = self.word() {
            let names = word == "names";
            self.at += 1;
            self.need_sign("(");
            let name = self.set_member().unwrap_or_default();
            self.need_sign(")");
            return if names { Set::Names(name) } else { Set::List(name) };
        }
        let mut members = Vec::new();
        self.need_sign("{");
        while !self.is_sign("}") {
            let Some(first) = self.set_member() else {
                let message = format!("a value of the set was expected {}", self.found());
                self.complain(self.here(), message);
                break;
            };
            let last = if self.take_sign("..") { self.set_member() } else { None };
            members.push((first, last));
            if !self.take_sign(",") {
                break;
            }
        }
        self.need_sign("}");
        Set::Members(members)
    }

    fn set_member(&mut self) -> Option<String> {
        let sign = if self.take_sign("-") { "-" } else { "" };
        let text = match &self.peek()?.token {
            Token::Number { text, .. } => text.clone(),
            Token::Word(w) | Token::Text(w) | Token::Date(w) => w.clone(),
            _ => return None,
        };
        self.at += 1;
        Some(format!("{sign}{text}"))
    }

    fn sum(&mut self) -> Node {
        let start = self.here().start;
        let mut left = self.product();
        loop {
            let operation = match self.peek().map(|t| &t.token) {
                Some(Token::Sign("+")) => Arithmetic::Add,
                Some(Token::Sign("-")) => Arithmetic::Subtract,
                _ => return left,
            };
            self.at += 1;
            let right = self.product();
            left = self.node(start, Kind::Arithmetic(operation, Box::new(left), Box::new(right)));
        }
    }

    fn product(&mut self) -> Node {
        let start = self.here().start;
        let mut left = self.factor();
        loop {
            let operation = match self.peek().map(|t| &t.token) {
                Some(Token::Sign("*")) => Arithmetic::Multiply,
                Some(Token::Sign("/")) => Arithmetic::Divide,
                _ => return left,
            };
            self.at += 1;
            let right = self.factor();
            left = self.node(start, Kind::Arithmetic(operation, Box::new(left), Box::new(right)));
        }
    }

    fn factor(&mut self) -> Node {
        let start = self.here().start;
        if self.take_sign("-") {
            self.depth += 1;
            let inner = if self.depth > DEPTH { self.node(start, Kind::Broken) } else { self.factor() };
            self.depth -= 1;
            return self.node(start, Kind::Negate(Box::new(inner)));
        }
        let Some(Spanned { token, span }) = self.peek().cloned() else {
            self.complain(self.here(), "a value was expected before the end");
            return self.node(start, Kind::Broken);
        };
        self.at += 1;
        match token {
            Token::Number { text, unit } => self.node(start, Kind::Number { text, unit }),
            Token::Date(text) => self.node(start, Kind::Date(text)),
            Token::Text(text) => self.node(start, Kind::Text(text)),
            Token::Item(item) => self.item(start, Owner::Bare, String::new(), &item),
            Token::Sign("(") => {
                let inner = self.condition(0);
                self.need_sign(")");
                inner
            }
            Token::Word(word) => self.named(start, word),
            Token::Sign(_) | Token::Stray(_) => {
                self.at -= 1;
                let message = format!("a value was expected {}", self.found());
                self.complain(span, message);
                self.at += 1;
                self.node(start, Kind::Broken)
            }
        }
    }

    /// A word: a form with an item or block, a function, or a code.
    fn named(&mut self, start: u32, word: String) -> Node {
        if let Some(Spanned { token: Token::Item(item), .. }) = self.peek().cloned() {
            self.at += 1;
            let owner = if matches!(word.as_str(), "this" | "本行") { Owner::This } else { Owner::Form(word) };
            return self.item(start, owner, String::new(), &item);
        }
        if looks_like_form(&word) && self.is_sign("/") {
            // `G102/facility[10]` or `G102/facility` as an argument; `G102 / 2` cannot be meant.
            if let Some(Spanned { token: Token::Word(first), .. }) = self.tokens.get(self.at + 1).cloned() {
                self.at += 2;
                let block = self.block_name(first);
                if let Some(Spanned { token: Token::Item(item), .. }) = self.peek().cloned() {
                    self.at += 1;
                    return self.item(start, Owner::Form(word), block, &item);
                }
                return self.node(start, Kind::Form { form: word, block });
            }
        }
        if matches!(keyword(&word), "if" | "then" | "and" | "or" | "not" | "in" | "where" | "by" | "within" | "between")
        {
            let message = format!("a value was expected before `{word}`");
            self.complain(Span { start, end: self.before() }, message);
            return self.node(start, Kind::Broken);
        }
        if self.is_sign("(") {
            self.at += 1;
            return self.call(start, keyword(&word).to_owned());
        }
        if looks_like_form(&word) {
            return self.node(start, Kind::Form { form: word, block: String::new() });
        }
        self.node(start, Kind::Code(word))
    }

    /// Block names may hold hyphens: `blast-furnace`.
    fn block_name(&mut self, first: String) -> String {
        let mut name = first;
        while self.is_sign("-") {
            let Some(Spanned { token: Token::Word(next), span }) = self.tokens.get(self.at + 1).cloned() else { break };
            if span.start != self.here().end || self.here().start != self.before() {
                break;
            }
            self.at += 2;
            name = format!("{name}-{next}");
        }
        name
    }

    fn item(&mut self, start: u32, owner: Owner, block: String, item: &str) -> Node {
        // `H[2]` and `F[4]` are the header's and the footer's items.
        let (owner, item) = match owner {
            Owner::Form(word) if matches!(word.as_str(), "H" | "F") => (Owner::Bare, format!("{word}{item}")),
            other => (other, item.to_owned()),
        };
        let (item, to) = match item.split_once("..") {
            Some((from, to)) => (from.to_owned(), Some(to.to_owned())),
            None => (item, None),
        };
        self.node(start, Kind::Item(ItemRef { owner, block, item, to }))
    }

    fn call(&mut self, start: u32, name: String) -> Node {
        self.depth += 1;
        let (mut args, mut by, mut filter) = (Vec::new(), Vec::new(), None);
        while self.depth <= DEPTH && !self.is_sign(")") && self.peek().is_some() {
            args.push(self.condition(0));
            if self.take_word("where") {
                filter = Some(Box::new(self.condition(0)));
            }
            if self.take_word("by") {
                by.push(self.sum());
                while self.take_sign(",") {
                    by.push(self.sum());
                }
            }
            if !self.take_sign(",") {
                break;
            }
        }
        if self.depth > DEPTH {
            self.complain(self.here(), "nested too deep");
            self.at = self.tokens.len();
        }
        self.depth -= 1;
        self.need_sign(")");
        self.node(start, Kind::Call { name, args, filter, by })
    }
}

fn call(name: &str, arg: Node) -> Kind {
    Kind::Call { name: name.to_owned(), args: vec![arg], filter: None, by: Vec::new() }
}

/// A form's code: capital letters and three digits or more (`G102`, `G101-1`), or `QC` and a digit.
/// Shorter words are codes of lists: `R1`, `S03`, `SW06`.
fn looks_like_form(word: &str) -> bool {
    let letters = word.bytes().take_while(u8::is_ascii_uppercase).count();
    let digits = word.bytes().skip(letters).take_while(u8::is_ascii_digit).count();
    (1..=3).contains(&letters) && (digits >= 3 || digits == 1 && &word[..letters] == "QC")
}

/// The English keyword of a Chinese one; other words stay.
fn keyword(word: &str) -> &str {
    match word {
        "如果" | "若" => "if",
        "则" | "那么" => "then",
        "且" | "并且" | "AND" => "and",
        "或" | "或者" | "OR" => "or",
        "非" | "不" | "NOT" => "not",
        "属于" | "IN" => "in",
        "介于" => "between",
        "其中" | "当" => "where",
        "按" => "by",
        "误差" => "within",
        "求和" | "合计" => "sum",
        "计数" => "count",
        "最大" => "max",
        "最小" => "min",
        "任一" => "any",
        "全部" => "every",
        "存在" | "已填报" => "exists",
        "上年" => "prior",
        "上次普查" => "prior_census",
        "空" | "为空" => "blank",
        "已填" => "filled",
        "绝对值" => "abs",
        "四舍五入" => "round",
        "换算" => "convert",
        "参数" => "param",
        "代码表" => "list",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let parsed = parse(text);
        let got = match parsed.problems.first() {
            Some(problem) => format!("{}..{} {}", problem.span.start, problem.span.end, problem.message),
            None => crate::print::print(&parsed.tree),
        };
        assert_eq!(got, expect, "{text}");
    }

    #[test]
    fn trees_print_back() {
        for text in [
            "[01] = [02] + [03] + [04] + [05]",
            "[11] <= [08] / 24 h/d * [10]",
            "G102[22] = sum(G106-2[04])",
            "if G101-1[16] = 1 then exists(G102)",
            "sum(G103-1[27] where [05] in {1, 2}) <= G101-3[03]",
            "abs([09] - prior([09])) <= 0.2 * prior([09])",
            "[07] in list(wastewater_treatment)",
            "[16] = 1 <=> exists(G102)",
            "not (blank([01]) or [02] > 0) and [03] = 1",
            "[15] ~= prior([15]) within 50%",
            "every([16..31] in {1, 2})",
            "[38] has any {S03, S04}",
            "same([05.lon], [05.lat] by H[1])",
            "sum(G103-5/blast-furnace[05]) * 10000 >= -[02]",
            "[36] between 15 m and 300 m",
            "F[4] >= 2018-08-01",
            "[02] not in {\"无\", \"测试\"}",
            "([01] + [02]) * 2 - ([03] - [04])",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn chinese_means_the_same() {
        check("如果 [13] = 1 则 [14] > 0 且 [14] <= 8784 小时", "if [13] = 1 then [14] > 0 and [14] <= 8784 小时");
        check("求和（[02..05]）＝[01]", "sum([02..05]) = [01]");
    }

    #[test]
    fn mistakes_have_places() {
        check("[01] = ", "7..7 a value was expected before the end");
        check("[01] = [02] [03]", "12..16 the rule ends here, but the text goes on");
        check("sum([01]", "8..8 `)` was expected before the end");
        check("if [01] = 1 [02] = 2", "12..16 `then` was expected before `[02]`");
        check("[01] in {1, =}", "12..13 a value of the set was expected before `=`");
        check(&"(".repeat(5000), "60..61 nested too deep");
    }
}
