//! What everything has at most, and why.

/// How much of the end of an output is looked at. More than that is never needed in memory at once; a cause further ahead
/// is not seen.
pub const TAIL_BYTES_MAX: usize = 1 << 20;

/// A longer line is cut into pieces of this size before it is looked at, so that no pattern runs over megabytes at once.
pub const LINE_BYTES_MAX: usize = 4096;

/// What is shown of a line, cut around what was found.
pub const EVIDENCE_BYTES_MAX: usize = 512;

/// What is kept of a name, file, host or port.
pub const SUBJECT_BYTES_MAX: usize = 256;

/// Subjects of one candidate.
pub const SUBJECTS_MAX: usize = 3;

/// Candidates of other classes beside the first.
pub const OTHERS_MAX: usize = 4;

/// Lines on which one rule is tried, from the front. A rule that is found everywhere costs no more than these.
pub const LINES_FIRST: usize = 8;

/// Lines on which one rule is tried, from the end.
pub const LINES_LAST: usize = 40;

/// Below this a class is not said: a wrong class is acted upon, an unknown one is looked at.
pub const THRESHOLD_PM: u32 = 500;

/// No rule is surer than this.
pub const CONFIDENCE_PM_MAX: u32 = 990;

/// A rule of an operator is no surer than this, so that what the system itself reports stands above it.
pub const OPERATOR_CONFIDENCE_PM_MAX: u32 = 940;

/// A rule of an operator about the end of any program, whatever it wrote, is no surer than this: it is about every failure
/// of that end.
pub const ENDING_CONFIDENCE_PM_MAX: u32 = 590;

/// A document of rules.
pub const DOCUMENT_BYTES_MAX: usize = 256 << 10;

/// Rules of one document.
pub const RULES_MAX: usize = 1000;

/// The name of a rule.
pub const ID_BYTES_MAX: usize = 64;

/// Phrases of one rule.
pub const PHRASES_MAX: usize = 160;

/// A phrase. Shorter ones are found in every text: three bytes are one character in Chinese.
pub const PHRASE_BYTES_MIN: usize = 3;

/// A phrase.
pub const PHRASE_BYTES_MAX: usize = 200;

/// A pattern as it is written.
pub const PATTERN_BYTES_MAX: usize = 4096;

/// A pattern as it is compiled. Counted repetitions of counted repetitions end here.
pub const PATTERN_COMPILED_BYTES_MAX: usize = 256 << 10;

/// What matching one pattern may remember.
pub const PATTERN_CACHE_BYTES_MAX: usize = 256 << 10;

/// How far above a line `above` looks.
pub const ABOVE_LINES_MAX: usize = 12;

/// Examples and counter-examples of one rule, each.
pub const EXAMPLES_MAX: usize = 32;

/// One example.
pub const EXAMPLE_BYTES_MAX: usize = 2000;

/// What a model may answer.
pub const MODEL_BYTES_MAX: usize = 16 << 10;

/// A model is never surer than this.
pub const MODEL_CONFIDENCE_PM_MAX: u32 = 900;

const _: () = assert!(EVIDENCE_BYTES_MAX < LINE_BYTES_MAX && SUBJECT_BYTES_MAX < EVIDENCE_BYTES_MAX);
const _: () = assert!(OPERATOR_CONFIDENCE_PM_MAX < CONFIDENCE_PM_MAX && CONFIDENCE_PM_MAX < 1000);
const _: () =
    assert!(MODEL_CONFIDENCE_PM_MAX <= OPERATOR_CONFIDENCE_PM_MAX && THRESHOLD_PM < MODEL_CONFIDENCE_PM_MAX);
