//! The routes of questions: who am I, why may somebody do something, who may, and who did.

use super::review::{Review, review};
use super::wire::GrantsDocument;
use crate::access::admitted::{Admitted, Shown};
use crate::access::door::Door;
use crate::access::judge::credential_of;
use crate::access::sight::About;
use crate::http::answer::json;
use crate::http::extract::Query;
use crate::http::state::AppState;
use crate::output::hex;
use crate::resource::route::{ASKS, Gives, Method, NOTHING, Need, Right, Route, Takes, VIEWS};
use crate::wire::problem::{Code, Problem};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::on;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use triad_event::Source;
use triad_event::access::{Grants, Phase};
use triad_event::ids::PrincipalId;
use triad_policy::{Asked, Circumstances, CredentialKind, Explanation, Policy};

const AUDITS: Need = Need::Right(Right::Audit, About::Installation);

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/v1/access/me",
        name: "show_me",
        summary: "who asks, and what they may, as far as their credential says so itself",
        source: Source::Client,
        need: Need::Nothing,
        takes: NOTHING,
        gives: &[Gives::json::<Me>(StatusCode::OK)],
        refuses: &[],
        handler: |method| on(method, me),
    },
    Route {
        method: Method::Get,
        path: "/v1/access/explain",
        name: "explain_access",
        summary: "why somebody may do something or not, and what would make it allowed",
        source: Source::Operator,
        need: AUDITS,
        takes: Takes::query::<ExplainQuery>(),
        gives: &[Gives::json::<ExplanationDocument>(StatusCode::OK)],
        refuses: &[VIEWS, &[Code::KeyUnknown, Code::InvalidValue]],
        handler: |method| on(method, explain),
    },
    Route {
        method: Method::Get,
        path: "/v1/access/who",
        name: "list_who_may",
        summary: "which keys may do something",
        source: Source::Operator,
        need: AUDITS,
        takes: Takes::query::<WhoQuery>(),
        gives: &[Gives::json::<WhoMay>(StatusCode::OK)],
        refuses: &[VIEWS, &[Code::InvalidValue]],
        handler: |method| on(method, who),
    },
    Route {
        method: Method::Get,
        path: "/v1/access/review",
        name: "review_access",
        summary: "who could do what at a record of the log, who did, and who was refused",
        source: Source::Operator,
        need: AUDITS,
        takes: Takes::query::<ReviewQuery>(),
        gives: &[Gives::json::<Review>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, &[Code::NotYetRecorded]],
        handler: |method| on(method, show_review),
    },
];

