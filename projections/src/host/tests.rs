//! Databases that were written by another version, not as one, or not by this host.

use std::sync::Arc;

use triad_event::ids::{BootId, LogId, NodeId, PrincipalId, StreamId, WorkflowId};
use triad_event::quantity::Micros;
use triad_event::{Event, Recorded, governance};

use super::memory::Memory;
use super::opening::{generations, path};
use super::store::Store;
use super::stored::Stored;
use super::version::{CursorRow, Version};
use super::{ApplyError, FromZero, Opening, keys};
use crate::row::Encoder;
use crate::view::AllViews;
use crate::views::Answer;
use crate::{Host, ReadError};

impl<T> crate::host::Host<T> {
    /// Everything that is stored in a keyspace, in the order of the keys, but for the marks.
    pub(crate) fn stored_in(&self, keyspace: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
        let keyspace = match keyspace {
            "lookups" => &self.store.lookups,
            "finished" => &self.store.finished,
            _ => &self.store.pages,
        };
        let rows = keyspace.iter().map(|guard| guard.into_inner().unwrap());
        rows.map(|(key, row)| (key.to_vec(), row.to_vec())).filter(|(key, _)| key.len() != 9).collect()
    }
}

const LOG: LogId = LogId([1; 16]);

/// Stores views of one record, changes the database, and opens them again.
fn opened_after(change: impl FnOnce(&Store, CursorRow)) -> (u64, Opening) {
    let directory = tempfile::tempdir().unwrap();
    let (mut host, _) = Host::open(directory.path(), LOG, |_| None).unwrap();
    drop(host.apply(&[started()], [2; 32]).unwrap());
    host.close().unwrap();
    let store = Arc::new(Store::open(&path(directory.path(), 0), 0).unwrap());
    let cursor = Stored::now(Arc::clone(&store)).cursor().unwrap().unwrap();
    change(&store, cursor);
    drop(store);
    let (host, opening) = Host::open(directory.path(), LOG, |_| Some([2; 32])).unwrap();
    (host.next_sequence(), opening)
}

fn started() -> Recorded<Event> {
    let started = governance::EngineStarted {
        build_digest: [0; 32],
        decide_version: 1,
        node: NodeId([3; 16]),
        boot: BootId([4; 16]),
        boottime: Micros(5),
    };
    Recorded {
        sequence: 0,
        group: 0,
        at: Micros(1),
        elapsed: Micros(0),
        stream: StreamId::LOG,
        ordinal: 0,
        cause: 0,
        principal: PrincipalId::ZERO,
        event: started.into(),
    }
}

#[test]
fn views_go_on_where_they_were_stored() {
    assert_eq!(opened_after(|_, _| ()), (1, Opening::Resumed));
}

#[test]
fn views_of_another_version_begin_again() {
    let versions = Memory::<AllViews>::versions();
    for place in 0..versions.len() {
        let opened = opened_after(|store, mut cursor| {
            cursor.versions[place] = Version::of("view", 0, 1, "other rows");
            let key = keys::lookup(keys::CURSOR, &[]);
            store.lookups.insert(key, Encoder::default().encode(&cursor)).unwrap();
        });
        assert_eq!(opened, (0, Opening::FromZero(FromZero::OtherVersion)));
    }
}

#[test]
fn keyspaces_that_were_not_written_together_begin_again() {
    for place in 0..2 {
        let (next, opening) = opened_after(|store, cursor| {
            let keyspace = [&store.finished, &store.pages][place];
            keyspace.remove(keys::mark(cursor.next_sequence)).unwrap();
        });
        assert!(matches!(opening, Opening::FromZero(FromZero::Damaged { .. })), "{opening:?}");
        assert_eq!(next, 0);
    }
}

#[test]
fn views_that_a_reader_finds_damaged_begin_again_in_another_database() {
    let directory = tempfile::tempdir().unwrap();
    let (mut host, _) = Host::open(directory.path(), LOG, |_| None).unwrap();
    let id = WorkflowId([4; 16]);
    let name = [b"ri".as_slice(), &id.0].concat();
    host.store.lookups.insert(name, Encoder::default().encode(&7_u64)).unwrap();
    drop(host.apply(&[started()], [2; 32]).unwrap());
    host.flush().unwrap();
    let views = host.views();
    assert!(matches!(views.summary(id), Err(ReadError::Damaged { .. })));
    let next = Recorded { sequence: 1, ..started() };
    let told = host.apply(&[next], [2; 32]);
    assert!(matches!(told, Err(ApplyError::FromZero(FromZero::Damaged { .. }))), "{told:?}");
    assert_eq!((host.next_sequence(), views.applied()), (0, 0));
    assert_eq!(generations(directory.path()).unwrap(), [1]);
    drop(host.apply(&[started()], [2; 32]).unwrap());
    assert_eq!(views.summary(id).unwrap(), Answer { through: Some(0), value: None });
}
