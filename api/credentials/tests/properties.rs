//! Whatever is changed in a good token is noticed, and nothing makes a reader panic.

use crate::signing::{NOW, Signer, ada, ed25519_jwk, encode, good_claims, issuer, p256_jwk, rsa_jwk};
use quickcheck::{QuickCheck, quickcheck};
use std::sync::LazyLock;
use triad_credentials::{Issuer, KeySet, Rejection};

static ISSUER: LazyLock<Issuer> = LazyLock::new(issuer);
static GOOD: LazyLock<[String; 3]> =
    LazyLock::new(|| [Signer::Ed25519, Signer::P256, Signer::Rsa].map(Signer::good));

fn replaced(token: &str, at: usize, character: char) -> String {
    format!("{}{character}{}", &token[..at], &token[at + 1..])
}

#[test]
fn every_changed_character_is_noticed() {
    let token = &GOOD[0];
    let characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n\0\u{e9}";
    for at in 0..token.len() {
        for character in characters.chars().filter(|character| !token[at..].starts_with(*character)) {
            let changed = replaced(token, at, character);
            assert!(ISSUER.verify(&changed, NOW).is_err(), "{changed}");
        }
    }
}

#[test]
fn every_missing_or_added_character_is_noticed() {
    for token in &*GOOD {
        for at in 0..token.len() {
            let shortened = format!("{}{}", &token[..at], &token[at + 1..]);
            let doubled = format!("{}{}", &token[..=at], &token[at..]);
            let cut = &token[..at];
            for changed in [&shortened, &doubled, cut] {
                assert!(ISSUER.verify(changed, NOW).is_err(), "{changed}");
            }
        }
        assert_eq!(ISSUER.verify(token, NOW), Ok(ada()));
    }
}

#[test]
fn a_changed_character_is_noticed_whatever_signed_it() {
    fn property(which: u8, at: usize, character: u8) -> bool {
        let token = &GOOD[usize::from(which % 3)];
        let characters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let changed = replaced(token, at % token.len(), char::from(characters[usize::from(character % 64)]));
        changed == *token || ISSUER.verify(&changed, NOW).is_err()
    }
    QuickCheck::new().tests(2000).quickcheck(property as fn(u8, usize, u8) -> bool);
}

quickcheck! {
    fn no_text_is_a_token(text: String, now: i64) -> bool {
        ISSUER.verify(&text, now).is_err()
    }

    fn no_bytes_are_a_token(header: Vec<u8>, claims: Vec<u8>, signature: Vec<u8>, now: i64) -> bool {
        let token = format!("{}.{}.{}", encode(header), encode(claims), encode(signature));
        ISSUER.verify(&token, now).is_err()
    }

    fn no_signature_of_random_bytes_is_good(which: u8, signature: Vec<u8>) -> bool {
        let signer = [Signer::Ed25519, Signer::P256, Signer::Rsa][usize::from(which % 3)];
        let token = format!("{}.{}.{}", encode(signer.header()), encode(good_claims()), encode(&signature));
        let expected = if signature.is_empty() { Rejection::Malformed("signature") } else { Rejection::BadSignature };
        ISSUER.verify(&token, NOW) == Err(expected)
    }

    fn no_claims_make_the_judge_panic(name: u8, text: String, number: i64, fraction: f64, now: i64) -> bool {
        let name = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "roles", "tenants"][usize::from(name % 9)];
        let fraction = if fraction.is_finite() { fraction } else { 0.5 };
        [format!("{text:?}"), number.to_string(), format!("{fraction:e}")].iter().all(|value| {
            let claims = crate::signing::claims_with(&[(name, value)]);
            let found = ISSUER.verify(&Signer::Ed25519.claiming(&claims), now);
            found.is_err() || (NOW - 3600..NOW + 3600).contains(&now)
        })
    }

    fn no_text_makes_the_reader_of_key_sets_panic(text: String, at: usize, byte: u8) -> bool {
        let set = format!(r#"{{"keys":[{},{},{}]}}"#, ed25519_jwk("a"), p256_jwk("b"), rsa_jwk("c", ""));
        let mut changed = set.into_bytes();
        let at = at % changed.len();
        changed[at] = byte % 128;
        let changed = String::from_utf8(changed).expect("ASCII");
        // It may still be a set; a random text is none.
        let _read = KeySet::read(&changed);
        KeySet::read(&text).is_err()
    }
}
