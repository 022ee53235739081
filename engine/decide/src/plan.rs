//! A definition: the part of a workflow that never changes, packed so that a hundred thousand tasks are a few
//! allocations. Several domains read it; none writes it once it is accepted.

use std::collections::BTreeMap;

use triad_event::Sealed;
use triad_event::governance::Setting;
use triad_event::ids::{DataSubjectId, PrincipalId};
use triad_event::intake::{
    Deadline, EdgeOn, HealingPolicy, Measure, Priority, TaskDefinition, TaskFlow, TaskKind, TaskOptions,
    TaskRules, TaskTerms, Weight,
};
use triad_event::prices::MissingPrice;
use triad_event::quantity::{Bytes, MicroUsd, Millis, MilliwattHours, PartsPerMillion};

use crate::image::{length, structs};
use crate::ports::settings::Settings;

/// An accepted definition, as it is handed on.
#[derive(Debug, Clone)]
pub(crate) struct Definition {
    pub(crate) plan: Plan,
    /// For each task, on how many others it waits.
    pub(crate) waits: Vec<u32>,
}

structs! {
    Plan { name, subject, requester, ids, specs, dependents, members, taken, priority, deadline, has_deadlines }
    Spec { kind, options, input, flow, rules, worth }
    Worth { bid, energy, value, multiplier, weights, missing, may_pause, healing }
    Weights { price, carbon }
    Texts { text, ends }
    Lists { ends, items }
}

/// What a workflow is made of. Shared between clones of the world, never written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub(crate) name: String,
    /// Whose its content is, and the slot of the key.
    pub(crate) subject: (DataSubjectId, u64),
    /// Who submitted it.
    pub(crate) requester: PrincipalId,
    pub(crate) ids: Texts,
    pub(crate) specs: Vec<Spec>,
    /// For each task, those that depend on it.
    pub(crate) dependents: Lists,
    /// For each sub-workflow, the tasks that are its own, ascending.
    pub(crate) members: BTreeMap<u32, Vec<u32>>,
    /// The tasks whose outputs others take, ascending.
    pub(crate) taken: Vec<u32>,
    /// How urgent its tasks are that say nothing of it.
    pub(crate) priority: Priority,
    /// When all of it must have ended.
    pub(crate) deadline: Option<Deadline>,
    /// Whether a task has a deadline of its own.
    pub(crate) has_deadlines: bool,
}

impl Plan {
    /// The display name of the workflow.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whose its content is.
    pub fn subject(&self) -> DataSubjectId {
        self.subject.0
    }

    /// How many tasks it has.
    pub fn task_count(&self) -> usize {
        self.specs.len()
    }

    /// The id of a task.
    pub fn task_id(&self, task: u32) -> Option<&str> {
        self.ids.get(task)
    }

    /// Who submitted it.
    pub(crate) fn requester(&self) -> PrincipalId {
        self.requester
    }

    /// What a task waits for, and whose outputs it takes.
    pub(crate) fn flow(&self, task: u32) -> Option<&TaskFlow> {
        self.spec(task)?.flow.as_deref()
    }

    /// When a task runs and how often.
    pub(crate) fn rules(&self, task: u32) -> Option<&TaskRules> {
        self.spec(task)?.rules.as_deref()
    }

    /// The tasks of which there is such a thing.
    pub(crate) fn ruled(&self) -> impl Iterator<Item = (u32, &TaskRules)> {
        self.specs.iter().zip(0..).filter_map(|(spec, task)| Some((task, spec.rules.as_deref()?)))
    }

    /// How a task wants a dependency to end; none for completed.
    pub(crate) fn edge(&self, task: u32, dependency: u32) -> Option<EdgeOn> {
        let edges = &self.rules(task)?.edges;
        let place = edges.binary_search_by_key(&dependency, |edge| edge.dependency).ok()?;
        Some(edges[place].on)
    }

    /// How urgent a task is.
    pub(crate) fn priority(&self, task: u32) -> Priority {
        self.rules(task).and_then(|rules| rules.priority).unwrap_or(self.priority)
    }