/// Who asks.
#[derive(Serialize, JsonSchema)]
struct Me {
    principal: String,
    /// What was shown: nothing, key, token, session.
    shown: &'static str,
    /// What the key is called.
    label: Option<String>,
    /// None where nobody has to say who they are, and may do everything.
    grants: Option<GrantsDocument>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ExplainQuery {
    /// The key of whom it is asked; whoever asks, when nobody is named.
    key: Option<String>,
    /// The action: the name of a route, as the OpenAPI document calls it.
    action: String,
    /// The tenant; that of the key, when none is named.
    tenant: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WhoQuery {
    /// The action: the name of a route, as the OpenAPI document calls it.
    action: String,
    /// The tenant; each key's own, when none is named.
    tenant: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReviewQuery {
    /// As it was when the record with that sequence had been written; now, when none is named.
    at: Option<u64>,
}

/// Why somebody may do something, or not.
#[derive(Serialize, JsonSchema)]
struct ExplanationDocument {
    key_id: String,
    action: String,
    /// The tenant; none when it is about the installation.
    tenant: Option<String>,
    allowed: bool,
    /// The policies by which it is allowed.
    because: Vec<Reason>,
    /// The policies that forbid it. Where it is refused and there are none, nothing allows it.
    against: Vec<Reason>,
    /// Each would make it allowed, by everything that it names together; the fewest first.
    remedies: Vec<Vec<String>>,
    /// Digest of the policies.
    policy_digest: String,
}

/// A policy that decided.
#[derive(Serialize, JsonSchema)]
struct Reason {
    policy: String,
    /// What it says, in words.
    says: Option<String>,
    /// Its text, in the Cedar language.
    text: String,
}

/// Which keys may do something.
#[derive(Serialize, JsonSchema)]
struct WhoMay {
    action: String,
    keys: Vec<Permitted>,
}

/// A key that may.
#[derive(Serialize, JsonSchema)]
struct Permitted {
    key_id: String,
    label: String,
    tenant: Option<String>,
    /// The policies that allow it.
    policies: Vec<String>,
}

async fn me(State(state): State<AppState>, admitted: Admitted) -> Result<Response, Problem> {
    if !admitted.is_somebody() {
        return Err(Problem::new(Code::NotIdentified, "nothing was shown"));
    }
    let shown = match admitted.shown {
        Shown::Nothing => "nothing",
        Shown::Key => "key",
        Shown::Token => "token",
        Shown::Session(_) => "session",
    };
    let principal = admitted.principal();
    let label = state.door.known().book.key(principal).map(|key| key.label.clone());
    let grants = admitted.grants.as_deref().map(GrantsDocument::from);
    Ok(json(StatusCode::OK, &Me { principal: principal.to_string(), shown, label, grants }))
}

/// Somebody of whom it is asked what they may.
struct Asker {
    id: PrincipalId,
    kind: CredentialKind,
    grants: Grants,
}

async fn explain(
    State(state): State<AppState>,
    admitted: Admitted,
    Query(query): Query<ExplainQuery>,
) -> Result<Response, Problem> {
    let of = match &query.key {
        Some(text) => state.known(text)?,
        None => Asker {
            id: admitted.principal(),
            kind: CredentialKind::Key,
            grants: admitted.grants.as_deref().cloned().ok_or_else(|| {
                Problem::new(Code::InvalidValue, "nobody has to say who they are here: name a key")
            })?,
        },
    };
    let tenant = place(&state.door, &query.action, query.tenant.as_deref(), &of.grants)?;
    let credential = credential_of(of.id.0, of.kind, &of.grants);
    let circumstances = Circumstances { encrypted: true, ..admitted.circumstances };
    let asked =
        Asked { credential: &credential, action: &query.action, tenant: tenant.as_deref(), circumstances };
    let in_force = &state.door.known().in_force;
    let Explanation { verdict, because, against, remedies, .. } = in_force.policies.explain(&asked);
    let words = |change: &triad_policy::Change| change.to_string();
    let document = ExplanationDocument {
        key_id: of.id.to_string(),
        action: query.action.clone(),
        tenant,
        allowed: verdict.allowed,
        because: because.into_iter().map(Reason::from).collect(),
        against: against.into_iter().map(Reason::from).collect(),
        remedies: remedies.iter().map(|changes| changes.iter().map(words).collect()).collect(),
        policy_digest: hex(&in_force.digest),
    };
    Ok(json(StatusCode::OK, &document))
}

async fn who(
    State(state): State<AppState>,
    admitted: Admitted,
    Query(query): Query<WhoQuery>,
) -> Result<Response, Problem> {
    let in_force = &state.door.known().in_force;
    let circumstances = Circumstances { encrypted: true, ..admitted.circumstances };
    let keys = {
        let known = state.door.known();
        let active = known.book.keys.iter().filter(|key| key.phase == Phase::Active);
        active.map(|key| (key.id, key.label.clone(), key.grants.clone())).collect::<Vec<_>>()
    };
    let mut permitted = Vec::new();
    for (id, label, grants) in keys {
        let tenant = place(&state.door, &query.action, query.tenant.as_deref(), &grants)?;
        let credential = credential_of(id.0, CredentialKind::Key, &grants);
        let asked = Asked {
            credential: &credential,
            action: &query.action,
            tenant: tenant.as_deref(),
            circumstances,
        };
        let verdict = in_force.policies.decide(&asked);
        if verdict.allowed {
            permitted.push(Permitted { key_id: id.to_string(), label, tenant, policies: verdict.policies });
        }
    }
    Ok(json(StatusCode::OK, &WhoMay { action: query.action, keys: permitted }))
}

/// What an action is about: the installation, or a tenant.
fn place(door: &Door, action: &str, named: Option<&str>, grants: &Grants) -> Result<Option<String>, Problem> {
    let unknown = || {
        let detail = format!("{action:?} is no action: `triad access policy show --schema` lists them");
        Problem::new(Code::InvalidValue, detail)
    };
    let scope = door.scope_of(action).ok_or_else(unknown)?;
    Ok(match scope {
        triad_policy::Scope::Installation => None,
        triad_policy::Scope::Tenant => Some(named.unwrap_or(&grants.tenant).to_owned()),
    })
}

async fn show_review(
    State(state): State<AppState>,
    Query(query): Query<ReviewQuery>,
) -> Result<Response, Problem> {
    Ok(json(StatusCode::OK, &review(&state, query.at).await?))
}

impl From<Policy> for Reason {
    fn from(policy: Policy) -> Self {
        Self { policy: policy.id, says: policy.says, text: policy.text }
    }
}

impl AppState {
    fn known(&self, text: &str) -> Result<Asker, Problem> {
        let id: PrincipalId =
            text.parse().map_err(|error| Problem::new(Code::InvalidValue, format!("key: {error}")))?;
        let found = {
            let book = &self.door.known().book;
            let key = book.key(id).map(|key| (CredentialKind::Key, key.grants.clone()));
            let identity = || Some((CredentialKind::Token, book.identity(id)?.accepted.grants.clone()));
            key.or_else(identity)
        };
        let unknown = || Problem::new(Code::KeyUnknown, format!("there is no key {id}"));
        let (kind, grants) = found.ok_or_else(unknown)?;
        Ok(Asker { id, kind, grants })
    }
}
