//! What was found of an attempt in words: the lines that show why it failed, and why checks of its output do not hold.

use schemars::JsonSchema;
use serde::Serialize;
use triad_perform::findings::{self, Said};

/// Why an attempt failed, or might have.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Cause {
    class: String,
    /// How sure that is, per mille.
    confidence_pm: u32,
    rule: String,
    /// The line that shows it; none when the end of the attempt alone says so.
    line: Option<String>,
    /// How often that stood there one below the other.
    times: u32,
    /// What it is about.
    subjects: Vec<About>,
}

/// Something that a cause is about.
#[derive(Debug, Serialize, JsonSchema)]
struct About {
    kind: String,
    name: String,
}

/// A check of the output that does not hold.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Unmet {
    /// Which one, from 0; none when a limit ended all of them.
    check: Option<u32>,
    kind: Option<String>,
    /// Whose fault it is: `DIFFERS`, `TOO_MUCH` or `BROKEN`.
    cause: String,
    reason: String,
    /// What a component or a command said itself.
    said: Option<String>,
}

/// Causes and checks that do not hold.
pub(super) type Found = (Vec<Cause>, Vec<Unmet>);

/// What was sealed, with the words of the rest of the interface; none when it is not what is sealed of an attempt.
pub(super) fn shown(bytes: &[u8]) -> Option<Found> {
    let Said { causes, unmet } = Said::decode(bytes)?;
    let cause = |cause: findings::Cause| Cause {
        class: cause.class.to_uppercase(),
        confidence_pm: cause.confidence_pm,
        rule: cause.rule,
        line: cause.line,
        times: cause.times,
        subjects: cause
            .subjects
            .into_iter()
            .map(|(kind, name)| About { kind: kind.to_uppercase(), name })
            .collect(),
    };
    let unmet_check = |unmet: findings::Unmet| Unmet {
        check: unmet.check,
        kind: unmet.kind.map(|kind| kind.to_uppercase()),
        cause: unmet.cause.to_uppercase(),
        reason: unmet.reason,
        said: unmet.said,
    };
    Some((causes.into_iter().map(cause).collect(), unmet.into_iter().map(unmet_check).collect()))
}
