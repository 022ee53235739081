//! Journals as they were before an opening, in `journals-N/`: fjall cuts what it cannot read, and a copy is
//! what repair
//! and whoever investigates have left.

use crate::journals;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Journals set aside that are kept for whoever investigates.
const COPIES_KEPT: usize = 3;
/// In a copy: what was cut, until a writer has been told.
const DROPPED: &str = "dropped";

/// A torn tail that fjall cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dropped {
    /// Sequence of the last record that is still there.
    pub after_sequence: u64,
    /// Bytes cut from the journals.
    pub bytes: u64,
}

/// The copies in a log's directory, oldest first.
pub(crate) fn copies(directory: &Path) -> io::Result<BTreeMap<u64, PathBuf>> {
    let mut copies = BTreeMap::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if let Some(number) = name.strip_prefix("journals-").and_then(|number| number.parse().ok()) {
            copies.insert(number, path);
        }
    }
    Ok(copies)
}

/// Sets the journals aside, unless the newest copy holds the same: an opening that is refused again and again
/// must not
/// fill the disk.
pub(crate) fn set_aside(directory: &Path, database: &Path) -> io::Result<()> {
    let newest = copies(directory)?.pop_last();
    if let Some((_, copy)) = &newest
        && journals::is_copy(database, copy)?
    {
        return Ok(());
    }
    let number = newest.map_or(0, |(number, _)| number) + 1;
    journals::copy_aside(database, &directory.join(format!("journals-{number}")))
}

/// Nothing was lost: the newest copy, which this opening made or met, is not needed.
pub(crate) fn forget_newest(directory: &Path) -> io::Result<()> {
    copies(directory)?.pop_last().map_or(Ok(()), |(_, newest)| std::fs::remove_dir_all(newest))
}

/// Removes the oldest copies, as soon as there are more than are kept.
pub(crate) fn forget_oldest(directory: &Path) -> io::Result<()> {
    let mut copies = copies(directory)?;
    while copies.len() > COPIES_KEPT {
        if let Some((_, oldest)) = copies.pop_first() {
            std::fs::remove_dir_all(oldest)?;
        }
    }
    Ok(())
}

/// Keeps what was cut beside the newest copy, so that an opening that writes nothing does not swallow it.
pub(crate) fn note_dropped(directory: &Path, dropped: Dropped) -> io::Result<()> {
    let Some((_, newest)) = copies(directory)?.pop_last() else { return Ok(()) };
    let mut file = File::create(newest.join(DROPPED))?;
    writeln!(file, "{} {}", dropped.after_sequence, dropped.bytes)?;
    file.sync_all()
}

/// What was cut by an opening after which nobody wrote.
pub(crate) fn noted_dropped(directory: &Path) -> io::Result<Option<Dropped>> {
    let Some((_, newest)) = copies(directory)?.pop_last() else { return Ok(None) };
    let text = match std::fs::read_to_string(newest.join(DROPPED)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut numbers = text.split_whitespace().map_while(|number| number.parse().ok());
    let dropped = numbers.next().zip(numbers.next());
    Ok(dropped.map(|(after_sequence, bytes)| Dropped { after_sequence, bytes }))
}

/// A writer was told what was cut.
pub(crate) fn dropped_was_told(directory: &Path) -> io::Result<()> {
    let Some((_, newest)) = copies(directory)?.pop_last() else { return Ok(()) };
    match std::fs::remove_file(newest.join(DROPPED)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}
