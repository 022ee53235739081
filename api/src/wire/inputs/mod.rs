//! Inputs of a workflow: what it declares, the values that they are given, and where those go.

mod declared;
mod fill;
mod given;
mod settled;

pub(super) use declared::{Declarations, read_declarations, schema};
pub(super) use fill::{Filler, Growth, Needs};
pub(super) use given::{Given, GivenValue, read_given};
pub(super) use settled::{Held, Inputs, Settling};
