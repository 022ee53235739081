//! The macros with which the types are declared that payloads hold: plain structs and tagged enums.

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

        impl $crate::event::Laid for $name {
            const SIZE_BYTES: usize = $crate::shape::size_bytes::<$name>();
            const FIELDS: &'static [$crate::shape::Field] =
                fields!($name { $( $(#[doc = $field_doc])+ $field: $type, )+ });
        }

        impl $crate::shape::Shape for $name {
            const TYPE: $crate::shape::Type = $crate::shape::Type::Struct(&$crate::shape::Struct {
                name: stringify!($name),
                doc: concat!($($doc),+),
                size_bytes: <Self as $crate::event::Laid>::SIZE_BYTES,
                fields: <Self as $crate::event::Laid>::FIELDS,
            });

            fn value(&self) -> $crate::value::Value {
                $crate::value::Value::Fields(vec![
                    $( (stringify!($field), $crate::shape::Shape::value(&self.$field)), )+
                ])
            }

            fn put(&self, out: &mut Vec<u8>) {
                $( $crate::shape::Shape::put(&self.$field, out); )+
            }

            fn take(source: &mut &[u8]) -> Option<Self> {
                Some(Self { $( $field: $crate::shape::Shape::take(source)?, )+ })
            }

            fn outlying_bytes(&self) -> usize {
                [$( $crate::shape::Shape::outlying_bytes(&self.$field) ),+].into_iter().sum()
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

            fn put(&self, out: &mut Vec<u8>) {
                out.push(self.number());
            }

            fn take(source: &mut &[u8]) -> Option<Self> {
                Self::from_number($crate::shape::Shape::take(source)?)
            }

            fn outlying_bytes(&self) -> usize {
                0
            }
        }
    };
}
