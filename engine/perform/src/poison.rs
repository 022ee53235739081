//! Poison: a panic in the core leaves a note beside the log, so that a stream that brings the core down twice
//! is set aside.
//!
//! The note is a plain file of lines `stream panics input-kind`. It is written by a process that is about to
//! end and read by the next one; a kill leaves none.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use triad_event::governance::StreamQuarantined;
use triad_event::ids::StreamId;

/// Panics on one stream before the next start sets it aside.
const PANICS_MAX: u32 = 2;

/// The note of a directory.
#[derive(Debug)]
pub(crate) struct Poison {
    path: PathBuf,
    panics: BTreeMap<StreamId, (u32, String)>,
}

impl Poison {
    /// Reads the note; an absent or unreadable line is no note.
    pub(crate) fn read(directory: &Path) -> io::Result<Self> {
        let path = directory.join("poison");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        Ok(Self { path, panics: text.lines().filter_map(parse).collect() })
    }

    /// The streams that are to be set aside.
    pub(crate) fn poisoned(&self) -> Vec<StreamQuarantined> {
        let poisoned = self.panics.iter().filter(|(_, (panics, _))| *panics >= PANICS_MAX);
        let quarantine = |(stream, (panics, input)): (&StreamId, &(u32, String))| StreamQuarantined {
            quarantined: *stream,
            panics: *panics,
            input: input.clone(),
        };
        poisoned.map(quarantine).collect()
    }

    /// The core panicked on an input of this stream.
    pub(crate) fn note(&mut self, stream: StreamId, input: &str) -> io::Result<()> {
        let entry = self.panics.entry(stream).or_default();
        entry.0 += 1;
        entry.1 = input.replace(char::is_whitespace, "-");
        self.write()
    }

    /// A stream was set aside, so its panics are told in the log.
    pub(crate) fn forget(&mut self, stream: StreamId) -> io::Result<()> {
        self.panics.remove(&stream);
        self.write()
    }

    fn write(&self) -> io::Result<()> {
        let line =
            |(stream, (panics, input)): (&StreamId, &(u32, String))| format!("{stream} {panics} {input}\n");
        let text: String = self.panics.iter().map(line).collect();
        let file = std::fs::File::create(&self.path)?;
        io::Write::write_all(&mut &file, text.as_bytes())?;
        file.sync_all()
    }
}

fn parse(line: &str) -> Option<(StreamId, (u32, String))> {
    let mut words = line.split(' ');
    let (stream, panics, input) = (words.next()?, words.next()?, words.next()?);
    Some((stream.parse().ok()?, (panics.parse().ok()?, input.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_set_aside_after_its_second_panic_and_forgotten_then() {
        let directory = tempfile::tempdir().expect("a directory");
        let stream = StreamId([7; 16]);
        for panics in 0..3 {
            let mut poison = Poison::read(directory.path()).expect("reads");
            let poisoned: Vec<_> =
                poison.poisoned().iter().map(|one| (one.quarantined, one.panics)).collect();
            assert_eq!(poisoned, if panics < 2 { vec![] } else { vec![(stream, 2)] });
            poison.note(stream, "attempt ended").expect("writes");
        }
        Poison::read(directory.path()).expect("reads").forget(stream).expect("writes");
        assert!(Poison::read(directory.path()).expect("reads").poisoned().is_empty());
    }
}
