//! The log in fjall: one value per block, one batch and one sync for all blocks that wait.

mod recent;

pub use crate::database::DatabaseError;

use crate::durable::DurableMark;
use crate::posting::Posting;
use crate::storage::{
    Attachment, BlockBytes, Commit, Completion, CompletionSink, LogRead, Outcome, ReadError, Storage, Ticket,
};
use crate::unchecked;
use crate::watermark::{Mark, Watermark};
use fjall::config::{BlockSizePolicy, CompressionPolicy};
use fjall::{CompressionType, Database, Keyspace, KeyspaceCreateOptions, KvSeparationOptions, PersistMode};
use recent::Recent;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::watch;
use triad_proof::block::{BLOCK_PREFIX_LENGTH, Prefix};
use triad_proof::key::STATEMENT_LENGTH;
use triad_proof::tile::TileId;
use triad_proof::tree::Hash;
use triad_proof::{KeyStatement, LogId, with_causes};

/// Commits that wait for the storage thread before `submit` blocks; bounds memory to a few megabytes.
const IN_FLIGHT_MAX: usize = 8;
/// The watermark reaches the disk at most this long after the commit that it names.
const WATERMARK_SYNC_INTERVAL: Duration = Duration::from_secs(1);
/// Memory for blocks not yet in tables. Bounds what is replayed on opening, together with the journal limit.
const MEMTABLE_BYTES: u64 = 32 << 20;
/// Journals beyond this are flushed. fjall's least; replay runs at about 190 MB/s.
const JOURNAL_BYTES_MAX: u64 = 64 << 20;
/// Read cache for database blocks.
const CACHE_BYTES: u64 = 32 << 20;
/// Database block size: a log block is larger, so this only groups small ones for compression.
const DATABASE_BLOCK_BYTES: u32 = 32 << 10;
/// Attachments that repair carries over are written so many bytes at a time, to bound memory.
const CARRIED_BYTES_MAX: usize = 8 << 20;
/// The same for attachments, of which a reader wants one and not its neighbours.
const ATTACHMENT_BLOCK_BYTES: u32 = 4 << 10;
/// Attachments of this length and more lie apart from their keys.
const ATTACHMENT_APART_BYTES: u32 = 256;
/// How often closing looks whether everything is in tables.
const FLUSH_POLL_INTERVAL: Duration = Duration::from_millis(1);
/// Nothing is acknowledged any more then: whoever looks for it later would not find it.
const MOVED: &str =
    "the log's directory was moved or removed while it was open: put it back, or start again where it lies";
/// Tile level under which key statements are kept; no tree is that high.
const STATEMENT_LEVEL: u8 = 0xff;

/// Reads durable blocks from fjall.
#[derive(Clone)]
pub struct FjallReader {
    blocks: Keyspace,
    tiles: Keyspace,
    streams: Keyspace,
    attachments: Keyspace,
    recent: Arc<Mutex<Option<Recent>>>,
}

/// An open database, before anything is written to it.
pub struct OpenDatabase {
    database: Database,
    reader: FjallReader,
}

/// Makes commits durable on a thread of its own.
pub struct FjallStorage {
    commits: Option<SyncSender<Commit>>,
    next_ticket: u64,
    reader: FjallReader,
    durable: watch::Receiver<DurableMark>,
    thread: Option<JoinHandle<Closing>>,
}

/// What the storage thread leaves behind.
struct Closing {
    database: Database,
    watermark: Watermark,
    last: Option<Mark>,
    failure: Option<String>,
}

impl OpenDatabase {
    /// Opens a database in which at least one record was acknowledged, in a directory that the caller has locked.
    pub fn open(path: &Path) -> Result<Self, DatabaseError> {
        unchecked::check(path)?;
        Self::open_or_create(path, 1)
    }

    /// The same for reading alone: nothing is flushed and no table is made anew.
    pub(crate) fn open_quietly(path: &Path) -> Result<Self, DatabaseError> {
        unchecked::check(path)?;
        Self::open_or_create(path, 0)
    }

    /// Creates a database.
    pub fn create(path: &Path) -> Result<Self, DatabaseError> {
        Self::open_or_create(path, 1)
    }

    fn open_or_create(path: &Path, workers: usize) -> Result<Self, DatabaseError> {
        // On some damage fjall panics. The caller must name what was acknowledged all the same.
        let opened = catch_unwind(AssertUnwindSafe(|| Self::open_with_fjall(path, workers)));
        opened.unwrap_or_else(|panic| Err(DatabaseError::Panicked(panic_text(&*panic))))
    }

