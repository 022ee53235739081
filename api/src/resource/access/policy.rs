//! The routes of policies: those in force, and others in their place.

use crate::access::judge::credential_of;
use crate::access::sight::About;
use crate::clock::now_us;
use crate::http::answer::{json, recorded};
use crate::http::document::Document;
use crate::http::extract::Caller;
use crate::http::state::{AppState, blocking};
use crate::output::hex;
use crate::resource::route::{ASKS, Body, Gives, Method, NOTHING, Need, Right, Route, Takes, VIEWS, shape};
use crate::wire::moment::Moment;
use crate::wire::problem::{Code, Problem};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::on;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json as value;
use std::convert::Infallible;
use triad_event::Source;
use triad_event::access::{Origin, Phase, ReplacePolicy};
use triad_event::ids::PrincipalId;
use triad_policy::{Asked, Circumstances, CredentialKind, Effect, Policies};
use triad_projections::view::access_book::Key;

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/v1/access/policy",
        name: "show_policy",
        summary: "the policies in force, and the schema that they are held against",
        source: Source::Operator,
        need: Need::Right(Right::Audit, About::Installation),
        takes: NOTHING,
        gives: &[Gives::json::<PolicyDocument>(StatusCode::OK)],
        refuses: &[VIEWS],
        handler: |method| on(method, show),
    },
    Route {
        method: Method::Post,
        path: "/v1/access/policy",
        name: "replace_policy",
        summary: "put other policies in force, all of them at once; or try whether they could be",
        source: Source::Operator,
        need: Need::Right(Right::Administer, About::Installation),
        takes: Takes { body: Some(Body::Document(shape::<ReplaceDocument>)), ..NOTHING },
        gives: &[
            Gives::recorded::<PolicyDocument>(StatusCode::OK),
            Gives::json::<TriedDocument>(StatusCode::ACCEPTED),
        ],
        refuses: &[
            ASKS,
            VIEWS,
            &[
                Code::InvalidPolicy,
                Code::PolicyInForce,
                Code::LastAdministrator,
                Code::TooLarge,
                Code::InvalidValue,
            ],
        ],
        handler: |method| on(method, replace),
    },
];

/// The policies in force.
#[derive(Serialize, JsonSchema)]
struct PolicyDocument {
    /// All of them, in the Cedar language.
    text: String,
    /// SHA-256, as records of what was allowed and refused bear it.
    digest: String,
    /// Whether they are those that the program came with.
    shipped: bool,
    /// Since when; none while nothing else was ever in force.
    since: Option<Moment>,
    /// Who put them in force.
    by: Option<String>,
    policies: Vec<OnePolicy>,
    /// The roles that they name.
    roles: Vec<String>,
    /// Every action and what it is about, as a Cedar schema.
    schema: String,
}

/// A policy.
#[derive(Serialize, JsonSchema)]
struct OnePolicy {
    id: String,
    /// What it says, in words.
    says: Option<String>,
    /// Whether it allows or forbids.
    effect: &'static str,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReplaceDocument {
    /// All policies, in the Cedar language; those that the program came with, when there is none.
    text: Option<String>,
    /// Whether they are only to be tried.
    #[serde(default)]
    dry_run: bool,
    /// Why, for the record.
    #[serde(default)]
    reason: String,
}

/// Policies that could be put in force.
#[derive(Serialize, JsonSchema)]
struct TriedDocument {
    digest: String,
    policies: Vec<OnePolicy>,
    /// What is not wrong, and is probably not meant.
    warnings: Vec<String>,
}

async fn show(State(state): State<AppState>) -> Result<Response, Problem> {
    Ok(json(StatusCode::OK, &state.describe_policy().await?))
}

