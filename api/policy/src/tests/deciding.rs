//! Every question of a small world: decisions are those of Cedar's authorizer, and remedies hold.

use super::*;
use crate::trial::apply;
use crate::{Answer, Change, Question};
use cedar_policy::{Authorizer, Decision};

/// Asks for every action about every tenant, by credentials of every kind of roles and tenants, in all
/// circumstances.
fn each_question(mut look: impl FnMut(&Asked<'_>)) {
    let tenants = [Tenants::All, Tenants::These(Vec::new()), Tenants::These(vec!["a".to_owned()])];
    let roles = [&[][..], &["submitter"], &["operator"], &["approver", "auditor"], &["admin"], &["nobody"]];
    for (tenants, roles) in tenants.iter().flat_map(|tenants| roles.map(|roles| (tenants, roles))) {
        let credential = Credential { tenants: tenants.clone(), ..credential(roles) };
        for (action, number) in ACTIONS.iter().flat_map(|action| (0..8).map(move |number| (action, number))) {
            let tenant = if number & 4 == 0 { "a" } else { "b" };
            look(&Asked {
                credential: &credential,
                action: action.name,
                tenant: Some(tenant).filter(|_| action.scope == Scope::Tenant),
                circumstances: Circumstances { encrypted: number & 1 == 1, loopback: number & 2 == 2 },
            });
        }
    }
}

#[test]
fn decisions_are_those_of_the_authorizer() {
    let policies = shipped();
    let (mut allowed, mut refused) = (0, 0);
    each_question(|asked| {
        let Question { request, entities } = policies.question(asked).expect("it is a question");
        let answer = Answer::from(&Authorizer::new().is_authorized(&request, policies.set(), &entities));
        let verdict = policies.decide(asked);
        let reasons: Vec<String> = answer.reasons.iter().map(ToString::to_string).collect();
        assert_eq!((verdict.allowed, verdict.policies), (answer.decision == Decision::Allow, reasons));
        if verdict.allowed { allowed += 1 } else { refused += 1 }
    });
    assert!(allowed > 100 && refused > 100, "{allowed} allowed, {refused} refused");
}

#[test]
fn every_remedy_holds_and_no_part_of_one_does() {
    let policies = shipped();
    let would_be_allowed = |asked: &Asked<'_>, changes: &mut dyn Iterator<Item = &Change>| {
        let (mut credential, mut circumstances) = (asked.credential.clone(), asked.circumstances);
        changes.for_each(|change| apply(change, &mut credential, &mut circumstances));
        policies.decide(&Asked { credential: &credential, circumstances, ..*asked }).allowed
    };
    each_question(|asked| {
        let explanation = policies.explain(asked);
        // An admin for every tenant may do everything over an encrypted connection, so that there always is a
        // remedy.
        assert_eq!(explanation.remedies.is_empty(), explanation.verdict.allowed, "{asked:?}");
        for remedy in &explanation.remedies {
            assert!(would_be_allowed(asked, &mut remedy.iter()), "{remedy:?} for {asked:?}");
            for left_out in remedy {
                let others = &mut remedy.iter().filter(|change| *change != left_out);
                assert!(!would_be_allowed(asked, others), "{remedy:?} without {left_out:?} for {asked:?}");
            }
        }
    });
}
