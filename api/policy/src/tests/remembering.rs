//! What is remembered is never another question's verdict, and is bounded.

use super::*;

#[test]
fn what_differs_in_anything_is_another_question() {
    let base = credential(&["a", "bc"]);
    let text = |text: &str| vec![text.to_owned()];
    let credentials = [
        Credential { id: [8; 16], ..base.clone() },
        Credential { roles: vec!["ab".to_owned(), "c".to_owned()], ..base.clone() },
        Credential { roles: text("a"), zones: vec!["bc".to_owned(), "eu".to_owned()], ..base.clone() },
        Credential { tenants: Tenants::All, ..base.clone() },
        Credential { tenants: Tenants::These(Vec::new()), ..base.clone() },
        Credential { owner: "eri".to_owned(), ..base.clone() },
        Credential { kind: CredentialKind::Link, ..base.clone() },
        Credential { zones: Vec::new(), classes: vec!["eu".to_owned(), "public".to_owned()], ..base.clone() },
        Credential { classes: text("publi"), ..base.clone() },
        base,
    ];
    let mut questions: Vec<Vec<u8>> = Vec::new();
    for credential in &credentials {
        for action in ["workflow.list", "workflow.list@", "workflow.list@a", "workflow.lis@ta"] {
            for circumstances in [SAFE, IN_THE_CLEAR, Circumstances { encrypted: false, loopback: true }] {
                questions.push(asked(credential, action, circumstances).bytes());
            }
        }
    }
    let all = questions.len();
    questions.sort();
    questions.dedup();
    assert_eq!(questions.len(), all);
}

#[test]
fn what_is_remembered_is_what_would_be_decided_and_is_bounded() {
    let policies = shipped();
    let mut most = 0;
    for number in 0..10_000u64 {
        let mut credential = credential(&[["submitter", "auditor", "nobody"][number as usize % 3]]);
        credential.id[..8].copy_from_slice(&(number % 5_000).to_le_bytes());
        let asked = asked(&credential, "workflow.output@a", SAFE);
        assert_eq!(policies.decide(&asked), policies.evaluate(&asked));
        assert_eq!(policies.decide(&asked), policies.evaluate(&asked));
        most = most.max(policies.remembered_len());
    }
    assert_eq!(most, 4096);
    let long = Credential { owner: "x".repeat(10_000), ..credential(&["submitter"]) };
    let before = policies.remembered_len();
    check(&policies, &long, "workflow.list@a", "allow submitter");
    assert_eq!(policies.remembered_len(), before);
}
