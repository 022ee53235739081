//! Components that check: what they answer, what they use, and what they are ended for.

use crate::components::{bytes, check, check_with, looks_for_x, with};
use crate::{carried_out, read};
use serde_json::json;
use triad_verification::{Cause, Subject, Verdict, limits};

#[test]
fn a_component_says_whether_an_output_holds_and_why_not() {
    let component = check(&looks_for_x());
    for (output, holds) in [(&b"x"[..], true), (b"abcx", true), (b"", false), (b"abc", false)] {
        let verdict = read(json!([component])).carry_out(&Subject::whole(output, 0));
        assert_eq!(verdict.holds(), holds);
        let Verdict::Checked { failures, fuel_used, .. } = verdict else { panic!("it is ended") };
        assert!(fuel_used > 0);
        for failure in failures {
            assert_eq!(failure.cause, Cause::Differs);
            assert_eq!(failure.reason, "the component says that the output does not hold");
            // What it says has no control characters, and is kept apart from what we say.
            assert_eq!(failure.said.as_deref(), Some("no x\u{fffd}[1m in"));
        }
    }
}

#[test]
fn the_largest_output_is_handed_over() {
    let mut output = vec![b'a'; limits::OUTPUT_BYTES_MAX];
    let component = check_with(&looks_for_x(), limits::FUEL_MAX, limits::MEMORY_BYTES);
    output[limits::OUTPUT_BYTES_MAX - 1] = b'x';
    assert_eq!(carried_out(component, &output), Ok(()));
}

#[test]
fn fuel_is_that_of_the_instructions_and_the_same_each_time() {
    let used = |output: &[u8]| {
        let verdict = read(json!([check(&looks_for_x())])).carry_out(&Subject::whole(output, 0));
        match verdict {
            Verdict::Checked { fuel_used, .. } => fuel_used,
            Verdict::TooMuch { reason, .. } => panic!("{reason}"),
        }
    };
    let (one, two, three) = (used(b"a"), used(b"aa"), used(b"aaa"));
    assert_eq!(used(b"aa"), two);
    assert_eq!(three - two, two - one, "each byte costs the same");
    // Of two components the verdict has the sum.
    let both =
        read(json!([check(&looks_for_x()), check(&looks_for_x())])).carry_out(&Subject::whole(b"aa", 0));
    assert!(matches!(both, Verdict::Checked { fuel_used, .. } if fuel_used == 2 * two));
    // What it uses is enough, and half of it is not.
    let output = [b'a'; 10_000];
    let all = used(&output);
    let with_fuel = |fuel| {
        let verdict =
            read(json!([check_with(&looks_for_x(), fuel, 65_536)])).carry_out(&Subject::whole(&output, 0));
        let Verdict::Checked { failures, .. } = verdict else { panic!("{verdict:?}") };
        failures[0].cause
    };
    assert_eq!((with_fuel(all), with_fuel(all / 2)), (Cause::Differs, Cause::TooMuch));
}

/// The function, what else is in the module, and what is said.
const ENDED: &[(&str, &str, Cause, &str)] = &[
    (
        "(loop $ever (br $ever)) (unreachable)",
        "",
        Cause::TooMuch,
        "the component used up its fuel of 1000000",
    ),
    ("(call $verify (local.get $at) (local.get $length))", "", Cause::TooMuch, "the component used up its"),
    (
        "(unreachable)",
        "",
        Cause::Broken,
        "the component failed: wasm trap: wasm `unreachable` instruction executed",
    ),
    (
        "(i32.div_u (i32.const 1) (i32.const 0))",
        "",
        Cause::Broken,
        "the component failed: wasm trap: integer divide by zero",
    ),
    (
        "(i32.load (i32.const -1))",
        "",
        Cause::Broken,
        "the component failed: wasm trap: out of bounds memory access",
    ),
    (
        "(i32.trunc_f32_s (f32.const nan))",
        "",
        Cause::Broken,
        "the component failed: wasm trap: invalid conversion to integer",
    ),
    (
        "(loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (unreachable)",
        "",
        Cause::TooMuch,
        "the component wanted more than 1048576 bytes of memory",
    ),
    (
        "(drop (memory.grow (i32.const 65000))) (unreachable)",
        "",
        Cause::TooMuch,
        "the component wanted more than 1048576 bytes of memory",
    ),
    (
        "(call $holds)",
        "(memory 17)",
        Cause::TooMuch,
        "the component wanted more than 1048576 bytes of memory",
    ),
    (
        "(call $holds)",
        "(table 70000 funcref)",
        Cause::TooMuch,
        "the component wanted more than 1048576 bytes of memory",
    ),
    (
        "(call $holds)",
        "(func $start (loop $ever (br $ever))) (start $start)",
        Cause::TooMuch,
        "the component used up its fuel",
    ),
    (
        "(call $holds)",
        "(func $start unreachable) (start $start)",
        Cause::Broken,
        "the component failed: wasm trap: wasm `unreachable`",
    ),
    (
        "(call $holds)",
        "(data (i32.const 65535) \"ab\")",
        Cause::Broken,
        "the component failed: wasm trap: out of bounds memory access",
    ),
    // An answer that lies nowhere, is no answer, no text, or longer than all memory.
    ("(i32.const -4)", "", Cause::Broken, "the component could not be run, or gave no answer"),
    (
        "(i32.store8 (i32.const 0) (i32.const 2)) (i32.const 0)",
        "",
        Cause::Broken,
        "the component could not be run, or gave no answer",
    ),
    (
        "(i32.store8 (i32.const 16) (i32.const 255)) (call $fails (i32.const 16) (i32.const 1))",
        "",
        Cause::Broken,
        "the component could not be run, or gave no answer",
    ),
    (
        "(call $fails (i32.const 16) (i32.const -1))",
        "",
        Cause::Broken,
        "the component could not be run, or gave no answer",
    ),
];

