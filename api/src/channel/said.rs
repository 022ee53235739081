//! What is told of events: as a CloudEvent for programs, and in words for people. A message that is sent again says the same.

use crate::clock;
use crate::wire::record::{words, write_record};
use serde_json::{Value, json};
use triad_decide::alerts::{Alarm, Letter};
use triad_event::Kind;
use triad_event::ids::{LogId, StreamId};
use triad_event::plain::escaped;
use triad_log::FjallReader;
use triad_log::storage::{LogRead, ReadError};
use triad_proof::Block;

/// Of a record that is longer as JSON its payload is left out: who wants it reads it in the log.
const RECORD_BYTES_MAX: usize = 128 << 10;
/// Characters of a text that stands on one line.
const LINE_CHARS_MAX: usize = 200;

/// What a message says.
pub(super) struct Said {
    /// The same whenever it is sent.
    pub(super) id: String,
    source: String,
    subscription: String,
    events: u32,
    message: Option<u64>,
    first: Option<Told>,
    last: Option<Told>,
}

/// An event that is told of.
struct Told {
    sequence: u64,
    time: String,
    kind: String,
    stream: StreamId,
    words: String,
    record: Value,
}

impl Said {
    /// Reads what a message tells of.
    pub(super) fn read(log: LogId, reader: &FjallReader, letter: &Letter) -> Result<Self, ReadError> {
        let first = Told::read(reader, letter.first)?;
        let last = if letter.events > 1 { Some(Told::read(reader, letter.last)?) } else { None };
        Ok(Self {
            id: letter.id.to_string(),
            source: format!("urn:triad:log:{log}"),
            subscription: letter.subscription.clone(),
            events: letter.events,
            message: Some(letter.message),
            first: Some(first),
            last,
        })
    }

    /// That somebody tries a channel.
    pub(super) fn trial(subscription: &str, id: String) -> Self {
        let source = "urn:triad:trial".to_owned();
        let subscription = subscription.to_owned();
        Self { id, source, subscription, events: 0, message: None, first: None, last: None }
    }

    /// As a CloudEvent 1.0 in structured JSON.
    pub(super) fn cloud_event(&self) -> String {
        let newest = self.last.as_ref().or(self.first.as_ref());
        let kind = match (&self.first, self.events) {
            (None, _) => "triad.trial".to_owned(),
            (Some(first), 1) => format!("triad.{}", first.kind),
            (Some(_), _) => "triad.events".to_owned(),
        };
        let mut event = json!({
            "specversion": "1.0",
            "id": self.id,
            "source": self.source,
            "type": kind,
            "datacontenttype": "application/json",
            "data": {
                "subscription": self.subscription,
                "message": self.message,
                "events": self.events,
                "words": self.subject(),
                "event": self.first.as_ref().map(|told| &told.record),
                "last": self.last.as_ref().map(|told| &told.record),
            },
        });
        if let Some(newest) = newest {
            event["time"] = newest.time.clone().into();
        }
        if let Some(stream) =
            self.first.as_ref().map(|told| told.stream).filter(|stream| *stream != StreamId::LOG)
            && self.events == 1
        {
            event["subject"] = stream.to_string().into();
        }
        event.to_string()
    }

    /// On one line, of characters that people see.
    pub(super) fn subject(&self) -> String {
        match (&self.first, &self.last) {
            (Some(first), None) => line(&first.words),
            (Some(first), Some(_)) => {
                line(&format!("{} events of {}: {}", self.events, self.subscription, first.words))
            }
            (None, _) => line(&format!("a trial of the subscription {}", self.subscription)),
        }
    }

    /// For people, in lines of characters that they see.
    pub(super) fn text(&self) -> String {
        let mut lines = vec![self.subject(), String::new()];
        match (&self.first, &self.last) {
            (None, _) => lines.push("Nothing is the matter: somebody tries whether this arrives.".to_owned()),
            (Some(first), None) => first.lines(&mut lines),
            (Some(first), Some(last)) => {
                lines.push(format!("{} events, of which the first is", self.events));
                first.lines(&mut lines);
                lines.push(String::new());
                lines.push(format!("and the last, {} more", self.events - 1));
                last.lines(&mut lines);
            }
        }
        lines.push(String::new());
        lines.push(format!(
            "Sent for the subscription {}; it is listed by: triad subscription list",
            self.subscription
        ));
        lines.join("\n") + "\n"
    }
}

