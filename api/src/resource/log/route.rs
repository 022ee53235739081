//! The routes of the log.

use super::head::{Head, read_head};
use crate::access::admitted::Admitted;
use crate::access::lasting;
use crate::access::sight::About;
use crate::clock;
use crate::http::answer::json;
use crate::http::state::{AppState, blocking};
use crate::output::hex;
use crate::resource::route::{ASKS, Content, Gives, Header, Method, NOTHING, Need, Right, Route};
use crate::wire::problem::{Code, Problem};
use async_stream::stream;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use schemars::JsonSchema;
use serde::Serialize;
use std::io::{self, BufWriter, Write};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;
use triad_decide::Input;
use triad_event::Source;
use triad_event::access::{Ask, Exported};
use triad_event::log::Occasion;
use triad_log::copy::{CopyError, copy as write_copy};

/// How many records a copy holds, for whoever shows progress.
const SIZE: Header = Header { name: "triad-log-size", doc: "How many records the copy holds." };
/// Why the newest checkpoint of a copy is not attested, although a TPM keeps the key.
const UNATTESTED: Header = Header {
    name: "triad-log-unattested",
    doc: "Why the newest checkpoint is not attested, although a TPM keeps the key.",
};
const MARKDOWN: &str = "text/markdown; charset=utf-8";

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/v1/events",
        name: "describe_events",
        summary: "what every kind of event means",
        source: Source::Client,
        need: Need::Nothing,
        takes: NOTHING,
        gives: &[Gives::content(Content::Text(MARKDOWN))],
        refuses: &[],
        handler: |method| on(method, catalogue),
    },
    Route {
        method: Method::Get,
        path: "/v1/log/head",
        name: "show_log_head",
        summary: "the signed checkpoint and the key",
        source: Source::Client,
        need: Need::Right(Right::Read, About::Home),
        takes: NOTHING,
        gives: &[Gives::json::<LogHead>(StatusCode::OK)],
        refuses: &[],
        handler: |method| on(method, head),
    },
    Route {
        method: Method::Get,
        path: "/v1/log/copy",
        name: "copy_log",
        summary: "the whole log as a .triadlog file",
        source: Source::Client,
        need: Need::Right(Right::Audit, About::Installation),
        takes: NOTHING,
        gives: &[Gives { headers: &[SIZE, UNATTESTED], ..Gives::content(Content::Bytes) }],
        refuses: &[ASKS],
        handler: |method| on(method, copy),
    },
];

/// Where the log stands.
#[derive(Serialize, JsonSchema)]
struct LogHead {
    log_id: String,
    /// How many records it has.
    size: u64,
    last_sequence: u64,
    last_time: String,
    key_epoch: u32,
    /// What protects the key.
    key_protection: &'static str,
    nv_counter: u64,
    /// The verifying key of genesis, as a C2SP vkey.
    genesis_key: String,
    /// A C2SP signed note.
    checkpoint: String,
    /// How the key is kept, signed for the same checkpoint.
    key_statement: String,
}

async fn head(State(state): State<AppState>) -> Result<Response, Problem> {
    let reader = state.reader.clone();
    let head = blocking(move || read_head(&reader)).await?;
    let body = LogHead {
        log_id: hex(&head.log_id),
        size: head.last_sequence + 1,
        last_sequence: head.last_sequence,
        last_time: clock::show(head.last_time_us),
        key_epoch: head.statement.epoch,
        key_protection: head.protection,
        nv_counter: head.nv_counter,
        key_statement: head.protection_note(&state.key),
        genesis_key: head.genesis_key,
        checkpoint: head.note,
    };
    Ok(json(StatusCode::OK, &body))
}

async fn catalogue() -> Response {
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static(MARKDOWN));
    ([kind], triad_event::catalogue::catalogue_markdown()).into_response()
}

/// How long a TPM may take to attest; a chip takes about a second.
const TPM_PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of a copy that are handed over at once.
const PART_BYTES: usize = 256 << 10;
/// Parts that wait for a client.
const PARTS_WAITING: usize = 2;

