//! Reading the body of a request, within bounds of size, of time and of memory.

use super::headers::single;
use crate::clock;
use crate::wire::problem::{Code, Problem};
use crate::wire::source::Language;
use axum::body::Body;
use axum::http::HeaderMap;
use http_body_util::BodyExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout_at;

/// A definition: a hundred thousand tasks of half a kilobyte each.
pub(crate) const SUBMISSION_BYTES_MAX: usize = 64 << 20;
/// Everything else is a reason.
pub(crate) const SMALL_BYTES_MAX: usize = 16 << 10;
/// Memory for bodies is taken in pieces of this size, so that a client that announces much and sends little holds little.
const PIECE_BYTES: usize = 64 << 10;
/// Pieces of all bodies together: 256 MiB, four of the largest at once.
pub(crate) const PIECES_MAX: usize = 4096;
/// Every body may take this long; a large one longer, as long as it arrives at the least rate.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes a second that a large body must keep up.
const LEAST_RATE: usize = 256 << 10;

/// A body, and the room that it takes until it is dropped.
pub(crate) struct Received {
    pub(crate) bytes: Vec<u8>,
    _room: Room,
}

/// Reads a JSON body to its end, taking room for it from what all bodies share.
pub(crate) async fn read(
    bodies: &Arc<Semaphore>,
    headers: &HeaderMap,
    body: Body,
    bytes_max: usize,
) -> Result<Received, Problem> {
    match language(headers)? {
        Language::Json => receive(bodies, headers, body, bytes_max).await,
        Language::Yaml => {
            let detail = "the body is YAML, which only a definition may be";
            Err(Problem::new(Code::UnsupportedMediaType, detail))
        }
    }
}

/// Reads a body that may be of any language, and says of which it is.
pub(crate) async fn read_written(
    bodies: &Arc<Semaphore>,
    headers: &HeaderMap,
    body: Body,
    bytes_max: usize,
) -> Result<(Language, Received), Problem> {
    let language = language(headers)?;
    Ok((language, receive(bodies, headers, body, bytes_max).await?))
}

async fn receive(
    bodies: &Arc<Semaphore>,
    headers: &HeaderMap,
    body: Body,
    bytes_max: usize,
) -> Result<Received, Problem> {
    let too_large = || Problem::new(Code::TooLarge, format!("the body has at most {bytes_max} bytes"));
    if announced(headers)?.is_some_and(|length| length > bytes_max as u64) {
        return Err(too_large());
    }
    let mut body = body;
    let (mut bytes, mut room) = (Vec::new(), Room::none());
    let began = clock::monotonic();
    loop {
        let deadline = began + PATIENCE + Duration::from_secs((bytes.len() / LEAST_RATE) as u64);
        let frame = timeout_at(deadline, body.frame()).await;
        let frame = frame
            .map_err(|_| Problem::new(Code::SlowBody, format!("{} bytes arrived in time", bytes.len())))?;
        let Some(frame) = frame else { break };
        let frame = frame.map_err(|error| Problem::new(Code::InvalidBody, error.to_string()))?;
        let Some(part) = frame.data_ref() else { continue };
        if bytes.len() + part.len() > bytes_max {
            return Err(too_large());
        }
        room.grow(bodies, bytes.len() + part.len())?;
        bytes.extend_from_slice(part);
    }
    Ok(Received { bytes, _room: room })
}

/// A page of another site can send a form without being asked, but no JSON and no YAML: so nothing else is taken for a
/// body.
fn language(headers: &HeaderMap) -> Result<Language, Problem> {
    let refuse = |what: String| Err(Problem::new(Code::UnsupportedMediaType, what));
    if let Some(encoding) = single(headers, "content-encoding")?
        && !encoding.eq_ignore_ascii_case("identity")
    {
        return refuse(format!("the body is encoded as {encoding:?}"));
    }
    let kind = single(headers, "content-type")?;
    let essence = kind.map(|kind| kind.split(';').next().unwrap_or_default().trim());
    match essence {
        Some(essence) => match Language::of_media_type(essence) {
            Some(language) => Ok(language),
            None => refuse(format!("the body is {essence:?}")),
        },
        None if is_empty(headers)? => Ok(Language::Json),
        None => refuse("the body does not say what it is".to_owned()),
    }
}

fn is_empty(headers: &HeaderMap) -> Result<bool, Problem> {
    Ok(!headers.contains_key("transfer-encoding") && announced(headers)?.unwrap_or(0) == 0)
}

fn announced(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let length = single(headers, "content-length")?.map(str::parse).transpose();
    length.map_err(|_| Problem::new(Code::InvalidHeader, "content-length is no number"))
}

/// Room for a body, taken as it arrives.
struct Room {
    permits: Option<OwnedSemaphorePermit>,
    pieces: usize,
}

impl Room {
    fn none() -> Self {
        Self { permits: None, pieces: 0 }
    }

    fn grow(&mut self, bodies: &Arc<Semaphore>, bytes: usize) -> Result<(), Problem> {
        let needed = bytes.div_ceil(PIECE_BYTES);
        let more = u32::try_from(needed.saturating_sub(self.pieces)).unwrap_or(u32::MAX);
        if more == 0 {
            return Ok(());
        }
        let busy = |_| Problem::new(Code::Busy, "too many large bodies arrive at once");
        let permits = Arc::clone(bodies).try_acquire_many_owned(more).map_err(busy)?;
        match &mut self.permits {
            Some(held) => held.merge(permits),
            None => self.permits = Some(permits),
        }
        self.pieces = needed;
        Ok(())
    }
}
