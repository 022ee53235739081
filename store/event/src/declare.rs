//! The macros with which words are declared: events of a domain, what can be asked of it, the table of domains.
//!
//! Each is declared once, with its documentation, and from that come the Rust type, its archived form, what is true of
//! its kind, and its rows in the catalogue and in the layout table, so that these cannot drift apart.

/// The events of one domain: a struct for each, and the enum `Event` over them. Everything that is true of a kind stands
/// in its declaration, so that nothing can be registered elsewhere and be forgotten there.
///
/// ```text
/// events! {
///     /// What the domain is about.
///     domain;
///     /// When the event is true.
///     Happened = 301 "happened", by Decision, keeps Stream, ends None, says "{task} happened[ because of {reason}]" {
///         /// What the field holds.
///         task: u32,
///     }
/// }
/// ```
///
/// - `(boxed)` behind the name when it is rare and large, so that every event is small to move;
/// - the number, given by hand and never reused, in the hundred of its domain, and the name after the domain's;
///   `version 2` between them when the payload is not the first of its kind, and behind it `(1 is Earlier)` for each version
///   that is still read: see [`Lowers`](crate::event::Lowers);
/// - `by`: [`Emitter`](crate::event::Emitter); what an `Input` was asked with stands in the domain's `asks!`;
/// - `keeps`: [`Retention`](crate::event::Retention);
/// - `ends`: the [`Outcome`](crate::Outcome) of the record header, or `(field)` when a field decides; `and closes` when
///   nothing follows in its stream;
/// - `says`: the words for people, as [`crate::words`] fills them in.
macro_rules! events {
    (
        $(#[doc = $domain_doc:literal])+
        $domain:ident;
        $(
            $(#[doc = $doc:literal])+
            $name:ident $(($boxed:ident))? = $number:literal
                $(version $version:literal $( ($before:literal is $earlier:ty) )*)? $text:literal,
                by $emitter:ident, keeps $retention:ident, ends $ends:tt $(and $closes:ident)?, says $says:literal {
                $( $(#[doc = $field_doc:literal])+ $field:ident: $type:ty, )*
            }
        )+
    ) => {
        $(
            $(#[doc = $doc])+
            #[derive(Debug, Clone, PartialEq, Eq, rkyv::Archive, rkyv::Serialize, rkyv::Deserialize)]
            pub struct $name {
                $( $(#[doc = $field_doc])+ pub $field: $type, )*
            }

            impl $name {
                /// Its kind.
                pub const KIND: $crate::Kind = $crate::Kind::new($number, number_or_one!($($version)?));

                /// What is declared of it.
                pub(crate) const DESCRIPTION: $crate::event::Description = $crate::event::Description {
                    kind: Self::KIND,
                    name: concat!(stringify!($domain), ".", $text),
                    doc: concat!($($doc, "\n"),+),
                    emitter: $crate::event::Emitter::$emitter,
                    retention: $crate::event::Retention::$retention,
                    closes_stream: is_given!($($closes)?),
                    says: $says,
                    size_bytes: <Self as $crate::event::Laid>::SIZE_BYTES,
                    fields: <Self as $crate::event::Laid>::FIELDS,
                    earlier: &[ $($(
                        $crate::event::PayloadVersion {
                            version: $before,
                            size_bytes: <$earlier as $crate::event::Laid>::SIZE_BYTES,
                            fields: <$earlier as $crate::event::Laid>::FIELDS,
                        },
                    )*)? ],
                };

                /// What its payload needs in a record, at most, in the version in which it is written.
                fn payload_bytes(&self) -> usize {
                    let newest = $crate::shape::size_bytes::<$name>()
                        $( + $crate::shape::Shape::outlying_bytes(&self.$field) )*;
                    $($(
                        if $crate::event::Lowers::<$earlier>::fits(self) {
                            return newest - $crate::event::Lowers::<$earlier>::saved_bytes(self);
                        }
                    )*)?
                    newest
                }

                /// The payload's fields, in order.
                fn value(&self) -> $crate::value::Value {
                    $crate::value::Value::Fields(vec![
                        $( (stringify!($field), $crate::shape::Shape::value(&self.$field)), )*
                    ])
                }
            }

            impl $crate::event::Laid for $name {
                const SIZE_BYTES: usize = $crate::shape::size_bytes::<$name>();
                const FIELDS: &'static [$crate::shape::Field] =
                    fields!($name { $( $(#[doc = $field_doc])+ $field: $type, )* });
            }

            impl From<$name> for $crate::Event {
                fn from(payload: $name) -> Self {
                    Event::$name(payload.into()).into()
                }
            }
        )+

        $(#[doc = $domain_doc])+
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Event {
            $( $(#[doc = $doc])+ $name(held!($name $(, $boxed)?)), )+
        }

        impl Event {
            /// What this domain is about, for the catalogue.
            pub(crate) const ABOUT: &'static str = concat!($($domain_doc, "\n"),+);

            /// Its kinds, in the order of their numbers.
            pub(crate) const DESCRIPTIONS: &'static [&'static $crate::event::Description] =
                &[$( &$name::DESCRIPTION ),+];

            /// The kind of this event.
            pub const fn kind(&self) -> $crate::Kind {
                match self {
                    $( Self::$name(_) => $name::KIND, )+
                }
            }

            /// The payload's fields, in order.
            pub(crate) fn value(&self) -> $crate::value::Value {
                match self {
                    $( Self::$name(payload) => payload.value(), )+
                }
            }

            /// What its payload needs in a record, at most.
            pub(crate) fn payload_bytes(&self) -> usize {
                match self {
                    $( Self::$name(payload) => payload.payload_bytes(), )+
                }
            }

            /// The outcome class that the record header bears.
            pub(crate) fn outcome(&self) -> $crate::Outcome {
                match self {
                    $( Self::$name(_payload) => outcome!(_payload, $ends), )+
                }
            }

            /// Whether nothing follows in its stream.
            pub const fn closes_stream(&self) -> bool {
                match self {
                    $( Self::$name(_) => is_given!($($closes)?), )+
                }
            }

            /// The task that it is about, by its position in the definition.
            pub const fn task(&self) -> Option<u32> {
                match self {
                    $( Self::$name(_payload) => field_named!(_payload, task; $($field),*), )+
                }
            }

            /// Sequence of the request that it is about.
            pub const fn request(&self) -> Option<u64> {
                match self {
                    $( Self::$name(_payload) => field_named!(_payload, request; $($field),*), )+
                }
            }

            /// What was asked, when it is the record of something that was.
            pub fn asked(self) -> Option<Ask> {
                match self {
                    $( Self::$name(_payload) => asked!(_payload, $emitter), )+
                }
            }

            /// Appends the payload to a buffer, in the oldest version that holds all of it, and says which that is.
            pub(crate) fn write(&self, out: Vec<u8>) -> (Vec<u8>, u8) {
                match self {
                    $( Self::$name(payload) => {
                        $($(
                            if $crate::event::Lowers::<$earlier>::fits(payload) {
                                let earlier = $crate::event::Lowers::<$earlier>::lower(payload);
                                return ($crate::codec::write::<$earlier>(&earlier, out), $before);
                            }
                        )*)?
                        ($crate::codec::write::<$name>(payload, out), $name::KIND.version())
                    } )+
                }
            }

            /// Reads a payload of a version; none when the number is not one of this domain, or the version is not read.
            pub(crate) fn read(
                number: u16,
                version: u8,
                payload: &[u8],
            ) -> Option<Result<Self, rkyv::rancor::Failure>> {
                match number {
                    $( $number => {
                        $($(
                            if version == $before {
                                let read = $crate::codec::read::<$earlier>(payload);
                                return Some(read.map(|earlier| Self::$name($name::from(earlier).into())));
                            }
                        )*)?
                        let read = || $crate::codec::read::<$name>(payload);
                        (version == $name::KIND.version())
                            .then(|| read().map(|payload| Self::$name(payload.into())))
                    } )+
                    _ => None,
                }
            }
        }
    };
}

/// What can be asked of a domain: the enum `Ask`, and where it stands in the event that records it. An event `by Input`
/// that no row names does not compile.
///
/// ```text
/// asks! {
///     /// Somebody wants it so: the asked struct is the field `asked` of the events that record it.
///     Change(Change) in Changed.asked, Refused.asked;
///     /// The event holds nothing but what was asked.
///     Tell(Told) in Told;
///     /// What is asked is rare and large.
///     Hand(Handed, boxed) in HandedIn.asked;
///     /// Nothing but that it was asked.
///     Knock in Knocked;
///     /// What came of an effect: the request stands in it.
///     End(Ended) in Ended => request;
/// }
/// ```
macro_rules! asks {
    (
        $(#[doc = $enum_doc:literal])+
        $domain:ident;
        $(
            $(#[doc = $doc:literal])+
            $name:ident $(($ask:ident $(, $boxed:ident)?))? in $( $event:ident $(. $field:ident)? ),+
                $(=> $answers:ident)?;
        )*
    ) => {
        $(#[doc = $enum_doc])+
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Ask {
            $( $(#[doc = $doc])+ $name $((held!($ask $(, $boxed)?)))?, )*
        }

        impl Ask {
            /// Sequence of the request whose outcome it states, when it states one.
            pub const fn request(&self) -> Option<u64> {
                match *self {
                    $( Self::$name $((bound!(_ask to $ask)))? => answered!(_ask $($answers)?), )*
                }
            }
        }

        $(
            $(
                impl From<$ask> for Ask {
                    fn from(ask: $ask) -> Self {
                        Self::$name(ask.into())
                    }
                }
            )?

            asks!(@stands $name $(($ask))? in $( $event $(. $field)? ),+);
        )*
    };
    (@stands $name:ident ($ask:ident) in $( $event:ident $(. $field:ident)? ),+) => {
        $(
            impl $crate::event::RecordsAsk for $event {
                type Ask = Ask;

                fn asked(self) -> Ask {
                    Ask::$name((self $(. $field)?).into())
                }
            }
        )+
    };
    (@stands $name:ident in $event:ident) => {
        impl $crate::event::RecordsAsk for $event {
            type Ask = Ask;

            fn asked(self) -> Ask {
                Ask::$name
            }
        }
    };
}

/// The table of domains: the event over all of them. A row is `hundred => Variant(module)`.
macro_rules! domains {
    ($( $(#[doc = $doc:literal])+ $hundred:literal => $domain:ident($module:ident); )+) => {
        /// Everything that can be recorded.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Event {
            $( $(#[doc = $doc])+ $domain($module::Event), )+
        }

        /// Everything that can be asked. What is decided on it is recorded with everything in it, as the first event of
        /// a group, so that what was asked can be restated from the log.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Ask {
            $( $(#[doc = $doc])+ $domain($module::Ask), )+
        }

        impl Ask {
            /// Sequence of the request whose outcome it states, when it states one.
            pub const fn request(&self) -> Option<u64> {
                match self { $( Self::$domain(ask) => ask.request(), )+ }
            }

            /// Of which domain it is asked.
            pub const fn domain(&self) -> Domain {
                match self { $( Self::$domain(_) => Domain::$domain, )+ }
            }
        }

        /// A domain: whose words an event is made of. Its kinds have the numbers of one hundred.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Domain {
            $( $(#[doc = $doc])+ $domain = $hundred, )+
        }

        impl Domain {
            /// All domains, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$domain),+];

            /// The name that its kinds begin with.
            pub const fn name(self) -> &'static str {
                match self { $( Self::$domain => stringify!($module), )+ }
            }

            /// What it is about.
            pub const fn about(self) -> &'static str {
                match self { $( Self::$domain => $module::Event::ABOUT, )+ }
            }

            /// Its kinds, in the order of their numbers.
            pub(crate) const fn descriptions(self) -> &'static [&'static $crate::event::Description] {
                match self { $( Self::$domain => $module::Event::DESCRIPTIONS, )+ }
            }

            /// Reads a payload of a version; none when no kind has the number, or the version is not read.
            pub(crate) fn read(
                number: u16,
                version: u8,
                payload: &[u8],
            ) -> Option<Result<Event, rkyv::rancor::Failure>> {
                match number / 100 {
                    $( $hundred => Some($module::Event::read(number, version, payload)?.map(Event::$domain)), )+
                    _ => None,
                }
            }
        }

        impl Event {
            /// Whose words it is made of.
            pub const fn domain(&self) -> Domain {
                match self { $( Self::$domain(_) => Domain::$domain, )+ }
            }

            /// The kind, as the record header numbers it.
            pub const fn kind(&self) -> $crate::Kind {
                match self { $( Self::$domain(event) => event.kind(), )+ }
            }

            /// The payload's fields, in order.
            pub fn value(&self) -> $crate::value::Value {
                match self { $( Self::$domain(event) => event.value(), )+ }
            }

            /// What its payload needs in a record, at most.
            pub fn payload_bytes(&self) -> usize {
                match self { $( Self::$domain(event) => event.payload_bytes(), )+ }
            }

            /// The outcome class that the record header bears.
            pub fn outcome(&self) -> $crate::Outcome {
                match self { $( Self::$domain(event) => event.outcome(), )+ }
            }

            /// Whether nothing follows in its stream.
            pub const fn closes_stream(&self) -> bool {
                match self { $( Self::$domain(event) => event.closes_stream(), )+ }
            }

            /// The task that it is about, by its position in the definition.
            pub const fn task(&self) -> Option<u32> {
                match self { $( Self::$domain(event) => event.task(), )+ }
            }

            /// Sequence of the request that it is about.
            pub const fn request(&self) -> Option<u64> {
                match self { $( Self::$domain(event) => event.request(), )+ }
            }

            /// What was asked, when it is the record of something that was.
            pub fn asked(self) -> Option<Ask> {
                match self { $( Self::$domain(event) => event.asked().map(Ask::$domain), )+ }
            }

            /// Appends the payload to a buffer, and says in which version.
            pub(crate) fn write(&self, out: Vec<u8>) -> (Vec<u8>, u8) {
                match self { $( Self::$domain(event) => event.write(out), )+ }
            }
        }

        $(
            impl From<$module::Ask> for Ask {
                fn from(ask: $module::Ask) -> Self {
                    Self::$domain(ask)
                }
            }

            impl From<$module::Event> for Event {
                fn from(event: $module::Event) -> Self {
                    Self::$domain(event)
                }
            }
        )+
    };
}