async fn replace(
    State(state): State<AppState>,
    Caller(asker): Caller,
    Document(asked): Document<ReplaceDocument>,
) -> Result<Response, Problem> {
    let origin = if asked.text.is_some() { Origin::Written } else { Origin::Shipped };
    let policies = state.read_policies(asked.text).await?;
    if asked.dry_run {
        let warnings = policies.warnings().iter().map(ToString::to_string).collect();
        let digest = hex(&policies.digest());
        let tried = TriedDocument { digest, policies: list(&policies), warnings };
        return Ok(json(StatusCode::ACCEPTED, &tried));
    }
    state.keeps_an_administrator(&policies)?;
    let (text, digest) = (policies.text().to_owned(), policies.digest());
    let ask = ReplacePolicy { text, digest, origin, reason: asked.reason };
    let answer = state.ask_access(asker, ask).await?;
    Ok(recorded(StatusCode::OK, &state.describe_policy().await?, answer.sequence))
}

fn list(policies: &Policies) -> Vec<OnePolicy> {
    let one = |policy: triad_policy::Policy| OnePolicy {
        id: policy.id,
        says: policy.says,
        effect: match policy.effect {
            Effect::Permit => "permit",
            Effect::Forbid => "forbid",
        },
    };
    policies.list().map(one).collect()
}

impl AppState {
    /// Reading policies is work for a core, and who sends them may send many.
    async fn read_policies(&self, text: Option<String>) -> Result<Policies, Problem> {
        let Some(text) = text else { return Ok(Policies::shipped(&self.door.vocabulary)) };
        let (state, _place) = (self.clone(), self.large_definitions.acquire().await);
        let read = move || Ok::<_, Infallible>(Policies::read(&text, &state.door.vocabulary));
        blocking(read).await?.map_err(|faults| {
            let listed = faults.iter().map(|fault| {
                value!({
                    "path": format!("line {}, column {}", fault.line, fault.column), "problem": fault.message,
                    "task": null, "task_id": fault.policy,
                })
            });
            let detail = format!("the policies have {} faults", faults.len());
            Problem::new(Code::InvalidPolicy, detail).with("faults", listed.collect::<Vec<_>>())
        })
    }

    /// Refuses policies under which nobody could put others in force.
    fn keeps_an_administrator(&self, policies: &Policies) -> Result<(), Problem> {
        let known = self.door.known();
        let now = now_us();
        let mut active = known.book.keys.iter().filter(|key| {
            key.phase == Phase::Active && key.grants.expires.is_none_or(|expires| expires.0 > now)
        });
        let may_replace = |key: &Key| {
            let credential = credential_of(key.id.0, CredentialKind::Key, &key.grants);
            let circumstances = Circumstances { encrypted: true, loopback: true };
            let asked =
                Asked { credential: &credential, action: "replace_policy", tenant: None, circumstances };
            policies.decide(&asked).allowed
        };
        if known.book.keys.is_empty() || active.any(may_replace) {
            return Ok(());
        }
        Err(Problem::new(Code::LastAdministrator, "no key could put other policies in force under these"))
    }

    async fn describe_policy(&self) -> Result<PolicyDocument, Problem> {
        self.views_know(self.durable().next_sequence).await?;
        self.door.learn(&self.views);
        let known = self.door.known();
        let (in_force, recorded) = (&known.in_force, known.book.policy.clone());
        let text = recorded.as_ref().map_or(in_force.policies.text(), |policy| &policy.replaced.text);
        Ok(PolicyDocument {
            text: text.to_owned(),
            digest: hex(&in_force.digest),
            shipped: recorded.as_ref().is_none_or(|policy| policy.replaced.origin == Origin::Shipped),
            since: recorded.as_ref().map(|policy| Moment::from(policy.since)),
            by: recorded
                .map(|policy| policy.by)
                .filter(|by| *by != PrincipalId::ZERO)
                .map(|by| by.to_string()),
            policies: list(&in_force.policies),
            roles: in_force.policies.roles().into_iter().collect(),
            schema: self.door.vocabulary.schema().to_owned(),
        })
    }
}
