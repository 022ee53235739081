//! A process of this program, and the measuring side's hold on it.
//!
//! Starting, dying and resident memory can only be measured on a process that does nothing else.

use crate::session::Failure;
use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// Opens and starts the engine on a directory, says so, and waits.
pub(crate) const START: &str = "start-engine";
/// Runs so many workflows of so many tasks, says how far it is at each mark, and waits.
pub(crate) const GROW: &str = "grow-history";
/// Runs a large graph beside small workflows and says how that went.
pub(crate) const GRAPH: &str = "run-graph";

/// Serves a handler that does nothing but read and answer, says where, and waits.
pub(crate) const BARE: &str = "bare-handler";

/// A process of this program. It is killed when it is dropped.
pub(crate) struct Part {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Part {
    /// Starts it.
    pub(crate) fn spawn(part: &str, directory: &Path, rest: &[String]) -> Result<Self, Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(part).arg(directory).args(rest).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let out = child.stdout.take().ok_or("a part has an output")?;
        Ok(Self { child, lines: BufReader::new(out).lines() })
    }

    /// The next line that it prints.
    pub(crate) fn line(&mut self) -> Result<String, Failure> {
        Ok(self.lines.next().ok_or("a process of the measurement ended early")??)
    }

    /// Memory that is resident now, in MiB.
    pub(crate) fn resident_mib(&self) -> Result<f64, Failure> {
        resident_mib(&self.child.id().to_string())
    }

    /// Lets it end by itself.
    pub(crate) fn end(mut self) -> Result<(), Failure> {
        drop(self.child.stdin.take());
        if self.child.wait()?.success() { Ok(()) } else { Err("a process of the measurement failed".into()) }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // SIGKILL, which is what some measurements are about. It may have ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Memory of a process that is resident now, in MiB; the process is a number or `self`.
pub(crate) fn resident_mib(process: &str) -> Result<f64, Failure> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = resident.ok_or("a process has memory")?.trim().trim_end_matches(" kB").parse::<f64>()?;
    Ok(kib / 1024.0)
}

/// Waits until the measuring side lets go.
pub(crate) fn wait() {
    let mut nothing = String::new();
    // Whatever comes back, the other side is done with this process.
    std::io::stdin().read_line(&mut nothing).ok();
}
