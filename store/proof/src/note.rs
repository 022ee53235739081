//! C2SP `signed-note` v1.0.0 with Ed25519 signatures.

use crate::break_point::Fault;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest, Sha256};

/// Signature type of Ed25519 over the note text.
const TYPE_ED25519: u8 = 1;
/// What stands for the key in the id of the line that carries key statements: the type of what nobody registered, and a name
/// of ours.
const TYPE_SUCCESSION: &[u8] = b"\xfftriad/key-succession/v1";
/// Signature lines that are read; the specification asks for at least 16 and for some limit.
const SIGNATURES_MAX: usize = 64;

/// Why a note or a verifying key in text form was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// It is not a signed note at all.
    #[error("not a signed note: {0}")]
    Malformed(&'static str),
    /// No signature by the key that was asked for.
    #[error("the note bears no signature by {0}")]
    Unsigned(String),
    /// The key's signature does not match.
    #[error("the signature by {0} does not match the text")]
    Invalid(String),
    /// The key statements that it carries do not lead from one key to the next.
    #[error("the key statements that it carries do not hold: {0}")]
    Succession(Fault),
    /// The verifying key in text form is malformed.
    #[error("not a verifying key of the form name+keyid+base64: {0}")]
    Key(&'static str),
}

/// A verifying key with the name that it signs under: `<name>+<key id>+<base64(type || key)>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    /// Key name; for a log, its origin.
    pub name: String,
    /// Ed25519 public key.
    pub key: [u8; 32],
}

impl Verifier {
    /// The first four bytes of `SHA-256(name || 0x0A || type || key)`.
    pub fn key_id(&self) -> [u8; 4] {
        id_of(&self.name, &[&[TYPE_ED25519], self.key.as_slice()].concat())
    }

    /// The signature line, with its line feed.
    pub fn signature_line(&self, signature: &[u8; 64]) -> String {
        let encoded = BASE64.encode([self.key_id().as_slice(), signature].concat());
        format!("\u{2014} {} {encoded}\n", self.name)
    }

    /// Reads the text form.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(encoded)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Key("it needs three parts"));
        };
        let bytes = BASE64.decode(encoded).map_err(|_| NoteError::Key("the third part is not base64"))?;
        let Some((&TYPE_ED25519, key)) = bytes.split_first() else {
            return Err(NoteError::Key("only Ed25519 keys (type 0x01) are known"));
        };
        let key = key.try_into().map_err(|_| NoteError::Key("an Ed25519 key has 32 bytes"))?;
        let verifier = Self { name: name.to_owned(), key };
        if !is_key_name(name) || crate::break_point::hex(&verifier.key_id()) != id {
            return Err(NoteError::Key("the key id does not fit name and key"));
        }
        Ok(verifier)
    }

    /// Returns the text of a note that this key signed. Lines of other keys are ignored.
    pub fn open<'a>(&self, note: &'a str) -> Result<&'a str, NoteError> {
        let (text, signatures) = split(note)?;
        let mut signed = false;
        for line in signatures.lines() {
            let Some(signature) = self.own_signature(line)? else { continue };
            if !crate::key::verify_strict(&self.key, text.as_bytes(), &signature) {
                return Err(NoteError::Invalid(self.name.clone()));
            }
            signed = true;
        }
        if signed { Ok(text) } else { Err(NoteError::Unsigned(self.name.clone())) }
    }

    fn own_signature(&self, line: &str) -> Result<Option<[u8; 64]>, NoteError> {
        let (name, id, signature) = signature_in(line)?;
        if name != self.name || id != self.key_id() {
            return Ok(None);
        }
        signature.try_into().map(Some).map_err(|_| NoteError::Invalid(self.name.clone()))
    }
}

fn id_of(name: &str, typed_key: &[u8]) -> [u8; 4] {
    let digest: [u8; 32] = Sha256::digest([name.as_bytes(), b"\n", typed_key].concat()).into();
    [digest[0], digest[1], digest[2], digest[3]]
}

/// The line that carries a log's key statements, with its line feed. Verifiers of others ignore it, as they do every line of
/// a key that they do not know.
pub(crate) fn carried_line(name: &str, statements: &[u8]) -> String {
    let encoded = BASE64.encode([id_of(name, TYPE_SUCCESSION).as_slice(), statements].concat());
    format!("\u{2014} {name} {encoded}\n")
}

/// The key statements of the log of that name that a note carries, which are not checked; None when it carries none.
pub(crate) fn carried_statements(note: &str, name: &str) -> Result<Option<Vec<u8>>, NoteError> {
    let (_, signatures) = split(note)?;
    let mut found = None;
    for line in signatures.lines() {
        let (signer, id, bytes) = signature_in(line)?;
        if signer == name && id == id_of(name, TYPE_SUCCESSION) && found.replace(bytes).is_some() {
            return Err(NoteError::Malformed("it carries key statements twice"));
        }
    }
    Ok(found)
}

/// Key name, key id and signature of a signature line.
fn signature_in(line: &str) -> Result<(&str, [u8; 4], Vec<u8>), NoteError> {
    let malformed = NoteError::Malformed("a signature line is not `\u{2014} name base64`");
    let Some((name, encoded)) = line.strip_prefix("\u{2014} ").and_then(|rest| rest.split_once(' ')) else {
        return Err(malformed);
    };
    let Ok(bytes) = BASE64.decode(encoded) else { return Err(malformed) };
    let Some((id, signature @ [_, ..])) = bytes.split_first_chunk::<4>() else { return Err(malformed) };
    if is_key_name(name) { Ok((name, *id, signature.to_vec())) } else { Err(malformed) }
}

/// The ids of the keys of that name under which a note claims to be signed, in the order of its lines. Nothing is verified.
pub(crate) fn signers(note: &str, name: &str) -> Vec<[u8; 4]> {
    let lines = split(note).map_or("", |(_, signatures)| signatures).lines();
    let of_name = |line| signature_in(line).ok().filter(|(signer, ..)| *signer == name);
    let ids = lines.filter_map(of_name).map(|(_, id, _)| id);
    ids.filter(|id| *id != id_of(name, TYPE_SUCCESSION)).collect()
}

/// The text of a note, whoever signed it. Nothing is verified.
pub(crate) fn text(note: &str) -> Result<&str, NoteError> {
    split(note).map(|(text, _)| text)
}

impl std::fmt::Display for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let id = crate::break_point::hex(&self.key_id());
        write!(f, "{}+{id}+{}", self.name, BASE64.encode([[TYPE_ED25519].as_slice(), &self.key].concat()))
    }
}

/// Splits a note at its last empty line into text and signature lines.
fn split(note: &str) -> Result<(&str, &str), NoteError> {
    if note.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
        return Err(NoteError::Malformed("it holds control characters"));
    }
    let Some(place) = note.rfind("\n\n") else { return Err(NoteError::Malformed("it has no empty line")) };
    let (text, signatures) = (&note[..=place], &note[place + 2..]);
    if signatures.is_empty() || !signatures.ends_with('\n') {
        return Err(NoteError::Malformed("it does not end with a signature line"));
    }
    if signatures.lines().count() > SIGNATURES_MAX {
        return Err(NoteError::Malformed("it has more than 64 signature lines"));
    }
    Ok((text, signatures))
}

fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.contains('+') && !name.chars().any(char::is_whitespace)
}
