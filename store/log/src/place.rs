//! Where a log lies: which directory is the log's own, so that a copy of it knows that it is one (format document, section 11).
//!
//! The file `place` holds a random id, and what the file system says of the file itself and of its directory. A copy has the
//! bytes of the file and is another file. The log records the id, beside the record that says since when it counts.

use crate::salt::fresh_id;
use crate::storage::{LogRead, ReadError};
use rustix::fs::statvfs;
use std::fs::{File, Metadata};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

const FILE: &str = "place";
const MAGIC: &[u8; 8] = b"TRIADPLC";
const LENGTH: usize = 128;
const COVERED_LENGTH: usize = 96;
/// The key of the attachment that holds the id of the place that counts.
pub const KEY: &[u8] = b"place";

/// A directory that is, or was, the log's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Made by chance whenever the log is taken into service somewhere.
    pub id: [u8; 16],
    /// What the file system says its own id is; 0 where it says none that stays.
    pub file_system: u64,
    /// The directory.
    pub directory: Inode,
    /// The file `place` in it.
    pub file: Inode,
}

/// A file or directory, as long as it is not copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inode {
    /// Its number within the file system.
    pub number: u64,
    /// When it was made, in nanoseconds since 1970; 0 where the file system does not keep that.
    pub born_ns: u64,
}

/// Whether a directory is where its log was last taken into service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is.
    Here(Place),
    /// It is not, or nobody can tell.
    Elsewhere(Why),
}

/// Why a directory is not the log's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// There is no file that says where the log lies.
    #[error("its file `place` is missing")]
    Missing,
    /// The file does not say it.
    #[error("its file `place` is damaged or cannot be read")]
    Damaged,
    /// The file was written in another directory or is a copy.
    #[error("its files are a copy of those that were written last")]
    Copied,
    /// The same files in another file system, as in a snapshot or a clone of it.
    #[error("it lies in another file system than the one that was written last")]
    OtherFileSystem,
    /// The log was taken into service elsewhere after this directory was.
    #[error("the log names another place than this one: it, or a part of it, was put back from a copy")]
    OtherHistory,
}

/// Why a log may not be written where it lies.
#[derive(Debug, thiserror::Error)]
#[error(
    "{} is not where this log was last written: {why}. While the other one is in use, serve that one: two that go on from one log \
     contradict each other, and this one would run again what that one runs. If this one is to go on, and no other: `triad log \
     adopt --dir {} --reason TEXT`. Reading, copying and verifying work as it is",
    .directory.display(), .directory.display()
)]
pub struct NotHere {
    /// The directory.
    pub directory: PathBuf,
    /// Why.
    pub why: Why,
}

