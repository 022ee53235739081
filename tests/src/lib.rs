//! Empty on purpose: the tests of this package stand in `tests/`.
