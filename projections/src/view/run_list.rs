//! Which workflows are there? One row each, the newest first.

use triad_event::dag::{TaskPhase, WorkflowPhase};
use triad_event::ids::{DataSubjectId, PrincipalId, WorkflowId};
use triad_event::intake::{Earlier, WorkflowTerms};
use triad_event::quantity::Micros;
use triad_event::{Event, Recorded};

use crate::fold::Moment;
use crate::row::{stored, vocabulary};
use crate::view::ledger::Account;

vocabulary! { WorkflowPhase, WorkflowTerms }

/// Rows of one page at most: more is a report, not a page.
pub const ROWS_MAX: usize = 1000;

stored! {
    /// A workflow at a glance.
    pub struct Summary {
        /// Its id.
        pub id: WorkflowId,
        /// Its display name; empty while chunks of its definition come in.
        pub name: String,
        /// Where it stands.
        pub phase: WorkflowPhase,
        /// How many tasks it has, or were staged so far.
        pub tasks: u32,
        /// How many dependencies, over all tasks.
        pub dependencies: u32,
        /// How many tasks stand where. All zero until it is accepted.
        pub counts: TaskCounts,
        /// How many attempts were requested.
        pub attempts: u64,
        /// Digest of its definition, once that is complete.
        pub digest: Option<[u8; 32]>,
        /// Whose its content is; none only before its first record.
        pub subject: Option<DataSubjectId>,
        /// Who submitted it.
        pub principal: PrincipalId,
        /// Whose it is in accounts and budgets; empty when nobody had to show a credential.
        pub owner: String,
        /// What its submission says of it beside its name and its tasks, such as its labels; none when it says nothing.
        pub terms: Option<Box<WorkflowTerms>>,
        /// BLAKE3 of the client's idempotency key, if there was one.
        pub idempotency_key: Option<[u8; 32]>,
        /// What its runs used.
        pub account: Account,
        /// Its first record.
        pub began: Moment,
        /// When its definition was complete: what whoever submitted it was answered.
        pub submitted: Option<Moment>,
        /// Its acceptance.
        pub accepted: Option<Moment>,
        /// What had passed for the log by then; zero before.
        pub accepted_elapsed: Micros,
        /// Its end.
        pub ended: Option<Moment>,
        /// Its newest record.
        pub last: Moment,
        /// How many records its stream has.
        pub records: u64,
        /// Sequence of a record that could not follow those before it. From there on all views of the workflow
        /// stand still.
        pub fault: Option<u64>,
    }
}

impl Summary {
    /// The phase, once there was a record.
    pub(crate) fn before(&self) -> Option<WorkflowPhase> {
        (self.records > 0).then_some(self.phase)
    }

    /// What it is found by. Nothing before its submission: until then it has no name.
    pub(crate) fn found_by(&self) -> impl Iterator<Item = FoundBy> {
        let is_submitted = self.submitted.is_some();
        let terms = self.terms.as_deref().filter(|_| is_submitted);
        let labels = terms.into_iter().flat_map(|terms| &terms.labels);
        let labels =
            labels.map(|label| FoundBy::Label { name: label.name.clone(), value: label.value.clone() });
        let retries = terms.and_then(|terms| terms.retries).map(FoundBy::Retries);
        let name = is_submitted.then(|| FoundBy::Name(self.name.clone()));
        let owner = Some(&self.owner).filter(|owner| is_submitted && !owner.is_empty());
        let owner = owner.map(|owner| FoundBy::Owner(owner.clone()));
        name.into_iter().chain(labels).chain(retries).chain(owner)
    }

    /// Whether nothing more can change it.
    pub(crate) fn is_final(&self) -> bool {
        self.phase.is_terminal() || self.fault.is_some()
    }

    pub(crate) fn note(&mut self, record: &Recorded<Event>, phase: WorkflowPhase) {
        let moment = Moment::of(record);
        if self.records == 0 {
            self.id = record.stream.into();
            self.began = moment;
            self.principal = record.principal;
        }
        if phase.is_terminal() {
            self.ended = Some(moment);
        }
        self.phase = phase;
        self.last = moment;
        self.records += 1;
    }
}

