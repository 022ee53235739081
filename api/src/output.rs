//! Printing: results to standard output, everything else to standard error.

use crate::failure::Failure;
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::Write;

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

impl Output {
    pub(crate) fn new(format: Format) -> Self {
        Self { format }
    }

    /// Whether people read it.
    pub(crate) fn is_text(&self) -> bool {
        self.format == Format::Text
    }

    /// A result: text for people, or the document for programs.
    pub(crate) fn result(&self, text: impl FnOnce() -> String, document: impl FnOnce() -> serde_json::Value) {
        let line = match self.format {
            Format::Text => text(),
            Format::Json => document().to_string(),
        };
        print_line(&line);
    }

    /// A result that is itself a document in another format.
    pub(crate) fn raw(&self, text: &str) {
        print_line(text.trim_end_matches('\n'));
    }

    /// Something to know that is not the result.
    pub(crate) fn note(&self, text: &str) {
        eprintln!("{text}");
    }

    pub(crate) fn failure(&self, failure: &Failure) {
        let chain = failure.chain();
        match self.format {
            Format::Text => eprintln!("error: {}", chain.join("\n  because: ")),
            Format::Json => match failure.document() {
                Some(document) => eprintln!("{document}"),
                None => eprintln!("{}", serde_json::json!({ "error": chain[0], "because": chain[1..] })),
            },
        }
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

/// Something for whoever runs the server, one line.
pub(crate) fn report(text: &str) {
    eprintln!("triad: {text}");
}

/// A closed pipe ends the output, not the program with a panic.
fn print_line(text: &str) {
    drop(writeln!(std::io::stdout(), "{text}"));
}

/// Lowercase hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
