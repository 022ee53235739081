//! What the inputs of a workflow or sub-workflow are: values that were given, defaults, and outputs that are not there yet.

use super::declared::{Declaration, Declarations};
use super::fill::Needs;
use super::given::{Given, GivenValue};
use crate::wire::fault::Faults;
use crate::wire::members::shown_key;
use crate::wire::origin::Origin;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The inputs that a task can name.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::wire) struct Inputs(BTreeMap<String, Held>);

/// What an input is.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::wire) enum Held {
    /// Known.
    Value(Value),
    /// Known when a task runs that takes it: only in a sub-workflow.
    Late(Late),
    /// To be given when the definition is used.
    Open,
}

/// A text with the outputs of tasks in it, which have ended before any task takes it.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::wire) struct Late {
    /// With templates that name tasks by their whole ids.
    pub(super) text: String,
    /// The templates in it, in their order: a task, and a path into its output.
    pub(super) outputs: Vec<(String, String)>,
    /// Those tasks.
    pub(super) needs: Needs,
}

impl Inputs {
    pub(in crate::wire) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(in crate::wire) fn names(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    pub(in crate::wire) fn get(&self, name: &str) -> Option<&Held> {
        self.0.get(name)
    }

    /// The values that are known, as one document.
    pub(in crate::wire) fn values(&self) -> Map<String, Value> {
        let known = self.0.iter().filter_map(|(name, held)| match held {
            Held::Value(value) => Some((name.clone(), value.clone())),
            Held::Late(_) | Held::Open => None,
        });
        known.collect()
    }
}

/// Puts together what is declared and what is given, and tells what does not fit.
pub(in crate::wire) struct Settling<'a> {
    /// Whose inputs they are, and what that is called.
    pub(in crate::wire) origin: &'a Origin,
    pub(in crate::wire) id: &'a str,
    /// The member in which values are given.
    pub(in crate::wire) given_in: &'static str,
    /// The member in which they are declared, or where a definition is named whose inputs they are.
    pub(in crate::wire) declared_in: Result<&'static str, usize>,
    /// Whether values may be missing, because the definition is only kept.
    pub(in crate::wire) may_be_open: bool,
    pub(in crate::wire) faults: &'a mut Faults,
}

impl Settling<'_> {
    /// `hold` says what a given value comes to, which only in a sub-workflow may be more than it says.
    pub(in crate::wire) fn settle(
        mut self,
        declared: &Declarations,
        given: Given,
        mut hold: impl FnMut(Value) -> Result<Held, String>,
    ) -> Inputs {
        let mut inputs = BTreeMap::new();
        for (name, GivenValue { value, key_at, at }) in given {
            let path = format!("{}.{}", self.given_in, shown_key(&name));
            let Some(declaration) = declared.get(&name) else {
                let problem = format!("there is no such input{}", such_as(declared));
                self.fault(&path, key_at, problem);
                continue;
            };
            let held = value.map_or(Ok(Held::Open), &mut hold);
            let held = held.and_then(|held| fitting(declaration, held));
            inputs.insert(
                name,
                held.unwrap_or_else(|problem| {
                    self.fault(&path, at, problem);
                    Held::Open
                }),
            );
        }
        for (name, declaration) in declared {
            if inputs.contains_key(name) {
                continue;
            }
            if declaration.default.is_none() && !self.may_be_open {
                self.missing(name, declaration);
            }
            let held = declaration.default.clone().map_or(Held::Open, Held::Value);
            inputs.insert(name.clone(), held);
        }
        Inputs(inputs)
    }

    fn missing(&mut self, name: &str, declaration: &Declaration) {
        let given_in = self.given_in;
        match self.declared_in {
            Ok(declared_in) => {
                let problem = format!("has no default, and `{given_in}` gives it no value");
                self.fault(&format!("{declared_in}.{name}"), declaration.at, problem);
            }
            Err(at) => {
                let problem = format!("its input {name} has no default, and `{given_in}` gives it no value");
                self.fault("workflow", at, problem);
            }
        }
    }

    fn fault(&mut self, path: &str, at: usize, problem: String) {
        self.faults.add_of(self.origin, self.id, Some(at), path, || problem);
    }
}

fn fitting(declaration: &Declaration, held: Held) -> Result<Held, String> {
    match &held {
        Held::Value(value) => declaration.refusal(value).map_or(Ok(held), Err),
        Held::Late(_) if !declaration.takes_text() => {
            let problem = "holds an output, which is known only when tasks run: only an input of type string without `enum` \
                takes that";
            Err(problem.to_owned())
        }
        Held::Late(_) | Held::Open => Ok(held),
    }
}

/// How many names are told to somebody who used another.
const TOLD_MAX: usize = 10;

fn such_as(declared: &Declarations) -> String {
    let told: Vec<&str> = declared.keys().take(TOLD_MAX).map(String::as_str).collect();
    match (told.len(), declared.len() > TOLD_MAX) {
        (0, _) => ": none is declared".to_owned(),
        (_, false) => format!(": there are {}", told.join(", ")),
        (_, true) => format!(": there are {} and others", told.join(", ")),
    }
}
