//! The digest of a definition, the same whether it came in one piece or in chunks.

use triad_event::ids::DataSubjectId;
use triad_event::intake::TaskDefinition;

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
    pub(crate) name: &'a str,
    pub(crate) tasks: usize,
    /// The vault's digest over all inputs. The references to them differ with each sealing.
    pub(crate) content: &'a [u8; 32],
    /// The data subject, when the client named one.
    pub(crate) subject: Option<DataSubjectId>,
}

impl Chain {
    /// Continues over more tasks.
    pub(crate) fn over(&mut self, tasks: &[TaskDefinition]) {
        for task in tasks {
            write_task(task, &mut self.pending);
            if self.pending.len() >= STEP_BYTES {
                self.step();
            }
        }
    }

    /// The digest of a definition whose tasks these were.
    pub(crate) fn finish(mut self, whole: &Whole<'_>) -> [u8; 32] {
        let Whole { name, tasks, content, subject } = whole;
        number(*tasks, &mut self.pending);
        text(name, &mut self.pending);
        self.pending.extend_from_slice(*content);
        self.pending.push(subject.is_some().into());
        self.pending.extend_from_slice(&subject.unwrap_or(DataSubjectId::ZERO).0);
        self.step();
        self.value
    }

    fn step(&mut self) {
        self.pending.extend_from_slice(&self.value);
        self.value = *blake3::keyed_hash(CONTEXT, &self.pending).as_bytes();
        self.pending.clear();
    }
}

/// Every field, with its length before it when that can vary, so that no two tasks give the same bytes. Of the input
/// only that there is one: what it says is in the digest over all inputs.
fn write_task(task: &TaskDefinition, out: &mut Vec<u8>) {
    let TaskDefinition { id, name, kind, dependencies, input, timeout, attempts_max, retry_base } = task;
    text(id, out);
    text(name, out);
    out.push(kind.number());
    number(dependencies.len(), out);
    dependencies.iter().for_each(|dependency| out.extend_from_slice(&dependency.to_le_bytes()));
    out.push(input.is_some().into());
    // Zero is no timeout and no base that a task can name.
    out.extend_from_slice(&timeout.map_or(0, |timeout| timeout.0).to_le_bytes());
    out.extend_from_slice(&attempts_max.to_le_bytes());
    out.extend_from_slice(&retry_base.map_or(0, |base| base.0).to_le_bytes());
}

fn text(text: &str, out: &mut Vec<u8>) {
    number(text.len(), out);
    out.extend_from_slice(text.as_bytes());
}

/// A length. Definitions are bounded far below four billion.
fn number(number: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&crate::plan::length(number).to_le_bytes());
}
