//! Scripts without chance: stories that people wrote, and the actions of a failed run.

use super::plant;
use super::setup::Setup;
use super::stage::{LineError, Stage};
use super::transcript::Transcript;
use super::violation::Violation;
use super::whole;
use triad_event::governance::Setting;
use triad_log::twin::TwinReader;

/// Records between two snapshots when a script says nothing: more than a story has.
const SNAPSHOT_EVERY: u64 = 1_000_000;
/// Rounds and commits after a line of a story, at most.
const ROUNDS_MAX: usize = 1_000;

/// Why a script did not run to its end.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// A line.
    #[error("line {number}: {why}")]
    Line {
        /// Which, from 1.
        number: usize,
        /// Why.
        why: LineError,
    },
    /// The stage could not be set up, or something does not hold at the end.
    #[error(transparent)]
    Violation(#[from] Box<Violation>),
}

/// Runs the actions of a failed run again and returns the log that comes of it as a file.
pub fn run_script(text: &str) -> Result<Vec<u8>, ScriptError> {
    let disk = TwinReader::default();
    let mut stage = Stage::new(setup(text), disk.clone())?;
    for (number, line) in actions(text) {
        stage.apply_line(line).map_err(|why| ScriptError::Line { number, why })?;
        stage.forget_news();
    }
    Ok(whole::copied(&disk)?)
}

/// Tells a story: its script with, below each line, what came of it. Lines that begin with a blank are of an earlier telling
/// and are left out. After each line the loop goes round until nothing is left to do, except between `hold` and `let go`.
pub fn tell(text: &str) -> Result<String, ScriptError> {
    let disk = TwinReader::default();
    let mut stage = Stage::new(setup(text), disk)?;
    settle(&mut stage)?;
    stage.read_along(Transcript::default());
    let (mut told, mut is_held) = (Vec::new(), false);
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.starts_with(' ')) {
        told.push(line.to_owned());
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match line {
            "hold" => is_held = true,
            "let go" => is_held = false,
            line => stage.apply_line(line).map_err(|why| ScriptError::Line { number, why })?,
        }
        if !is_held {
            settle(&mut stage)?;
        }
        let lines = stage.transcript.as_mut().map(|transcript| std::mem::take(&mut transcript.lines));
        stage.forget_news();
        told.extend(lines.unwrap_or_default().into_iter().map(|line| format!("    {line}")));
    }
    stage.conclude()?;
    Ok(told.join("\n") + "\n")
}

/// The loop goes round, and commits become durable, until nothing is left to do at this moment.
fn settle(stage: &mut Stage) -> Result<(), Box<Violation>> {
    for _ in 0..ROUNDS_MAX {
        let before = (stage.events(), stage.has_undurable());
        stage.go_round()?;
        if before == (stage.events(), false) && !stage.has_undurable() {
            return Ok(());
        }
    }
    Ok(())
}

fn actions(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = (1..).zip(text.lines());
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

/// What the head of a script says about the stage.
fn setup(text: &str) -> Setup {
    let mut setup = Setup { settings: Vec::new(), snapshot_every: SNAPSHOT_EVERY, plant: None };
    for line in text.lines().filter_map(|line| line.strip_prefix("#! ")) {
        let mut words = line.split(' ');
        match (words.next(), words.next(), words.next()) {
            (Some("setting"), Some(name), Some(value)) => {
                let setting = Setting::from_name(name).zip(value.parse().ok());
                setup.settings.extend(setting);
            }
            (Some("snapshot-every"), Some(count), None) => {
                setup.snapshot_every = count.parse().unwrap_or(SNAPSHOT_EVERY);
            }
            (Some("plant"), Some(name), None) => {
                setup.plant = plant::named(name);
            }
            _ => {}
        }
    }
    setup
}
