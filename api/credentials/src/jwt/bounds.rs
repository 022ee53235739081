//! How large a key set may be.

/// Keys of a set. Providers publish fewer than ten.
pub const KEYS_MAX: usize = 64;
/// Bytes of a set: that many keys with a chain of certificates each.
pub const KEY_SET_LENGTH_MAX: usize = 512 * 1024;
