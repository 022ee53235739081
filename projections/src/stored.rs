//! How views become bytes and back. Unlike the payloads of the log these bytes are disposable: a new layout
//! is a new version of its view, and the database is filled again.

use rkyv::api::low::{LowDeserializer, LowSerializer, LowValidator};
use rkyv::bytecheck::CheckBytes;
use rkyv::rancor::{Failure, Fallible, Source, Strategy, fail};
use rkyv::ser::allocator::ArenaHandle;
use rkyv::with::{ArchiveWith, DeserializeWith, SerializeWith};
use rkyv::{Archive, Deserialize, Place, Serialize};
use thiserror::Error;
use triad_event::dag::{TaskPhase, WorkflowPhase};
use triad_event::{execution, governance, log, subjects};

/// Encodes values one after another in the same memory.
#[derive(Default)]
pub(crate) struct Encoder(Vec<u8>);

impl Encoder {
    /// The bytes of a value.
    pub(crate) fn encode<T>(&mut self, value: &T) -> &[u8]
    where
        T: for<'a> Serialize<LowSerializer<Vec<u8>, ArenaHandle<'a>, Failure>>,
    {
        let mut buffer = std::mem::take(&mut self.0);
        buffer.clear();
        self.0 = rkyv::util::with_arena(|arena| {
            rkyv::api::low::to_bytes_in_with_alloc(value, buffer, arena.acquire())
        })
        .expect("a vector takes any bytes, and no page is as long as two gigabytes");
        &self.0
    }
}

/// The value of bytes, always validated.
pub(crate) fn decode<T>(bytes: &[u8]) -> Result<T, Undecodable>
where
    T: Archive,
    T::Archived: for<'a> CheckBytes<LowValidator<'a, Failure>> + Deserialize<T, Strategy<(), Failure>>,
{
    let archived = rkyv::api::low::access::<T::Archived, Failure>(bytes).map_err(|Failure| Undecodable)?;
    archived.deserialize(LowDeserializer::wrap(&mut ())).map_err(|Failure| Undecodable)
}

/// The bytes are no value of that type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a row cannot be decoded")]
pub(crate) struct Undecodable;

/// Stores a phase as its position among all phases of its kind.
pub(crate) struct ByNumber;

#[derive(Debug, Error)]
#[error("no phase has number {0}")]
struct UnknownPhase(u8);

macro_rules! by_number {
    ($($phase:ty;)+) => {$(
        impl ArchiveWith<$phase> for ByNumber {
            type Archived = u8;
            type Resolver = ();

            fn resolve_with(phase: &$phase, (): (), out: Place<u8>) {
                out.write(*phase as u8);
            }
        }

        impl<S: Fallible + ?Sized> SerializeWith<$phase, S> for ByNumber {
            fn serialize_with(_: &$phase, _: &mut S) -> Result<(), S::Error> {
                Ok(())
            }
        }

        impl<D: Fallible<Error: Source> + ?Sized> DeserializeWith<u8, $phase, D> for ByNumber {
            fn deserialize_with(number: &u8, _: &mut D) -> Result<$phase, D::Error> {
                match <$phase>::ALL.get(usize::from(*number)) {
                    Some(phase) => Ok(*phase),
                    None => fail!(UnknownPhase(*number)),
                }
            }
        }
    )+};
}

by_number! {
    WorkflowPhase;
    TaskPhase;
    execution::Phase;
    governance::Phase;
    log::Phase;
    subjects::Phase;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers<P: Copy>(all: &[P], number: impl Fn(P) -> u8) -> bool {
        all.iter().zip(0..).all(|(phase, position)| number(*phase) == position)
    }

    #[test]
    fn the_number_of_a_phase_is_its_position() {
        assert!(numbers(WorkflowPhase::ALL, |phase| phase as u8));
        assert!(numbers(TaskPhase::ALL, |phase| phase as u8));
        assert!(numbers(execution::Phase::ALL, |phase| phase as u8));
        assert!(numbers(governance::Phase::ALL, |phase| phase as u8));
        assert!(numbers(log::Phase::ALL, |phase| phase as u8));
        assert!(numbers(subjects::Phase::ALL, |phase| phase as u8));
    }
}