    /// The tasks of which there is such a thing.
    pub(crate) fn flows(&self) -> impl Iterator<Item = (u32, &TaskFlow)> {
        self.specs.iter().zip(0..).filter_map(|(spec, task)| Some((task, spec.flow.as_deref()?)))
    }

    /// Whether another task takes the output of this one.
    pub(crate) fn is_taken(&self, task: u32) -> bool {
        self.taken.binary_search(&task).is_ok()
    }

    pub(crate) fn spec(&self, task: u32) -> Option<&Spec> {
        self.specs.get(task as usize)
    }
}

/// What one task asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spec {
    pub(crate) kind: TaskKind,
    pub(crate) options: TaskOptions,
    /// A process always has one. Out of line, because most tasks of a large graph have none.
    pub(crate) input: Option<Box<Sealed>>,
    /// Out of line for the same reason.
    pub(crate) flow: Option<Box<TaskFlow>>,
    /// Out of line for the same reason.
    pub(crate) rules: Option<Box<TaskRules>>,
    /// Out of line for the same reason.
    pub(crate) worth: Option<Box<Worth>>,
}

/// What an attempt may take; none of what runs no process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) timeout: Option<Millis>,
    pub(crate) memory_max: Option<Bytes>,
}

/// What is decided by of what a task is worth and needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Worth {
    /// The most that a kilowatt hour may cost for it.
    pub(crate) bid: Option<MicroUsd>,
    /// How much energy it is thought to take.
    pub(crate) energy: Option<MilliwattHours>,
    /// What it is worth, from none to one.
    pub(crate) value: Option<PartsPerMillion>,
    /// How much more or less that is worth at the time.
    pub(crate) multiplier: Option<PartsPerMillion>,
    /// What it waits for the least of.
    pub(crate) weights: Weights,
    /// What happens to it while there is no price, when that is not what the source says.
    pub(crate) missing: Option<MissingPrice>,
    /// Whether its runs may be suspended.
    pub(crate) may_pause: bool,
    /// How it is healed when it fails, if it is.
    pub(crate) healing: Option<HealingPolicy>,
}

impl Worth {
    fn of(terms: &TaskTerms) -> Option<Box<Self>> {
        let worth = Self {
            bid: terms.bid_price_max,
            energy: terms.energy_estimate,
            value: terms.value_score,
            multiplier: terms.market_multiplier,
            weights: Weights::of(&terms.optimise),
            missing: terms.missing_price,
            may_pause: terms.suspension.is_some(),
            healing: terms.healing.filter(|policy| policy.diagnoses()),
        };
        (worth != Self::default()).then(|| Box::new(worth))
    }

    /// Whether it waits for a price, unless it is critical.
    pub(crate) fn may_wait_for_price(&self) -> bool {
        self.bid.is_some() || self.weights.is_any()
    }
}

/// What a task waits for the least of, each with its share of a million; zero for what does not count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Weights {
    pub(crate) price: u32,
    pub(crate) carbon: u32,
}

impl Weights {
    /// What electricity costs, and nothing else.
    pub(crate) const PRICE: Self = Self { price: 1_000_000, carbon: 0 };

    pub(crate) fn of(optimise: &[Weight]) -> Self {
        let share = |measure| {
            let found = optimise.iter().find(|weight| weight.of == measure);
            found.map_or(0, |weight| weight.share.0)
        };
        Self { price: share(Measure::Price), carbon: share(Measure::Carbon) }
    }

    /// The same as it is recorded.
    pub(crate) fn recorded(self) -> Vec<Weight> {
        let shares = [(Measure::Price, self.price), (Measure::Carbon, self.carbon)];
        let weights = shares.map(|(of, share)| Weight { of, share: PartsPerMillion(share) });
        weights.into_iter().filter(|weight| weight.share.0 > 0).collect()
    }

    /// Whether there is any.
    pub(crate) const fn is_any(self) -> bool {
        self.price > 0 || self.carbon > 0
    }
}

