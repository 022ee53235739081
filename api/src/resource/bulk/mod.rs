//! Bulk actions: something that is done to every workflow that a filter finds. Asked for once, carried out page by page, and
//! there to return to.

mod act;
mod drive;
mod filter;
mod id;
mod items;
mod request;
mod route;
mod verb;
mod wire;

pub(crate) use drive::drive;
pub(in crate::resource) use request::{circumstances, connection};

use super::noun::Noun;
use super::route::Resource;
use crate::wire::problem::Code;
use triad_decide::bulk::Refusal;

pub(super) const RESOURCE: Resource =
    Resource { name: "bulk", noun: Some(Noun::of::<verb::Bulk>("bulk")), routes: route::ROUTES };

/// Which problem a refusal is.
pub(crate) fn code(refusal: &Refusal) -> Code {
    match refusal {
        Refusal::ActionUnknown { .. } => Code::BulkEnded,
        Refusal::AlreadyStopping => Code::AlreadyStopping,
        Refusal::TooManyOpen => Code::TooManyBulk,
        Refusal::NotYetRecorded { .. } => Code::NotYetRecorded,
        Refusal::FilterTooLong | Refusal::ReasonTooLong(_) => Code::InvalidValue,
        // Only the server itself draws ids, lists pages and ends them.
        Refusal::StreamTaken { .. }
        | Refusal::PageOutOfTurn
        | Refusal::PageLength
        | Refusal::OtherWorkflows
        | Refusal::NotStopped => Code::Internal,
    }
}
