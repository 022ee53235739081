//! Effects in this process life: which wait for their records to be durable, which are under way, and which failed
//! for a reason that may pass and are tried again.

use super::message::{Lack, Output};
use super::time::Reading;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;
use triad_decide::{Effect, Performance, World, effect};
use triad_event::execution::{AttemptEnded, CancelReason, Captured, Ending};
use triad_event::quantity::Micros;

/// After the first failure an effect is tried again so soon, and after each further one in twice the time.
const AGAIN_AFTER: Duration = Duration::from_millis(250);
/// But never later than this: what failed it may have been mended meanwhile.
const AGAIN_AFTER_MAX: Duration = Duration::from_secs(60);
/// As many doublings as lead there.
const DOUBLINGS_MAX: u32 = 8;

/// How long after a failure it is tried again, when that many came before.
pub(crate) fn again_after(failures: u32) -> Duration {
    (AGAIN_AFTER * (1 << failures.min(DOUBLINGS_MAX))).min(AGAIN_AFTER_MAX)
}

/// Effects of this life.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// Those that wait for the durable mark, in log order: the record that calls for one, and its request.
    called_for: VecDeque<(u64, u64)>,
    /// By request, the last record that calls for it: what there is to do is known with that one.
    last_call: BTreeMap<u64, u64>,
    /// By request.
    under_way: BTreeMap<u64, UnderWay>,
    /// When the next is tried again, by the clock that counts suspension.
    next_again_us: Option<i64>,
    /// What effects lacked, as long as it was not said to be over.
    lacking: BTreeSet<Lack>,
}

/// How far an effect is.
#[derive(Debug, Default)]
struct UnderWay {
    failures: u32,
    /// What it waits for, or failed for last.
    lack: Option<(Lack, String)>,
    /// Whether it was told to stand still.
    is_suspended: bool,
    /// Set while it waits to be tried again: since when it may be, by the clock that counts suspension.
    again_us: Option<i64>,
}

impl Effects {
    /// Something changed about these effects with the group that ends with this record.
    pub(crate) fn changed(&mut self, record: u64, requests: &[u64]) {
        self.called_for.extend(requests.iter().map(|request| (record, *request)));
        self.last_call.extend(requests.iter().map(|request| (*request, record)));
    }

    /// The next request that a record below the durable mark calls for, and none above it.
    pub(crate) fn next_durable(&mut self, durable_next: u64) -> Option<u64> {
        while let Some((record, request)) = self.called_for.pop_front_if(|(record, _)| *record < durable_next)
        {
            if self.last_call.get(&request) == Some(&record) {
                self.last_call.remove(&request);
                return Some(request);
            }
        }
        None
    }

    /// The next request that failed and is to be tried again now.
    pub(crate) fn next_again(&mut self, now: Reading) -> Option<u64> {
        if self.next_again_us.is_none_or(|at| at > now.boottime_us) {
            return None;
        }
        let is_time = |one: &UnderWay| one.again_us.is_some_and(|at| at <= now.boottime_us);
        let found = self.under_way.iter().find(|(_, one)| is_time(one)).map(|(request, _)| *request);
        if found.is_none() {
            self.next_again_us = self.under_way.values().filter_map(|one| one.again_us).min();
        }
        found
    }

    /// How long until something is tried again.
    pub(crate) fn until_again_us(&self, now: Reading) -> Option<i64> {
        self.next_again_us.map(|at| at.saturating_sub(now.boottime_us).max(0))
    }

    /// An effect begins, unless it runs.
    pub(crate) fn begin(&mut self, request: u64) -> bool {
        match self.under_way.get_mut(&request) {
            Some(one) => one.again_us.take().is_some(),
            None => {
                self.under_way.insert(request, UnderWay::default());
                true
            }
        }
    }

    /// What an effect that runs is to be told when it is to stand still or to go on; nothing where it was told so.
    pub(crate) fn pace<R>(&mut self, request: u64, is_suspended: bool) -> Option<Output<R>> {
        let one = self.under_way.get_mut(&request).filter(|one| one.is_suspended != is_suspended)?;
        one.is_suspended = is_suspended;
        Some(Output::Pace { request, is_suspended })
    }

    /// An effect that runs failed, for a reason that may pass.
    pub(crate) fn fail(&mut self, request: u64, lack: Lack, why: String, now: Reading) {
        let Some(one) = self.under_way.get_mut(&request) else { return };
        let at = now.boottime_us.saturating_add(again_after(one.failures).as_micros() as i64);
        one.failures += 1;
        one.again_us = Some(at);
        one.is_suspended = false;
        self.next_again_us = Some(self.next_again_us.map_or(at, |next| next.min(at)));
        self.lacks(request, Some((lack, why)));
    }

    /// What an effect waits for; nothing more if there is none.
    pub(crate) fn lacks(&mut self, request: u64, lack: Option<(Lack, String)>) {
        self.lacking.extend(lack.as_ref().map(|(lack, _)| *lack));
        if let Some(one) = self.under_way.get_mut(&request) {
            one.lack = lack;
        }
    }

    /// What effects lacked and none lacks any more. Said once.
    pub(crate) fn relieved(&mut self) -> BTreeSet<Lack> {
        let lacking = self.lacking.iter().copied();
        let (still, over) = lacking.partition(|lack| self.why_lacking(*lack).is_some());
        self.lacking = still;
        over
    }

    /// An effect is not owed any more, or nobody performs it.
    pub(crate) fn forget(&mut self, request: u64) {
        self.under_way.remove(&request);
    }

