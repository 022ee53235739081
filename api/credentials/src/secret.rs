//! Secrets that are handed out as text and known again by their digest (`docs/format/api-key.md`).
//!
//! What is kept of a secret is one SHA-256. A slow hash such as argon2 makes guessing dear where a person chose the
//! secret; here it is 32 random bytes, which nobody guesses however fast the hash is, and a slow one would let anybody
//! who sends wrong keys occupy the server.

use crate::checksum;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

/// Bytes of a secret. All of them are random.
pub const SECRET_LENGTH: usize = 32;

/// What an id that nobody knows is compared with. It is the digest of no secret: finding one would be finding a preimage
/// of SHA-256.
pub const UNKNOWN_DIGEST: [u8; 32] = [0; 32];

const ID_HEX_LENGTH: usize = 32;
const SECRET_TEXT_LENGTH: usize = 43;
/// Everything behind the prefix: id, `_`, secret, checksum.
const BODY_LENGTH: usize = ID_HEX_LENGTH + 1 + SECRET_TEXT_LENGTH + checksum::LENGTH;

/// What a secret opens. One kind is never taken for another, in its text or in its digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An API key, which a program holds.
    Key,
    /// A link, which shows one thing to whoever was given it.
    Link,
    /// The session of somebody who signed in.
    Session,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Key, Self::Link, Self::Session];

    /// What a text says that it is, by its prefix alone. Tokens of identity providers are of no kind.
    pub fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| text.starts_with(kind.prefix()))
    }

    /// What the text of such a secret begins with.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Key => "triad_key_",
            Self::Link => "triad_link_",
            Self::Session => "triad_session_",
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Link => "link",
            Self::Session => "session",
        }
    }

    /// What its digests begin with. None of them is the beginning of another.
    fn context(self) -> &'static [u8] {
        match self {
            Self::Key => b"triad/credentials/key/v1\n",
            Self::Link => b"triad/credentials/link/v1\n",
            Self::Session => b"triad/credentials/session/v1\n",
        }
    }
}

/// A secret and the id under which its digest is found. It is wiped when it is dropped, and shows itself in one place.
pub struct Secret {
    kind: Kind,
    id: [u8; 16],
    secret: Zeroizing<[u8; SECRET_LENGTH]>,
}

impl Secret {
    /// A secret that nobody has seen. `random` comes from the system's source of chance, and is used for nothing else.
    pub fn new(kind: Kind, id: [u8; 16], random: Zeroizing<[u8; SECRET_LENGTH]>) -> Self {
        Self { kind, id, secret: random }
    }

    /// Reads what somebody presents as a secret of this kind. That it can be read says nothing of who sent it: that is for
    /// [`Secret::matches`].
    pub fn parse(kind: Kind, text: &str) -> Result<Self, SecretFault> {
        let found = Kind::of(text).ok_or(SecretFault::NotASecret)?;
        if found != kind {
            return Err(SecretFault::OtherKind { expected: kind, found });
        }
        let body = &text.as_bytes()[kind.prefix().len()..];
        if body.len() != BODY_LENGTH || body[ID_HEX_LENGTH] != b'_' {
            return Err(SecretFault::Malformed);
        }
        let (covered, sum) = text.as_bytes().split_at(text.len() - checksum::LENGTH);
        if checksum::of(covered) != sum {
            return Err(SecretFault::Mistyped);
        }
        let id = read_id(&body[..ID_HEX_LENGTH]).ok_or(SecretFault::Malformed)?;
        let mut secret = Zeroizing::new([0; SECRET_LENGTH]);
        let encoded = &body[ID_HEX_LENGTH + 1..][..SECRET_TEXT_LENGTH];
        match URL_SAFE_NO_PAD.decode_slice(encoded, secret.as_mut_slice()) {
            Ok(SECRET_LENGTH) => Ok(Self { kind, id, secret }),
            _ => Err(SecretFault::Malformed),
        }
    }

    /// What it opens.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Under which its digest is found. It is no secret.
    pub fn id(&self) -> [u8; 16] {
        self.id
    }

    /// The text to hand out, which is the only place where the secret shows. Whoever holds it has what it opens: it is
    /// shown once and never written down.
    pub fn expose(&self) -> Zeroizing<String> {
        // As long as it becomes, since growing would leave copies behind that nobody wipes.
        let mut text = Zeroizing::new(String::with_capacity(self.kind.prefix().len() + BODY_LENGTH));
        text.push_str(self.kind.prefix());
        text.extend(self.id.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(hex_digit));
        text.push('_');
        let mut encoded = Zeroizing::new([0; SECRET_TEXT_LENGTH]);
        // The lengths are constants that fit.
        let length =
            URL_SAFE_NO_PAD.encode_slice(self.secret.as_slice(), encoded.as_mut_slice()).unwrap_or(0);
        text.extend(encoded[..length].iter().map(|byte| char::from(*byte)));
        let sum = checksum::of(text.as_bytes());
        text.extend(sum.map(char::from));
        text
    }

    /// What is kept of it.
    pub fn digest(&self) -> [u8; 32] {
        digest(self.kind, self.id, &self.secret)
    }

    /// Whether this is the secret whose digest was kept, or `None` when its id is known to nobody. Both take the same time,
    /// and so does a digest that differs early or late.
    pub fn matches(&self, kept: Option<&[u8; 32]>) -> bool {
        let is_known = Choice::from(u8::from(kept.is_some()));
        let equal = self.digest().ct_eq(kept.unwrap_or(&UNKNOWN_DIGEST));
        (is_known & equal).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id: String = self.id.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(hex_digit).collect();
        f.debug_struct("Secret").field("kind", &self.kind).field("id", &id).finish_non_exhaustive()
    }
}

/// Why a text is no secret of the kind that was asked for. Nothing of the text is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretFault {
    /// It begins as none.
    #[error("this is no key, link or session of TRIAD")]
    NotASecret,
    /// It is one, of another kind.
    #[error("a {} was asked for, and this is a {}", .expected.noun(), .found.noun())]
    OtherKind {
        /// What was asked for.
        expected: Kind,
        /// What the text begins as.
        found: Kind,
    },
    /// It has another length, or characters that no secret has.
    #[error("it is not whole: a part is missing, or something is attached to it")]
    Malformed,
    /// The checksum is not that of the rest.
    #[error("it is mistyped: its checksum is wrong")]
    Mistyped,
}

/// What is kept of a secret: SHA-256( context of the kind || id (16) || secret (32) ). With the id in it, a digest that is
/// moved below another id opens nothing.
pub fn digest(kind: Kind, id: [u8; 16], secret: &[u8; SECRET_LENGTH]) -> [u8; 32] {
    Sha256::new().chain_update(kind.context()).chain_update(id).chain_update(secret).finalize().into()
}

fn hex_digit(value: u8) -> char {
    char::from(if value < 10 { b'0' + value } else { b'a' + value - 10 })
}

/// Sixteen bytes as lowercase hexadecimal digits. Uppercase is refused, so that an id has one text.
fn read_id(digits: &[u8]) -> Option<[u8; 16]> {
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let mut id = [0; 16];
    for (byte, pair) in id.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = value(pair[0])? << 4 | value(pair[1])?;
    }
    Some(id)
}
