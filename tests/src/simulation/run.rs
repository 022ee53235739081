//! One seed from beginning to end.

use super::driver::Driver;
use super::options::{Failed, Options, Report};
use super::stage::Stage;
use super::transcript::Transcript;
use super::violation::{Violation, broken, hold};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use triad_event::Kind;
use triad_log::twin::TwinReader;

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
        Ok(report) if options.is_written_down => Ok(Report { script: options.script(&actions), ..report }),
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
        simulated_us: stage.clocks.boottime_us,
        faults: driver.faults.clone(),
        probes: stage.all_probes(),
        kinds: stage.book.kinds.clone(),
        endings: stage.book.endings,
        digest: *blake3::hash(&file).as_bytes(),
        script: String::new(),
    })
}
