//! `triad workflow`: what it can be asked, one file for each longer verb.

mod content;
mod explain;
mod interrupt;
mod list;
mod progress;
mod retry;
mod run;
mod show;
mod signal;
mod submit;
mod validate;
mod values;
mod wait;
mod watch;
mod why;
mod why_cost;
mod why_healed;
mod why_paced;
mod why_priced;
mod why_weighed;
mod written;

pub(in crate::resource) use interrupt::say_when_interrupted;
pub(in crate::resource) use list::Narrowed;
pub(crate) use run::run;
pub(crate) use submit::SubmitOptions;
pub(in crate::resource) use written::Written;

use crate::client::Api;
use crate::client::text::{checked, plain};
use crate::failure::Failure;
use crate::options::{ReasonOption, ServerOption};
use crate::output::Output;
use crate::resource::noun::Verb;
use crate::wire::definition;
use clap::{Args, Subcommand};
use content::Stream;
use progress::Steps;
use serde_json::json;
use std::path::PathBuf;
use values::InputOptions;

/// Workflows: validate, explain; and of a running server: submit, list, show, watch, wait, cancel, pause, resume, retry.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  triad workflow validate nightly.yaml\n  triad workflow submit nightly.yaml --watch\n  triad workflow list --status failed"
)]
pub(super) enum Workflow {
    /// Submit a definition and print the id of the workflow.
    #[command(
        after_help = "Examples:\n  triad workflow submit nightly.yaml --watch\n  triad workflow submit words.json --in .     (relative paths begin here)\n  triad workflow submit nightly.yaml --input region=eu --input rows=3\n  generate | triad workflow submit - --idempotency-key \"$RUN\"\n\nA definition:\n  name: nightly\n  tasks:\n    - id: fetch\n      type: PROCESS\n      command: [sh, -c, date > now]\n      working_directory: /srv/nightly\n      timeout_seconds: 60\n    - id: report\n      type: PROCESS\n      command: [cat, now]\n      working_directory: /srv/nightly\n      dependencies: [fetch]\n      retry: {attempts: 3, base_ms: 200}\n      env: {LANG: C}\n\n`triad workflow explain` says what each field means."
    )]
    Submit {
        #[command(flatten)]
        what: SubmitOptions,
        /// Follow it to its end; its steps go to standard error.
        #[arg(long)]
        watch: bool,
    },
    /// Check definitions without a server, and show every fault with its line.
    #[command(
        after_help = "Examples:\n  triad workflow validate nightly.yaml\n  triad workflow validate workflows/*.yaml -o json\n  triad workflow validate nightly.yaml --input region=eu\n  generate | triad workflow validate -\n\nExit code 1 when one has faults. A server may admit less: its settings bound how many tasks a workflow has."
    )]
    Validate {
        /// The definitions, in YAML or JSON; - reads standard input.
        #[arg(value_name = "FILE", required = true)]
        files: Vec<String>,
        #[command(flatten)]
        inputs: InputOptions,
    },
    /// Say why a workflow stands where it stands, in sentences; or what a field of a definition means.
    #[command(
        after_help = "Examples:\n  triad workflow explain ID\n  triad workflow explain ID --task simulate\n  \
            triad workflow explain ID --svg why.svg\n  triad workflow explain\n  triad workflow explain tasks.retry.attempts"
    )]
    Explain {
        #[command(flatten)]
        at: ServerOption,
        /// The id of a workflow, or a field with dots between the names; without it all fields are listed.
        #[arg(value_name = "ID|FIELD")]
        what: Option<String>,
        /// Only this task of the workflow.
        #[arg(long, value_name = "TASK")]
        task: Option<String>,
        /// Draw the prices around its tasks as well, and when each of them waited and ran, into a file that is not there yet,
        /// as SVG.
        #[arg(long, value_name = "FILE")]
        svg: Option<PathBuf>,
    },
    /// Print the JSON Schema of a definition, for editors and for programs that write definitions.
    #[command(after_help = "Example:\n  triad workflow schema > workflow.schema.json")]
    Schema,
    /// List workflows, the newest first.
    #[command(
        after_help = "Examples:\n  triad workflow list\n  triad workflow list --status failed --limit 20\n  triad workflow list --label region=eu --label team=search\n  triad workflow list -o json"
    )]
    List(list::ListOptions),
    /// Show a workflow and its tasks, now or as it was.
    #[command(
        after_help = "Examples:\n  triad workflow show 6e0f...\n  triad workflow show 6e0f... --as-of 1200\n  triad workflow show 6e0f... --task report    (its attempts and what they printed)\n  triad workflow show 6e0f... --input report    (what it was given)\n  triad workflow show 6e0f... --input    (the values of the workflow's inputs)\n  triad workflow show 6e0f... --task report --raw stdout > report.txt    (every byte that was kept)\n\nInputs and outputs lie sealed in the vault: each read is recorded before anything is shown."
    )]
    Show {
        #[command(flatten)]
        at: ServerOption,
        /// The workflow.
        #[arg(value_name = "ID")]
        id: String,
        /// As it was when the record with that sequence had been written.
        #[arg(long, value_name = "SEQUENCE", conflicts_with = "task")]
        as_of: Option<u64>,
        /// The attempts of one task, and what they printed.
        #[arg(long, value_name = "TASK")]
        task: Option<String>,
        /// What one task was given: the command and environment of a process, the text of a no-op. Without TASK: the values of
        /// the workflow's inputs.
        #[arg(long, value_name = "TASK", num_args = 0..=1, conflicts_with_all = ["task", "as_of"])]
        input: Option<Option<String>>,
        /// Only what the last attempt of the task wrote, byte by byte.
        #[arg(long, value_enum, value_name = "STREAM", requires = "task")]
        raw: Option<Stream>,
    },
    /// Follow a workflow to its end; goes on when the server restarts. Exit code 1 when it did not complete.
    #[command(
        after_help = "Examples:\n  triad workflow watch 6e0f...\n  triad workflow watch 6e0f... -o json | jq .kind"
    )]
    Watch {
        #[command(flatten)]
        at: ServerOption,
        /// The workflow.
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Send a signal that a task of a workflow waits for, or will.
    #[command(
        after_help = "Examples:\n  triad workflow signal 6e0f... data-arrived\n  triad workflow signal 6e0f... data-arrived --payload '{\"rows\": 12}'\n  triad workflow signal 6e0f... data-arrived --payload-file rows.json\n\nWhat comes with it is the output of the task: {task.output.rows} names it in the commands of later tasks."
    )]
    Signal(signal::SignalOptions),
    /// Wait until a workflow has ended. Exit code 6 when it did not complete, 7 when the time is over.
    #[command(
        after_help = "Examples:\n  triad workflow wait 6e0f...\n  triad workflow wait 6e0f... --timeout 60\n  triad workflow wait 6e0f... --outputs -o json | jq .outputs"
    )]
    Wait {
        #[command(flatten)]
        at: ServerOption,
        /// The workflow.
        #[arg(value_name = "ID")]
        id: String,
        /// How long to wait, in seconds; without it for ever.
        #[arg(long, value_name = "SECONDS")]
        timeout: Option<u64>,
        /// With -o json: also what its tasks gave. That it is read is recorded.
        #[arg(long)]
        outputs: bool,
    },
    /// Submit a workflow that has ended again: what has completed stands, the rest runs.
    #[command(
        after_help = "Examples:\n  triad workflow retry 6e0f...\n  triad workflow retry 6e0f... --from build --follow\n\nIt is a new workflow of the same definition; both show each other. What stands is not run again, and its outputs are taken from where they lie."
    )]
    Retry(retry::RetryOptions),
    /// Stop a workflow: everything of it that runs is ended.
    #[command(after_help = "Example:\n  triad workflow cancel 6e0f... --reason \"wrong input\"")]
    Cancel(ControlOptions),
    /// Start no more attempts of a workflow; those that run go on.
    #[command(after_help = "Example:\n  triad workflow pause 6e0f... --reason \"disk is filling up\"")]
    Pause(ControlOptions),
    /// Start attempts of a workflow again.
    #[command(after_help = "Example:\n  triad workflow resume 6e0f...")]
    Resume(ControlOptions),
}

