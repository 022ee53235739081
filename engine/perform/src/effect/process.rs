//! Runs a command: arguments and no shell, a process group of its own, captured output, limits.
//!
//! What of the output is kept is the caller's business: it is handed over piece by piece as it comes.

use crate::clock::monotonic;
use crate::effect::environment;
use crate::effect::leftovers::KEY_VARIABLE;
use rustix::process::{Pid, Signal, kill_process_group};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

/// Progress is told at most this often; a chatty process must not fill the log.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(5);
/// How often the memory of a process group is measured. A limit is enforced at this grain.
const MEMORY_INTERVAL: Duration = Duration::from_millis(100);
/// Between asking a process group to end and ending it.
const TERMINATION_GRACE: Duration = Duration::from_secs(2);
/// After the process has exited, how long its descendants may keep the output pipes open.
const PIPE_GRACE: Duration = Duration::from_millis(500);

/// What is to be run: every choice is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Program and arguments; not empty.
    pub command: Vec<String>,
    /// Environment beside the server's `PATH`, `HOME`, `LANG` and `TMPDIR`.
    pub env: Vec<(String, String)>,
    /// The idempotency key, in hex.
    pub key: String,
    /// Memory of the whole process group, in bytes.
    pub memory_max_bytes: Option<u64>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// How it ended.
    pub end: End,
    /// How long it took.
    pub duration: Duration,
}

/// Is given output, piece by piece.
pub type Take = Box<dyn FnMut(&[u8]) + Send>;

/// Where the output of a process goes.
pub struct Outputs {
    /// What it writes to standard output.
    pub stdout: Take,
    /// What it writes to standard error, or why it could not be started.
    pub stderr: Take,
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
}

/// Runs a command to its end. `stop` ends it early when it becomes true; `progress` hears how many bytes it
/// has written.
pub async fn run(
    run: &Run,
    mut stop: watch::Receiver<bool>,
    progress: mpsc::UnboundedSender<u64>,
    outputs: Outputs,
) -> Ran {
    let begin = monotonic();
    let Outputs { stdout, mut stderr } = outputs;
    let mut child = match spawn(run) {
        Ok(child) => child,
        Err(error) => {
            stderr(why_not_started(run, &error).as_bytes());
            return Ran { end: End::NotStarted, duration: monotonic() - begin };
        }
    };
    let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
    let (written, counted) = mpsc::unbounded_channel();
    let mut captures = JoinSet::new();
    captures.spawn(capture(child.stdout.take(), stdout, written.clone()));
    captures.spawn(capture(child.stderr.take(), stderr, written));
    let mut reporter = JoinSet::new();
    reporter.spawn(report(counted, progress));
    let end = wait(&mut child, group, run.memory_max_bytes, &mut stop).await;
    // Whatever the process left behind in its group ends with it.
    end_group(group, Signal::KILL);
    // A descendant that escaped the group may hold the pipes open for ever; what it writes then is not ours to
    // wait for.
    let closed = async { while captures.join_next().await.is_some() {} };
    let _held_open = tokio::time::timeout(PIPE_GRACE, closed).await.is_err();
    Ran { end, duration: monotonic() - begin }
}

fn spawn(run: &Run) -> io::Result<Child> {
    let (program, arguments) =
        run.command.split_first().ok_or_else(|| io::Error::other("the command is empty"))?;
    let mut command = Command::new(program);
    command.args(arguments).env_clear().process_group(0).kill_on_drop(true);
    command.envs(environment::inherited()).envs(run.env.iter().map(|(name, value)| (name, value)));
    command.env(KEY_VARIABLE, &run.key);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
}

#[expect(clippy::wildcard_enum_match_arm, reason = "every other cause is said as it is")]
fn why_not_started(run: &Run, error: &io::Error) -> String {
    let program = run.command.first().map_or("", String::as_str);
    match error.kind() {
        io::ErrorKind::NotFound => format!("{program}: there is no such program in PATH"),
        io::ErrorKind::PermissionDenied => format!("{program}: it is not executable by the server's user"),
        _ => format!("{program}: {error}"),
    }
}

async fn wait(
    child: &mut Child,
    group: Option<Pid>,
    memory_max_bytes: Option<u64>,
    stop: &mut watch::Receiver<bool>,
) -> End {
    let mut measure = tokio::time::interval(MEMORY_INTERVAL);
    loop {
        tokio::select! {
            status = child.wait() => return ended(status),
            () = asked_to_stop(stop) => {
                end_group(group, Signal::TERM);
                if tokio::time::timeout(TERMINATION_GRACE, child.wait()).await.is_err() {
                    end_group(group, Signal::KILL);
                    let _reaped = child.wait().await.is_ok();
                }
                return End::Stopped;
            }
            _ = measure.tick(), if memory_max_bytes.is_some() => {
                if exceeds(group, memory_max_bytes) {
                    end_group(group, Signal::KILL);
                    let _reaped = child.wait().await.is_ok();
                    return End::OutOfMemory;
                }
            }
        }
    }
}

async fn asked_to_stop(stop: &mut watch::Receiver<bool>) {
    let asked = stop.wait_for(|stop| *stop).await.is_ok();
    if !asked {
        // Whoever could ask is gone, so nobody will.
        std::future::pending::<()>().await;
    }
}

fn ended(status: io::Result<ExitStatus>) -> End {
    match status {
        Ok(status) => match (status.code(), status.signal()) {
            (Some(code), _) => End::Exited(code),
            (None, Some(signal)) => End::Signalled(signal),
            (None, None) => End::NotStarted,
        },
        Err(_) => End::NotStarted,
    }
}

