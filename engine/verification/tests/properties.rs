//! What holds of every verification and every output.

use crate::components::{check, looks_for_x};
use crate::read;
use quickcheck::{Arbitrary, Gen, quickcheck};
use serde_json::{Map, Value, json};
use triad_verification::{Subject, Verdict, Verification, limits};

/// A value of JSON that is like a verification in parts.
#[derive(Debug, Clone)]
struct Written(Value);

const NAMES: &[&str] = &[
    "json_schema",
    "pattern",
    "equals",
    "size",
    "exit_codes",
    "checker",
    "wasm",
    "regex",
    "line",
    "text",
    "base64",
    "json",
    "json_text",
    "at_least",
    "at_most",
    "command",
    "timeout_seconds",
    "component",
    "fuel",
    "memory_bytes",
    "$ref",
    "$defs",
    "allOf",
    "items",
    "type",
    "properties",
    "additionalProperties",
    "not",
    "required",
    "minimum",
    "format",
    "enum",
    "const",
    "uniqueItems",
    "$schema",
];
const TEXTS: &[&str] = &[
    "",
    "x",
    "^ok$",
    "(a+)+$",
    "(",
    "[",
    "\\p{L}",
    "{}",
    "[1]",
    "AGFzbQ==",
    "AGFzbQ0AAQA=",
    "#/$defs/a",
    "#",
    "object",
    "integer",
    "date",
    "http://json-schema.org/draft-07/schema#",
    "\u{1b}[0m",
    "\u{202e}",
    "1e5",
];

fn value(g: &mut Gen, depth: usize) -> Value {
    let kinds = if depth == 0 { 5 } else { 8 };
    match u8::arbitrary(g) % kinds {
        0 => json!(i64::arbitrary(g)),
        1 => json!(u8::arbitrary(g)),
        2 => g
            .choose(&[json!(null), json!(true), json!(false), json!(0.5), json!(1e300)])
            .cloned()
            .unwrap_or_default(),
        3 | 4 => json!(g.choose(TEXTS)),
        5 => (0..u8::arbitrary(g) % 4).map(|_| value(g, depth - 1)).collect(),
        _ => {
            let members = (0..u8::arbitrary(g) % 3 + 1).map(|_| {
                let name = (*g.choose(NAMES).unwrap_or(&"x")).to_owned();
                (name, value(g, depth - 1))
            });
            Value::Object(members.collect::<Map<_, _>>())
        }
    }
}

impl Arbitrary for Written {
    fn arbitrary(g: &mut Gen) -> Self {
        // One check with one member is right often enough for what lies within to be reached.
        let entries = (0..u8::arbitrary(g) % 3 + 1).map(|_| {
            let name = g.choose(&NAMES[..7]).copied().unwrap_or("pattern");
            json!({ name: value(g, 4) })
        });
        Self(entries.collect())
    }
}

/// An output: bytes, or JSON.
#[derive(Debug, Clone)]
struct Output(Vec<u8>);

impl Arbitrary for Output {
    fn arbitrary(g: &mut Gen) -> Self {
        match u8::arbitrary(g) % 3 {
            0 => Self(Vec::arbitrary(g)),
            1 => Self(String::arbitrary(g).into_bytes()),
            _ => Self(value(g, 5).to_string().into_bytes()),
        }
    }
}

fn is_clean(text: &str) -> bool {
    text.chars().count() <= limits::REASON_CHARACTERS_MAX && !text.chars().any(char::is_control)
}

quickcheck! {
    /// Reading never panics, and whatever it takes can be carried out, twice the same.
    fn whatever_is_taken_can_be_carried_out(written: Written, output: Output, exit_code: u8) -> bool {
        match Verification::read(written.0) {
            Err(faults) => {
                !faults.is_empty() && faults.len() <= limits::FAULTS_MAX && faults.iter().all(|fault| is_clean(&fault.problem))
            }
            Ok(verification) => {
                let subject = Subject::whole(&output.0, exit_code.into());
                let verdict = verification.carry_out(&subject);
                let clean = match &verdict {
                    Verdict::Checked { failures, .. } => failures.iter().all(|failure| is_clean(&failure.reason)),
                    Verdict::TooMuch { .. } => false,
                };
                let again = Verification::read(verification.written().clone()).map(|read| read.carry_out(&subject));
                clean && verdict.held() <= verdict.checks() && again == Ok(verdict)
            }
        }
    }

    /// A component that is broken anywhere is refused or run, and nothing else.
    fn a_broken_component_is_refused_or_run(places: Vec<(u16, u8)>) -> bool {
        let mut component = looks_for_x();
        for (place, byte) in places.iter().take(3) {
            let at = usize::from(*place) % component.len();
            component[at] = *byte;
        }
        match Verification::read(json!([check(&component)])) {
            Err(faults) => faults.iter().all(|fault| is_clean(&fault.problem)),
            Ok(verification) => {
                let subject = Subject::whole(b"some x", 0);
                verification.carry_out(&subject) == verification.carry_out(&subject)
            }
        }
    }

    fn the_same_output_uses_the_same_fuel(output: Vec<u8>) -> bool {
        let verification = read(json!([check(&looks_for_x())]));
        let verdict = verification.carry_out(&Subject::whole(&output, 0));
        verdict.holds() == output.contains(&b'x') && verdict == verification.carry_out(&Subject::whole(&output, 0))
    }

    /// Every value of JSON equals itself, written in any way, and nothing else.
    fn values_equal_themselves_alone(one: Output, other: Output) -> bool {
        let (Ok(first), Ok(second)) = (serde_json::from_slice::<Value>(&one.0), serde_json::from_slice::<Value>(&other.0)) else {
            return true;
        };
        let Ok(verification) = Verification::read(json!([{"equals": {"json_text": first.to_string()}}])) else { return false };
        let pretty = serde_json::to_vec_pretty(&first).unwrap_or_default();
        verification.carry_out(&Subject::whole(&pretty, 0)).holds()
            && verification.carry_out(&Subject::whole(&other.0, 0)).holds() == (first == second)
    }
}
