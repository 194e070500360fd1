//! From a tree back to text, in the language's own spelling.

use std::fmt::Write as _;

use crate::ast::{Arithmetic, Comparison, ItemRef, Kind, Logic, Node, Owner, Set};
use crate::token::{Spanned, Token, tokens};

/// The text of a tree; parsing it again gives the same tree (spans apart).
pub fn print(node: &Node) -> String {
    let mut text = String::new();
    write_node(node, 0, &mut text);
    text
}

/// How tightly a node binds: a looser one inside a tighter one needs brackets.
fn power(kind: &Kind) -> u8 {
    match kind {
        Kind::If { .. } => 0,
        Kind::Logic(Logic::Same, ..) => 1,
        Kind::Logic(Logic::Implies, ..) => 2,
        Kind::Logic(Logic::Or, ..) => 3,
        Kind::Logic(Logic::And, ..) => 4,
        Kind::Not(_) => 5,
        Kind::Compare(..) | Kind::Near { .. } | Kind::In { .. } | Kind::HasAny { .. } | Kind::Between { .. } => 6,
        Kind::Arithmetic(Arithmetic::Add | Arithmetic::Subtract, ..) => 7,
        Kind::Arithmetic(..) => 8,
        Kind::Negate(_) => 9,
        _ => 10,
    }
}

fn write_node(node: &Node, least: u8, out: &mut String) {
    let own = power(&node.kind);
    if own < least {
        out.push('(');
        write_node(node, 0, out);
        out.push(')');
        return;
    }
    match &node.kind {
        Kind::Broken => out.push('?'),
        Kind::Number { text, unit } if unit.is_empty() => out.push_str(text),
        Kind::Number { text, unit } if unit == "%" => {
            let _ = write!(out, "{text}%");
        }
        Kind::Number { text, unit } => {
            let _ = write!(out, "{text} {unit}");
        }
        Kind::Date(text) | Kind::Code(text) => out.push_str(text),
        Kind::Text(text) => {
            let _ = write!(out, "\"{text}\"");
        }
        Kind::Item(item) => write_item(item, out),
        Kind::Negate(inner) => {
            out.push('-');
            // Two signs side by side would begin a comment.
            let least = if matches!(inner.kind, Kind::Negate(_)) { own + 1 } else { own };
            write_node(inner, least, out);
        }
        Kind::Arithmetic(operation, left, right) => {
            let sign = match operation {
                Arithmetic::Add => "+",
                Arithmetic::Subtract => "-",
                Arithmetic::Multiply => "*",
                Arithmetic::Divide => "/",
            };
            infix(left, sign, right, own, own + 1, out);
        }
        Kind::Compare(comparison, left, right) => {
            let sign = match comparison {
                Comparison::Equal => "=",
                Comparison::Exact => "==",
                Comparison::NotEqual => "<>",
                Comparison::Less => "<",
                Comparison::LessEqual => "<=",
                Comparison::Greater => ">",
                Comparison::GreaterEqual => ">=",
            };
            infix(left, sign, right, own + 1, own + 1, out);
        }
        Kind::Near { left, right, within } => {
            infix(left, "~=", right, own + 1, own + 1, out);
            out.push_str(" within ");
            write_node(within, own + 1, out);
        }
        Kind::In { value, set, negated } => {
            write_node(value, own + 1, out);
            out.push_str(if *negated { " not in " } else { " in " });
            write_set(set, out);
        }
        Kind::HasAny { value, set } => {
            write_node(value, own + 1, out);
            out.push_str(" has any ");
            write_set(set, out);
        }
        Kind::Between { value, low, high } => {
            infix(value, "between", low, own + 1, own + 1, out);
            out.push_str(" and ");
            write_node(high, own + 1, out);
        }
        Kind::Not(inner) => {
            out.push_str("not ");
            write_node(inner, own, out);
        }
        Kind::Logic(logic, left, right) => {
            let sign = match logic {
                Logic::And => "and",
                Logic::Or => "or",
                Logic::Implies => "=>",
                Logic::Same => "<=>",
            };
            infix(left, sign, right, own, own + 1, out);
        }
        Kind::If { guard, then } => {
            out.push_str("if ");
            write_node(guard, 1, out);
            out.push_str(" then ");
            write_node(then, 1, out);
        }
        Kind::Call { name, args, filter, by } => {
            let _ = write!(out, "{name}(");
            list(args, 1, out);
            if let Some(filter) = filter {
                out.push_str(" where ");
                write_node(filter, 1, out);
            }
            if !by.is_empty() {
                out.push_str(" by ");
                list(by, 7, out);
            }
            out.push(')');
        }
        Kind::Form { form, block } if block.is_empty() => out.push_str(form),
        Kind::Form { form, block } => {
            let _ = write!(out, "{form}/{block}");
        }
    }
}

fn infix(left: &Node, sign: &str, right: &Node, left_least: u8, right_least: u8, out: &mut String) {
    write_node(left, left_least, out);
    let _ = write!(out, " {sign} ");
    write_node(right, right_least, out);
}

fn list(nodes: &[Node], least: u8, out: &mut String) {
    for (at, node) in nodes.iter().enumerate() {
        if at > 0 {
            out.push_str(", ");
        }
        write_node(node, least, out);
    }
}

/// `[05]`, `G101-1[14]`, `H[2]`.
pub fn item(item: &ItemRef) -> String {
    let mut text = String::new();
    write_item(item, &mut text);
    text
}

fn write_item(item: &ItemRef, out: &mut String) {
    match &item.owner {
        Owner::Bare => {
            // Header and footer items carry their letter inside; it is written in front.
            let letter = item.item.chars().next().filter(|c| matches!(c, 'H' | 'F'));
            if let Some(letter) = letter {
                let _ = write!(out, "{letter}[{}]", &item.item[1..]);
                return;
            }
        }
        Owner::This => out.push_str("this"),
        Owner::Form(form) => out.push_str(form),
    }
    if !item.block.is_empty() {
        let _ = write!(out, "/{}", item.block);
    }
    match &item.to {
        Some(to) => {
            let _ = write!(out, "[{}..{to}]", item.item);
        }
        None => {
            let _ = write!(out, "[{}]", item.item);
        }
    }
}

fn write_set(set: &Set, out: &mut String) {
    match set {
        Set::List(name) => {
            let _ = write!(out, "list({})", member(name));
        }
        Set::Names(name) => {
            let _ = write!(out, "names({})", member(name));
        }
        Set::Members(members) => {
            let texts: Vec<String> = members
                .iter()
                .map(|(from, to)| {
                    to.as_ref().map_or_else(|| member(from), |to| format!("{}..{}", member(from), member(to)))
                })
                .collect();
            let _ = write!(out, "{{{}}}", texts.join(", "));
        }
    }
}

/// A value of a set, in quotes unless it is read as itself without them.
fn member(text: &str) -> String {
    let bare = text.strip_prefix('-').unwrap_or(text);
    let same = match tokens(bare).as_slice() {
        [Spanned { token: Token::Number { text, unit }, .. }] => text == bare && unit.is_empty(),
        [Spanned { token: Token::Word(word) | Token::Date(word), .. }] => word == bare && word.is_ascii(),
        _ => false,
    };
    if same { text.to_owned() } else { format!("\"{text}\"") }
}
