//! Accepts connections, and ends them in time.

use super::announced::ANNOUNCED_SECONDS;
use super::connection::Connection;
use super::handshake::secure;
use super::refusals::Refusals;
use super::transport::Transport;
use crate::clock;
use crate::tls::Presented;
use crate::wire::problem::{Code, Problem};
use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

/// Connections at once. Each holds a file; the limit of files is raised to fit when the server starts.
pub(crate) const CONNECTIONS_MAX: usize = 4096;
/// How long a client may take for the head of a request, and how long a connection may be idle between two. More than is
/// announced, for a request that is on its way when the time is over.
const HEAD_PATIENCE: Duration = Duration::from_secs(ANNOUNCED_SECONDS + 2);
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

const UNAVAILABLE: &str = concat!(
    "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\n",
    "retry-after: 1\r\nconnection: close"
);
const FULL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nretry-after: 1\r\nconnection: close\r\n\r\n";

/// What every connection of a listener is given.
#[derive(Clone)]
struct Given {
    router: Router,
    /// What is shown in a TLS handshake; none where none is asked for.
    tls: Option<Presented>,
    refusals: Arc<Refusals>,
    stopping: watch::Receiver<bool>,
}

/// Serves until it is told to stop, then lets what is in progress end.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Option<Presented>,
    mut stopping: watch::Receiver<bool>,
) {
    let given = Given { router, tls, refusals: Arc::default(), stopping: stopping.clone() };
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
            Ok((stream, peer)) => match Arc::clone(&room).try_acquire_owned() {
                Ok(place) => {
                    drop(connections.spawn(handle(stream, peer, given.clone(), graceful.watcher(), place)));
                }
                // A handshake would cost what there is no room for.
                Err(_) if given.tls.is_some() => {}
                Err(_) => drop(connections.spawn(turn_away(stream, FULL.to_vec()))),
            },
            // Out of files, or a client that left at once: neither is a reason to end.
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_PATIENCE, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not end in time and were cut off");
    }
    connections.shutdown().await;
}

async fn handle(
    stream: TcpStream,
    peer: SocketAddr,
    mut given: Given,
    watcher: Watcher,
    place: OwnedSemaphorePermit,
) {
    let _place = place;
    if prepare(&stream).is_err() {
        return;
    }
    match given.tls.take() {
        None => {
            let transport = Transport { encrypted: false, peer, client_certificate: None };
            converse(Connection::new(stream), transport, given.router, watcher).await;
        }
        // In a box, so that connections without TLS do not take the room of those with it.
        Some(tls) => Box::pin(handle_tls(stream, peer, tls, given, watcher)).await,
    }
}

async fn handle_tls(stream: TcpStream, peer: SocketAddr, tls: Presented, mut given: Given, watcher: Watcher) {
    let acceptor = tls.acceptor();
    let secured = tokio::select! {
        secured = secure(stream, peer, &acceptor, &given.refusals) => secured,
        // Who has asked for nothing yet is not waited for.
        _ = given.stopping.wait_for(|stopping| *stopping) => None,
    };
    if let Some((stream, transport)) = secured {
        converse(stream, transport, given.router, watcher).await;
    }
}

/// Speaks HTTP, until the client has asked for everything that it wants.
async fn converse<S>(stream: S, transport: Transport, router: Router, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    if !clock::is_usable() {
        return turn_away(stream, clock_unusable()).await;
    }
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_PATIENCE).max_buf_size(BUFFER_BYTES_MAX);
    // A client may have said all that it has to say and wait for the answer.
    builder.half_close(true);
    // Every answer of ours bears one.
    builder.auto_date_header(false);
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(transport);
        router.call(request)
    });
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    // A client that breaks off or talks something else than HTTP has got its answer, or wants none.
    let _broken_off = while_clock_is_usable(watcher.watch(connection)).await.is_err();
}

/// The library reads the clock whenever a connection goes on, and panics in years that HTTP cannot write.
async fn while_clock_is_usable<E>(connection: impl Future<Output = Result<(), E>>) -> Result<(), E> {
    let mut connection = pin!(connection);
    poll_fn(
        |context| if clock::is_usable() { connection.as_mut().poll(context) } else { Poll::Ready(Ok(())) },
    )
    .await
}

/// What is said to whoever comes while the clock is not usable.
fn clock_unusable() -> Vec<u8> {
    let problem = Problem::new(Code::ClockUnusable, "requests are answered again once the clock is set");
    let body = problem.document().to_string();
    format!("{UNAVAILABLE}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    rustix::net::sockopt::set_tcp_user_timeout(stream, DEAD_AFTER_MS)?;
    rustix::net::sockopt::set_socket_send_buffer_size(stream, SEND_BUFFER_BYTES)?;
    Ok(())
}

async fn turn_away(mut stream: impl AsyncWrite + Unpin, answer: Vec<u8>) {
    let said = async {
        stream.write_all(&answer).await?;
        stream.shutdown().await
    };
    let _gone = said.await.is_err();
}

/// A handler that panicked ended its connection; that must not go unseen.
fn report(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!("a request failed: {error}");
    }
}
