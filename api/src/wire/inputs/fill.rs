//! Puts values of inputs where texts name them, and calls tasks of sub-workflows by their whole ids.

use super::settled::{Held, Inputs, Late};
use crate::wire::reach::Reach;
use serde_json::Value;
use std::collections::BTreeMap;
use triad_decide::intake::template::{Piece, Step, pieces, steps};
use triad_event::intake::EdgeOn;

/// Tasks that a task takes outputs of beside those that it is said to depend on, by their whole ids, and how it wants them.
pub(in crate::wire) type Needs = BTreeMap<String, Option<EdgeOn>>;

/// Bytes that values may add to a definition, over all tasks: as much as a definition may have. A short document could
/// otherwise become
/// one of terabytes.
const GROWTH_BYTES_MAX: usize = 64 << 20;

/// How much a definition may still grow.
#[derive(Debug)]
pub(in crate::wire) struct Growth(usize);

impl Growth {
    pub(in crate::wire) fn new() -> Self {
        Self(GROWTH_BYTES_MAX)
    }

    /// Takes room for more bytes.
    pub(in crate::wire) fn take(&mut self, bytes: usize) -> Result<(), String> {
        self.0 = self.0.checked_sub(bytes).ok_or_else(|| {
            format!("the values of inputs make the definition more than {GROWTH_BYTES_MAX} bytes longer")
        })?;
        Ok(())
    }
}

/// Fills texts of one task.
pub(in crate::wire) struct Filler<'a> {
    pub(in crate::wire) reach: &'a Reach<'a>,
    pub(in crate::wire) inputs: &'a Inputs,
    /// Whether it is run for each entry of a list.
    pub(in crate::wire) has_items: bool,
    /// What it takes outputs of beside its dependencies.
    pub(in crate::wire) needs: &'a mut Needs,
    pub(in crate::wire) growth: &'a mut Growth,
}

/// A text that is being filled.
#[derive(Default)]
struct Filled {
    text: String,
    /// What must be read as templates in it, and nothing else.
    outputs: Vec<(String, String)>,
    entries: usize,
    /// The tasks of those outputs.
    needs: Needs,
}

