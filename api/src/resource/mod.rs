//! The resource table: one folder or file a resource, one row each.
//!
//! From the rows come the router, the nouns of the command line, the addresses that `triad serve --help` lists, and the OpenAPI
//! document. What is in no row is served nowhere.

pub(crate) mod describe;
pub(crate) mod help;
pub(crate) mod noun;
pub(crate) mod route;
pub(crate) mod router;

pub(crate) mod access;
pub(crate) mod alert;
mod approval;
pub(crate) mod bulk;
mod carbon;
mod clock;
pub(crate) mod definition;
mod engine;
mod health;
mod inbox;
pub(crate) mod incident;
pub(crate) mod ledger;
pub(crate) mod moderation;
mod log;
mod openapi;
pub(crate) mod price;
mod receipt;
mod rule;
pub(crate) mod schedule;
mod setting;
mod stream;
pub(crate) mod subscription;
mod subject;
pub(crate) mod workflow;

use crate::access::sight::About;
use route::{Need, Resource, Right};
use triad_policy::{Action, Scope};

/// Every resource, in the order in which people meet them.
pub(crate) const RESOURCES: &[Resource] = &[
    workflow::RESOURCE,
    bulk::RESOURCE,
    definition::RESOURCE,
    schedule::RESOURCE,
    approval::RESOURCE,
    incident::RESOURCE,
    rule::RESOURCE,
    moderation::RESOURCE,
    receipt::RESOURCE,
    subject::RESOURCE,
    setting::RESOURCE,
    price::RESOURCE,
    carbon::RESOURCE,
    ledger::RESOURCE,
    alert::RESOURCE,
    inbox::RESOURCE,
    subscription::RESOURCE,
    stream::RESOURCE,
    clock::RESOURCE,
    engine::RESOURCE,
    access::QUESTIONS,
    access::KEYS,
    access::PERSONS,
    access::LINKS,
    access::SESSIONS,
    access::POLICIES,
    access::ISSUERS,
    health::RESOURCE,
    log::RESOURCE,
    openapi::RESOURCE,
];

/// What can be asked for besides, within a route that asks for less.
pub(crate) const FURTHER_ACTIONS: &[Action] = &[
    Action { name: READ_TASK_CONTENT, right: Right::ReadContent, scope: Scope::Tenant },
    Action { name: READ_DEFINITION_CONTENT, right: Right::ReadContent, scope: Scope::Tenant },
];

/// To see the text of a definition, where only what is known of it was asked for.
pub(crate) const READ_DEFINITION_CONTENT: &str = "read_definition_content";

/// To see what a task was given or wrote, where only what it is about was asked for.
pub(crate) const READ_TASK_CONTENT: &str = "read_task_content";

/// What policies can name: every route that needs a right, and what can be asked for besides.
pub(crate) fn actions() -> Vec<Action> {
    let routes = RESOURCES.iter().flat_map(|resource| resource.routes);
    let actions = routes.filter_map(|route| match route.need {
        Need::Nothing => None,
        Need::Right(right, About::Installation) => Some((route.name, right, Scope::Installation)),
        Need::Right(right, About::Home | About::Workflow) => Some((route.name, right, Scope::Tenant)),
    });
    let actions = actions.map(|(name, right, scope)| Action { name, right, scope });
    let further = FURTHER_ACTIONS.iter().map(|further| Action { name: further.name, ..*further });
    actions.chain(further).collect()
}
