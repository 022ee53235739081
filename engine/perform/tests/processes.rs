//! Processes below guards: what each is given and belongs to, that nothing of it survives, and why one did not start.

use rustix::process::{Pid, Signal, kill_process};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use triad_perform::effect::process::{Course, End, Outputs, Ran, Run, Take, run};
use triad_perform::{Site, SiteOptions};

/// What came of a command, and all that it wrote.
#[derive(Debug)]
struct Seen {
    end: End,
    duration: Duration,
    processor_time: Option<Duration>,
    stdout: String,
    stderr: String,
    /// How often it was heard that it began.
    began: usize,
}

/// A site of its own, in a directory of its own.
struct Ground {
    site: Arc<Site>,
    directory: tempfile::TempDir,
}

impl Ground {
    fn new() -> Self {
        Self::with(|_| {})
    }

    /// Attempts are known by their guards alone.
    fn without_groups() -> Self {
        Self::with(|options| options.uses_control_groups = false)
    }

    fn with(change: impl FnOnce(&mut SiteOptions)) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let mut options = SiteOptions::new(env!("CARGO_BIN_EXE_guard").into());
        change(&mut options);
        let site = Site::open(directory.path(), options).expect("opens");
        Self { site: Arc::new(site), directory }
    }

    async fn ran(&self, what: &Run) -> Seen {
        let (_stop, stopped) = watch::channel(Course::Runs);
        self.ran_until(what, stopped).await
    }

    async fn ran_until(&self, what: &Run, stopped: watch::Receiver<Course>) -> Seen {
        let (stdout, stderr, began) = (Arc::default(), Arc::default(), Arc::new(Mutex::new(0)));
        let count = Arc::clone(&began);
        let began_once = Box::new(move || *count.lock().expect("no panic") += 1);
        let outputs = Outputs { stdout: keep(&stdout), stderr: keep(&stderr), began: began_once };
        let progress = mpsc::unbounded_channel().0;
        let Ran { end, duration, processor_time, .. } =
            run(&self.site, what, stopped, progress, outputs).await.expect("nothing is short");
        let [stdout, stderr] = [stdout, stderr]
            .map(|kept| String::from_utf8_lossy(&kept.lock().expect("no panic")).into_owned());
        let began = *began.lock().expect("no panic");
        assert!(self.entries("attempts").is_empty(), "a record stays");
        Seen { end, duration, processor_time, stdout, stderr, began }
    }

    /// What a script prints.
    async fn printed(&self, script: &str) -> String {
        let seen = self.ran(&shell(script)).await;
        assert_eq!(seen.end, End::Exited(0), "{seen:?}");
        seen.stdout.trim_end().to_owned()
    }

    fn entries(&self, below: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.directory.path().join(below)).expect("reads");
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    }
}

fn keep(into: &Arc<Mutex<Vec<u8>>>) -> Take {
    let into = Arc::clone(into);
    Box::new(move |piece| {
        into.lock().expect("no panic").extend_from_slice(piece);
        Box::pin(std::future::ready(()))
    })
}

fn command(words: &[&str]) -> Run {
    Run {
        command: words.iter().map(|word| (*word).to_owned()).collect(),
        env: Vec::new(),
        directory: None,
        stdin: None,
        key: "00ff".into(),
        memory_max_bytes: None,
    }
}

fn shell(script: &str) -> Run {
    command(&["sh", "-c", script])
}

/// Whether a process is there and runs.
fn runs(id: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z")
}

fn kill(id: &str) {
    let id = Pid::from_raw(id.parse().expect("a number")).expect("not zero");
    kill_process(id, Signal::KILL).expect("it runs");
}

#[tokio::test]
async fn output_exit_code_and_environment_are_as_the_command_made_them() {
    let ground = Ground::new();
    let mut what = shell("echo out $NAME $TRIAD_IDEMPOTENCY_KEY; echo err >&2; exit 7");
    what.env.push(("NAME".into(), "value".into()));
    let seen = ground.ran(&what).await;
    assert_eq!((seen.end, seen.began), (End::Exited(7), 1));
    assert_eq!((&*seen.stdout, &*seen.stderr), ("out value 00ff\n", "err\n"));
}

