//! One task of a definition as it comes in: a table of its members, and how they are read by it.

pub(super) mod course;
pub(super) mod expressed;
mod aim;
mod decimal;
mod gate;
pub(super) mod inner;
mod member;
mod option;
mod read;
mod retry;
pub(super) mod schedule;
mod schema;
mod verify;
mod worth;

pub(super) use read::{ReadTask, UNASKED, read_tasks};
pub(super) use schema::schema;
