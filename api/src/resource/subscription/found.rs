//! Which events of a page of the log a subscription names.

use super::held::Held;
use crate::http::state::{AppState, blocking};
use crate::wire::problem::Problem;
use crate::wire::record::write_record;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use triad_event::Kind;
use triad_event::alerts::AlertRaised;
use triad_event::ids::{StreamId, WorkflowId};
use triad_expression::{NoAnswer, ask_filter};
use triad_log::FjallReader;
use triad_log::storage::{LogRead, ReadError};
use triad_proof::Block;

/// Of an event whose payload is longer, filters see none: it is a definition, and what is in it is not looked for.
const PAYLOAD_BYTES_MAX: usize = 64 << 10;
/// Processes that one page of events may take for a filter that cannot be evaluated over some of them. Of what is left then,
/// people are told: rather too much than nothing.
const FAILURES_MAX: u32 = 16;

/// An event that some subscription may name.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) sequence: u64,
    pub(super) kind: &'static str,
    pub(super) stream: StreamId,
    event: Value,
}

impl Candidate {
    /// For a message: with the alert that it raised.
    pub(super) fn held(&self) -> Held {
        let is_alert = self.kind == Kind::name(AlertRaised::KIND);
        Held::of(self.sequence, is_alert.then_some(self.stream))
    }
}

/// The events of some kinds among the records of the block that holds one, from that one on; and where the next block begins.
pub(super) fn candidates(
    reader: &FjallReader,
    from: u64,
    kinds: &BTreeSet<String>,
) -> Result<(Vec<Candidate>, u64), ReadError> {
    let missing = || ReadError::Missing { what: format!("record {from}") };
    let bytes = reader.block_holding(from)?.ok_or_else(missing)?;
    let block = Block::decode(&bytes)?;
    let (mut found, mut next) = (Vec::new(), from);
    while let Some(record) = block.record_at(next).transpose()? {
        let header = &record.header;
        if let Some(kind) = Kind::from_number(header.kind).map(Kind::name)
            && kinds.contains(kind)
        {
            let mut json = Vec::new();
            write_record(&record, &mut json);
            let mut event: Value =
                serde_json::from_slice(&json).expect("invariant: a record is written as JSON");
            if record.payload.len() > PAYLOAD_BYTES_MAX {
                event["payload"] = json!({});
            }
            found.push(Candidate { sequence: next, kind, stream: StreamId(header.stream), event });
        }
        next += 1;
    }
    Ok((found, next))
}

impl AppState {
    /// Adds what is known of the workflows that events are of: `event.workflow`, with its name, its owner and its labels.
    pub(super) async fn with_workflows(&self, mut found: Vec<Candidate>) -> Result<Vec<Candidate>, Problem> {
        let streams: BTreeSet<StreamId> = found.iter().map(|one| one.stream).collect();
        let known = self.view(move |views| {
            let mut known = BTreeMap::new();
            for stream in streams.into_iter().filter(|stream| *stream != StreamId::LOG) {
                if let Some(summary) = views.summary(WorkflowId(stream.0))?.value {
                    let labels = summary.terms.iter().flat_map(|terms| &terms.labels);
                    let labels: BTreeMap<&str, &str> =
                        labels.map(|label| (label.name.as_str(), label.value.as_str())).collect();
                    let (id, name, owner) = (stream.to_string(), &summary.name, &summary.owner);
                    known.insert(stream, json!({ "id": id, "name": name, "owner": owner, "labels": labels }));
                }
            }
            Ok(known)
        });
        let known = known.await?;
        for one in &mut found {
            if let Some(workflow) = known.get(&one.stream) {
                one.event["workflow"] = workflow.clone();
            }
        }
        Ok(found)
    }

    /// Those of which a filter holds, and those of which it cannot be said.
    pub(super) async fn filtered(
        &self,
        filter: String,
        found: Vec<Candidate>,
    ) -> Result<Vec<Candidate>, Problem> {
        let program = self.program.clone();
        blocking(move || {
            let events: Vec<Value> = found.iter().map(|one| one.event.clone()).collect();
            let holds = holding(&program, &filter, &events, &mut 0)?;
            Ok::<_, std::io::Error>(
                found.into_iter().zip(holds).filter(|(_, holds)| *holds).map(|(one, _)| one).collect(),
            )
        })
        .await
    }
}

/// Of which events a filter holds. One that has no value for some of them is asked of halves, down to single ones.
fn holding(
    program: &PathBuf,
    filter: &str,
    events: &[Value],
    failures: &mut u32,
) -> Result<Vec<bool>, std::io::Error> {
    if *failures > FAILURES_MAX {
        return Ok(vec![true; events.len()]);
    }
    match ask_filter(program, filter, events) {
        Ok(holds) if holds.len() == events.len() => Ok(holds),
        Ok(_) => Ok(vec![true; events.len()]),
        Err(NoAnswer::Io(error)) => Err(error),
        Err(NoAnswer::Unanswered(_)) if events.len() == 1 => {
            *failures += 1;
            Ok(vec![true])
        }
        Err(NoAnswer::Unanswered(_)) => {
            let (first, second) = events.split_at(events.len() / 2);
            Ok([holding(program, filter, first, failures)?, holding(program, filter, second, failures)?]
                .concat())
        }
    }
}
