//! Components that check, as text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// Where a component may write what it answers, and says what is at [`REASON`].
const ANSWER: u32 = 0;
const REASON: u32 = 16;
/// Length of the reason that is there.
const REASON_BYTES: u32 = 12;

/// A component whose function is `(param $at i32) (param $length i32) (result i32)`, with what else a module may hold.
pub(crate) fn with(function: &str, more: &str) -> Vec<u8> {
    let text = format!(
        r#"(component
  (core module $module
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $at i32)
      (local.set $at (global.get $next))
      (global.set $next (i32.add (global.get $next) (local.get 3)))
      (block $enough
        (br_if $enough (i32.le_u (global.get $next) (i32.mul (memory.size) (i32.const 65536))))
        (br_if $enough
          (i32.ne (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get 3) (i32.const 16)))) (i32.const -1)))
        (unreachable))
      (local.get $at))
    (func $holds (result i32) (i32.store8 (i32.const {ANSWER}) (i32.const 0)) (i32.const {ANSWER}))
    (func $fails (param $from i32) (param $bytes i32) (result i32)
      (i32.store8 (i32.const {ANSWER}) (i32.const 1))
      (i32.store (i32.const 4) (local.get $from))
      (i32.store (i32.const 8) (local.get $bytes))
      (i32.const {ANSWER}))
    (func $verify (export "verify") (param $at i32) (param $length i32) (result i32) {function})
    (data (i32.const {REASON}) "no x\1b[1m\0ain it")
    {more})
  (core instance $instance (instantiate $module))
  (func (export "verify") (param "output" (list u8)) (result (result (error string)))
    (canon lift (core func $instance "verify") (memory (core memory $instance "memory"))
      (realloc (core func $instance "realloc")))))"#
    );
    bytes(&text)
}

/// Holds when the output has the letter x.
pub(crate) fn looks_for_x() -> Vec<u8> {
    let function = format!(
        "(local $end i32)
        (local.set $end (i32.add (local.get $at) (local.get $length)))
        (block $none
          (loop $next
            (br_if $none (i32.eq (local.get $at) (local.get $end)))
            (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 120)) (then (return (call $holds))))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br $next)))
        (call $fails (i32.const {REASON}) (i32.const {REASON_BYTES}))"
    );
    with(&function, "")
}

pub(crate) fn bytes(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn check(component: &[u8]) -> Value {
    json!({"wasm": {"component": STANDARD.encode(component)}})
}

pub(crate) fn check_with(component: &[u8], fuel: u64, memory_bytes: u64) -> Value {
    json!({"wasm": {"component": STANDARD.encode(component), "fuel": fuel, "memory_bytes": memory_bytes}})
}
