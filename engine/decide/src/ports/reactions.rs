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
            /// The same of those that need not be punctual.
            DrainBackground,
            $(
                #[doc = concat!("Of `", stringify!($module), "`.")]
                $domain(crate::$module::reaction::Reaction),
            )+
        }

        choices! { Reaction { 0 Drain, 255 DrainBackground, $( $number $domain(of), )+ } }

        impl Reaction {
            /// The stream that it concerns, when it is one other than the log's.
            pub(crate) fn stream(&self) -> Option<StreamId> {
                match self {
                    Self::Drain | Self::DrainBackground => None,
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

/// First in, first out, in two lanes. What may come in great crowds and need not be punctual stands in the background, where
/// nobody else waits for it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reactions {
    /// By itself, because most of the time it is the only one.
    first: Option<Pending>,
    /// Those behind it. Shared until written.
    rest: Arc<VecDeque<Pending>>,
    /// Shared until written.
    background: Arc<VecDeque<Pending>>,
}

/// Every so many records the background goes first, so that it never stands still.
const BACKGROUND_EVERY: u64 = 8;

structs! {
    Pending { reaction, cause }
}

impl Reaction {
    /// Prices change for a hundred thousand tasks at once, and a task waits for them for hours.
    fn is_background(&self) -> bool {
        matches!(
            self,
            Self::DrainBackground
                | Self::Prices(_)
                | Self::Execution(crate::execution::reaction::Reaction::AdmitInTurn)
        )
    }
}

impl Reactions {
    /// What is decided on next, in a record of that sequence; of the background only while the group has room for it.
    pub(crate) fn next(&self, sequence: u64, is_background_welcome: bool) -> Option<&Pending> {
        let background = self.background.front().filter(|_| is_background_welcome);
        match &self.first {
            Some(_) if sequence.is_multiple_of(BACKGROUND_EVERY) && background.is_some() => background,
            Some(first) => Some(first),
            None => background,
        }
    }

    /// The first of each lane.
    pub(crate) fn fronts(&self) -> [Option<&Pending>; 2] {
        [self.first.as_ref(), self.background.front()]
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_none() && self.background.is_empty()
    }

    pub(crate) fn push(&mut self, reaction: impl Into<Reaction>, cause: u64) {
        self.add(Pending { reaction: reaction.into(), cause });
    }

    pub(crate) fn add(&mut self, pending: Pending) {
        if pending.reaction.is_background() {
            Arc::make_mut(&mut self.background).push_back(pending);
        } else if self.first.is_none() {
            self.first = Some(pending);
        } else {
            Arc::make_mut(&mut self.rest).push_back(pending);
        }
    }

    /// Takes out the first of the lane in which that reaction stands.
    pub(crate) fn pop(&mut self, reaction: &Reaction) {
        if reaction.is_background() {
            Arc::make_mut(&mut self.background).pop_front();
            return;
        }
        self.first = if self.rest.is_empty() { None } else { Arc::make_mut(&mut self.rest).pop_front() };
    }
}

impl Image for Reactions {
    fn put(&self, out: &mut Vec<u8>) {
        let Self { first, rest, background } = self;
        put_length(usize::from(first.is_some()) + rest.len(), out);
        first.iter().chain(rest.iter()).for_each(|pending| pending.put(out));
        background.put(out);
    }

    fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
        let mut rest = VecDeque::take(source)?;
        let background = Arc::new(VecDeque::take(source)?);
        Ok(Self { first: rest.pop_front(), rest: Arc::new(rest), background })
    }

    fn shape(out: &mut String) {
        // One queue in the bytes.
        out.push_str("Reactions{queue:");
        VecDeque::<Pending>::shape(out);
        out.push_str(",background:");
        VecDeque::<Pending>::shape(out);
        out.push_str(",}");
    }
}
