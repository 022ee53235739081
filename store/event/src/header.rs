//! The small enums that stand in a record's header rather than in its payload.

tagged! {
    /// Whether the wall clock can be believed.
    ClockState {
        /// The wall clock advances with the clock that counts suspension.
        Steady = 1,
        /// The wall clock went away from it and no operator has accepted that yet; recorded time goes on by the other.
        Stepped = 2,
        /// The wall clock was accepted and is behind the last record, whose time is repeated until it has caught up.
        Waiting = 3,
    }
}

tagged! {
    /// Where a record came from.
    Source {
        /// Decided by the engine itself.
        Engine = 1,
        /// An operator of the installation.
        Operator = 2,
        /// A client over the API.
        Client = 3,
        /// The passing of time.
        Timer = 4,
        /// The outcome of an effect.
        Effect = 5,
    }
}

tagged! {
    /// What kind of end a record states, so that failures are counted without reading payloads.
    Outcome {
        /// The record states no end.
        None = 0,
        /// Something ended as intended.
        Success = 1,
        /// Something ended otherwise.
        Failure = 2,
        /// Something was asked and not done.
        Refused = 3,
    }
}
