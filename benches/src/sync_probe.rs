//! The raw limit: bytes written to a plain file and synced.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Bytes of the file: as much as one journal of the database.
const FILE_BYTES: u64 = 64 << 20;

/// A file whose size does not change while it is written.
#[derive(Debug)]
pub struct SyncProbe {
    file: File,
    offset: u64,
}

impl SyncProbe {
    /// A file that has its size but no blocks on disk yet, like a database journal that has just begun: each sync
    /// of new bytes also makes their place known.
    pub fn sized(path: &Path) -> io::Result<Self> {
        let file = File::create(path)?;
        file.set_len(FILE_BYTES)?;
        file.sync_all()?;
        Ok(Self { file, offset: 0 })
    }

    /// A file that was written before, so that a sync has nothing to do but to write: the least that the disk allows.
    pub fn written(path: &Path) -> io::Result<Self> {
        let file = File::create(path)?;
        let zeros = vec![0; 1 << 20];
        for place in (0..FILE_BYTES).step_by(zeros.len()) {
            file.write_all_at(&zeros, place)?;
        }
        file.sync_all()?;
        Ok(Self { file, offset: 0 })
    }

    /// Writes the bytes behind those before, and returns when they are on disk.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.offset + bytes.len() as u64 > FILE_BYTES {
            self.offset = 0;
        }
        self.file.write_all_at(bytes, self.offset)?;
        self.offset += bytes.len() as u64;
        self.file.sync_data()
    }
}
