//! Streams as JSON.

use crate::wire::moment::Moment;
use crate::wire::words::{Word, words};
use schemars::JsonSchema;
use serde::Serialize;
use triad_event::ids::StreamId;
use triad_projections::engine_state;
use triad_projections::run_list::Summary;

/// What a stream is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Workflow,
    Alert,
}

words! {
    Owner as StreamOwner:
    Workflow = "WORKFLOW",
    Alert = "ALERT",
}

/// Where a stream stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Quarantined,
    Closed,
}

words! {
    State as StreamState:
    Open = "OPEN",
    Quarantined = "QUARANTINED",
    Closed = "CLOSED",
}

/// What the views know of a stream.
pub(super) struct Known {
    pub(super) workflow: Option<Summary>,
    pub(super) is_alert: bool,
    pub(super) quarantine: Option<engine_state::Quarantine>,
}

/// A stream: the records of one workflow, or of one alert.
#[derive(Serialize, JsonSchema)]
pub(super) struct Stream {
    stream_id: String,
    /// None when nobody remembers.
    of: Option<Word<Owner>>,
    state: Word<State>,
    /// The name of the workflow.
    name: Option<String>,
    /// Whose the content of the workflow is.
    data_subject: Option<String>,
    quarantine: Option<Quarantine>,
    /// What to do; none when there is nothing to do.
    fix: Option<&'static str>,
}

/// Why a stream is set aside.
#[derive(Serialize, JsonSchema)]
struct Quarantine {
    since: Moment,
    /// How often the core panicked on it.
    panics: u32,
    /// What it was given the last time.
    input: String,
}

/// The streams in quarantine.
#[derive(Serialize, JsonSchema)]
pub(super) struct StreamList {
    pub(super) streams: Vec<Stream>,
}

/// What to do about a stream in quarantine.
const SET_ASIDE: &str = "Once the cause is mended, let it go on: `triad stream release ID --reason TEXT`. Otherwise end it for \
                         ever: `triad stream close ID --reason TEXT`; its content can be erased then.";

impl Stream {
    pub(super) fn of(stream: StreamId, is_closed: bool, known: &Known) -> Self {
        let Known { workflow, is_alert, quarantine } = known;
        let state = match quarantine {
            Some(_) => State::Quarantined,
            None if is_closed => State::Closed,
            None => State::Open,
        };
        let owner = match workflow {
            Some(_) => Some(Owner::Workflow),
            None => is_alert.then_some(Owner::Alert),
        };
        let subject = workflow.as_ref().and_then(|workflow| workflow.subject);
        Self {
            stream_id: stream.to_string(),
            of: owner.map(Word),
            state: Word(state),
            name: workflow.as_ref().map(|workflow| workflow.name.clone()),
            data_subject: subject.map(|subject| subject.to_string()),
            quarantine: quarantine.as_ref().map(Quarantine::from),
            fix: (state == State::Quarantined).then_some(SET_ASIDE),
        }
    }
}

impl From<&engine_state::Quarantine> for Quarantine {
    fn from(quarantine: &engine_state::Quarantine) -> Self {
        let engine_state::Quarantine { since, because } = quarantine;
        Self { since: (*since).into(), panics: because.panics, input: because.input.clone() }
    }
}
