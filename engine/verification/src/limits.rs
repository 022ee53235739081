//! What a verification and carrying it out may take, each with its reason.

use std::time::Duration;

/// Checks of one verification. What needs more is one JSON Schema, or a program.
pub const CHECKS_MAX: usize = 16;
/// Faults that are told of one verification.
pub const FAULTS_MAX: usize = 32;

/// Length of a pattern, of a text that is compared, and of a schema as JSON text, in bytes.
pub const WRITTEN_BYTES_MAX: usize = 64 * 1024;
/// Lists and objects within each other, in schemas, in values that are compared and in outputs. Below what readers of JSON take
/// (128), so that whatever was let in can be read on the other side of a pipe, where it lies within something else.
pub const JSON_DEPTH_MAX: usize = 100;
/// Values in an output that is read as JSON, each list and object among them. They take some ten times their length.
pub const JSON_VALUES_MAX: usize = 1_000_000;
/// Powers of ten of a number.
pub const EXPONENT_MAX: i64 = 1_000_000;

/// Schemas within a schema, each counted as often as references lead to it.
pub const SCHEMAS_MAX: usize = 2000;
/// How deep they may lie in each other, references followed.
pub const SCHEMA_DEPTH_MAX: usize = 64;
/// Patterns of one schema: each is compiled before it is matched.
pub const SCHEMA_PATTERNS_MAX: usize = 64;
/// Bytes that a compiled pattern of a schema may take, and its cache as much again.
pub const SCHEMA_PATTERN_COMPILED_BYTES_MAX: usize = 256 * 1024;
/// Bytes that a compiled pattern may take, and its cache as much again. Matching takes this times the output at worst.
pub const PATTERN_COMPILED_BYTES_MAX: usize = 1024 * 1024;
/// Groups within groups of a pattern.
pub const PATTERN_GROUPS_MAX: u32 = 100;

/// Exit codes that one check lists: all that there are.
pub const EXIT_CODES_MAX: usize = 256;

/// Arguments of a command that checks.
pub const ARGUMENTS_MAX: usize = 256;
/// Seconds that a command that checks may be given.
pub const COMMAND_SECONDS_MAX: u64 = 3600;
/// Seconds that it is given when nothing is said.
pub const COMMAND_SECONDS: u64 = 60;

/// Components of one verification: each is compiled whenever it is run.
pub const COMPONENTS_MAX: usize = 4;
/// Size of a component, in bytes.
pub const COMPONENT_BYTES_MAX: usize = 1024 * 1024;
/// Fuel that a component may be given: about one instruction each. About a second of a processor.
pub const FUEL_MAX: u64 = 1_000_000_000;
/// Fuel that it is given when nothing is said: some hundred instructions for each byte of a megabyte.
pub const FUEL: u64 = 100_000_000;
/// Memory that a component may be given, in bytes, all its memories together: the output and several times as much.
pub const MEMORY_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// Memory that it is given when nothing is said.
pub const MEMORY_BYTES: u64 = 64 * 1024 * 1024;
/// Entries of all tables of a component.
pub const TABLE_ENTRIES_MAX: usize = 65_536;
/// Instances, memories and tables of a component, each.
pub const PARTS_MAX: usize = 16;
/// Stack of a component, in bytes.
pub const STACK_BYTES_MAX: usize = 512 * 1024;

/// Characters of a reason.
pub const REASON_CHARACTERS_MAX: usize = 240;

/// Size of an output that is looked into: all that the engine keeps of one.
pub const OUTPUT_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Size of what is handed to the process beside the output: components are four thirds of their length, and all else is less.
pub const HEAD_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Size of a verdict as it is handed back: each reason is short, and each character at most six bytes of JSON.
pub const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// Processor time of a verification, in seconds. Compiling the largest components takes most of it.
pub const PROCESSOR_SECONDS_MAX: u64 = 10;
/// Addresses of the process that verifies, in bytes: the program itself, the output, what is made of it, and components.
pub const ADDRESSES_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// What callers give a verification, by the clock on the wall. A busy machine is no fault of it, so that is many times its
/// processor time.
pub const DEADLINE: Duration = Duration::from_secs(300);

const _: () =
    assert!(COMPONENTS_MAX * COMPONENT_BYTES_MAX / 3 * 4 + CHECKS_MAX * WRITTEN_BYTES_MAX < HEAD_BYTES_MAX);
const _: () = assert!(CHECKS_MAX * REASON_CHARACTERS_MAX * 2 * 6 < ANSWER_BYTES_MAX);
const _: () = assert!((OUTPUT_BYTES_MAX as u64) < MEMORY_BYTES && MEMORY_BYTES_MAX * 2 < ADDRESSES_BYTES_MAX);
const _: () = assert!(JSON_DEPTH_MAX + 8 < 128 && SCHEMA_DEPTH_MAX < JSON_DEPTH_MAX);
