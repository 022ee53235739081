//! The log itself: its head, a copy of it, and what its events mean.

use super::door::{Door, blocking};
use super::json;
use crate::clock;
use crate::output::{self, hex};
use crate::wire::problem::{Code, Problem};
use async_stream::stream;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json as document;
use std::io::{self, BufWriter, Write};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;
use triad_event::log::Occasion;
use triad_keys::LogKey;
use triad_log::FjallReader;
use triad_log::copy::{CopyError, copy as write_copy};
use triad_log::storage::{LogRead, ReadError};
use triad_proof::checkpoint::{Checkpoint, verifier};
use triad_proof::protection_note::ProtectionNote;
use triad_proof::quote::Attested;
use triad_proof::{Block, KeyStatement, LogId};

/// Where the log stands.
pub(super) struct Head {
    log_id: LogId,
    pub(super) last_sequence: u64,
    last_time_us: i64,
    statement: KeyStatement,
    pub(super) protection: &'static str,
    pub(super) nv_counter: u64,
    genesis_key: String,
    pub(super) checkpoint: Checkpoint,
    /// The checkpoint, signed.
    pub(super) note: String,
}

impl Head {
    fn attested(&self) -> Attested {
        Attested {
            log_id: self.log_id,
            checkpoint: self.checkpoint.clone(),
            verifying_key: self.statement.verifying_key,
            key_epoch: self.statement.epoch,
        }
    }

    fn protection_note(&self, key: &LogKey) -> String {
        let stated = ProtectionNote {
            checkpoint: self.checkpoint.clone(),
            key_epoch: self.statement.epoch,
            protection: self.statement.protection,
            nv_counter: self.nv_counter,
        };
        stated.sign(&self.log_id, &self.statement, |text| key.sign(text))
    }
}

/// Reads the newest durable block.
pub(super) fn read_head(reader: &FjallReader) -> Result<Head, ReadError> {
    let missing = |what: &str| ReadError::Missing { what: what.to_owned() };
    let bytes = reader.last_block()?.ok_or_else(|| missing("its first block"))?;
    let block = Block::decode(&bytes)?;
    let last = block.record_at(block.last_sequence()).ok_or_else(|| missing("its last record"))??;
    let statement = reader.statement(block.head.key_epoch)?;
    let statement = statement.ok_or_else(|| missing("the key statement in force"))?;
    let genesis = reader.statement(0)?.ok_or_else(|| missing("the key statement of genesis"))?;
    Ok(Head {
        log_id: block.log_id,
        last_sequence: block.last_sequence(),
        last_time_us: last.header.time_us,
        protection: statement.protection.describe(),
        nv_counter: block.head.nv_counter,
        genesis_key: verifier(&block.log_id, genesis.verifying_key).to_string(),
        checkpoint: block.checkpoint(),
        note: block.checkpoint().note(statement.verifying_key, &block.head.signature),
        statement,
    })
}

pub(super) async fn head(State(door): State<Door>) -> Result<Response, Problem> {
    let reader = door.reader.clone();
    let head = blocking(move || read_head(&reader)).await?;
    let body = document!({
        "log_id": hex(&head.log_id),
        "size": head.last_sequence + 1,
        "last_sequence": head.last_sequence,
        "last_time": clock::show(head.last_time_us),
        "key_epoch": head.statement.epoch,
        "key_protection": head.protection,
        "nv_counter": head.nv_counter,
        "genesis_key": head.genesis_key,
        "checkpoint": head.note,
        "key_statement": head.protection_note(&door.key),
    });
    Ok(json(StatusCode::OK, &body))
}

pub(super) async fn catalogue() -> Response {
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("text/markdown; charset=utf-8"));
    ([kind], triad_event::catalogue::catalogue_markdown()).into_response()
}

/// How many records a copy holds, for whoever shows progress.
const SIZE_HEADER: HeaderName = HeaderName::from_static("triad-log-size");
/// Why the newest checkpoint of a copy is not attested, although a TPM keeps the key.
const UNATTESTED_HEADER: HeaderName = HeaderName::from_static("triad-log-unattested");
/// How long a TPM may take to attest; a chip takes about a second.
const TPM_PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of a copy that are handed over at once.
const PART_BYTES: usize = 256 << 10;
/// Parts that wait for a client.
const PARTS_WAITING: usize = 2;

pub(super) async fn copy(State(door): State<Door>) -> Result<Response, Problem> {
    let busy = |_| Problem::new(Code::Busy, "as many copies are being sent as may");
    let place = Arc::clone(&door.copies).try_acquire_owned().map_err(busy)?;
    let reader = door.reader.clone();
    let head = blocking(move || read_head(&reader)).await?;
    let unattested = attest_first(&door, &head).await?;
    let reader = door.reader.clone();
    let head = blocking(move || read_head(&reader)).await?;
    let (sender, mut receiver) = mpsc::channel(PARTS_WAITING);
    let (reader, log_id, last) = (door.reader.clone(), head.log_id, head.last_sequence);
    let writing = tokio::task::spawn_blocking(move || {
        let _place = place;
        let mut out = BufWriter::with_capacity(PART_BYTES, Parts(sender));
        write_copy(&reader, &log_id, last, None, &mut out, |_| ())?;
        out.flush().map_err(CopyError::Write)
    });
    let parts = stream! {
        while let Some(part) = receiver.recv().await {
            yield Ok(part);
        }
        match writing.await {
            Ok(Ok(())) => {}
            // Cut off in the middle, so that nobody takes the part for the whole.
            Ok(Err(error)) => {
                output::report(&format!("a copy of the log was cut off: {error}"));
                yield Err(io::Error::other(error));
            }
            Err(error) => yield Err(io::Error::other(error)),
        }
    };
    let mut response = Body::from_stream(parts).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(SIZE_HEADER, (last + 1).into());
    if let Some(why) = unattested {
        headers.insert(UNATTESTED_HEADER, header_text(&why));
    }
    Ok(response)
}

/// A log whose key a TPM keeps has it attest what is handed out, and the copy holds the attestation. When the TPM does not
/// answer, the copy verifies all the same; why it lacks the attestation comes back, for whoever asked for the copy.
async fn attest_first(door: &Door, head: &Head) -> Result<Option<String>, Problem> {
    if door.key.hardware().is_none() {
        return Ok(None);
    }
    let asked = timeout(TPM_PATIENCE, door.engine.attest(head.attested(), Occasion::Exported)).await;
    let sequence = match asked {
        Ok(Ok(Some(sequence))) => sequence,
        Ok(Ok(None)) => return Ok(Some("the server is stopping".to_owned())),
        Ok(Err(error)) => return Ok(Some(error.to_string())),
        Err(_) => return Ok(Some("the TPM does not answer".to_owned())),
    };
    let mut durable = door.engine.durable();
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