async fn copy(State(state): State<AppState>, admitted: Admitted) -> Result<Response, Problem> {
    let busy = |_| Problem::new(Code::Busy, "as many copies are being sent as may");
    let place = Arc::clone(&state.copies).try_acquire_owned().map_err(busy)?;
    let reader = state.reader.clone();
    let head = blocking(move || read_head(&reader)).await?;
    let unattested = attest_first(&state, &head).await?;
    record_export(&state, &admitted, head.last_sequence).await?;
    let reader = state.reader.clone();
    let head = blocking(move || read_head(&reader)).await?;
    let (sender, mut receiver) = mpsc::channel(PARTS_WAITING);
    let (reader, log_id, last) = (state.reader.clone(), head.log_id, head.last_sequence);
    let writing = tokio::task::spawn_blocking(move || {
        let _place = place;
        let mut out = BufWriter::with_capacity(PART_BYTES, Parts(sender));
        write_copy(&reader, &log_id, last, None, &mut out, |_| ())?;
        out.flush().map_err(CopyError::Write)
    });
    let parts = stream! {
        let mut ends = pin!(lasting::ends(state, admitted));
        loop {
            let part = tokio::select! {
                part = receiver.recv() => part,
                () = &mut ends => {
                    yield Err(io::Error::other("whoever asked for the copy counts no more"));
                    return;
                }
            };
            match part {
                Some(part) => yield Ok(part),
                None => break,
            }
        }
        match writing.await {
            Ok(Ok(())) => {}
            // Cut off in the middle, so that nobody takes the part for the whole.
            Ok(Err(error)) => {
                tracing::warn!("a copy of the log was cut off: {error}");
                yield Err(io::Error::other(error));
            }
            Err(error) => yield Err(io::Error::other(error)),
        }
    };
    let mut response = Body::from_stream(parts).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(SIZE.name, (last + 1).into());
    if let Some(why) = unattested {
        headers.insert(UNATTESTED.name, header_text(&why));
    }
    Ok(response)
}

/// That the log is handed out stands in it before it is, and in the copy. Where nobody says who they are there is nothing
/// to record.
async fn record_export(state: &AppState, admitted: &Admitted, through: u64) -> Result<(), Problem> {
    if admitted.grants.is_none() {
        return Ok(());
    }
    let exported = Exported { what: "copy_log".to_owned(), about: None, through };
    state.ask(admitted.asker, Input::from(Ask::from(exported))).await?.reply?;
    Ok(())
}

/// A log whose key a TPM keeps has it attest what is handed out, and the copy holds the attestation. When the TPM does not
/// answer, the copy verifies all the same; why it lacks the attestation comes back, for whoever asked for the copy.
async fn attest_first(state: &AppState, head: &Head) -> Result<Option<String>, Problem> {
    if state.key.hardware().is_none() {
        return Ok(None);
    }
    let asked = timeout(TPM_PATIENCE, state.engine.attest(head.attested(), Occasion::Exported)).await;
    let sequence = match asked {
        Ok(Ok(Some(sequence))) => sequence,
        Ok(Ok(None)) => return Ok(Some("the server is stopping".to_owned())),
        Ok(Err(error)) => return Ok(Some(error.to_string())),
        Err(_) => return Ok(Some("the TPM does not answer".to_owned())),
    };
    let mut durable = state.engine.durable();
    let recorded = durable.wait_for(|mark| mark.failed || mark.next_sequence > sequence).await.is_ok();
    if recorded { Ok(None) } else { Err(Problem::new(Code::Internal, "the log was closed")) }
}

/// Text as a header takes it: visible ASCII and spaces (RFC 9110, section 5.5).
fn header_text(text: &str) -> HeaderValue {
    let is_taken = |one: char| one.is_ascii_graphic() || one == ' ';
    let taken: String = text.chars().map(|one| if is_taken(one) { one } else { '?' }).collect();
    HeaderValue::from_str(&taken).expect("invariant: it is visible ASCII")
}

/// Hands over what is written, part by part.
struct Parts(mpsc::Sender<Bytes>);

impl Write for Parts {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let gone = |_| io::Error::new(io::ErrorKind::BrokenPipe, "the client is gone");
        self.0.blocking_send(Bytes::copy_from_slice(bytes)).map_err(gone)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
