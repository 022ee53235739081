//! What lies apart in memory and in place in a record: what perhaps holds one is small where it holds none.

use std::ops::Deref;

use rkyv::rancor::Fallible;
use rkyv::{Archive, Archived, Deserialize, Place, Serialize};

use crate::shape::{Shape, Type};
use crate::value::Value;

/// A value apart in memory. In a record it lies like the value itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apart<T>(Box<T>);

impl<T> From<T> for Apart<T> {
    fn from(value: T) -> Self {
        Self(Box::new(value))
    }
}

impl<T> Deref for Apart<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// In a record it lies like what it holds, of which reading makes one again.
#[derive(Debug, rkyv::Portable, rkyv::bytecheck::CheckBytes)]
#[bytecheck(crate = rkyv::bytecheck)]
#[repr(transparent)]
pub struct ArchivedApart<A>(A);

impl<T: Archive> Archive for Apart<T> {
    type Archived = ArchivedApart<Archived<T>>;
    type Resolver = T::Resolver;

    fn resolve(&self, resolver: Self::Resolver, out: Place<Self::Archived>) {
        rkyv::munge::munge!(let ArchivedApart(inner) = out);
        T::resolve(self, resolver, inner);
    }
}

impl<S: Fallible + ?Sized, T: Serialize<S>> Serialize<S> for Apart<T> {
    fn serialize(&self, serializer: &mut S) -> Result<Self::Resolver, S::Error> {
        T::serialize(self, serializer)
    }
}

impl<T: Archive, D: Fallible + ?Sized> Deserialize<Apart<T>, D> for ArchivedApart<Archived<T>>
where
    Archived<T>: Deserialize<T, D>,
{
    fn deserialize(&self, deserializer: &mut D) -> Result<Apart<T>, D::Error> {
        self.0.deserialize(deserializer).map(Apart::from)
    }
}

impl<T: Shape> Shape for Apart<T> {
    const TYPE: Type = T::TYPE;

    fn value(&self) -> Value {
        self.0.value()
    }

    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }

    fn take(source: &mut &[u8]) -> Option<Self> {
        T::take(source).map(Self::from)
    }

    fn outlying_bytes(&self) -> usize {
        self.0.outlying_bytes()
    }
}