/// Why a log may not be written.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// It lies elsewhere.
    #[error(transparent)]
    NotHere(#[from] NotHere),
    /// Nobody can tell.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Makes a directory a log's own from now on. The log has to record the id; until it has, the directory is not.
pub fn claim(directory: &Path) -> io::Result<Place> {
    let (fresh, path) = (directory.join("place.new"), directory.join(FILE));
    match std::fs::remove_file(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = File::create_new(&fresh)?;
    let place = Place {
        id: fresh_id(),
        file_system: file_system_of(directory)?,
        directory: inode_of(&std::fs::metadata(directory)?),
        file: inode_of(&file.metadata()?),
    };
    file.write_all(&encode(&place))?;
    file.sync_all()?;
    std::fs::rename(fresh, path)?;
    File::open(directory)?.sync_all()?;
    Ok(place)
}

/// Whether a directory is its log's own. Only reads.
pub fn standing<R: LogRead>(directory: &Path, reader: &R) -> Result<Standing, ReadError> {
    let recorded = reader.attachment(KEY)?;
    let found = look(directory).unwrap_or_else(|error| {
        let missing = error.kind() == io::ErrorKind::NotFound;
        Standing::Elsewhere(if missing { Why::Missing } else { Why::Damaged })
    });
    Ok(match found {
        Standing::Here(place) if recorded.as_deref() != Some(place.id.as_slice()) => {
            Standing::Elsewhere(Why::OtherHistory)
        }
        found @ (Standing::Here(_) | Standing::Elsewhere(_)) => found,
    })
}

/// What the file system and the file say, without the log.
fn look(directory: &Path) -> io::Result<Standing> {
    let file = File::open(directory.join(FILE))?;
    let mut bytes = Vec::new();
    io::Read::read_to_end(&mut io::Read::take(&file, LENGTH as u64 + 1), &mut bytes)?;
    let Some(place) = decode(&bytes) else { return Ok(Standing::Elsewhere(Why::Damaged)) };
    let is_same = place.file.is(inode_of(&file.metadata()?))
        && place.directory.is(inode_of(&std::fs::metadata(directory)?));
    Ok(match is_same {
        false => Standing::Elsewhere(Why::Copied),
        true if !agree(place.file_system, file_system_of(directory)?) => {
            Standing::Elsewhere(Why::OtherFileSystem)
        }
        true => Standing::Here(place),
    })
}

impl Inode {
    fn is(self, found: Self) -> bool {
        self.number == found.number && agree(self.born_ns, found.born_ns)
    }
}

/// Whether two numbers are the same as far as both are known: another kernel may tell what this one does not.
fn agree(kept: u64, found: u64) -> bool {
    kept == 0 || found == 0 || kept == found
}

fn inode_of(metadata: &Metadata) -> Inode {
    let born = metadata.created().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let born_ns = born.and_then(|born| u64::try_from(born.as_nanos()).ok()).unwrap_or(0);
    Inode { number: metadata.ino(), born_ns }
}

fn file_system_of(directory: &Path) -> io::Result<u64> {
    let id = statvfs(directory)?.f_fsid;
    let is_number_of_disk = id == number_of_disk(std::fs::metadata(directory)?.dev());
    Ok(if is_number_of_disk { 0 } else { id })
}

/// The number of a disk as the kernel writes it into the id of file systems that have no other, such as XFS. After a restart
/// the disk may have another one.
fn number_of_disk(device: u64) -> u64 {
    let (major, minor) = (u64::from(rustix::fs::major(device)), u64::from(rustix::fs::minor(device)));
    (minor & 0xff) | (major << 8) | ((minor & !0xff) << 12)
}

fn encode(place: &Place) -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    bytes[..8].copy_from_slice(MAGIC);
    bytes[8..24].copy_from_slice(&place.id);
    let numbers = [
        place.file_system,
        place.directory.number,
        place.directory.born_ns,
        place.file.number,
        place.file.born_ns,
    ];
    for (field, number) in bytes[24..64].as_chunks_mut::<8>().0.iter_mut().zip(numbers) {
        *field = number.to_le_bytes();
    }
    let checksum = blake3::hash(&bytes[..COVERED_LENGTH]);
    bytes[COVERED_LENGTH..].copy_from_slice(checksum.as_bytes());
    bytes
}

fn decode(bytes: &[u8]) -> Option<Place> {
    let bytes: &[u8; LENGTH] = bytes.try_into().ok()?;
    let number = |at: usize| Some(u64::from_le_bytes(*bytes[at..].first_chunk()?));
    let place = Place {
        id: *bytes[8..].first_chunk()?,
        file_system: number(24)?,
        directory: Inode { number: number(32)?, born_ns: number(40)? },
        file: Inode { number: number(48)?, born_ns: number(56)? },
    };
    (encode(&place) == *bytes).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn made() -> (tempfile::TempDir, PathBuf) {
        let around = tempfile::tempdir().expect("a directory");
        let directory = around.path().join("log");
        std::fs::create_dir(&directory).expect("creates");
        claim(&directory).expect("claims");
        (around, directory)
    }

    fn run(program: &str, arguments: &[&Path]) {
        assert!(Command::new(program).args(arguments).status().expect("runs").success(), "{program}");
    }

    #[test]
    fn a_directory_that_was_renamed_is_the_same_and_one_that_was_copied_is_not() {
        let (around, directory) = made();
        let here = look(&directory).expect("looks");
        assert!(matches!(here, Standing::Here(_)), "{here:?}");
        let renamed = around.path().join("renamed");
        std::fs::rename(&directory, &renamed).expect("renames");
        assert_eq!(look(&renamed).expect("looks"), here);
        let linked = around.path().join("linked");
        std::os::unix::fs::symlink(&renamed, &linked).expect("links");
        assert_eq!(look(&linked).expect("looks"), here);
        for (name, option) in [("whole", "-a"), ("hard-links", "-al")] {
            let copy = around.path().join(name);
            run("cp", &[Path::new(option), &renamed, &copy]);
            assert_eq!(look(&copy).expect("looks"), Standing::Elsewhere(Why::Copied), "{name}");
        }
        assert_eq!(look(&renamed).expect("looks"), here, "the copied one stays what it is");
    }

    #[test]
    fn what_a_kernel_does_not_tell_is_not_compared_and_what_it_tells_is() {
        let (_around, directory) = made();
        let Standing::Here(place) = look(&directory).expect("looks") else { panic!("it was just claimed") };
        let path = directory.join(FILE);
        let check = |changed: Place, expected: Option<Why>| {
            std::fs::write(&path, encode(&changed)).expect("writes where it lies");
            let expected = expected.map_or(Standing::Here(changed), Standing::Elsewhere);
            assert_eq!(look(&directory).expect("looks"), expected, "{changed:?}");
        };
        let unborn = |inode: Inode| Inode { born_ns: 0, ..inode };
        let other = |inode: Inode| Inode { number: inode.number + 1, ..inode };
        let (here, file) = (place.directory, place.file);
        check(Place { file_system: 0, directory: unborn(here), file: unborn(file), ..place }, None);
        check(Place { file: other(file), ..place }, Some(Why::Copied));
        check(Place { directory: other(here), ..place }, Some(Why::Copied));
        check(Place { directory: Inode { born_ns: 7, ..here }, ..place }, here.told(Why::Copied));
        check(Place { file_system: 7, ..place }, (place.file_system != 0).then_some(Why::OtherFileSystem));
    }

    impl Inode {
        /// Whether a difference shows, where the file system keeps the time.
        fn told(self, why: Why) -> Option<Why> {
            (self.born_ns != 0).then_some(why)
        }
    }

    #[test]
    fn any_changed_byte_of_the_file_is_damage() {
        let (_around, directory) = made();
        let path = directory.join(FILE);
        let whole = std::fs::read(&path).expect("reads");
        for place in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[place] ^= 1;
            // Written where it lies: the file is the same one.
            std::fs::write(&path, &damaged).expect("writes");
            assert_eq!(look(&directory).expect("looks"), Standing::Elsewhere(Why::Damaged), "byte {place}");
        }
        std::fs::write(&path, &whole).expect("writes");
        assert!(matches!(look(&directory).expect("looks"), Standing::Here(_)));
    }
}