    fn open_with_fjall(path: &Path, workers: usize) -> Result<Self, DatabaseError> {
        let database = Database::builder(path)
            .cache_size(CACHE_BYTES)
            // Blocks must lie in the journal as they are, so that repair can find them there.
            .journal_compression(CompressionType::None)
            .manual_journal_persist(true)
            .max_journaling_size(JOURNAL_BYTES_MAX)
            // Not documented, but the only way to have none; who reads alone wants no flush and no compaction.
            .worker_threads_unchecked(workers)
            .open()?;
        let options = || {
            KeyspaceCreateOptions::default()
                .manual_journal_persist(true)
                .max_memtable_size(MEMTABLE_BYTES)
                .data_block_size_policy(BlockSizePolicy::all(DATABASE_BLOCK_BYTES))
                .data_block_compression_policy(CompressionPolicy::all(CompressionType::Lz4))
        };
        let reader = FjallReader {
            blocks: database.keyspace("blocks", options)?,
            tiles: database.keyspace("tiles", options)?,
            streams: database.keyspace("streams", options)?,
            // Mostly ciphertext, which does not shrink, and read one at a time.
            attachments: database.keyspace("vault", || {
                let options = options().data_block_compression_policy(CompressionPolicy::disabled());
                // Keys are random, so without this every compaction would write all content again.
                let apart = KvSeparationOptions::default().compression(CompressionType::None);
                options
                    .data_block_size_policy(BlockSizePolicy::all(ATTACHMENT_BLOCK_BYTES))
                    .with_kv_separation(Some(apart.separation_threshold(ATTACHMENT_APART_BYTES)))
            })?,
            recent: Arc::default(),
        };
        Ok(Self { database, reader })
    }

    /// Reads what is there.
    pub fn reader(&self) -> &FjallReader {
        &self.reader
    }

    /// Begins a fresh journal when the old one holds anything: fjall goes on appending to a recovered journal without
    /// pre-sizing it, and every sync would then write metadata too.
    pub fn begin_journal(&self) -> fjall::Result<()> {
        for keyspace in self.reader.keyspaces() {
            keyspace.rotate_memtable()?;
        }
        Ok(())
    }

    /// Writes attachments of another database, later ones over earlier ones. Closing the storage syncs them.
    pub(crate) fn carry(&self, attachments: &mut dyn Iterator<Item = Attachment>) -> fjall::Result<()> {
        let (mut batch, mut bytes) = (self.database.batch(), 0);
        for (key, value) in attachments {
            bytes += key.len() + value.len();
            batch.insert(&self.reader.attachments, key, value);
            if bytes >= CARRIED_BYTES_MAX {
                std::mem::replace(&mut batch, self.database.batch()).commit()?;
                bytes = 0;
            }
        }
        batch.commit()
    }

    /// Starts the storage thread. `last` is the newest durable record.
    pub fn start(
        self,
        watermark: Watermark,
        log_id: LogId,
        last: Option<Mark>,
        sink: CompletionSink,
    ) -> FjallStorage {
        let (commits, waiting) = sync_channel(IN_FLIGHT_MAX);
        let next_sequence = last.map_or(0, |mark| mark.sequence + 1);
        let (publish, durable) = watch::channel(DurableMark { next_sequence, failed: false });
        let reader = self.reader.clone();
        let closing = Closing { database: self.database, watermark, last, failure: None };
        let committer = Committer { closing, reader: reader.clone(), log_id, sink, publish, next_ticket: 0 };
        let thread = std::thread::Builder::new().name("log-storage".into());
        let thread =
            thread.spawn(move || committer.run(&waiting)).expect("the operating system starts a thread");
        FjallStorage { commits: Some(commits), next_ticket: 0, reader, durable, thread: Some(thread) }
    }
}

impl Storage for FjallStorage {
    type Reader = FjallReader;

    fn submit(&mut self, commit: Commit) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        let commits = self.commits.as_ref().expect("invariant: the storage is open while it is written to");
        commits.send(commit).expect("invariant: the storage thread ends only when the storage is closed");
        ticket
    }

    fn reader(&self) -> FjallReader {
        self.reader.clone()
    }
}

impl FjallStorage {
    /// Follows the durable mark.
    pub fn durable(&self) -> watch::Receiver<DurableMark> {
        self.durable.clone()
    }

    /// Finishes what is in flight, flushes, and marks the log as cleanly closed.
    pub fn close(mut self) -> Result<(), CloseError> {
        let Some(mut closing) = self.stop() else { return Ok(()) };
        if let Some(why) = closing.failure {
            return Err(CloseError::Failed(why));
        }
        if let Some(last) = closing.last {
            self.reader.write_recent(&closing.database, last.sequence + 1)?;
        }
        for keyspace in self.reader.keyspaces() {
            keyspace.rotate_memtable()?;
            while keyspace.sealed_memtable_count() > 0 {
                // The thread that flushes ends at its first error; then this one says so, and waiting would
                // never end.
                closing.database.persist(PersistMode::Buffer)?;
                std::thread::sleep(FLUSH_POLL_INTERVAL);
            }
        }
        closing.database.persist(PersistMode::SyncAll)?;
        if let Some(last) = closing.last {
            closing.watermark.write(&Mark { closed: true, ..last })?;
            closing.watermark.sync()?;
        }
        Ok(())
    }

