//! Deferral.
