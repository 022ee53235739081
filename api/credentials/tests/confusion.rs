//! Tokens that lie about their algorithm or their key, and signatures that are almost right.

use crate::signing::{self, Signer, ada, check, check_by, decode, encode, good_claims, issuer};
use hmac::{Hmac, KeyInit, Mac};
use p256::ecdsa::Signature;
use sha2::Sha256;
use triad_credentials::{Algorithm, Issuer, Rejection};

/// A token of these parts, by a signature of one's own.
fn forged(header: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let signed = format!("{}.{}", encode(header), encode(good_claims()));
    let signature = sign(signed.as_bytes());
    format!("{signed}.{}", encode(signature))
}

fn hs256(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    mac.chain_update(message).finalize().into_bytes().to_vec()
}

#[test]
fn an_unsigned_token_is_refused_however_it_is_written() {
    for name in ["none", "None", "NONE", "nOnE", "none ", " none", "n\\u006fne", "", "null"] {
        let header = format!(r#"{{"alg":"{name}","kid":"ed"}}"#);
        let unsigned = format!("{}.{}.", encode(&header), encode(good_claims()));
        let found = issuer().verify(&unsigned, signing::NOW);
        assert_eq!(found, Err(Rejection::AlgorithmNotAllowed), "{name}");
        check(&Signer::Ed25519.headed(&header), Err(Rejection::AlgorithmNotAllowed));
    }
}

#[test]
fn a_public_key_is_no_password() {
    // Whoever verifies HMAC with "the key" verifies it with what everybody has.
    let pem = include_str!("fixtures/rsa-public.pem");
    let point = decode(signing::ED25519_X);
    let jwk = signing::rsa_jwk("rsa", "");
    for key in
        [pem.as_bytes(), pem.trim_end().as_bytes(), &decode(signing::RSA_N), &point, jwk.as_bytes(), b""]
    {
        for kid in ["rsa", "ed", "ec", "absent"] {
            let header = format!(r#"{{"alg":"HS256","kid":"{kid}"}}"#);
            check(&forged(&header, |message| hs256(key, message)), Err(Rejection::AlgorithmNotAllowed));
            // The same under the name of what the key is for.
            let header = format!(r#"{{"alg":"RS256","kid":"rsa","typ":"JWT","x":"{kid}"}}"#);
            check(&forged(&header, |message| hs256(key, message)), Err(Rejection::BadSignature));
        }
    }
}

#[test]
fn the_key_says_the_algorithm() {
    let not_allowed = Err(Rejection::AlgorithmNotAllowed);
    for (signer, alg, kid) in [
        (Signer::Rsa, "ES256", "rsa"),
        (Signer::Rsa, "PS256", "rsa"),
        (Signer::Rsa, "RS256", "rsa-pss"),
        (Signer::Rsa, "EdDSA", "rsa"),
        (Signer::P256, "RS256", "ec"),
        (Signer::P256, "ES256", "rsa"),
        (Signer::P256, "ES256", "ed"),
        (Signer::Ed25519, "ES256", "ed"),
        (Signer::Ed25519, "EdDSA", "ec"),
        // Other names, and other cases of good ones.
        (Signer::Rsa, "rs256", "rsa"),
        (Signer::Rsa, "RS384", "rsa"),
        (Signer::Rsa, "RS512", "rsa"),
        (Signer::Rsa, "RS1", "rsa"),
        (Signer::Rsa, "RSA-OAEP", "rsa"),
        (Signer::P256, "Es256", "ec"),
        (Signer::P256, "ES256K", "ec"),
        (Signer::P256, "ES384", "ec"),
        (Signer::Ed25519, "eddsa", "ed"),
        (Signer::Ed25519, "EDDSA", "ed"),
        (Signer::Ed25519, "ed25519", "ed"),
        (Signer::Ed25519, "Ed448", "ed"),
    ] {
        check(&signer.headed(&format!(r#"{{"alg":"{alg}","kid":"{kid}"}}"#)), not_allowed.clone());
    }
    check(&Signer::Ed25519.headed(r#"{"alg":"Ed25519","kid":"ed"}"#), Ok(ada()));
}

#[test]
fn an_issuer_signs_only_as_it_is_configured() {
    let rules = |algorithms| triad_credentials::IssuerRules { algorithms, ..signing::rules() };
    let keys = || signing::key_set(&[signing::rsa_jwk("rsa", ""), signing::p256_jwk("ec")]);
    let issuer = |algorithms| Issuer::new(rules(algorithms), keys()).expect("an issuer");
    check_by(&issuer(vec![Algorithm::Es256]), &Signer::Rsa.good(), Err(Rejection::AlgorithmNotAllowed));
    let unknown = Signer::Rsa.headed(r#"{"alg":"RS256","kid":"absent"}"#);
    check_by(&issuer(vec![Algorithm::Es256]), &unknown, Err(Rejection::AlgorithmNotAllowed));
    // An RSA key that does not say its algorithm is of the one that is allowed, and of neither when both are.
    check_by(&issuer(vec![Algorithm::Rs256]), &Signer::Rsa.good(), Ok(ada()));
    check_by(&issuer(vec![Algorithm::Ps256]), &Signer::Rsa.good(), Err(Rejection::AlgorithmNotAllowed));
    let both = issuer(vec![Algorithm::Ps256, Algorithm::Rs256]);
    check_by(&both, &Signer::Rsa.good(), Err(Rejection::AlgorithmNotAllowed));
}

#[test]
fn a_key_is_found_by_exactly_its_name() {
    for kid in [
        "",
        "ED",
        "ed ",
        "e\u{0301}d",
        "../../../../dev/null",
        "/dev/null",
        "file:///dev/null",
        "https://evil.example/key",
        "x' UNION SELECT 'key' --",
        "ed\\u0000",
        "$(id)",
        "0",
        "*",
    ] {
        let header = format!(r#"{{"alg":"EdDSA","kid":"{kid}"}}"#);
        check(&Signer::Ed25519.headed(&header), Err(Rejection::KeyUnknown));
    }
    let long =
        |length| Signer::Ed25519.headed(&format!(r#"{{"alg":"EdDSA","kid":"{}"}}"#, "\u{e9}".repeat(length)));
    check(&long(255), Err(Rejection::KeyUnknown));
    check(&long(256), Err(Rejection::Malformed("header")));
}

#[test]
fn a_key_need_not_be_named_where_one_alone_fits() {
    let unnamed = Signer::Ed25519.headed(r#"{"alg":"EdDSA"}"#);
    check(&unnamed, Ok(ada()));
    let by = |keys: &[String]| Issuer::new(signing::rules(), signing::key_set(keys)).expect("an issuer");
    let two = by(&[signing::ed25519_jwk("one"), signing::ed25519_jwk("two")]);
    check_by(&two, &unnamed, Err(Rejection::KeyAmbiguous));
    check_by(&by(&[signing::p256_jwk("ec")]), &unnamed, Err(Rejection::KeyUnknown));
    // A key without a name is found only so.
    let nameless = by(&[format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{}"}}"#, signing::ED25519_X)]);
    check_by(&nameless, &unnamed, Ok(ada()));
    check_by(&nameless, &Signer::Ed25519.good(), Err(Rejection::KeyUnknown));
    let point =
        format!(r#"{{"kty":"EC","crv":"P-256","x":"{}","y":"{}"}}"#, signing::P256_X, signing::P256_Y);
    let two_nameless =
        by(&[format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{}"}}"#, signing::ED25519_X), point]);
    check_by(&two_nameless, &unnamed, Ok(ada()));
    check_by(&two_nameless, &Signer::P256.headed(r#"{"alg":"ES256"}"#), Ok(ada()));
}

#[test]
fn signatures_that_sign_nothing_are_refused() {
    let order = decode("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE");
    let lengths = [1, 32, 63, 64, 65, 128, 255, 256, 257, 512, 1024];
    for signer in [Signer::Ed25519, Signer::P256, Signer::Rsa] {
        for length in lengths {
            for byte in [0, 1, 0xFF] {
                check(&forged(signer.header(), |_| vec![byte; length]), Err(Rejection::BadSignature));
            }
        }
        let mut number_one = vec![0; 256];
        number_one[255] = 1;
        check(&forged(signer.header(), |_| number_one), Err(Rejection::BadSignature));
        check(&forged(signer.header(), |_| [&order[..], &order[..]].concat()), Err(Rejection::BadSignature));
        // A good signature, and something before or behind it.
        check(
            &forged(signer.header(), |message| [&signer.sign(message)[..], &[0]].concat()),
            Err(Rejection::BadSignature),
        );
        check(
            &forged(signer.header(), |message| [&[0], &signer.sign(message)[..]].concat()),
            Err(Rejection::BadSignature),
        );
        check(
            &forged(signer.header(), |message| signer.sign(message)[1..].to_vec()),
            Err(Rejection::BadSignature),
        );
        // A good signature of something else.
        check(&forged(signer.header(), |_| signer.sign(b"another message")), Err(Rejection::BadSignature));
    }
}

#[test]
fn the_modulus_added_to_an_rsa_signature_makes_no_other_one() {
    // The sum fits in as many bytes for some signatures, and is the same number modulo n.
    let modulus = decode(signing::RSA_N);
    let with_modulus = |signature: Vec<u8>| {
        let mut carry = 0;
        let mut sum: Vec<u8> = signature
            .iter()
            .zip(&modulus)
            .rev()
            .map(|(one, two)| {
                carry += u16::from(*one) + u16::from(*two);
                let byte = carry.to_le_bytes()[0];
                carry >>= 8;
                byte
            })
            .collect();
        sum.reverse();
        (carry == 0).then_some(sum)
    };
    let mut tried = 0;
    for number in 0..16 {
        let header = format!(r#"{{"alg":"RS256","kid":"rsa","x":{number}}}"#);
        let mut sum = None;
        let token = forged(&header, |message| {
            sum = with_modulus(Signer::Rsa.sign(message));
            sum.clone().unwrap_or_default()
        });
        if sum.is_some() {
            tried += 1;
            check(&token, Err(Rejection::BadSignature));
        }
    }
    assert!(tried > 0, "no sum fitted");
}

#[test]
fn both_signs_of_an_es256_signature_are_good_because_the_rfc_says_so() {
    let sign = |message: &[u8]| Signature::from_slice(&Signer::P256.sign(message)).expect("a signature");
    let negated = |message: &[u8]| {
        let (r, s) = sign(message).split_scalars();
        Signature::from_scalars(r, -s).expect("a signature").to_bytes().to_vec()
    };
    let (one, two) = (
        forged(Signer::P256.header(), |message| sign(message).to_bytes().to_vec()),
        forged(Signer::P256.header(), negated),
    );
    assert_ne!(one, two);
    // So a token is known by its `jti`, and never by its text.
    check(&one, Ok(ada()));
    check(&two, Ok(ada()));
}
