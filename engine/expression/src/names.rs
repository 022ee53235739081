//! What an expression names: outputs, statuses and inputs, and nothing else that is not its own.

use crate::limits::LOOPS_MAX;
use crate::tree::{Path, literal_text, parts, step};
use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, operators};
use cel::parser::Expression;
use std::collections::BTreeSet;

/// What an expression names of what lies outside it. Its question has to carry this and no more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Used {
    /// Tasks whose output it names.
    pub outputs: BTreeSet<String>,
    /// Tasks whose status it names.
    pub statuses: BTreeSet<String>,
    /// Inputs that it names.
    pub inputs: BTreeSet<String>,
}

impl Used {
    /// The tasks of which it names anything.
    pub fn tasks(&self) -> BTreeSet<&str> {
        self.outputs.iter().chain(&self.statuses).map(String::as_str).collect()
    }
}

/// The name that stands for the outputs and statuses of dependencies.
pub(crate) const TASKS: &str = "tasks";
/// The name that stands for the inputs of the workflow.
pub(crate) const INPUTS: &str = "inputs";

/// Types, as `type(x) == int` names them.
const TYPES: [&str; 10] =
    ["bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint"];
/// What is called as `f(x)`.
const FUNCTIONS: [&str; 10] =
    ["bool", "bytes", "double", "dyn", "int", "matches", "size", "string", "type", "uint"];
/// What is called as `x.f(y)`.
const METHODS: [&str; 5] = ["contains", "endsWith", "matches", "size", "startsWith"];
/// What the parser has replaced where it was called as it should be.
const MACROS: [&str; 6] = ["all", "exists", "exists_one", "filter", "has", "map"];

/// Why an expression is refused for what it names, and the name by which the place is found.
pub(crate) struct Refusal {
    pub(crate) message: String,
    pub(crate) name: String,
}

/// What an expression names. Refuses what is neither its own nor an output, a status or an input, and loops too deep.
pub(crate) fn used(expression: &Expression) -> Result<Used, Refusal> {
    let mut walk = Walk { used: Used::default(), own: Vec::new(), loops: 0 };
    walk.visit(expression)?;
    Ok(walk.used)
}

struct Walk<'a> {
    used: Used,
    /// Names that loops around this place have made.
    own: Vec<&'a str>,
    loops: usize,
}

impl<'a> Walk<'a> {
    fn visit(&mut self, expression: &'a Expression) -> Result<(), Refusal> {
        match &expression.expr {
            Expr::Ident(name) => self.name(name),
            Expr::Comprehension(each) => self.each(each),
            Expr::Struct(made) => {
                refuse(&made.type_name, format!("there is no type `{}` to make a value of", made.type_name))
            }
            Expr::Select(_) => self.member(expression),
            Expr::Call(call) if call.func_name == operators::INDEX => self.member(expression),
            Expr::Call(call) => {
                call.target.iter().try_for_each(|target| self.visit(target))?;
                function(call)?;
                call.args.iter().try_for_each(|argument| self.visit(argument))
            }
            Expr::Unspecified | Expr::List(_) | Expr::Literal(_) | Expr::Map(_) => self.all(expression),
        }
    }

    fn all(&mut self, expression: &'a Expression) -> Result<(), Refusal> {
        parts(expression).into_iter().try_for_each(|part| self.visit(part))
    }

    fn name(&self, name: &str) -> Result<(), Refusal> {
        match name {
            _ if self.own.contains(&name) || TYPES.contains(&name) => Ok(()),
            TASKS => refuse(
                name,
                "`tasks` cannot be used as a whole: name a dependency, as in `tasks.ID.output`".into(),
            ),
            INPUTS => {
                refuse(name, "`inputs` cannot be used as a whole: name one, as in `inputs.NAME`".into())
            }
            _ => refuse(name, format!("there is no `{name}`: an expression knows `tasks` and `inputs`")),
        }
    }

