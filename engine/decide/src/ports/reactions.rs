//! Pending reactions: what has been set off and not been decided yet.
//!
//! A reaction is owed from the event that sets it off until the world no longer shows it to be owed. So the queue is a
//! part of the world that folding keeps, and recovery, which only folds, arrives at exactly what a stopped process still
//! owed.

use std::collections::VecDeque;
use std::sync::Arc;

use triad_event::ids::StreamId;

use crate::domains::for_each_reacting_domain;
use crate::image::{Image, Source, Unreadable, choices, put_length, structs};

/// Declares the reaction over all domains that have any.
macro_rules! reaction {
    ($( $number:literal $domain:ident($module:ident) )+) => {
        /// Something that follows from a record and is decided in its turn, by the domain that it is nested under.
        /// Handling it, or anything else that settles it, is what removes it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Reaction {
            /// Moments that are reached are acted on, each by the domain that asked for it.
            Drain,
            $(
                #[doc = concat!("Of `", stringify!($module), "`.")]
                $domain(crate::$module::reaction::Reaction),
            )+
        }

        choices! { Reaction { 0 Drain, $( $number $domain(of), )+ } }

        impl Reaction {
            /// The stream that it concerns, when it is one other than the log's.
            pub(crate) fn stream(&self) -> Option<StreamId> {
                match self {
                    Self::Drain => None,
                    $( Self::$domain(of) => of.stream(), )+
                }
            }
        }

        $(
            impl From<crate::$module::reaction::Reaction> for Reaction {
                fn from(of: crate::$module::reaction::Reaction) -> Self {
                    Self::$domain(of)
                }
            }
        )+
    };
}

for_each_reacting_domain! { reaction }

/// A reaction with the sequence of the record that set it off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pending {
    pub(crate) reaction: Reaction,
    pub(crate) cause: u64,
}

/// First in, first out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reactions {
    /// By itself, because most of the time it is the only one.
    first: Option<Pending>,
    /// Those behind it. Shared until written.
    rest: Arc<VecDeque<Pending>>,
}

structs! {
    Pending { reaction, cause }
}

impl Reactions {
    pub(crate) fn first(&self) -> Option<&Pending> {
        self.first.as_ref()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    pub(crate) fn push(&mut self, reaction: impl Into<Reaction>, cause: u64) {
        self.add(Pending { reaction: reaction.into(), cause });
    }

    pub(crate) fn add(&mut self, pending: Pending) {
        if self.first.is_none() {
            self.first = Some(pending);
        } else {
            Arc::make_mut(&mut self.rest).push_back(pending);
        }
    }

    pub(crate) fn pop(&mut self) -> Option<Pending> {
        let next = if self.rest.is_empty() { None } else { Arc::make_mut(&mut self.rest).pop_front() };
        std::mem::replace(&mut self.first, next)
    }
}

impl Image for Reactions {
    fn put(&self, out: &mut Vec<u8>) {
        let Self { first, rest } = self;
        put_length(usize::from(first.is_some()) + rest.len(), out);
        first.iter().chain(rest.iter()).for_each(|pending| pending.put(out));
    }

    fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
        let mut rest = VecDeque::take(source)?;
        Ok(Self { first: rest.pop_front(), rest: Arc::new(rest) })
    }

    fn shape(out: &mut String) {
        // One queue in the bytes.
        out.push_str("Reactions{queue:");
        VecDeque::<Pending>::shape(out);
        out.push_str(",}");
    }
}
