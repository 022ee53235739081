//! How a server runs the processes of tasks: options, checked before anything is opened.

use crate::failure::Failure;
use clap::Args;
use rustix::process::geteuid;
use std::path::PathBuf;
use triad_perform::{RunAs, SiteOptions};

/// This program, also when another file has been put in its place meanwhile.
const THIS_PROGRAM: &str = "/proc/self/exe";

#[derive(Debug, Args)]
pub(crate) struct TaskOptions {
    /// The user as whom tasks run, so that they can read neither the keys nor what this server holds. It takes a server that
    /// may change users.
    #[arg(long, value_name = "USER")]
    run_as: Option<String>,
    /// Where working directories are made for tasks that name none; in the log's directory unless this is given.
    #[arg(long, value_name = "DIR")]
    work_dir: Option<PathBuf>,
    /// Keep these directories when their attempts have ended.
    #[arg(long)]
    keep_work: bool,
}

impl TaskOptions {
    pub(crate) fn checked(&self) -> Result<SiteOptions, Failure> {
        let run_as = self.run_as.as_deref().map(user).transpose()?;
        Ok(SiteOptions {
            run_as,
            working_directories: self.work_dir.clone(),
            keeps_working_directories: self.keep_work,
            files: super::files_at_start(),
            adopts: true,
            ..SiteOptions::new(THIS_PROGRAM.into())
        })
    }
}

fn user(name: &str) -> Result<RunAs, Failure> {
    if !geteuid().is_root() {
        return Err(Failure::refused(format!(
            "tasks cannot run as {name}: only a server that runs as root may change users. Start it as root, or leave \
             --run-as out, and tasks run as the server's own user"
        )));
    }
    RunAs::named(name).map_err(Failure::refused)
}
