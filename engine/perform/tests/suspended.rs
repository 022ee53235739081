//! Processes that are suspended: that nothing of them is executed, that they go on, and that they end as others do.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use triad_perform::effect::process::{Course, End, Outputs, Ran, Run, run};
use triad_perform::{Site, SiteOptions};

/// Counts in a file of its own every 50 ms, and so do its child and its grandchild, which is in a session of its own.
const COUNTS: &str = r#"
count() { i=0; while true; do i=$((i + 1)); echo $i > "$1.new"; mv "$1.new" "$1"; sleep 0.05; done; }
case "$2" in
    grandchild) echo $$ > grandchild.id; count grandchild ;;
    child) echo $$ > child.id; setsid sh -c "$1" sh "$1" grandchild & count child ;;
    *) echo $$ > program.id; sh -c "$1" sh "$1" child & count program ;;
esac
"#;

const COUNTERS: [&str; 3] = ["program", "child", "grandchild"];

/// A program that runs below a guard.
struct Running {
    directory: tempfile::TempDir,
    course: watch::Sender<Course>,
    ran: JoinSet<Ran>,
}

impl Running {
    fn begin(script: &str) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let options = SiteOptions::new(env!("CARGO_BIN_EXE_guard").into());
        let site = Arc::new(Site::open(directory.path(), options).expect("opens"));
        let what = Run {
            command: ["sh", "-c", script, "sh", script].map(str::to_owned).to_vec(),
            env: Vec::new(),
            directory: Some(directory.path().display().to_string()),
            stdin: None,
            key: "aa".repeat(16),
            memory_max_bytes: None,
        };
        let (course, steered) = watch::channel(Course::Runs);
        let mut ran = JoinSet::new();
        ran.spawn(async move {
            let nothing = || -> triad_perform::effect::process::Take { Box::new(|_| Box::pin(async {})) };
            let outputs = Outputs { stdout: nothing(), stderr: nothing(), began: Box::new(|| ()) };
            let progress = mpsc::unbounded_channel().0;
            run(&site, &what, steered, progress, outputs).await.expect("nothing is short")
        });
        Self { directory, course, ran }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn counts(&self) -> [u64; 3] {
        COUNTERS.map(|name| number(&self.file(name)))
    }

