//! Everything that is shown of one workflow: its views side by side, following the same records. One row each.

use std::borrow::Borrow;

use triad_event::{Domain, Event, Recorded};

use crate::fold::{Follows, ViewError};
use crate::host::batch::NewRows;
use crate::host::stored::StoredRows;
use crate::host::table::are_distinct;
use crate::read_error::ReadError;
use crate::row::{Layout, Undecodable, stored};
use crate::view::attempt_history::{Attempt, AttemptHistory};
use crate::view::part::{Numbered, Part};
use crate::view::run_graph::RunGraph;
use crate::view::run_list::Summary;
use crate::view::timeline::{Line, Timeline};

/// Makes the views of a workflow. A row is `name: View, part NUMBER, hears Domain Domain;`, and everything that is done
/// with a view of a workflow comes from it.
macro_rules! run {
    ($( $part:ident: $type:ty, part $number:literal, hears $($domain:ident)+; )+) => {
        /// The views of one workflow.
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct Run {
            $( pub(crate) $part: $type, )+
        }

        stored! {
            /// What of a workflow that is alive is not in its pages.
            pub(crate) struct Alive {
                $( $part: <$type as Part>::Alive, )+
            }
        }

        const _: () = assert!(are_distinct(&[$($number),+]), "two views have one part");

        $(
            impl Numbered for $type {
                const NUMBER: u8 = $number;
            }
        )+

        impl Run {
            /// What its rows and pages are made of.
            pub(crate) fn describe(out: &mut String) {
                Alive::describe(out);
                $(
                    out.push_str(concat!(stringify!($part), "="));
                    out.push_str(&<$type as Part>::FOLD.to_string());
                    <$type as Part>::Page::describe(out);
                )+
            }

            /// Which view hears the events of which domain.
            pub fn hearing() -> Vec<(&'static str, Domain)> {
                vec![$($((stringify!($part), Domain::$domain)),+),+]
            }

            /// It happened. A record that one of the views cannot follow changes none of them.
            pub fn follow(&mut self, record: &Recorded<Event>) -> Result<(), ViewError> {
                let mut is_heard = false;
                $($(
                    if let Event::$domain(event) = &record.event {
                        self.$part.check(record, event)?;
                        is_heard = true;
                    }
                )+)+
                if !is_heard {
                    return Err(ViewError::misplaced(record));
                }
                $($(
                    if let Event::$domain(event) = &record.event {
                        self.$part.follow(record, event)?;
                    }
                )+)+
                Ok(())
            }

            /// What is stored beside its pages while it is alive.
            pub(crate) fn alive(&self) -> Alive {
                Alive { $( $part: self.$part.alive(), )+ }
            }

            /// Writes the pages that changed since the last checkpoint.
            pub(crate) fn fill(&self, began: u64, rows: &mut NewRows<'_, '_>) {
                $( self.$part.fill(rows.pages(began, $number)); )+
            }

            /// Takes out of memory what is stored and will not change.
            pub(crate) fn evict(&mut self) {
                $( self.$part.evict(); )+
            }

            /// What was in memory after the last checkpoint.
            pub(crate) fn recall(began: u64, alive: Alive, rows: StoredRows<'_>) -> Result<Self, ReadError> {
                Ok(Self { $( $part: Part::recall(alive.$part, rows.pages(began, $number))?, )+ })
            }
        }
    };
}

run! {
    graph: RunGraph, part 1, hears Intake Dag Execution Gates Evaluation Prices Economics Healing Governance;
    attempts: AttemptHistory, part 3, hears Execution;
    timeline: Timeline, part 2, hears Intake Dag Execution Gates Evaluation Prices Economics Healing Governance;
}

impl Run {
    /// A workflow as it was when the record `sequence` had been written: none when its stream had not begun.
    ///
    /// The records are those of its stream, from the first on; reading stops behind `sequence`.
    pub fn as_of<R, E>(
        records: impl IntoIterator<Item = Result<R, E>>,
        sequence: u64,
    ) -> Result<Option<Self>, E>
    where
        R: Borrow<Recorded<Event>>,
        E: From<ViewError>,
    {
        let mut run = None;
        for (expected, record) in (0..).zip(records) {
            let record = record?;
            let record = record.borrow();
            if record.sequence > sequence {
                break;
            }
            if record.ordinal != expected {
                let found = record.ordinal;
                return Err(ViewError::Gap { sequence: record.sequence, expected, found }.into());
            }
            run.get_or_insert_with(Self::default).follow(record)?;
        }
        Ok(run)
    }

    /// The workflow at a glance.
    pub fn summary(&self) -> &Summary {
        &self.graph.summary
    }

    /// Its tasks and what depends on what.
    pub fn graph(&self) -> &RunGraph {
        &self.graph
    }

    /// The attempts of a task, in their order.
    pub fn attempts(&self, task: u32) -> impl Iterator<Item = &Attempt> {
        self.attempts.of_task(task)
    }

    /// What happened, in order.
    pub fn lines(&self) -> impl Iterator<Item = Line> {
        // These bytes were written by this process a moment ago.
        let entry = |entry: Result<_, Undecodable>| entry.expect("invariant: what is written can be read");
        let entries = self.timeline.entries().map(entry);
        entries.map(|entry| Line::of(entry, |task| self.graph.task(task).map(|task| &*task.id)))
    }
}
