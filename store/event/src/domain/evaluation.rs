//! Evaluations: what the expressions of a task came to when it could run.

use crate::apart::Apart;
use crate::header::Outcome;
use crate::sealed::Sealed;
use crate::subjects::Subject;

events! {
    /// Evaluations: what the expressions of a task came to when it could run. They are evaluated outside of the core, once, and
    /// what they
    /// came to is recorded; deciding again takes the record and evaluates nothing. The records are of the stream of the workflow.
    evaluation;

    /// The expressions of a task are to be evaluated: all that it depends on has ended as it wants.
    EvaluationRequested = 901 "evaluation_requested", by Decision, keeps Stream, ends None,
        says "the expressions of {task} are evaluated" {
        /// The task.
        task: u32,
    }

    /// They were evaluated.
    EvaluationEnded = 902 "evaluation_ended", by Input, keeps Content, ends (verdict),
        says "the expressions of {task} came to: {verdict}[, {detail}]" {
        /// Sequence of the request.
        request: u64,
        /// The task.
        task: u32,
        /// What they came to.
        verdict: Verdict,
        /// What came of them; none when nothing did.
        value: Option<Apart<Value>>,
        /// Why they could not be evaluated, without what they or their values say.
        detail: String,
    }
}

asks! {
    /// What can come of an evaluation.
    evaluation;
    /// It ended.
    EndEvaluation(EvaluationEnded) in EvaluationEnded => request;
}

structure! {
    /// What came of expressions.
    Value {
        /// Digest of it, under a key that only the vault has: of `true`, `false`, or the list as JSON text.
        digest: [u8; 32],
        /// How many entries the list has.
        entries: u32,
        /// Whose the entries are: that of the workflow.
        subject: Subject,
        /// Where they lie, in their order.
        pages: Vec<Page>,
    }
}

structure! {
    /// Entries of a list that are sealed together, as a JSON list.
    Page {
        /// The number of its first entry, from 0.
        first: u32,
        /// Where they lie, sealed as [`ContentClass::Entries`](crate::sealed::ContentClass::Entries).
        sealed: Sealed,
    }
}

tagged! {
    /// What expressions came to.
    Verdict {
        /// The condition holds, and there is no list.
        Holds = 1,
        /// The condition does not hold.
        DoesNotHold = 2,
        /// There is a list, and the condition holds if there is one.
        List = 3,
        /// They name what is not there: a member, an output that is empty, erased, or no JSON.
        Missing = 4,
        /// They came to something else than a truth value or a list, or have no value.
        NoValue = 5,
        /// They took longer, needed more memory, or came to more than may be.
        TooMuch = 6,
        /// They could not be read from the vault.
        Unavailable = 7,
    }
}

impl Verdict {
    /// The outcome class of an evaluation that came to it.
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::Holds | Self::DoesNotHold | Self::List => Outcome::Success,
            Self::Missing | Self::NoValue | Self::TooMuch | Self::Unavailable => Outcome::Failure,
        }
    }
}
