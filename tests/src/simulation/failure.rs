//! What a failed run leaves for whoever looks into it: its actions as a scenario, its log as a file, and what to run.

use super::options::{Failed, Options};
use super::plant;
use super::run::run;
use super::whole;
use std::io;
use std::path::{Path, PathBuf};

/// Where a failure was written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The actions.
    pub scenario: PathBuf,
    /// The log.
    pub log: PathBuf,
    /// What was found, and what to run.
    pub message: String,
}

/// Runs a failed run again, writing everything down, and puts it into a directory.
pub fn write_down(options: &Options, failed: &Failed, directory: &Path) -> io::Result<Evidence> {
    let again = Options { is_written_down: true, ..options.clone() };
    let rerun = run(&again).err();
    let failed = rerun.as_deref().unwrap_or(failed);
    std::fs::create_dir_all(directory)?;
    let seed = options.swarm.seed;
    let name = match (plant::name(options.plant), options.forced) {
        ("nothing", None) => format!("seed-{seed}"),
        (plant, None) => format!("seed-{seed}-{plant}"),
        (_, Some(forced)) => format!("seed-{seed}-commit-{}-{:?}", forced.commit, forced.doom),
    };
    let (scenario, log) = (directory.join(format!("{name}.txt")), directory.join(format!("{name}.triadlog")));
    let script = format!("# {}\n{}", failed.violation, options.script(&failed.actions));
    std::fs::write(&scenario, script)?;
    // A log that cannot be copied is part of what was found.
    if let Ok(file) = whole::copied(&failed.disk) {
        std::fs::write(&log, file)?;
    }
    let message = message(options, failed, &scenario, &log);
    Ok(Evidence { scenario, log, message })
}

fn message(options: &Options, failed: &Failed, scenario: &Path, log: &Path) -> String {
    let run = "cargo run --release --locked -p";
    let (swarm, scenario, log) = (&options.swarm, scenario.display(), log.display());
    let seed = match (options.plant, options.forced) {
        (None, None) => {
            format!("\n  again   {run} tests --bin soak -- simulate --seed {}", swarm.seed)
        }
        (plant, None) => format!(
            "\n  again   {run} tests --bin soak -- simulate --seed {} --plant {}",
            swarm.seed,
            plant::name(plant)
        ),
        // What was forced is in the script.
        (_, Some(_)) => String::new(),
    };
    format!(
        "{violation}\n  {swarm}\n  actions {scenario}\n  log     {log}{seed}\n  script  {run} tests --bin soak -- simulate \
         --script {scenario}\n  decide  {run} triad-replay --bin triad-replay -- replay {log}",
        violation = failed.violation,
    )
}