    /// A member of something, or an entry of it.
    fn member(&mut self, expression: &'a Expression) -> Result<(), Refusal> {
        if let Some(path) = Path::of(expression) {
            match (path.root, &path.members[..]) {
                (TASKS, members) => return self.task(members),
                (INPUTS, [name, ..]) => {
                    self.used.inputs.insert((*name).to_owned());
                    return Ok(());
                }
                (root, _) => return self.name(root),
            }
        }
        let Some((of, key)) = step(expression) else { return self.all(expression) };
        if let (Expr::Ident(root), None) = (&of.expr, key)
            && [TASKS, INPUTS].contains(&root.as_str())
        {
            return refuse(root, format!("which of `{root}` is meant must be written out, not computed"));
        }
        self.all(expression)
    }

    fn task(&mut self, members: &[&str]) -> Result<(), Refusal> {
        let used = match members {
            [_, "output", ..] => &mut self.used.outputs,
            [_, "status"] => &mut self.used.statuses,
            [id, "status", ..] => {
                return refuse(id, format!("the status of `{id}` is a text, without members"));
            }
            [id, member, ..] => {
                let message = format!(
                    "a task has `output` and `status`, no `{member}`; `tasks[\"{id}.{member}\"]` names one by its whole id"
                );
                return refuse(id, message);
            }
            [id] => {
                return refuse(
                    id,
                    format!("of the task `{id}` say what is meant: its `output` or its `status`"),
                );
            }
            [] => return refuse(TASKS, "name a dependency, as in `tasks.ID.output`".to_owned()),
        };
        used.insert(members[0].to_owned());
        Ok(())
    }

    fn each(&mut self, each: &'a ComprehensionExpr) -> Result<(), Refusal> {
        // What it goes over is evaluated once, beside the loop.
        self.visit(&each.iter_range)?;
        let made: Vec<&str> = [Some(&each.iter_var), each.iter_var2.as_ref()]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        if let Some(taken) = made.iter().find(|name| [TASKS, INPUTS].contains(*name) || name.starts_with('.'))
        {
            return refuse(taken, format!("`{taken}` cannot be the name of what a loop goes over"));
        }
        if self.loops == LOOPS_MAX {
            let name = made.first().copied().unwrap_or_default();
            return refuse(name, format!("loops are nested more than {LOOPS_MAX} deep"));
        }
        let before = self.own.len();
        self.own.extend(made);
        self.own.push(&each.accu_var);
        self.loops += 1;
        let parts = [&each.accu_init, &each.loop_cond, &each.loop_step, &each.result];
        parts.into_iter().try_for_each(|part| self.visit(part))?;
        self.loops -= 1;
        self.own.truncate(before);
        Ok(())
    }
}

fn function(call: &CallExpr) -> Result<(), Refusal> {
    let name = call.func_name.as_str();
    // Operators have names that cannot be written.
    let is_operator = name
        .contains(|each: char| !(each.is_ascii_alphanumeric() || each == '_' || each == '.'))
        || name == "-_";
    let known = if call.target.is_some() { &METHODS[..] } else { &FUNCTIONS[..] };
    if is_operator || known.contains(&name) {
        return Ok(());
    }
    let message = match () {
        () if MACROS.contains(&name) => format!("`{name}` is not called like that"),
        () if FUNCTIONS.contains(&name) => format!("`{name}` is called as `{name}(x)`"),
        () if METHODS.contains(&name) => format!("`{name}` is called as `x.{name}(y)`"),
        () => format!("there is no function `{name}`"),
    };
    refuse(name, message)
}

fn refuse<T>(name: &str, message: String) -> Result<T, Refusal> {
    Err(Refusal { message, name: name.to_owned() })
}

/// Every member and text that is written out in an expression: what may be said aloud of it.
pub(crate) fn is_written_out(expression: &Expression, name: &str) -> bool {
    let is_member = matches!(&expression.expr, Expr::Select(select) if select.field == name);
    let is_text = literal_text(expression) == Some(name);
    is_member || is_text || parts(expression).into_iter().any(|part| is_written_out(part, name))
}
