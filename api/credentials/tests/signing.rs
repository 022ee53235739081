//! An identity provider of our own: keys, tokens by any header and claims, and the door through which they are checked.
//!
//! The private keys are those that RFC 7515 (A.2, A.3) and RFC 8037 (A.1) print. Everybody has them: they protect nothing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::Signer as _;
use rsa::BoxedUint;
use sha2::{Digest, Sha256};
use triad_credentials::{Algorithm, Claims, Issuer, IssuerRules, KeySet, Rejection};

pub(crate) const NOW: i64 = 1_800_000_000;
pub(crate) const ISSUER: &str = "https://id.example";

pub(crate) const ED25519_X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
const ED25519_D: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
pub(crate) const P256_X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
pub(crate) const P256_Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
const P256_D: &str = "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI";
pub(crate) const RSA_N: &str = concat!(
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SF",
    "d2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo",
    "7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkM",
    "Ls91kzk2PAcDTW9gb54h4FRWyuXpoQ",
);
const RSA_P: &str = concat!(
    "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7",
    "ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc",
);
const RSA_Q: &str = concat!(
    "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wD",
    "mpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc",
);

/// A private key of the provider.
#[derive(Clone, Copy)]
pub(crate) enum Signer {
    Ed25519,
    P256,
    Rsa,
}

impl Signer {
    pub(crate) fn sign(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Ed25519 => {
                let seed = decode(ED25519_D).try_into().expect("32 bytes");
                ed25519_dalek::SigningKey::from_bytes(&seed).sign(message).to_bytes().to_vec()
            }
            Self::P256 => {
                let key = p256::ecdsa::SigningKey::from_slice(&decode(P256_D)).expect("a key");
                let signature: p256::ecdsa::Signature = key.sign(message);
                signature.to_bytes().to_vec()
            }
            Self::Rsa => {
                let number = |text| BoxedUint::from_be_slice_vartime(&decode(text));
                let key =
                    rsa::PrivateKey::from_p_q(number(RSA_P), number(RSA_Q), number("AQAB")).expect("a key");
                let scheme = rsa::Pkcs1v15Sign::new::<Sha256>();
                key.sign(scheme, &Sha256::digest(message)).expect("signs")
            }
        }
    }

    /// The header of its good tokens.
    pub(crate) fn header(self) -> &'static str {
        match self {
            Self::Ed25519 => r#"{"alg":"EdDSA","kid":"ed","typ":"at+jwt"}"#,
            Self::P256 => r#"{"alg":"ES256","kid":"ec","typ":"JWT"}"#,
            Self::Rsa => r#"{"alg":"RS256","kid":"rsa"}"#,
        }
    }

    pub(crate) fn token(self, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", encode(header), encode(claims));
        let signature = self.sign(signed.as_bytes());
        format!("{signed}.{}", encode(signature))
    }

    /// A token that is good but for these claims.
    pub(crate) fn claiming(self, claims: &str) -> String {
        self.token(self.header(), claims)
    }

    /// A token that is good but for this header.
    pub(crate) fn headed(self, header: &str) -> String {
        self.token(header, &good_claims())
    }

    pub(crate) fn good(self) -> String {
        self.token(self.header(), &good_claims())
    }
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).expect("base64url")
}

/// The members of good claims, each with its value as JSON.
pub(crate) const GOOD: [(&str, &str); 8] = [
    ("iss", r#""https://id.example""#),
    ("sub", r#""ada""#),
    ("aud", r#""triad""#),
    ("exp", "1800000600"),
    ("iat", "1799999940"),
    ("jti", r#""t-1""#),
    ("roles", r#"["operator"]"#),
    ("tenants", r#"["north"]"#),
];

/// Good claims, with these members instead of their own or besides them. A member without a value is left out.
pub(crate) fn claims_with(changes: &[(&str, &str)]) -> String {
    let is_kept = |(name, _): &&(&str, &str)| changes.iter().all(|change| change.0 != *name);
    let all = GOOD.iter().filter(is_kept).chain(changes).filter(|(_, value)| !value.is_empty());
    let members: Vec<String> = all.map(|(name, value)| format!("{name:?}:{value}")).collect();
    format!("{{{}}}", members.join(","))
}

pub(crate) fn good_claims() -> String {
    claims_with(&[])
}

/// What a good token says.
pub(crate) fn ada() -> Claims {
    Claims {
        subject: "ada".to_owned(),
        roles: vec!["operator".to_owned()],
        tenants: vec!["north".to_owned()],
        expires: NOW + 600,
        token_id: Some("t-1".to_owned()),
    }
}

pub(crate) fn ed25519_jwk(kid: &str) -> String {
    format!(r#"{{"kty":"OKP","crv":"Ed25519","kid":"{kid}","use":"sig","x":"{ED25519_X}"}}"#)
}

pub(crate) fn p256_jwk(kid: &str) -> String {
    format!(r#"{{"kty":"EC","crv":"P-256","kid":"{kid}","alg":"ES256","x":"{P256_X}","y":"{P256_Y}"}}"#)
}

pub(crate) fn rsa_jwk(kid: &str, more: &str) -> String {
    format!(r#"{{"kty":"RSA","kid":"{kid}",{more}"n":"{RSA_N}","e":"AQAB"}}"#)
}

pub(crate) fn key_set(keys: &[String]) -> KeySet {
    KeySet::read(&format!(r#"{{"keys":[{}]}}"#, keys.join(","))).expect("a key set")
}

pub(crate) fn rules() -> IssuerRules {
    IssuerRules {
        issuer: ISSUER.to_owned(),
        audience: "triad".to_owned(),
        algorithms: vec![Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256, Algorithm::Ps256],
        roles_claim: "roles".to_owned(),
        tenants_claim: "tenants".to_owned(),
        leeway_seconds: 30,
        lifetime_seconds_max: 3600,
    }
}

/// The provider with a key of each algorithm.
pub(crate) fn issuer() -> Issuer {
    let rs256 = rsa_jwk("rsa", r#""alg":"RS256","key_ops":["verify"],"#);
    let ps256 = rsa_jwk("rsa-pss", r#""alg":"PS256","#);
    Issuer::new(rules(), key_set(&[ed25519_jwk("ed"), p256_jwk("ec"), rs256, ps256])).expect("an issuer")
}

/// The one door of every attack: what becomes of this token at `NOW`.
pub(crate) fn check(token: &str, expected: Result<Claims, Rejection>) {
    check_by(&issuer(), token, expected);
}

pub(crate) fn check_by(issuer: &Issuer, token: &str, expected: Result<Claims, Rejection>) {
    let found = issuer.verify(token, NOW);
    assert_eq!(found, expected, "{token:.200}");
    if let Err(rejection) = found {
        let said = format!("{rejection} {rejection:?}");
        let is_repeated = |part: &str| part.len() > 6 && said.contains(part);
        assert!(!token.split('.').any(is_repeated), "{said} repeats the token");
    }
}
