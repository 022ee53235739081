//! Poison: a panic in the core leaves a note, so that a stream that brings the core down twice is set aside.
//!
//! A note is a text of lines `stream panics input-kind`. It is written by a process that is about to end and read
//! by the next one; a kill leaves none.

use std::collections::BTreeMap;
use std::fmt;
use triad_event::governance::StreamQuarantined;
use triad_event::ids::StreamId;

/// Panics on one stream before the next start sets it aside.
const PANICS_MAX: u32 = 2;

/// Panics by stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Poison(BTreeMap<StreamId, (u32, String)>);

impl Poison {
    /// Reads a note; a line that cannot be read is no note.
    pub fn read(text: &str) -> Self {
        Self(text.lines().filter_map(parse).collect())
    }

    /// The streams that are to be set aside.
    pub fn poisoned(&self) -> Vec<StreamQuarantined> {
        let poisoned = self.0.iter().filter(|(_, (panics, _))| *panics >= PANICS_MAX);
        let quarantine = |(stream, (panics, input)): (&StreamId, &(u32, String))| StreamQuarantined {
            quarantined: *stream,
            panics: *panics,
            input: input.clone(),
        };
        poisoned.map(quarantine).collect()
    }

    /// The core panicked on this stream.
    pub fn note(&mut self, stream: StreamId, input: &str) {
        let entry = self.0.entry(stream).or_default();
        entry.0 += 1;
        entry.1 = input.replace(char::is_whitespace, "-");
    }

    /// A stream was set aside, so its panics are told in the log.
    pub fn forget(&mut self, stream: StreamId) {
        self.0.remove(&stream);
    }
}

impl fmt::Display for Poison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(stream, (panics, input))| writeln!(f, "{stream} {panics} {input}"))
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
        let stream = StreamId([7; 16]);
        let mut text = String::new();
        for panics in 0..3 {
            let mut poison = Poison::read(&text);
            let poisoned: Vec<_> =
                poison.poisoned().iter().map(|one| (one.quarantined, one.panics)).collect();
            assert_eq!(poisoned, if panics < 2 { vec![] } else { vec![(stream, 2)] });
            poison.note(stream, "attempt ended");
            text = poison.to_string();
        }
        let mut poison = Poison::read(&text);
        poison.forget(stream);
        assert_eq!(poison, Poison::default());
    }
}
