//! The parts of a syntax tree: what lies directly below an expression, and the path that a chain of members spells.

use cel::common::ast::{EntryExpr, Expr, IdedEntryExpr, LiteralValue, operators};
use cel::parser::Expression;

/// What lies directly below.
pub(crate) fn parts(of: &Expression) -> Vec<&Expression> {
    match &of.expr {
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => Vec::new(),
        Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).collect(),
        Expr::Comprehension(each) => {
            vec![&each.iter_range, &each.accu_init, &each.loop_cond, &each.loop_step, &each.result]
        }
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Map(map) => map.entries.iter().flat_map(entry).collect(),
        Expr::Select(select) => vec![&*select.operand],
        Expr::Struct(made) => made.entries.iter().flat_map(entry).collect(),
    }
}

fn entry(of: &IdedEntryExpr) -> Vec<&Expression> {
    match &of.expr {
        EntryExpr::StructField(field) => vec![&field.value],
        EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
    }
}

/// The same, to be changed.
pub(crate) fn parts_mut(of: &mut Expression) -> Vec<&mut Expression> {
    match &mut of.expr {
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => Vec::new(),
        Expr::Call(call) => call.target.as_deref_mut().into_iter().chain(&mut call.args).collect(),
        Expr::Comprehension(each) => {
            let each = &mut **each;
            vec![
                &mut each.iter_range,
                &mut each.accu_init,
                &mut each.loop_cond,
                &mut each.loop_step,
                &mut each.result,
            ]
        }
        Expr::List(list) => list.elements.iter_mut().collect(),
        Expr::Map(map) => map.entries.iter_mut().flat_map(entry_mut).collect(),
        Expr::Select(select) => vec![&mut *select.operand],
        Expr::Struct(made) => made.entries.iter_mut().flat_map(entry_mut).collect(),
    }
}

fn entry_mut(of: &mut IdedEntryExpr) -> Vec<&mut Expression> {
    match &mut of.expr {
        EntryExpr::StructField(field) => vec![&mut field.value],
        EntryExpr::MapEntry(entry) => vec![&mut entry.key, &mut entry.value],
    }
}

/// A name, and the members that are asked of it one after another, each of them written out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Path<'a> {
    pub(crate) root: &'a str,
    pub(crate) members: Vec<&'a str>,
}

impl<'a> Path<'a> {
    /// The path that an expression spells: `a.b["c"]` is `a`, `b`, `c`. None when it is anything else, a computed key included.
    pub(crate) fn of(mut expression: &'a Expression) -> Option<Self> {
        let mut members = Vec::new();
        loop {
            if let Expr::Ident(root) = &expression.expr {
                members.reverse();
                return Some(Self { root, members });
            }
            let (of, member) = step(expression)?;
            members.push(member?);
            expression = of;
        }
    }

    /// As people write it.
    pub(crate) fn text(&self) -> String {
        let mut text = self.root.to_owned();
        for member in &self.members {
            let is_plain = !member.starts_with(|first: char| first.is_ascii_digit())
                && member.chars().all(|each| each.is_ascii_alphanumeric() || each == '_');
            match is_plain {
                true => text.extend([".", member]),
                false => text.push_str(&format!("[{member:?}]")),
            }
        }
        text
    }
}

/// What a member is asked of, and the member, if it is written out.
pub(crate) fn step(expression: &Expression) -> Option<(&Expression, Option<&str>)> {
    if let Expr::Select(select) = &expression.expr {
        return Some((&select.operand, Some(&select.field)));
    }
    let Expr::Call(call) = &expression.expr else { return None };
    let [of, key] = &call.args[..] else { return None };
    (call.func_name == operators::INDEX).then(|| (of, literal_text(key)))
}

/// A text that is written out.
pub(crate) fn literal_text(expression: &Expression) -> Option<&str> {
    let Expr::Literal(LiteralValue::String(text)) = &expression.expr else { return None };
    Some(text.inner())
}
