//! Formulas of coefficients and efficiencies, in the dialect of the handbooks: `16S`, `9.23Aar+8.76`,
//! `0.8315·C_M,S`, `2×(M含铁料×S含铁料+M固燃×S固燃−1000×S烧结矿)`, `1240A/(1−A)`.
//!
//! A number directly before a name, a bracket or another factor multiplies it. Names are letters of any
//! script with digits; the underscore of `C_M,S` does not count (`CM,S` is the same name). `×` `·` `*`, `−`
//! `–` `-`, `÷` `/` and full-width signs are alike. `^` takes a whole-number exponent.

use std::collections::BTreeSet;
use std::fmt;

use crate::diagnostic::{Diagnostic, Span};
use crate::exact::Ratio;

/// A coefficient (产污系数) or an efficiency (去除效率): a number, a formula of named variables, or not given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formula {
    /// As written in the handbook.
    pub text: String,
    /// Set when it is a plain number.
    pub number: Option<Ratio>,
    /// Empty only for [`Formula::not_given`].
    tree: Option<Node>,
}

/// A formula as a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    Number(Ratio),
    Variable(String),
    Minus(Box<Node>),
    Two(Sign, Box<Node>, Box<Node>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Plus,
    Minus,
    Times,
    Over,
    Power,
}

/// Why a formula has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unvalued {
    /// The handbook does not give it.
    NotGiven,
    /// Variables without a value, in order of their names.
    Missing(Vec<String>),
    /// Division by zero, as `A/(1-A)` at A = 1.
    DividedByZero,
    /// An exponent that is not a whole number between -60 and 60, or a result beyond all measure.
    Power,
}

impl fmt::Display for Unvalued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unvalued::NotGiven => f.write_str("not given"),
            Unvalued::Missing(names) => write!(f, "no value for {}", names.join(", ")),
            Unvalued::DividedByZero => f.write_str("division by zero"),
            Unvalued::Power => f.write_str("the exponent is not a whole number from -60 to 60"),
        }
    }
}

impl std::error::Error for Unvalued {}

impl Formula {
    /// Reads a formula; never panics, whatever the text.
    pub fn parse(text: &str) -> Result<Formula, Diagnostic> {
        let tokens = tokens(text)?;
        let mut parser = Parser { tokens: &tokens, at: 0, depth: 0, end: text.len() as u32 };
        if tokens.len() > LONGEST {
            let span = Span { start: 0, end: text.len() as u32 };
            return Err(Diagnostic::error(
                "formula-long",
                span,
                format!("more than {LONGEST} numbers, names and signs"),
            ));
        }
        let tree = parser.sum()?;
        if let Some((token, span)) = parser.tokens.get(parser.at) {
            return Err(Diagnostic::error("formula-rest", *span, format!("unexpected {token} after a whole formula")));
        }
        let number = match &tree {
            Node::Number(n) => Some(n.clone()),
            Node::Minus(inner) => match inner.as_ref() {
                Node::Number(n) => Some(-n),
                _ => None,
            },
            _ => None,
        };
        Ok(Formula { text: text.trim().to_owned(), number, tree: Some(tree) })
    }

    /// A plain number.
    pub fn of(number: Ratio) -> Formula {
        Formula { text: number.to_string(), number: Some(number.clone()), tree: Some(Node::Number(number)) }
    }

    /// The handbook leaves it blank: it has no value, and is not zero.
    pub fn not_given() -> Formula {
        Formula { text: String::new(), number: None, tree: None }
    }

    pub fn is_given(&self) -> bool {
        self.tree.is_some()
    }

    /// The names a value is needed for, in ascending order.
    pub fn variables(&self) -> Vec<String> {
        let mut found = BTreeSet::new();
        if let Some(tree) = &self.tree {
            tree.variables(&mut found);
        }
        found.into_iter().map(str::to_owned).collect()
    }

