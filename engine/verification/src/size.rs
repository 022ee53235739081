//! `size`: how long an output is.

use crate::fault::{Faults, kind};
use crate::verdict::Lack;
use serde_json::Value;

/// How many bytes an output has at least and at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Size {
    at_least: u64,
    at_most: u64,
}

impl Size {
    pub(crate) fn read(faults: &mut Faults, value: &Value) -> Option<Self> {
        let members = faults.members(value, &["at_least", "at_most"])?;
        let mut bytes = |name: &str, otherwise: u64| match members.get(name) {
            None => Some(otherwise),
            Some(value) => faults.member(name, |faults| whole(faults, value, "a number of bytes")),
        };
        let (at_least, at_most) = (bytes("at_least", 0)?, bytes("at_most", u64::MAX)?);
        if members.is_empty() {
            faults.add("bounds nothing: write `at_least`, `at_most` or both, in bytes");
            return None;
        }
        if at_least > at_most {
            faults.add(format!(
                "`at_least` {at_least} is more than `at_most` {at_most}: nothing is as long as that"
            ));
            return None;
        }
        Some(Self { at_least, at_most })
    }

    pub(crate) fn check(&self, bytes: u64) -> Result<(), Lack> {
        let Self { at_least, at_most } = *self;
        if bytes < at_least {
            return Err(Lack::differs(format!(
                "the output has {bytes} bytes, and at least {at_least} are wanted"
            )));
        }
        if bytes > at_most {
            return Err(Lack::differs(format!(
                "the output has {bytes} bytes, and at most {at_most} are wanted"
            )));
        }
        Ok(())
    }
}

/// A whole number from 0 on; a fault when it is none.
pub(crate) fn whole(faults: &mut Faults, value: &Value, what: &str) -> Option<u64> {
    let number = value.as_u64();
    if number.is_none() {
        let is = if value.is_number() { "no whole number from 0 on" } else { kind(value) };
        faults.add(format!("is {is}: write {what}, such as 100"));
    }
    number
}

/// A whole number within bounds; `otherwise` when there is none.
pub(crate) fn bounded(
    faults: &mut Faults,
    value: Option<&Value>,
    name: &str,
    (least, otherwise, most): (u64, u64, u64),
) -> Option<u64> {
    let Some(value) = value else { return Some(otherwise) };
    faults.member(name, |faults| {
        let number = whole(faults, value, "a number")?;
        if !(least..=most).contains(&number) {
            faults.add(format!("is {number}: write a number from {least} to {most}"));
            return None;
        }
        Some(number)
    })
}
