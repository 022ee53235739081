//! What this program does in a process of its own.

use crate::child::{BARE, GRAPH, GROW, START};
use crate::session::Failure;
use crate::{bare_handler, graph, history};
use std::path::Path;

/// Plays a part, if the arguments name one.
pub(crate) fn play(arguments: &[String]) -> Option<Result<(), Failure>> {
    let (part, rest) = arguments.split_first()?;
    match (part.as_str(), rest) {
        (START, [directory]) => Some(history::start_engine(Path::new(directory))),
        (GROW, [directory, workflows, chain]) => Some(history::grow(Path::new(directory), workflows, chain)),
        (GRAPH, [directory]) => Some(graph::run_graph(Path::new(directory))),
        (BARE, [_]) => Some(bare_handler::serve()),
        _ => None,
    }
}
