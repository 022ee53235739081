//! One damage to one file of a directory, as it is handed to the process that suffers it.

use fixtures::directory_image::{DirectoryImage, FileImage};
use std::path::{Path, PathBuf};

/// What is done to the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// Nothing: the directory must open as it was.
    Nothing,
    /// A bit is flipped, counted from the first of the file.
    Flip { bit: u64 },
    /// The file ends here.
    Cut { length: u64 },
    /// A page did not reach the disk: from `start` to `end` there are zeros.
    Zero { start: u64, end: u64 },
    /// A page holds what another one should.
    Misdirect { start: u64, end: u64, from: u64 },
}

/// A change to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Damage {
    pub(crate) file: PathBuf,
    pub(crate) change: Change,
}

impl Damage {
    /// One line that [`Self::parse`] reads back.
    pub(crate) fn line(&self) -> String {
        let change = match self.change {
            Change::Nothing => "nothing 0 0 0".to_owned(),
            Change::Flip { bit } => format!("flip {bit} 0 0"),
            Change::Cut { length } => format!("cut {length} 0 0"),
            Change::Zero { start, end } => format!("zero {start} {end} 0"),
            Change::Misdirect { start, end, from } => format!("misdirect {start} {end} {from}"),
        };
        format!("{change} {}", self.file.display())
    }

    /// Reads a line back.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let kind = words.next()?;
        let mut number = || words.next()?.parse::<u64>().ok();
        let (one, two, three) = (number()?, number()?, number()?);
        let change = match kind {
            "nothing" => Change::Nothing,
            "flip" => Change::Flip { bit: one },
            "cut" => Change::Cut { length: one },
            "zero" => Change::Zero { start: one, end: two },
            "misdirect" => Change::Misdirect { start: one, end: two, from: three },
            _ => return None,
        };
        Some(Self { file: Path::new(words.next()?).to_owned(), change })
    }

    /// The directory with the damage done.
    pub(crate) fn done_to(&self, image: &DirectoryImage) -> DirectoryImage {
        let mut damaged = image.clone();
        if let Some(file) = damaged.files.get_mut(&self.file) {
            *file = self.changed(file);
        }
        damaged
    }

    fn changed(&self, file: &FileImage) -> FileImage {
        match self.change {
            Change::Nothing => file.clone(),
            Change::Flip { bit } => file.with_byte(bit / 8, |byte| byte ^ (1 << (bit % 8))),
            Change::Cut { length } => file.cut(length),
            Change::Zero { start, end } => file.with_bytes(start..end, |bytes| bytes.fill(0)),
            Change::Misdirect { start, end, from } => {
                let mut page = file.bytes.get(from as usize..).unwrap_or_default().to_vec();
                page.resize((end - start) as usize, 0);
                file.with_bytes(start..end, |bytes| bytes.copy_from_slice(&page[..bytes.len()]))
            }
        }
    }
}
