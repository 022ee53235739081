//! Several issuers side by side, rules that cannot be, and principals.

use crate::signing::{self, ISSUER, NOW, Signer, ada, claims_with, key_set, rules};
use triad_credentials::{Issuer, IssuerFault, IssuerRules, Issuers, Rejection, principal};

fn issuer(name: &str, key: String) -> Issuer {
    Issuer::new(IssuerRules { issuer: name.to_owned(), ..rules() }, key_set(&[key])).expect("an issuer")
}

#[test]
fn each_issuer_is_known_by_its_own_keys() {
    let other = "https://other.example";
    let issuers =
        Issuers::new([issuer(ISSUER, signing::ed25519_jwk("key")), issuer(other, signing::p256_jwk("key"))]);
    let mut issuers = issuers.expect("two issuers");
    let token = |signer: Signer, alg: &str, name: &str| {
        signer.token(
            &format!(r#"{{"alg":"{alg}","kid":"key"}}"#),
            &claims_with(&[("iss", &format!("{name:?}"))]),
        )
    };
    let verify = |issuers: &Issuers, token: &str| {
        issuers.verify(token, NOW).map(|(issuer, claims)| (issuer.rules().issuer.clone(), claims))
    };
    let first = token(Signer::Ed25519, "EdDSA", ISSUER);
    assert_eq!(verify(&issuers, &first), Ok((ISSUER.to_owned(), ada())));
    assert_eq!(verify(&issuers, &token(Signer::P256, "ES256", other)), Ok((other.to_owned(), ada())));
    // One issuer in the name of the other.
    let crossed = token(Signer::P256, "ES256", ISSUER);
    assert_eq!(verify(&issuers, &crossed), Err(Rejection::AlgorithmNotAllowed));
    assert_eq!(
        verify(&issuers, &token(Signer::Ed25519, "EdDSA", "https://third.example")),
        Err(Rejection::WrongIssuer)
    );
    // A key that is no more in the set verifies nothing.
    issuers.named(ISSUER).expect("is there").replace_keys(key_set(&[signing::ed25519_jwk("newer")]));
    assert_eq!(verify(&issuers, &first), Err(Rejection::KeyUnknown));
    assert_eq!(verify(&Issuers::default(), &first), Err(Rejection::WrongIssuer));
}

#[test]
fn rules_that_refuse_or_accept_everything_are_no_rules() {
    let fault = |change: fn(&mut IssuerRules)| {
        let mut rules = rules();
        change(&mut rules);
        Issuer::new(rules, key_set(&[signing::ed25519_jwk("ed")])).expect_err("no rules")
    };
    assert_eq!(fault(|rules| rules.issuer.clear()), IssuerFault::Empty("issuer"));
    assert_eq!(fault(|rules| rules.audience.clear()), IssuerFault::Empty("audience"));
    assert_eq!(fault(|rules| rules.algorithms.clear()), IssuerFault::Empty("algorithms"));
    assert_eq!(fault(|rules| rules.roles_claim.clear()), IssuerFault::Empty("roles_claim"));
    assert_eq!(fault(|rules| rules.tenants_claim.clear()), IssuerFault::Empty("tenants_claim"));
    assert_eq!(fault(|rules| rules.leeway_seconds = 61), IssuerFault::Leeway(61));
    assert_eq!(fault(|rules| rules.lifetime_seconds_max = 0), IssuerFault::Lifetime);
    let twice = [(); 2].map(|()| issuer(ISSUER, signing::ed25519_jwk("ed")));
    assert_eq!(Issuers::new(twice).expect_err("twice"), IssuerFault::Twice(ISSUER.to_owned()));
}

#[test]
fn a_principal_is_an_issuer_and_a_subject() {
    // From a reader of its own in Python.
    assert_eq!(
        principal(ISSUER, "ada").map(|byte| format!("{byte:02x}")).concat(),
        "9ea0104f8ebc92188ebfa3b283571a71"
    );
    let pairs = [("ab", "c"), ("a", "bc"), ("abc", ""), ("", "abc"), ("c", "ab")];
    let ids: std::collections::BTreeSet<_> =
        pairs.iter().map(|(issuer, subject)| principal(issuer, subject)).collect();
    assert_eq!(ids.len(), pairs.len());
}
