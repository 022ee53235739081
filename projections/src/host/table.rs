//! What the host asks of a table of views, and the macro that makes one of its rows.

use triad_event::{Domain, Event, Recorded};

use super::batch::Batch;
use super::kept::View;
use super::stored::Stored;
use super::version::Version;
use crate::fold::ViewError;
use crate::read_error::ReadError;

/// All views that a host keeps. The macro `views!` makes one of its rows, so nothing that the host does can leave a row
/// out.
pub trait Table: Default + Send + Sync + 'static {
    /// In which version each view is stored.
    fn versions() -> Vec<Version>;

    /// Which view hears the events of which domain.
    fn hearing() -> Vec<(&'static str, Domain)>;

    /// It happened: all views that hear of it follow, in the order of the table.
    fn apply(&mut self, record: &Recorded<Event>, stored: &Stored) -> Result<(), NotApplied>;

    /// Writes what changed since the last checkpoint.
    fn fill(&self, batch: &mut Batch<'_>);

    /// Takes out of memory what is stored.
    fn evict(&mut self) -> Self;

    /// What was in memory after the last checkpoint.
    fn recall(stored: &Stored) -> Result<Self, ReadError>;
}

/// A table in which a view stands.
pub trait Holds<V: View>: Table {
    const PREFIX: u8;

    /// Its answers, as far as they are in memory.
    fn kept(&self) -> &V::Kept;
}

/// Why a record was not applied.
#[derive(Debug)]
pub enum NotApplied {
    /// It cannot follow. It counts as applied: it will not be offered again.
    View(ViewError),
    /// The database could not be asked. The record is to be offered again.
    Read(ReadError),
}

impl From<ViewError> for NotApplied {
    fn from(error: ViewError) -> Self {
        Self::View(error)
    }
}

impl From<ReadError> for NotApplied {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

/// Whether all are different.
pub(crate) const fn are_distinct(prefixes: &[u8]) -> bool {
    let mut one = 0;
    while one < prefixes.len() {
        let mut other = 0;
        while other < one {
            if prefixes[one] == prefixes[other] {
                return false;
            }
            other += 1;
        }
        one += 1;
    }
    true
}

/// Makes the table of views. A row is `name: View at PREFIX hears Domain Domain;`, and everything that the host does
/// with a view comes from it.
macro_rules! views {
    ($(#[$meta:meta])* $table:ident { $( $view:ident: $type:ty, at $prefix:literal, hears $($domain:ident)+; )+ }) => {
        $(#[$meta])*
        #[derive(Default)]
        pub struct $table {
            $( $view: <$type as View>::Kept, )+
        }

        const _: () = assert!(are_distinct(&[CURSOR, $($prefix),+]), "two rows have one prefix");

        impl Table for $table {
            fn versions() -> Vec<Version> {
                vec![$({
                    let mut rows = String::new();
                    <<$type as View>::Kept as Kept>::describe(&mut rows);
                    Version::of(<$type as View>::NAME, $prefix, <$type as View>::FOLD, &rows)
                }),+]
            }

            fn hearing() -> Vec<(&'static str, Domain)> {
                vec![$($((<$type as View>::NAME, Domain::$domain)),+),+]
            }

            fn apply(&mut self, record: &Recorded<Event>, stored: &Stored) -> Result<(), NotApplied> {
                $( let mut $view = None; )+
                $($(
                    if let Event::$domain(event) = &record.event {
                        $view = Some(Hears::load(&self.$view, record, event, stored.rows($prefix))?);
                    }
                )+)+
                $($(
                    if let Event::$domain(event) = &record.event
                        && let Some(loaded) = $view.take()
                    {
                        Hears::hear(&mut self.$view, record, event, loaded)?;
                    }
                )+)+
                Ok(())
            }

            fn fill(&self, batch: &mut Batch<'_>) {
                $( self.$view.fill(batch.rows($prefix)); )+
            }

            fn evict(&mut self) -> Self {
                Self { $( $view: self.$view.evict(), )+ }
            }

            fn recall(stored: &Stored) -> Result<Self, ReadError> {
                Ok(Self { $( $view: Kept::recall(stored.rows($prefix))?, )+ })
            }
        }

        $(
            impl Holds<$type> for $table {
                const PREFIX: u8 = $prefix;

                fn kept(&self) -> &<$type as View>::Kept {
                    &self.$view
                }
            }
        )+
    };
}
pub(crate) use views;
