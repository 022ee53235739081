//! An attempt with its guard: what is made and written before the program starts, and removed when nothing of it is left.

use super::control_group::ControlGroup;
use super::environment;
use super::leftovers;
use super::record::Record;
use super::site::Site;
use super::working_directory;
use crate::guard::order::{CONTINUE, KILL, Order, PAUSE, STOP, Said};
use crate::processes::{self, Process, descendants};
use rustix::process::Signal;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::Child;
use tokio::task::spawn_blocking;

/// What is to be run: every choice is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Program and arguments; not empty.
    pub command: Vec<String>,
    /// Environment beside the server's `PATH`, `HOME`, `LANG` and `TMPDIR`.
    pub env: Vec<(String, String)>,
    /// Where; in a directory made for it when nothing is named.
    pub directory: Option<String>,
    /// What it is given on standard input; nothing when there is none.
    pub stdin: Option<Vec<u8>>,
    /// The idempotency key, in hex.
    pub key: String,
    /// Memory of everything that it runs, in bytes.
    pub memory_max_bytes: Option<u64>,
}

/// It was not started, because the machine is short of something, or something else that may pass. Nothing of it is left.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Short(pub String);

/// How long a guard may take to say that its program began before it is continued.
const START_PATIENCE: Duration = Duration::from_secs(1);
/// How long a guard may take to be gone after its last word.
const GUARD_GRACE: Duration = Duration::from_secs(2);

/// An attempt whose guard runs.
pub(crate) struct Guarded {
    pub(crate) child: Child,
    lines: Lines<BufReader<OwnedReadHalf>>,
    orders: OwnedWriteHalf,
    lodging: Lodging,
}

/// What an attempt has of the machine beside its processes.
#[derive(Clone)]
struct Lodging {
    site: Arc<Site>,
    path: PathBuf,
    record: Record,
}

impl Guarded {
    /// Makes everything that the attempt needs, starts its guard and writes its record. Whatever fails here is no fault of
    /// the task.
    pub(crate) fn start(site: &Arc<Site>, run: &Run) -> io::Result<Self> {
        let working_directory = match &run.directory {
            Some(_) => None,
            None => Some(fresh_directory(site, &run.key)?),
        };
        let (child, socket) = site.start_guard(&run.key)?;
        let id = child.id().map_or(0, u32::cast_signed);
        let guard = Process::with_id(id).ok_or_else(|| io::Error::other("its guard is gone"));
        let prepared = guard.and_then(|guard| {
            let group = site.groups.as_ref().and_then(|groups| groups.make_one(&run.key));
            let group = group.filter(|group| group.take_in(guard.id).inspect_err(|_| group.remove()).is_ok());
            let control_group = group.map(|group| group.path().to_owned());
            let owner = site.owner.clone();
            let record = Record { owner, guard, working_directory, control_group, program: None };
            let lodging = Lodging { site: Arc::clone(site), path: site.records.join(&run.key), record };
            lodging.record.write(&lodging.path).inspect_err(|_| lodging.clone().leave())?;
            socket.set_nonblocking(true)?;
            let (lines, orders) = UnixStream::from_std(socket)?.into_split();
            Ok((lodging, BufReader::new(lines).lines(), orders))
        });
        // A guard that was told nothing ends by itself, and whoever is there takes note of that.
        let (lodging, lines, orders) = prepared.inspect_err(|_| site.forget_guard(id))?;
        Ok(Self { child, lines, orders, lodging })
    }

    /// Has the guard start the program. What comes back is what becomes of that; none when the guard was gone before it tried.
    pub(crate) async fn begin(&mut self, run: &Run) -> Option<Said> {
        let order = order(&self.lodging, run).encode();
        self.orders.write_all(&order).await.ok()?;
        let said = self.says().await;
        if said != Some(Said::Starting) {
            return said;
        }
        let said = self.says_of_the_start().await.or(Some(Said::Starting));
        if let Some(Said::Began(program)) = said {
            self.lodging.record.program = Process::with_id(program);
            // Without it the program is still known by its guard and its group.
            let _unwritten = self.lodging.record.write(&self.lodging.path).is_err();
        }
        said
    }

    /// What comes of the start. The program is of the same user as its guard, and may stop that before it could say so.
    async fn says_of_the_start(&mut self) -> Option<Said> {
        loop {
            if let Ok(said) = tokio::time::timeout(START_PATIENCE, self.says()).await {
                return said;
            }
            let _gone = !self.lodging.record.guard.signal(Signal::CONT);
        }
    }

