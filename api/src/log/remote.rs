//! The log that a running server has open: its head, a copy of it, and its verification.

use super::head::Part;
use super::ranges::Ranges;
use super::{head, verify};
use crate::client::{Api, Opened};
use crate::failure::Failure;
use crate::options::ServerOption;
use crate::output::Output;
use crate::whole_file::write_whole;
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};
use triad_proof::file::{EndMark, Frame, FrameReader, file_header};
use triad_proof::parallel::verify_file;
use triad_proof::redact::redact;
use triad_proof::{Block, Break};

pub(super) fn head(server: &ServerOption, part: Part, output: &Output) -> Result<(), Failure> {
    let document = Api::of(server)?.get("/v1/log/head")?;
    head::show(&document, part, output)
}

pub(super) fn verify(
    server: &ServerOption,
    key: Option<&str>,
    checkpoints: &[PathBuf],
    output: &Output,
) -> Result<(), Failure> {
    let trust = verify::trust(key, checkpoints)?;
    let copy = open(server)?;
    let report = verify_file(BufReader::with_capacity(1 << 20, copy.reader), trust, verify::threads())?;
    verify::show(&report, &server.server, output)
}

pub(super) fn copy(
    server: &ServerOption,
    file: &Path,
    withheld: Option<&Ranges>,
    output: &Output,
) -> Result<(), Failure> {
    let copy = open(server)?;
    if let Some(why) = &copy.unattested {
        output.note(&format!("the copy is not attested: {why}"));
    }
    let bar = output.progress("copying", copy.size.unwrap_or(0));
    let end = write_whole(file, |out| {
        cut(copy.reader, withheld, out, |last| bar.set_position(last + 1)).map_err(Failure::from)
    })?;
    bar.finish_and_clear();
    super::copy::show(file, &end, withheld, output)
}

fn open(server: &ServerOption) -> Result<Opened, Failure> {
    let copy = Api::of(server)?.open("/v1/log/copy", None)?;
    copy.ok_or_else(|| Failure::machine("the server sent no copy"))
}

/// Writes what arrives, block by block, so that a copy that was cut off on the way is never taken for a whole one.
fn cut(
    reader: impl Read,
    withheld: Option<&Ranges>,
    out: &mut impl Write,
    mut progress: impl FnMut(u64),
) -> Result<EndMark, CutError> {
    let (log_id, mut frames) = FrameReader::open(BufReader::with_capacity(1 << 20, reader))?;
    out.write_all(&file_header(&log_id))?;
    while let Some(frame) = frames.next_frame()? {
        match frame {
            Frame::Block { offset_bytes, bytes } => {
                let last =
                    Block::decode(&bytes).map_err(|damage| damage.within(offset_bytes))?.last_sequence();
                match withheld {
                    Some(ranges) => out.write_all(&redact(&bytes, |sequence| ranges.contains(sequence))?)?,
                    None => out.write_all(&bytes)?,
                }
                progress(last);
            }
            Frame::End(end) => {
                out.write_all(&end.encode())?;
                return Ok(end);
            }
        }
    }
    Err(CutError::Write(std::io::ErrorKind::UnexpectedEof.into()))
}

enum CutError {
    Break(Break),
    Write(std::io::Error),
}

impl From<Break> for CutError {
    fn from(found: Break) -> Self {
        Self::Break(found)
    }
}

impl From<std::io::Error> for CutError {
    fn from(error: std::io::Error) -> Self {
        Self::Write(error)
    }
}

impl From<CutError> for Failure {
    fn from(error: CutError) -> Self {
        match error {
            CutError::Break(found) => found.into(),
            CutError::Write(error) => Self::machine(error),
        }
    }
}
