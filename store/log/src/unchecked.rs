//! What fjall believes without a check, checked before fjall opens.
//!
//! fjall 3.1 keeps a checksum of each list of tables and never compares it, and deletes the tables that the
//! list does not
//! name; a keyspace without a list it deletes as unfinished. It also allocates whatever a length field says before it
//! looks at the bytes. One flipped bit could so destroy a whole log that was intact, or end the process.

use crate::database::{
    ATTACHMENTS_KEYSPACE, DatabaseError, FORMAT_MAGIC, KNOWN_FORMAT, Unsound, WRITTEN_ONCE,
};
use crate::journals::journal_paths;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use triad_proof::block::BLOCK_LENGTH_MAX;
use xxhash_rust::xxh3::xxh3_128;

/// Keyspaces of a log whose first record was acknowledged: fjall's own, and those that
/// [`crate::fjall_store`] makes.
const KEYSPACES: std::ops::RangeInclusive<u64> = 0..=ATTACHMENTS_KEYSPACE;
/// Bytes of `current`: number of the list, its checksum, and 0 for the kind of checksum.
const CURRENT_LENGTH: usize = 8 + 16 + 1;
/// Magic, version, kind of checksum, checksum of the contents, where they begin, how long they are.
const TRAILER_LENGTH: usize = 4 + 1 + 1 + 16 + 8 + 8;
const MALFORMED: &str = "is not of the form that it must have";
/// Far above what a file with a dozen sections needs.
const CONTENTS_LENGTH_MAX: u64 = 64 << 10;
/// Far above what a list of all tables needs; bounds the search of [`mend_list`].
const LIST_LENGTH_MAX: usize = 16 << 10;

/// Checks a database in which at least one record was acknowledged.
pub(crate) fn check(database: &Path) -> Result<(), DatabaseError> {
    check_format(database)?;
    for keyspace in KEYSPACES {
        let path = keyspace_path(database, keyspace);
        let Listed { tables, blobs } = listed(&path)?;
        for (folder, numbers) in WRITTEN_ONCE.into_iter().zip([tables, blobs]) {
            for number in numbers {
                check_contents(&path.join(folder).join(number.to_string()))?;
            }
        }
    }
    let journals = journal_paths(database)?;
    if journals.is_empty() {
        // fjall would number its batches from 0 again, and skip them all when it next replays.
        return Err(unsound(database, "has no journal"));
    }
    journals.iter().try_for_each(|path| check_lengths(path))
}

/// Another format is not damage. Without the file that says the format fjall would begin a new database over the old one.
pub(crate) fn check_format(database: &Path) -> Result<(), DatabaseError> {
    let path = database.join("version");
    match read(&path)?.strip_prefix(FORMAT_MAGIC) {
        Some([KNOWN_FORMAT, ..]) => Ok(()),
        Some([found, ..]) => Err(DatabaseError::OtherFormat { found: *found }),
        Some([]) | None => Err(unsound(&path, MALFORMED)),
    }
}

/// Where, below a database, the tables of a keyspace lie.
pub(crate) fn keyspace_path(database: &Path, keyspace: u64) -> PathBuf {
    database.join("keyspaces").join(keyspace.to_string())
}

fn unsound(path: &Path, what: &'static str) -> DatabaseError {
    Unsound { path: path.to_owned(), what }.into()
}

/// What a keyspace's list names: the numbers of the files with keys, and of those with values that lie apart.
struct Listed {
    tables: Vec<u64>,
    blobs: Vec<u64>,
}

/// What a keyspace's list names, once its checksum holds.
fn listed(keyspace: &Path) -> Result<Listed, DatabaseError> {
    let current = keyspace.join("current");
    let bytes = read(&current)?;
    let (list, checksum) = parse_current(&bytes).ok_or_else(|| unsound(&current, MALFORMED))?;
    let path = keyspace.join(list);
    let bytes = read(&path)?;
    if xxh3_128(&bytes) != checksum {
        return Err(unsound(&path, "does not match its checksum"));
    }
    parse_list(&bytes).ok_or_else(|| unsound(&path, MALFORMED))
}

fn read(path: &Path) -> Result<Vec<u8>, DatabaseError> {
    std::fs::read(path).map_err(|error| unreadable(path, error))
}

fn unreadable(path: &Path, error: io::Error) -> DatabaseError {
    if error.kind() == io::ErrorKind::NotFound { unsound(path, "is missing") } else { error.into() }
}

fn parse_current(bytes: &[u8]) -> Option<(String, u128)> {
    let bytes: &[u8; CURRENT_LENGTH] = bytes.try_into().ok()?;
    let mut fields = Fields(bytes);
    let list = format!("v{}", fields.u64()?);
    let checksum = u128::from_le_bytes(fields.take()?);
    (fields.take() == Some([0])).then_some((list, checksum))
}

/// Little-endian fields, one after another.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const LENGTH: usize>(&mut self) -> Option<[u8; LENGTH]> {
        let (field, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*field)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }
}

fn parse_list(bytes: &[u8]) -> Option<Listed> {
    let (begin, end) = contents_place(bytes.last_chunk()?, bytes.len() as u64)?;
    let contents = bytes.get(begin as usize..end as usize)?;
    let tables = parse_tables(Fields(section(contents, b"tables", bytes)?))?;
    let blobs = parse_blobs(Fields(section(contents, b"blob_files", bytes)?))?;
    Some(Listed { tables, blobs })
}

