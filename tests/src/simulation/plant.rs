//! Bugs that are planted on purpose, to see that they are found: mutations of the shell that the product is not built with.

use triad_perform::shell::planted::Bug;

/// The bugs, and their names on a command line and in a script.
pub const BUGS: [(Bug, &str); 9] = [
    (Bug::LostWakeup, "lost-wakeup"),
    (Bug::DoubleOutcome, "double-outcome"),
    (Bug::EffectBeforeDurability, "effect-before-durability"),
    (Bug::AnswerAfterFailure, "answer-after-failure"),
    (Bug::OutputForgotten, "output-forgotten"),
    (Bug::RowsByWallClock, "rows-by-wall-clock"),
    (Bug::VerdictForgotten, "verdict-forgotten"),
    (Bug::LastSafeStartIgnored, "last-safe-start-ignored"),
    (Bug::SuspendedTooLong, "suspended-too-long"),
];

/// The name of a bug.
pub fn name(plant: Option<Bug>) -> &'static str {
    BUGS.iter().find(|(bug, _)| Some(*bug) == plant).map_or("nothing", |(_, name)| name)
}

/// The bug of that name.
pub fn named(text: &str) -> Option<Bug> {
    BUGS.iter().find(|(_, name)| *name == text).map(|(bug, _)| *bug)
}
