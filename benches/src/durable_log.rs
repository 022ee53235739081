//! The log in a directory, written to by the load of the append figures.

use crate::group_commit::{Appender, Destination, GroupCommit};
use fixtures::disk_log::start;
use fixtures::sample_log::LOG_ID;
use std::path::Path;
use std::thread::JoinHandle;
use tokio::sync::watch;
use triad_log::directory::{LogDirectory, OpenError, Opened};
use triad_log::durable::DurableMark;
use triad_log::salt::Salts;
use triad_log::storage::Outcome;
use triad_log::{Entry, FjallReader, FjallStorage, LogWriter, Storage};

/// A log in a directory, open for appending by many.
pub struct DurableLog {
    /// Appends.
    pub appender: Appender,
    /// Follows the durable mark.
    pub durable: watch::Receiver<DurableMark>,
    /// Reads what is durable.
    pub reader: FjallReader,
    writer: JoinHandle<LogWriter<FjallStorage>>,
    directory: LogDirectory,
}

impl DurableLog {
    /// Creates a log in an empty directory.
    pub fn create(path: &Path) -> Result<Self, OpenError> {
        Ok(Self::start(LogDirectory::create(path)?))
    }

    /// Opens the log in a directory.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Ok(Self::start(LogDirectory::open(path)?))
    }

    fn start(opened: Opened) -> Self {
        let position = opened.position.clone();
        let group_commit = GroupCommit::default();
        let completions = group_commit.completions();
        let sink = Box::new(move |completion: triad_log::Completion| match completion.outcome {
            Outcome::Durable => drop(completions.durable()),
            Outcome::Failed(_) | Outcome::Unknown(_) => completions.failed(),
        });
        let (storage, directory) = opened.start(LOG_ID, sink).expect("the storage starts");
        let (durable, reader) = (storage.durable(), storage.reader());
        let writer = LogWriter::new(start(position, durable.clone(), Salts::system()), storage);
        let (appender, writer) = group_commit.start(writer);
        Self { appender, durable, reader, writer, directory }
    }

    /// Waits for what is in flight and closes cleanly.
    ///
    /// # Panics
    /// When closing fails.
    pub fn close(self) {
        let Self { appender, writer, directory, .. } = self;
        drop(appender);
        let writer = writer.join().expect("the writer reads its log");
        writer.into_storage().close().expect("closes");
        drop(directory);
    }
}

impl Destination for LogWriter<FjallStorage> {
    fn append(&mut self, entry: &Entry<Vec<u8>>) -> u64 {
        self.begin_group();
        self.append(entry).expect("the log can be read")
    }

    fn open_bytes(&self) -> usize {
        self.open_bytes()
    }

    fn submit(&mut self) {
        self.submit();
    }
}