impl Told {
    fn read(reader: &FjallReader, sequence: u64) -> Result<Self, ReadError> {
        let missing = || ReadError::Missing { what: format!("record {sequence}") };
        let bytes = reader.block_holding(sequence)?.ok_or_else(missing)?;
        let block = Block::decode(&bytes)?;
        let record = block.record_at(sequence).ok_or_else(missing)??;
        let mut json = Vec::new();
        write_record(&record, &mut json);
        let mut json: Value = serde_json::from_slice(&json).expect("invariant: a record is written as JSON");
        let header = &record.header;
        let says = match Kind::from_number(header.kind) {
            Some(kind) => words(kind, &json["payload"], |task| format!("task number {task}")),
            None => format!("a record of kind {}", header.kind),
        };
        if record.payload.len() > RECORD_BYTES_MAX {
            json["payload"] = Value::Null;
            json["payload_absent"] = "too long for a message".into();
        }
        let kind = json["kind"].as_str().unwrap_or_default().to_owned();
        let stream = StreamId(header.stream);
        Ok(Self { sequence, time: clock::show(header.time_us), kind, stream, words: says, record: json })
    }

    fn lines(&self, lines: &mut Vec<String>) {
        lines.push(format!("  {}", line(&self.words)));
        lines.push(format!("  {} at {}, record {}", self.kind, self.time, self.sequence));
        if self.stream != StreamId::LOG {
            lines.push(format!("  of {}", self.stream));
        }
        for name in ["detail", "reason"] {
            if let Some(text) = self.record["payload"][name].as_str().filter(|text| !text.is_empty()) {
                lines.push(format!("  {name}: {}", line(text)));
            }
        }
        if self.kind == "alerts.alert_raised" || self.kind == "alerts.alert_escalated" {
            lines.push(format!(
                "  Say that you have seen it: triad alert acknowledge {} --reason \"...\"",
                self.stream
            ));
        }
    }
}

/// A text of an event on one line: what would begin another one, turn the direction of writing or not be seen is written out.
fn line(text: &str) -> String {
    let shown = escaped(text).to_string();
    match shown.char_indices().nth(LINE_CHARS_MAX) {
        Some((end, _)) => format!("{}...", &shown[..end]),
        None => shown,
    }
}

/// An alert by itself, of a log where nobody subscribed to anything.
pub(super) fn alarm(alarm: &Alarm) -> String {
    let Alarm { alert, kind, about, detail, raised_at } = alarm;
    let about = (*about != StreamId::LOG).then(|| about.to_string());
    json!({
        "specversion": "1.0",
        "id": alert.to_string(),
        "source": "/v1/alerts",
        "type": "triad.alert.raised",
        "subject": about,
        "time": clock::show(raised_at.0),
        "datacontenttype": "application/json",
        "data": { "alert_id": alert.to_string(), "kind": format!("{kind:?}"), "about": about, "detail": detail },
    })
    .to_string()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// What would be said of one event whose words are these.
    pub(in crate::channel) fn said(words: &str) -> Said {
        let first = Told {
            sequence: 7,
            time: "2026-12-01T10:00:00.000000Z".to_owned(),
            kind: "alerts.alert_raised".to_owned(),
            stream: StreamId([7; 16]),
            words: words.to_owned(),
            record: json!({ "payload": { "detail": words } }),
        };
        let source = "urn:triad:log:00".to_owned();
        let (id, subscription) = ("0a".repeat(16), "ops".to_owned());
        Said { id, source, subscription, events: 1, message: Some(9), first: Some(first), last: None }
    }

    #[test]
    fn whatever_an_event_says_stays_on_its_line_and_is_seen() {
        let hostile = "a\r\nBcc: eve@example.org\r\n\r\n<script>\u{202e}\u{1b}[31m\u{0}\u{2028}b";
        let said = said(hostile);
        let subject = said.subject();
        assert!(
            !subject.chars().any(|each| each.is_control() || "\u{202e}\u{2028}".contains(each)),
            "{subject:?}"
        );
        assert!(subject.contains("Bcc: eve"), "it is told, on the line where it belongs: {subject:?}");
        assert_eq!(said.text().matches('\n').count(), 9, "{}", said.text());
        assert!(!said.text().contains(['\r', '\u{1b}', '\u{202e}']));
        assert!(super::super::said::line(&"x".repeat(5000)).chars().count() < 210);
        let event: Value = serde_json::from_str(&said.cloud_event()).expect("JSON");
        assert_eq!(
            (&event["type"], &event["subject"]),
            (&"triad.alerts.alert_raised".into(), &"07".repeat(16).into())
        );
    }
}
