//! The least client that can put load on a server: one connection that is kept, one request at a time.

use std::io::{Error, ErrorKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Room for one read.
const READ_BYTES: usize = 16 << 10;

pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What was answered with a code of success.
pub(crate) struct Answered {
    /// As it came: with the lengths of its chunks, if it came in chunks.
    pub(crate) body: String,
}

/// Where a body ends.
enum Framing {
    Length(usize),
    Chunked,
}

impl Connection {
    pub(crate) async fn open(address: &str) -> Result<Self, Error> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(READ_BYTES) })
    }

    /// Sends one request and reads the whole answer. Anything but success is an error.
    pub(crate) async fn ask(&mut self, request: &str) -> Result<Answered, Error> {
        self.stream.write_all(request.as_bytes()).await?;
        self.buffer.clear();
        let head = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end + 4;
            }
            self.read().await?;
        };
        let framing = framing(&self.buffer[..head])?;
        while !is_whole(&framing, &self.buffer[head..]) {
            self.read().await?;
        }
        Ok(Answered { body: String::from_utf8_lossy(&self.buffer[head..]).into_owned() })
    }

    async fn read(&mut self) -> Result<(), Error> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

fn framing(head: &[u8]) -> Result<Framing, Error> {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    if !head.starts_with("http/1.1 2") {
        return Err(Error::other(format!("the server answered {}", head.lines().next().unwrap_or_default())));
    }
    if head.contains("transfer-encoding: chunked") {
        return Ok(Framing::Chunked);
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length = length.and_then(|length| length.trim().parse().ok());
    length.map(Framing::Length).ok_or_else(|| Error::other("an answer has no length"))
}

fn is_whole(framing: &Framing, body: &[u8]) -> bool {
    match framing {
        Framing::Length(length) => body.len() >= *length,
        Framing::Chunked => body.ends_with(b"\r\n0\r\n\r\n"),
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
