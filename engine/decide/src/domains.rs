//! The tables of the domains that decide. A row is all that the core needs to know of one: its module holds what it
//! remembers (`state`), what it may ask of others (`facts`, made in `coupling`), what it decides (`decide`) and why it
//! refuses (`refusal`).
//!
//! Every domain hears every record, in this order, so that what several of them do about one record comes in an order
//! that everybody can read here.

/// Gives all rows to a macro.
macro_rules! for_each_domain {
    ($callback:ident) => {
        $callback! {
            Governance(governance)
            Intake(intake)
            Economics(economics)
            Dag(dag)
            Execution(execution)
            Subjects(subjects)
            Alerts(alerts)
            Access(access)
            Gates(gates)
            Evaluation(evaluation)
            Definitions(definitions)
            Bulk(bulk)
            Schedules(schedules)
            Prices(prices)
            Healing(healing)
            Moderation(moderation)
        }
    };
}

/// Those that decide in their turn on what follows from a record, or on a moment that has come. They have a `reaction`
/// besides, and in `decide` the functions `owes`, `react` and `wake`. The numbers are those of a snapshot.
macro_rules! for_each_reacting_domain {
    ($callback:ident) => {
        $callback! {
            1 Intake(intake)
            2 Dag(dag)
            3 Execution(execution)
            4 Alerts(alerts)
            5 Gates(gates)
            6 Evaluation(evaluation)
            7 Schedules(schedules)
            8 Prices(prices)
            9 Economics(economics)
            10 Healing(healing)
        }
    };
}

/// Those whose requests are effects: in `decide` they have the function `effect`.
macro_rules! for_each_acting_domain {
    ($callback:ident) => {
        $callback! { Execution(execution) Subjects(subjects) Alerts(alerts) Evaluation(evaluation) }
    };
}

pub(crate) use {for_each_acting_domain, for_each_domain, for_each_reacting_domain};
