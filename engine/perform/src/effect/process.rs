//! Runs a command: arguments and no shell, below a guard of its own, captured output, limits.
//!
//! What of the output is kept is the caller's business: it is handed over piece by piece as it comes.

use crate::clock::{monotonic, since_boot};
use crate::effect::guarded::Guarded;
pub use crate::effect::guarded::{Run, Short};
use crate::effect::memory::Pace;
use crate::effect::meter::Counting;
use crate::effect::site::Site;
use crate::guard::order::{HowEnded, Said, Took};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Progress is told at most this often; a chatty process must not fill the log.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(5);
/// After everything has ended, how long another may keep the output pipes open that were handed to it. Time in which nothing
/// could be taken does not count.
const PIPE_GRACE: Duration = Duration::from_millis(500);

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// How it ended.
    pub end: End,
    /// How long it took, from just before its start to its end, with all that it stood still.
    pub duration: Duration,
    /// How long processors were busy with all that it ran; none where only its guard could have said that.
    pub processor_time: Option<Duration>,
    /// Its share of what the processors counted meanwhile, in millionths of a joule.
    pub package_energy_uj: Option<u64>,
}

/// What is to become of a process that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// It is executed.
    Runs,
    /// Nothing of it is executed, until it runs again or is stopped.
    Suspended,
    /// It is ended.
    Stopped,
}

/// Is given output, piece by piece. While it does not come back nothing more is read, so that the program waits.
pub type Take = Box<dyn for<'a> FnMut(&'a [u8]) -> Taking<'a> + Send>;

/// A piece that is being taken.
pub type Taking<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Where the output of a process goes, and who hears of it.
pub struct Outputs {
    /// What it writes to standard output.
    pub stdout: Take,
    /// What it writes to standard error, or why it could not be started.
    pub stderr: Take,
    /// Hears once that the program has been started.
    pub began: Box<dyn FnOnce() + Send>,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It exited with this code.
    Exited(i32),
    /// A signal that was not sent by the engine ended it.
    Signalled(i32),
    /// It was ended on request.
    Stopped,
    /// It exceeded its memory.
    OutOfMemory,
    /// It could not be started.
    NotStarted,
    /// Its guard was killed, so nobody knows how it would have ended.
    Lost,
}

/// Runs a command to its end, when nothing of it is left. `course` suspends it, continues it or ends it early; it is ended when
/// nobody can say so any more. `progress` hears how many bytes it has written.
pub async fn run(
    site: &Arc<Site>,
    run: &Run,
    course: watch::Receiver<Course>,
    progress: mpsc::UnboundedSender<u64>,
    outputs: Outputs,
) -> Result<Ran, Short> {
    let Outputs { stdout, mut stderr, began } = outputs;
    let mut guarded = Guarded::start(site, run)?;
    let before = since_boot();
    let said = guarded.begin(run).await;
    // A guard that was killed while it started the program may have done so.
    if !matches!(said, Some(Said::Began(_) | Said::Starting)) {
        guarded.leave().await;
        let why = why_not_started(said)?;
        stderr(why.as_bytes()).await;
        return Ok(Ran {
            end: End::NotStarted,
            duration: Duration::ZERO,
            processor_time: None,
            package_energy_uj: None,
        });
    }
    began();
    let mut counting = Counting::begin(&site.meter);
    let mut writing = Writing::begin(&mut guarded, stdout, stderr, progress);
    let (end, took) = watch_over(&mut guarded, &mut counting, run.memory_max_bytes, course).await;
    counting.suspend();
    // Only its guard knows it exactly.
    let took =
        took.unwrap_or_else(|| Took { time: since_boot().saturating_sub(before), processor_time: None });
    guarded.leave().await;
    writing.end().await;
    let package_energy_uj = took.processor_time.and_then(|busy| counting.share_uj(busy));
    Ok(Ran { end, duration: took.time, processor_time: took.processor_time, package_energy_uj })
}

/// The reason that stands for good; one that may pass is the other way out.
fn why_not_started(said: Option<Said>) -> Result<String, Short> {
    match said {
        Some(Said::Refused(why)) => Ok(why),
        Some(Said::Short(why)) => Err(Short(why)),
        Some(Said::Starting | Said::Began(_) | Said::Ended(..)) | None => {
            Err(Short("the guard of a process was killed before that began".to_owned()))
        }
    }
}

