//! Why an attempt failed: a class of a closed set, the line that shows it, and how sure that is.
//!
//! [`diagnose`] is the one question. It is asked with the [`Facts`] of an attempt that failed and with [`Rules`]: those that are
//! built in, or those and an operator's own. Its answer is a [`Diagnosis`] that names its rule and the bytes of its line, and is
//! [`Class::Unknown`] where nothing is sure enough. What a model says comes through [`Diagnosis::from_model`], and is held
//! against the same output. `docs/diagnosis.md` has the rules' form, how confidence is chosen, and what was measured.
//!
//! Nothing here has a clock, chance, a disk or a network: the same facts and rules have the same answer on every machine.
//! What is matched is bounded beforehand ([`limits`]), and no pattern goes back over its text.

mod class;
mod facts;
mod diagnosis;
mod diagnose;
mod model;
mod rules;
mod document;
mod standing;
mod clean;
mod tail;
pub mod limits;

pub use class::Class;
pub use clean::{Cleaned, Line};
pub use diagnose::diagnose;
pub use diagnosis::{Candidate, Diagnosis, Evidence, Origin, Stream, Subject, SubjectKind};
pub use document::Fault;
pub use facts::Facts;
pub use model::{MODEL_RULE, NotTaken};
pub use rules::Rules;
pub use tail::Tail;
