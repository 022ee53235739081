//! The routes of issuers whose tokens are accepted.

use crate::access::admitted::{Admitted, TENANT_DEFAULT};
use crate::access::issuers::read_one;
use crate::access::opening::is_left_administered;
use crate::access::sight::About;

use crate::http::answer::{json, recorded};
use crate::http::document::Document;
use crate::http::extract::Caller;
use crate::http::state::{AppState, blocking};
use crate::resource::route::{ASKS, Body, Gives, Method, NOTHING, Need, Right, Route, Takes, VIEWS, shape};
use crate::wire::moment::Moment;
use crate::wire::problem::{Code, Problem};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::on;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use triad_event::Source;
use triad_event::access::{IssuerDistrusted, TrustIssuer};
use triad_projections::view::access_book::Issuer;

const ADMINISTERS: Need = Need::Right(Right::Administer, About::Installation);

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/v1/access/issuers",
        name: "list_issuers",
        summary: "the issuers whose tokens are accepted",
        source: Source::Operator,
        need: Need::Right(Right::Audit, About::Installation),
        takes: NOTHING,
        gives: &[Gives::json::<IssuerList>(StatusCode::OK)],
        refuses: &[VIEWS],
        handler: |method| on(method, list),
    },
    Route {
        method: Method::Post,
        path: "/v1/access/issuers",
        name: "trust_issuer",
        summary: "accept the tokens (JWT) of an issuer whose keys lie in a file of the server or at an address",
        source: Source::Operator,
        need: ADMINISTERS,
        takes: Takes { body: Some(Body::Document(shape::<TrustDocument>)), ..NOTHING },
        gives: &[Gives::recorded::<IssuerList>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, &[Code::InvalidValue, Code::TooManyCredentials, Code::LastAdministrator]],
        handler: |method| on(method, trust),
    },
    Route {
        method: Method::Post,
        path: "/v1/access/issuers/distrust",
        name: "distrust_issuer",
        summary: "accept them no more; what they keep open ends",
        source: Source::Operator,
        need: ADMINISTERS,
        takes: Takes { body: Some(Body::Document(shape::<DistrustDocument>)), ..NOTHING },
        gives: &[Gives::recorded::<IssuerList>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, &[Code::IssuerUnknown, Code::InvalidValue]],
        handler: |method| on(method, distrust),
    },
];

/// Issuers whose tokens are accepted, by name.
#[derive(Serialize, JsonSchema)]
struct IssuerList {
    issuers: Vec<IssuerDocument>,
}

/// An issuer whose tokens are accepted.
#[derive(Serialize, JsonSchema)]
struct IssuerDocument {
    #[serde(flatten)]
    trusted: TrustDocument,
    since: Moment,
}

/// What tokens of an issuer must say.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TrustDocument {
    /// `iss`, character for character.
    issuer: String,
    /// What `aud` must be or contain.
    audience: String,
    /// How it may sign: EdDSA, ES256, RS256, PS256.
    algorithms: Vec<String>,
    /// Where its keys are, as a JWK set (RFC 7517): a file of the server, or an address that begins with `https://` or names the
    /// server's own machine. It is read again every five minutes.
    keys_at: String,
    /// The claim that holds roles: a name, or a JSON pointer.
    #[serde(default = "roles")]
    roles_claim: String,
    /// The claim that holds tenants, of which `*` means all; empty when all its tokens are of `tenant`.
    #[serde(default)]
    tenants_claim: String,
    /// The tenant of its tokens when they do not say.
    #[serde(default = "tenant")]
    tenant: String,
    /// Why, for the record.
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DistrustDocument {
    issuer: String,
    /// Why, for the record.
    #[serde(default)]
    reason: String,
}

fn roles() -> String {
    "roles".to_owned()
}

fn tenant() -> String {
    TENANT_DEFAULT.to_owned()
}

async fn list(State(state): State<AppState>) -> Result<Response, Problem> {
    Ok(json(StatusCode::OK, &state.list_issuers().await?))
}

/// The keys are read once before it is recorded, so that a mistyped name is told now and not by every token.
async fn trust(
    State(state): State<AppState>,
    admitted: Admitted,
    Document(asked): Document<TrustDocument>,
) -> Result<Response, Problem> {
    is_left_administered(&state, &admitted, None)?;
    let asked = TrustIssuer::from(asked);
    let tried = asked.clone();
    let read = blocking(move || Ok::<_, Infallible>(read_one(&tried).map(drop))).await?;
    read.map_err(|why| Problem::new(Code::InvalidValue, why))?;
    let answer = state.ask_access(admitted.asker, asked).await?;
    Ok(recorded(StatusCode::OK, &state.list_issuers().await?, answer.sequence))
}

async fn distrust(
    State(state): State<AppState>,
    Caller(asker): Caller,
    Document(asked): Document<DistrustDocument>,
) -> Result<Response, Problem> {
    let DistrustDocument { issuer, reason } = asked;
    let answer = state.ask_access(asker, IssuerDistrusted { issuer, reason }).await?;
    Ok(recorded(StatusCode::OK, &state.list_issuers().await?, answer.sequence))
}

impl AppState {
    async fn list_issuers(&self) -> Result<IssuerList, Problem> {
        self.views_know(self.durable().next_sequence).await?;
        let all = self.views.access(|book| book.issuers.iter().map(IssuerDocument::of).collect());
        Ok(IssuerList { issuers: all.value })
    }
}

impl IssuerDocument {
    fn of(issuer: &Issuer) -> Self {
        Self { trusted: TrustDocument::from(issuer.trusted.clone()), since: Moment::from(issuer.since) }
    }
}

/// Both have the same fields: what is asked is what is recorded and shown.
macro_rules! same_fields {
    ($one:ident and $other:ident: $($field:ident),+) => {
        impl From<$one> for $other {
            fn from($one { $($field),+ }: $one) -> Self {
                Self { $($field),+ }
            }
        }

        impl From<$other> for $one {
            fn from($other { $($field),+ }: $other) -> Self {
                Self { $($field),+ }
            }
        }
    };
}

same_fields! {
    TrustDocument and TrustIssuer:
    issuer, audience, algorithms, keys_at, roles_claim, tenants_claim, tenant, reason
}
