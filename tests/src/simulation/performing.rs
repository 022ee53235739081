//! What the outside makes of effects, as actions and the rules of the engine's performer have it.

use super::action::End;
use super::judge;
use super::probe::Probe;
use super::stage::{Doing, News, Stage};
use super::violation::Verdict;
use triad_decide::alerts::{self, Notification, Told};
use triad_decide::{KeyDestruction, Performance, Work, subjects};
use triad_event::alerts::{Delivery, DeliveryEnded, MessageEnded};
use triad_event::execution::Ending;
use triad_event::ids::{DataSubjectId, StreamId};
use triad_event::quantity::{Bytes, Micros};
use triad_event::subjects::Erased;
use triad_perform::shell::message::{Message, Outcome, Performed};

/// Bytes of an entry that a part hands on.
const ENTRY_BYTES: u64 = 3;

impl Stage {
    /// An outcome arrives.
    pub(super) fn end(&mut self, end: End) -> Verdict {
        let stream = self.book.attempts.get(&end.request).map_or(StreamId::LOG, |line| line.stream);
        let subject = self.book.subjects.of_stream(stream);
        let stdout = (end.output > 0).then(|| self.vault.seal(subject, Bytes(end.output.into())));
        let outcome = Outcome::Ended(end.ended(stdout));
        self.performed(end.request, outcome)
    }

    pub(super) fn performed(&mut self, request: u64, outcome: Outcome) -> Verdict {
        self.tell(Message::Performed(Performed { request, outcome, attachments: Vec::new() }))
    }

    /// The vault destroys a key. The process may die before it says so.
    pub(super) fn destroy(&mut self, request: u64) {
        let Some(erasure) = self.destroying.get(&request) else { return };
        if self.vault.destroy(erasure.subject) {
            self.probes.count(Probe::DestroyedAgain);
        }
    }

    /// The outcome of an erasure arrives.
    pub(super) fn end_erasure(&mut self, request: u64) -> Verdict {
        let nothing = KeyDestruction { request, subject: DataSubjectId::ZERO, slot: 0 };
        let KeyDestruction { subject, slot, .. } = self.destroying.get(&request).copied().unwrap_or(nothing);
        self.performed(
            request,
            Outcome::Done(subjects::Ask::EndErasure(Erased { request, subject, slot }).into()),
        )
    }

    /// A key is to be destroyed.
    pub(super) fn destroying(&mut self, destruction: KeyDestruction) -> Verdict {
        judge::invariant_no_key_is_destroyed_before_its_request_is_durable(&self.book, &destruction)?;
        if let Some(transcript) = &mut self.transcript {
            transcript.destroying(&destruction);
        }
        self.destroying.insert(destruction.request, destruction);
        self.news.push(News::Destroying(destruction));
        Ok(())
    }

    /// An attempt begins. A no-op ends at once.
    pub(super) fn began(&mut self, effect: Performance, doing: Doing) -> Verdict {
        let probes = &mut self.probes;
        self.outside.invariant_effects_start_as_they_are_recorded(&self.book, &effect, probes)?;
        judge::invariant_the_input_of_an_effect_can_be_opened(&self.vault, &effect)?;
        if !self.began.insert(effect.request) {
            self.probes.count(Probe::TriedAgain);
        }
        if let Some(transcript) = &mut self.transcript {
            transcript.began(&effect);
        }
        let Work::Noop { input, entry } = &effect.work else {
            self.outside.invariant_nothing_is_performed_in_more_lives_than_may_be(effect.request)?;
            self.news.push(News::Began(effect));
            return Ok(());
        };
        // The vault would seal it anew.
        let end = End {
            request: effect.request,
            task: effect.task,
            ending: Ending::Succeeded,
            took: Micros(0),
            output: 0,
            used: None,
        };
        let entry = entry.as_ref().map(|_| self.vault.seal(effect.subject, Bytes(ENTRY_BYTES)));
        let outcome = Outcome::Ended(end.ended(input.clone().or(entry)));
        self.performed_at_once(effect.request, outcome, doing)
    }

    /// Somebody is told of an alert. Now and then nobody answers.
    pub(super) fn notified(&mut self, notification: &Notification, doing: Doing) -> Verdict {
        let request = notification.request;
        let delivery = if request.is_multiple_of(3) { Delivery::Unreachable } else { Delivery::Accepted };
        let status = None;
        let ended = match &notification.told {
            Told::Alert(_) => alerts::Ask::EndDelivery(DeliveryEnded { request, delivery, status }),
            Told::Letter(letter) => {
                let message = letter.message;
                alerts::Ask::EndMessage(MessageEnded { request, message, delivery, status })
            }
        };
        let outcome = Outcome::Done(ended.into());
        self.performed_at_once(request, outcome, doing)
    }

    fn performed_at_once(&mut self, request: u64, outcome: Outcome, doing: Doing) -> Verdict {
        let performed = Performed { request, outcome, attachments: Vec::new() };
        let taken = self.process.shell.take(Message::Performed(performed), self.clocks);
        self.judge(doing)?;
        self.go_on(taken)
    }
}
