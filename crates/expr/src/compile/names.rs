//! From names to columns: which table an item belongs to, and how the row reaches it.

use super::{Lower, Scope};
use crate::ast::{ItemRef, Node, Owner};
use crate::diagnostic::{Diagnostic, nearest};
use crate::graph::{Access, NodeId, Op};
use crate::print;
use crate::schema::{ColumnId, ColumnType, Rows, TableId};

use super::number::{Flavour, Number};

/// What an expression gives.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "lives for one node while a rule is compiled; never kept in lists")]
pub(super) enum Value {
    Number(Number),
    Text(NodeId),
    Truth(NodeId),
}

impl Lower<'_> {
    /// The columns an item names: one, or a run in the form's order.
    pub(super) fn columns_of(&mut self, node: &Node, item: &ItemRef) -> Option<Vec<ColumnId>> {
        let first = self.find(node, item, &item.item)?;
        let Some(to) = &item.to else { return Some(vec![first]) };
        let last = self.find(node, item, to)?;
        if first.table != last.table || first.column > last.column {
            return self.error("bad-run", node, "a run of items goes upwards within one block");
        }
        Some((first.column..=last.column).map(|column| ColumnId { table: first.table, column }).collect())
    }

    fn find(&mut self, node: &Node, item: &ItemRef, code: &str) -> Option<ColumnId> {
        let form = self.form_of(item);
        let tables: Vec<TableId> = (0..self.schema.tables.len() as u32)
            .map(TableId)
            .filter(|t| {
                let table = self.schema.at(*t);
                table.prior_of.is_none()
                    && table.form == form
                    && (item.block.is_empty() || table.block == item.block || table.block_aliases.contains(&item.block))
            })
            .collect();
        if tables.is_empty() {
            let known: Vec<&str> = self.schema.tables.iter().map(|t| t.form.as_str()).collect();
            let mut problem = Diagnostic::error(
                "unknown-form",
                node.span,
                format!("no form or block `{form}{}{}`", if item.block.is_empty() { "" } else { "/" }, item.block),
            );
            if let Some(near) = nearest(&form, known) {
                problem = problem.hint(format!("did you mean `{near}`?"));
            }
            self.problems.push(problem);
            return None;
        }
        // The row's own block first, then the flat part, then the other blocks.
        let own = match (&item.owner, self.scope) {
            (Owner::This, _) | (_, Scope::Home) => self.home,
            (_, Scope::Rows(table, _)) => table,
        };
        let mut ordered: Vec<TableId> = tables.iter().copied().filter(|t| *t == own).collect();
        ordered.extend(tables.iter().copied().filter(|t| *t == self.home && *t != own));
        ordered.extend(tables.iter().copied().filter(|t| !ordered.contains(t)).collect::<Vec<_>>());
        for table in &ordered {
            if let Some(column) = self.schema.at(*table).column(code) {
                return Some(ColumnId { table: *table, column });
            }
        }
        let known: Vec<&str> =
            tables.iter().flat_map(|t| &self.schema.at(*t).columns).map(|c| c.code.as_str()).collect();
        let mut problem = Diagnostic::error("unknown-item", node.span, format!("form `{form}` has no item `{code}`"));
        if let Some(near) = nearest(code, known) {
            problem = problem.hint(format!("did you mean `{near}`?"));
        }
        self.problems.push(problem);
        None
    }

    /// The form an item is looked for in.
    fn form_of(&self, item: &ItemRef) -> String {
        match (&item.owner, self.scope) {
            (Owner::Form(form), _) => form.clone(),
            (Owner::This, _) | (Owner::Bare, Scope::Home) => self.schema.at(self.home).form.clone(),
            (Owner::Bare, Scope::Rows(table, _)) => self.schema.at(table).form.clone(),
        }
    }

    /// How the present row reaches a column; an error when it cannot.
    fn access(&mut self, node: &Node, item: &ItemRef, id: ColumnId) -> Option<Access> {
        let table = self.schema.at(id.table);
        match self.scope {
            Scope::Home if id.table == self.home => return Some(Access::Own),
            Scope::Rows(rows, _) if id.table == rows && item.owner != Owner::This => return Some(Access::Own),
            Scope::Rows(_, true) if id.table == self.home => return Some(Access::Outer),
            _ => {}
        }
        if table.rows == Rows::One {
            let own_form = table.form == self.schema.at(self.home).form && table.prior_of.is_none();
            if self.scope == Scope::Home && !own_form && !self.speaks_of.contains(&id.table) {
                self.speaks_of.push(id.table);
            }
            return Some(Access::Unit);
        }
        let code = table.code();
        let hint = format!("write sum({code}[{}]), or another aggregate", item.item);
        let message = format!("`{}` has many rows a unit; only an aggregate can read it from here", print::item(item));
        self.problems.push(Diagnostic::error("many-rows", node.span, message).hint(hint));
        None
    }

    /// The value of one item.
    pub(super) fn item(&mut self, node: &Node, item: &ItemRef) -> Option<Value> {
        let columns = self.columns_of(node, item)?;
        let [id] = columns.as_slice() else {
            return self.error(
                "run-outside",
                node,
                "a run of items stands only inside sum, count, min, max, any, every",
            );
        };
        self.column(node, item, *id)
    }

    /// The value of one column.
    pub(super) fn column(&mut self, node: &Node, item: &ItemRef, id: ColumnId) -> Option<Value> {
        let access = self.access(node, item, id)?;
        let column = self.schema.column(id).clone();
        if self.scope == Scope::Home {
            let mut written = item.clone();
            written.to = None;
            written.item.clone_from(&column.code);
            let text = print::item(&written);
            if !self.columns.iter().any(|(t, _)| *t == text) {
                self.columns.push((text, id));
            }
        }
        let value = match column.ty {
            ColumnType::Text | ColumnType::Code { .. } | ColumnType::Codes { .. } => {
                let text = self.add(Op::Text(id, access));
                self.note_read(node, text);
                return Some(Value::Text(text));
            }
            ColumnType::Number { scale } => {
                let num = self.add(Op::Number(id, access));
                Number::item(num, scale, column.measure)
            }
            ColumnType::Date => Number::of(self.add(Op::Number(id, access)), Flavour::Date),
            ColumnType::YearMonth => Number::of(self.add(Op::Number(id, access)), Flavour::YearMonth),
            ColumnType::Angle => {
                let num = self.add(Op::Number(id, access));
                let den = self.add(Op::Constant(3600));
                Number { scale: 4, den: Some((den, 0)), flavour: Flavour::Angle, ..Number::of(num, Flavour::Angle) }
            }
        };
        self.note_read(node, value.num);
        Some(Value::Number(value))
    }

    /// The list a column's codes come from, for checking literals.
    pub(super) fn list_of(&mut self, node: &Node) -> Option<usize> {
        let crate::ast::Kind::Item(item) = &node.kind else { return None };
        let before = self.problems.len();
        let columns = self.columns_of(node, item);
        self.problems.truncate(before);
        match self.schema.column(*columns?.first()?).ty {
            ColumnType::Code { list } | ColumnType::Codes { list } => Some(list.0 as usize),
            _ => None,
        }
    }
}
