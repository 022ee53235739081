//! Messages to whoever runs the program, on standard error. Nothing that is written there can hang or end a server: its
//! messages wait in a queue of bounded length, one thread writes them, and what nobody reads is lost and counted.
//!
//! Log crates have such queues too. That of `tracing-appender` 0.2 prints to standard output when it ends while nobody reads,
//! which is what must not happen, and does not say in the messages that some were lost.

use crate::clock;
use rustix::fs::{FileType, Mode, OFlags, fstat, open};
use rustix::stdio::{dup2_stderr, stderr};
use std::backtrace::{Backtrace, BacktraceStatus};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::panic;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::Duration;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use triad_event::plain::{escaped, escaped_lines};

/// Messages that wait for a reader who is slow. A server says little, so this is hours of it.
const WAITING_MAX: usize = 1024;
/// The longest beginning of a message that is kept: with as many as may wait, 8 MiB.
const MESSAGE_BYTES_MAX: usize = 8 << 10;
/// How long the end waits for what still waits to be read.
const END_PATIENCE: Duration = Duration::from_secs(1);
/// How often it is tried within that time to say that this is the end, when the queue is full.
const END_TRIES: u32 = 20;

static QUEUE: OnceLock<SyncSender<Mail>> = OnceLock::new();
static LOST: AtomicU64 = AtomicU64::new(0);

enum Mail {
    Message(String),
    /// Everything before was written.
    End(SyncSender<()>),
}

/// Messages of a command: they are written at once.
pub(crate) fn begin() {
    let events = tracing_subscriber::fmt().without_time().with_target(false).with_ansi(false);
    // A second beginning in one process is that of a test.
    let _began_before = events.with_writer(Lines).log_internal_errors(false).try_init().is_err();
}

/// Messages of a server: from here on nothing waits for whoever reads them.
pub(crate) fn begin_serving() {
    let (queue, mail) = sync_channel(WAITING_MAX);
    if QUEUE.set(queue).is_err() {
        return;
    }
    let reader = stderr().try_clone_to_owned();
    if let Some(unwaiting) = unwaiting(stderr()) {
        let _stays_as_it_was = dup2_stderr(unwaiting).is_err();
    }
    let writer = thread::Builder::new().name("messages".to_owned());
    let started =
        reader.and_then(|reader| writer.spawn(move || write_all(&mail, &mut File::from(reader), &LOST)));
    if started.is_err() {
        LOST.fetch_add(1, Ordering::Relaxed);
    }
    let events = tracing_subscriber::fmt().with_timer(WallClock).with_target(false).with_ansi(false);
    let _began_before = events.with_writer(Lines).log_internal_errors(false).try_init().is_err();
    panic::set_hook(Box::new(|panicked| {
        tracing::error!("{panicked}");
        let trace = Backtrace::capture();
        if trace.status() == BacktraceStatus::Captured {
            say(&trace.to_string());
        }
    }));
}

/// Says something, of one line or of several.
pub(crate) fn say(text: &str) {
    send(format!("{}\n", escaped_lines(cut(text))));
}

/// How many messages were lost because nobody read them.
pub(crate) fn lost() -> u64 {
    LOST.load(Ordering::Relaxed)
}

/// Waits, not for long, until what was said is written.
pub(crate) fn end() {
    let Some(queue) = QUEUE.get() else { return };
    let (written, is_written) = sync_channel(1);
    for _ in 0..END_TRIES {
        match queue.try_send(Mail::End(written.clone())) {
            Ok(()) => {
                let _nobody_reads = is_written.recv_timeout(END_PATIENCE).is_err();
                return;
            }
            Err(TrySendError::Full(_)) => thread::sleep(END_PATIENCE / END_TRIES),
            Err(TrySendError::Disconnected(_)) => return,
        }
    }
}

fn send(line: String) {
    match QUEUE.get() {
        Some(queue) => {
            if queue.try_send(Mail::Message(line)).is_err() {
                LOST.fetch_add(1, Ordering::Relaxed);
            }
        }
        // Whoever does not want to read what a command says has its result all the same.
        None => drop(io::stderr().write_all(line.as_bytes())),
    }
}

