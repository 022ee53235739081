//! What every answer says beside its content: when it was made, and how long the connection may be idle.

use crate::clock;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Version, header};
use axum::middleware::Next;
use axum::response::Response;

/// How long a connection is kept between two requests. Clients that heed it never send into one that is being closed.
pub(super) const ANNOUNCED_SECONDS: u64 = 10;

pub(crate) async fn announce(request: Request, next: Next) -> Response {
    let is_kept = request.version() == Version::HTTP_11 && !asks_to_close(request.headers());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if let Some(date) = clock::http_date().and_then(|date| HeaderValue::try_from(date).ok()) {
        headers.insert(header::DATE, date);
    }
    if is_kept && let Ok(kept) = HeaderValue::try_from(format!("timeout={ANNOUNCED_SECONDS}")) {
        headers.insert(header::CONNECTION, HeaderValue::from_static("keep-alive"));
        headers.insert("keep-alive", kept);
    }
    response
}

fn asks_to_close(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::CONNECTION).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|option| option.trim().eq_ignore_ascii_case("close"))
}
