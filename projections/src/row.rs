//! What a row of the database is: how it becomes bytes and back, and what it is made of.
//!
//! Unlike the payloads of the log these bytes are disposable. The version of a view follows from the description of
//! its rows, so that other rows are another version, and the database is filled again.

use std::fmt::Write;

use rkyv::api::low::{LowDeserializer, LowSerializer, LowValidator};
use rkyv::bytecheck::CheckBytes;
use rkyv::rancor::{Failure, Strategy};
use rkyv::ser::allocator::ArenaHandle;
use rkyv::{Archive, Deserialize, Serialize};
use thiserror::Error;
use triad_event::shape::{Field, Type};
use triad_event::{Sealed, ids, quantity};

/// What can be stored as a row.
pub trait Row:
    Layout
    + Archive<
        Archived: for<'a> CheckBytes<LowValidator<'a, Failure>> + Deserialize<Self, Strategy<(), Failure>>,
    > + for<'a> Serialize<LowSerializer<Vec<u8>, ArenaHandle<'a>, Failure>>
{
}

impl<T> Row for T
where
    T: Layout + Archive + for<'a> Serialize<LowSerializer<Vec<u8>, ArenaHandle<'a>, Failure>>,
    T::Archived: for<'a> CheckBytes<LowValidator<'a, Failure>> + Deserialize<T, Strategy<(), Failure>>,
{
}

/// What a row is made of, in words that nobody reads: only whether they are still the same matters.
pub trait Layout: Sized {
    /// Appends the description.
    fn describe(out: &mut String);
}

/// Encodes rows one after another in the same memory.
#[derive(Default)]
pub(crate) struct Encoder(Vec<u8>);

impl Encoder {
    pub(crate) fn encode<R: Row>(&mut self, row: &R) -> &[u8] {
        let mut buffer = std::mem::take(&mut self.0);
        buffer.clear();
        self.0 = rkyv::util::with_arena(|arena| {
            rkyv::api::low::to_bytes_in_with_alloc(row, buffer, arena.acquire())
        })
        .expect("a vector takes any bytes, and no row is as long as two gigabytes");
        &self.0
    }
}

/// The row of bytes, always validated.
pub(crate) fn decode<R: Row>(bytes: &[u8]) -> Result<R, Undecodable> {
    let archived = rkyv::api::low::access::<R::Archived, Failure>(bytes).map_err(|Failure| Undecodable)?;
    archived.deserialize(LowDeserializer::wrap(&mut ())).map_err(|Failure| Undecodable)
}

/// The bytes are no row of that type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a row cannot be decoded")]
pub(crate) struct Undecodable;

/// Declares a struct that rows hold: a field that is added, taken away, renamed or of another type describes it
/// otherwise.
macro_rules! stored {
    (
        $(#[$meta:meta])*
        $seen:vis struct $name:ident {
            $( $(#[$field_meta:meta])* $visible:vis $field:ident: $type:ty, )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, rkyv::Archive, rkyv::Serialize, rkyv::Deserialize)]
        $seen struct $name {
            $( $(#[$field_meta])* $visible $field: $type, )+
        }

        impl $crate::row::Layout for $name {
            fn describe(out: &mut String) {
                out.push_str(concat!(stringify!($name), "{"));
                $(
                    out.push_str(concat!(stringify!($field), ":"));
                    <$type as $crate::row::Layout>::describe(out);
                    out.push(',');
                )+
                out.push('}');
            }
        }
    };
}
pub(crate) use stored;

/// Lets rows hold types of the vocabulary, which describes them itself.
macro_rules! vocabulary {
    ($($type:ty),+ $(,)?) => {$(
        impl $crate::row::Layout for $type {
            fn describe(out: &mut String) {
                $crate::row::describe_type(&<$type as triad_event::shape::Shape>::TYPE, out);
            }
        }
    )+};
}
pub(crate) use vocabulary;

/// Lets rows hold payloads of events as they were recorded.
macro_rules! payloads {
    ($($payload:ty),+ $(,)?) => {$(
        impl $crate::row::Layout for $payload {
            fn describe(out: &mut String) {
                let fields = <$payload>::KIND.description().fields;
                $crate::row::describe_fields(stringify!($payload), fields, out);
            }
        }
    )+};
}
pub(crate) use payloads;

vocabulary! {
    u8, u32, u64, i32, i64, String,
    ids::AttemptKey, ids::DataSubjectId, ids::LogId, ids::StreamId, ids::WorkflowId,
    quantity::Bytes, quantity::Microjoules, quantity::Micros, quantity::Millis,
    Sealed,
}

/// Describes a type of the vocabulary to the last field and tag.
pub(crate) fn describe_type(type_: &Type, out: &mut String) {
    match type_ {
        Type::U8
        | Type::U16
        | Type::U32
        | Type::U64
        | Type::I32
        | Type::I64
        | Type::Bytes(_)
        | Type::Text => {
            out.push_str(&type_.name());
        }
        Type::List(inner) => wrapped("vec", out, |out| describe_type(inner, out)),
        Type::Optional(inner) => wrapped("option", out, |out| describe_type(inner, out)),
        Type::Named(named) => wrapped(named.name, out, |out| describe_type(named.inner, out)),
        Type::Tagged(tagged) => wrapped(tagged.name, out, |out| {
            let mut tag = |tag: &triad_event::shape::Tag| write!(out, "{}={},", tag.name, tag.number);
            tagged.tags.iter().try_for_each(&mut tag).expect("a string takes any text");
        }),
        Type::Struct(structure) => describe_fields(structure.name, structure.fields, out),
    }
}

pub(crate) fn describe_fields(name: &str, fields: &[Field], out: &mut String) {
    wrapped(name, out, |out| {
        for field in fields {
            out.push_str(field.name);
            out.push(':');
            describe_type(&field.type_, out);
            out.push(',');
        }
    });
}

fn wrapped(name: &str, out: &mut String, inner: impl FnOnce(&mut String)) {
    out.push_str(name);
    out.push('<');
    inner(out);
    out.push('>');
}

impl Layout for () {
    fn describe(out: &mut String) {
        out.push_str("()");
    }
}

impl Layout for bool {
    fn describe(out: &mut String) {
        out.push_str("bool");
    }
}

impl Layout for Box<str> {
    fn describe(out: &mut String) {
        out.push_str("str");
    }
}

impl<T: Layout> Layout for Box<T> {
    fn describe(out: &mut String) {
        wrapped("box", out, T::describe);
    }
}

impl<T: Layout> Layout for Box<[T]> {
    fn describe(out: &mut String) {
        wrapped("slice", out, T::describe);
    }
}

impl<T: Layout> Layout for Vec<T> {
    fn describe(out: &mut String) {
        wrapped("vec", out, T::describe);
    }
}

impl<T: Layout> Layout for Option<T> {
    fn describe(out: &mut String) {
        wrapped("option", out, T::describe);
    }
}

impl<T: Layout, const N: usize> Layout for [T; N] {
    fn describe(out: &mut String) {
        wrapped(&N.to_string(), out, T::describe);
    }
}

macro_rules! tuples {
    ($(($($part:ident)+))+) => {$(
        impl<$($part: Layout),+> Layout for ($($part,)+) {
            fn describe(out: &mut String) {
                wrapped("tuple", out, |out| {
                    $( $part::describe(out); out.push(','); )+
                });
            }
        }
    )+};
}

tuples! { (A B) }
