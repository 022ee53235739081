//! Tokens whose form is wrong: parts, characters, lengths, headers.

use crate::signing::{NOW, Signer, ada, check, encode, good_claims, issuer};
use triad_credentials::{Rejection, TOKEN_LENGTH_MAX};

const ED: Signer = Signer::Ed25519;

#[test]
fn good_tokens_are_good() {
    for signer in [Signer::Ed25519, Signer::P256, Signer::Rsa] {
        check(&signer.good(), Ok(ada()));
    }
}

#[test]
fn a_token_is_three_parts() {
    let good = ED.good();
    let [header, claims, signature] = good.split('.').collect::<Vec<_>>().try_into().expect("three parts");
    let malformed = |part| Err(Rejection::Malformed(part));
    for (token, part) in [
        (String::new(), "token"),
        (".".to_owned(), "token"),
        ("..".to_owned(), "header"),
        (header.to_owned(), "token"),
        (format!("{header}.{claims}"), "token"),
        (format!("{header}.{claims}."), "signature"),
        (format!(".{claims}.{signature}"), "header"),
        (format!("{header}..{signature}"), "claims"),
        (format!("{good}."), "token"),
        (format!(".{good}"), "token"),
        (format!("{good}.{signature}"), "token"),
        (format!("{header}..{claims}.{signature}"), "token"),
        // Encrypted: header, key, vector, text, tag.
        (format!("{header}.{signature}.AAAA.{claims}.{signature}"), "token"),
        // Its JSON form.
        (format!(r#"{{"payload":"{claims}","protected":"{header}","signature":"{signature}"}}"#), "token"),
    ] {
        check(&token, malformed(part));
    }
}

#[test]
fn a_part_is_base64url_of_one_text_only() {
    let good = ED.good();
    let [header, claims, signature] = good.split('.').collect::<Vec<_>>().try_into().expect("three parts");
    // 64 bytes are 86 characters, the last of which has four bits behind the last byte.
    let aliased = |last| format!("{header}.{claims}.{}{last}", &signature[..85]);
    let others: Vec<String> = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        .chars()
        .map(aliased)
        .filter(|token| *token != good)
        .collect();
    assert_eq!(others.len(), 63);
    // Four of the 64 leave no bit behind, and are another signature.
    let found = others.iter().map(|token| issuer().verify(token, NOW).expect_err("another text"));
    let (wrong, malformed): (Vec<_>, Vec<_>) = found.partition(|found| *found == Rejection::BadSignature);
    assert_eq!((wrong.len(), malformed), (3, vec![Rejection::Malformed("signature"); 60]));
    for (token, part) in [
        (format!("{good}="), "signature"),
        (format!("{good}=="), "signature"),
        (format!("{header}=.{claims}.{signature}"), "header"),
        (format!("{good}\n"), "signature"),
        (format!("{good} "), "signature"),
        (format!(" {good}"), "header"),
        (format!("{header}.{claims}\n.{signature}"), "claims"),
        (format!("{header}.{claims}. {signature}"), "signature"),
        (format!("{header}.{claims}.{}+/", &signature[..84]), "signature"),
        (format!("{header}.{claims}.{signature}AAA"), "signature"),
        (format!("{header}.{claims}.\u{e9}{signature}"), "signature"),
        (format!("{header}.{claims}.\0{signature}"), "signature"),
    ] {
        check(&token, Err(Rejection::Malformed(part)));
    }
}

#[test]
fn header_and_claims_are_one_object_without_doubled_members() {
    let claims = good_claims();
    for header in [
        "",
        "null",
        "[]",
        r#""EdDSA""#,
        "{",
        r#"{"alg":"EdDSA","kid":"ed"} {}"#,
        r#"{"alg":"EdDSA","kid":"ed",}"#,
        r#"{"alg":"none","alg":"EdDSA","kid":"ed"}"#,
        r#"{"alg":"EdDSA","alg":"EdDSA","kid":"ed"}"#,
        // The same name, written otherwise.
        r#"{"alg":"EdDSA","kid":"ed","\u0061lg":"none"}"#,
        r#"{"alg":"EdDSA","kid":"ed","x":{"a":1,"a":2}}"#,
        r#"{"kid":"ed"}"#,
        r#"{"alg":null,"kid":"ed"}"#,
        r#"{"alg":["EdDSA"],"kid":"ed"}"#,
        r#"{"alg":"EdDSA","kid":7}"#,
        r#"{"alg":"EdDSA","kid":"ed","typ":7}"#,
        "\u{feff}{\"alg\":\"EdDSA\",\"kid\":\"ed\"}",
    ] {
        check(&ED.token(header, &claims), Err(Rejection::Malformed("header")));
    }
    let doubled = |member: &str| format!("{},{member}}}", claims.trim_end_matches('}'));
    for claims in [
        doubled(r#""aud":"triad""#),
        doubled(r#""exp":1800000601"#),
        doubled(r#""iss":"https://id.example""#),
        doubled(r#""\u0073ub":"root""#),
        doubled(r#""x":[{"a":1,"a":1}]"#),
        "[]".to_owned(),
        format!("{claims}{claims}"),
        "[".repeat(4000),
        format!(r#"{{"x":{}1{}}}"#, "[".repeat(200), "]".repeat(200)),
        String::new(),
    ] {
        check(&ED.claiming(&claims), Err(Rejection::Malformed("claims")));
    }
    let not_utf8 = [br#"{"sub":""#, &b"\xff\xfe"[..], br#""}"#].concat();
    let signed = format!("{}.{}", encode(ED.header()), encode(not_utf8));
    let token = format!("{signed}.{}", encode(ED.sign(signed.as_bytes())));
    check(&token, Err(Rejection::Malformed("claims")));
}

#[test]
fn a_token_is_at_most_16_kib() {
    let padded = |length: usize| {
        ED.claiming(&crate::signing::claims_with(&[("x", &format!("{:?}", "x".repeat(length)))]))
    };
    // Three bytes are four characters.
    let room = (TOKEN_LENGTH_MAX - padded(0).len()) / 4 * 3;
    assert!(padded(room).len() > TOKEN_LENGTH_MAX - 8);
    check(&padded(room), Ok(ada()));
    check(&padded(room + 8), Err(Rejection::TooLong));
    check(&"a".repeat(1 << 20), Err(Rejection::TooLong));
    check(&".".repeat(TOKEN_LENGTH_MAX), Err(Rejection::Malformed("token")));
}

#[test]
fn headers_that_bring_or_name_a_key_are_refused() {
    let x = crate::signing::ED25519_X;
    for (name, value) in [
        ("jku", r#""https://evil.example/keys.json""#.to_owned()),
        ("x5u", r#""https://evil.example/chain.pem""#.to_owned()),
        ("jwk", format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#)),
        ("x5c", r#"["MIIB"]"#.to_owned()),
        ("crit", r#"["exp"]"#.to_owned()),
        ("crit", "[]".to_owned()),
        ("b64", "false".to_owned()),
        ("enc", r#""A128GCM""#.to_owned()),
        ("zip", r#""DEF""#.to_owned()),
        ("cty", r#""JWT""#.to_owned()),
        ("jku", "null".to_owned()),
    ] {
        let header = format!(r#"{{"alg":"EdDSA","kid":"ed","{name}":{value}}}"#);
        check(&ED.headed(&header), Err(Rejection::ForbiddenHeader(name)));
    }
    // Thumbprints name no key that is not in the set, and unknown members mean nothing (RFC 7515, section 4).
    let harmless =
        r#"{"alg":"EdDSA","kid":"ed","x5t":"abc","x5t#S256":"abc","nonce":"n","JKU":"https://evil.example"}"#;
    check(&ED.headed(harmless), Ok(ada()));
}

#[test]
fn a_token_is_of_the_type_of_tokens() {
    let typed = |kind: &str| ED.headed(&format!(r#"{{"alg":"EdDSA","kid":"ed","typ":"{kind}"}}"#));
    for kind in ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt", "application/jwt"] {
        check(&typed(kind), Ok(ada()));
    }
    for kind in [
        "",
        "logout+jwt",
        "dpop+jwt",
        "JOSE",
        "JWT ",
        "at+jwt;x",
        "application/",
        "application/application/jwt",
    ] {
        check(&typed(kind), Err(Rejection::WrongType));
    }
}
