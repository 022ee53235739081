//! How a type lies in an archive: the vocabulary of the layout table.

use std::mem::size_of;

use rkyv::Archive;

use crate::value::Value;

/// A type that may stand in a payload, described so that a reader without Rust can find its bytes.
///
/// The set is closed on purpose: integers, fixed arrays, text, lists, options, tagged enums and plain structs
/// of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// One byte, unsigned.
    U8,
    /// Two bytes, unsigned.
    U16,
    /// Four bytes, unsigned.
    U32,
    /// Eight bytes, unsigned.
    U64,
    /// Four bytes, two's complement.
    I32,
    /// Eight bytes, two's complement.
    I64,
    /// That many bytes.
    Bytes(usize),
    /// UTF-8 text.
    Text,
    /// Elements one after another.
    List(&'static Type),
    /// Perhaps a value.
    Optional(&'static Type),
    /// One of a numbered set, in one byte.
    Tagged(&'static Tagged),
    /// Fields at fixed offsets.
    Struct(&'static Struct),
    /// Another type under a name of its own.
    Named(&'static Named),
}

/// A type with the same bytes as another and a meaning of its own.
#[derive(Debug, PartialEq, Eq)]
pub struct Named {
    /// The name.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// How its bytes are read.
    pub inner: &'static Type,
}

/// A fieldless enum with hand-given numbers.
#[derive(Debug, PartialEq, Eq)]
pub struct Tagged {
    /// The name.
    pub name: &'static str,
    /// What it says.
    pub doc: &'static str,
    /// Its values.
    pub tags: &'static [Tag],
}

/// One value of a tagged enum.
#[derive(Debug, PartialEq, Eq)]
pub struct Tag {
    /// The byte.
    pub number: u8,
    /// The name.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
}

/// A plain struct.
#[derive(Debug, PartialEq, Eq)]
pub struct Struct {
    /// The name.
    pub name: &'static str,
    /// What it says.
    pub doc: &'static str,
    /// Archived size.
    pub size_bytes: usize,
    /// Its fields, in order.
    pub fields: &'static [Field],
}

/// One field of a payload or of a struct in it.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// The name.
    pub name: &'static str,
    /// What it holds.
    pub doc: &'static str,
    /// How its bytes are read.
    pub type_: Type,
    /// Where it begins in the archived struct.
    pub offset_bytes: usize,
    /// Its archived size.
    pub size_bytes: usize,
}

/// A type that the layout table can describe.
pub trait Shape: Archive + Sized {
    /// Its description.
    const TYPE: Type;

    /// What it holds.
    fn value(&self) -> Value;

    /// Appends what it holds, field by field and with a length before what varies, so that no two values give the same
    /// bytes. For digests and snapshots; records have the encoding of [`crate::codec`].
    fn put(&self, out: &mut Vec<u8>);

    /// Reads what [`Shape::put`] appended, and leaves what follows it.
    fn take(source: &mut &[u8]) -> Option<Self>;

    /// Bytes that it needs in a record outside the struct in which it lies, at most.
    fn outlying_bytes(&self) -> usize;

    /// Bytes that it needs in a record, at most.
    fn record_bytes(&self) -> usize {
        size_bytes::<Self>() + self.outlying_bytes()
    }
}

/// Archived size of a type.
pub const fn size_bytes<T: Archive>() -> usize {
    size_of::<T::Archived>()
}

impl Type {
    /// Everything by which [`Shape::put`] of two versions may differ: names of types, fields and tags, down to numbers.
    pub fn outline(&self) -> String {
        match self {
            Self::List(inner) => format!("vec<{}>", inner.outline()),
            Self::Optional(inner) => format!("option<{}>", inner.outline()),
            Self::Named(Named { name, inner, .. }) => format!("{name}({})", inner.outline()),
            Self::Tagged(Tagged { name, tags, .. }) => {
                let tags: Vec<String> =
                    tags.iter().map(|tag| format!("{}{}", tag.number, tag.name)).collect();
                format!("{name}[{}]", tags.join("|"))
            }
            Self::Struct(Struct { name, fields, .. }) => {
                let field = |field: &Field| format!("{}:{}", field.name, field.type_.outline());
                let fields: Vec<String> = fields.iter().map(field).collect();
                format!("{name}{{{}}}", fields.join(","))
            }
            Self::U8
            | Self::U16
            | Self::U32
            | Self::U64
            | Self::I32
            | Self::I64
            | Self::Bytes(_)
            | Self::Text => self.name(),
        }
    }

    /// As the layout table writes it.
    pub fn name(&self) -> String {
        match self {
            Self::U8 => "u8".to_owned(),
            Self::U16 => "u16".to_owned(),
            Self::U32 => "u32".to_owned(),
            Self::U64 => "u64".to_owned(),
            Self::I32 => "i32".to_owned(),
            Self::I64 => "i64".to_owned(),
            Self::Bytes(length) => format!("[u8;{length}]"),
            Self::Text => "string".to_owned(),
            Self::List(inner) => format!("vec<{}>", inner.name()),
            Self::Optional(inner) => format!("option<{}>", inner.name()),
            Self::Tagged(tagged) => tagged.name.to_owned(),
            Self::Struct(structure) => structure.name.to_owned(),
            Self::Named(named) => named.name.to_owned(),
        }
    }

    /// Archived size, which follows from the type alone: nothing is padded.
    pub fn size_bytes(&self) -> usize {
        match self {
            Self::U8 | Self::Tagged(_) => 1,
            Self::U16 => 2,
            Self::U32 | Self::I32 => 4,
            Self::U64 | Self::I64 | Self::Text | Self::List(_) => 8,
            Self::Bytes(length) => *length,
            Self::Optional(inner) => 1 + inner.size_bytes(),
            Self::Struct(structure) => structure.size_bytes,
            Self::Named(named) => named.inner.size_bytes(),
        }
    }
}

macro_rules! integer_shapes {
    ($($type:ty: $shape:expr, $value:expr;)+) => {$(
        impl Shape for $type {
            const TYPE: Type = $shape;

            fn value(&self) -> Value {
                $value((*self).into())
            }

            fn put(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }

            fn take(source: &mut &[u8]) -> Option<Self> {
                Shape::take(source).map(Self::from_le_bytes)
            }

            fn outlying_bytes(&self) -> usize {
                0
            }
        }
    )+};
}

integer_shapes! {
    u8: Type::U8, Value::Unsigned;
    u16: Type::U16, Value::Unsigned;
    u32: Type::U32, Value::Unsigned;
    u64: Type::U64, Value::Unsigned;
    i32: Type::I32, Value::Signed;
    i64: Type::I64, Value::Signed;
}

impl Shape for String {
    const TYPE: Type = Type::Text;

    fn value(&self) -> Value {
        Value::Text(self.clone())
    }

    fn put(&self, out: &mut Vec<u8>) {
        put_length(self.len(), out);
        out.extend_from_slice(self.as_bytes());
    }

    fn take(source: &mut &[u8]) -> Option<Self> {
        let length = take_length(source)?;
        Self::from_utf8(take_bytes(source, length)?.to_vec()).ok()
    }

    fn outlying_bytes(&self) -> usize {
        self.len()
    }
}

impl<const N: usize> Shape for [u8; N] {
    const TYPE: Type = Type::Bytes(N);

    fn value(&self) -> Value {
        Value::Bytes(self.to_vec())
    }

    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }

    fn take(source: &mut &[u8]) -> Option<Self> {
        take_bytes(source, N)?.try_into().ok()
    }

    fn outlying_bytes(&self) -> usize {
        0
    }
}

impl<T: Shape> Shape for Vec<T> {
    const TYPE: Type = Type::List(&T::TYPE);

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the form says which value it is; any other is a broken invariant"
    )]
    fn value(&self) -> Value {
        let values: Vec<Value> = self.iter().map(Shape::value).collect();
        match T::TYPE {
            // Bytes that a program wrote, not a list of numbers.
            Type::U8 => Value::Bytes(values.iter().map(byte).collect()),
            _ => Value::List(values),
        }
    }

    fn put(&self, out: &mut Vec<u8>) {
        put_length(self.len(), out);
        self.iter().for_each(|entry| entry.put(out));
    }

    fn take(source: &mut &[u8]) -> Option<Self> {
        let length = take_length(source)?;
        (0..length).map(|_| T::take(source)).collect()
    }

    fn outlying_bytes(&self) -> usize {
        self.len() * size_bytes::<T>() + self.iter().map(T::outlying_bytes).sum::<usize>()
    }
}

