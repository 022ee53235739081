//! What a token claims, judged after its signature was found good.

use super::claim_path;
use super::rejection::Rejection;
use super::rules::IssuerRules;
use crate::json::{Json, Members};

/// Characters of a subject, of a token's id, and of each role and tenant.
pub const VALUE_CHARACTERS_MAX: usize = 255;
/// Roles, and tenants, of one token.
pub const VALUES_MAX: usize = 256;

/// The largest number of seconds that every reader of JSON reads the same (RFC 8259, section 6).
const SECONDS_MAX: i64 = 1 << 53;

/// What a good token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// `sub`: whom it is about, as the issuer writes it. With the issuer's name it is one principal.
    pub subject: String,
    /// In the order of the token. What a role allows is said elsewhere.
    pub roles: Vec<String>,
    /// In the order of the token.
    pub tenants: Vec<String>,
    /// `exp`, in seconds since 1970: its last second is the one before. The leeway is not in it.
    pub expires: i64,
    /// `jti`: what distinguishes it from the issuer's other tokens. A token is never known by its text or signature,
    /// because a second text with another good signature can be made of it without its key (ES256).
    pub token_id: Option<String>,
}

/// The issuer that the token claims. Nothing says that it is true, so it only chooses the keys.
pub(crate) fn issuer(claims: &Members) -> Result<&str, Rejection> {
    let value = claims.get("iss").ok_or(Rejection::MissingClaim("iss"))?;
    value.text().ok_or(Rejection::UnusableClaim("iss"))
}

/// Judges the claims of a token whose signature is good.
pub(crate) fn judge(claims: &Members, rules: &IssuerRules, now: i64) -> Result<Claims, Rejection> {
    judge_audience(claims, &rules.audience)?;
    let expires = judge_times(claims, rules, now)?;
    let subject = name(claims, "sub")?.ok_or(Rejection::MissingClaim("sub"))?;
    Ok(Claims {
        subject,
        roles: names(claims, &rules.roles_claim, "roles")?,
        tenants: names(claims, &rules.tenants_claim, "tenants")?,
        expires,
        token_id: name(claims, "jti")?,
    })
}

fn judge_audience(claims: &Members, audience: &str) -> Result<(), Rejection> {
    let claimed = texts(claims.get("aud").ok_or(Rejection::MissingClaim("aud"))?);
    let claimed = claimed.ok_or(Rejection::UnusableClaim("aud"))?;
    if claimed.contains(&audience) { Ok(()) } else { Err(Rejection::WrongAudience) }
}

/// Returns when the token expires. Fractions of seconds are cut so that they never lengthen its life.
fn judge_times(claims: &Members, rules: &IssuerRules, now: i64) -> Result<i64, Rejection> {
    let leeway = i64::from(rules.leeway_seconds);
    let expires = seconds(claims, "exp", f64::floor)?.ok_or(Rejection::MissingClaim("exp"))?;
    let not_before = seconds(claims, "nbf", f64::ceil)?;
    let issued = seconds(claims, "iat", f64::ceil)?;
    if now >= expires.saturating_add(leeway) {
        return Err(Rejection::Expired);
    }
    if not_before.max(issued).is_some_and(|begin| now.saturating_add(leeway) < begin) {
        return Err(Rejection::NotYetValid);
    }
    // One that does not say when it was issued is taken as issued now, so that its end is bounded as well.
    if expires.saturating_sub(issued.unwrap_or(now)) > i64::from(rules.lifetime_seconds_max) {
        return Err(Rejection::LivesTooLong);
    }
    Ok(expires)
}

/// A time, in seconds since 1970. A fraction is allowed (RFC 7519, section 2) and cut by `cut`.
fn seconds(claims: &Members, name: &'static str, cut: fn(f64) -> f64) -> Result<Option<i64>, Rejection> {
    let whole = match claims.get(name) {
        None => return Ok(None),
        Some(Json::Whole(seconds)) => Some(*seconds),
        Some(Json::Fraction(seconds)) => Some(cut(*seconds) as i64),
        Some(Json::Other | Json::Text(_) | Json::List(_) | Json::Object(_)) => None,
    };
    let whole = whole.filter(|seconds| (-SECONDS_MAX..=SECONDS_MAX).contains(seconds));
    whole.map(Some).ok_or(Rejection::UnusableClaim(name))
}

/// One name, if it is there.
fn name(claims: &Members, claim: &'static str) -> Result<Option<String>, Rejection> {
    let Some(value) = claims.get(claim) else { return Ok(None) };
    let name = value.text().filter(|name| is_name(name));
    name.map(|name| Some(name.to_owned())).ok_or(Rejection::UnusableClaim(claim))
}

/// A list of names, or a single one, as some providers write a list of one. None are there when the claim is not.
fn names(claims: &Members, path: &str, what: &'static str) -> Result<Vec<String>, Rejection> {
    let Some(value) = claim_path::find(claims, path) else { return Ok(Vec::new()) };
    let names =
        texts(value).filter(|names| names.len() <= VALUES_MAX && names.iter().all(|name| is_name(name)));
    let names = names.ok_or(Rejection::UnusableClaim(what))?;
    Ok(names.into_iter().map(str::to_owned).collect())
}

/// A string, or an array of nothing but strings.
fn texts(value: &Json) -> Option<Vec<&str>> {
    match value {
        Json::Text(text) => Some(vec![text]),
        Json::List(list) => list.iter().map(Json::text).collect(),
        Json::Other | Json::Whole(_) | Json::Fraction(_) | Json::Object(_) => None,
    }
}

/// Names are of any script and are compared as they stand, never normalized. Control characters are in none: names are
/// shown on terminals.
fn is_name(text: &str) -> bool {
    (1..=VALUE_CHARACTERS_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}
