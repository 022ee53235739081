//! The effects that are owed: an index by request, and which of them changed.

use std::sync::Arc;

use triad_event::ids::StreamId;

use crate::ascending::Ascending;
use crate::domains::for_each_acting_domain;
use crate::image::{Image, Source, Unreadable, numbered_all, structs};

macro_rules! acting {
    ($( $domain:ident($module:ident) )+) => {
        /// A domain whose requests are effects.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Acting {
            $( #[doc = concat!("`", stringify!($module), "`.")] $domain, )+
        }

        impl Acting {
            const ALL: &'static [Self] = &[$(Self::$domain),+];
        }
    };
}

for_each_acting_domain! { acting }

numbered_all! { Acting }

/// An effect that was requested and whose outcome is not recorded. What there is to do, its domain says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owed {
    pub(crate) domain: Acting,
    /// Where its outcome is recorded.
    pub(crate) stream: StreamId,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Effects {
    /// By the sequence of the request. Shared until written.
    pub(crate) owed: Arc<Ascending<Owed>>,
    /// Requests of which something changed since the changes were forgotten last, in order. No part of the state.
    changed: Vec<u64>,
}

structs! {
    Owed { domain, stream }
}

impl Effects {
    pub(crate) fn get(&self, request: u64) -> Option<&Owed> {
        self.owed.get(request)
    }

    pub(crate) fn changed(&self) -> &[u64] {
        &self.changed
    }

    pub(crate) fn forget_changes(&mut self) {
        self.changed.clear();
    }

    pub(crate) fn request(&mut self, request: u64, domain: Acting, stream: StreamId) {
        Arc::make_mut(&mut self.owed).push(request, Owed { domain, stream });
        self.changed.push(request);
    }

    /// What is to be done about an effect is another thing now.
    pub(crate) fn touch(&mut self, request: u64) {
        self.changed.push(request);
    }

    /// The effects of a stream are to be looked at again.
    pub(super) fn touch_stream(&mut self, stream: StreamId) {
        let of_stream = self.owed.iter().filter(|(_, owed)| owed.stream == stream);
        self.changed.extend(of_stream.map(|(request, _)| request));
    }

    /// All effects are to be performed again, because whoever performed them has ended.
    pub(crate) fn touch_all(&mut self) {
        self.changed.extend(self.owed.keys());
    }

    /// The outcome is recorded, or nobody waits for it any more.
    pub(crate) fn settle(&mut self, request: u64) {
        Arc::make_mut(&mut self.owed).remove(request);
        self.changed.push(request);
    }
}

impl Image for Effects {
    fn put(&self, out: &mut Vec<u8>) {
        let Self { owed, changed: _ } = self;
        owed.put(out);
    }

    fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
        Ok(Self { owed: Image::take(source)?, changed: Vec::new() })
    }

    fn shape(out: &mut String) {
        Ascending::<Owed>::shape(out);
    }
}
