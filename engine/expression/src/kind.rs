//! What kind of value an expression gives, as far as its outermost operator says.

use cel::common::ast::{Expr, LiteralValue, operators};
use cel::parser::Expression;

/// What an expression surely gives, if it gives anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Truth,
    List,
    /// Neither of them, in words.
    Other(&'static str),
}

/// None when that depends on values.
pub(crate) fn of(expression: &Expression) -> Option<Kind> {
    match &expression.expr {
        Expr::Literal(LiteralValue::Boolean(_)) => Some(Kind::Truth),
        Expr::Literal(LiteralValue::String(_)) => Some(Kind::Other("a text")),
        Expr::Literal(LiteralValue::Bytes(_)) => Some(Kind::Other("bytes")),
        Expr::Literal(LiteralValue::Null) => Some(Kind::Other("null")),
        Expr::Literal(LiteralValue::Double(_) | LiteralValue::Int(_) | LiteralValue::UInt(_)) => {
            Some(Kind::Other("a number"))
        }
        Expr::List(_) => Some(Kind::List),
        Expr::Map(_) => Some(Kind::Other("a map")),
        Expr::Select(select) => select.test.then_some(Kind::Truth),
        Expr::Comprehension(each) => {
            let is_gathered = matches!(&each.result.expr, Expr::Ident(name) if *name == each.accu_var);
            of(if is_gathered { &each.accu_init } else { &each.result })
        }
        Expr::Call(call) => call_kind(&call.func_name, &call.args),
        Expr::Unspecified | Expr::Ident(_) | Expr::Struct(_) => None,
    }
}

fn call_kind(function: &str, arguments: &[Expression]) -> Option<Kind> {
    match function {
        operators::CONDITIONAL => {
            let [_, one, other] = arguments else { return None };
            of(one).filter(|kind| of(other) == Some(*kind))
        }
        operators::LOGICAL_AND | operators::LOGICAL_OR | operators::LOGICAL_NOT | operators::IN => {
            Some(Kind::Truth)
        }
        operators::EQUALS | operators::NOT_EQUALS | operators::LESS | operators::LESS_EQUALS => {
            Some(Kind::Truth)
        }
        operators::GREATER | operators::GREATER_EQUALS => Some(Kind::Truth),
        operators::SUBSTRACT
        | operators::MULTIPLY
        | operators::DIVIDE
        | operators::MODULO
        | operators::NEGATE => Some(Kind::Other("a number")),
        "contains" | "startsWith" | "endsWith" | "matches" | "bool" => Some(Kind::Truth),
        "size" | "int" | "uint" | "double" => Some(Kind::Other("a number")),
        "string" => Some(Kind::Other("a text")),
        "bytes" => Some(Kind::Other("bytes")),
        "type" => Some(Kind::Other("a type")),
        _ => None,
    }
}
