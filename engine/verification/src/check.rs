//! The closed set of checks.

use crate::command::Command;
use crate::component::Component;
use crate::equals::Equals;
use crate::exit_codes::ExitCodes;
use crate::fault::Faults;
use crate::fuelled::Ran;
use crate::pattern::Pattern;
use crate::schema::Schema;
use crate::size::Size;
use crate::subject::Subject;
use crate::verdict::Lack;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What kinds of checks there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The output is JSON and holds under a JSON Schema.
    JsonSchema,
    /// A regular expression is found in it, or in one line of it.
    Pattern,
    /// It is what is written.
    Equals,
    /// It is as long as is written.
    Size,
    /// The process ended with one of these exit codes.
    ExitCodes,
    /// A command says so.
    Checker,
    /// A component says so.
    Wasm,
}

impl Kind {
    pub(crate) const ALL: [Self; 7] = [
        Self::JsonSchema,
        Self::Pattern,
        Self::Equals,
        Self::Size,
        Self::ExitCodes,
        Self::Checker,
        Self::Wasm,
    ];

    /// As it is written in a verification.
    pub fn name(self) -> &'static str {
        match self {
            Self::JsonSchema => "json_schema",
            Self::Pattern => "pattern",
            Self::Equals => "equals",
            Self::Size => "size",
            Self::ExitCodes => "exit_codes",
            Self::Checker => "checker",
            Self::Wasm => "wasm",
        }
    }
}

/// A check that is well written.
#[derive(Debug, Clone)]
pub(crate) enum Check {
    JsonSchema(Box<Schema>),
    Pattern(Pattern),
    Equals(Equals),
    Size(Size),
    ExitCodes(ExitCodes),
    Checker(Command),
    Wasm(Component),
}

impl Check {
    pub(crate) fn read(faults: &mut Faults, kind: Kind, value: &Value) -> Option<Self> {
        Some(match kind {
            Kind::JsonSchema => Self::JsonSchema(Box::new(Schema::read(faults, value)?)),
            Kind::Pattern => Self::Pattern(Pattern::read(faults, value)?),
            Kind::Equals => Self::Equals(Equals::read(faults, value)?),
            Kind::Size => Self::Size(Size::read(faults, value)?),
            Kind::ExitCodes => Self::ExitCodes(ExitCodes::read(faults, value)?),
            Kind::Checker => Self::Checker(Command::read(faults, value)?),
            Kind::Wasm => Self::Wasm(Component::read(faults, value)?),
        })
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::JsonSchema(_) => Kind::JsonSchema,
            Self::Pattern(_) => Kind::Pattern,
            Self::Equals(_) => Kind::Equals,
            Self::Size(_) => Kind::Size,
            Self::ExitCodes(_) => Kind::ExitCodes,
            Self::Checker(_) => Kind::Checker,
            Self::Wasm(_) => Kind::Wasm,
        }
    }

    /// Whether it looks into the output, which takes time and memory by what others wrote.
    pub(crate) fn looks_into_output(&self) -> bool {
        match self {
            Self::JsonSchema(_) | Self::Pattern(_) | Self::Equals(_) | Self::Wasm(_) => true,
            Self::Size(_) | Self::ExitCodes(_) | Self::Checker(_) => false,
        }
    }

    /// With the fuel that it used.
    pub(crate) fn carry_out(&self, position: u32, subject: &Subject<'_>) -> (Result<(), Lack>, u64) {
        let looked_into = match self {
            Self::Size(size) => return (size.check(subject.output_bytes), 0),
            Self::ExitCodes(codes) => return (codes.check(subject.exit_code), 0),
            Self::Checker(_) => {
                let ended = subject.checkers.get(&position);
                // One that was not run for want of an output says so.
                let checked = if ended.is_none() { subject.output().map(drop) } else { Ok(()) };
                return (checked.and_then(|()| Command::check(ended)), 0);
            }
            Self::JsonSchema(_) | Self::Pattern(_) | Self::Equals(_) | Self::Wasm(_) => subject.output(),
        };
        let output = match looked_into {
            Ok(output) => output,
            Err(lack) => return (Err(lack), 0),
        };
        match self {
            Self::JsonSchema(schema) => (schema.check(output), 0),
            Self::Pattern(pattern) => (pattern.check(output), 0),
            Self::Equals(equals) => (equals.check(output), 0),
            Self::Wasm(component) => {
                let Ran { result, fuel_used } = component.check(output);
                (result, fuel_used)
            }
            Self::Size(_) | Self::ExitCodes(_) | Self::Checker(_) => (Ok(()), 0),
        }
    }
}
