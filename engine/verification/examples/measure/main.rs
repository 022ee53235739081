//! What a verification costs: `cargo run -p triad-verification --example measure -- PROGRAM`, where PROGRAM is the built `verify`
//! of this package. Each line has the median and the ninety-ninth of a hundred of a number of runs, in microseconds.

mod stopwatch;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;
use triad_verification::{Subject, Verdict, Verification, ask, limits};

/// Looks at each byte of the output and holds.
const COUNTS: &str = r#"(component
  (core module $module
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $at i32)
      (local.set $at (global.get $next))
      (global.set $next (i32.add (global.get $next) (local.get 3)))
      (drop (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get 3) (i32.const 16)))))
      (local.get $at))
    (func (export "verify") (param $at i32) (param $length i32) (result i32)
      (local $end i32) (local $sum i32)
      (local.set $end (i32.add (local.get $at) (local.get $length)))
      (block $done
        (loop $next
          (br_if $done (i32.eq (local.get $at) (local.get $end)))
          (local.set $sum (i32.add (local.get $sum) (i32.load8_u (local.get $at))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $next)))
      (i32.const 0))
    MORE)
  (core instance $instance (instantiate $module))
  (func (export "verify") (param "output" (list u8)) (result (result (error string)))
    (canon lift (core func $instance "verify") (memory (core memory $instance "memory"))
      (realloc (core func $instance "realloc")))))"#;

fn main() -> Result<(), Box<dyn Error>> {
    let program = PathBuf::from(std::env::args_os().nth(1).ok_or("which program verifies?")?);
    let (kilobyte, megabyte) = (rows(4), rows(4_200));
    println!("outputs of {} and {} bytes", kilobyte.len(), megabyte.len());
    let schema = json!([{ "json_schema": schema() }]);
    let component = |more: &str| -> Result<Value, wat::Error> {
        let bytes = wat::parse_str(COUNTS.replace("MORE", more))?;
        println!("a component of {} bytes", bytes.len());
        Ok(json!([{"wasm": {"component": STANDARD.encode(bytes)}}]))
    };
    let small = component("")?;
    let body = "(drop (i32.add (i32.load (i32.const 1)) (i32.const 2)))".repeat(100);
    let large = component(&format!("(func {body})").repeat(100))?;
    let checks = [
        ("schema of 20 fields", &schema),
        ("pattern", &json!([{"pattern": {"regex": "\"name19\": *\"x+\"", "line": 1}}])),
        ("small component", &small),
        ("large component", &large),
    ];
    for (name, written) in checks {
        let read = || Verification::read(written.clone());
        println!("{name}: read {}", shown(200, || read().is_ok())?);
        let verification = read().map_err(|faults| format!("{faults:?}"))?;
        for (size, output) in [("1 KB", &kilobyte), ("1 MB", &megabyte)] {
            let subject = Subject::whole(output, 0);
            let runs = if size == "1 KB" { 200 } else { 30 };
            println!("{name}, {size}, here: {}", shown(runs, || verification.carry_out(&subject).holds())?);
            let asked = || {
                ask(&program, &verification, &subject, limits::DEADLINE).is_ok_and(|verdict| verdict.holds())
            };
            println!("{name}, {size}, in a process: {}", shown(runs, asked)?);
            if let Verdict::Checked { fuel_used, .. } = verification.carry_out(&subject) {
                println!("{name}, {size}: {fuel_used} of fuel");
            }
        }
    }
    Ok(())
}

/// Fails when the work does.
fn shown(runs: usize, mut work: impl FnMut() -> bool) -> Result<String, Box<dyn Error>> {
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..runs {
        let (holds, time) = stopwatch::timed(&mut work);
        if !holds {
            return Err("a check does not hold that should".into());
        }
        times.push(time);
    }
    times.sort_unstable();
    let at = |part: usize| times[(runs * part / 100).min(runs - 1)].as_micros();
    Ok(format!("{} us, {} us", at(50), at(99)))
}

fn schema() -> Value {
    let fields = (0..20).map(|number| {
        let field = match number % 4 {
            0 => json!({"type": "integer", "minimum": 0, "maximum": 1000}),
            1 => json!({"type": "number"}),
            2 => json!({"enum": ["a", "b", "c"]}),
            _ => json!({"type": "string", "minLength": 1, "pattern": "^x+$"}),
        };
        (format!("name{number}"), field)
    });
    let fields: Map<String, Value> = fields.collect();
    let required: Vec<&String> = fields.keys().collect();
    let row =
        json!({"type": "object", "required": required, "additionalProperties": false, "properties": fields});
    json!({"type": "array", "items": row})
}

/// A list of objects that hold under the schema, each of some 260 bytes.
fn rows(count: usize) -> Vec<u8> {
    let row = (0..20).map(|number| {
        let field = match number % 4 {
            0 => json!(number),
            1 => json!(0.5),
            2 => json!("a"),
            _ => json!("xx"),
        };
        (format!("name{number}"), field)
    });
    let row = Value::Object(row.collect());
    Value::Array(vec![row; count]).to_string().into_bytes()
}