    /// The next thing that the guard says; none when it is gone.
    pub(crate) async fn says(&mut self) -> Option<Said> {
        let line = self.lines.next_line().await.ok()??;
        Said::parse(&line)
    }

    /// Has the guard ask the program to end.
    pub(crate) async fn ask_to_end(&mut self) {
        self.tell(STOP).await;
    }

    /// Has the guard suspend everything.
    pub(crate) async fn suspend(&mut self) {
        self.tell(PAUSE).await;
    }

    /// Has the guard continue everything.
    pub(crate) async fn resume(&mut self) {
        self.tell(CONTINUE).await;
    }

    /// Has the guard end everything at once.
    pub(crate) async fn end_now(&mut self) {
        self.tell(KILL).await;
    }

    async fn tell(&mut self, what: u8) {
        // What it runs is of the same user, and may have stopped it.
        let _gone = !self.lodging.record.guard.signal(Signal::CONT);
        // A guard that is gone has said so, or its silence will.
        let _gone = self.orders.write_all(&[what]).await.is_err();
    }

    /// Memory that is resident of everything that the attempt runs.
    pub(crate) fn resident_bytes(&self) -> u64 {
        let record = &self.lodging.record;
        let ids: Vec<i32> = match record.control_group.as_deref().and_then(ControlGroup::at) {
            Some(group) => group.members(),
            None if processes::lists_children() => ids(descendants(record.guard.id)),
            None => ids(self.lodging.site.descendants_by_census(record.guard.id)),
        };
        ids.into_iter().filter(|id| *id != record.guard.id).map(processes::resident_bytes).sum()
    }

    /// Ends what is left without its guard, which was killed. It stays a child of this process meanwhile, so that its
    /// number, which is that of the session, is nobody else's.
    pub(crate) async fn end_without_guard(&self) {
        let Lodging { site, record, .. } = self.lodging.clone();
        let ended = spawn_blocking(move || {
            leftovers::end(&record, |process, stat| {
                stat.session == record.guard.id || site.has_adopted(process, stat)
            })
        });
        ended.await.expect("invariant: ending processes does not panic");
    }

    /// Removes everything but what it wrote, when nothing of it runs any more.
    pub(crate) async fn leave(mut self) {
        // One that does not end is told by the closing of its socket.
        let _stuck = tokio::time::timeout(GUARD_GRACE, self.child.wait()).await.is_err();
        self.lodging.site.forget_guard(self.lodging.record.guard.id);
        let lodging = self.lodging;
        let left = spawn_blocking(move || lodging.leave());
        left.await.expect("invariant: removing files does not panic");
    }
}

impl Lodging {
    fn leave(self) {
        let Record { working_directory, control_group, .. } = self.record;
        if let Some(group) = control_group.as_deref().and_then(ControlGroup::at) {
            group.remove();
        }
        if let Some(made) = working_directory.filter(|_| !self.site.options.keeps_working_directories) {
            working_directory::remove(&made);
        }
        // What stays is read by the next server, which finds that nothing is left.
        let _stays = std::fs::remove_file(&self.path).is_err();
    }
}

fn ids(processes: Vec<Process>) -> Vec<i32> {
    processes.into_iter().map(|process| process.id).collect()
}

fn fresh_directory(site: &Site, key: &str) -> io::Result<PathBuf> {
    let options = &site.options;
    let user = options.run_as.as_ref().map(|user| (user.user, user.group()));
    working_directory::make(&site.working_directories, key, user, options.keeps_working_directories)
}

/// Everything that the guard has to know.
fn order(lodging: &Lodging, run: &Run) -> Order {
    let options = &lodging.site.options;
    let fresh = lodging.record.working_directory.clone();
    let mut env: Vec<(OsString, OsString)> = environment::inherited(options.run_as.as_ref());
    env.extend(run.env.iter().map(|(name, value)| (name.into(), value.into())));
    env.push((environment::KEY_VARIABLE.into(), (&run.key).into()));
    Order {
        command: run.command.iter().map(OsString::from).collect(),
        env,
        is_fresh: fresh.is_some(),
        directory: fresh.or_else(|| run.directory.as_ref().map(PathBuf::from)).unwrap_or_default(),
        files: options.files,
        user: options.run_as.as_ref().map(|user| (user.user, user.groups.clone())),
        stdin: run.stdin.clone(),
    }
}

/// What fails before the program is asked for may pass.
impl From<io::Error> for Short {
    fn from(error: io::Error) -> Self {
        Self(format!("a process could not be prepared: {error}"))
    }
}
