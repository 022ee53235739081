//! `triad serve` and `triad dev`: puts the log, the engine, the views and HTTP together, and takes them apart again.

mod dev;
mod follow;
mod listen;
mod server;

pub(crate) use dev::dev;
pub(crate) use listen::{Listen, ListenOptions};
pub(crate) use server::Server;

use crate::failure::Failure;
use crate::http::principal::anonymous;
use crate::output::Output;
use crate::unlock::Unlocking;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io;
use std::path::Path;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};

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
        let server = Server::start(directory, listen, unlocking, anonymous).await?;
        let serving = format!(
            "serving {} on http://{}\nstop with ctrl-c: what runs goes on at the next start",
            directory.display(),
            server.address
        );
        run(server, &serving, output).await
    })
}

/// Says what is served and runs it until a signal comes, or until it fails by itself. Whoever reads that it serves may
/// send a signal at once, so signals are heard before it is said.
async fn run(mut server: Server, serving: &str, output: &Output) -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::machine)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::machine)?;
    let mut quit = signal(SignalKind::quit()).map_err(Failure::machine)?;
    output.note(serving);
    tokio::select! {
        () = server.failed() => {}
        _ = terminate.recv() => output.note("stopping ..."),
        _ = interrupt.recv() => output.note("stopping ..."),
        _ = quit.recv() => output.note("stopping ..."),
    }
    server.stop().await
}

fn runtime() -> Result<Runtime, Failure> {
    raise_file_limit();
    Builder::new_multi_thread().enable_all().build().map_err(Failure::machine)
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
