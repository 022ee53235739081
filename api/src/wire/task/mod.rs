//! One task of a definition as it comes in: a table of its members, and how they are read by it.

pub(super) mod course;
mod gate;
mod member;
mod option;
mod read;
mod retry;
mod schema;
mod worth;

pub(super) use read::read;
pub(super) use schema::schema;