/// A workflow, and why something is asked of it.
#[derive(Debug, Args)]
pub(super) struct ControlOptions {
    #[command(flatten)]
    at: ServerOption,
    /// The workflow.
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    why: ReasonOption,
}

impl Verb for Workflow {
    fn run(self, output: &Output) -> Result<(), Failure> {
        match self {
            Self::Submit { what, watch } => submit::run(what, watch, output),
            Self::Validate { files, inputs } => validate::run(&files, &inputs, output),
            Self::Explain { at, what: Some(id), task, svg } if why::is_workflow(&id) => {
                why::run(&Api::of(&at)?, &id, task.as_deref(), svg.as_deref(), output)
            }
            Self::Explain { task: Some(_), .. } => Err(Failure::usage(
                "--task goes with the id of a workflow: triad workflow explain ID --task TASK",
            )),
            Self::Explain { svg: Some(_), .. } => Err(Failure::usage(
                "--svg goes with the id of a workflow: triad workflow explain ID --svg FILE",
            )),
            Self::Explain { what, .. } => explain::run(what.as_deref().unwrap_or(""), output),
            Self::Schema => {
                let schema = definition::schema();
                output.result(|| format!("{schema:#}"), || schema.clone())
            }
            Self::List(options) => list::run(options, output),
            Self::Show { at, id, as_of, task, input, raw } => {
                let api = Api::of(&at)?;
                match (task, input, raw) {
                    (Some(task), _, Some(stream)) => content::raw(&api, &id, &task, stream, output),
                    (Some(task), _, None) => content::attempts(&api, &id, &task, output),
                    (None, Some(task), _) => content::input(&api, &id, task.as_deref(), output),
                    (None, None, _) => show::run(&api, &id, as_of, output),
                }
            }
            Self::Signal(options) => options.run(output),
            Self::Watch { at, id } => {
                watch::run(&Api::of(&at)?, &id, Steps::AreTheResult, Failure::refused, output)
            }
            Self::Wait { at, id, timeout, outputs } => {
                wait::run(&Api::of(&at)?, &id, timeout, outputs, output)
            }
            Self::Retry(options) => retry::run(options, output),
            Self::Cancel(options) => control("cancel", &options, output),
            Self::Pause(options) => control("pause", &options, output),
            Self::Resume(options) => control("resume", &options, output),
        }
    }
}

fn control(verb: &str, options: &ControlOptions, output: &Output) -> Result<(), Failure> {
    let ControlOptions { at, id, why } = options;
    let body = json!({ "reason": why.reason }).to_string();
    let path = format!("/v1/workflows/{}/{verb}", checked(id)?);
    let answer = Api::of(at)?.post(&path, body.as_bytes(), None)?;
    let status = answer["status"].as_str().unwrap_or("UNKNOWN");
    output.result(|| format!("{id} {}", plain(status)), || answer.clone())
}
