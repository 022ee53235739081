//! When which schedule is looked at next. One that is being looked at is not begun again until that has ended.

use std::collections::btree_map::Entry as Slot;
use std::collections::{BTreeMap, BTreeSet};
use triad_event::ids::StreamId;

/// The time at which nothing is looked at.
pub(super) const NEVER_MS: i64 = i64::MAX;

/// What is looked at when. The earliest comes first, so whoever was looked at stands behind those who waited longer.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    entries: BTreeMap<StreamId, Entry>,
    /// Those that are not being looked at, by time.
    due: BTreeSet<(i64, StreamId)>,
}

#[derive(Debug)]
struct Entry {
    /// The sequence of its newest change.
    revision: u64,
    at_ms: i64,
    is_busy: bool,
}

impl Agenda {
    /// Takes in which schedules there are, each with the sequence of its newest change: what is new or changed is looked at now.
    pub(super) fn take_in(&mut self, schedules: &[(StreamId, u64)], now_ms: i64) {
        let known: BTreeSet<StreamId> = schedules.iter().map(|(id, _)| *id).collect();
        self.entries.retain(|id, _| known.contains(id));
        self.due.retain(|(_, id)| known.contains(id));
        for (id, revision) in schedules {
            match self.entries.entry(*id) {
                Slot::Vacant(slot) => {
                    slot.insert(Entry { revision: *revision, at_ms: now_ms, is_busy: false });
                    self.due.insert((now_ms, *id));
                }
                Slot::Occupied(mut slot) if slot.get().revision != *revision => {
                    let entry = slot.get_mut();
                    self.due.remove(&(entry.at_ms, *id));
                    (entry.revision, entry.at_ms) = (*revision, now_ms);
                    if !entry.is_busy {
                        self.due.insert((now_ms, *id));
                    }
                }
                Slot::Occupied(_) => {}
            }
        }
    }

    /// Begins with the next one whose time has come.
    pub(super) fn begin(&mut self, now_ms: i64) -> Option<StreamId> {
        let (at_ms, id) = *self.due.first()?;
        if at_ms > now_ms {
            return None;
        }
        self.due.remove(&(at_ms, id));
        let entry = self.entries.get_mut(&id)?;
        (entry.at_ms, entry.is_busy) = (NEVER_MS, true);
        Some(id)
    }

    /// It was looked at, and is again at that time, or earlier when it was changed meanwhile.
    pub(super) fn end(&mut self, id: StreamId, at_ms: i64) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        (entry.at_ms, entry.is_busy) = (entry.at_ms.min(at_ms), false);
        if entry.at_ms != NEVER_MS {
            self.due.insert((entry.at_ms, id));
        }
    }

    /// When the next one is looked at.
    pub(super) fn next_ms(&self) -> Option<i64> {
        self.due.first().map(|(at_ms, _)| *at_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> StreamId {
        StreamId([number; 16])
    }

    #[test]
    fn who_was_looked_at_stands_behind_who_waits() {
        let mut agenda = Agenda::default();
        agenda.take_in(&[(id(1), 10), (id(2), 11)], 100);
        assert_eq!([agenda.begin(99), agenda.begin(100)], [None, Some(id(1))]);
        agenda.end(id(1), 101);
        assert_eq!(
            [agenda.begin(101), agenda.begin(101), agenda.begin(101)],
            [Some(id(2)), Some(id(1)), None]
        );
        agenda.end(id(2), NEVER_MS);
        agenda.end(id(1), 200);
        assert_eq!(agenda.next_ms(), Some(200));
    }

    #[test]
    fn what_changes_is_looked_at_again_also_while_it_is() {
        let mut agenda = Agenda::default();
        agenda.take_in(&[(id(1), 10)], 100);
        assert_eq!(agenda.begin(100), Some(id(1)));
        agenda.take_in(&[(id(1), 12)], 110);
        assert_eq!((agenda.begin(200), agenda.next_ms()), (None, None), "it is being looked at");
        agenda.end(id(1), NEVER_MS);
        assert_eq!(agenda.begin(110), Some(id(1)));
        agenda.end(id(1), NEVER_MS);
        agenda.take_in(&[(id(1), 12)], 120);
        assert_eq!(agenda.next_ms(), None, "nothing changed");
        agenda.take_in(&[], 130);
        agenda.end(id(1), 131);
        assert_eq!(agenda.next_ms(), None, "what is gone is not looked at");
    }
}
