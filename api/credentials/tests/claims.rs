//! Claims of tokens whose signature is good.

use crate::signing::{self, Signer, ada, check, check_by, claims_with, good_claims, key_set, rules};
use triad_credentials::{Claims, Issuer, IssuerRules, Rejection, VALUE_CHARACTERS_MAX, VALUES_MAX};

/// One claim of a good token is another, or is missing where `value` is empty.
fn check_claim(name: &str, value: &str, expected: Result<Claims, Rejection>) {
    check(&Signer::Ed25519.claiming(&claims_with(&[(name, value)])), expected);
}

#[test]
fn the_issuer_is_exactly_the_issuer() {
    check_claim("iss", "", Err(Rejection::MissingClaim("iss")));
    for value in [
        r#""https://id.example/""#,
        r#""https://id.example ""#,
        r#""https://ID.example""#,
        r#""http://id.example""#,
        r#""https://id.example.evil.example""#,
        r#""https://id.ex\u0430mple""#,
        r#""""#,
    ] {
        check_claim("iss", value, Err(Rejection::WrongIssuer));
    }
    check_claim("iss", r#""https:\/\/id.example""#, Ok(ada()));
    for value in ["null", "7", r#"["https://id.example"]"#, "{}"] {
        check_claim("iss", value, Err(Rejection::UnusableClaim("iss")));
    }
}

#[test]
fn we_are_in_the_audience() {
    check_claim("aud", "", Err(Rejection::MissingClaim("aud")));
    for value in [r#""triad""#, r#"["triad"]"#, r#"["other","triad"]"#, r#"["triad","triad"]"#] {
        check_claim("aud", value, Ok(ada()));
    }
    for value in [
        r#""other""#,
        r#""triad ""#,
        r#""Triad""#,
        r#""triad,other""#,
        r#""triad other""#,
        "[]",
        r#"["tri","ad"]"#,
        r#""""#,
    ] {
        check_claim("aud", value, Err(Rejection::WrongAudience));
    }
    for value in ["null", "7", "{}", r#"{"triad":true}"#, r#"["triad",7]"#, r#"[["triad"]]"#, "true"] {
        check_claim("aud", value, Err(Rejection::UnusableClaim("aud")));
    }
}

#[test]
fn a_subject_is_of_any_script() {
    check_claim("sub", "", Err(Rejection::MissingClaim("sub")));
    let long = |length: usize| format!("{:?}", "\u{1f600}".repeat(length));
    for (value, subject) in [
        (r#""\u0430d\u0430""#.to_owned(), "\u{430}d\u{430}".to_owned()),
        (r#""\ud83d\ude00""#.to_owned(), "\u{1f600}".to_owned()),
        // Two texts that look the same are two subjects: nothing is normalized.
        (r#""e\u0301""#.to_owned(), "e\u{301}".to_owned()),
        (r#""\u00e9""#.to_owned(), "\u{e9}".to_owned()),
        (r#""../../etc""#.to_owned(), "../../etc".to_owned()),
        (r#"" ada""#.to_owned(), " ada".to_owned()),
        (long(VALUE_CHARACTERS_MAX), "\u{1f600}".repeat(VALUE_CHARACTERS_MAX)),
    ] {
        check_claim("sub", &value, Ok(Claims { subject, ..ada() }));
    }
    let too_long = long(VALUE_CHARACTERS_MAX + 1);
    for value in [
        r#""""#,
        &too_long,
        "7",
        "null",
        r#"["ada"]"#,
        r#""a\u0000da""#,
        r#""\u001b[2J""#,
        r#""a\nb""#,
        r#""\u0085""#,
    ] {
        check_claim("sub", value, Err(Rejection::UnusableClaim("sub")));
    }
    // Half a character is no text.
    check_claim("sub", r#""\ud800""#, Err(Rejection::Malformed("claims")));
}

#[test]
fn a_token_may_have_an_id() {
    check_claim("jti", "", Ok(Claims { token_id: None, ..ada() }));
    for value in ["7", r#""""#, "null", &format!("{:?}", "x".repeat(256))] {
        check_claim("jti", value, Err(Rejection::UnusableClaim("jti")));
    }
}

#[test]
fn roles_and_tenants_are_lists_of_names() {
    let roles =
        |roles: &[&str]| Ok(Claims { roles: roles.iter().map(|role| (*role).to_owned()).collect(), ..ada() });
    let many = |count: usize| format!("[{}]", vec![r#""r""#; count].join(","));
    check_claim("roles", "", roles(&[]));
    check_claim("roles", "[]", roles(&[]));
    check_claim("roles", r#""operator""#, roles(&["operator"]));
    check_claim("roles", r#""operator auditor""#, roles(&["operator auditor"]));
    check_claim("roles", r#"["b","a","b"]"#, roles(&["b", "a", "b"]));
    check_claim("roles", &many(VALUES_MAX), roles(&vec!["r"; VALUES_MAX]));
    let too_many = many(VALUES_MAX + 1);
    for value in [
        "null",
        "true",
        "7",
        "{}",
        r#"{"operator":true}"#,
        r#"["operator",7]"#,
        r#"[["operator"]]"#,
        r#"[""]"#,
        &too_many,
    ] {
        check_claim("roles", value, Err(Rejection::UnusableClaim("roles")));
        check_claim("tenants", value, Err(Rejection::UnusableClaim("tenants")));
    }
    check_claim("tenants", "", Ok(Claims { tenants: Vec::new(), ..ada() }));
}

#[test]
fn roles_stand_where_the_issuer_puts_them() {
    let by = |roles_claim: &str| {
        let rules = IssuerRules { roles_claim: roles_claim.to_owned(), ..rules() };
        Issuer::new(rules, key_set(&[signing::ed25519_jwk("ed")])).expect("an issuer")
    };
    let claims = claims_with(&[
        ("realm_access", r#"{"roles":["realm"],"a/b~c":{"d":["deep"]}}"#),
        ("https://id.example/roles", r#"["by address"]"#),
        ("realm_access.roles", r#"["dotted"]"#),
        ("list", r#"[["inside"]]"#),
    ]);
    let token = Signer::Ed25519.claiming(&claims);
    for (path, roles) in [
        ("roles", vec!["operator"]),
        ("/roles", vec!["operator"]),
        ("/realm_access/roles", vec!["realm"]),
        ("/realm_access/a~1b~0c/d", vec!["deep"]),
        ("realm_access.roles", vec!["dotted"]),
        ("https://id.example/roles", vec!["by address"]),
        ("absent", vec![]),
        ("/realm_access/absent", vec![]),
        ("/roles/0", vec![]),
        ("/list/0", vec![]),
        ("/", vec![]),
    ] {
        let roles = roles.into_iter().map(str::to_owned).collect();
        check_by(&by(path), &token, Ok(Claims { roles, ..ada() }));
    }
    check_by(&by("/realm_access"), &token, Err(Rejection::UnusableClaim("roles")));
}

#[test]
fn nothing_is_judged_before_the_signature() {
    // Each of these would be refused for itself; unsigned, all of them look the same.
    for (name, value) in [
        ("aud", r#""other""#),
        ("exp", "1"),
        ("exp", ""),
        ("sub", ""),
        ("nbf", "9000000000"),
        ("roles", "7"),
        ("jti", "7"),
    ] {
        let good = Signer::Ed25519.claiming(&claims_with(&[(name, value)]));
        let (signed, _) = good.rsplit_once('.').expect("three parts");
        let signature = crate::signing::encode(Signer::Ed25519.sign(b"something else"));
        check(&format!("{signed}.{signature}"), Err(Rejection::BadSignature));
    }
    // The claims of one token under the signature of another.
    let (one, two) =
        (Signer::Ed25519.good(), Signer::Ed25519.claiming(&claims_with(&[("sub", r#""root""#)])));
    let (signed, _) = two.rsplit_once('.').expect("three parts");
    let (_, signature) = one.rsplit_once('.').expect("three parts");
    check(&format!("{signed}.{signature}"), Err(Rejection::BadSignature));
    assert!(good_claims().starts_with('{'));
}
