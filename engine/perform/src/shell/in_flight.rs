//! Commits in flight, and the answers that wait for them.
//!
//! This is the one part of a shell that two threads hold: the shell adds, and whoever hears of completions takes
//! away. So an answer goes out as soon as its commit is durable, although the shell is deciding something else.

use super::error::ShellError;
use super::message::{Answer, AskError};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use triad_log::storage::Outcome;

/// The answers of one block.
pub(crate) type Answers<R> = Vec<(R, Answer)>;

/// What goes out when a commit has met its fate.
pub type Said<R> = (R, Result<Answer, AskError>);

/// The commits in flight, oldest first.
pub struct InFlight<R>(Arc<Mutex<State<R>>>);

struct State<R> {
    commits: VecDeque<Answers<R>>,
    failure: Option<Outcome>,
}

impl<R> Default for InFlight<R> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(State { commits: VecDeque::new(), failure: None })))
    }
}

impl<R> Clone for InFlight<R> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<R> InFlight<R> {
    /// The oldest commit has met its fate: what waited for it goes out.
    pub fn complete(&self, outcome: Outcome) -> impl Iterator<Item = Said<R>> + use<R> {
        let answers = {
            let mut state = self.lock();
            if outcome != Outcome::Durable {
                state.failure.get_or_insert_with(|| outcome.clone());
            }
            state.commits.pop_front().unwrap_or_default()
        };
        answers.into_iter().map(move |(reply, answer)| (reply, said(answer, &outcome)))
    }

    /// A block is about to be submitted.
    pub(crate) fn submitted(&self, answers: Answers<R>) {
        self.lock().commits.push_back(answers);
    }

    /// Lets an answer that observed only submitted records go out with the newest commit in flight. When none is, it
    /// goes out at once; but once a commit was not durable, what there is to observe may never be.
    pub(crate) fn join(&self, reply: R, answer: Answer, forgets_failure: bool) -> Option<Said<R>> {
        let mut state = self.lock();
        if let Some(newest) = state.commits.back_mut() {
            newest.push((reply, answer));
            return None;
        }
        let outcome = state.failure.as_ref().filter(|_| !forgets_failure).unwrap_or(&Outcome::Durable);
        Some((reply, said(answer, outcome)))
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.lock().commits.len()
    }

    /// Why no shell can go on with them: the first completion that was not durable.
    pub(crate) fn failed(&self) -> Option<ShellError> {
        match self.lock().failure.as_ref()? {
            Outcome::Durable => None,
            Outcome::Failed(why) | Outcome::Unknown(why) => Some(ShellError::Commit(why.clone())),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<R>> {
        self.0.lock().expect("invariant: no holder of this lock panics")
    }
}

fn said(answer: Answer, outcome: &Outcome) -> Result<Answer, AskError> {
    match outcome {
        Outcome::Durable => Ok(answer),
        Outcome::Failed(why) => Err(AskError::Failed(why.clone())),
        Outcome::Unknown(why) => Err(AskError::Unknown(why.clone())),
    }
}
