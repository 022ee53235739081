//! The schema, and that what is asked fits it.

use super::*;
use cedar_policy::{Entities, Request, Schema};

#[test]
fn the_schema_names_every_action_in_its_rights_and_scopes() {
    let vocabulary = Vocabulary::new(&[
        Action { name: "b", right: Right::Submit, scope: Scope::Tenant },
        Action { name: "a \"quoted\" one", right: Right::Read, scope: Scope::Installation },
        Action { name: "b", right: Right::Read, scope: Scope::Installation },
    ]);
    let schema = vocabulary.schema();
    assert!(schema.contains("action \"b\" in [\"Read\", \"Submit\"] appliesTo {"), "{schema}");
    assert!(schema.contains("resource: [Installation, Tenant],"), "{schema}");
    assert!(schema.contains("action \"a \\\"quoted\\\" one\" in [\"Read\"]"), "{schema}");
    let policies = Policies::shipped(&vocabulary);
    let admin = everywhere(&["admin"]);
    for action in ["b", "b@a", "a \"quoted\" one"] {
        check(&policies, &admin, action, "allow admin");
    }
}

#[test]
#[should_panic(expected = "Audit is the name of a right")]
fn no_action_has_the_name_of_a_right() {
    Vocabulary::new(&[Action { name: "Audit", right: Right::Read, scope: Scope::Tenant }]);
}

#[test]
fn what_is_asked_fits_the_schema() {
    let vocabulary = vocabulary();
    let policies = Policies::shipped(&vocabulary);
    let (schema, _) = Schema::from_cedarschema_str(vocabulary.schema()).expect("it is a schema");
    for kind in CredentialKind::ALL {
        for credential in [credential(&["admin", "other"]), everywhere(&[])] {
            let credential = Credential { kind, ..credential };
            for action in ["workflow.list@a", "policy.set", "workflow.list@"] {
                let question =
                    policies.question(&asked(&credential, action, IN_THE_CLEAR)).expect("it is a question");
                let part = |entity: Option<&cedar_policy::EntityUid>| entity.expect("it is known").clone();
                let (principal, resource) =
                    (part(question.request.principal()), part(question.request.resource()));
                let context = question.request.context().expect("it is known").clone();
                let action = part(question.request.action());
                Request::new(principal, action, resource, context, Some(&schema)).expect("the request fits");
                Entities::from_entities(question.entities, Some(&schema)).expect("the entities fit");
            }
        }
    }
}