impl Spec {
    pub(crate) fn of(task: &TaskDefinition) -> Self {
        let input = task.input.clone().map(Box::new);
        let flow = task.flow.as_deref().cloned().map(Box::new);
        let rules = task.rules.as_deref().cloned().map(Box::new);
        let worth = task.terms.as_deref().and_then(Worth::of);
        let (kind, options) = (task.kind, task.options.clone());
        Self { kind, options, input, flow, rules, worth }
    }

    /// What an attempt of it may take, without fixes.
    pub(crate) fn limits(&self, settings: &Settings) -> Limits {
        match self.kind {
            TaskKind::Noop | TaskKind::Wait | TaskKind::Signal | TaskKind::Approval | TaskKind::Group => {
                Limits { timeout: None, memory_max: None }
            }
            TaskKind::Process => Limits {
                timeout: self.options.timeout.or_else(|| Some(settings.span(Setting::TimeoutDefault))),
                memory_max: Some(settings.size(Setting::ProcessMemoryMax)),
            },
        }
    }
}

/// Many short texts in one allocation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Texts {
    pub(crate) text: String,
    pub(crate) ends: Vec<u32>,
}

impl Texts {
    pub(crate) fn reserve(&mut self, texts: usize, bytes: usize) {
        self.ends.reserve(texts);
        self.text.reserve(bytes);
    }

    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(length(self.text.len()));
    }

    pub(crate) fn get(&self, index: u32) -> Option<&str> {
        let index = index as usize;
        let end = *self.ends.get(index)? as usize;
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize };
        self.text.get(start..end)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..length(self.ends.len())).filter_map(|index| self.get(index))
    }
}

/// Many short lists of tasks in two allocations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Lists {
    pub(crate) ends: Vec<u32>,
    pub(crate) items: Vec<u32>,
}

impl Lists {
    pub(crate) fn with_capacity(lists: usize, items: usize) -> Self {
        Self { ends: Vec::with_capacity(lists), items: Vec::with_capacity(items) }
    }

    pub(crate) fn reserve(&mut self, lists: usize, items: usize) {
        self.ends.reserve(lists);
        self.items.reserve(items);
    }

    pub(crate) fn push(&mut self, list: &[u32]) {
        self.items.extend_from_slice(list);
        self.ends.push(length(self.items.len()));
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The list at an index, empty beyond the last.
    pub(crate) fn get(&self, index: u32) -> &[u32] {
        let index = index as usize;
        let Some(end) = self.ends.get(index) else { return &[] };
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.items[start as usize..*end as usize]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u32]> {
        (0..length(self.ends.len())).map(|index| self.get(index))
    }

    /// The same edges the other way round: entry `i` lists, ascending, the entries whose list holds `i`.
    /// Every item must be an index.
    pub(crate) fn reversed(&self) -> Self {
        let mut ends = vec![0_u32; self.ends.len()];
        for item in &self.items {
            ends[*item as usize] += 1;
        }
        let mut total = 0;
        for end in &mut ends {
            let count = *end;
            // For now the start of the list; filling it moves it to the end.
            *end = total;
            total += count;
        }
        let mut items = vec![0; self.items.len()];
        for (from, list) in self.iter().enumerate() {
            for item in list {
                let next = &mut ends[*item as usize];
                items[*next as usize] = length(from);
                *next += 1;
            }
        }
        Self { ends, items }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_turn_round() {
        let mut lists = Lists::default();
        for list in [&[][..], &[0], &[0, 1], &[]] {
            lists.push(list);
        }
        let reversed = lists.reversed();
        assert_eq!(reversed.iter().collect::<Vec<_>>(), [&[1, 2][..], &[2], &[], &[]]);
        assert_eq!(reversed.reversed(), lists);
    }

    #[test]
    fn texts_come_back() {
        let mut texts = Texts::default();
        ["a", "", "bc"].iter().for_each(|text| texts.push(text));
        assert_eq!(texts.iter().collect::<Vec<_>>(), ["a", "", "bc"]);
        assert_eq!(texts.get(3), None);
    }
}
