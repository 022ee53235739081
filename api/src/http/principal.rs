//! Whose a request is: the one place that says so until access control is built.

use axum::http::HeaderMap;
use triad_event::ids::PrincipalId;

/// Says whose a request is, by its headers.
pub(crate) type Identify = fn(&HeaderMap) -> PrincipalId;

/// Everybody, as long as nobody has to say who they are.
const ANONYMOUS: PrincipalId = PrincipalId(*b"anonymous client");

/// Takes everybody for the same principal.
pub(crate) fn anonymous(_headers: &HeaderMap) -> PrincipalId {
    ANONYMOUS
}
