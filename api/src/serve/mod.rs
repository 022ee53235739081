//! `triad serve` and `triad dev`: puts the log, the engine, the views and HTTP together, and takes them apart again.

mod configuration;
mod dev;
mod follow;
mod listen;
mod server;
mod signals;
mod tasks;

pub(crate) use dev::dev;
pub(crate) use listen::{Listen, ListenOptions};
pub(crate) use server::Server;

use crate::failure::Failure;
use crate::output::Output;
use crate::unlock::Unlocking;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use signals::{Asked, Signals};
use std::io;
use std::path::Path;
use tokio::runtime::{Builder, Runtime};

/// Files that a server may have open: one for each connection, and as many again for the database and for processes.
const FILES: u64 = 2 * crate::http::listener::CONNECTIONS_MAX as u64;

/// Serves a log until the process is asked to end.
pub(crate) fn serve(
    directory: &Path,
    listen: Listen,
    unlocking: &Unlocking,
    output: &Output,
) -> Result<(), Failure> {
    runtime()?.block_on(async {
        let on_hang_up = if listen.tls.is_some() { Asked::ToRenew } else { Asked::ToEnd };
        let signals = Signals::heed(on_hang_up)?;
        let is_paused = listen.is_paused;
        let server = Server::start(directory, listen, unlocking).await?;
        let url = server.url.clone();
        let paused = if is_paused {
            format!("\npaused: nothing is performed until `triad engine resume --server {url}`")
        } else {
            String::new()
        };
        let serving = format!(
            "serving {} on {url}{paused}\nstop with ctrl-c: what runs goes on at the next start",
            directory.display(),
        );
        let serving = match server.first_link().await? {
            Some(link) => format!("{serving}\n\n{}", invitation(&url, &link)),
            None => serving,
        };
        run(server, signals, &serving, output).await
    })
}

/// How the first who may give rights comes to their key.
fn invitation(url: &str, link: &str) -> String {
    format!(
        "nobody can give rights yet. Whoever shows this link within an hour is given the first key:\n  {link}\nput it into a file, then: triad access claim --link-file FILE --out admin.key --server {url}"
    )
}

/// Says what is served and runs it until a signal comes, or until it fails by itself. Signals are heard from before it
/// started: its first tasks inherit nothing, and whoever reads that it serves may send one at once.
async fn run(
    mut server: Server,
    mut signals: Signals,
    serving: &str,
    output: &Output,
) -> Result<(), Failure> {
    output.note(serving);
    loop {
        tokio::select! {
            () = server.failed() => break,
            asked = signals.next() => match asked {
                Asked::ToRenew => server.renew(),
                Asked::ToEnd => {
                    output.note("stopping ...");
                    break;
                }
            }
        }
    }
    server.stop().await
}

fn runtime() -> Result<Runtime, Failure> {
    raise_file_limit();
    Builder::new_multi_thread().enable_all().build().map_err(Failure::machine)
}

/// Files that a process may have open by the limit that this server was started with: its tasks are given that one.
fn files_at_start() -> Option<u64> {
    getrlimit(Resource::Nofile).current
}

/// Where the system allows fewer, the server works with fewer connections.
fn raise_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(FILES, |maximum| maximum.min(FILES));
    if limit.current.is_some_and(|current| current < wanted) {
        let raised = Rlimit { current: Some(wanted), maximum: limit.maximum };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::warn!("the limit of open files stays as it is: {}", io::Error::from(error));
        }
    }
}