#[tokio::test]
async fn nothing_of_the_servers_environment_reaches_a_command_but_what_finds_programs() {
    let names = Ground::new().printed("env | cut -d= -f1 | sort | tr '\\n' ' '").await;
    let allowed = ["HOME", "LANG", "PATH", "PWD", "OLDPWD", "SHLVL", "TMPDIR", "TRIAD_IDEMPOTENCY_KEY", "_"];
    assert!(names.split_whitespace().all(|name| allowed.contains(&name)), "{names}");
}

#[tokio::test]
async fn a_process_has_a_session_of_its_own_and_no_terminal() {
    let ground = Ground::new();
    let stat = ground.printed("cat /proc/$$/stat").await;
    let fields: Vec<&str> = stat.rsplit_once(") ").expect("a name").1.split(' ').collect();
    let [_, parent, group, session, terminal, ..] = fields.as_slice() else { panic!("{stat}") };
    assert_eq!((parent, *terminal), (session, "0"), "its guard leads its session, which has no terminal");
    assert!(stat.starts_with(&format!("{group} ")), "it leads a group");
    assert!(!runs(session), "the guard ends with it");
    let opened = ground.ran(&shell("echo > /dev/tty")).await;
    assert_ne!(opened.end, End::Exited(0));
}

#[tokio::test]
async fn a_process_has_three_descriptors_and_its_limits() {
    // Inherited by whatever does not close it.
    let foreign = std::fs::File::open("/dev/null").expect("opens");
    rustix::io::fcntl_setfd(&foreign, rustix::io::FdFlags::empty()).expect("kept open across an exec");
    let ground = Ground::with(|options| options.files = Some(512));
    // The fourth is the directory that is listed.
    assert_eq!(ground.printed("ls /proc/self/fd | tr '\\n' ' '").await, "0 1 2 3");
    assert_eq!(ground.printed("readlink /proc/$$/fd/0").await, "/dev/null");
    assert_eq!(ground.printed("ulimit -c; ulimit -S -n; umask").await, "0\n512\n0022");
}

#[tokio::test]
async fn no_signal_is_blocked_and_a_broken_pipe_ends_a_process() {
    // Rust ignores SIGPIPE in every program, and whatever is blocked here would be there.
    nix::sys::signal::SigSet::from(nix::sys::signal::Signal::SIGUSR1).thread_block().expect("blocks");
    let masks = Ground::new().printed("grep -E '^Sig(Blk|Ign)' /proc/self/status").await;
    let mask = |name| {
        let line = masks.lines().find_map(|line| line.strip_prefix(name)).expect("a mask");
        u64::from_str_radix(line.trim(), 16).expect("a mask")
    };
    assert_eq!((mask("SigBlk:"), mask("SigIgn:") >> 12 & 1), (0, 0), "{masks}");
}

#[tokio::test]
async fn a_task_is_ended_before_the_server_when_memory_is_short() {
    let own: i32 =
        std::fs::read_to_string("/proc/self/oom_score_adj").expect("reads").trim().parse().expect("a number");
    let its = Ground::new().printed("cat /proc/self/oom_score_adj").await;
    assert_eq!(its, (own.max(0) + 100).min(1000).to_string());
}

#[tokio::test]
async fn each_attempt_runs_in_an_empty_directory_of_its_own_that_goes_with_it() {
    let ground = Ground::new();
    let at = ground.printed("ls -A; pwd; mkdir -p deep/down; touch deep/down/file; chmod 000 deep").await;
    assert_eq!(Path::new(&at), ground.directory.path().canonicalize().expect("is there").join("work/00ff"));
    assert_eq!(ground.entries("work"), Vec::<String>::new());
    assert_eq!(ground.printed("stat -c %a .").await, "700");
}

