//! Finds workflows by their name, their labels and the workflow that they retry, without looking at any other.
//!
//! Each of these is a list of first records, in memory of workflows that are alive and stored of those that have ended. What
//! several lists have in common is found by leaping: each is asked for its greatest entry that is not above the one looked for,
//! so the work is bounded by the shortest list, and no list is read as a whole.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;

use super::At;
use crate::host::keys::last_number;
use crate::host::stored::StoredRows;
use crate::read_error::ReadError;
use crate::view::run_list::{FoundBy, Query, Summary};

/// The lists of what is in memory.
#[derive(Debug, Default)]
pub(super) struct Index(BTreeMap<FoundBy, BTreeSet<u64>>);

impl Index {
    pub(super) fn add(&mut self, summary: &Summary) {
        for by in summary.found_by() {
            self.0.entry(by).or_default().insert(summary.began.sequence);
        }
    }

    pub(super) fn remove(&mut self, summary: &Summary) {
        for by in summary.found_by() {
            if let Some(list) = self.0.get_mut(&by) {
                list.remove(&summary.began.sequence);
                if list.is_empty() {
                    self.0.remove(&by);
                }
            }
        }
    }

    /// First records of workflows that all of these lead to, below a bound.
    pub(super) fn newest_first(&self, wanted: &[FoundBy], bound: u64) -> impl Iterator<Item = u64> {
        // What no workflow has is an empty list, which has nothing in common with any other.
        let lists: Option<Vec<&BTreeSet<u64>>> = wanted.iter().map(|by| self.0.get(by)).collect();
        let lists = lists.unwrap_or_default();
        let mut below = Some(bound).filter(|_| !lists.is_empty());
        iter::from_fn(move || {
            let at_most = below?.checked_sub(1)?;
            let greatest = |list: usize, at_most| lists[list].range(..=at_most).next_back().copied();
            below = common(lists.len(), at_most, |list, at_most| Ok::<_, ReadError>(greatest(list, at_most)))
                .unwrap_or_default();
            below
        })
    }
}

/// First records of finished workflows that a query asks for.
pub(super) fn stored_newest_first(
    rows: StoredRows<'_>,
    query: &Query,
) -> impl Iterator<Item = Result<u64, ReadError>> {
    let by =
        query.found_by.iter().map(|by| Box::new(move |began| At::FoundBy(by.clone(), began)) as List<'_>);
    let phase = query.phase.map(|phase| Box::new(move |began| At::Phase(phase, began)) as List<'_>);
    let lists: Vec<List<'_>> = by.chain(phase).collect();
    let mut below = Some(query.bound());
    iter::from_fn(move || {
        let at_most = below?.checked_sub(1)?;
        let greatest = |list: usize, at_most: u64| {
            // No first record has the greatest number there is.
            let found = rows.range(&lists[list](0), &lists[list](at_most.saturating_add(1))).next_back();
            found.map(|row| Ok(last_number(&row?.0)?)).transpose()
        };
        match common(lists.len(), at_most, greatest) {
            Ok(found) => {
                below = found;
                found.map(Ok)
            }
            Err(error) => {
                below = None;
                Some(Err(error))
            }
        }
    })
}

/// Where the entry of a list lies that is a first record.
type List<'a> = Box<dyn Fn(u64) -> At + 'a>;

/// The greatest number, not above one, that all of so many lists hold. `greatest` says the greatest of a list.
fn common<E>(
    lists: usize,
    at_most: u64,
    mut greatest: impl FnMut(usize, u64) -> Result<Option<u64>, E>,
) -> Result<Option<u64>, E> {
    let (mut candidate, mut agreed) = (at_most, 0);
    for list in (0..lists).cycle() {
        if agreed == lists {
            return Ok(Some(candidate));
        }
        match greatest(list, candidate)? {
            None => return Ok(None),
            Some(found) if found == candidate => agreed += 1,
            Some(found) => (candidate, agreed) = (found, 1),
        }
    }
    Ok(None)
}

/// The part of a key that names a list: no list's is the beginning of another's.
pub(super) fn bytes(by: &FoundBy) -> Vec<u8> {
    let text = |text: &str| [&(text.len() as u32).to_be_bytes(), text.as_bytes()].concat();
    match by {
        FoundBy::Name(name) => [b"n".to_vec(), text(name)].concat(),
        FoundBy::Label { name, value } => [b"l".to_vec(), text(name), text(value)].concat(),
        FoundBy::Retries(workflow) => [b"r".as_slice(), &workflow.0].concat(),
        FoundBy::Owner(owner) => [b"o".to_vec(), text(owner)].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against what is common to the sets, by definition.
    #[test]
    fn what_lists_have_in_common_is_found_newest_first() {
        let lists: [BTreeSet<u64>; 3] =
            [(0..90).step_by(2).collect(), (0..90).step_by(3).collect(), [0, 6, 7, 12, 30, 84, 89].into()];
        let greatest = |list: usize, at_most| Ok::<_, ()>(lists[list].range(..=at_most).next_back().copied());
        let mut found = Vec::new();
        let mut below = 100;
        while let Some(at_most) = u64::checked_sub(below, 1)
            && let Some(next) = common(lists.len(), at_most, greatest).unwrap()
        {
            found.push(next);
            below = next;
        }
        assert_eq!(found, [84, 30, 12, 6, 0]);
    }
}
