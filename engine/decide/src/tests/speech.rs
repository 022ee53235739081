//! What refusals say.
