//! One seed from beginning to end.

use super::disturbances::Forced;
use super::driver::Driver;
use super::failure;
use super::fault::Fault;
use super::listed::Counts;
use super::plant::Plant;
use super::probe::Probe;
use super::stage::Stage;
use super::swarm::Swarm;
use super::transcript::Transcript;
use super::violation::{Violation, broken, hold};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use triad_event::Kind;
use triad_event::execution::Ending;
use triad_log::twin::TwinReader;

/// What a seed did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Records that were decided.
    pub events: u64,
    /// Records that the log holds in the end.
    pub records: u64,
    /// Commits that met their fate.
    pub commits: u64,
    /// Process lives.
    pub lives: u64,
    /// Microseconds that passed in the simulation.
    pub simulated_us: i64,
    /// Faults by class.
    pub faults: Counts<Fault>,
    /// Rare things that happened.
    pub probes: Counts<Probe>,
    /// Records by kind, parallel to [`Kind::ALL`].
    pub kinds: Vec<u64>,
    /// Ends of attempts, parallel to [`Ending::ALL`].
    pub endings: [u64; Ending::ALL.len()],
    /// BLAKE3 of the log as a file.
    pub digest: [u8; 32],
    /// The actions as a script, when they were written down.
    pub script: String,
}

/// What a failed run leaves behind.
pub struct Failed {
    /// What was found.
    pub violation: Violation,
    /// The disk as it was then.
    pub disk: TwinReader,
    /// What was done until then, one action a line, when it was written down.
    pub actions: Vec<String>,
}

/// How a seed is run.
#[derive(Debug, Clone)]
pub struct Options {
    /// What it does.
    pub swarm: Swarm,
    /// The bug that is planted.
    pub plant: Plant,
    /// The fault that is forced.
    pub forced: Option<Forced>,
    /// Whether actions are written down.
    pub is_written_down: bool,
}

impl Options {
    /// A seed as it comes.
    pub fn seed(seed: u64) -> Self {
        let (swarm, plant) = (Swarm::new(seed), Plant::Nothing);
        Self { swarm, plant, forced: None, is_written_down: false }
    }
}

/// Runs a seed with every oracle on.
pub fn run(options: &Options) -> Result<Report, Box<Failed>> {
    let disk = TwinReader::default();
    let (actions, written) = channel();
    let actions = options.is_written_down.then_some(actions);
    let result = catch_unwind(AssertUnwindSafe(|| run_on(options, disk.clone(), actions)));
    let result = result.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
        Err(broken("invariant_nothing_panics", text.to_owned()))
    });
    let actions: Vec<String> = written.try_iter().collect();
    match result {
        Ok(report) if options.is_written_down => {
            Ok(Report { script: failure::script(options, &actions), ..report })
        }
        Ok(report) => Ok(report),
        Err(violation) => Err(Box::new(Failed { violation: *violation, disk, actions })),
    }
}

fn run_on(
    options: &Options,
    disk: TwinReader,
    actions: Option<Sender<String>>,
) -> Result<Report, Box<Violation>> {
    let mut stage = Stage::new(options.swarm.setup(options.plant), disk)?;
    if let Some(actions) = actions {
        stage.read_along(Transcript::of_actions(actions));
    }
    let mut driver = Driver::new(options.swarm.clone(), stage);
    driver.forced = options.forced;
    driver.cause_chaos()?;
    driver.heal()?;
    conclude(&mut driver)
}

/// The end: the whole log is held against everything that was seen of it.
fn conclude(driver: &mut Driver) -> Result<Report, Box<Violation>> {
    let stage = &mut driver.stage;
    stage.outside.invariant_what_was_accepted_has_ended(&stage.book)?;
    let erasing = &stage.book.subjects.erasing;
    hold("invariant_every_erasure_ends_once", erasing.is_empty(), || format!("{erasing:?} have not"))?;
    let file = stage.conclude()?;
    let stage = &driver.stage;
    debug_assert_eq!(stage.book.kinds.len(), Kind::ALL.len());
    Ok(Report {
        events: stage.events,
        records: stage.book.next_sequence,
        commits: driver.commits,
        lives: stage.lives,
        simulated_us: stage.clocks.monotonic_us,
        faults: driver.faults.clone(),
        probes: stage.all_probes(),
        kinds: stage.book.kinds.clone(),
        endings: stage.book.endings,
        digest: *blake3::hash(&file).as_bytes(),
        script: String::new(),
    })
}
