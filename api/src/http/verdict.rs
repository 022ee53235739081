//! Verdicts of people about what waits for one: the bodies of such requests.

use super::fields::{Field, Fields, REASON};
use super::state::AppState;
use crate::wire::json::Kind;
use crate::wire::problem::{Code, Problem};
use axum::extract::{FromRequest, Request};

/// A verdict, and why.
pub(crate) struct Verdict {
    pub(crate) is_approval: bool,
    pub(crate) reason: String,
}

impl FromRequest<AppState> for Verdict {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let mut fields = Fields::read(&state.bodies, &parts.headers, body, &[VERDICT, REASON]).await?;
        let verdict = fields.required(VERDICT)?;
        let is_approval = match &*verdict.to_ascii_uppercase() {
            "APPROVE" => true,
            "DECLINE" => false,
            _ => return Err(Problem::new(Code::InvalidBody, "verdict is APPROVE or DECLINE")),
        };
        Ok(Self { is_approval, reason: fields.or_empty(REASON) })
    }
}

/// The member that holds a verdict; `doc` says what follows from it where it is given.
pub(crate) const fn verdict(doc: &'static str) -> Field {
    Field { name: "verdict", kind: Kind::Text, is_required: true, doc }
}

const VERDICT: Field = verdict("APPROVE, or DECLINE");
