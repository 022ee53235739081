//! The domains, in the order in which a workflow meets them, and the table of them: a row here is all that the rest of
//! the vocabulary needs to know of one.

pub mod log;

pub mod governance;

pub mod intake;

pub mod dag;

pub mod execution;

pub mod subjects;

pub mod alerts;

pub mod access;

pub mod gates;

pub mod evaluation;

pub mod definitions;

pub mod bulk;

pub mod schedules;
pub mod prices;

pub mod economics;

pub mod healing;

pub mod moderation;

domains! {
    /// The log as such.
    0 => Log(log);
    /// How decisions are made.
    1 => Governance(governance);
    /// How workflows come in.
    2 => Intake(intake);
    /// Tasks and workflows.
    3 => Dag(dag);
    /// Attempts.
    4 => Execution(execution);
    /// Data subjects.
    5 => Subjects(subjects);
    /// What people must know.
    6 => Alerts(alerts);
    /// Who may ask, and what they may.
    7 => Access(access);
    /// Tasks that wait for time, a signal or people.
    8 => Gates(gates);
    /// What expressions came to.
    9 => Evaluation(evaluation);
    /// Named definitions.
    10 => Definitions(definitions);
    /// Bulk actions.
    11 => Bulk(bulk);
    /// Workflows that are begun again and again.
    12 => Schedules(schedules);
    /// Prices, and tasks that wait for them.
    13 => Prices(prices);
    /// What attempts used, in energy and money.
    14 => Economics(economics);
    /// Tasks that failed, and what is done about it.
    15 => Healing(healing);
    /// Which steps are held until somebody has reviewed them.
    16 => Moderation(moderation);
}
