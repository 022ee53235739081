//! Tokens of an issuer that is trusted: whom they let in, and to what.

use super::harness::Running;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use std::io::{Read, Write};

const DEFINITION: &str = r#"{"tasks":[{"id":"say","type":"NOOP","input":"once"}]}"#;

/// A token that an issuer signs.
fn token(claims: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let head = format!("{}.{}", encode(&json!({ "alg": "EdDSA", "kid": "one" })), encode(claims));
    let signature = SigningKey::from_bytes(&[7; 32]).sign(head.as_bytes());
    format!("{head}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
}

#[test]
fn a_token_of_an_issuer_that_is_trusted_asks_as_what_it_states() {
    let mut server = Running::start();
    server.claim();
    let verifying = SigningKey::from_bytes(&[7; 32]).verifying_key();
    let file = server.path().join("jwks.json");
    let set = |kid: &str| {
        let x = URL_SAFE_NO_PAD.encode(verifying.as_bytes());
        json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid }] }).to_string()
    };
    std::fs::write(&file, set("one")).expect("writes");
    let now = crate::clock::now_us() / 1_000_000;
    let claims = |changed: Value| {
        let mut claims = json!({
            "iss": "https://id.example", "aud": "triad", "sub": "alice@example.com", "iat": now, "exp": now + 600,
            "roles": ["submitter"], "tenants": ["acme"],
        });
        let members = claims.as_object_mut().expect("an object");
        members.extend(changed.as_object().expect("an object").clone());
        claims
    };
    let status = |claims: &Value| {
        let client = server.showing(format!("authorization: Bearer {}\r\n", token(claims)));
        client.get("/v1/workflows").status
    };
    assert_eq!(status(&claims(json!({}))), 401, "nobody trusts it");
    let trust = json!({
        "issuer": "https://id.example", "audience": "triad", "algorithms": ["EdDSA"],
        "keys_at": file, "tenants_claim": "tenants",
    });
    let missing = json!({ "issuer": "x", "audience": "x", "algorithms": ["EdDSA"], "keys_at": "/nowhere" });
    let refused = server.post("/v1/access/issuers", "", &missing.to_string());
    assert_eq!(refused.verdict(), (422, "invalid_value".to_owned()));
    assert_eq!(server.post("/v1/access/issuers", "", &trust.to_string()).status, 200);
    let rows = [
        (json!({}), 200),
        (json!({ "iss": "https://id.example/" }), 401),
        (json!({ "aud": "other" }), 401),
        (json!({ "exp": now - 120, "iat": now - 600 }), 401),
        (json!({ "tenants": [] }), 401),
        (json!({ "tenants": ["other"] }), 401),
        (json!({ "tenants": ["other", "acme"] }), 200),
        (json!({ "roles": ["nobody"] }), 403),
        (json!({ "tenants": ["*"], "roles": ["auditor"] }), 200),
    ];
    for (changed, expected) in rows {
        assert_eq!(status(&claims(changed.clone())), expected, "{changed}");
    }
    let client = server.showing(format!("authorization: Bearer {}\r\n", token(&claims(json!({})))));
    let id = client.submit(DEFINITION);
    let other = server.issue("other", &["submitter"], "other");
    assert_eq!(server.as_key(&other).get(&format!("/v1/workflows/{id}")).status, 404);
    // The same person is the same principal, by a pseudonym, and who they are stands nowhere.
    let me = client.get("/v1/access/me").json();
    let again =
        server.showing(format!("authorization: Bearer {}\r\n", token(&claims(json!({ "exp": now + 700 })))));
    assert_eq!(again.get("/v1/access/me").json()["principal"], me["principal"]);
    assert_eq!(server.files_with("alice@example.com"), [] as [&str; 0]);
    // Keys at an address; when nobody answers there any more, those that were read count.
    let address = serve_once(set("one"));
    let trust = json!({
        "issuer": "https://id.example", "audience": "triad", "algorithms": ["EdDSA"],
        "keys_at": address, "tenants_claim": "tenants",
    });
    let trusted = server.post("/v1/access/issuers", "", &trust.to_string());
    assert_eq!(trusted.status, 200, "{trusted:?}");
    assert_eq!(status(&claims(json!({}))), 200);
    let distrusted = server.post("/v1/access/issuers/distrust", "", r#"{"issuer":"https://id.example"}"#);
    assert_eq!(distrusted.status, 200);
    assert_eq!(status(&claims(json!({}))), 401);
}

/// An address that gives a text twice, and then nothing.
fn serve_once(text: String) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("listens");
    let address = format!("http://{}/jwks", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming().take(2) {
            let mut stream = stream.expect("a connection");
            let _asked = stream.read(&mut [0; 4096]).expect("a request");
            let length = text.len();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
            stream.write_all(format!("{head}{text}").as_bytes()).expect("answers");
        }
    });
    address
}
