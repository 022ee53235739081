//! The digest of a definition, the same whether it came in one piece or in chunks.

use triad_event::ids::DataSubjectId;
use triad_event::intake::{TaskDefinition, TaskRules, TaskTerms, WorkflowTerms};
use triad_event::shape::Shape;

use super::pieces::record_bytes;
use crate::image::structs;

structs! { Chain { value, pending } }

/// The key of the hash, so that its values coincide with no other use.
const CONTEXT: &[u8; 32] = b"triad 2026-11 workflow contents.";

/// Bytes that one step of the chain hashes at least: few steps for a small definition, little to keep between
/// chunks.
const STEP_BYTES: usize = 4096;

/// The digest over the tasks so far. How the tasks were divided into chunks leaves no trace in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Chain {
    /// Over everything before the pending bytes.
    pub(crate) value: [u8; 32],
    /// The tasks since.
    pub(crate) pending: Vec<u8>,
}

/// What the digest is over besides the tasks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Whole<'a> {
    pub(crate) name: &'a String,
    pub(crate) tasks: u32,
    /// The vault's digest over all inputs. The references to them differ with each sealing.
    pub(crate) content: &'a [u8; 32],
    /// The data subject, when the client named one.
    pub(crate) subject: Option<DataSubjectId>,
    /// What else is said of it.
    pub(crate) terms: Option<&'a WorkflowTerms>,
}

impl Chain {
    pub(crate) fn over(&mut self, tasks: &[TaskDefinition]) {
        self.pending.reserve(record_bytes(tasks).min(STEP_BYTES));
        for task in tasks {
            put_task(task, &mut self.pending);
            if self.pending.len() >= STEP_BYTES {
                self.step();
            }
        }
    }

    /// The digest of a definition whose tasks these were.
    pub(crate) fn finish(mut self, whole: &Whole<'_>) -> [u8; 32] {
        let Whole { name, tasks, content, subject, terms } = whole;
        tasks.put(&mut self.pending);
        name.put(&mut self.pending);
        content.put(&mut self.pending);
        subject.put(&mut self.pending);
        // A definition of which nothing else is said has the digest that it had before anything could be.
        terms.iter().for_each(|terms| put_terms(terms, &mut self.pending));
        self.step();
        self.value
    }

    fn step(&mut self) {
        self.pending.extend_from_slice(&self.value);
        self.value = *blake3::keyed_hash(CONTEXT, &self.pending).as_bytes();
        self.pending.clear();
    }
}

/// Every field. Of the input only that there is one: what it says is in the digest over all inputs.
fn put_task(task: &TaskDefinition, out: &mut Vec<u8>) {
    let TaskDefinition { id, name, kind, dependencies, input, options, flow, rules, terms } = task;
    id.put(out);
    name.put(out);
    kind.put(out);
    dependencies.put(out);
    out.push(input.is_some().into());
    options.put(out);
    // What has none has the digest that it had before there was any. The mark is no length that an id has, with which the next
    // task begins.
    if let Some(flow) = flow {
        u32::MAX.put(out);
        flow.put(out);
    }
    if let Some(rules) = rules {
        (u32::MAX - 1).put(out);
        put_rules(rules, out);
    }
    if let Some(terms) = terms {
        (u32::MAX - 2).put(out);
        put_worth(terms, out);
    }
}

/// What says nothing of when the task runs but a bid has the digest that it had before more could be said.
fn put_worth(terms: &TaskTerms, out: &mut Vec<u8>) {
    let TaskTerms {
        energy_estimate,
        value_score,
        market_multiplier,
        bid_price_max,
        healing,
        owner_persona,
        capabilities,
        sovereignty,
        optimise,
        missing_price,
        suspension,
    } = terms;
    energy_estimate.put(out);
    value_score.put(out);
    market_multiplier.put(out);
    bid_price_max.put(out);
    healing.put(out);
    owner_persona.put(out);
    capabilities.put(out);
    sovereignty.put(out);
    if !optimise.is_empty() || missing_price.is_some() {
        (u32::MAX - 3).put(out);
        optimise.put(out);
        missing_price.put(out);
    }
    if let Some(suspension) = suspension {
        (u32::MAX - 4).put(out);
        suspension.put(out);
    }
}

/// Of the expressions only that there are any, as of the input.
fn put_rules(rules: &TaskRules, out: &mut Vec<u8>) {
    let TaskRules { condition, fan_out, edges, part_of, deadline, priority, reused, signal_schema } = rules;
    out.push(condition.is_some().into());
    fan_out.as_ref().map(|fan| fan.at_once).put(out);
    edges.put(out);
    part_of.put(out);
    deadline.put(out);
    priority.put(out);
    reused.put(out);
    signal_schema.put(out);
}

/// Of the values of inputs only that there are any: what they say is in the inputs of the tasks.
fn put_terms(terms: &WorkflowTerms, out: &mut Vec<u8>) {
    let WorkflowTerms { labels, priority, deadline, inputs, definition, retries } = terms;
    labels.put(out);
    priority.put(out);
    deadline.put(out);
    out.push(inputs.is_some().into());
    definition.put(out);
    retries.put(out);
}