/// Nothing recorded yet. Never shown: the first record replaces what has no meaning before it.
impl Default for Summary {
    fn default() -> Self {
        let never = Moment { sequence: 0, at: Micros::ZERO };
        Self {
            id: WorkflowId::ZERO,
            name: String::new(),
            phase: WorkflowPhase::Staging,
            tasks: 0,
            dependencies: 0,
            counts: TaskCounts::default(),
            attempts: 0,
            digest: None,
            subject: None,
            principal: PrincipalId::ZERO,
            owner: String::new(),
            terms: None,
            idempotency_key: None,
            account: Account::default(),
            began: never,
            submitted: None,
            accepted: None,
            accepted_elapsed: Micros::ZERO,
            ended: None,
            last: never,
            records: 0,
            fault: None,
        }
    }
}

stored! {
    /// How many tasks of a workflow stand in which phase.
    #[derive(Copy, Default)]
    pub struct TaskCounts {
        by_phase: [u32; TaskPhase::ALL.len()],
    }
}

impl TaskCounts {
    /// How many stand there.
    pub fn of(&self, phase: TaskPhase) -> u32 {
        self.by_phase[phase as usize]
    }

    pub(crate) fn begin(&mut self, tasks: u32) {
        self.by_phase[TaskPhase::Pending as usize] = tasks;
    }

    /// Parts of a task are there beside the others.
    pub(crate) fn join(&mut self, parts: u32) {
        self.by_phase[TaskPhase::Pending as usize] += parts;
    }

    pub(crate) fn step(&mut self, before: TaskPhase, after: TaskPhase) {
        self.by_phase[before as usize] -= 1;
        self.by_phase[after as usize] += 1;
    }
}

/// The newest workflow that was accepted under an idempotency key. Expired keys are answered too: whether a
/// key still counts depends on a setting and on the time of the question. It holds up to the sequence that the answer comes with;
/// what was recorded behind that, the asker must know itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// The workflow.
    pub workflow: WorkflowId,
    /// Digest of its definition.
    pub digest: [u8; 32],
    /// When it was accepted, in the time that has passed for the log.
    pub elapsed: Micros,
    /// Sequence of its acceptance.
    pub sequence: u64,
}

impl Accepted {
    pub(crate) fn of(summary: &Summary) -> Option<Self> {
        let (sequence, elapsed) = (summary.accepted?.sequence, summary.accepted_elapsed);
        Some(Self { workflow: summary.id, digest: summary.digest?, elapsed, sequence })
    }

    /// As a submission records what was looked up.
    pub fn earlier(&self) -> Earlier {
        Earlier { workflow: self.workflow, digest: self.digest, elapsed: self.elapsed }
    }
}

/// What workflows are found by without looking at others. Each is an index.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum FoundBy {
    /// Their name, as it is.
    Name(String),
    /// A label of theirs.
    Label {
        /// Its name.
        name: String,
        /// Its value, as it is.
        value: String,
    },
    /// The workflow of which they go on with what failed.
    Retries(WorkflowId),
    /// Whose they are in accounts and budgets.
    Owner(String),
}

/// What a reader of the list asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Only workflows in that phase.
    pub phase: Option<WorkflowPhase>,
    /// Only workflows that are found by each of these.
    pub found_by: Vec<FoundBy>,
    /// Only workflows whose first record is before this sequence: `next` of the page before.
    pub before: Option<u64>,
    /// At most that many rows, and never more than [`ROWS_MAX`].
    pub limit: usize,
}

/// One page of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The rows, newest first by the sequence of their first record.
    pub rows: Vec<Summary>,
    /// What to ask for as `before` to go on; none when the list ends here.
    pub next: Option<u64>,
}

impl Query {
    /// Up to which sequence, exclusive, a first record may lie.
    pub(crate) fn bound(&self) -> u64 {
        self.before.unwrap_or(u64::MAX)
    }

    pub(crate) fn rows(&self) -> usize {
        self.limit.clamp(1, ROWS_MAX)
    }

    /// Whether a workflow in that phase belongs into the list.
    pub(crate) fn admits(&self, phase: WorkflowPhase) -> bool {
        self.phase.is_none_or(|wanted| wanted == phase)
    }

    /// The page out of two lists, each newest first and each with one row more than the page holds if it can.
    pub(crate) fn merge(&self, one: Vec<Summary>, other: Vec<Summary>) -> Page {
        let mut rows = one;
        rows.extend(other);
        rows.sort_unstable_by_key(|row| std::cmp::Reverse(row.began.sequence));
        let is_more = rows.len() > self.rows();
        rows.truncate(self.rows());
        let next = rows.last().filter(|_| is_more).map(|row| row.began.sequence);
        Page { rows, next }
    }
}
