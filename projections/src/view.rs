//! The table of views: one row each, and one file a question. A view that is not here does not compile where readers ask
//! it; one that is here is stored, recalled and versioned like all others.

pub mod run_list;

pub mod run_graph;

pub mod timeline;

pub mod attempt_history;

mod part;
pub mod run;

pub mod runs;

pub mod data_subject;

pub mod engine_state;

pub mod alert_inbox;

pub mod subscription_book;

pub mod access_book;

pub mod open_gates;

pub mod definition_book;

pub mod bulk_actions;

pub mod schedule_book;

pub mod ledger;

pub mod incident_board;

pub mod negentropy;

pub mod moderation_book;

use triad_event::{Domain, Event, Recorded};

use crate::host::batch::Batch;
use crate::host::kept::{Hears, Kept, View};
use crate::host::keys::CURSOR;
use crate::host::stored::Stored;
use crate::host::table::{Holds, NotApplied, Table, are_distinct, views};
use crate::host::version::Version;
use crate::read_error::ReadError;

views! {
    /// All views, in the order in which they hear of a record: the first that cannot follow it keeps it from the rest, so
    /// one that knows a grammar stands before one that only counts.
    AllViews {
        runs: run::Run, at b'r', hears Intake Dag Execution Gates Evaluation Prices Economics Healing Governance;
        data_subjects: data_subject::DataSubject, at b's', hears Subjects;
        engine_state: engine_state::EngineState, at b'e', hears Log Governance Subjects;
        alert_inbox: alert_inbox::AlertInbox, at b'a', hears Alerts Governance;
        subscription_book: subscription_book::SubscriptionBook, at b'u', hears Alerts;
        open_gates: open_gates::OpenGates, at b'g', hears Gates Dag Governance;
        access_book: access_book::AccessBook, at b'k', hears Access Log;
        definition_book: definition_book::DefinitionBook, at b'd', hears Definitions;
        bulk_actions: bulk_actions::BulkActions, at b'b', hears Bulk Governance;
        schedule_book: schedule_book::ScheduleBook, at b'h', hears Schedules Governance;
        ledger: ledger::Ledger, at b'l', hears Economics;
        incident_board: incident_board::IncidentBoard, at b'i', hears Healing Dag Governance;
        negentropy: negentropy::Negentropy, at b'n', hears Intake Dag Execution Economics Governance;
        moderation_book: moderation_book::ModerationBook, at b'm', hears Moderation;
    }
}
