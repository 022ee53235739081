//! The faulty twin: storage in memory that fails on request, in both ways in which a durable write can fail.

use crate::durable::DurableMark;
use crate::posting::Posting;
use crate::storage::{
    BlockBytes, Commit, Completion, CompletionSink, LogRead, Outcome, ReadError, Storage, Ticket,
};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::watch;
use triad_proof::KeyStatement;
use triad_proof::block::{BLOCK_PREFIX_LENGTH, Prefix};
use triad_proof::tile::TileId;
use triad_proof::tree::Hash;

/// What happens to the next commit when it is stepped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It becomes durable.
    None,
    /// It is refused and not on disk.
    FailedNotPersisted,
    /// The storage reports that it cannot tell; it is not on disk.
    UnknownNotPersisted,
    /// The storage reports that it cannot tell; it is on disk.
    UnknownPersisted,
}

#[derive(Debug, Default)]
struct Disk {
    blocks: BTreeMap<u64, BlockBytes>,
    tiles: BTreeMap<TileId, Vec<Hash>>,
    postings: BTreeMap<([u8; 16], u64), Posting>,
    statements: BTreeMap<u32, KeyStatement>,
    attachments: BTreeMap<Vec<u8>, BlockBytes>,
}

/// Reads what is durable on the twin.
#[derive(Debug, Clone, Default)]
pub struct TwinReader {
    disk: Arc<Mutex<Disk>>,
}

/// Storage that does nothing until it is stepped, and then what the test wants.
pub struct Twin {
    reader: TwinReader,
    waiting: VecDeque<Commit>,
    next_ticket: u64,
    next_completion: u64,
    failed: bool,
    sink: CompletionSink,
    publish: watch::Sender<DurableMark>,
}

impl Twin {
    /// An empty disk.
    pub fn new(sink: CompletionSink) -> Self {
        Self::on(TwinReader::default(), sink)
    }

    /// The disk of a twin that crashed, as the next process finds it: what was durable is there, what waited is not.
    pub fn on(reader: TwinReader, sink: CompletionSink) -> Self {
        let next_sequence = reader.disk().blocks.values().next_back().map_or(0, |block| block_end(block));
        let publish = watch::Sender::new(DurableMark { next_sequence, failed: false });
        Self {
            reader,
            waiting: VecDeque::new(),
            next_ticket: 0,
            next_completion: 0,
            failed: false,
            sink,
            publish,
        }
    }

    /// Follows the durable mark.
    pub fn durable(&self) -> watch::Receiver<DurableMark> {
        self.publish.subscribe()
    }

    /// Commits that wait to be stepped.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Decides the oldest waiting commit; false when none waits. After a fault every later commit fails, as on fjall.
    pub fn step(&mut self, fault: Fault) -> bool {
        let Some(commit) = self.waiting.pop_front() else { return false };
        let fault = if self.failed { Fault::FailedNotPersisted } else { fault };
        let (last_sequence, chain) = (commit.last_sequence, commit.chain);
        if matches!(fault, Fault::None | Fault::UnknownPersisted) {
            self.reader.disk().store(commit);
        }
        let outcome = match fault {
            Fault::None => Outcome::Durable,
            Fault::FailedNotPersisted => Outcome::Failed("injected: the write failed".into()),
            Fault::UnknownNotPersisted | Fault::UnknownPersisted => {
                Outcome::Unknown("injected: the sync failed".into())
            }
        };
        self.failed |= outcome != Outcome::Durable;
        let (durable, failed) = (outcome == Outcome::Durable, self.failed);
        self.publish.send_modify(|mark| {
            mark.failed = failed;
            if durable {
                mark.next_sequence = last_sequence + 1;
            }
        });
        let ticket = Ticket(self.next_completion);
        self.next_completion += 1;
        (self.sink)(Completion { ticket, last_sequence, chain, outcome });
        true
    }

    /// Makes everything that waits durable.
    pub fn drain(&mut self) {
        while self.step(Fault::None) {}
    }
}

impl Storage for Twin {
    type Reader = TwinReader;

    fn submit(&mut self, commit: Commit) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        self.waiting.push_back(commit);
        ticket
    }

    fn reader(&self) -> TwinReader {
        self.reader.clone()
    }
}

impl Disk {
    fn store(&mut self, commit: Commit) {
        self.blocks.insert(commit.first_sequence, commit.block);
        self.tiles.extend(commit.tiles);
        for posting in commit.postings {
            self.postings.insert((posting.stream, posting.block_first), posting);
        }
        if let Some((epoch, bytes)) = commit.statement {
            let statement = KeyStatement::decode(&bytes).expect("invariant: a written statement decodes");
            self.statements.insert(epoch, statement);
        }
        self.attachments.extend(commit.attachments.into_iter().map(|(key, value)| (key, value.into())));
    }
}

fn block_end(block: &[u8]) -> u64 {
    let prefix = block.first_chunk::<BLOCK_PREFIX_LENGTH>().map(Prefix::decode);
    let Some(Ok(prefix)) = prefix else { panic!("invariant: the twin holds the blocks that were submitted") };
    prefix.first_sequence + u64::from(prefix.record_count)
}

impl TwinReader {
    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().expect("invariant: no holder of this lock panics")
    }

    /// A copy of the disk: what a crash at this instant leaves.
    pub fn image(&self) -> Self {
        let disk = self.disk();
        let copy = Disk {
            blocks: disk.blocks.clone(),
            tiles: disk.tiles.clone(),
            postings: disk.postings.clone(),
            statements: disk.statements.clone(),
            attachments: disk.attachments.clone(),
        };
        Self { disk: Arc::new(Mutex::new(copy)) }
    }
}

impl LogRead for TwinReader {
    fn block_holding(&self, sequence: u64) -> Result<Option<BlockBytes>, ReadError> {
        let disk = self.disk();
        let block = disk.blocks.range(..=sequence).next_back().map(|(_, block)| block.clone());
        Ok(block.filter(|block| sequence < block_end(block)))
    }

    fn last_block(&self) -> Result<Option<BlockBytes>, ReadError> {
        Ok(self.disk().blocks.values().next_back().cloned())
    }

    fn tile(&self, id: TileId) -> Result<Option<Vec<Hash>>, ReadError> {
        Ok(self.disk().tiles.get(&id).cloned())
    }

    fn postings(&self, stream: [u8; 16], from: u64, limit: usize) -> Result<Vec<Posting>, ReadError> {
        let range = (stream, from)..=(stream, u64::MAX);
        Ok(self.disk().postings.range(range).take(limit).map(|(_, posting)| posting.clone()).collect())
    }

    fn posting_at_or_before(&self, stream: [u8; 16], up_to: u64) -> Result<Option<Posting>, ReadError> {
        let range = (stream, 0)..=(stream, up_to);
        Ok(self.disk().postings.range(range).next_back().map(|(_, posting)| posting.clone()))
    }

    fn statement(&self, epoch: u32) -> Result<Option<KeyStatement>, ReadError> {
        Ok(self.disk().statements.get(&epoch).cloned())
    }

    fn attachment(&self, key: &[u8]) -> Result<Option<BlockBytes>, ReadError> {
        Ok(self.disk().attachments.get(key).cloned())
    }
}
