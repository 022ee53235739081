//! How values become bytes and come back: plain, in order, lengths before what varies.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::Unreadable;

/// A value that a snapshot holds.
pub(super) trait Image: Sized {
    /// Appends its bytes.
    fn put(&self, out: &mut Vec<u8>);
    /// Reads it back.
    fn take(source: &mut Source<'_>) -> Result<Self, Unreadable>;
}

/// Bytes that are being read.
pub(super) struct Source<'a>(&'a [u8]);

impl<'a> Source<'a> {
    pub(super) fn over(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn bytes(&mut self, length: usize) -> Result<&'a [u8], Unreadable> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Unreadable::Damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    /// A length of entries, each of which needs at least one byte: so a damaged one cannot ask for more
    /// memory than there is.
    pub(super) fn length(&mut self) -> Result<usize, Unreadable> {
        let length = u32::take(self)? as usize;
        if length > self.0.len() { Err(Unreadable::Damaged) } else { Ok(length) }
    }

    pub(super) fn finish(self) -> Result<(), Unreadable> {
        if self.0.is_empty() { Ok(()) } else { Err(Unreadable::Damaged) }
    }
}

pub(super) fn put_length(length: usize, out: &mut Vec<u8>) {
    crate::dag::length(length).put(out);
}

macro_rules! integers {
    ($($integer:ty),+) => {$(
        impl Image for $integer {
            fn put(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }

            fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
                let bytes = source.bytes(size_of::<Self>())?;
                bytes.try_into().map(Self::from_le_bytes).map_err(|_| Unreadable::Damaged)
            }
        }
    )+};
}

integers!(u8, u32, u64, i64);

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
}

impl<const N: usize> Image for [u8; N] {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }

    fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
        source.bytes(N)?.try_into().map_err(|_| Unreadable::Damaged)
    }
}

impl Image for String {
    fn put(&self, out: &mut Vec<u8>) {
        put_length(self.len(), out);
        out.extend_from_slice(self.as_bytes());
    }

    fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
        let length = source.length()?;
        String::from_utf8(source.bytes(length)?.to_vec()).map_err(|_| Unreadable::Damaged)
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
}

impl<T: Image + Clone> Image for Arc<T> {
    fn put(&self, out: &mut Vec<u8>) {
        T::put(self, out);
    }

    fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
        T::take(source).map(Self::new)
    }
}

impl<T: Image> Image for Box<T> {
    fn put(&self, out: &mut Vec<u8>) {
        T::put(self, out);
    }

    fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
        T::take(source).map(Self::new)
    }
}

/// Nothing to say.
impl Image for () {
    fn put(&self, _: &mut Vec<u8>) {}

    fn take(_: &mut Source<'_>) -> Result<Self, Unreadable> {
        Ok(())
    }
}

impl<A: Image, B: Image> Image for (A, B) {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
        self.1.put(out);
    }

    fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
        Ok((A::take(source)?, B::take(source)?))
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

/// A struct field by field. Destructuring makes a new field fail to compile until it is listed.
macro_rules! structs {
    ($($name:ty { $($field:ident),+ $(,)? })+) => {$(
        impl Image for $name {
            fn put(&self, out: &mut Vec<u8>) {
                let Self { $($field),+ } = self;
                $( $field.put(out); )+
            }

            fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
                $( let $field = Image::take(source)?; )+
                Ok(Self { $($field),+ })
            }
        }
    )+};
}

/// A newtype as what it wraps.
macro_rules! wrappers {
    ($($name:ty),+ $(,)?) => {$(
        impl Image for $name {
            fn put(&self, out: &mut Vec<u8>) {
                self.0.put(out);
            }

            fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
                Image::take(source).map(Self)
            }
        }
    )+};
}

/// A numbered enum as its number.
macro_rules! numbered {
    ($($name:ty),+ $(,)?) => {$(
        impl Image for $name {
            fn put(&self, out: &mut Vec<u8>) {
                self.number().put(out);
            }

            fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
                Self::from_number(u8::take(source)?).ok_or(Unreadable::Damaged)
            }
        }
    )+};
}

/// A phase, which has no number outside, as its position in the list of all.
macro_rules! phases {
    ($($name:ty),+ $(,)?) => {$(
        impl Image for $name {
            fn put(&self, out: &mut Vec<u8>) {
                (*self as u8).put(out);
            }

            fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
                Self::ALL.get(usize::from(u8::take(source)?)).copied().ok_or(Unreadable::Damaged)
            }
        }
    )+};
}

pub(super) use {numbered, phases, structs, wrappers};