    fn stop(&mut self) -> Option<Closing> {
        drop(self.commits.take());
        self.thread.take().map(|thread| thread.join().expect("invariant: the storage thread does not panic"))
    }
}

impl Drop for FjallStorage {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Why a log was not closed cleanly. Nothing acknowledged is lost: the next opening checks.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CloseError {
    /// A commit had failed before.
    #[error("the log's storage had failed before it was closed: {0}")]
    Failed(String),
    /// The database could not be flushed.
    #[error("failed to flush the log's database")]
    Database(#[from] fjall::Error),
    /// The stream index could not be written.
    #[error("failed to write the stream index")]
    Index(#[from] ReadError),
    /// The watermark could not be written.
    #[error("failed to write the watermark")]
    Watermark(#[from] std::io::Error),
}

struct Committer {
    closing: Closing,
    reader: FjallReader,
    log_id: LogId,
    sink: CompletionSink,
    publish: watch::Sender<DurableMark>,
    next_ticket: u64,
}

impl Committer {
    fn run(mut self, waiting: &Receiver<Commit>) -> Closing {
        let mut unsynced_since = None;
        loop {
            let commits: Vec<Commit> = match waiting.recv_timeout(WATERMARK_SYNC_INTERVAL) {
                Ok(first) => std::iter::once(first).chain(waiting.try_iter()).collect(),
                Err(RecvTimeoutError::Timeout) => {
                    self.notice_failed_flush();
                    self.notice_moved();
                    Vec::new()
                }
                Err(RecvTimeoutError::Disconnected) => return self.closing,
            };
            if !commits.is_empty() {
                self.take(commits);
                self.write_index();
                unsynced_since.get_or_insert_with(crate::clock::monotonic);
            }
            if unsynced_since
                .is_some_and(|since| crate::clock::monotonic() - since >= WATERMARK_SYNC_INTERVAL)
            {
                unsynced_since = None;
                if let Err(error) = self.closing.watermark.sync() {
                    self.fail(format!("failed to sync the watermark: {error}"));
                }
            }
        }
    }

    /// Says so when the directory is not where it was.
    fn notice_moved(&mut self) {
        if let Err(why) = self.check_place() {
            self.fail(why);
        }
    }

    fn check_place(&self) -> Result<(), String> {
        if self.closing.watermark.is_in_place() { Ok(()) } else { Err(MOVED.to_owned()) }
    }

    /// fjall flushes on a thread of its own, whose errors no commit sees until the next one.
    fn notice_failed_flush(&mut self) {
        if let Err(error) = self.closing.database.persist(PersistMode::Buffer) {
            self.fail(format!("failed to flush the log's database: {}", with_causes(&error)));
        }
    }

    fn take(&mut self, commits: Vec<Commit>) {
        let ends: Vec<(u64, [u8; 32])> =
            commits.iter().map(|commit| (commit.last_sequence, commit.chain)).collect();
        let outcome = match &self.closing.failure {
            Some(why) => Outcome::Failed(format!("the log's storage had failed before: {why}")),
            None => self.commit(commits, &ends),
        };
        if let Outcome::Failed(why) | Outcome::Unknown(why) = &outcome {
            self.fail(why.clone());
        }
        for (last_sequence, chain) in ends {
            let ticket = Ticket(self.next_ticket);
            self.next_ticket += 1;
            (self.sink)(Completion { ticket, last_sequence, chain, outcome: outcome.clone() });
        }
    }

    fn commit(&mut self, mut commits: Vec<Commit>, ends: &[(u64, [u8; 32])]) -> Outcome {
        let postings = commits.iter_mut().flat_map(|commit| std::mem::take(&mut commit.postings)).collect();
        let block_bytes = commits.iter().map(|commit| commit.block.len()).sum();
        // Read before anything is written: what is committed now must not be found there already.
        if let Err(error) = self.reader.recent(|_| ()) {
            return Outcome::Failed(with_causes(&error));
        }
        let mut batch = self.closing.database.batch().durability(Some(PersistMode::SyncData));
        for commit in commits {
            self.fill(&mut batch, commit);
        }
        match batch.commit() {
            Ok(()) => {}
            Err(error @ fjall::Error::Poisoned) => return Outcome::Failed(with_causes(&error)),
            Err(error) => return Outcome::Unknown(with_causes(&error)),
        }
        let Some(&(sequence, chain)) = ends.last() else { return Outcome::Durable };
        let mark = Mark { log_id: self.log_id, sequence, chain, closed: false };
        self.closing.last = Some(mark);
        if let Err(error) = self.closing.watermark.write(&mark) {
            return Outcome::Unknown(format!("failed to write the watermark: {error}"));
        }
        if let Err(why) = self.check_place() {
            return Outcome::Unknown(why);
        }
        if let Err(error) = self.reader.recent(|recent| recent.take(postings, block_bytes)) {
            return Outcome::Unknown(with_causes(&error));
        }
        self.publish.send_modify(|published| published.next_sequence = sequence + 1);
        Outcome::Durable
    }

    fn fill(&self, batch: &mut fjall::OwnedWriteBatch, commit: Commit) {
        batch.insert(&self.reader.blocks, commit.first_sequence.to_be_bytes(), commit.block);
        for (id, hashes) in &commit.tiles {
            batch.insert(&self.reader.tiles, tile_key(*id), hashes.as_flattened());
        }
        if let Some((epoch, statement)) = commit.statement {
            batch.insert(&self.reader.tiles, statement_key(epoch), statement.as_slice());
        }
        for (key, value) in commit.attachments {
            batch.insert(&self.reader.attachments, key, value);
        }
    }

    /// Between commits, when enough postings wait.
    fn write_index(&mut self) {
        let Some(last) = self.closing.last.filter(|_| self.closing.failure.is_none()) else { return };
        let written = match self.reader.recent(|recent| recent.is_full()) {
            Ok(true) => self.reader.write_recent(&self.closing.database, last.sequence + 1),
            Ok(false) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            self.fail(format!("failed to write the stream index: {}", with_causes(&error)));
        }
    }

    fn fail(&mut self, why: String) {
        self.closing.failure.get_or_insert(why);
        self.publish.send_modify(|mark| mark.failed = true);
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

fn tile_key(id: TileId) -> [u8; 9] {
    let mut key = [id.level; 9];
    key[1..].copy_from_slice(&id.index.to_be_bytes());
    key
}

fn statement_key(epoch: u32) -> [u8; 9] {
    tile_key(TileId { level: STATEMENT_LEVEL, index: epoch.into() })
}

impl FjallReader {
    fn keyspaces(&self) -> [&Keyspace; 4] {
        [&self.blocks, &self.tiles, &self.streams, &self.attachments]
    }

    /// Every attachment that can be read, in the order of their keys. A damaged table ends it.
    pub(crate) fn attachments(&self) -> impl Iterator<Item = Attachment> + use<> {
        self.attachments
            .iter()
            .map_while(|row| row.into_inner().ok())
            .map(|(key, value)| (key.to_vec(), value.to_vec()))
    }
}

impl LogRead for FjallReader {
    fn block_holding(&self, sequence: u64) -> Result<Option<BlockBytes>, ReadError> {
        let Some(guard) = self.blocks.range(..=sequence.to_be_bytes()).next_back() else { return Ok(None) };
        let value = guard.value()?;
        if value.len() < BLOCK_PREFIX_LENGTH {
            return Err(ReadError::Missing { what: format!("the block of record {sequence}") });
        }
        Ok((sequence < Prefix::of(&value)?.tree_size()).then_some(value))
    }

    fn last_block(&self) -> Result<Option<BlockBytes>, ReadError> {
        Ok(self.blocks.last_key_value().map(fjall::Guard::value).transpose()?)
    }

    fn tile(&self, id: TileId) -> Result<Option<Vec<Hash>>, ReadError> {
        let Some(value) = self.tiles.get(tile_key(id))? else { return Ok(None) };
        let (hashes, rest) = value.as_chunks::<32>();
        if rest.is_empty() && hashes.len() as u64 == triad_proof::tile::TILE_WIDTH {
            Ok(Some(hashes.to_vec()))
        } else {
            Err(ReadError::Missing { what: format!("a whole tile {} of level {}", id.index, id.level) })
        }
    }

    fn postings(&self, stream: [u8; 16], from: u64, limit: usize) -> Result<Vec<Posting>, ReadError> {
        self.read_postings(stream, from, limit)
    }

    fn posting_at_or_before(&self, stream: [u8; 16], up_to: u64) -> Result<Option<Posting>, ReadError> {
        self.read_posting_at_or_before(stream, up_to)
    }

    fn statement(&self, epoch: u32) -> Result<Option<KeyStatement>, ReadError> {
        let Some(value) = self.tiles.get(statement_key(epoch))? else { return Ok(None) };
        let missing = || ReadError::Missing { what: format!("a whole key statement of epoch {epoch}") };
        let bytes: &[u8; STATEMENT_LENGTH] = value.as_ref().try_into().map_err(|_| missing())?;
        let statement = KeyStatement::decode(bytes).map_err(triad_proof::Break::before_records)?;
        Ok(Some(statement))
    }

    fn attachment(&self, key: &[u8]) -> Result<Option<BlockBytes>, ReadError> {
        Ok(self.attachments.get(key)?)
    }
}
