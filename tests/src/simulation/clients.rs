//! Clients: they submit, repeat, upload in pieces, give up, cancel, pause.

use super::action::{Action, Definition, Request};
use super::agenda::Happening;
use super::branching;
use super::chance::Chance;
use super::definitions;
use super::driver::Driver;
use super::fault::Fault;
use super::intents::{Intent, Key};
use super::swarm::Flavour;
use super::violation::Verdict;
use triad_decide::{Accepted, Refusal, intake};
use triad_event::governance::Setting;
use triad_event::ids::{StreamId, WorkflowId};
use triad_perform::{Answer, AskError};

/// How often a client tries again.
const TRIES_MAX: u32 = 4;
/// After how many records the first workflow comes that is wider than a group, and after how many more each further one:
/// what sets off so many tasks may fail.
const WIDE_AFTER: u64 = 500;
const WIDE_EVERY: u64 = 12_000;
/// Clients that submit although as many are alive as may be, in ten thousand.
const PUSHY: u64 = 200;
/// Definitions that fit no record, among requests that make no sense, in ten thousand.
const TOO_LARGE: u64 = 300;
/// Resumed after so many thinking times.
const PAUSED_FOR: u64 = 60;

fn chance(driver: &mut Driver) -> &mut Chance {
    &mut driver.clients.chance
}

impl Driver {
    /// A client does something new.
    pub(crate) fn client_acts(&mut self) -> Verdict {
        if self.strikes(Fault::Cancel, chance) {
            return self.ask_of_some(Request::Cancel);
        }
        if self.strikes(Fault::PauseWorkflow, chance) {
            let Some(workflow) = self.some_workflow() else { return Ok(()) };
            let in_us = self.swarm.think_us * PAUSED_FOR;
            self.at(in_us, Happening::Resume(workflow));
            return self.ask(Request::Pause(workflow));
        }
        if let Some(verdict) = self.keeper_acts() {
            return verdict;
        }
        if self.strikes(Fault::RequestBad, chance) {
            return self.submit_nonsense();
        }
        if self.is_full() && !self.clients.chance.hits(PUSHY) {
            return Ok(());
        }
        self.submit_something()
    }

    /// Whether as many workflows are alive as clients want, or as may be.
    pub(crate) fn is_full(&self) -> bool {
        let may = self.stage.book.setting(Setting::WorkflowsAliveMax).unsigned_abs();
        self.stage.world().alive() as u64 >= self.swarm.alive_max.min(may)
    }

    fn ask_of_some(&mut self, request: fn(WorkflowId) -> Request) -> Verdict {
        self.some_workflow().map_or(Ok(()), |workflow| self.ask(request(workflow)))
    }

    /// Some workflow that is alive.
    fn some_workflow(&mut self) -> Option<WorkflowId> {
        let mut from = [0; 16];
        from[..8].copy_from_slice(&self.clients.chance.any().to_be_bytes());
        let courses = &self.stage.book.courses;
        let found = courses.range(StreamId(from)..).next().or_else(|| courses.first_key_value());
        let workflow: Option<WorkflowId> = found.map(|(stream, _)| (*stream).into());
        // What is durable may be over by now; asking for that again and again would test little.
        workflow.filter(|one| self.stage.world().workflow(*one).is_some() || self.clients.chance.hits(PUSHY))
    }

    fn submit_something(&mut self) -> Verdict {
        let wide_after = WIDE_AFTER + self.clients.wide_submitted * WIDE_EVERY;
        let is_wide = self.swarm.flavour == Flavour::Wide && self.stage.events > wide_after;
        self.clients.wide_submitted += u64::from(is_wide);
        let key = self.draw_key(is_wide);
        let definition = match &key {
            Some(key) => key.definition,
            None => self.clients.new_definition(self.swarm.seed),
        };
        self.begin(key, definition, is_wide)
    }

    fn draw_key(&mut self, is_wide: bool) -> Option<Key> {
        if is_wide || !self.clients.chance.hits(self.swarm.keyed) {
            return None;
        }
        if !self.clients.keys.is_empty() {
            let known = self.clients.chance.pick(&self.clients.keys).cloned();
            if self.strikes(Fault::KeyRepeated, chance) {
                return known;
            }
            if self.strikes(Fault::KeyConflict, chance) {
                let definition = self.clients.new_definition(self.swarm.seed);
                return known.map(|key| Key { definition, ..key });
            }
        }
        let definition = self.clients.new_definition(self.swarm.seed);
        let subject = self.draw_subject();
        let key = Key { name: format!("k{definition}"), definition, subject };
        self.clients.keys.push(key.clone());
        Some(key)
    }

