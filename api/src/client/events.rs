//! Reads a stream of server-sent events.

use std::io::{self, BufRead, BufReader, Read};

/// The longest line that is read: the largest record, escaped.
const LINE_BYTES_MAX: u64 = 16 << 20;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) id: u64,
    pub(crate) data: String,
}

pub(crate) struct Events<R> {
    lines: BufReader<R>,
}

impl<R: Read> Events<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { lines: BufReader::new(reader) }
    }

    /// The next event; none at the end. An event that is cut off is none.
    pub(crate) fn next_event(&mut self) -> io::Result<Option<Event>> {
        let (mut id, mut data) = (None, None);
        loop {
            let Some(line) = self.next_line()? else { return Ok(None) };
            if let Some(text) = line.strip_prefix("id: ") {
                id = text.parse().ok();
            } else if let Some(text) = line.strip_prefix("data: ") {
                data = Some(text.to_owned());
            } else if line.is_empty()
                && let (Some(id), Some(data)) = (id.take(), data.take())
            {
                return Ok(Some(Event { id, data }));
            }
        }
    }

    fn next_line(&mut self) -> io::Result<Option<String>> {
        let mut line = String::new();
        let read = (&mut self.lines).take(LINE_BYTES_MAX).read_line(&mut line)?;
        match line.strip_suffix('\n') {
            Some(whole) => Ok(Some(whole.to_owned())),
            None if read as u64 == LINE_BYTES_MAX => {
                Err(io::Error::other("the server sent a line without an end"))
            }
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_events_are_read_and_a_cut_one_is_not() {
        let text = "retry: 1000\n\n: alive\n\nid: 7\nevent: a.b\ndata: {\"x\":1}\n\nid: 8\ndata: {}\n";
        let mut events = Events::new(text.as_bytes());
        let first = Event { id: 7, data: "{\"x\":1}".to_owned() };
        assert_eq!(events.next_event().expect("readable"), Some(first));
        assert_eq!(events.next_event().expect("readable"), None);
    }
}
