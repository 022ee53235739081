//! The words by which outsiders know the values of closed sets.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use std::borrow::Cow;

/// A closed set, each value of which has a word.
pub(crate) trait Words {
    /// The name of the set.
    const SET: &'static str;
    /// Every word.
    const ALL: &'static [&'static str];

    /// The word of this value.
    fn word(&self) -> &'static str;
}

/// A value that is written as its word.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Word<T>(pub(crate) T);

impl<T: Words> Serialize for Word<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.word())
    }
}

impl<T: Words> JsonSchema for Word<T> {
    fn schema_name() -> Cow<'static, str> {
        T::SET.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": T::ALL })
    }
}

/// Gives each value of a set its word; one that is forgotten does not compile.
macro_rules! words {
    ($type:ty as $set:ident: $($($value:ident)|+ = $word:literal),+ $(,)?) => {
        impl crate::wire::words::Words for $type {
            const SET: &'static str = stringify!($set);
            const ALL: &'static [&'static str] = &[$($word),+];

            fn word(&self) -> &'static str {
                match self { $($(Self::$value)|+ => $word,)+ }
            }
        }
    };
}

pub(crate) use words;
