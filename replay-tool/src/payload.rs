//! Finds values of a type in the bytes of a payload, without decoding the rest: as the layout table describes them, which
//! is made of the same declarations.

use triad_event::shape::{Field, Type};

/// Where values of a type lie in the archived bytes of another: only what leads to one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Here,
    Fields(Vec<(usize, Way)>),
    Optional(Box<Way>),
    List { element_bytes: usize, way: Box<Way> },
}

impl Way {
    /// The way to values of a type in a struct with such fields; none when it can hold none.
    pub(crate) fn among(fields: &[Field], target: &Type) -> Option<Self> {
        let ways = fields
            .iter()
            .filter_map(|field| Some((field.offset_bytes, Self::in_type(&field.type_, target)?)));
        let ways: Vec<_> = ways.collect();
        (!ways.is_empty()).then_some(Self::Fields(ways))
    }

    fn in_type(type_: &Type, target: &Type) -> Option<Self> {
        if type_ == target {
            return Some(Self::Here);
        }
        match type_ {
            Type::U8 | Type::U16 | Type::U32 | Type::U64 | Type::I32 | Type::I64 => None,
            Type::Bytes(_) | Type::Text | Type::Tagged(_) => None,
            Type::Named(named) => Self::in_type(named.inner, target),
            Type::Struct(structure) => Self::among(structure.fields, target),
            Type::Optional(inner) => Some(Self::Optional(Box::new(Self::in_type(inner, target)?))),
            Type::List(inner) => {
                let way = Box::new(Self::in_type(inner, target)?);
                Some(Self::List { element_bytes: inner.size_bytes(), way })
            }
        }
    }

    /// Where the values lie, when what the way leads through lies at `at`; none when the payload is malformed.
    pub(crate) fn positions(&self, payload: &[u8], at: usize) -> Option<Vec<usize>> {
        let mut found = Vec::new();
        self.follow(payload, at, &mut found)?;
        Some(found)
    }

    fn follow(&self, payload: &[u8], at: usize, found: &mut Vec<usize>) -> Option<()> {
        match self {
            // No two values lie in the same place, so there cannot be more of them than bytes.
            Self::Here if found.len() == payload.len() => None,
            Self::Here => {
                found.push(at);
                Some(())
            }
            Self::Fields(ways) => {
                ways.iter().try_for_each(|(offset, way)| way.follow(payload, at + offset, found))
            }
            Self::Optional(way) => match payload.get(at)? {
                0 => Some(()),
                1 => way.follow(payload, at + 1, found),
                _ => None,
            },
            Self::List { element_bytes, way } => {
                let (first, count) = list(payload, at)?;
                let end = first.checked_add(count.checked_mul(*element_bytes)?)?;
                // Elements lie before what points to them.
                if end > at {
                    return None;
                }
                (0..count).try_for_each(|place| way.follow(payload, first + place * element_bytes, found))
            }
        }
    }
}

/// Where the first element of a list lies, and how many there are.
fn list(payload: &[u8], at: usize) -> Option<(usize, usize)> {
    let header: &[u8; 8] = payload.get(at..)?.first_chunk()?;
    let [a, b, c, d, count @ ..] = *header;
    let first = at.checked_add_signed(i32::from_le_bytes([a, b, c, d]).try_into().ok()?)?;
    Some((first, u32::from_le_bytes(count).try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use quickcheck::quickcheck;
    use triad_event::dag::TaskQueued;
    use triad_event::ids::WorkflowId;
    use triad_event::intake::{ChunkStaged, TaskDefinition, TaskKind};
    use triad_event::quantity::Bytes;
    use triad_event::shape::Shape;
    use triad_event::subjects::Subject;
    use triad_event::{Event, Sealed, codec};

    use super::*;

    fn task(input: Option<u8>) -> TaskDefinition {
        let sealed = |address| Sealed { address: [address; 32], commitment: [0; 32], length: Bytes(1) };
        let mut task = TaskDefinition::new("a task whose id lies out of line", TaskKind::Process);
        (task.dependencies, task.input) = (vec![1, 2, 3], input.map(sealed));
        task
    }

    fn addresses(inputs: &[Option<u8>]) -> Option<Vec<u8>> {
        let subject = Subject::of(WorkflowId([1; 16]), 1, 0);
        let tasks = inputs.iter().copied().map(task).collect();
        let event = Event::from(ChunkStaged { first_task: 0, subject, tasks });
        let mut payload = Vec::new();
        codec::encode(&event, &mut payload);
        let root = payload.len() - ChunkStaged::KIND.description().size_bytes;
        let way = Way::among(ChunkStaged::KIND.description().fields, &Sealed::TYPE)?;
        let positions = way.positions(&payload, root)?;
        Some(positions.into_iter().map(|at| payload[at]).collect())
    }

    quickcheck! {
        fn every_value_is_found_where_the_codec_put_it(inputs: Vec<Option<u8>>) -> bool {
            let expected: Vec<u8> = inputs.iter().copied().flatten().collect();
            addresses(&inputs) == Some(expected)
        }

        fn any_bytes_are_survived(payload: Vec<u8>, at: usize) -> bool {
            let way = Way::among(ChunkStaged::KIND.description().fields, &Sealed::TYPE).unwrap();
            let _ = way.positions(&payload, at % 64);
            true
        }
    }

    #[test]
    fn a_payload_that_can_hold_none_has_no_way() {
        assert_eq!(Way::among(TaskQueued::KIND.description().fields, &Sealed::TYPE), None);
    }
}
