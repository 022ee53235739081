//! The access review: who could do what at a record of the log, who did, and who was refused.

use super::wire::{GrantsDocument, KeyDocument};
use crate::http::state::{AppState, blocking};
use crate::output::hex;
use crate::recorded::{FoldError, StreamRecords};
use crate::wire::moment::Moment;
use crate::wire::problem::{Code, Problem};
use crate::wire::words::{Word, words};
use schemars::JsonSchema;
use serde::Serialize;
use triad_event::access::Cause;
use triad_event::ids::{PrincipalId, StreamId};
use triad_projections::view::access_book::AccessBook;

words! {
    Cause as RefusalCause:
    NotIdentified = "NOT_IDENTIFIED",
    NotAccepted = "NOT_ACCEPTED",
    Expired = "EXPIRED",
    Revoked = "REVOKED",
    Suspended = "SUSPENDED",
    NotAllowed = "NOT_ALLOWED",
    Forbidden = "FORBIDDEN",
    OtherTenant = "OTHER_TENANT",
    TooOften = "TOO_OFTEN",
    ForeignOrigin = "FOREIGN_ORIGIN",
}

/// Who could do what at a record of the log, who did, and who was refused.
#[derive(Serialize, JsonSchema)]
pub(super) struct Review {
    /// The record up to which it was read; none in a log without any.
    at: Option<u64>,
    /// Digest of the policies that were recorded; none while those counted that the program came with.
    policy_digest: Option<String>,
    keys: Vec<KeyDocument>,
    /// Those who showed a token.
    identities: Vec<IdentityDocument>,
    sessions: Vec<SessionDocument>,
    /// Who did what, by who and what.
    uses: Vec<UseDocument>,
    /// The newest that were refused, the oldest first.
    refusals: Vec<RefusalDocument>,
    /// The newest that was handed out, the oldest first.
    exports: Vec<ExportDocument>,
}

/// Somebody who showed a token.
#[derive(Serialize, JsonSchema)]
struct IdentityDocument {
    principal: String,
    issuer: String,
    grants: GrantsDocument,
    first: Moment,
    last: Moment,
}

/// A session that had not been ended.
#[derive(Serialize, JsonSchema)]
struct SessionDocument {
    session_id: String,
    key_id: String,
    opened: Moment,
}

/// That somebody did something.
#[derive(Serialize, JsonSchema)]
struct UseDocument {
    principal: String,
    action: String,
    /// None for the installation.
    tenant: Option<String>,
    /// The policies that allowed it last.
    policies: Vec<String>,
    policy_digest: String,
    first: Moment,
    /// The newest hour in which it was done begins here.
    last: Moment,
    /// In how many hours.
    hours: u64,
}

/// That somebody was refused.
#[derive(Serialize, JsonSchema)]
struct RefusalDocument {
    principal: String,
    action: String,
    tenant: Option<String>,
    cause: Word<Cause>,
    at: Moment,
}

/// That something was handed out.
#[derive(Serialize, JsonSchema)]
struct ExportDocument {
    principal: String,
    what: String,
    /// The last record that was there.
    through: u64,
    at: Moment,
}

/// Reads the records of access up to one of them. Now is what the view knows.
pub(super) async fn review(state: &AppState, at: Option<u64>) -> Result<Review, Problem> {
    let Some(sequence) = at else {
        return state
            .view(|views| {
                let answer = views.access(Review::of);
                Ok(Review { at: answer.through, ..answer.value })
            })
            .await;
    };
    let end = state.durable().next_sequence;
    if sequence >= end {
        let detail = format!("the log is durable up to sequence {}", end.saturating_sub(1));
        return Err(Problem::new(Code::NotYetRecorded, detail));
    }
    let reader = state.reader.clone();
    let _place = state.reading.acquire().await;
    let book = blocking(move || -> Result<AccessBook, FoldError> {
        let mut book = AccessBook::default();
        for record in StreamRecords::new(reader, StreamId::LOG) {
            let record = record?;
            if record.sequence > sequence {
                break;
            }
            book.follow_any(&record)?;
        }
        Ok(book)
    });
    Ok(Review { at, ..Review::of(&book.await?) })
}

impl Review {
    fn of(book: &AccessBook) -> Self {
        let named = |tenant: &str| Some(tenant.to_owned()).filter(|tenant| !tenant.is_empty());
        let who = |principal: PrincipalId| principal.to_string();
        Self {
            at: None,
            policy_digest: book.policy.as_ref().map(|policy| hex(&policy.replaced.digest)),
            keys: book.keys.iter().map(KeyDocument::of).collect(),
            identities: (book.identities.iter())
                .map(|identity| IdentityDocument {
                    principal: who(identity.accepted.principal),
                    issuer: identity.accepted.issuer.clone(),
                    grants: GrantsDocument::from(&identity.accepted.grants),
                    first: identity.first.into(),
                    last: identity.last.into(),
                })
                .collect(),
            sessions: (book.sessions.iter())
                .map(|session| SessionDocument {
                    session_id: session.id.to_string(),
                    key_id: who(session.key),
                    opened: session.opened.into(),
                })
                .collect(),
            uses: (book.rights.iter())
                .map(|right| UseDocument {
                    principal: who(right.principal),
                    action: right.action.clone(),
                    tenant: named(&right.tenant),
                    policies: right.policies.clone(),
                    policy_digest: hex(&right.policy_set),
                    first: right.first.into(),
                    last: right.last.into(),
                    hours: right.hours,
                })
                .collect(),
            refusals: (book.refusals.iter())
                .map(|refusal| RefusalDocument {
                    principal: who(refusal.principal),
                    action: refusal.action.clone(),
                    tenant: named(&refusal.tenant),
                    cause: Word(refusal.cause),
                    at: refusal.at.into(),
                })
                .collect(),
            exports: (book.exports.iter())
                .map(|export| ExportDocument {
                    principal: who(export.principal),
                    what: export.exported.what.clone(),
                    through: export.exported.through,
                    at: export.at.into(),
                })
                .collect(),
        }
    }
}