    pub(crate) fn runs(&self, request: u64) -> bool {
        self.under_way.get(&request).is_some_and(|one| one.again_us.is_none())
    }

    pub(crate) fn running(&self) -> impl Iterator<Item = u64> {
        self.under_way.iter().filter(|(_, one)| one.again_us.is_none()).map(|(request, _)| *request)
    }

    /// Requests that somebody performs, or will as soon as it may be.
    pub(crate) fn under_way(&self) -> impl Iterator<Item = u64> {
        self.under_way.keys().chain(self.last_call.keys()).copied()
    }

    /// Why an effect waits for that.
    pub(crate) fn why_lacking(&self, lack: Lack) -> Option<&str> {
        let lacks = self.under_way.values().filter_map(|one| one.lack.as_ref());
        lacks.filter(|(of, _)| *of == lack).map(|(_, why)| why.as_str()).next()
    }
}

/// The attempt of a request, if it is owed.
pub(crate) fn performance(world: &World, request: u64) -> Option<Performance> {
    let Effect::Perform(performance) = effect(world, request)? else { return None };
    Some(performance)
}

/// Why an attempt was stopped is not known to whoever stopped it.
pub(crate) fn corrected(world: &World, ended: AttemptEnded) -> AttemptEnded {
    if ended.ending != Ending::Cancelled {
        return ended;
    }
    let stop = performance(world, ended.request).and_then(|performance| performance.stop);
    let ending = stop.map_or(ended.ending, ending_of);
    // What was stopped for another reason than its time did not fail by itself.
    let findings = ended.findings.filter(|_| ending == Ending::TimedOut);
    AttemptEnded { ending, findings, ..ended }
}

/// How an attempt ends that was asked to stop for this reason.
pub(crate) fn ending_of(reason: CancelReason) -> Ending {
    match reason {
        CancelReason::WorkflowCancelled => Ending::Cancelled,
        CancelReason::TimedOut => Ending::TimedOut,
        CancelReason::DeadlinePassed => Ending::DeadlinePassed,
    }
}

/// The end of an attempt that took no time and wrote nothing.
pub(crate) fn ended(request: u64, task: u32, ending: Ending) -> AttemptEnded {
    AttemptEnded {
        request,
        task,
        ending,
        exit_code: None,
        signal: None,
        duration: Micros(0),
        stdout: Captured::NOTHING,
        stderr: Captured::NOTHING,
        used: None,
        findings: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_is_tried_again_later_each_time_and_forgotten_once_it_is_over() {
        let at = |boottime_us| Reading { wall_us: 0, boottime_us };
        let mut effects = Effects::default();
        assert!(effects.begin(7));
        assert!(!effects.begin(7), "it runs");
        let mut now = 0;
        for after in [250_000, 500_000, 1_000_000] {
            effects.fail(7, Lack::Vault, "the disk is full".to_owned(), at(now));
            assert_eq!((effects.runs(7), effects.under_way().count()), (false, 1));
            assert_eq!(effects.next_again(at(now + after - 1)), None);
            now += after;
            assert_eq!(effects.next_again(at(now)), Some(7));
            assert!(effects.begin(7), "again");
            assert_eq!((effects.next_again(at(now)), effects.runs(7)), (None, true));
        }
        assert_eq!(effects.why_lacking(Lack::Vault), Some("the disk is full"));
        assert_eq!(effects.why_lacking(Lack::Machine), None);
        effects.forget(7);
        assert_eq!((effects.why_lacking(Lack::Vault), effects.under_way().count()), (None, 0));
    }

    #[test]
    fn what_is_short_is_over_when_no_effect_waits_for_it_and_not_before() {
        let now = Reading { wall_us: 0, boottime_us: 0 };
        let mut effects = Effects::default();
        let short = || (Lack::Machine, "no file".to_owned());
        for request in 1..=3 {
            assert!(effects.begin(request));
            effects.fail(request, Lack::Machine, short().1, now);
        }
        let none = BTreeSet::new();
        assert_eq!(effects.relieved(), none);
        effects.lacks(1, None);
        effects.forget(2);
        assert_eq!(effects.relieved(), none, "one waits");
        effects.fail(3, Lack::Vault, "the disk is full".to_owned(), now);
        assert_eq!((effects.relieved(), effects.relieved()), (BTreeSet::from([Lack::Machine]), none.clone()));
        effects.lacks(1, Some(short()));
        assert_eq!((effects.relieved(), effects.why_lacking(Lack::Machine)), (none, Some("no file")));
    }

    #[test]
    fn what_changes_again_waits_for_the_record_that_says_so() {
        let mut effects = Effects::default();
        effects.changed(5, &[7, 8]);
        effects.changed(6, &[7, 7]);
        assert_eq!((effects.next_durable(6), effects.next_durable(6)), (Some(8), None));
        assert_eq!(effects.under_way().collect::<Vec<_>>(), [7]);
        assert_eq!((effects.next_durable(7), effects.next_durable(7)), (Some(7), None));
    }

    #[test]
    fn however_often_it_fails_it_is_tried_again_within_a_minute() {
        let now = Reading { wall_us: 0, boottime_us: 0 };
        let mut effects = Effects::default();
        assert!(effects.begin(7));
        (0..100).for_each(|_| effects.fail(7, Lack::Machine, String::new(), now));
        let later = Reading { boottime_us: AGAIN_AFTER_MAX.as_micros() as i64, ..now };
        assert_eq!(effects.next_again(later), Some(7));
    }
}
