//! How values become bytes and come back: plain, in order, lengths before what varies.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use thiserror::Error;

/// A value that a snapshot holds.
pub(crate) trait Image: Sized {
    /// Appends its bytes.
    fn put(&self, out: &mut Vec<u8>);
    /// Reads it back.
    fn take(source: &mut Source<'_>) -> Result<Self, Unreadable>;
    /// Appends how it lies in the bytes, by which versions of the snapshot are told apart: names of types and fields
    /// down to numbers.
    fn shape(out: &mut String);
}

/// Why bytes are no snapshot that this version can read. The log holds everything that they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unreadable {
    /// They begin otherwise.
    #[error("the bytes are no snapshot")]
    NotASnapshot,
    /// They were written by a program that remembers other things, or decides otherwise.
    #[error("the snapshot is one of another version of the core")]
    OtherVersion,
    /// They end too early, go on too long, or hold what cannot be.
    #[error("the snapshot is damaged")]
    Damaged,
}

/// A value that is handed on within one record. Between records there is none, so its image is empty.
#[derive(Debug, Clone)]
pub(crate) struct Passing<T>(Option<T>);

impl<T> Default for Passing<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Passing<T> {
    pub(crate) fn hand(&mut self, value: T) {
        self.0 = Some(value);
    }

    pub(crate) fn receive(&mut self) -> Option<T> {
        self.0.take()
    }
}

impl<T> Image for Passing<T> {
    fn put(&self, _: &mut Vec<u8>) {}

    fn take(_: &mut Source<'_>) -> Result<Self, Unreadable> {
        Ok(Self::default())
    }

    fn shape(_: &mut String) {}
}

/// Bytes that are being read.
pub(crate) struct Source<'a>(&'a [u8]);

impl<'a> Source<'a> {
    pub(crate) fn over(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The word that comes next.
    pub(crate) fn word<T: triad_event::shape::Shape>(&mut self) -> Result<T, Unreadable> {
        T::take(&mut self.0).ok_or(Unreadable::Damaged)
    }

    /// A length of entries, each of which needs at least one byte: so a damaged one cannot ask for more
    /// memory than there is.
    pub(crate) fn length(&mut self) -> Result<usize, Unreadable> {
        let length = u32::take(self)? as usize;
        if length > self.0.len() { Err(Unreadable::Damaged) } else { Ok(length) }
    }

    pub(crate) fn finish(self) -> Result<(), Unreadable> {
        if self.0.is_empty() { Ok(()) } else { Err(Unreadable::Damaged) }
    }
}

/// A length as it is kept. Settings bound tasks and dependencies to a million, and records bound texts, so it
/// always fits.
pub(crate) fn length(length: usize) -> u32 {
    u32::try_from(length).expect("a definition is bounded far below four billion")
}

pub(crate) fn put_length(length: usize, out: &mut Vec<u8>) {
    self::length(length).put(out);
}

impl Image for bool {
    fn put(&self, out: &mut Vec<u8>) {
        u8::from(*self).put(out);
    }

    fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
        match u8::take(source)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Unreadable::Damaged),
        }
    }

    fn shape(out: &mut String) {
        out.push_str("bool");
    }
}

impl<T: Image> Image for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(value) = self {
            value.put(out);
        }
    }

    fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
        if bool::take(source)? { T::take(source).map(Some) } else { Ok(None) }
    }

    fn shape(out: &mut String) {
        shape_within("option", &[T::shape], out);
    }
}

impl<T: Image + Clone> Image for Arc<T> {
    fn put(&self, out: &mut Vec<u8>) {
        T::put(self, out);
    }

    fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
        T::take(source).map(Self::new)
    }

    fn shape(out: &mut String) {
        T::shape(out);
    }
}

impl<T: Image> Image for Box<T> {
    fn put(&self, out: &mut Vec<u8>) {
        T::put(self, out);
    }

    fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
        T::take(source).map(Self::new)
    }

    fn shape(out: &mut String) {
        T::shape(out);
    }
}

/// Nothing to say.
impl Image for () {
    fn put(&self, _: &mut Vec<u8>) {}

    fn take(_: &mut Source<'_>) -> Result<Self, Unreadable> {
        Ok(())
    }

    fn shape(_: &mut String) {}
}

impl<A: Image, B: Image> Image for (A, B) {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
        self.1.put(out);
    }

    fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
        Ok((A::take(source)?, B::take(source)?))
    }

    fn shape(out: &mut String) {
        shape_within("pair", &[A::shape, B::shape], out);
    }
}

/// Collections: a length, then the entries in order.
macro_rules! collections {
    ($($collection:ident<$($entry:ident),+> as $item:ty where $($bound:ident: $needs:path),+;)+) => {$(
        impl<$($entry: Image),+> Image for $collection<$($entry),+> where $($bound: $needs),+ {
            fn put(&self, out: &mut Vec<u8>) {
                put_length(self.len(), out);
                self.iter().for_each(|entry| PutEntry::put_entry(&entry, out));
            }

            fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
                let length = source.length()?;
                (0..length).map(|_| <$item>::take(source)).collect()
            }

            fn shape(out: &mut String) {
                shape_within(stringify!($collection), &[$($entry::shape),+], out);
            }
        }
    )+};
}

/// An entry as its collection lends it.
trait PutEntry {
    fn put_entry(&self, out: &mut Vec<u8>);
}

impl<T: Image> PutEntry for &T {
    fn put_entry(&self, out: &mut Vec<u8>) {
        self.put(out);
    }
}

