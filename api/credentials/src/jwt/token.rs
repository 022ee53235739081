//! The form of a token: three parts, each base64url of one text only, the first a header that brings no surprises.

use super::algorithm::Algorithm;
use super::rejection::Rejection;
use crate::json::{self, Members};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Bytes of a token. Those of the larger providers, with a hundred groups, have a quarter of it.
pub const TOKEN_LENGTH_MAX: usize = 16 * 1024;

/// Characters of a `kid`.
pub(crate) const KID_CHARACTERS_MAX: usize = 255;

/// Members of a header that are refused. `jku`, `jwk`, `x5u` and `x5c` bring or name a key that whoever wrote the token
/// chose; `crit` asks for extensions, and none is known; `b64` changes what is signed; `enc` and `zip` are of encrypted
/// tokens, `cty` of nested ones.
const FORBIDDEN: [&str; 9] = ["crit", "jku", "jwk", "x5u", "x5c", "b64", "enc", "zip", "cty"];

/// A token whose form is right. Nothing says yet that anything in it is true.
#[derive(Debug)]
pub(crate) struct Token<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) kid: Option<String>,
    pub(crate) claims: Members,
    /// Header and claims as they were sent: what the signature is over.
    pub(crate) signed: &'a [u8],
    pub(crate) signature: Vec<u8>,
}

impl<'a> Token<'a> {
    pub(crate) fn read(text: &'a str) -> Result<Self, Rejection> {
        if text.len() > TOKEN_LENGTH_MAX {
            return Err(Rejection::TooLong);
        }
        // Five parts are an encrypted token, four are nothing.
        let (signed, signature) = text.rsplit_once('.').ok_or(Rejection::Malformed("token"))?;
        let (header, claims) = signed.split_once('.').ok_or(Rejection::Malformed("token"))?;
        if claims.contains('.') {
            return Err(Rejection::Malformed("token"));
        }
        let header = read_object(header, "header")?;
        let (algorithm, kid) = read_header(&header)?;
        let claims = read_object(claims, "claims")?;
        let signature = decode(signature, "signature")?;
        Ok(Self { algorithm, kid, claims, signed: signed.as_bytes(), signature })
    }
}

/// Base64url without padding, of which each text has one: characters of other alphabets and bits behind the last byte are
/// refused.
fn decode(text: &str, part: &'static str) -> Result<Vec<u8>, Rejection> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| !bytes.is_empty());
    bytes.ok_or(Rejection::Malformed(part))
}

fn read_object(text: &str, part: &'static str) -> Result<Members, Rejection> {
    json::read(&decode(text, part)?).map_err(|_| Rejection::Malformed(part))
}

fn read_header(header: &Members) -> Result<(Algorithm, Option<String>), Rejection> {
    if let Some(name) = FORBIDDEN.into_iter().find(|name| header.contains_key(*name)) {
        return Err(Rejection::ForbiddenHeader(name));
    }
    let text = |name| match header.get(name) {
        Some(value) => value.text().map(Some).ok_or(Rejection::Malformed("header")),
        None => Ok(None),
    };
    if text("typ")?.is_some_and(|kind| !is_type_of_tokens(kind)) {
        return Err(Rejection::WrongType);
    }
    let kid = text("kid")?;
    if kid.is_some_and(|kid| kid.chars().count() > KID_CHARACTERS_MAX) {
        return Err(Rejection::Malformed("header"));
    }
    let name = text("alg")?.ok_or(Rejection::Malformed("header"))?;
    let algorithm = Algorithm::named(name).ok_or(Rejection::AlgorithmNotAllowed)?;
    Ok((algorithm, kid.map(str::to_owned)))
}

/// `JWT` (RFC 7519) or `at+jwt` (RFC 9068): media types, so their case does not matter, and `application/` may be left out.
fn is_type_of_tokens(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    ["jwt", "at+jwt"].contains(&kind.strip_prefix("application/").unwrap_or(&kind))
}
