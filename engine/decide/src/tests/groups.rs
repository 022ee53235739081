//! Groups that are full, and what crosses from one to the next.
