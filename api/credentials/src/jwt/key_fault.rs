//! Why a key set is refused.

use super::bounds::{KEY_SET_LENGTH_MAX, KEYS_MAX};

/// Why a key set is refused. No value of a key is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeySetFault {
    /// It is longer than any set.
    #[error("the key set has more than {KEY_SET_LENGTH_MAX} bytes")]
    TooLong,
    /// It is no JSON, or a member stands twice in it. The place is in the text.
    #[error("the key set is no JSON object: {0}")]
    NotJson(String),
    /// It has no list of keys.
    #[error("the key set has no list `keys`")]
    NoList,
    /// It has too many keys.
    #[error("the key set has {0} keys, and {KEYS_MAX} are the most")]
    TooMany(usize),
    /// None of its keys verifies tokens.
    #[error("the key set has no key that verifies tokens; {skipped} are for other things")]
    NoKey {
        /// Keys that are good for other things.
        skipped: usize,
    },
    /// One of its keys must not be there.
    #[error("key {position} of the set: {fault}")]
    Key {
        /// Counted from 1.
        position: usize,
        /// What is wrong with it.
        fault: KeyFault,
    },
}

/// What is wrong with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// It is something else than an object.
    #[error("it is no JSON object")]
    NotAnObject,
    /// The named member is missing, or is not what it must be.
    #[error("its member `{0}` is missing or not what it must be")]
    Member(&'static str),
    /// It holds a private key, in the named member.
    #[error("it is a PRIVATE key (`{0}`): whoever published it must replace it, everybody can sign with it")]
    Private(&'static str),
    /// It is a secret of both sides, with which a token proves nothing.
    #[error(
        "it is a symmetric key: whoever verifies with it can sign with it, so such tokens are not accepted"
    )]
    Symmetric,
    /// Its `alg` is none that a key of its type can be of.
    #[error("its algorithm is that of another type of key")]
    OtherAlgorithm,
    /// Its point is not on its curve.
    #[error("its point is not on the curve")]
    NotOnCurve,
    /// Its point has small order, so that one signature is good for many messages.
    #[error("its point is of small order, so it proves nothing")]
    SmallOrder,
    /// Its modulus is too short, too long or even.
    #[error("its modulus of {bits} bits is not an odd one of 2048 to 4096")]
    Modulus {
        /// Its bits.
        bits: usize,
    },
    /// Its exponent is too small, too large or even.
    #[error("its exponent is not an odd one from 65537 to 2^33 - 1")]
    Exponent,
    /// A key before it has the same `kid`.
    #[error("another key has the same `kid`")]
    KidTwice,
}
