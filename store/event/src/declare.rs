//! The macros with which words are declared: events of a domain, tagged enums, plain structs.
//!
//! Each is declared once, with its documentation, and from that come the Rust type, its archived form and its
//! rows in the catalogue and in the layout table, so that these cannot drift apart.

/// The events of one domain: a struct for each, and the enum `Event` over them.
///
/// ```text
/// events! {
///     /// What the domain is about.
///     domain;
///     /// When the event is true.
///     Happened is KindOfIt, by Decision, keeps Stream {
///         /// What the field holds.
///         field: u32,
///     }
/// }
/// ```
macro_rules! events {
    (
        $(#[doc = $domain_doc:literal])+
        $domain:ident;
        $(
            $(#[doc = $doc:literal])+
            $name:ident is $kind:ident, by $emitter:ident, keeps $retention:ident {
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

            impl $crate::event::Payload for $name {
                const KIND: $crate::Kind = $crate::Kind::$kind;
                const DESCRIPTION: $crate::event::Description = $crate::event::Description {
                    kind: $crate::Kind::$kind,
                    doc: concat!($($doc, "\n"),+),
                    emitter: $crate::event::Emitter::$emitter,
                    retention: $crate::event::Retention::$retention,
                    size_bytes: $crate::shape::size_bytes::<$name>(),
                    fields: fields!($name { $( $(#[doc = $field_doc])+ $field: $type, )* }),
                };
            }

            impl $name {
                /// The payload's fields, in order.
                fn value(&self) -> $crate::value::Value {
                    $crate::value::Value::Fields(vec![
                        $( (stringify!($field), $crate::shape::Shape::value(&self.$field)), )*
                    ])
                }
            }

            impl From<$name> for $crate::Event {
                fn from(payload: $name) -> Self {
                    Event::$name(payload).into()
                }
            }
        )+

        $(#[doc = $domain_doc])+
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Event {
            $( $(#[doc = $doc])+ $name($name), )+
        }

        impl Event {
            /// What this domain is about, for the catalogue.
            pub(crate) const ABOUT: &'static str = concat!($($domain_doc, "\n"),+);

            /// The kind of this event.
            pub fn kind(&self) -> $crate::Kind {
                match self {
                    $( Self::$name(_) => $crate::Kind::$kind, )+
                }
            }

            /// The payload's fields, in order.
            pub(crate) fn value(&self) -> $crate::value::Value {
                match self {
                    $( Self::$name(payload) => payload.value(), )+
                }
            }

            /// Appends the payload to a buffer.
            pub(crate) fn write(&self, out: Vec<u8>) -> Vec<u8> {
                match self {
                    $( Self::$name(payload) => $crate::codec::write(payload, out), )+
                }
            }
        }
    };
}

/// The field table of an archived struct.
macro_rules! fields {
    ($name:ident { $( $(#[doc = $doc:literal])+ $field:ident: $type:ty, )* }) => {
        &[ $(
            $crate::shape::Field {
                name: stringify!($field),
                doc: concat!($($doc),+),
                type_: <$type as $crate::shape::Shape>::TYPE,
                offset_bytes: core::mem::offset_of!(<$name as rkyv::Archive>::Archived, $field),
                size_bytes: $crate::shape::size_bytes::<$type>(),
            },
        )* ]
    };
}

/// A plain struct that payloads hold.
macro_rules! structure {
    (
        $(#[doc = $doc:literal])+
        $name:ident {
            $( $(#[doc = $field_doc:literal])+ $field:ident: $type:ty, )+
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq, rkyv::Archive, rkyv::Serialize, rkyv::Deserialize)]
        pub struct $name {
            $( $(#[doc = $field_doc])+ pub $field: $type, )+
        }

        impl $crate::shape::Shape for $name {
            const TYPE: $crate::shape::Type = $crate::shape::Type::Struct(&$crate::shape::Struct {
                name: stringify!($name),
                doc: concat!($($doc),+),
                size_bytes: $crate::shape::size_bytes::<$name>(),
                fields: fields!($name { $( $(#[doc = $field_doc])+ $field: $type, )+ }),
            });

            fn value(&self) -> $crate::value::Value {
                $crate::value::Value::Fields(vec![
                    $( (stringify!($field), $crate::shape::Shape::value(&self.$field)), )+
                ])
            }
        }
    };
}

/// A fieldless enum in one byte, its numbers given by hand and never reused.
macro_rules! tagged {
    (
        $(#[doc = $doc:literal])+
        $name:ident {
            $( $(#[doc = $tag_doc:literal])+ $tag:ident = $number:literal, )+
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(rkyv::Archive, rkyv::Serialize, rkyv::Deserialize)]
        #[repr(u8)]
        pub enum $name {
            $( $(#[doc = $tag_doc])+ $tag = $number, )+
        }

        impl $name {
            /// All values, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$tag),+];

            /// The byte.
            pub const fn number(self) -> u8 {
                self as u8
            }

            /// The value with that byte.
            pub const fn from_number(number: u8) -> Option<Self> {
                match number {
                    $( $number => Some(Self::$tag), )+
                    _ => None,
                }
            }
        }

        impl $crate::shape::Shape for $name {
            const TYPE: $crate::shape::Type = $crate::shape::Type::Tagged(&$crate::shape::Tagged {
                name: stringify!($name),
                doc: concat!($($doc),+),
                tags: &[ $(
                    $crate::shape::Tag {
                        number: $number,
                        name: stringify!($tag),
                        doc: concat!($($tag_doc),+),
                    },
                )+ ],
            });

            fn value(&self) -> $crate::value::Value {
                match self {
                    $( Self::$tag => $crate::value::Value::Tag(stringify!($tag)), )+
                }
            }
        }
    };
}