fn end_group(group: Option<Pid>, signal: Signal) {
    if let Some(group) = group {
        // The group may be gone already; that is what was wanted.
        let _gone = kill_process_group(group, signal).is_err();
    }
}

fn exceeds(group: Option<Pid>, memory_max_bytes: Option<u64>) -> bool {
    let (Some(group), Some(max)) = (group, memory_max_bytes) else { return false };
    super::leftovers::group_memory_bytes(group.as_raw_nonzero().get()) > max
}

async fn capture(
    stream: Option<impl AsyncRead + Unpin>,
    mut take: Take,
    written: mpsc::UnboundedSender<u64>,
) {
    let Some(mut stream) = stream else { return };
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        take(&buffer[..count]);
        // Without a reporter there is nobody to tell; the output is kept all the same.
        let _nobody_listens = written.send(count as u64).is_err();
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    /// What came of a command, and all that it wrote.
    #[derive(Debug)]
    struct Seen {
        end: End,
        duration: Duration,
        stdout: Vec<u8>,
        stderr: Vec<u8>,
    }

    fn keep(into: &Arc<Mutex<Vec<u8>>>) -> Take {
        let into = Arc::clone(into);
        Box::new(move |piece| into.lock().expect("no panic").extend_from_slice(piece))
    }

    fn shell(script: &str) -> Run {
        let command = ["sh", "-c", script].map(str::to_owned).to_vec();
        Run { command, env: Vec::new(), key: "00ff".into(), memory_max_bytes: None }
    }

    async fn ran(what: &Run) -> Seen {
        let (_stop, stopped) = watch::channel(false);
        ran_until(what, stopped).await
    }

    async fn ran_until(what: &Run, stopped: watch::Receiver<bool>) -> Seen {
        let (stdout, stderr) = (Arc::default(), Arc::default());
        let outputs = Outputs { stdout: keep(&stdout), stderr: keep(&stderr) };
        let Ran { end, duration } = run(what, stopped, mpsc::unbounded_channel().0, outputs).await;
        let [stdout, stderr] =
            [stdout, stderr].map(|kept| std::mem::take(&mut *kept.lock().expect("no panic")));
        Seen { end, duration, stdout, stderr }
    }

    #[tokio::test]
    async fn output_exit_code_and_environment_are_as_the_command_made_them() {
        let mut what = shell("echo out $NAME $TRIAD_IDEMPOTENCY_KEY; echo err >&2; exit 7");
        what.env.push(("NAME".into(), "value".into()));
        let ran = ran(&what).await;
        assert_eq!(ran.end, End::Exited(7));
        assert_eq!(ran.stdout, b"out value 00ff\n");
        assert_eq!(ran.stderr, b"err\n");
    }

    #[tokio::test]
    async fn nothing_of_the_servers_environment_reaches_a_command_but_what_finds_programs() {
        let ran = ran(&shell("env | cut -d= -f1 | sort | tr '\\n' ' '")).await;
        let names = String::from_utf8(ran.stdout).expect("text");
        let allowed =
            ["HOME", "LANG", "PATH", "PWD", "OLDPWD", "SHLVL", "TMPDIR", "TRIAD_IDEMPOTENCY_KEY", "_"];
        assert!(names.split_whitespace().all(|name| allowed.contains(&name)), "{names}");
    }

    #[tokio::test]
    async fn a_program_that_does_not_exist_is_named() {
        let mut what = shell("");
        what.command = vec!["no-such-program-anywhere".into()];
        let ran = ran(&what).await;
        assert_eq!(ran.end, End::NotStarted);
        assert!(String::from_utf8_lossy(&ran.stderr).contains("no-such-program-anywhere"));
    }

    #[tokio::test]
    async fn stopping_ends_the_whole_group_even_when_it_ignores_being_asked() {
        let (stop, stopped) = watch::channel(false);
        let what = shell("trap '' TERM; (trap '' TERM; sleep 60) & echo $!; while true; do sleep 0.1; done");
        let mut running = JoinSet::new();
        running.spawn(async move { ran_until(&what, stopped).await });
        tokio::time::sleep(Duration::from_millis(300)).await;
        stop.send_replace(true);
        let ran = running.join_next().await.expect("one task").expect("runs");
        assert_eq!(ran.end, End::Stopped);
        let descendant = String::from_utf8_lossy(&ran.stdout).trim().to_owned();
        let state = std::fs::read_to_string(format!("/proc/{descendant}/stat")).unwrap_or_default();
        assert!(state.is_empty() || state.contains(") Z"), "the descendant still runs: {state}");
    }

    #[tokio::test]
    async fn a_descendant_that_keeps_the_pipe_does_not_keep_the_attempt() {
        let ran = ran(&shell("setsid sleep 5 & echo done")).await;
        assert_eq!((ran.end, ran.stdout.as_slice()), (End::Exited(0), b"done\n".as_slice()));
        assert!(ran.duration < Duration::from_secs(4), "{:?}", ran.duration);
    }

    #[tokio::test]
    async fn memory_beyond_the_limit_ends_the_group() {
        let mut what = shell("x=$(head -c 300000000 /dev/zero | tr '\\0' x); sleep 5; echo ${#x}");
        what.memory_max_bytes = Some(100 << 20);
        assert_eq!(ran(&what).await.end, End::OutOfMemory);
    }

    #[tokio::test]
    async fn leftovers_are_found_by_their_key_and_ended() {
        let mut child =
            std::process::Command::new("sleep").arg("60").env(KEY_VARIABLE, "feed").spawn().expect("starts");
        let ended = crate::effect::leftovers::end_leftovers(|key| key == "feed");
        assert_eq!(ended, 1);
        assert_eq!(child.wait().expect("ends").signal(), Some(9));
    }
}
