//! `exit_codes`: which ends of a process count as success.

use crate::fault::{Faults, Step, kind};
use crate::limits::EXIT_CODES_MAX;
use crate::verdict::Lack;
use serde_json::Value;
use std::collections::BTreeSet;

/// Exit codes that count as success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExitCodes(BTreeSet<u8>);

impl ExitCodes {
    pub(crate) fn read(faults: &mut Faults, value: &Value) -> Option<Self> {
        let Some(entries) = value.as_array() else {
            faults.add(format!("is {}: write a list of exit codes, such as [0, 3]", kind(value)));
            return None;
        };
        if entries.is_empty() || entries.len() > EXIT_CODES_MAX {
            faults.add(format!("has {} entries: write 1 to {EXIT_CODES_MAX} exit codes", entries.len()));
            return None;
        }
        let mut codes = BTreeSet::new();
        for (entry, position) in entries.iter().zip(0..) {
            faults.within(Step::Entry(position), |faults| {
                match entry.as_u64().and_then(|code| u8::try_from(code).ok()) {
                    None => faults.add("is no exit code: write a whole number from 0 to 255"),
                    Some(code) if !codes.insert(code) => {
                        faults.add(format!("is {code}, which is there already: remove one"));
                    }
                    Some(_) => {}
                }
            });
        }
        (codes.len() == entries.len()).then_some(Self(codes))
    }

    pub(crate) fn codes(&self) -> impl Iterator<Item = u8> {
        self.0.iter().copied()
    }

    pub(crate) fn check(&self, exit_code: Option<i32>) -> Result<(), Lack> {
        let Some(code) = exit_code else {
            return Err(Lack::differs("it was ended by a signal, and has no exit code"));
        };
        match u8::try_from(code) {
            Ok(code) if self.0.contains(&code) => Ok(()),
            _ => Err(Lack::differs(format!("its exit code is {code}, which is not listed"))),
        }
    }
}
