//! Finds values of a type in the bytes of a payload, without decoding the rest: as the layout table describes them, which
//! is made of the same declarations.

use triad_event::shape::{Field, Type};

/// Where values of a type lie in the archived bytes of another: only what leads to one.
#[derive(Debug, PartialEq, Eq)]
pub enum Way {
    /// It is one.
    Here,
    /// In fields, at their offsets.
    Fields(Vec<(usize, Way)>),
    /// In what may be absent.
    Optional(Box<Way>),
    /// In the elements of a list.
    List {
        /// Size of an element.
        element_bytes: usize,
        /// The way inside of one.
        way: Box<Way>,
    },
}

impl Way {
    /// The way to values of a type in a struct with such fields; none when it can hold none.
    pub fn among(fields: &[Field], target: &Type) -> Option<Self> {
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
    pub fn positions(&self, payload: &[u8], at: usize) -> Option<Vec<usize>> {
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
