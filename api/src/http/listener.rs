//! Accepts connections, and ends them in time.

use super::connection::Connection;
use crate::output;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

/// Connections at once. Each holds a file; the limit of files is raised to fit when the server starts.
pub(crate) const CONNECTIONS_MAX: usize = 4096;
/// How long a client may take for the head of a request, and how long a connection may be idle between two.
const HEAD_PATIENCE: Duration = Duration::from_secs(10);
/// Bytes that a connection buffers: the longest head of a request, and what waits for a client that does not read.
const BUFFER_BYTES_MAX: usize = 16 << 10;
/// Bytes that the system buffers for a client. Left alone it would grow to megabytes for each that stops to read.
const SEND_BUFFER_BYTES: usize = 256 << 10;
/// How long requests in progress may take to end when the server stops.
const DRAIN_PATIENCE: Duration = Duration::from_secs(10);
/// How long data may stay unacknowledged before the connection counts as dead.
const DEAD_AFTER_MS: u32 = 60_000;
/// How long to wait when the system gives no more connections.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

const FULL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nretry-after: 1\r\nconnection: close\r\n\r\n";

/// Serves until it is told to stop, then lets what is in progress end.
pub(crate) async fn serve(listener: TcpListener, router: Router, mut stopping: watch::Receiver<bool>) {
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(ended) = connections.join_next(), if !connections.is_empty() => {
                report(ended);
                continue;
            }
            _ = stopping.wait_for(|stopping| *stopping) => break,
        };
        match accepted {
            Ok((stream, _)) => match Arc::clone(&room).try_acquire_owned() {
                Ok(place) => {
                    drop(connections.spawn(handle(stream, router.clone(), graceful.watcher(), place)))
                }
                Err(_) => drop(connections.spawn(turn_away(stream))),
            },
            // Out of files, or a client that left at once: neither is a reason to end.
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_PATIENCE, graceful.shutdown()).await.is_err() {
        output::report("some requests did not end in time and were cut off");
    }
    connections.shutdown().await;
}

async fn handle(stream: TcpStream, router: Router, watcher: Watcher, place: OwnedSemaphorePermit) {
    let _place = place;
    if prepare(&stream).is_err() {
        return;
    }
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_PATIENCE).max_buf_size(BUFFER_BYTES_MAX);
    let service = TowerToHyperService::new(router);
    let connection = builder.serve_connection(TokioIo::new(Connection::new(stream)), service);
    // A client that breaks off or talks something else than HTTP has got its answer, or wants none.
    let _broken_off = watcher.watch(connection).await.is_err();
}

fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    rustix::net::sockopt::set_tcp_user_timeout(stream, DEAD_AFTER_MS)?;
    rustix::net::sockopt::set_socket_send_buffer_size(stream, SEND_BUFFER_BYTES)?;
    Ok(())
}

async fn turn_away(mut stream: TcpStream) {
    let _gone = stream.write_all(FULL).await.is_err();
}

/// A handler that panicked ended its connection; that must not go unseen.
fn report(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        output::report(&format!("a request failed: {error}"));
    }
}