impl<T: Shape> Shape for Option<T> {
    const TYPE: Type = Type::Optional(&T::TYPE);

    fn value(&self) -> Value {
        self.as_ref().map_or(Value::Absent, Shape::value)
    }

    fn put(&self, out: &mut Vec<u8>) {
        out.push(self.is_some().into());
        if let Some(value) = self {
            value.put(out);
        }
    }

    fn take(source: &mut &[u8]) -> Option<Self> {
        match u8::take(source)? {
            0 => Some(None),
            1 => T::take(source).map(Some),
            _ => None,
        }
    }

    fn outlying_bytes(&self) -> usize {
        self.as_ref().map_or(0, T::outlying_bytes)
    }
}

fn put_length(length: usize, out: &mut Vec<u8>) {
    u32::try_from(length).expect("records are bounded far below four billion bytes").put(out);
}

/// A length of entries, each of which has at least one byte: so a damaged one cannot ask for more memory than there is.
fn take_length(source: &mut &[u8]) -> Option<usize> {
    let length = u32::take(source)? as usize;
    (length <= source.len()).then_some(length)
}

fn take_bytes<'a>(source: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = source.split_at_checked(length)?;
    *source = rest;
    Some(taken)
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the form says which value it is; any other is a broken invariant"
)]
fn byte(value: &Value) -> u8 {
    match value {
        Value::Unsigned(number) => u8::try_from(*number).expect("invariant: a byte was widened"),
        _ => unreachable!("invariant: a byte is shown as an unsigned number"),
    }
}
