//! Records of a block that are hashed together.

use crate::block::Block;
use crate::break_point::Break;
use crate::chain::Chain;
use crate::record::{Presence, Record, commitments};
use crate::tree::{Hash, leaf_hashes};

/// Records that are hashed together.
const RUN_LENGTH: usize = 64;

/// Some records one after another, and what follows from the bytes of each.
pub(crate) struct RunOfRecords<'a> {
    pub(crate) records: Vec<Record<'a>>,
    /// The chain value after each.
    pub(crate) chains: [[u8; 32]; RUN_LENGTH],
    /// Whether each is committed to as it is; true when its payload was removed.
    pub(crate) commits: Vec<bool>,
    pub(crate) leaves: Vec<Hash>,
    /// The fault of the record that ended the run early.
    pub(crate) end: Result<(), Break>,
}

impl<'a> RunOfRecords<'a> {
    /// The run that begins with the record at `from`.
    pub(crate) fn read(block: &Block<'a>, from: usize, hasher: &Chain) -> Self {
        let (mut records, mut end) = (Vec::with_capacity(RUN_LENGTH), Ok(()));
        for index in from..block.record_count().min(from + RUN_LENGTH) {
            match block.record(index) {
                Ok(record) => records.push(record),
                Err(broken) => {
                    end = Err(broken);
                    break;
                }
            }
        }
        let headers: Vec<_> = records.iter().map(|record| record.header_bytes).collect();
        let mut chains = [[0; 32]; RUN_LENGTH];
        hasher.after_each(&headers, &mut chains);
        let leaves = leaf_hashes(headers.iter().map(|header| header.as_slice()));
        Self { commits: commits(&records), records, chains, leaves, end }
    }
}

/// Whether each of some records is committed to as it is.
fn commits(records: &[Record<'_>]) -> Vec<bool> {
    let present = records.iter().filter(|record| record.presence == Presence::Present);
    let payloads: Vec<_> = present.map(|record| (record.salt, record.payload)).collect();
    let mut found = commitments(&payloads).into_iter();
    let mut commits = |record: &Record<'_>| match record.presence {
        Presence::Present => found.next() == Some(record.header.payload_commit),
        Presence::Redacted | Presence::Erased => true,
    };
    records.iter().map(&mut commits).collect()
}
