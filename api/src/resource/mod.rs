//! The resource table: one folder or file a resource, one row each.
//!
//! From the rows come the router, the nouns of the command line, the addresses that `triad serve --help` lists, and the OpenAPI
//! document. What is in no row is served nowhere.

pub(crate) mod describe;
pub(crate) mod help;
pub(crate) mod noun;
pub(crate) mod route;
pub(crate) mod router;

pub(crate) mod alert;
mod clock;
mod engine;
mod health;
mod log;
mod openapi;
mod receipt;
mod setting;
mod stream;
mod subject;
mod workflow;

use route::Resource;

/// Every resource, in the order in which people meet them.
pub(crate) const RESOURCES: &[Resource] = &[
    workflow::RESOURCE,
    receipt::RESOURCE,
    subject::RESOURCE,
    setting::RESOURCE,
    alert::RESOURCE,
    stream::RESOURCE,
    clock::RESOURCE,
    engine::RESOURCE,
    health::RESOURCE,
    log::RESOURCE,
    openapi::RESOURCE,
];