/// The same pipe for those who write to standard error themselves, such as the library of the TPM: where it has no room
/// their words are lost, and they do not wait. The pipe as others have it stays as it was. None when it is no pipe.
fn unwaiting(stream: BorrowedFd<'_>) -> Option<OwnedFd> {
    let is_pipe = FileType::from_raw_mode(fstat(stream).ok()?.st_mode) == FileType::Fifo;
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let path = format!("/proc/self/fd/{}", stream.as_raw_fd());
    is_pipe.then(|| open(path, flags, Mode::empty()).ok()).flatten()
}

/// Writes what comes, and says how much was lost before it.
fn write_all(mail: &Receiver<Mail>, out: &mut impl Write, lost: &AtomicU64) {
    let mut told = 0;
    for mail in mail {
        let now = lost.load(Ordering::Relaxed);
        if now > told {
            let text = format!("{} messages were lost here: nobody read them\n", now - told);
            told = if out.write_all(text.as_bytes()).is_ok() { now } else { told };
        }
        match mail {
            Mail::Message(line) => {
                if out.write_all(line.as_bytes()).is_err() {
                    lost.fetch_add(1, Ordering::Relaxed);
                }
            }
            Mail::End(written) => drop(written.try_send(())),
        }
    }
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(MESSAGE_BYTES_MAX)]
}

/// Events of `tracing`, each on one line.
struct Lines;

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line
    }
}

struct Line;

impl Write for Line {
    /// Is given a whole event at a time, with the end of its line.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        send(format!("{}\n", escaped(cut(text.trim_end_matches('\n')))));
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct WallClock;

impl FormatTime for WallClock {
    fn format_time(&self, out: &mut Writer<'_>) -> std::fmt::Result {
        out.write_str(&clock::show(clock::now_us()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd;

    /// Takes so many writes, and then no more.
    struct Reader {
        left: usize,
        read: String,
    }

    impl Write for Reader {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.left = self.left.checked_sub(1).ok_or(io::ErrorKind::BrokenPipe)?;
            self.read.push_str(&String::from_utf8_lossy(bytes));
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn who_writes_to_a_full_pipe_by_themselves_does_not_wait() {
        let (reader, writer) = io::pipe().expect("a pipe");
        let mut others = File::from(unwaiting(writer.as_fd()).expect("it is a pipe"));
        while others.write(&[b'x'; 4096]).is_ok() {}
        let full = others.write(b"x").expect_err("it is full");
        assert_eq!(full.kind(), io::ErrorKind::WouldBlock);
        let flags = rustix::fs::fcntl_getfl(&writer).expect("flags");
        assert!(!flags.contains(OFlags::NONBLOCK), "whoever has the pipe too is not concerned");
        drop(reader);
        let gone = others.write(b"x").expect_err("nobody reads");
        assert_eq!(gone.kind(), io::ErrorKind::BrokenPipe);
        assert!(unwaiting(File::open("/dev/null").expect("it is there").as_fd()).is_none(), "it is no pipe");
    }

    fn written(left: usize, lines: &[&str], lost: &AtomicU64) -> String {
        let (queue, mail) = sync_channel(lines.len());
        for line in lines {
            queue.try_send(Mail::Message((*line).to_owned())).expect("there is room");
        }
        drop(queue);
        let mut reader = Reader { left, read: String::new() };
        write_all(&mail, &mut reader, lost);
        reader.read
    }

    #[test]
    fn what_was_lost_is_said_once_and_what_cannot_be_written_is_counted() {
        let lost = AtomicU64::new(3);
        let read = written(9, &["one\n", "two\n"], &lost);
        assert_eq!(read, "3 messages were lost here: nobody read them\none\ntwo\n");
        let lost = AtomicU64::new(0);
        assert_eq!(written(1, &["one\n", "two\n", "three\n"], &lost), "one\n");
        assert_eq!(lost.into_inner(), 2);
    }
}
