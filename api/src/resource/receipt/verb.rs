//! `triad receipt`

use crate::client::Api;
use crate::failure::Failure;
use crate::options::ServerOption;
use crate::output::Output;
use crate::resource::noun::Verb;
use crate::whole_file::write_whole;
use clap::Subcommand;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use triad_event::ids::WorkflowId;
use triad_proof::proof_file::InclusionFile;

/// More than a receipt may be long, so that a server that is none cannot fill the memory.
const RECEIPT_BYTES_MAX: u64 = 16 << 20;

/// Receipts of a running server: proof that what it accepted is in its log.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  triad receipt get 6e0f... --out night.tlog-proof")]
pub(super) enum Receipt {
    /// Get the receipt of a workflow: the proof that its acceptance is in the log (C2SP tlog-proof).
    #[command(
        after_help = "Examples:\n  triad receipt get 6e0f... --out night.tlog-proof\n  triad receipt get 6e0f... --sequence 42 > 42.tlog-proof\n  triad-replay receipt night.tlog-proof --key \"$(cat log.vkey)\"    (checks it, without the server and the log)"
    )]
    Get {
        #[command(flatten)]
        at: ServerOption,
        /// The workflow.
        #[arg(value_name = "ID")]
        id: String,
        /// Another record of the workflow than its acceptance.
        #[arg(long, value_name = "SEQUENCE")]
        sequence: Option<u64>,
        /// The file to write, which must not exist; without it the receipt is printed.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

impl Verb for Receipt {
    fn run(self, output: &Output) -> Result<(), Failure> {
        match self {
            Self::Get { at, id, sequence, out } => get(&Api::of(&at)?, &id, sequence, out.as_deref(), output),
        }
    }
}

fn get(
    api: &Api,
    id: &str,
    sequence: Option<u64>,
    out: Option<&Path>,
    output: &Output,
) -> Result<(), Failure> {
    let workflow: WorkflowId = id.parse().map_err(|error| Failure::usage(format!("{id:?}: {error}")))?;
    if let Some(file) = out.filter(|file| file.exists()) {
        return Err(Failure::usage(format!(
            "{} exists already: choose another name for --out",
            file.display()
        )));
    }
    let text = fetch(api, workflow, sequence)?;
    let receipt = InclusionFile::read(&text).map_err(Failure::refused)?;
    let (about, size) = (receipt.header.sequence, receipt.checkpoint.size);
    if receipt.header.stream != workflow.0 || sequence.is_some_and(|asked| asked != about) {
        return Err(Failure::refused("the server sent the receipt of another record than was asked for"));
    }
    let document = |what: &str, value: Value| {
        let mut told = json!({ "workflow_id": workflow.to_string(), "sequence": about, "size": size });
        told[what] = value;
        told
    };
    let Some(file) = out else {
        let printed = || text.trim_end_matches('\n').to_owned();
        return output.result(printed, || document("receipt", text.as_str().into()));
    };
    let write = Failure::file("failed to write", file);
    write_whole(file, |to| to.write_all(text.as_bytes()).map_err(write))?;
    let line = || format!("receipt of record {about} at size {size} to {}", file.display());
    output.result(line, || document("file", file.to_string_lossy().into()))
}

fn fetch(api: &Api, workflow: WorkflowId, sequence: Option<u64>) -> Result<String, Failure> {
    let query = sequence.map(|sequence| format!("?sequence={sequence}")).unwrap_or_default();
    let opened = api.open(&format!("/v1/workflows/{workflow}/receipt{query}"), None)?;
    let opened = opened.ok_or_else(|| Failure::machine("the server sent no receipt"))?;
    let mut bytes = Vec::new();
    opened.reader.take(RECEIPT_BYTES_MAX).read_to_end(&mut bytes).map_err(Failure::machine)?;
    String::from_utf8(bytes).map_err(|_| Failure::refused("the server sent something else than a receipt"))
}
