//! The expressions of a task, checked once it is known what they may name, and put into it as they are sealed.

use super::course::{AT_ONCE, Written};
use crate::wire::fault::Faults;
use crate::wire::inputs::{Growth, Held, Inputs, Needs};
use crate::wire::origin::Origin;
use crate::wire::reach::Reach;
use serde_json::Map;
use std::collections::{BTreeMap, BTreeSet};
use triad_decide::intake::ProposedTask;
use triad_expression::{Known, ListOf, Used, Wants, check};
use triad_perform::evaluate::Rule;

/// What the expressions of a task may name, and what comes of them.
pub(in crate::wire) struct Expressing<'a> {
    pub(in crate::wire) reach: &'a Reach<'a>,
    pub(in crate::wire) inputs: &'a Inputs,
    /// Where the task comes from.
    pub(in crate::wire) origin: &'a Origin,
    /// What it names beside its dependencies.
    pub(in crate::wire) needs: &'a mut Needs,
    pub(in crate::wire) growth: &'a mut Growth,
    pub(in crate::wire) faults: &'a mut Faults,
}

impl Expressing<'_> {
    /// Checks the expressions of a task and puts them into it.
    pub(in crate::wire) fn place(mut self, task: &mut ProposedTask, written: Written) {
        if !written.is_there() {
            return;
        }
        let Written { when, list, at_once } = written;
        let id = task.definition.id.clone();
        if let Some((text, at)) = when {
            let rule = self.rule(ListOf::Expression(text), Wants::Truth, &mut task.wants.named);
            task.wants.condition = self.sealed(rule, "when", at, &id);
        }
        if let Some((list, at)) = list {
            let rule = self.rule(list, Wants::List, &mut task.wants.named);
            let list = self.sealed(rule, "for_each", at, &id);
            task.wants.list = list.map(|list| (list, at_once.unwrap_or(AT_ONCE)));
        }
    }

    fn sealed(&mut self, rule: Result<Rule, String>, field: &str, at: usize, id: &str) -> Option<Vec<u8>> {
        let encoded = rule.and_then(|rule| {
            let encoded = rule.encode();
            // What was written itself is small; values are what makes it grow.
            self.growth.take(if rule.inputs.is_empty() { 0 } else { encoded.len() })?;
            Ok(encoded)
        });
        encoded.map_err(|problem| self.faults.add_of(self.origin, id, Some(at), field, || problem)).ok()
    }

    /// The expression with the values of the inputs that it names, and with the whole ids of the tasks. Whom it names is added.
    fn rule(
        &mut self,
        expression: ListOf,
        wants: Wants,
        named: &mut BTreeSet<String>,
    ) -> Result<Rule, String> {
        let used = match &expression {
            ListOf::Expression(text) => self.used(text, wants)?,
            ListOf::Literal(_) => Used::default(),
        };
        let mut rule = Rule { expression, inputs: Map::new(), names: BTreeMap::new() };
        for name in used.tasks() {
            let id = self.reach.whole(name);
            if !self.reach.is_dependency(&id) {
                self.needs.insert(id.clone(), self.reach.edge(name));
            }
            if id != name {
                rule.names.insert(name.to_owned(), id.clone());
            }
            named.insert(id);
        }
        for name in used.inputs {
            match self.inputs.get(&name) {
                Some(Held::Value(value)) => drop(rule.inputs.insert(name, value.clone())),
                Some(Held::Late(_)) => {
                    return Err(format!(
                        "inputs.{name} is the output of a task, known only when tasks run: an expression of a sub-workflow cannot name it"
                    ));
                }
                Some(Held::Open) | None => {}
            }
        }
        Ok(rule)
    }

    fn used(&self, text: &str, wants: Wants) -> Result<Used, String> {
        let mut tasks: BTreeSet<String> = self.reach.dependencies().map(str::to_owned).collect();
        // Of the tasks of sub-workflows there may be very many: those count of which the text speaks.
        let of_an_id = |letter: char| letter.is_ascii_alphanumeric() || ['_', '-', '.'].contains(&letter);
        let spoken = text.split(|letter| !of_an_id(letter)).filter(|word| word.contains('.'));
        tasks.extend(spoken.filter(|word| self.reach.has(word)).map(str::to_owned));
        let known = Known { tasks, inputs: self.inputs.names().cloned().collect() };
        let used = check(text, &known, wants).map_err(|fault| format!("expression: {fault}"))?;
        match used.outputs.iter().find(|name| self.reach.is_group(name)) {
            Some(name) => {
                Err(format!("{name:?} is a sub-workflow, which has no output: name that of one of its tasks"))
            }
            None => Ok(used),
        }
    }
}