#[tokio::test]
async fn directories_stay_where_that_is_wanted_and_none_is_used_twice() {
    let ground = Ground::with(|options| options.keeps_working_directories = true);
    ground.printed("ls -A; touch mine").await;
    assert_eq!(ground.printed("ls -A").await, "");
    let mut kept = ground.entries("work");
    kept.sort();
    assert_eq!(kept, ["00ff", "00ff-2"]);
}

#[tokio::test]
async fn a_task_runs_in_the_directory_that_it_names_and_leaves_it_there() {
    let (ground, named) = (Ground::new(), tempfile::tempdir().expect("a directory"));
    let mut what = shell("pwd; touch stays");
    what.directory = Some(named.path().to_string_lossy().into_owned());
    let seen = ground.ran(&what).await;
    assert_eq!(Path::new(seen.stdout.trim_end()), named.path().canonicalize().expect("is there"));
    assert!(named.path().join("stays").exists());
}

/// A script that leaves a process behind in every way there is, each with `sleep` as its program, and prints their numbers.
const LEAVES_MUCH: &str = "
    sleep 61 & echo $!
    setsid sleep 62 & echo $!
    (setsid sh -c 'sleep 63 & echo $!' &)
    env -i sh -c 'setsid sleep 64 & echo $!'
    (trap '' TERM HUP INT; exec -a renamed sleep 65) 2>/dev/null & echo $!
    sh -c 'trap \"\" TERM; sleep 66 & echo $!; wait' &
    sleep 0.3";

#[tokio::test]
async fn nothing_that_an_attempt_started_survives_it() {
    for ground in [Ground::new(), Ground::without_groups()] {
        let left = ground.printed(LEAVES_MUCH).await;
        assert!(left.lines().count() >= 5, "{left}");
        assert_eq!(left.lines().filter(|id| runs(id)).collect::<Vec<_>>(), Vec::<&str>::new());
    }
}

#[tokio::test]
async fn nothing_survives_when_an_attempt_is_stopped_however_it_resists() {
    for ground in [Ground::new(), Ground::without_groups()] {
        let (stop, stopped) = watch::channel(Course::Runs);
        let what = shell(&format!("trap '' TERM; {LEAVES_MUCH}; while true; do sleep 0.1; done"));
        let mut running = JoinSet::new();
        running.spawn(async move { ground.ran_until(&what, stopped).await });
        tokio::time::sleep(Duration::from_secs(1)).await;
        stop.send_replace(Course::Stopped);
        let seen = running.join_next().await.expect("one task").expect("runs");
        assert_eq!(seen.end, End::Stopped);
        assert!(seen.stdout.lines().count() >= 5, "{seen:?}");
        assert_eq!(seen.stdout.lines().filter(|id| runs(id)).collect::<Vec<_>>(), Vec::<&str>::new());
    }
}

#[tokio::test]
async fn what_nobody_can_stop_any_more_is_stopped() {
    let ground = Ground::new();
    let (stop, stopped) = watch::channel(Course::Runs);
    drop(stop);
    assert_eq!(ground.ran_until(&shell("sleep 60"), stopped).await.end, End::Stopped);
}

#[tokio::test]
async fn an_attempt_that_kills_its_guard_is_lost_and_nothing_of_it_survives() {
    for ground in [Ground::new(), Ground::without_groups()] {
        let seen = ground.ran(&shell("sleep 61 & echo $! $$; kill -9 $PPID; sleep 60")).await;
        assert_eq!((seen.end, seen.processor_time), (End::Lost, None));
        let ids: Vec<&str> = seen.stdout.split_whitespace().collect();
        assert_eq!((ids.len(), ids.iter().filter(|id| runs(id)).count()), (2, 0), "{seen:?}");
    }
}