impl Filler<'_> {
    /// The text with values in it, and with whole ids.
    pub(in crate::wire) fn text(&mut self, text: &str) -> Result<String, String> {
        let Filled { text, needs, .. } = self.fill(text)?;
        self.needs.extend(needs.into_iter().filter(|(id, _)| !self.reach.is_dependency(id)));
        Ok(text)
    }

    /// A text in which only inputs are templates, and only those that are known.
    pub(in crate::wire) fn plain(&mut self, text: &str) -> Result<String, String> {
        let is_input =
            |piece: &Piece<'_>| matches!(piece, Piece::Input { name, .. } if self.inputs.get(name).is_some());
        let mut filled = String::new();
        for piece in pieces(text, is_input) {
            match piece {
                Piece::Literal(literal) => filled.push_str(literal),
                Piece::Input { name, path } => match self.inputs.get(name) {
                    Some(Held::Value(value)) => filled.push_str(&at(name, value, path)?),
                    Some(Held::Late(_)) => {
                        let problem = "is known only when the task runs: command, env and stdin can hold it";
                        return Err(format!("inputs.{name} {problem}"));
                    }
                    Some(Held::Open) | None => filled.push_str(&written("inputs", name, path)),
                },
                Piece::Output { .. } | Piece::Item { .. } | Piece::Index => {
                    unreachable!("invariant: only known templates are pieces")
                }
            }
        }
        self.growth.take(filled.len().saturating_sub(text.len()))?;
        Ok(filled)
    }

    /// What a value that is given to a sub-workflow comes to: a text may hold inputs and outputs, and is an input's value as
    /// that is
    /// where it names one and nothing else.
    pub(in crate::wire) fn held(&mut self, value: Value) -> Result<Held, String> {
        let Value::String(text) = &value else { return Ok(Held::Value(value)) };
        if !text.contains('{') {
            return Ok(Held::Value(value));
        }
        let is_input =
            |piece: &Piece<'_>| matches!(piece, Piece::Input { name, .. } if self.inputs.get(name).is_some());
        if let [Piece::Input { name, path }] = pieces(text, is_input)[..] {
            match self.inputs.get(name) {
                Some(Held::Value(value)) => return Ok(Held::Value(follow(name, value, path)?.clone())),
                Some(Held::Open) => return Ok(Held::Open),
                Some(Held::Late(_)) | None => {}
            }
        }
        let Filled { text, outputs, needs, .. } = self.fill(text)?;
        Ok(if outputs.is_empty() {
            Held::Value(text.into())
        } else {
            Held::Late(Late { text, outputs, needs })
        })
    }

    fn fill(&mut self, text: &str) -> Result<Filled, String> {
        let known = pieces(text, |piece| match piece {
            Piece::Literal(_) => false,
            Piece::Output { task, .. } => self.reach.has_output(task),
            Piece::Item { .. } | Piece::Index => self.has_items,
            Piece::Input { name, .. } => self.inputs.get(name).is_some(),
        });
        let mut filled = Filled::default();
        for piece in known {
            match piece {
                Piece::Literal(literal) => {
                    self.refuse_groups(literal)?;
                    filled.text.push_str(literal);
                }
                Piece::Output { task, path } => self.output(task, path, &mut filled),
                Piece::Item { path } => {
                    filled.text.push_str(&if path.is_empty() {
                        "{item}".to_owned()
                    } else {
                        format!("{{item.{path}}}")
                    });
                    filled.entries += 1;
                }
                Piece::Index => {
                    filled.text.push_str("{index}");
                    filled.entries += 1;
                }
                Piece::Input { name, path } => self.input(name, path, &mut filled)?,
            }
        }
        self.growth.take(filled.text.len().saturating_sub(text.len()))?;
        self.check(&filled)?;
        Ok(filled)
    }

    fn output(&self, task: &str, path: &str, filled: &mut Filled) {
        let id = self.reach.whole(task);
        filled.text.push_str(&output(&id, path));
        filled.needs.insert(id.clone(), self.reach.edge(task));
        filled.outputs.push((id, path.to_owned()));
    }

    fn input(&self, name: &str, path: &str, filled: &mut Filled) -> Result<(), String> {
        match self.inputs.get(name) {
            Some(Held::Value(value)) => filled.text.push_str(&at(name, value, path)?),
            Some(Held::Late(late)) => {
                filled.needs.extend(late.needs.clone());
                if path.is_empty() {
                    filled.text.push_str(&late.text);
                    filled.outputs.extend(late.outputs.iter().cloned());
                } else {
                    let (id, inner) = late.alone().ok_or_else(|| no_member(name, path))?;
                    let path = if inner.is_empty() { path.to_owned() } else { format!("{inner}.{path}") };
                    filled.text.push_str(&output(id, &path));
                    filled.outputs.push((id.clone(), path));
                }
            }
            Some(Held::Open) | None => filled.text.push_str(&written("inputs", name, path)),
        }
        Ok(())
    }

    /// A sub-workflow has no output of its own.
    fn refuse_groups(&self, literal: &str) -> Result<(), String> {
        let is_group =
            |piece: &Piece<'_>| matches!(piece, Piece::Output { task, .. } if self.reach.is_group(task));
        match pieces(literal, is_group).into_iter().find(is_group) {
            Some(Piece::Output { task, .. }) => Err(format!(
                "{task} is a sub-workflow, which has no output: name that of one of its tasks, as in {{{task}.TASK.output}}"
            )),
            Some(_) | None => Ok(()),
        }
    }

    /// Whoever fills in outputs must find the templates that were meant, and no value that looks like one.
    fn check(&self, filled: &Filled) -> Result<(), String> {
        let is_known = |piece: &Piece<'_>| match piece {
            Piece::Literal(_) | Piece::Input { .. } => false,
            Piece::Output { task, .. } => self.reach.is_output_of(task) || filled.needs.contains_key(*task),
            Piece::Item { .. } | Piece::Index => self.has_items,
        };
        let (mut outputs, mut entries) = (Vec::new(), 0);
        for piece in pieces(&filled.text, is_known) {
            match piece {
                Piece::Output { task, path } => outputs.push((task, path)),
                Piece::Item { .. } | Piece::Index => entries += 1,
                Piece::Literal(_) | Piece::Input { .. } => {}
            }
        }
        let meant = filled.outputs.iter().map(|(task, path)| (task.as_str(), path.as_str()));
        if entries == filled.entries && meant.eq(outputs) {
            return Ok(());
        }
        Err("with the values of inputs in it, it holds a template that nobody wrote: a value, or a text here, reads like \
            one".to_owned())
    }
}

impl Late {
    /// The one output that it is, and nothing around it.
    fn alone(&self) -> Option<&(String, String)> {
        match &self.outputs[..] {
            [one] if output(&one.0, &one.1) == self.text => Some(one),
            _ => None,
        }
    }
}

fn output(task: &str, path: &str) -> String {
    written(task, "output", path)
}

fn written(first: &str, second: &str, path: &str) -> String {
    let dot = if path.is_empty() { "" } else { "." };
    format!("{{{first}.{second}{dot}{path}}}")
}

fn at(name: &str, value: &Value, path: &str) -> Result<String, String> {
    follow(name, value, path).map(shown)
}

fn follow<'a>(name: &str, value: &'a Value, path: &str) -> Result<&'a Value, String> {
    let step = |found: &'a Value, step| match step {
        Step::Member(member) => found.get(member),
        Step::Position(position) => found.get(position),
    };
    steps(path).try_fold(value, step).ok_or_else(|| no_member(name, path))
}

fn no_member(name: &str, path: &str) -> String {
    format!("the value of inputs.{name} has no {path:?}")
}

/// Text as it is, anything else as JSON.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
