//! The plain log file `.triadlog`: blocks one after another between a header and an end mark (format document,
//! section 6).

use crate::block::{BLOCK_PREFIX_LENGTH, Prefix};
use crate::break_point::{Break, Fault};
use crate::bytes::{array_at, u16_at, u64_at};
use crate::{FORMAT_VERSION, LogId};
use std::io::Read;

/// Bytes of the file header.
pub const FILE_HEADER_LENGTH: usize = 32;
/// Bytes of the end mark.
pub const END_MARK_LENGTH: usize = 88;
const FILE_MAGIC: &[u8; 8] = b"TRIADLOG";
const END_MAGIC: &[u8; 8] = b"TRIADEND";

/// The first bytes of a log file.
pub fn file_header(log_id: &LogId) -> [u8; FILE_HEADER_LENGTH] {
    let mut out = [0; FILE_HEADER_LENGTH];
    out[..8].copy_from_slice(FILE_MAGIC);
    out[8..10].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
    out[16..].copy_from_slice(log_id);
    out
}

fn decode_file_header(bytes: &[u8; FILE_HEADER_LENGTH]) -> Result<LogId, Fault> {
    if !bytes.starts_with(FILE_MAGIC) {
        return Err(Fault::Foreign { what: "the file", expected: "TRIADLOG" });
    }
    let version = u16_at(bytes, 8);
    if version > FORMAT_VERSION {
        return Err(Fault::NewerVersion { what: "the file", found: version, known: FORMAT_VERSION });
    }
    if version != FORMAT_VERSION {
        return Err(Fault::Field { field: "format_version", value: version.into() });
    }
    if bytes[10..16] != [0; 6] {
        return Err(Fault::Field { field: "reserved", value: bytes[10].into() });
    }
    Ok(array_at(bytes, 16))
}

/// The last bytes of a log file: they tell a whole file from one that was cut between blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndMark {
    /// Blocks in the file.
    pub block_count: u64,
    /// Records in the file.
    pub record_count: u64,
    /// Chain value of the last record.
    pub chain: [u8; 32],
}

impl EndMark {
    /// The bytes that end a file.
    pub fn encode(&self) -> [u8; END_MARK_LENGTH] {
        let mut out = [0; END_MARK_LENGTH];
        out[..8].copy_from_slice(END_MAGIC);
        out[8..16].copy_from_slice(&self.block_count.to_le_bytes());
        out[16..24].copy_from_slice(&self.record_count.to_le_bytes());
        out[24..56].copy_from_slice(&self.chain);
        let checksum = blake3::hash(&out[..56]);
        out[56..].copy_from_slice(checksum.as_bytes());
        out
    }

    fn decode(bytes: &[u8; END_MARK_LENGTH]) -> Result<Self, Fault> {
        if blake3::hash(&bytes[..56]).as_bytes() != &bytes[56..] {
            return Err(Fault::Checksum { what: "the end mark" });
        }
        Ok(Self {
            block_count: u64_at(bytes, 8),
            record_count: u64_at(bytes, 16),
            chain: array_at(bytes, 24),
        })
    }
}

/// A piece of a log file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// A block's bytes; only its prefix was looked at.
    Block {
        /// Where it begins in the file, in bytes.
        offset_bytes: u64,
        /// The block.
        bytes: Vec<u8>,
    },
    /// The end of a whole file.
    End(EndMark),
}

/// Cuts a log file into blocks, one after another, without holding more than one.
#[derive(Debug)]
pub struct FrameReader<R> {
    source: R,
    offset_bytes: u64,
    next_sequence: u64,
    ended: bool,
}

impl<R: Read> FrameReader<R> {
    /// Reads the file header.
    pub fn open(mut source: R) -> Result<(LogId, Self), Break> {
        let mut header = [0; FILE_HEADER_LENGTH];
        fill(&mut source, &mut header, "the file header").map_err(Break::before_records)?;
        let log_id = decode_file_header(&header).map_err(Break::before_records)?;
        Ok((log_id, Self { source, offset_bytes: FILE_HEADER_LENGTH as u64, next_sequence: 0, ended: false }))
    }

    /// The next frame, or None after the end mark.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, Break> {
        if self.ended {
            return Ok(None);
        }
        self.read_frame()
            .map(Some)
            .map_err(|fault| Break::at(self.next_sequence, fault).near(self.offset_bytes))
    }

    fn read_frame(&mut self) -> Result<Frame, Fault> {
        let mut magic = [0; 8];
        match read_up_to(&mut self.source, &mut magic)? {
            0 => return Err(Fault::NoEndMark),
            8 => {}
            short => return Err(Fault::Truncated { what: "a block", missing: (8 - short) as u64 }),
        }
        if &magic == END_MAGIC { self.read_end() } else { self.read_block(magic) }
    }

    fn read_block(&mut self, magic: [u8; 8]) -> Result<Frame, Fault> {
        let mut prefix = [0; BLOCK_PREFIX_LENGTH];
        prefix[..8].copy_from_slice(&magic);
        fill(&mut self.source, &mut prefix[8..], "a block")?;
        let announced = Prefix::decode(&prefix)?;
        if announced.first_sequence != self.next_sequence {
            return Err(Fault::Sequence { found: announced.first_sequence, expected: self.next_sequence });
        }
        let mut bytes = Vec::with_capacity(announced.block_length as usize);
        bytes.extend_from_slice(&prefix);
        let body = (announced.block_length as usize - BLOCK_PREFIX_LENGTH) as u64;
        let read = self.source.by_ref().take(body).read_to_end(&mut bytes).map_err(read_fault)?;
        if (read as u64) < body {
            return Err(Fault::Truncated { what: "a block", missing: body - read as u64 });
        }
        let offset_bytes = self.offset_bytes;
        self.offset_bytes += bytes.len() as u64;
        self.next_sequence += u64::from(announced.record_count);
        Ok(Frame::Block { offset_bytes, bytes })
    }

    fn read_end(&mut self) -> Result<Frame, Fault> {
        let mut mark = [0; END_MARK_LENGTH];
        mark[..8].copy_from_slice(END_MAGIC);
        fill(&mut self.source, &mut mark[8..], "the end mark")?;
        let mark = EndMark::decode(&mark)?;
        let mut rest = [0; 4096];
        let extra = read_up_to(&mut self.source, &mut rest)?;
        if extra > 0 {
            return Err(Fault::TrailingBytes { extra: extra as u64 });
        }
        self.ended = true;
        Ok(Frame::End(mark))
    }
}

fn fill(source: &mut impl Read, buffer: &mut [u8], what: &'static str) -> Result<(), Fault> {
    let read = read_up_to(source, buffer)?;
    let missing = (buffer.len() - read) as u64;
    if missing == 0 { Ok(()) } else { Err(Fault::Truncated { what, missing }) }
}

fn read_up_to(source: &mut impl Read, buffer: &mut [u8]) -> Result<usize, Fault> {
    let mut read = 0;
    while read < buffer.len() {
        match source.read(&mut buffer[read..]) {
            Ok(0) => break,
            Ok(count) => read += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(read_fault(error)),
        }
    }
    Ok(read)
}

fn read_fault(error: std::io::Error) -> Fault {
    Fault::Read(error.to_string())
}
