//! Printing: results to standard output, everything else to standard error. A result that cannot be written is a failure.

use crate::failure::Failure;
use crate::messages;
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal, Read, Write};
use triad_event::plain::{escaped_json, escaped_lines};

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// One JSON document, or one per line where there are many.
    Json,
}

/// Prints results in the format that was asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    format: Format,
}

/// Bytes of a result that are copied at once.
const PIECE_BYTES: usize = 64 << 10;

impl Output {
    pub(crate) fn new(format: Format) -> Self {
        Self { format }
    }

    /// Whether people read it.
    pub(crate) fn is_text(&self) -> bool {
        self.format == Format::Text
    }

    /// A result: text for people, or the document for programs.
    pub(crate) fn result(
        &self,
        text: impl FnOnce() -> String,
        document: impl FnOnce() -> serde_json::Value,
    ) -> Result<(), Failure> {
        self.line(&match self.format {
            Format::Text => text(),
            Format::Json => document().to_string(),
        })
    }

    /// A result that is in the format already that was asked for.
    pub(crate) fn line(&self, text: &str) -> Result<(), Failure> {
        match self.format {
            Format::Text => print(&format!("{}\n", escaped_lines(text))),
            Format::Json => print(&format!("{}\n", escaped_json(text))),
        }
    }

    /// A result that is itself a document in another format, to the byte.
    pub(crate) fn raw(&self, text: &str) -> Result<(), Failure> {
        print(&format!("{}\n", text.trim_end_matches('\n')))
    }

    /// A result that somebody else wrote, byte by byte as it comes; `unread` says what it means that it breaks off.
    pub(crate) fn copy(
        &self,
        source: &mut impl Read,
        unread: impl FnOnce(io::Error) -> Failure,
    ) -> Result<(), Failure> {
        let (mut out, mut piece) = (io::stdout().lock(), vec![0; PIECE_BYTES]);
        loop {
            match source.read(&mut piece) {
                Ok(0) => return out.flush().map_err(Failure::output),
                Ok(length) => out.write_all(&piece[..length]).map_err(Failure::output)?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(unread(error)),
            }
        }
    }

    /// Something to know that is not the result.
    pub(crate) fn note(&self, text: &str) {
        messages::say(text);
    }

    pub(crate) fn failure(&self, failure: &Failure) {
        if failure.is_told() {
            return;
        }
        let chain = failure.chain();
        match self.format {
            Format::Text => messages::say(&format!("error: {}", chain.join("\n  because: "))),
            Format::Json => {
                let whole = serde_json::json!({ "error": chain[0], "because": chain[1..] });
                messages::say(&escaped_json(&failure.document().unwrap_or(&whole).to_string()).to_string());
            }
        }
    }

    /// Whether somebody looks at the results while they come.
    pub(crate) fn is_seen(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// Whether something may be drawn on standard error.
    pub(crate) fn may_draw(&self) -> bool {
        self.is_text() && io::stderr().is_terminal()
    }

    /// A progress bar on standard error; silent when that is no terminal.
    pub(crate) fn progress(&self, what: &'static str, length: u64) -> ProgressBar {
        let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
        let template = "{msg} {bar:30} {human_pos}/{human_len} {per_sec} eta {eta}";
        let style = ProgressStyle::with_template(template).expect("invariant: the template is well-formed");
        bar.set_style(style);
        bar.set_message(what);
        bar
    }
}

fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Failure::output)
}

/// Lowercase hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
