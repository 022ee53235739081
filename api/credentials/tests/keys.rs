//! Key sets that must not be read, and keys that are left aside.

use crate::signing::{
    self, ED25519_X, P256_X, P256_Y, RSA_N, decode, ed25519_jwk, encode, p256_jwk, rsa_jwk,
};
use triad_credentials::{KEY_SET_LENGTH_MAX, KEYS_MAX, KeyFault, KeySet, KeySetFault};

/// The one door: what becomes of a key that stands second in a set, behind a good one.
fn check(key: &str, expected: Result<Read, KeyFault>) {
    let found = KeySet::read(&format!(r#"{{"keys":[{},{key}]}}"#, ed25519_jwk("first")));
    let found = found.map(|set| if set.skipped() == 0 { Read::Used } else { Read::Skipped });
    let expected = expected.map_err(|fault| KeySetFault::Key { position: 2, fault });
    assert_eq!(found, expected, "{key:.200}");
}

#[derive(Debug, PartialEq)]
enum Read {
    Used,
    Skipped,
}
use Read::{Skipped, Used};

fn rsa(n: &str, e: &str) -> String {
    format!(r#"{{"kty":"RSA","n":"{n}","e":"{e}"}}"#)
}

fn point(x: &str) -> String {
    format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#)
}

#[test]
fn good_keys_are_used() {
    for key in
        [ed25519_jwk("b"), p256_jwk("b"), rsa_jwk("b", ""), rsa_jwk("b", r#""x5c":["MIIB"],"x5t":"abc","#)]
    {
        check(&key, Ok(Used));
    }
}

#[test]
fn keys_for_other_things_are_skipped_and_counted() {
    for key in [
        r#"{"kty":"AKP","alg":"ML-DSA-44","pub":"AAAA"}"#.to_owned(),
        r#"{"kty":"unheard of"}"#.to_owned(),
        r#"{"kty":"rsa","n":"AQAB","e":"AQAB"}"#.to_owned(),
        r#"{"kty":"OKP","crv":"X25519","x":"AAAA"}"#.to_owned(),
        r#"{"kty":"OKP","crv":"Ed448","x":"AAAA"}"#.to_owned(),
        r#"{"kty":"EC","crv":"P-384","x":"AAAA","y":"AAAA"}"#.to_owned(),
        r#"{"kty":"EC","crv":"secp256k1","x":"AAAA","y":"AAAA"}"#.to_owned(),
        rsa_jwk("b", r#""alg":"RS512","#),
        rsa_jwk("b", r#""alg":"RSA-OAEP","use":"enc","#),
        rsa_jwk("b", r#""use":"enc","#),
        rsa_jwk("b", r#""use":"","#),
        rsa_jwk("b", r#""key_ops":["sign"],"#),
        rsa_jwk("b", r#""key_ops":[],"#),
        rsa_jwk("b", r#""use":"sig","key_ops":["encrypt"],"#),
        rsa_jwk("b", r#""use":"enc","key_ops":["verify"],"#),
    ] {
        check(&key, Ok(Skipped));
    }
    let only = r#"{"keys":[{"kty":"AKP"},{"kty":"EC","crv":"P-521"}]}"#;
    assert_eq!(KeySet::read(only).expect_err("no key"), KeySetFault::NoKey { skipped: 2 });
}

#[test]
fn private_and_symmetric_keys_are_refused_loudly() {
    for name in ["d", "p", "q", "dp", "dq", "qi", "oth"] {
        check(&rsa_jwk("b", &format!(r#""{name}":"AQAB","#)), Err(KeyFault::Private(name)));
    }
    // Also of keys that would be skipped.
    check(r#"{"kty":"EC","crv":"P-521","d":"AAAA"}"#, Err(KeyFault::Private("d")));
    check(r#"{"kty":"AKP","priv":"AAAA"}"#, Err(KeyFault::Private("priv")));
    check(&rsa_jwk("b", r#""use":"enc","d":"AQAB","#), Err(KeyFault::Private("d")));
    check(r#"{"kty":"oct","k":"c2VjcmV0"}"#, Err(KeyFault::Symmetric));
    check(r#"{"kty":"oct","alg":"HS256"}"#, Err(KeyFault::Symmetric));
    let loud = KeySet::read(r#"{"keys":[{"kty":"EC","crv":"P-256","d":"c2VjcmV0"}]}"#).expect_err("private");
    assert!(loud.to_string().contains("PRIVATE") && !loud.to_string().contains("c2VjcmV0"));
}

#[test]
fn an_algorithm_is_of_its_type() {
    check(&rsa_jwk("b", r#""alg":"ES256","#), Err(KeyFault::OtherAlgorithm));
    check(&rsa_jwk("b", r#""alg":"EdDSA","#), Err(KeyFault::OtherAlgorithm));
    check(&p256_jwk("b").replace("ES256", "RS256"), Err(KeyFault::OtherAlgorithm));
    check(&ed25519_jwk("b").replace("\"use\":\"sig\"", "\"alg\":\"ES256\""), Err(KeyFault::OtherAlgorithm));
    check(&ed25519_jwk("b").replace("\"use\":\"sig\"", "\"alg\":\"Ed25519\""), Ok(Used));
}

#[test]
fn weak_rsa_keys_are_refused() {
    let odd = |bytes: usize, first: u8| {
        let mut modulus = vec![0xA5; bytes];
        modulus[0] = first;
        encode(modulus)
    };
    for (bytes, first, bits) in
        [(256, 0x80, 2048), (256, 0xFF, 2048), (257, 1, 2049), (512, 0xFF, 4096), (384, 0x80, 3072)]
    {
        assert!((2048..=4096).contains(&bits));
        check(&rsa(&odd(bytes, first), "AQAB"), Ok(Used));
    }
    for (bytes, first, bits) in
        [(64, 0x80, 512), (128, 0x80, 1024), (256, 0x7F, 2047), (513, 1, 4097), (1024, 0x80, 8192), (1, 3, 2)]
    {
        check(&rsa(&odd(bytes, first), "AQAB"), Err(KeyFault::Modulus { bits }));
    }
    let mut even = decode(RSA_N);
    even[255] &= 0xFE;
    check(&rsa(&encode(even), "AQAB"), Err(KeyFault::Modulus { bits: 2048 }));
    // 1, 2, 3, 17, 257, 65535, 65536, 65538, 2^33 + 1, 2^64 + 1 and 2^2040 + 1.
    let large = [&[1][..], &[0; 254], &[1]].concat();
    for e in ["AQ", "Ag", "Aw", "EQ", "AQE", "__8", "AQAA", "AQAC", "AgAAAAE", "AQAAAAAAAAAB", &encode(large)]
    {
        check(&rsa(RSA_N, e), Err(KeyFault::Exponent));
    }
    // 65537 and 2^33 - 1.
    for e in ["AQAB", "Af____8"] {
        check(&rsa(RSA_N, e), Ok(Used));
    }
    for (n, e, name) in [
        (encode([&[0][..], &decode(RSA_N)].concat()), "AQAB", "n"),
        (String::new(), "AQAB", "n"),
        (format!("{RSA_N}=="), "AQAB", "n"),
        (RSA_N.replace('-', "+"), "AQAB", "n"),
        (RSA_N.to_owned(), "AAEAAQ", "e"),
        (RSA_N.to_owned(), "", "e"),
        (RSA_N.to_owned(), "AA", "e"),
        (RSA_N.to_owned(), "AQAB=", "e"),
    ] {
        check(&rsa(&n, e), Err(KeyFault::Member(name)));
    }
}

#[test]
fn points_are_on_their_curve() {
    let p256 = |x: &str, y: &str| format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}"}}"#);
    let zero = encode([0; 32]);
    let prime = "_____wAAAAEAAAAAAAAAAAAAAAD_______________8";
    for (x, y) in [
        (P256_Y, P256_X),
        (P256_X, P256_X),
        (&*zero, &*zero),
        (P256_X, &*zero),
        (prime, P256_Y),
        (P256_X, prime),
    ] {
        check(&p256(x, y), Err(KeyFault::NotOnCurve));
    }
    check(&p256(P256_X, &P256_Y[..42]), Err(KeyFault::Member("y")));
    check(&p256(&encode([&[0][..], &decode(P256_X)].concat()), P256_Y), Err(KeyFault::Member("x")));
    check(&p256(P256_X, ""), Err(KeyFault::Member("y")));
    check(&format!(r#"{{"kty":"EC","crv":"P-256","x":"{P256_X}"}}"#), Err(KeyFault::Member("y")));
    check(r#"{"kty":"EC"}"#, Err(KeyFault::Member("crv")));
    check(&point(&encode([7; 31])), Err(KeyFault::Member("x")));
    check(&point(&ED25519_X[..42]), Err(KeyFault::Member("x")));
    let off = (0..=255_u8).map(|byte| encode([&[byte][..], &[0; 31]].concat()));
    let off: Vec<_> =
        off.filter(|x| KeySet::read(&format!(r#"{{"keys":[{}]}}"#, point(x))).is_err()).collect();
    assert!(off.len() > 100, "half of all texts are no point");
}

#[test]
fn ed25519_points_of_small_order_are_refused_in_every_text() {
    let hex = |text: &str| -> Vec<u8> {
        let digits = text.as_bytes().chunks_exact(2);
        digits
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hex"))
            .collect()
    };
    // The eight points, and the texts with a sign or a coordinate that is not reduced ("Taming the many EdDSAs", table 1).
    for text in [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ] {
        let found = KeySet::read(&format!(r#"{{"keys":[{}]}}"#, point(&encode(hex(text)))));
        let faults =
            [KeyFault::SmallOrder, KeyFault::NotOnCurve].map(|fault| KeySetFault::Key { position: 1, fault });
        assert!(found.as_ref().is_err_and(|fault| faults.contains(fault)), "{text}: {found:?}");
    }
    // Any other coordinate that is not reduced is a second text of a point.
    for lowest in 0xEF..=0xFF_u8 {
        let x = encode([&[lowest][..], &[0xFF; 30], &[0x7F]].concat());
        let found = KeySet::read(&format!(r#"{{"keys":[{}]}}"#, point(&x))).expect_err("not reduced");
        let faults = [KeyFault::Member("x"), KeyFault::NotOnCurve]
            .map(|fault| KeySetFault::Key { position: 1, fault });
        assert!(faults.contains(&found), "{lowest:x}: {found}");
    }
}

#[test]
fn members_are_what_they_must_be() {
    for (key, fault) in [
        ("7", KeyFault::NotAnObject),
        ("null", KeyFault::NotAnObject),
        ("{}", KeyFault::Member("kty")),
        (r#"{"kty":7}"#, KeyFault::Member("kty")),
        (r#"{"kty":"RSA","kid":"b","e":"AQAB"}"#, KeyFault::Member("n")),
        (r#"{"kty":"OKP","crv":"Ed25519","x":7}"#, KeyFault::Member("x")),
        (r#"{"kty":"OKP","crv":["Ed25519"]}"#, KeyFault::Member("crv")),
        (r#"{"kty":"RSA","key_ops":"verify"}"#, KeyFault::Member("key_ops")),
        (r#"{"kty":"RSA","use":["sig"]}"#, KeyFault::Member("use")),
        (r#"{"kty":"RSA","alg":7}"#, KeyFault::Member("alg")),
    ] {
        check(key, Err(fault));
    }
    check(&rsa_jwk("first", ""), Err(KeyFault::KidTwice));
    check(&rsa_jwk(&"k".repeat(255), ""), Ok(Used));
    check(&rsa_jwk(&"k".repeat(256), ""), Err(KeyFault::Member("kid")));
    check(&point(ED25519_X).replace("\"x\"", "\"kid\":7,\"x\""), Err(KeyFault::Member("kid")));
}

#[test]
fn a_set_is_an_object_with_a_list() {
    let fault = |text: &str| KeySet::read(text).expect_err("no key set");
    for text in [
        "",
        "null",
        "[]",
        "{",
        r#"{"keys":[],"keys":[]}"#,
        r#"{"keys":[{"kty":"RSA","kty":"oct"}]}"#,
        &"[".repeat(500),
    ] {
        assert!(matches!(fault(text), KeySetFault::NotJson(_)), "{text}");
    }
    assert_eq!(fault("{}"), KeySetFault::NoList);
    assert_eq!(fault(r#"{"keys":{}}"#), KeySetFault::NoList);
    assert_eq!(fault(&ed25519_jwk("ed")), KeySetFault::NoList);
    assert_eq!(fault(r#"{"keys":[]}"#), KeySetFault::NoKey { skipped: 0 });
    let many = |count: usize| {
        let keys: Vec<String> = (0..count).map(|number| ed25519_jwk(&number.to_string())).collect();
        format!(r#"{{"keys":[{}]}}"#, keys.join(","))
    };
    assert_eq!(KeySet::read(&many(KEYS_MAX)).expect("the most").count(), KEYS_MAX);
    assert_eq!(fault(&many(KEYS_MAX + 1)), KeySetFault::TooMany(KEYS_MAX + 1));
    assert_eq!(fault(&" ".repeat(KEY_SET_LENGTH_MAX + 1)), KeySetFault::TooLong);
    // Other members of a set mean nothing.
    let more = format!(r#"{{"issuer":"x","keys":[{}]}}"#, signing::p256_jwk("ec"));
    assert_eq!(KeySet::read(&more).expect("a set").count(), 1);
}
