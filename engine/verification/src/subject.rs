//! What is verified.

use crate::limits::OUTPUT_BYTES_MAX;
use crate::verdict::Lack;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A process that has ended, and what it wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject<'o> {
    /// How long its output is, in bytes, whether all of it was kept or not.
    pub output_bytes: u64,
    /// The output, all of it. None when it was cut; checks that look into it do not hold then.
    pub output: Option<&'o [u8]>,
    /// None when a signal ended it.
    pub exit_code: Option<i32>,
    /// How the commands ended that check, by the position of their check. One that is not named was not run.
    pub checkers: BTreeMap<u32, CheckerEnded>,
}

/// How a command ended that checks an output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckerEnded {
    /// None when a signal ended it, or it was ended because it took too long.
    pub exit_code: Option<i32>,
    /// Whether it was ended because it took too long.
    pub out_of_time: bool,
    /// The end of what it said: content.
    pub said: String,
}

impl<'o> Subject<'o> {
    /// Of a process that ended with an exit code, whose whole output this is.
    pub fn whole(output: &'o [u8], exit_code: i32) -> Self {
        Self {
            output_bytes: output.len() as u64,
            output: Some(output),
            exit_code: Some(exit_code),
            checkers: BTreeMap::new(),
        }
    }

    /// The output, if it can be looked into.
    pub(crate) fn output(&self) -> Result<&'o [u8], Lack> {
        let length = self.output_bytes;
        match self.output {
            _ if length > OUTPUT_BYTES_MAX as u64 => Err(Lack::too_much(format!(
                "the output has {length} bytes, and is looked into up to {OUTPUT_BYTES_MAX}"
            ))),
            None => Err(Lack::too_much(format!("the output has {length} bytes, and not all of it was kept"))),
            Some(output) if output.len() as u64 != length => {
                Err(Lack::too_much(format!("of the output's {length} bytes {} are there", output.len())))
            }
            Some(output) => Ok(output),
        }
    }
}