/// By level, by run, each table's number, kind of checksum, checksum and sequence offset.
fn parse_tables(mut fields: Fields<'_>) -> Option<Vec<u64>> {
    let mut tables = Vec::new();
    let [level_count] = fields.take()?;
    for _ in 0..level_count {
        let [run_count] = fields.take()?;
        for _ in 0..run_count {
            for _ in 0..fields.u32()? {
                tables.push(fields.u64()?);
                fields.take::<{ 1 + 16 + 8 }>()?;
            }
        }
    }
    Some(tables)
}

/// Each file's number, kind of checksum and checksum.
fn parse_blobs(mut fields: Fields<'_>) -> Option<Vec<u64>> {
    let mut blobs = Vec::new();
    for _ in 0..fields.u32()? {
        blobs.push(fields.u64()?);
        fields.take::<{ 1 + 16 }>()?;
    }
    Some(blobs)
}

fn section<'a>(contents: &[u8], wanted: &[u8], bytes: &'a [u8]) -> Option<&'a [u8]> {
    let mut fields = Fields(contents.strip_prefix(b"TOC!")?);
    for _ in 0..fields.u32()? {
        let (start, length) = (fields.u64()?, fields.u64()?);
        let name_length = u16::from_le_bytes(fields.take()?);
        let (name, rest) = fields.0.split_at_checked(name_length.into())?;
        fields.0 = rest;
        if name == wanted {
            return bytes.get(start as usize..)?.get(..length as usize);
        }
    }
    None
}

/// Where the contents of a file lie that ends in this trailer.
fn contents_place(trailer: &[u8; TRAILER_LENGTH], length: u64) -> Option<(u64, u64)> {
    let mut fields = Fields(trailer.strip_prefix(b"SFA!")?);
    let ([1, 0], _checksum) = (fields.take()?, fields.take::<16>()?) else { return None };
    let (begin, end) = (fields.u64()?, length - TRAILER_LENGTH as u64);
    (begin < end && end - begin <= CONTENTS_LENGTH_MAX).then_some((begin, end))
}

/// Checks the table of contents of a table's file; its blocks have checksums that fjall compares.
fn check_contents(path: &Path) -> Result<(), DatabaseError> {
    match contents_are_sound(path) {
        Ok(true) => Ok(()),
        Ok(false) => Err(unsound(path, "has contents that do not match their checksum")),
        Err(error) => Err(unreadable(path, error)),
    }
}

fn contents_are_sound(path: &Path) -> io::Result<bool> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut trailer = [0; TRAILER_LENGTH];
    let Some(start) = length.checked_sub(TRAILER_LENGTH as u64) else { return Ok(false) };
    file.read_exact_at(&mut trailer, start)?;
    let Some((begin, end)) = contents_place(&trailer, length) else { return Ok(false) };
    let mut contents = vec![0; (end - begin) as usize];
    file.read_exact_at(&mut contents, begin)?;
    Ok(trailer[6..22] == xxh3_128(&contents).to_le_bytes())
}

/// Walks a journal as fjall will, up to where it stops, and refuses a length that nobody wrote.
fn check_lengths(path: &Path) -> Result<(), DatabaseError> {
    match File::open(path).and_then(|file| walk(BufReader::new(file))) {
        Ok(true) => Ok(()),
        Ok(false) => Err(unsound(path, "states a length that was never written")),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn walk(mut journal: BufReader<File>) -> io::Result<bool> {
    loop {
        let mut tag = [0];
        journal.read_exact(&mut tag)?;
        match tag {
            [1] => journal.seek_relative(4 + 8)?,
            [2] => {
                let mut item = [0; 1 + 1 + 8 + 2 + 4 + 4];
                journal.read_exact(&mut item)?;
                let number =
                    |at: usize| item[at..].first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
                let (value, stored) = (number(12), number(16));
                if value.max(stored) > BLOCK_LENGTH_MAX {
                    return Ok(false);
                }
                let key = u16::from_le_bytes([item[10], item[11]]);
                journal.seek_relative(i64::from(key) + i64::from(stored))?;
            }
            [3] => journal.seek_relative(8 + 4)?,
            [4] => journal.seek_relative(8)?,
            // Zeros after the end, or what was torn: fjall cuts here, and the watermark tells whether that was
            // too early.
            _ => return Ok(true),
        }
    }
}

/// Undoes a single flipped bit in a keyspace's list of tables or in what says which list counts. Only for a copy.
pub(crate) fn mend_list(keyspace: &Path) -> io::Result<()> {
    if listed(keyspace).is_ok() {
        return Ok(());
    }
    let current = std::fs::read(keyspace.join("current"))?;
    if let Some((list, checksum)) = parse_current(&current)
        && let Ok(bytes) = std::fs::read(keyspace.join(&list))
        && let Some(mended) = mended(&bytes, |bytes| xxh3_128(bytes) == checksum)
    {
        return std::fs::write(keyspace.join(list), mended);
    }
    let names_a_list = |bytes: &[u8]| {
        let named = parse_current(bytes);
        named.is_some_and(|(list, checksum)| {
            std::fs::read(keyspace.join(list)).is_ok_and(|bytes| xxh3_128(&bytes) == checksum)
        })
    };
    match mended(&current, names_a_list) {
        Some(mended) => std::fs::write(keyspace.join("current"), mended),
        None => Ok(()),
    }
}

fn mended(bytes: &[u8], is_right: impl Fn(&[u8]) -> bool) -> Option<Vec<u8>> {
    if bytes.len() > LIST_LENGTH_MAX {
        return None;
    }
    let mut bytes = bytes.to_vec();
    let right = (0..bytes.len() * 8).find(|bit| {
        bytes[bit / 8] ^= 1 << (bit % 8);
        let right = is_right(&bytes);
        if !right {
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        right
    });
    right.map(|_| bytes)
}
