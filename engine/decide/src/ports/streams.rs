//! The streams that are open: who owns each, which ordinal comes next, and whether it goes on.

use triad_event::ids::StreamId;
use triad_event::{Domain, Event, Recorded};

use super::reactions::Pending;
use super::wakes::Wake;
use crate::fold_error::FoldError;
use crate::image::{Image, Source, Unreadable, structs};
use crate::shared::SharedMap;

/// A stream that is open.
#[derive(Debug, Clone)]
pub(crate) struct Stream {
    /// The domain that opened it: what it is of.
    pub(crate) owner: Domain,
    pub(crate) next_ordinal: u64,
    /// Whether its owner lets nothing of it begin.
    pub(crate) is_paused: bool,
    /// What is kept for it while it is in quarantine.
    pub(crate) aside: Option<Box<Aside>>,
}

/// What is kept for a stream in quarantine.
#[derive(Debug, Clone, Default)]
pub(crate) struct Aside {
    pub(crate) reactions: Vec<Pending>,
    pub(crate) wakes: Vec<Wake>,
}

structs! {
    Stream { owner, next_ordinal, is_paused, aside }
    Aside { reactions, wakes }
}

#[derive(Debug, Clone)]
pub(crate) struct Streams {
    next_log_ordinal: u64,
    open: SharedMap<StreamId, Stream>,
    /// By owner, how many there are. Follows from the rest.
    counts: Vec<usize>,
    /// How many are in quarantine. Follows from the rest.
    aside: usize,
}

impl Default for Streams {
    fn default() -> Self {
        Self { next_log_ordinal: 0, open: SharedMap::new(), counts: vec![0; Domain::ALL.len()], aside: 0 }
    }
}

impl Streams {
    pub(crate) fn get(&self, stream: StreamId) -> Option<&Stream> {
        self.open.get(&stream)
    }

    /// How many streams of an owner are open.
    pub(crate) fn count(&self, owner: Domain) -> usize {
        self.counts[owner as usize]
    }

    pub(crate) fn next_ordinal(&self, stream: StreamId) -> u64 {
        if stream == StreamId::LOG {
            return self.next_log_ordinal;
        }
        self.get(stream).map_or(0, |stream| stream.next_ordinal)
    }

    /// Whether a stream is in quarantine.
    pub(crate) fn is_aside(&self, stream: StreamId) -> bool {
        self.aside > 0 && self.get(stream).is_some_and(|stream| stream.aside.is_some())
    }

    /// Whether nothing of a stream may begin: it is paused or in quarantine.
    pub(crate) fn is_held(&self, stream: StreamId) -> bool {
        self.get(stream).is_some_and(|stream| stream.is_paused || stream.aside.is_some())
    }

    /// The streams in quarantine.
    pub(crate) fn all_aside(&self) -> impl Iterator<Item = (StreamId, &Aside)> {
        self.open.iter().filter_map(|(id, stream)| Some((*id, stream.aside.as_deref()?)))
    }

    /// Counts a record of a stream, or says which ordinal it should have. False for what can only be the first record of
    /// its stream, which has to open it then.
    pub(crate) fn advance(&mut self, record: &Recorded<Event>) -> Result<bool, FoldError> {
        let next = if record.stream == StreamId::LOG {
            &mut self.next_log_ordinal
        } else {
            match self.open.get_mut(&record.stream) {
                Some(stream) => &mut stream.next_ordinal,
                None if record.ordinal == 0 => return Ok(false),
                None => return Err(FoldError::StreamUnknown),
            }
        };
        if record.ordinal != *next {
            return Err(FoldError::Ordinal { expected: *next });
        }
        *next += 1;
        Ok(true)
    }

    /// The first record of a stream opens it.
    pub(crate) fn open(&mut self, stream: StreamId, owner: Domain) {
        let opened = Stream { owner, next_ordinal: 1, is_paused: false, aside: None };
        if self.open.insert(stream, opened).is_none() {
            self.counts[owner as usize] += 1;
        }
    }

    /// Nothing follows in a stream.
    pub(crate) fn close(&mut self, stream: StreamId) {
        if let Some(closed) = self.open.remove(&stream) {
            self.counts[closed.owner as usize] -= 1;
            self.aside -= usize::from(closed.aside.is_some());
        }
    }

    /// Nothing of a stream is to begin, or it may again.
    pub(crate) fn pause(&mut self, stream: StreamId, is_paused: bool) {
        if let Some(stream) = self.open.get_mut(&stream) {
            stream.is_paused = is_paused;
        }
    }

    pub(super) fn set_aside(&mut self, stream: StreamId, wakes: Vec<Wake>) {
        if let Some(stream) = self.open.get_mut(&stream) {
            self.aside += usize::from(stream.aside.is_none());
            stream.aside = Some(Box::new(Aside { reactions: Vec::new(), wakes }));
        }
    }

    /// Keeps a reaction for a stream in quarantine.
    pub(crate) fn keep_aside(&mut self, stream: StreamId, pending: Pending) {
        if let Some(aside) = self.open.get_mut(&stream).and_then(|stream| stream.aside.as_mut()) {
            aside.reactions.push(pending);
        }
    }

    pub(super) fn release(&mut self, stream: StreamId) -> Option<Box<Aside>> {
        let aside = self.open.get_mut(&stream)?.aside.take()?;
        self.aside -= 1;
        Some(aside)
    }
}

impl Image for Streams {
    fn put(&self, out: &mut Vec<u8>) {
        let Self { next_log_ordinal, open, counts: _, aside: _ } = self;
        next_log_ordinal.put(out);
        open.put(out);
    }

    fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
        let (next_log_ordinal, open) = (u64::take(source)?, SharedMap::<StreamId, Stream>::take(source)?);
        let mut streams = Self { next_log_ordinal, ..Self::default() };
        for (_, stream) in open.iter() {
            streams.counts[stream.owner as usize] += 1;
            streams.aside += usize::from(stream.aside.is_some());
        }
        streams.open = open;
        Ok(streams)
    }

    fn shape(out: &mut String) {
        out.push_str("Streams ");
        SharedMap::<StreamId, Stream>::shape(out);
    }
}
