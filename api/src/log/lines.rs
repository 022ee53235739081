//! Standard input line by line, and whether more of it is at hand.

use crate::failure::Failure;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;

/// Bytes that are read at once.
const PIECE_BYTES: usize = 64 << 10;

/// Lines as they come in.
pub(super) struct Lines {
    source: File,
    /// What was read of the lines that are not taken yet.
    read: Vec<u8>,
    /// Bytes of it that were taken.
    taken: usize,
    /// Bytes of it in which no line ends.
    searched: usize,
    number: usize,
    has_ended: bool,
    bytes_max: usize,
}

impl Lines {
    /// Lines of standard input; one that is longer than so many bytes is refused before it is in memory.
    pub(super) fn of_stdin(bytes_max: usize) -> io::Result<Self> {
        let source = File::from(io::stdin().as_fd().try_clone_to_owned()?);
        Ok(Self { source, read: Vec::new(), taken: 0, searched: 0, number: 0, has_ended: false, bytes_max })
    }

    /// The next line that is at hand whole. None when one has to wait for it, or there is none: see [`Lines::read_more`].
    pub(super) fn next_at_hand(&mut self) -> Result<Option<String>, Failure> {
        let rest = &self.read[self.taken..];
        let end = rest[self.searched..].iter().position(|byte| *byte == b'\n').map(|end| self.searched + end);
        let (length, is_last) = match end {
            Some(end) => (end, false),
            None if self.has_ended && !rest.is_empty() => (rest.len(), true),
            None => {
                self.searched = rest.len();
                // A line break may take two bytes more.
                return if rest.len() > self.bytes_max + 2 {
                    Err(self.too_long(rest.len()))
                } else {
                    Ok(None)
                };
            }
        };
        self.number += 1;
        let line = String::from_utf8(rest[..length].to_vec());
        self.taken += length + usize::from(!is_last);
        self.searched = 0;
        let no_text = |_| Failure::usage(format!("line {} is no text in UTF-8", self.number));
        let mut text = line.map_err(no_text)?;
        text.truncate(text.trim_end_matches('\r').len());
        if text.len() > self.bytes_max {
            self.number -= 1;
            return Err(self.too_long(text.len()));
        }
        Ok(Some(text))
    }

    /// Whether reading more would come back at once.
    pub(super) fn is_more_at_hand(&self) -> bool {
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        let mut waiting = [PollFd::new(&self.source, PollFlags::IN)];
        // What cannot be asked is read, and then says what is the matter.
        poll(&mut waiting, Some(&now)).map_or(true, |ready| ready > 0)
    }

    /// Waits for more. False when there is none.
    pub(super) fn read_more(&mut self) -> io::Result<bool> {
        self.read.drain(..self.taken);
        self.taken = 0;
        let before = self.read.len();
        self.read.resize(before + PIECE_BYTES, 0);
        let read = loop {
            match self.source.read(&mut self.read[before..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.read.truncate(before + *read.as_ref().unwrap_or(&0));
        self.has_ended = read? == 0;
        Ok(!self.has_ended)
    }

    fn too_long(&self, bytes: usize) -> Failure {
        let (number, max) = (self.number + 1, self.bytes_max);
        Failure::usage(format!("line {number} has {bytes} bytes or more; at most {max} fit into a record"))
    }
}