/// Waits for the end, and brings it about when it is asked for or memory runs out. What it took is what the guard says.
async fn watch_over(
    guarded: &mut Guarded,
    counting: &mut Counting<'_>,
    memory_max_bytes: Option<u64>,
    mut course: watch::Receiver<Course>,
) -> (End, Option<Took>) {
    let mut pace = memory_max_bytes.map(Pace::new);
    let (mut brought_about, mut told) = (None, Course::Runs);
    loop {
        let is_over = brought_about.is_some();
        let pause = pace.map_or(Duration::MAX, |pace| pace.pause);
        tokio::select! {
            said = guarded.says() => {
                let Some(Said::Ended(how, took)) = said else {
                    guarded.end_without_guard().await;
                    return (brought_about.unwrap_or(End::Lost), None);
                };
                let end = match how {
                    HowEnded::Exited(code) => End::Exited(code),
                    HowEnded::Signalled(signal) => End::Signalled(signal),
                };
                return (brought_about.unwrap_or(end), Some(took));
            }
            asked = changed(&mut course, told), if !is_over => {
                told = asked;
                match asked {
                    Course::Runs => {
                        counting.resume();
                        guarded.resume().await;
                    }
                    Course::Suspended => {
                        guarded.suspend().await;
                        counting.suspend();
                    }
                    Course::Stopped => {
                        brought_about = Some(End::Stopped);
                        guarded.ask_to_end().await;
                    }
                }
            }
            () = tokio::time::sleep(pause), if !is_over && pace.is_some() => {
                if pace.as_mut().is_some_and(|pace| pace.exceeds(guarded.resident_bytes())) {
                    brought_about = Some(End::OutOfMemory);
                    guarded.end_now().await;
                }
            }
        }
    }
}

/// Whoever could ask may be gone, and then nobody would ever hear how it ended.
async fn changed(course: &mut watch::Receiver<Course>, told: Course) -> Course {
    course.wait_for(|course| *course != told).await.map_or(Course::Stopped, |course| *course)
}

/// The pipes of a process, as they are read.
struct Writing {
    captures: JoinSet<()>,
    _reporter: JoinSet<()>,
    /// When everything ended.
    ended: watch::Sender<Option<Instant>>,
}

impl Writing {
    fn begin(
        guarded: &mut Guarded,
        stdout: Take,
        stderr: Take,
        progress: mpsc::UnboundedSender<u64>,
    ) -> Self {
        let (written, counted) = mpsc::unbounded_channel();
        let (ended, end) = watch::channel(None);
        let (mut captures, mut reporter) = (JoinSet::new(), JoinSet::new());
        captures.spawn(capture(guarded.child.stdout.take(), stdout, written.clone(), end.clone()));
        captures.spawn(capture(guarded.child.stderr.take(), stderr, written, end));
        reporter.spawn(report(counted, progress));
        Self { captures, _reporter: reporter, ended }
    }

    /// What another process holds open is not waited for.
    async fn end(&mut self) {
        self.ended.send_replace(Some(monotonic().into()));
        while self.captures.join_next().await.is_some() {}
    }
}

async fn capture(
    stream: Option<impl AsyncRead + Unpin>,
    mut take: Take,
    written: mpsc::UnboundedSender<u64>,
    mut ended: watch::Receiver<Option<Instant>>,
) {
    let Some(mut stream) = stream else { return };
    let mut buffer = vec![0; 16 * 1024];
    let mut waited_until = None;
    loop {
        let count = tokio::select! {
            () = grace(&mut ended, waited_until) => return,
            read = stream.read(&mut buffer) => read.unwrap_or(0),
        };
        if count == 0 {
            return;
        }
        let offered = monotonic();
        take(&buffer[..count]).await;
        if monotonic() - offered > PIPE_GRACE {
            waited_until = Some(monotonic().into());
        }
        // Without a reporter there is nobody to tell; the output is kept all the same.
        let _nobody_listens = written.send(count as u64).is_err();
    }
}

/// Waits until everything has ended and nobody is waited for any longer.
async fn grace(ended: &mut watch::Receiver<Option<Instant>>, waited_until: Option<Instant>) {
    let ended = ended.wait_for(Option::is_some).await.map_or(None, |ended| *ended);
    tokio::time::sleep_until(ended.max(waited_until).unwrap_or_else(|| monotonic().into()) + PIPE_GRACE)
        .await;
}

async fn report(mut counted: mpsc::UnboundedReceiver<u64>, progress: mpsc::UnboundedSender<u64>) {
    let (mut total, mut told) = (0, 0);
    let mut interval = tokio::time::interval(PROGRESS_INTERVAL);
    interval.tick().await;
    loop {
        tokio::select! {
            count = counted.recv() => match count {
                Some(count) => total += count,
                None => return,
            },
            _ = interval.tick() => if total > told {
                told = total;
                if progress.send(total).is_err() {
                    return;
                }
            }
        }
    }
}
