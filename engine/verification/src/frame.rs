//! What goes to the process that verifies: four bytes of length, least first, that many bytes of JSON, and the output to the end.

use crate::limits::{HEAD_BYTES_MAX, OUTPUT_BYTES_MAX};
use crate::subject::{CheckerEnded, Subject};
use crate::words::clean;
use crate::written::Verification;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{self, Read};

/// All but the output, as it is written; `verify` is a reference then.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head<V> {
    verify: V,
    output_bytes: u64,
    has_output: bool,
    exit_code: Option<i32>,
    checkers: BTreeMap<u32, CheckerEnded>,
}

/// What was asked.
pub(crate) struct Asked {
    pub(crate) verification: Verification,
    head: Head<()>,
    output: Vec<u8>,
}

impl Asked {
    pub(crate) fn subject(&self) -> Subject<'_> {
        Subject {
            output_bytes: self.head.output_bytes,
            output: self.head.has_output.then_some(&self.output),
            exit_code: self.head.exit_code,
            checkers: self.head.checkers.clone(),
        }
    }
}

pub(crate) fn encode(verification: &Verification, subject: &Subject<'_>) -> io::Result<Vec<u8>> {
    let checkers = subject.checkers.iter().filter(|(position, _)| **position < verification.checks_count());
    let cut = |ended: &CheckerEnded| CheckerEnded { said: clean(ended.said.trim()), ..ended.clone() };
    let head = Head {
        verify: verification.written(),
        output_bytes: subject.output_bytes,
        has_output: subject.output.is_some(),
        exit_code: subject.exit_code,
        checkers: checkers.map(|(position, ended)| (*position, cut(ended))).collect(),
    };
    let head = serde_json::to_vec(&head)?;
    let length = u32::try_from(head.len()).ok().filter(|_| head.len() <= HEAD_BYTES_MAX);
    let length =
        length.ok_or_else(|| io::Error::other("invariant: a verification is bounded when it is read"))?;
    Ok([&length.to_le_bytes(), &head[..], subject.output.unwrap_or_default()].concat())
}

pub(crate) fn decode(mut from: impl Read) -> io::Result<Asked> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length);
    if length as usize > HEAD_BYTES_MAX {
        return Err(io::Error::other("the question is too long"));
    }
    let mut head = Vec::new();
    from.by_ref().take(length.into()).read_to_end(&mut head)?;
    let Head { verify, output_bytes, has_output, exit_code, checkers } =
        serde_json::from_slice::<Head<Value>>(&head)?;
    drop(head);
    let verification = Verification::read(verify).map_err(|faults| {
        io::Error::other(faults.into_iter().next().map_or_else(String::new, |fault| fault.to_string()))
    })?;
    let mut output = Vec::new();
    from.take(OUTPUT_BYTES_MAX as u64 + 1).read_to_end(&mut output)?;
    let head = Head { verify: (), output_bytes, has_output, exit_code, checkers };
    Ok(Asked { verification, head, output })
}