#[tokio::test]
async fn when_the_server_is_gone_its_guards_end_what_they_watch() {
    let ground = Ground::without_groups();
    let marks = ground.directory.path().join("marks");
    let script = format!("setsid sleep 60 & echo $! > {0}; echo $$ >> {0}; sleep 60", marks.display());
    let (_stop, stopped) = watch::channel(Course::Runs);
    let what = shell(&script);
    let running = ground.ran_until(&what, stopped);
    // Given up, which closes its end of the guard's socket: just what the death of a server does.
    let given_up = tokio::time::timeout(Duration::from_millis(700), running).await;
    assert!(given_up.is_err(), "it ran");
    let ids = std::fs::read_to_string(marks).expect("it began");
    for _ in 0..100 {
        if !ids.lines().any(runs) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("of {ids:?} something survives");
}

#[tokio::test]
async fn what_another_process_holds_open_does_not_keep_the_attempt() {
    let seen = Ground::new().ran(&shell("setsid sleep 5 & echo done")).await;
    assert_eq!((seen.end, &*seen.stdout), (End::Exited(0), "done\n"));
    assert!(seen.duration < Duration::from_secs(4), "{seen:?}");
}

#[tokio::test]
async fn how_long_a_program_took_is_what_passed_for_it_however_late_that_is_heard() {
    let ground = Ground::new();
    let what = shell("sleep 0.3");
    // The program ends before this thread hears that it began.
    let busy = async { std::thread::sleep(Duration::from_secs(1)) };
    let (seen, ()) = tokio::join!(ground.ran(&what), busy);
    assert!(seen.duration >= Duration::from_millis(300), "{seen:?}");
}

/// Busy with this, as told by the shell that counts to it: about as long, since what it does besides is little.
const COUNT: &str = "i=0; while [ $i -lt 150000 ]; do i=$((i + 1)); done; times";

#[tokio::test]
async fn processor_time_is_that_of_all_that_ran_also_of_what_was_orphaned_or_ended() {
    let ground = Ground::without_groups();
    let busy = |seen: &Seen| seen.processor_time.expect("it is measured");
    let idle = busy(&ground.ran(&shell("sleep 0.5")).await);
    let one = busy(&ground.ran(&shell(COUNT)).await);
    assert!(idle < one / 2, "{idle:?} of sleeping, {one:?} of counting");
    // Two more below it: one whose end is waited for, and one that was orphaned and ends first.
    let orphan = format!("(sh -c '{COUNT}; touch done' &) ; sh -c '{COUNT}'; {COUNT}");
    let three =
        busy(&ground.ran(&shell(&format!("{orphan}; while [ ! -e done ]; do sleep 0.1; done"))).await);
    assert!(three > one * 2, "{three:?} of three, {one:?} of one");
    // What is ended for its memory, or with the attempt, was busy as well.
    let ended = ground.ran(&shell(&format!("({COUNT}; sleep 60) & {COUNT}; sleep 0.3"))).await;
    assert!(busy(&ended) > one, "{ended:?}");
    let missing = ground.ran(&command(&["no-such-program"])).await;
    assert_eq!((missing.end, missing.processor_time), (End::NotStarted, None));
}

#[tokio::test]
async fn memory_beyond_the_limit_ends_everything() {
    for ground in [Ground::new(), Ground::without_groups()] {
        let script =
            "setsid sh -c 'x=$(head -c 300000000 /dev/zero | tr \"\\0\" x); sleep 50; echo ${#x}'; sleep 50";
        let mut what = shell(script);
        what.memory_max_bytes = Some(100 << 20);
        assert_eq!(ground.ran(&what).await.end, End::OutOfMemory);
    }
}

/// The reason that is given when a command does not start.
async fn why_not(ground: &Ground, what: Run) -> String {
    let seen = ground.ran(&what).await;
    assert_eq!((seen.end, seen.began), (End::NotStarted, 0), "{seen:?}");
    seen.stderr
}

#[tokio::test]
async fn a_program_that_does_not_start_says_why() {
    let ground = Ground::new();
    let file = |name: &str, mode: u32, text: &[u8]| {
        use std::os::unix::fs::PermissionsExt;
        let path = ground.directory.path().join(name);
        std::fs::write(&path, text).expect("writes");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("sets");
        path.to_string_lossy().into_owned()
    };
    // The head of an executable of a machine that nobody has.
    let foreign = [&b"\x7fELF\x02\x01\x01"[..], &[0; 9], &[2, 0, 0xee, 0xee], &[0; 100]].concat();
    let long = "x".repeat(200_000);
    let cases: [(&[&str], &str); 9] = [
        (&["no-such-program"], "no-such-program: there is no such program in PATH"),
        (&["/no/such/program"], "there is no such file"),
        (
            &[&file("script", 0o755, b"#!/no/such/interpreter -x\n")],
            "its interpreter \"/no/such/interpreter\" does not",
        ),
        (&[&file("returns", 0o755, b"#!/bin/sh\r\n")], "its interpreter \"/bin/sh\\r\" does not exist"),
        (&[&file("plain", 0o644, b"#!/bin/sh\n")], "it is not executable"),
        (&["/tmp"], "it is a directory"),
        (&[&file("foreign", 0o755, &foreign)], "it is no program that this machine runs"),
        (&[&file("text", 0o755, b"echo hello\n")], "it is no program that this machine runs"),
        (&["echo", &long], "more than the system takes"),
    ];
    for (words, expected) in cases {
        let why = why_not(&ground, command(words)).await;
        assert!(why.contains(expected), "{why:?} of {expected:?}");
    }
    let elsewhere = Run { directory: Some("/no/such/place".into()), ..shell("true") };
    assert!(why_not(&ground, elsewhere).await.contains("working directory /no/such/place does not exist"));
    let no_directory = Run { directory: Some(file("a-file", 0o644, b"")), ..shell("true") };
    assert!(why_not(&ground, no_directory).await.contains("is no directory"));
}

#[tokio::test]
async fn what_an_earlier_server_left_is_ended_and_what_others_run_is_not() {
    let ground = Ground::without_groups();
    let records = ground.directory.path().join("attempts");
    let (own, started) = stat_of("self");
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").expect("reads");
    let found = std::fs::metadata(ground.directory.path()).expect("is there");
    let left = || {
        let child = std::process::Command::new("sleep").arg("60").spawn().expect("starts");
        let (id, started) = stat_of(&child.id().to_string());
        (child, id, started)
    };
    use std::os::unix::fs::MetadataExt;
    let write = |name: &str, inode: u64, server: &str, program: (&str, &str)| {
        let text = format!(
            "boot {}\ndirectory {} {inode}\nserver {server}\nguard 1 0\nprogram {} {}\nwhole\n",
            boot.trim(),
            found.dev(),
            program.0,
            program.1
        );
        std::fs::write(records.join(name), text).expect("writes");
    };
    let [mut of_dead, mut of_copy, mut of_living, mut of_other] = std::array::from_fn(|_| left());
    let (dead, living) = (format!("{own} 1"), format!("{own} {started}"));
    write("dead", found.ino(), &dead, (&of_dead.1, &of_dead.2));
    write("copy", found.ino() + 1, &dead, (&of_copy.1, &of_copy.2));
    write("living", found.ino(), &living, (&of_living.1, &of_living.2));
    write("reused", found.ino(), &dead, (&of_other.1, "1"));
    let options = SiteOptions::new(env!("CARGO_BIN_EXE_guard").into());
    let again = Site::open(ground.directory.path(), options).expect("opens");
    assert_eq!(again.leftovers_ended, 1);
    assert!(ground.entries("attempts").is_empty());
    use std::os::unix::process::ExitStatusExt;
    assert_eq!(of_dead.0.wait().expect("ends").signal(), Some(9));
    for (child, ..) in [&mut of_copy, &mut of_living, &mut of_other] {
        assert_eq!(child.try_wait().expect("is a child"), None, "it is none of ours");
        kill(&child.id().to_string());
        child.wait().expect("ends");
    }
}

/// Number and start of a process.
fn stat_of(id: &str) -> (String, String) {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).expect("it is there");
    let started = stat.rsplit_once(") ").expect("a name").1.split(' ').nth(19).expect("a field").to_owned();
    (stat.split(' ').next().expect("a number").to_owned(), started)
}
