//! May this credential do this? Policies in Cedar over the actions of the resource table.
//!
//! A [`Vocabulary`] is made from the table: it names every [`Action`] and puts it into the groups of its
//! [`Right`]s. [`Policies`] are read against it, so that what does not fit it is refused with its place, and
//! answer what is [`Asked`]. What no policy permits is refused, and a policy that forbids wins over all that
//! permit.
//!
//! Nothing here knows HTTP, a clock, a disk or a network: whoever asks has found out who the credential is,
//! and says so.

mod action;
mod asked;
mod placed;
mod vocabulary;
mod model;
mod policies;
mod policy;
mod reading;
mod bounds;
mod fault;
mod verdict;
mod change;
mod explanation;
mod trial;
mod index;
mod scope_key;
mod remembered;
#[cfg(test)]
mod tests;

pub use action::{Action, Right, Scope};
pub use asked::{Asked, Circumstances, Credential, CredentialKind, Tenants};
pub use change::Change;
pub use explanation::Explanation;
pub use fault::Fault;
pub use index::{Answer, Index};
pub use model::{Question, Unasked};
pub use policies::Policies;
pub use policy::{Effect, Policy};
pub use verdict::Verdict;
pub use vocabulary::Vocabulary;
