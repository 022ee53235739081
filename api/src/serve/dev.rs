//! `triad dev`

use super::listen::Listen;
use super::server::Server;
use super::signals::{Asked, Signals};
use super::{run, runtime};
use crate::access::door::Admission;
use crate::failure::Failure;
use crate::http::origin::Exposure;
use crate::log::create;
use crate::options::{KeepOptions, SERVER_DEFAULT};
use crate::output::Output;
use crate::unlock::Unlocking;
use std::path::Path;

/// Serves a log, after making one if there is none, and says what to do next.
pub(crate) fn dev(
    directory: &Path,
    listen: Listen,
    keep: &KeepOptions,
    unlocking: &Unlocking,
    output: &Output,
) -> Result<(), Failure> {
    if listen.exposure == Exposure::Network {
        return Err(Failure::usage(
            "`triad dev` asks nobody who they are, so it listens on this machine alone: use `triad serve`",
        ));
    }
    let listen = Listen { admission: Admission::Anybody, ..listen };
    let is_new = !directory.join("db").exists();
    if is_new {
        let created = create(directory, None, keep, unlocking)?;
        output.note(&format!(
            "created a log in {}\nkeep its verifying key elsewhere; others verify the log with it:\n{}\n",
            directory.display(),
            created.verifier
        ));
    }
    runtime()?.block_on(async {
        // It ends with the terminal that it is tried in.
        let signals = Signals::heed(Asked::ToEnd)?;
        let server = Server::start(directory, listen, unlocking).await?;
        let next_steps = next_steps(directory, &server);
        run(server, signals, &next_steps, output).await
    })
}

fn next_steps(directory: &Path, server: &Server) -> String {
    let url = &server.url;
    let option = if url == SERVER_DEFAULT { String::new() } else { format!(" --server {url}") };
    format!(
        "serving {directory} on {url}: nobody is asked for a key, since only this machine reaches it

In another terminal:
  triad workflow submit{option} --watch - <<'END'
  {{\"name\": \"hello\", \"tasks\": [
    {{\"id\": \"greet\", \"type\": \"PROCESS\", \"command\": [\"echo\", \"hello\"]}},
    {{\"id\": \"date\", \"type\": \"PROCESS\", \"command\": [\"date\"], \"dependencies\": [\"greet\"]}}]}}
  END
  triad workflow list{option}
  triad log head --server {url}

Stop with ctrl-c: what runs goes on at the next start.",
        directory = directory.display(),
    )
}
