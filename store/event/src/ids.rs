//! Every id is a type of its own: sixteen bytes, shown as 32 lowercase hexadecimal digits.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use rkyv::{Archive, Deserialize, Serialize};

use crate::shape::{Named, Shape, Type};
use crate::value::Value;

/// Declares the registry: one line per id, in alphabetical order.
macro_rules! ids {
    ($( $(#[doc = $doc:literal])+ $name:ident; )+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Archive, Serialize, Deserialize)]
        pub struct $name(pub [u8; 16]);

        // As one big-endian integer: the order of the bytes, in two instructions, since ids are looked up all
        // the time.
        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                u128::from_be_bytes(self.0).cmp(&u128::from_be_bytes(other.0))
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl $name {
            /// Sixteen zero bytes.
            pub const ZERO: Self = Self([0; 16]);
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                show(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                show(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                read(text).map(Self)
            }
        }

        impl Shape for $name {
            const TYPE: Type = Type::Named(&Named {
                name: stringify!($name),
                doc: concat!($($doc),+),
                inner: &Type::Bytes(16),
            });

            fn value(&self) -> Value {
                Value::Id(self.to_string())
            }

            fn put(&self, out: &mut Vec<u8>) {
                self.0.put(out);
            }

            fn take(source: &mut &[u8]) -> Option<Self> {
                Shape::take(source).map(Self)
            }

            fn outlying_bytes(&self) -> usize {
                0
            }
        }
    )+};
}

ids! {
    /// The key under which an attempt may be performed more than once and must count once. Derived, never
    /// random.
    AttemptKey;
    /// Whose content is erased together: by default that of one workflow, then with the same bytes.
    DataSubjectId;
    /// A link that can be used once, drawn at random at the door.
    LinkId;
    /// A log, drawn at random when it is made; all its records and checkpoints name it.
    LogId;
    /// One run of a machine from its start to its end, as its system names it; all zero when it is not known.
    BootId;
    /// A node: one installation of the engine that writes records.
    NodeId;
    /// Who caused a record, as a pseudonym; all zero is the system itself.
    PrincipalId;
    /// A session of a browser, drawn at random at the door.
    SessionId;
    /// A stream of records: a workflow, or the log itself (all zero).
    StreamId;
    /// A workflow, drawn at random at the door.
    WorkflowId;
}

impl StreamId {
    /// The log's own stream.
    pub const LOG: Self = Self::ZERO;
}

impl From<WorkflowId> for StreamId {
    fn from(workflow: WorkflowId) -> Self {
        Self(workflow.0)
    }
}

impl From<WorkflowId> for DataSubjectId {
    fn from(workflow: WorkflowId) -> Self {
        Self(workflow.0)
    }
}

impl From<StreamId> for WorkflowId {
    fn from(stream: StreamId) -> Self {
        Self(stream.0)
    }
}

/// The text is no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAnId;

impl fmt::Display for NotAnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id is 32 lowercase hexadecimal digits")
    }
}

impl std::error::Error for NotAnId {}

fn show(bytes: &[u8; 16], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

fn read(text: &str) -> Result<[u8; 16], NotAnId> {
    let digits: &[u8; 32] = text.as_bytes().try_into().map_err(|_| NotAnId)?;
    let mut bytes = [0; 16];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Ok(bytes)
}

fn digit(character: u8) -> Result<u8, NotAnId> {
    match character {
        b'0'..=b'9' => Ok(character - b'0'),
        b'a'..=b'f' => Ok(character - b'a' + 10),
        _ => Err(NotAnId),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_from_its_text() {
        let id = WorkflowId(*b"\x00\x01\x7f\x80\xff\x0a\x0b\x0c0123456\xab");
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn text_that_is_no_id_is_refused() {
        for text in [
            "",
            "0",
            "0123456789ABCDEF0123456789ABCDEF",
            "0123456789abcdef0123456789abcde",
            "g123456789abcdef0123456789abcdef",
        ] {
            assert_eq!(text.parse::<LogId>(), Err(NotAnId), "{text}");
        }
    }

    #[test]
    fn a_workflow_and_its_stream_have_the_same_bytes() {
        let workflow = WorkflowId([7; 16]);
        assert_eq!(WorkflowId::from(StreamId::from(workflow)), workflow);
        assert_eq!(StreamId::LOG.0, [0; 16]);
    }
}