#[test]
fn a_component_is_ended_or_fails_by_itself() {
    for (function, more, cause, reason) in ENDED {
        let component = check_with(&with(function, more), 1_000_000, 1_048_576);
        let first = carried_out(component.clone(), b"some output");
        let (found, said) = first.clone().expect_err(function);
        assert_eq!(found, *cause, "{function} {more}: {said}");
        assert!(said.starts_with(reason), "{function} {more}: {said}");
        assert_eq!(carried_out(component, b"some output"), first, "{function} {more}: not the same twice");
    }
}

#[test]
fn memory_that_is_refused_can_be_done_without() {
    let function =
        "(if (i32.ne (memory.grow (i32.const 60000)) (i32.const -1)) (then (unreachable))) (call $holds)";
    assert_eq!(carried_out(check(&with(function, "")), b""), Ok(()));
    let table = "(if (i32.ne (table.grow $table (ref.null func) (i32.const 70000)) (i32.const -1)) (then (unreachable)))
        (call $holds)";
    assert_eq!(carried_out(check(&with(table, "(table $table 1 funcref)")), b""), Ok(()));
}

#[test]
fn a_text_of_a_component_is_cut() {
    let function = "(memory.fill (i32.const 1024) (i32.const 97) (i32.const 60000))
        (call $fails (i32.const 1024) (i32.const 60000))";
    let verdict = read(json!([check(&with(function, ""))])).carry_out(&Subject::whole(b"", 0));
    let Verdict::Checked { failures, .. } = verdict else { panic!("{verdict:?}") };
    let said = failures[0].said.clone().unwrap_or_default();
    assert_eq!(said.chars().count(), limits::REASON_CHARACTERS_MAX);
    assert!(said.ends_with("a…"));
}

#[test]
fn what_is_not_a_number_has_one_form() {
    // The bits of a quotient without a value: on each machine the same.
    let function = "(local $zero f32)
        (if
          (i32.ne (i32.reinterpret_f32 (f32.div (local.get $zero) (local.get $zero))) (i32.const 0x7fc00000))
          (then (unreachable)))
        (call $holds)";
    assert_eq!(carried_out(check(&with(function, "")), b""), Ok(()));
}

#[test]
fn components_within_components_are_run_if_nothing_comes_from_outside() {
    let inner = "(component
      (component $inner (import \"limit\" (func $limit (result u32))) (export \"again\" (func $limit)))
      (core module $m (func (export \"limit\") (result i32) (i32.const 7)))
      (core instance $i (instantiate $m))
      (func $limit (result u32) (canon lift (core func $i \"limit\")))
      (instance $within (instantiate $inner (with \"limit\" (func $limit))))
      (core module $v
        (memory (export \"memory\") 1)
        (func (export \"realloc\") (param i32 i32 i32 i32) (result i32) (i32.const 64))
        (func (export \"verify\") (param i32 i32) (result i32) (i32.const 0)))
      (core instance $vi (instantiate $v))
      (func (export \"verify\") (param \"output\" (list u8)) (result (result (error string)))
        (canon lift (core func $vi \"verify\") (memory (core memory $vi \"memory\")) (realloc (core func $vi \"realloc\")))))";
    assert_eq!(carried_out(check(&bytes(inner)), b"abc"), Ok(()));
}
