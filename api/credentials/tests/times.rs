//! When a token is good: to the second, by a leeway of 30 seconds and lives of an hour.

use crate::signing::{NOW, Signer, ada, check, claims_with, issuer};
use triad_credentials::{Claims, Rejection};

const LEEWAY: i64 = 30;
const LIFE: i64 = 3600;

fn check_times(exp: i64, nbf: Option<i64>, iat: Option<i64>, expected: Result<(), Rejection>) {
    let text = |time: Option<i64>| time.map_or(String::new(), |time| time.to_string());
    let claims = claims_with(&[("exp", &exp.to_string()), ("nbf", &text(nbf)), ("iat", &text(iat))]);
    check(&Signer::Ed25519.claiming(&claims), expected.map(|()| Claims { expires: exp, ..ada() }));
}

#[test]
fn a_token_ends_begins_and_is_bounded() {
    for (exp, nbf, iat, expected) in [
        (NOW + 1, None, None, Ok(())),
        (NOW - LEEWAY + 1, None, None, Ok(())),
        (NOW - LEEWAY, None, None, Err(Rejection::Expired)),
        (0, None, None, Err(Rejection::Expired)),
        (-1, None, None, Err(Rejection::Expired)),
        (NOW + 9, Some(NOW + LEEWAY), None, Ok(())),
        (NOW + 9, Some(NOW + LEEWAY + 1), None, Err(Rejection::NotYetValid)),
        (NOW + 9, None, Some(NOW + LEEWAY), Ok(())),
        (NOW + 9, None, Some(NOW + LEEWAY + 1), Err(Rejection::NotYetValid)),
        (NOW + 9, Some(NOW + 9000), Some(NOW), Err(Rejection::NotYetValid)),
        (NOW + 9, Some(NOW), Some(NOW + 9000), Err(Rejection::NotYetValid)),
        (NOW + LIFE, None, None, Ok(())),
        (NOW + LIFE + 1, None, None, Err(Rejection::LivesTooLong)),
        (NOW + 9, None, Some(NOW + 9 - LIFE), Ok(())),
        (NOW + 9, None, Some(NOW + 8 - LIFE), Err(Rejection::LivesTooLong)),
        (NOW + LEEWAY + LIFE, None, Some(NOW + LEEWAY), Ok(())),
        (1 << 53, None, None, Err(Rejection::LivesTooLong)),
        (NOW + 9, None, Some(-(1 << 53)), Err(Rejection::LivesTooLong)),
        (NOW + 9, Some(-5), Some(NOW), Ok(())),
        ((1 << 53) + 1, None, None, Err(Rejection::UnusableClaim("exp"))),
        (i64::MAX, None, None, Err(Rejection::UnusableClaim("exp"))),
        (i64::MIN, None, None, Err(Rejection::UnusableClaim("exp"))),
    ] {
        check_times(exp, nbf, iat, expected);
    }
}

#[test]
fn a_time_is_a_number() {
    let check_exp = |value: &str, expected| {
        check(&Signer::Ed25519.claiming(&claims_with(&[("exp", value)])), expected);
    };
    let expires = |expires| Ok(Claims { expires, ..ada() });
    check_exp("", Err(Rejection::MissingClaim("exp")));
    // Fractions are allowed, and never lengthen a life.
    check_exp("1800000600.999", expires(NOW + 600));
    check_exp("1.8000006e9", expires(NOW + 600));
    check_exp("1799999970.5", Err(Rejection::Expired));
    check_exp("-0.0", Err(Rejection::Expired));
    check_exp("1e-400", Err(Rejection::Expired));
    for value in ["1e400", "-1e400", "1e99999", "+1", "0x7fffffff", "01", "NaN", "Infinity", "1_000"] {
        check_exp(value, Err(Rejection::Malformed("claims")));
    }
    for value in [
        "1e300",
        "-1e300",
        "18446744073709551615",
        "99999999999999999999999",
        r#""1800000600""#,
        "null",
        "true",
        "[1800000600]",
        "{}",
    ] {
        check_exp(value, Err(Rejection::UnusableClaim("exp")));
    }
    for name in ["nbf", "iat"] {
        for value in [r#""0""#, "null", "1e300", "[]"] {
            let token = Signer::Ed25519.claiming(&claims_with(&[(name, value)]));
            check(&token, Err(Rejection::UnusableClaim(name)));
        }
        let token = Signer::Ed25519.claiming(&claims_with(&[(name, "1800000030.0001")]));
        check(&token, Err(Rejection::NotYetValid));
    }
}

#[test]
fn any_clock_is_borne() {
    let token = Signer::Ed25519.good();
    let at = |now| issuer().verify(&token, now).map(|_| ());
    assert_eq!(at(i64::MAX), Err(Rejection::Expired));
    assert_eq!(at(i64::MIN), Err(Rejection::NotYetValid));
    assert_eq!(at(0), Err(Rejection::NotYetValid));
    let eternal = Signer::Ed25519.claiming(&claims_with(&[("iat", ""), ("exp", "9007199254740992")]));
    assert_eq!(issuer().verify(&eternal, i64::MIN).map(|_| ()), Err(Rejection::LivesTooLong));
    assert_eq!(issuer().verify(&eternal, i64::MAX).map(|_| ()), Err(Rejection::Expired));
}
