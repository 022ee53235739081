//! What evaluations decide.
