//! One policy, for people to read.

/// One policy of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Its annotation `@id`.
    pub id: String,
    /// Its annotation `@says`: what it means, in words.
    pub says: Option<String>,
    /// As it stands in the text, with its annotations.
    pub text: String,
    /// What it does where it applies.
    pub effect: Effect,
}

/// What a policy does where it applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It permits, unless another forbids.
    Permit,
    /// It forbids, whatever others permit.
    Forbid,
}