    /// Waits until all of them have counted further than that.
    async fn counted_beyond(&self, before: [u64; 3]) -> [u64; 3] {
        loop {
            let counts = self.counts();
            if counts.iter().zip(before).all(|(count, before)| *count > before) {
                return counts;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until the system says of all of them that they are stopped, or wait (D) for a child that is: a shell does for what
    /// it starts by vfork, until that has become another program.
    async fn stopped(&self) {
        let stands = |name: &str| matches!(state(number(&self.file(&format!("{name}.id")))), Some('T' | 'D'));
        while !COUNTERS.iter().all(|name| stands(name)) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Until all is stopped, and as long as four counts of each take none of them has counted: what is seen in D once may have
    /// been just about to go on.
    async fn suspend(&self) {
        self.course.send_replace(Course::Suspended);
        loop {
            self.stopped().await;
            let before = self.counts();
            tokio::time::sleep(Duration::from_millis(200)).await;
            if self.counts() == before {
                return;
            }
        }
    }

    async fn end(mut self) -> (Ran, Vec<u64>) {
        let ran = self.ran.join_next().await.expect("one").expect("runs");
        let ids = COUNTERS.map(|name| number(&self.file(&format!("{name}.id"))));
        (ran, ids.into_iter().filter(|id| state(*id).is_some_and(|state| state != 'Z')).collect())
    }
}

fn number(file: &Path) -> u64 {
    std::fs::read_to_string(file).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

/// As /proc has it.
fn state(id: u64) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

#[tokio::test]
async fn nothing_of_a_program_is_executed_while_it_is_suspended_and_all_of_it_goes_on() {
    let running = Running::begin(COUNTS);
    let mut counts = running.counted_beyond([0; 3]).await;
    for _ in 0..3 {
        running.suspend().await;
        let before = running.counts();
        // As long as twenty counts of each would take.
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(running.counts(), before, "something advanced");
        assert!(before.iter().zip(counts).all(|(now, before)| *now >= before));
        running.course.send_replace(Course::Runs);
        counts = running.counted_beyond(before).await;
    }
    running.course.send_replace(Course::Stopped);
    let (ran, left) = running.end().await;
    assert_eq!((ran.end, left), (End::Stopped, Vec::new()));
    assert!(ran.duration >= Duration::from_secs(3), "the time in which it stood still is in it");
}

#[tokio::test]
async fn what_others_continue_is_suspended_again() {
    let running = Running::begin(COUNTS);
    running.counted_beyond([0; 3]).await;
    running.suspend().await;
    let child = number(&running.file("child.id"));
    for _ in 0..3 {
        let continued =
            std::process::Command::new("sh").args(["-c", &format!("kill -CONT {child}")]).status();
        assert!(continued.expect("a shell").success());
        tokio::time::sleep(Duration::from_millis(300)).await;
        running.stopped().await;
    }
    running.course.send_replace(Course::Stopped);
    assert_eq!(running.end().await.0.end, End::Stopped);
}

/// It is of the same user, so it can: while it runs, or before its guard could say that it does.
#[tokio::test]
async fn what_stops_its_guard_is_suspended_and_stopped_all_the_same() {
    for (before, after) in [
        ("*) echo", "*) kill -STOP $PPID; echo"),
        ("count program ;;", "sleep 0.5; kill -STOP $PPID; count program ;;"),
    ] {
        let running = Running::begin(&COUNTS.replace(before, after));
        running.counted_beyond([0; 3]).await;
        running.suspend().await;
        running.course.send_replace(Course::Stopped);
        let (ran, left) = running.end().await;
        assert_eq!((ran.end, left), (End::Stopped, Vec::new()));
    }
}

/// What catches the signal that asks it to end can do what it wants to do then.
#[tokio::test]
async fn what_is_suspended_is_stopped_as_what_runs_is() {
    let running = Running::begin(COUNTS);
    running.counted_beyond([0; 3]).await;
    running.suspend().await;
    running.course.send_replace(Course::Stopped);
    let (ran, left) = running.end().await;
    assert_eq!((ran.end, left), (End::Stopped, Vec::new()));
    let script = "trap 'echo 7 > tidied; exit 3' TERM; echo $$ > program.id; cp program.id child.id; \
        cp program.id grandchild.id; for name in program child grandchild; do echo 1 > $name; done; \
        while true; do sleep 0.05; done";
    let running = Running::begin(script);
    running.counted_beyond([0; 3]).await;
    running.suspend().await;
    let tidied = running.file("tidied");
    running.course.send_replace(Course::Stopped);
    let mut running = running;
    let ran = running.ran.join_next().await.expect("one").expect("runs");
    assert_eq!((ran.end, number(&tidied)), (End::Stopped, 7));
}

#[tokio::test]
async fn what_is_suspended_ends_with_its_server_and_with_its_guard() {
    let mut running = Running::begin(COUNTS);
    running.counted_beyond([0; 3]).await;
    running.suspend().await;
    // Given up, which closes its end of the guard's socket: just what the death of a server does.
    running.ran.shutdown().await;
    let ids = COUNTERS.map(|name| number(&running.file(&format!("{name}.id"))));
    while ids.iter().any(|id| state(*id).is_some_and(|state| state != 'Z')) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let running = Running::begin(COUNTS);
    running.counted_beyond([0; 3]).await;
    running.suspend().await;
    let program = number(&running.file("program.id"));
    let killed = format!("kill -9 $(awk '{{ print $4 }}' /proc/{program}/stat)");
    assert!(std::process::Command::new("sh").args(["-c", &killed]).status().expect("a shell").success());
    let (ran, left) = running.end().await;
    assert_eq!((ran.end, left), (End::Lost, Vec::new()));
}