    fn begin(&mut self, key: Option<Key>, definition: u64, is_wide: bool) -> Verdict {
        let mut tasks = definitions::define(&self.swarm, definition, is_wide);
        if self.strikes(Fault::DefinitionBad, chance) {
            definitions::spoil(&mut tasks, &mut self.clients.chance);
        }
        let is_cut = self.clients.chance.hits(self.swarm.chunked);
        let pieces = definitions::pieces(tasks, is_cut, &mut self.clients.chance).into();
        let workflow = self.clients.new_workflow();
        let subject = match &key {
            Some(key) => key.subject,
            None => self.draw_subject(),
        };
        let terms = branching::terms(&self.swarm, definition);
        let intent = Intent { workflow, pieces, staged: 0, key, subject, is_wide, terms, tries: 0 };
        self.clients.intents_begun += 1;
        let number = self.clients.intents_begun;
        self.clients.intents.insert(number, intent);
        self.client_goes_on(number)
    }

    /// The next piece of what a client hands in.
    pub(crate) fn client_goes_on(&mut self, number: u64) -> Verdict {
        let Some(intent) = self.clients.intents.get_mut(&number) else { return Ok(()) };
        if self.is_healing {
            self.clients.intents.remove(&number);
            return Ok(());
        }
        let tasks = intent.pieces.pop_front().unwrap_or_default();
        let (first_task, subject) = (intent.staged, intent.subject);
        let is_last = intent.pieces.is_empty();
        let terms = intent.terms.clone().filter(|_| is_last);
        let mut definition =
            Definition { workflow: intent.workflow, first_task, tasks, subject, asked: None, terms };
        intent.staged += definition.tasks.len() as u32;
        let key = intent.key.as_ref().map(|key| key.name.clone());
        definition.asked = self.draw_asked();
        if !is_last && self.strikes(Fault::UploadAbandoned, chance) {
            self.clients.intents.remove(&number);
        }
        self.clients.tickets.insert(self.stage.next_ticket(), number);
        self.act(match is_last {
            true => Action::Submit { definition, key },
            false => Action::Stage(definition),
        })
    }

    /// A client hears an answer.
    pub(crate) fn hear(&mut self, ticket: u64, said: Result<Answer, AskError>) {
        if let Ok(Answer { reply: Err(refusal), .. }) = &said {
            self.keepers.hear(refusal);
        }
        let Some(number) = self.clients.tickets.remove(&ticket) else { return };
        let Some(intent) = self.clients.intents.get(&number) else { return };
        let again = match &said {
            Ok(Answer { reply: Ok(Accepted::Staged { .. }), .. }) if !intent.pieces.is_empty() => {
                let in_us = Self::around(&mut self.clients.chance, self.swarm.think_us);
                return self.at(in_us, Happening::GoesOn(number));
            }
            Ok(Answer { reply: Err(Refusal::Intake(intake::Refusal::LookupTooOld { .. })), .. }) => {
                // The door waits until the index has read on.
                self.at(self.swarm.commit_us, Happening::IndexReads);
                true
            }
            Ok(_) => false,
            // Whoever has no key cannot know whether trying again is safe, so only those with one do.
            Err(_) => intent.key.is_some() && intent.tries < TRIES_MAX,
        };
        let intent = self.clients.intents.remove(&number);
        if let Some(intent) = intent.filter(|_| again) {
            self.try_again(intent);
        }
    }

    /// The same definition under the same key, as a new workflow, after a while.
    fn try_again(&mut self, intent: Intent) {
        let Some(key) = intent.key else { return };
        let tasks = definitions::define(&self.swarm, key.definition, intent.is_wide);
        let pieces = definitions::pieces(tasks, false, &mut self.clients.chance).into();
        let workflow = self.clients.new_workflow();
        let intent =
            Intent { workflow, pieces, staged: 0, key: Some(key), tries: intent.tries + 1, ..intent };
        self.clients.intents_begun += 1;
        let number = self.clients.intents_begun;
        self.clients.intents.insert(number, intent);
        let in_us = Self::around(&mut self.clients.chance, self.swarm.think_us * 10);
        self.at(in_us, Happening::GoesOn(number));
    }

    fn submit_nonsense(&mut self) -> Verdict {
        // Ids are drawn at the door, so one that has ended never comes in again: only one that is alive may.
        let alive = self.some_workflow();
        let alive = alive.filter(|workflow| self.stage.world().workflow(*workflow).is_some());
        let new = self.clients.new_workflow();
        let seed = self.clients.new_definition(self.swarm.seed);
        let tasks = definitions::define(&self.swarm, seed, false);
        let of = |workflow, first_task, tasks| Definition {
            workflow,
            first_task,
            tasks,
            subject: None,
            asked: None,
            terms: None,
        };
        let definition = match (self.clients.chance.below(3), alive) {
            // The id of a workflow that exists.
            (0, Some(workflow)) => of(workflow, 0, tasks),
            // A chunk that continues nothing.
            (1 | 2, _) if !self.clients.chance.hits(TOO_LARGE) => {
                return self.act(Action::Stage(of(new, 7, tasks)));
            }
            _ => of(new, 0, definitions::too_large()),
        };
        self.act(Action::Submit { definition, key: None })
    }
}
