//! Workflows: submitted, shown, watched, read, cancelled, paused, resumed, retried.

mod again;
pub(in crate::resource) mod content;
mod control;
mod gave;
mod given;
pub(in crate::resource) mod list;
mod output;
mod outputs;
pub(in crate::resource) mod read;
mod reopen;
mod retry;
mod route;
mod sealing;
mod signal;
mod submit;
mod verb;
mod wait;
mod watch;
pub(crate) mod wire;

pub(in crate::resource) use wire::healing;

pub(in crate::resource) use submit::SUBMIT;
pub(in crate::resource) use verb::{Narrowed, Written, say_when_interrupted};
pub(crate) use verb::{SubmitOptions, run};

use super::noun::Noun;
use super::route::Resource;

pub(super) const RESOURCE: Resource =
    Resource { name: "workflow", noun: Some(Noun::of::<verb::Workflow>("workflow")), routes: route::ROUTES };
