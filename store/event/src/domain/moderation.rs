//! Moderation: which steps are held until somebody has reviewed them.

events! {
    /// Which steps are held until somebody has reviewed them. That one is held is the end of its attempt, and the review is a
    /// gate of its task: what stands here are the rules.
    moderation;

    /// From here on, steps are held that these rules match. They replace those before.
    RulesSet (boxed) = 1601 "rules_set", by Input, keeps Permanent, ends None,
        says "{rules} rules of moderation hold steps for review[: {reason}]" {
        /// The document of the rules, in TOML.
        document: String,
        /// How many rules it has.
        rules: u32,
        /// BLAKE3 of the document.
        digest: [u8; 32],
        /// Why.
        reason: String,
    }

    /// No step is held from here on. Those that are held still wait for a review.
    RulesRemoved = 1602 "rules_removed", by Input, keeps Permanent, ends None,
        says "no rule of moderation holds steps any more[: {reason}]" {
        /// Why.
        reason: String,
    }
}

asks! {
    /// What can be asked of moderation.
    moderation;
    /// Rules are to hold steps.
    SetRules(RulesSet, boxed) in RulesSet;
    /// None is to.
    RemoveRules(RulesRemoved) in RulesRemoved;
}
