//! Writes the generated documents: `cargo run -p triad-event --example catalogue -- docs/events.md
//! docs/format/layout-v1.json`.

use std::env::args;
use std::fs::write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let paths: Vec<String> = args().skip(1).collect();
    let [catalogue, layout] = paths.as_slice() else {
        eprintln!("usage: catalogue <events.md> <layout.json>");
        return ExitCode::from(2);
    };
    let written = write(catalogue, triad_event::catalogue::catalogue_markdown())
        .and_then(|()| write(layout, triad_event::catalogue::layout_json()));
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("failed to write the documents: {error}");
            ExitCode::FAILURE
        }
    }
}
