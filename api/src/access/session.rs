//! Sessions of browsers: the cookie that one is known by, and which pages may use it.

use super::turned::{Turned, turned};
use crate::http::headers::single;
use crate::wire::problem::{Code, Problem};
use axum::http::{HeaderMap, HeaderValue};
use triad_event::access::Cause;

/// The name of the cookie where the connection is encrypted. The prefix lets no other host of the same site set it
/// (draft-ietf-httpbis-rfc6265bis, section 4.1.3).
const NAME_ENCRYPTED: &str = "__Host-triad-session";
/// Its name where it is not, which is on this machine alone.
const NAME_PLAIN: &str = "triad-session";

/// What a browser shows.
pub(super) struct Cookie<'a>(pub(super) &'a str);

fn name(encrypted: bool) -> &'static str {
    if encrypted { NAME_ENCRYPTED } else { NAME_PLAIN }
}

/// The cookie of a session, if there is one. Two of the same name are refused: one of them was put there by somebody else.
pub(super) fn cookie(headers: &HeaderMap, encrypted: bool) -> Result<Option<Cookie<'_>>, Problem> {
    let Some(all) = single(headers, "cookie")? else { return Ok(None) };
    let wanted = name(encrypted);
    let pairs = all.split(';').filter_map(|pair| pair.trim().split_once('='));
    let mut ours = pairs.filter(|(found, _)| *found == wanted).map(|(_, value)| value);
    let first = ours.next();
    if ours.next().is_some() {
        return Err(Problem::new(Code::InvalidHeader, format!("the cookie {wanted} stands more than once")));
    }
    Ok(first.map(Cookie))
}

/// Cookies come along whoever makes a browser ask, so what changes something is asked by our own pages alone, and what does
/// not by those, or by whoever typed the address.
pub(super) fn check_site(headers: &HeaderMap, changes: bool) -> Result<(), Turned> {
    let foreign = |problem| turned(Cause::ForeignOrigin, None, problem);
    let site = single(headers, "sec-fetch-site").map_err(foreign)?;
    let allowed: &[&str] = if changes { &["same-origin"] } else { &["same-origin", "none"] };
    match site {
        Some(site) if allowed.contains(&site) => Ok(()),
        Some(site) => Err(foreign(Problem::new(
            Code::ForeignOrigin,
            format!("the browser calls the page that asks {site:?}"),
        ))),
        None if !changes => Ok(()),
        None => Err(foreign(Problem::new(
            Code::ForeignOrigin,
            "a session changes something only for pages of this server, and sec-fetch-site does not say so",
        ))),
    }
}

/// The header that gives a browser its session, or takes it away. It goes to no other site, no script reads it, and it ends
/// with the session.
pub(crate) fn set_cookie(text: &str, seconds: u64, encrypted: bool) -> HeaderValue {
    let secure = if encrypted { "; Secure" } else { "" };
    let cookie =
        format!("{}={text}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Strict{secure}", name(encrypted));
    let mut value = HeaderValue::try_from(cookie).expect("invariant: a secret is visible ASCII");
    value.set_sensitive(true);
    value
}
