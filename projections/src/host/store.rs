//! The database: three keyspaces, written in one batch, read through one snapshot.

use std::path::Path;
use std::sync::Arc;

use fjall::compaction::Leveled;
use fjall::config::{BlockSizePolicy, CompressionPolicy, PartitioningPolicy};
use fjall::{
    CompressionType, Database, Keyspace, KeyspaceCreateOptions, OwnedWriteBatch, PersistMode, Snapshot,
};

/// Read cache. Finished workflows are read rarely, and then by one reader who goes on to the next.
const CACHE_BYTES: u64 = 8 << 20;
/// Memory for rows that are not in tables yet, per keyspace.
const MEMTABLE_BYTES: u64 = 8 << 20;
/// Size of a table. Writes wait for a merge that takes long, and a merge takes a few tables at a time.
const TABLE_BYTES: u64 = 16 << 20;
/// Journals beyond this are flushed: fjall's least.
const JOURNAL_BYTES_MAX: u64 = 64 << 20;
/// Database block size where rows are large: what is compressed together, and read for one row.
const DATABASE_BLOCK_BYTES: u32 = 16 << 10;
/// Open tables: fjall keeps a file open for each, and the log has files of its own.
const OPEN_FILES_MAX: usize = 128;

pub(crate) struct Store {
    /// Every database that takes the place of another has the next number.
    pub(crate) generation: u64,
    database: Database,
    /// Small rows in no order, each view's behind its prefix, and the cursor.
    pub(super) lookups: Keyspace,
    /// Summaries of finished workflows, oldest first.
    pub(super) finished: Keyspace,
    /// What is long of workflows, whether they are alive or finished.
    pub(super) pages: Keyspace,
}

impl Store {
    pub(super) fn open(directory: &Path, generation: u64) -> fjall::Result<Self> {
        let database = Database::builder(directory)
            .cache_size(CACHE_BYTES)
            .max_journaling_size(JOURNAL_BYTES_MAX)
            .max_cached_files(Some(OPEN_FILES_MAX))
            .worker_threads(1)
            .open()?;
        let options = || {
            KeyspaceCreateOptions::default()
                .max_memtable_size(MEMTABLE_BYTES)
                .compaction_strategy(Arc::new(Leveled::default().with_table_target_size(TABLE_BYTES)))
                .data_block_compression_policy(CompressionPolicy::all(CompressionType::Lz4))
                // Otherwise a read of one row reads the index and the filter of a whole table.
                .index_block_partitioning_policy(PartitioningPolicy::all(true))
                .filter_block_partitioning_policy(PartitioningPolicy::all(true))
        };
        // What is read here by its key is there, so filters on the last level would only take up memory.
        let always_found = || {
            options()
                .expect_point_read_hits(true)
                .data_block_size_policy(BlockSizePolicy::all(DATABASE_BLOCK_BYTES))
        };
        Ok(Self {
            generation,
            lookups: database.keyspace("lookups", options)?,
            finished: database.keyspace("finished", always_found)?,
            pages: database.keyspace("pages", always_found)?,
            database,
        })
    }

    /// Moves what is in memory into tables, and waits for it.
    pub(super) fn flush_memtables(&self) -> fjall::Result<()> {
        [&self.lookups, &self.finished, &self.pages]
            .into_iter()
            .try_for_each(|keyspace| keyspace.rotate_memtable_and_wait())
    }

    /// A batch. It survives the end of the process, not that of the machine: what is lost is folded again.
    pub(super) fn batch(&self) -> OwnedWriteBatch {
        self.database.batch().durability(Some(PersistMode::Buffer))
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        self.database.snapshot()
    }
}
