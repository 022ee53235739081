//! The only place that knows outside JSON: what comes in is parsed once, what goes out is written here.

pub(crate) mod json;
pub(crate) mod source;
mod yaml;

mod budget;
pub(crate) mod definition;
mod flatten;
mod inputs;
pub(crate) mod library;
mod members;
mod origin;
mod parts;
pub(crate) mod payload_schema;
pub(crate) mod place;
mod reach;
pub(crate) mod spot;
mod task;
mod urgency;
mod value;

pub(crate) mod fault;

pub(crate) mod problem;
mod refusal;

pub(crate) mod record;
pub(crate) mod record_shape;

pub(crate) mod content;
pub(crate) mod held;
mod found;

pub(crate) mod moment;

pub(crate) mod words;

#[cfg(test)]
mod tests;