    /// The exact value, given the value of each variable; names all missing ones at once.
    pub fn eval(&self, lookup: &dyn Fn(&str) -> Option<Ratio>) -> Result<Ratio, Unvalued> {
        let tree = self.tree.as_ref().ok_or(Unvalued::NotGiven)?;
        let missing: Vec<String> = self.variables().into_iter().filter(|v| lookup(v).is_none()).collect();
        if missing.is_empty() { tree.eval(lookup) } else { Err(Unvalued::Missing(missing)) }
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Bits of a power's result.
const LARGEST_POWER: u64 = 4096;

/// The name under which a variable is looked up: `C_M,S` → `CM,S`.
pub fn variable_name(text: &str) -> String {
    text.chars().filter(|c| *c != '_' && !c.is_whitespace()).collect()
}

impl Node {
    fn variables<'a>(&'a self, found: &mut BTreeSet<&'a str>) {
        match self {
            Node::Number(_) => {}
            Node::Variable(name) => {
                found.insert(name);
            }
            Node::Minus(inner) => inner.variables(found),
            Node::Two(_, left, right) => {
                left.variables(found);
                right.variables(found);
            }
        }
    }

    fn eval(&self, lookup: &dyn Fn(&str) -> Option<Ratio>) -> Result<Ratio, Unvalued> {
        match self {
            Node::Number(n) => Ok(n.clone()),
            Node::Variable(name) => lookup(name).ok_or_else(|| Unvalued::Missing(vec![name.clone()])),
            Node::Minus(inner) => Ok(-&inner.eval(lookup)?),
            Node::Two(sign, left, right) => {
                let (left, right) = (left.eval(lookup)?, right.eval(lookup)?);
                match sign {
                    Sign::Plus => Ok(&left + &right),
                    Sign::Minus => Ok(&left - &right),
                    Sign::Times => Ok(&left * &right),
                    Sign::Over => left.divided_by(&right).ok_or(Unvalued::DividedByZero),
                    Sign::Power => {
                        let exponent = right.to_decimal(0).filter(|d| right.is_whole() && d.units.abs() <= 60);
                        let exponent = exponent.ok_or(Unvalued::Power)?.units as i32;
                        let bits = left.0.numer().bits().max(left.0.denom().bits());
                        if bits * u64::from(exponent.unsigned_abs()) > LARGEST_POWER {
                            return Err(Unvalued::Power);
                        }
                        left.power(exponent).ok_or(Unvalued::DividedByZero)
                    }
                }
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Number(Ratio),
    Name(String),
    Sign(Sign),
    Open,
    Close,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Token::Number(n) => write!(f, "the number {n}"),
            Token::Name(name) => write!(f, "the name {name}"),
            Token::Sign(Sign::Plus) => f.write_str("`+`"),
            Token::Sign(Sign::Minus) => f.write_str("`-`"),
            Token::Sign(Sign::Times) => f.write_str("`×`"),
            Token::Sign(Sign::Over) => f.write_str("`/`"),
            Token::Sign(Sign::Power) => f.write_str("`^`"),
            Token::Open => f.write_str("`(`"),
            Token::Close => f.write_str("`)`"),
        }
    }
}

fn tokens(text: &str) -> Result<Vec<(Token, Span)>, Diagnostic> {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let offset = |n: usize| chars.get(n).map_or(text.len(), |(at, _)| *at);
    let mut found = Vec::new();
    let mut n = 0;
    while n < chars.len() {
        let start = n;
        let c = chars[n].1;
        n += 1;
        let next = |n: usize| chars.get(n).map(|(_, c)| *c);
        let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        let token =
            match c {
                _ if c.is_whitespace() => continue,
                '+' | '＋' => Token::Sign(Sign::Plus),
                '-' | '−' | '–' | '－' | '﹣' => Token::Sign(Sign::Minus),
                '*' | '×' | '·' | '＊' | '⋅' | '∙' => Token::Sign(Sign::Times),
                '/' | '÷' | '／' => Token::Sign(Sign::Over),
                '^' => Token::Sign(Sign::Power),
                '(' | '（' | '[' | '［' => Token::Open,
                ')' | '）' | ']' | '］' => Token::Close,
                '0'..='9' => {
                    while digit(next(n)) || (next(n) == Some('.') && digit(next(n + 1))) {
                        n += 1;
                    }
                    // `1e-3` and `2E5` are exponents; `2E` and `5e` before other letters are products with a name.
                    let signed = usize::from(matches!(next(n + 1), Some('+' | '-')));
                    if matches!(next(n), Some('e' | 'E')) && digit(next(n + 1 + signed)) {
                        n += 1 + signed;
                        while digit(next(n)) {
                            n += 1;
                        }
                    }
                    let word = &text[offset(start)..offset(n)];
                    let span = Span { start: offset(start) as u32, end: offset(n) as u32 };
                    // Decimals hold 38 digits.
                    Token::Number(
                        word.replace("e+", "e").replace("E+", "e").parse::<Ratio>().map_err(|_| {
                            Diagnostic::error("formula-number", span, format!("`{word}` is not a number"))
                        })?,
                    )
                }
                _ if c.is_alphabetic() => {
                    // The comma of `CM,S` is part of the name: only between two letters, without a blank.
                    while next(n).is_some_and(|c| c.is_alphanumeric() || c == '_')
                        || (next(n) == Some(',') && next(n + 1).is_some_and(char::is_alphabetic))
                    {
                        n += 1;
                    }
                    Token::Name(variable_name(&text[offset(start)..offset(n)]))
                }
                _ => {
                    let span = Span { start: offset(start) as u32, end: offset(n) as u32 };
                    let message = format!("`{c}` has no place in a formula");
                    return Err(Diagnostic::error("formula-sign", span, message)
                        .hint("use numbers, names, + - × / ^ and brackets"));
                }
            };
        found.push((token, Span { start: offset(start) as u32, end: offset(n) as u32 }));
    }
    Ok(found)
}

/// Brackets, signs and powers inside each other: far more than any handbook has, far less than the stack holds.
const DEEPEST: u32 = 60;

/// A chain of additions is a tree as deep as the chain is long.
const LONGEST: usize = 1200;

struct Parser<'a> {
    tokens: &'a [(Token, Span)],
    at: usize,
    depth: u32,
    end: u32,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(t, _)| t)
    }

    fn here(&self) -> Span {
        self.tokens.get(self.at).map_or(Span { start: self.end, end: self.end }, |(_, s)| *s)
    }

    fn take_sign(&mut self, among: &[Sign]) -> Option<Sign> {
        match self.peek() {
            Some(Token::Sign(sign)) if among.contains(sign) => {
                let sign = *sign;
                self.at += 1;
                Some(sign)
            }
            _ => None,
        }
    }

    fn sum(&mut self) -> Result<Node, Diagnostic> {
        let mut left = self.product()?;
        while let Some(sign) = self.take_sign(&[Sign::Plus, Sign::Minus]) {
            left = Node::Two(sign, Box::new(left), Box::new(self.product()?));
        }
        Ok(left)
    }

    /// Factors side by side bind as tightly as written ones: `1240A/(1-A)` is `(1240·A)/(1-A)`.
    fn product(&mut self) -> Result<Node, Diagnostic> {
        let mut left = self.signed()?;
        loop {
            let sign = match self.take_sign(&[Sign::Times, Sign::Over]) {
                Some(sign) => sign,
                None if matches!(self.peek(), Some(Token::Name(_) | Token::Open)) => Sign::Times,
                None => return Ok(left),
            };
            left = Node::Two(sign, Box::new(left), Box::new(self.signed()?));
        }
    }

    fn signed(&mut self) -> Result<Node, Diagnostic> {
        match self.take_sign(&[Sign::Plus, Sign::Minus]) {
            None => self.power(),
            Some(sign) => {
                let inner = self.deeper(Parser::signed)?;
                Ok(if sign == Sign::Minus { Node::Minus(Box::new(inner)) } else { inner })
            }
        }
    }

    fn power(&mut self) -> Result<Node, Diagnostic> {
        let base = self.single()?;
        if self.take_sign(&[Sign::Power]).is_none() {
            return Ok(base);
        }
        let exponent = self.deeper(Parser::signed)?;
        Ok(Node::Two(Sign::Power, Box::new(base), Box::new(exponent)))
    }

    fn single(&mut self) -> Result<Node, Diagnostic> {
        let here = self.here();
        let token = self.peek().cloned();
        match token {
            Some(Token::Number(n)) => {
                self.at += 1;
                Ok(Node::Number(n))
            }
            Some(Token::Name(name)) => {
                self.at += 1;
                Ok(Node::Variable(name))
            }
            Some(Token::Open) => {
                self.at += 1;
                let inner = self.deeper(Parser::sum)?;
                if self.peek() != Some(&Token::Close) {
                    return Err(
                        Diagnostic::error("formula-bracket", here, "this bracket is not closed").hint("add `)`")
                    );
                }
                self.at += 1;
                Ok(inner)
            }
            Some(other) => {
                Err(Diagnostic::error("formula-value", here, format!("expected a number or a name, found {other}")))
            }
            None => Err(Diagnostic::error("formula-end", here, "expected a number or a name, the formula ends")),
        }
    }

    fn deeper(&mut self, inner: fn(&mut Self) -> Result<Node, Diagnostic>) -> Result<Node, Diagnostic> {
        if self.depth >= DEEPEST {
            return Err(Diagnostic::error("formula-deep", self.here(), format!("more than {DEEPEST} levels deep")));
        }
        self.depth += 1;
        let found = inner(self);
        self.depth -= 1;
        found
    }
}

#[cfg(test)]
#[path = "formula_tests.rs"]
mod tests;
