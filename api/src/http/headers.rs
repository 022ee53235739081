//! Headers of requests and of answers.

use crate::wire::problem::{Code, Problem};
use axum::http::{HeaderMap, HeaderName};

/// The header that names the sequence at which a write is recorded.
pub(crate) const SEQUENCE_HEADER: HeaderName = HeaderName::from_static("triad-sequence");

/// A header that may stand once, as text.
pub(crate) fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Problem> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let wrong = |what| Problem::new(Code::InvalidHeader, format!("{name} {what}"));
    if values.next().is_some() {
        return Err(wrong("stands more than once"));
    }
    value.to_str().map(Some).map_err(|_| wrong("holds other characters than visible ASCII"))
}
