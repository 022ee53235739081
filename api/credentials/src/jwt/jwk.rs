//! One key of a set as JSON: a JWK (RFC 7517; its numbers RFC 7518, section 6, and RFC 8037).

use super::algorithm::Algorithm;
use super::key::{Key, Material};
use super::key_fault::KeyFault;
use super::token::KID_CHARACTERS_MAX;
use crate::json::{Json, Members};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::{BoxedUint, PublicKey};

/// Bits of a modulus. Below, it can be factored (NIST SP 800-131A); above, verifying takes longer than any provider asks.
const MODULUS_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;
/// The smallest exponent (FIPS 186-5, section 5.4), which is what every provider publishes. With 1 anything is signed, and
/// with 3 mistakes of verifiers became forgeries.
const EXPONENT_MIN: u64 = 65_537;
/// The largest, which is that of the crate below: larger ones only make verifying slow.
const EXPONENT_MAX: u64 = (1 << 33) - 1;

/// Members that only private keys have.
const PRIVATE: [&str; 9] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

/// Reads a key, or nothing when it is good for other things than verifying tokens by an algorithm that exists here.
pub(crate) fn read(members: &Members) -> Result<Option<Key>, KeyFault> {
    let kind = text(members, "kty")?.ok_or(KeyFault::Member("kty"))?;
    if kind == "oct" {
        return Err(KeyFault::Symmetric);
    }
    if let Some(name) = PRIVATE.into_iter().find(|name| members.contains_key(*name)) {
        return Err(KeyFault::Private(name));
    }
    let stated = text(members, "alg")?.map(Algorithm::named);
    if stated == Some(None) || !is_for_verifying(members)? {
        return Ok(None);
    }
    let Some(material) = read_material(members, kind)? else { return Ok(None) };
    let stated = stated.flatten();
    if stated.is_some_and(|algorithm| !material.can(algorithm)) {
        return Err(KeyFault::OtherAlgorithm);
    }
    let kid = text(members, "kid")?;
    if kid.is_some_and(|kid| kid.chars().count() > KID_CHARACTERS_MAX) {
        return Err(KeyFault::Member("kid"));
    }
    Ok(Some(Key { kid: kid.map(str::to_owned), stated, material }))
}

/// `use` and `key_ops` (RFC 7517, sections 4.2 and 4.3): each must allow it where it is there.
fn is_for_verifying(members: &Members) -> Result<bool, KeyFault> {
    let operations = match members.get("key_ops") {
        Some(Json::List(list)) => Some(list),
        Some(_) => return Err(KeyFault::Member("key_ops")),
        None => None,
    };
    let verifies = operations.is_none_or(|list| list.iter().any(|one| one.text() == Some("verify")));
    Ok(verifies && text(members, "use")?.is_none_or(|purpose| purpose == "sig"))
}

fn read_material(members: &Members, kind: &str) -> Result<Option<Material>, KeyFault> {
    match kind {
        "OKP" if curve(members)? == "Ed25519" => read_ed25519(members).map(Some),
        "EC" if curve(members)? == "P-256" => read_p256(members).map(Some),
        "RSA" => read_rsa(members).map(Some),
        _ => Ok(None),
    }
}

fn read_ed25519(members: &Members) -> Result<Material, KeyFault> {
    let point: [u8; 32] = bytes(members, "x")?.try_into().map_err(|_| KeyFault::Member("x"))?;
    let key = ed25519_dalek::VerifyingKey::from_bytes(&point).map_err(|_| KeyFault::NotOnCurve)?;
    if key.is_weak() {
        return Err(KeyFault::SmallOrder);
    }
    if !is_reduced(&point) {
        return Err(KeyFault::Member("x"));
    }
    Ok(Material::Ed25519(key))
}

/// Whether the coordinate is below 2^255 - 19, so that the point has no second text (RFC 8032, section 5.1.3).
fn is_reduced(point: &[u8; 32]) -> bool {
    let [lowest, middle @ .., highest] = point;
    *lowest < 0xED || middle.iter().any(|byte| *byte != 0xFF) || highest & 0x7F != 0x7F
}

fn read_p256(members: &Members) -> Result<Material, KeyFault> {
    let mut point = vec![4];
    for name in ["x", "y"] {
        let coordinate = bytes(members, name)?;
        if coordinate.len() != 32 {
            return Err(KeyFault::Member(name));
        }
        point.extend(coordinate);
    }
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&point).map_err(|_| KeyFault::NotOnCurve)?;
    Ok(Material::P256(key))
}

fn read_rsa(members: &Members) -> Result<Material, KeyFault> {
    let modulus = unsigned(members, "n")?;
    let bits = modulus.len() * 8 - modulus[0].leading_zeros() as usize;
    if !MODULUS_BITS.contains(&bits) {
        return Err(KeyFault::Modulus { bits });
    }
    let exponent = unsigned(members, "e")?;
    let value =
        exponent.iter().fold(0_u64, |sum, byte| sum.saturating_mul(256).saturating_add((*byte).into()));
    if !(EXPONENT_MIN..=EXPONENT_MAX).contains(&value) || value.is_multiple_of(2) {
        return Err(KeyFault::Exponent);
    }
    let number = |bytes: &[u8]| BoxedUint::from_be_slice_vartime(bytes);
    let key = PublicKey::new_with_size_limits(number(&modulus), number(&exponent), MODULUS_BITS);
    // What is left to be wrong with it is that its modulus is even.
    key.map(Material::Rsa).map_err(|_| KeyFault::Modulus { bits })
}

/// A positive number in the fewest bytes (`Base64urlUInt`, RFC 7518, section 2).
fn unsigned(members: &Members, name: &'static str) -> Result<Vec<u8>, KeyFault> {
    let bytes = bytes(members, name)?;
    if bytes.first().is_none_or(|first| *first == 0) { Err(KeyFault::Member(name)) } else { Ok(bytes) }
}

fn bytes(members: &Members, name: &'static str) -> Result<Vec<u8>, KeyFault> {
    let encoded = text(members, name)?.ok_or(KeyFault::Member(name))?;
    URL_SAFE_NO_PAD.decode(encoded).map_err(|_| KeyFault::Member(name))
}

fn curve(members: &Members) -> Result<&str, KeyFault> {
    text(members, "crv")?.ok_or(KeyFault::Member("crv"))
}

/// A member that is a string where it is there.
fn text<'a>(members: &'a Members, name: &'static str) -> Result<Option<&'a str>, KeyFault> {
    match members.get(name) {
        Some(value) => value.text().map(Some).ok_or(KeyFault::Member(name)),
        None => Ok(None),
    }
}
