//! Bugs that are planted on purpose, to see that they are found. None of them is in the product.

/// A bug in the model of the run loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plant {
    /// None.
    Nothing,
    /// Now and then an effect whose request became durable is forgotten.
    LostWakeup,
    /// Now and then the end of an attempt is recorded twice.
    DoubleOutcome,
    /// Effects start when their request is decided, not when it is durable.
    EffectBeforeDurability,
    /// What is asked after a commit has failed is answered at once, from a world that never became durable.
    AnswerAfterFailure,
}

impl Plant {
    /// The bugs.
    pub const BUGS: [Self; 4] =
        [Self::LostWakeup, Self::DoubleOutcome, Self::EffectBeforeDurability, Self::AnswerAfterFailure];

    /// As it is named on a command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::LostWakeup => "lost-wakeup",
            Self::DoubleOutcome => "double-outcome",
            Self::EffectBeforeDurability => "effect-before-durability",
            Self::AnswerAfterFailure => "answer-after-failure",
        }
    }
}

/// In how many of them a planted bug strikes once.
pub(crate) const STRIKES_EVERY: u64 = 40;
