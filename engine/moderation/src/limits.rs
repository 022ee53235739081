//! What everything has at most, and why.

/// A document of rules: it stands in one record, and in every snapshot.
pub const DOCUMENT_BYTES_MAX: usize = 64 << 10;

/// Rules of one document. Each is looked for in everything that is about to run.
pub const RULES_MAX: usize = 200;

/// The name of a rule.
pub const ID_BYTES_MAX: usize = 64;

/// Why a rule holds, for whoever reviews.
pub const REASON_BYTES_MAX: usize = 500;

/// A pattern as it is written.
pub const PATTERN_BYTES_MAX: usize = 4096;

/// All patterns that look at one part, as they are compiled. Counted repetitions of counted repetitions end here.
pub const COMPILED_BYTES_MAX: usize = 8 << 20;

/// What matching them may remember.
pub const CACHE_BYTES_MAX: usize = 8 << 20;

/// Examples and counter-examples of one rule, each.
pub const EXAMPLES_MAX: usize = 32;

/// One example.
pub const EXAMPLE_BYTES_MAX: usize = 2000;
