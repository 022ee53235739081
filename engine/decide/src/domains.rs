//! The table of the domains that decide. A row is all that the core needs to know of one: its module holds what it
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
            Dag(dag)
            Execution(execution)
            Subjects(subjects)
        }
    };
}

pub(crate) use for_each_domain;
