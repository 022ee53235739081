//! Integer quantities: the unit is the type, arithmetic is checked, overflow is `None` and never wraps.

use std::fmt;

use rkyv::{Archive, Deserialize, Serialize};

use crate::shape::{Named, Shape, Type};

macro_rules! quantities {
    ($( $(#[doc = $doc:literal])+ $name:ident($integer:ident, $inner:expr, $suffix:literal); )+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        #[derive(Archive, Serialize, Deserialize)]
        pub struct $name(pub $integer);

        impl $name {
            /// Nothing of it.
            pub const ZERO: Self = Self(0);

            /// The sum, unless it overflows.
            pub const fn plus(self, other: Self) -> Option<Self> {
                match self.0.checked_add(other.0) {
                    Some(sum) => Some(Self(sum)),
                    None => None,
                }
            }

            /// The difference, unless it overflows.
            pub const fn minus(self, other: Self) -> Option<Self> {
                match self.0.checked_sub(other.0) {
                    Some(difference) => Some(Self(difference)),
                    None => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!("{} ", $suffix), self.0)
            }
        }

        impl Shape for $name {
            const TYPE: Type = Type::Named(&Named {
                name: stringify!($name),
                doc: concat!($($doc),+),
                inner: &$inner,
            });

            fn value(&self) -> crate::value::Value {
                self.0.value()
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

quantities! {
    /// Bytes.
    Bytes(u64, Type::U64, "B");
    /// Microseconds: a moment since 1970-01-01T00:00:00Z, or a span.
    Micros(i64, Type::I64, "us");
    /// A span in milliseconds, as definitions and settings state it.
    Millis(u64, Type::U64, "ms");
    /// Energy in thousandths of a watt hour.
    MilliwattHours(u64, Type::U64, "mWh");
    /// Energy in millionths of a joule, as processors count it.
    Microjoules(u64, Type::U64, "uJ");
    /// Power in thousandths of a watt.
    Milliwatts(u64, Type::U64, "mW");
    /// Money in millionths of a US dollar.
    MicroUsd(i64, Type::I64, "uUSD");
    /// What the generation of electricity sets free, as if all of it were carbon dioxide, in thousandths of a gram.
    Milligrams(u64, Type::U64, "mg");
    /// A part of one, or a factor, in millionths.
    PartsPerMillion(u32, Type::U32, "ppm");
}

impl Micros {
    /// The moment `span` later; the last representable moment when there is none.
    pub const fn after(self, span: Millis) -> Self {
        self.later(span.to_micros())
    }

    /// The moment after this one by a span; the latest that can be represented when it is later.
    pub const fn later(self, span: Self) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Millis {
    /// The same span in microseconds; the longest representable when it is longer.
    pub const fn to_micros(self) -> Micros {
        match self.0.checked_mul(1_000) {
            Some(micros) if micros <= i64::MAX as u64 => Micros(micros as i64),
            _ => Micros(i64::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overflow_is_none() {
        assert_eq!(Bytes(u64::MAX).plus(Bytes(1)), None);
        assert_eq!(Bytes(1).minus(Bytes(2)), None);
        assert_eq!(Micros(i64::MIN).minus(Micros(1)), None);
        assert_eq!(Micros(1).plus(Micros(-3)), Some(Micros(-2)));
    }

    #[test]
    fn a_span_too_long_to_say_saturates() {
        assert_eq!(Millis(2).to_micros(), Micros(2_000));
        assert_eq!(Millis(u64::MAX).to_micros(), Micros(i64::MAX));
        assert_eq!(Micros(5).after(Millis(u64::MAX)), Micros(i64::MAX));
    }
}