impl<K: Image, V: Image> PutEntry for (&K, &V) {
    fn put_entry(&self, out: &mut Vec<u8>) {
        self.0.put(out);
        self.1.put(out);
    }
}

collections! {
    Vec<T> as T where T: Sized;
    VecDeque<T> as T where T: Sized;
    BTreeSet<T> as T where T: Ord;
    BTreeMap<K, V> as (K, V) where K: Ord;
}

/// A type that is made of others.
pub(crate) fn shape_within(name: &str, parts: &[fn(&mut String)], out: &mut String) {
    out.push_str(name);
    out.push('<');
    for part in parts {
        part(out);
        out.push(',');
    }
    out.push('>');
}

/// The type of a field, found through a function that reads it.
pub(crate) fn shape_of_field<S, T: Image>(name: &str, _read: fn(&S) -> &T, out: &mut String) {
    out.push_str(name);
    out.push(':');
    T::shape(out);
    out.push(',');
}

/// A struct field by field. Destructuring makes a new field fail to compile until it is listed.
macro_rules! structs {
    ($($name:ident { $($field:ident),+ $(,)? })+) => {$(
        impl $crate::image::Image for $name {
            fn put(&self, out: &mut Vec<u8>) {
                let Self { $($field),+ } = self;
                $( $crate::image::Image::put($field, out); )+
            }

            fn take(source: &mut $crate::image::Source<'_>) -> Result<Self, $crate::image::Unreadable> {
                $( let $field = $crate::image::Image::take(source)?; )+
                Ok(Self { $($field),+ })
            }

            fn shape(out: &mut String) {
                out.push_str(concat!(stringify!($name), "{"));
                $( $crate::image::shape_of_field(stringify!($field), |whole: &Self| &whole.$field, out); )+
                out.push('}');
            }
        }
    )+};
}

/// An enum that holds something: a number, then the fields of the variant. Numbers are given by hand.
macro_rules! choices {
    ($($name:ident {
        $( $number:literal $variant:ident $({ $($field:ident),+ })? $(( $inner:ident ))? ),+ $(,)?
    })+) => {$(
        impl $crate::image::Image for $name {
            fn put(&self, out: &mut Vec<u8>) {
                match self {
                    $( Self::$variant $({ $($field),+ })? $(( $inner ))? => {
                        out.push($number);
                        $($( $crate::image::Image::put($field, out); )+)?
                        $( $crate::image::Image::put($inner, out); )?
                    } )+
                }
            }

            fn take(source: &mut $crate::image::Source<'_>) -> Result<Self, $crate::image::Unreadable> {
                match <u8 as $crate::image::Image>::take(source)? {
                    $( $number => {
                        $($( let $field = $crate::image::Image::take(source)?; )+)?
                        $( let $inner = $crate::image::Image::take(source)?; )?
                        Ok(Self::$variant $({ $($field),+ })? $(( $inner ))?)
                    } )+
                    _ => Err($crate::image::Unreadable::Damaged),
                }
            }

            fn shape(out: &mut String) {
                out.push_str(concat!(stringify!($name), "["));
                $(
                    out.push_str(concat!(stringify!($number), stringify!($variant), "{"));
                    $($(
                        $crate::image::shape_of_variant(
                            stringify!($field),
                            |whole: Self| if let Self::$variant { $field, .. } = whole { Some($field) } else { None },
                            out,
                        );
                    )+)?
                    $(
                        $crate::image::shape_of_variant(
                            stringify!($inner),
                            |whole: Self| if let Self::$variant($inner) = whole { Some($inner) } else { None },
                            out,
                        );
                    )?
                    out.push('}');
                )+
                out.push(']');
            }
        }
    )+};
}

/// The type of a field of one variant, found through a function that takes it out.
pub(crate) fn shape_of_variant<S, T: Image>(name: &str, _take: fn(S) -> Option<T>, out: &mut String) {
    out.push_str(name);
    out.push(':');
    T::shape(out);
    out.push(',');
}

/// A word of the vocabulary, as it describes itself.
macro_rules! words {
    ($($name:ty),+ $(,)?) => {$(
        impl $crate::image::Image for $name {
            fn put(&self, out: &mut Vec<u8>) {
                triad_event::shape::Shape::put(self, out);
            }

            fn take(source: &mut $crate::image::Source<'_>) -> Result<Self, $crate::image::Unreadable> {
                source.word()
            }

            fn shape(out: &mut String) {
                out.push_str(&<Self as triad_event::shape::Shape>::TYPE.outline());
            }
        }
    )+};
}

/// An enum that has no numbers outside, as its position in the list of all.
macro_rules! numbered_all {
    ($($name:ident),+ $(,)?) => {$(
        impl $crate::image::Image for $name {
            fn put(&self, out: &mut Vec<u8>) {
                out.push(*self as u8);
            }

            fn take(source: &mut $crate::image::Source<'_>) -> Result<Self, $crate::image::Unreadable> {
                let number = <u8 as $crate::image::Image>::take(source)?;
                Self::ALL.get(usize::from(number)).copied().ok_or($crate::image::Unreadable::Damaged)
            }

            fn shape(out: &mut String) {
                let tags: Vec<String> = Self::ALL.iter().map(|tag| format!("{tag:?}")).collect();
                out.push_str(&tags.join("|"));
            }
        }
    )+};
}

pub(crate) use {choices, numbered_all, structs, words};
