//! `triad log adopt`

use crate::failure::Failure;
use crate::open_log::OpenLog;
use crate::output::{Output, hex};
use crate::unlock::Unlocking;
use std::path::Path;
use triad_event::log;
use triad_log::directory::LogDirectory;
use triad_log::place::{self, Place, Standing};
use triad_log::storage::LogRead;

/// Takes a log into service where it lies.
pub(super) fn run(
    directory: &Path,
    unlocking: &Unlocking,
    reason: &str,
    output: &Output,
) -> Result<(), Failure> {
    let opened = LogDirectory::open(directory)?;
    let (standing, before) =
        (place::standing(directory, opened.reader())?, opened.reader().attachment(place::KEY)?);
    opened.close().map_err(Failure::file("close", directory))?;
    let why = match standing {
        Standing::Here(place) => return show(&place, "it was here already; nothing was recorded", output),
        Standing::Elsewhere(why) => why.to_string(),
    };
    let before = before.and_then(|id| id.as_ref().try_into().ok()).unwrap_or_default();
    let mut log = OpenLog::open_anywhere(directory, unlocking)?;
    let place = place::claim(directory).map_err(Failure::file("failed to claim", directory))?;
    log.attach(place::KEY, &place.id);
    let adopted = log::Adopted { place: recorded_place(place), before, reason: reason.to_owned() };
    log.append_group(&[adopted.into()])?;
    log.close()?;
    show(&place, &why, output)
}

/// A place in the vocabulary of events.
pub(super) fn recorded_place(place: Place) -> log::Place {
    log::Place { id: place.id, file_system: place.file_system, inode: place.directory.number }
}

fn show(place: &Place, before: &str, output: &Output) -> Result<(), Failure> {
    let id = hex(&place.id);
    output.result(
        || format!("place   {id}\nbefore  {before}"),
        || serde_json::json!({ "place": id, "before": before }),
    )
}
