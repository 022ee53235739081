//! Why a question could not be answered, and whether the database is to blame.

use std::io;

use fjall::Error as DatabaseError;
use thiserror::Error;

use crate::row::Undecodable;

/// Why a question could not be answered.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The database cannot be used, through no fault of its own.
    #[error("failed to use the database of the views")]
    Database(#[source] DatabaseError),
    /// The database is damaged. The host begins again when it is given the next records.
    #[error("the views are damaged: {why}")]
    Damaged {
        /// What was found.
        why: String,
    },
}

impl From<Undecodable> for ReadError {
    fn from(undecodable: Undecodable) -> Self {
        Self::Damaged { why: undecodable.to_string() }
    }
}

impl From<DatabaseError> for ReadError {
    fn from(error: DatabaseError) -> Self {
        if is_of_the_system(&error) {
            Self::Database(error)
        } else {
            Self::Damaged { why: error.to_string() }
        }
    }
}

/// Too many open files, in this process and in the system, as Linux numbers them.
const OPEN_FILES_ERRORS: [i32; 2] = [24, 23];

/// Whether the fault lies with the operating system, so that the same database may be fine later. Anything
/// else that a database says of itself, or of files that are not as it left them, is damage.
#[expect(clippy::wildcard_enum_match_arm, reason = "what is not known to pass does not")]
fn is_of_the_system(error: &DatabaseError) -> bool {
    let io = match error {
        DatabaseError::Locked | DatabaseError::Poisoned => return true,
        DatabaseError::Io(io) | DatabaseError::Storage(fjall::LsmError::Io(io)) => io,
        _ => return false,
    };
    let is_of_files = io.raw_os_error().is_some_and(|number| OPEN_FILES_ERRORS.contains(&number));
    is_of_files
        || matches!(
            io.kind(),
            io::ErrorKind::PermissionDenied
                | io::ErrorKind::StorageFull
                | io::ErrorKind::QuotaExceeded
                | io::ErrorKind::ReadOnlyFilesystem
                | io::ErrorKind::OutOfMemory
                | io::ErrorKind::Interrupted
        )
}
