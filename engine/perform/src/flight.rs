//! What waits for a block to become durable: answers, in the order of their blocks.

use crate::mailbox::{Answer, AskError, Message, Reply};
use std::collections::VecDeque;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard};
use triad_log::storage::{Completion, CompletionSink, Outcome};

/// The answers of one submitted block.
pub(crate) type Answers = Vec<(Reply, Answer)>;

/// The blocks in flight, oldest first. Shared between the loop, which adds, and the storage thread, which takes away.
#[derive(Clone, Default)]
pub(crate) struct Flights(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    blocks: VecDeque<Answers>,
    failure: Option<Outcome>,
}

impl Flights {
    /// What the storage calls with each completion: answers go out on its thread, then the loop is woken.
    pub(crate) fn sink(&self, mailbox: Sender<Message>) -> CompletionSink {
        let flights = self.clone();
        Box::new(move |completion: Completion| {
            flights.land(completion.outcome);
            // A loop that has ended needs no waking.
            let _ended = mailbox.send(Message::Durable).is_err();
        })
    }

    fn land(&self, outcome: Outcome) {
        let answers = {
            let mut state = self.lock();
            if outcome != Outcome::Durable {
                state.failure.get_or_insert_with(|| outcome.clone());
            }
            state.blocks.pop_front().unwrap_or_default()
        };
        for (reply, answer) in answers {
            reply.send(match &outcome {
                Outcome::Durable => Ok(answer),
                Outcome::Failed(why) => Err(AskError::Failed(why.clone())),
                Outcome::Unknown(why) => Err(AskError::Unknown(why.clone())),
            });
        }
    }

    /// A block is about to be submitted.
    pub(crate) fn take_off(&self, answers: Answers) {
        self.lock().blocks.push_back(answers);
    }

    /// Lets an answer that observed only submitted records go out with the newest block in flight; gives it
    /// back when none is.
    pub(crate) fn join(&self, reply: Reply, answer: Answer) -> Option<(Reply, Answer)> {
        match self.lock().blocks.back_mut() {
            Some(newest) => {
                newest.push((reply, answer));
                None
            }
            None => Some((reply, answer)),
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.lock().blocks.len()
    }

    /// The first completion that was not durable.
    pub(crate) fn failure(&self) -> Option<Outcome> {
        self.lock().failure.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("invariant: no holder of this lock panics")
    }
}
