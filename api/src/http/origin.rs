//! Refuses requests that a browser sends for a page of another site.
//!
//! The server runs commands, and where nobody has to say who they are any page that a person at this machine opens could
//! otherwise make their browser submit workflows. A page can give its own name to this address (then the Host header shows that
//! name), or call the address directly (then the Origin header shows whose page it is). The same holds of a browser that has a
//! session.

use super::headers::single;
use super::transport::Transport;
use crate::wire::problem::{Code, Problem};
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use std::net::IpAddr;

/// Who can reach the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exposure {
    /// Programs of this machine.
    Loopback,
    /// Whoever the network lets through, under whatever name.
    Network,
}

pub(crate) async fn refuse_foreign(
    State(exposure): State<Exposure>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let transport = request.extensions().get::<Transport>();
    let transport = transport.expect("invariant: the listener gives every request one");
    // Where a network reaches a server that ends no TLS, something in front of it does, and that is what a browser sees.
    let scheme = if exposure == Exposure::Network { "https://" } else { transport.scheme() };
    check(request.headers(), exposure, scheme)?;
    Ok(next.run(request).await)
}

fn check(headers: &HeaderMap, exposure: Exposure, scheme: &str) -> Result<(), Problem> {
    if headers.contains_key("content-length") && headers.contains_key("transfer-encoding") {
        let detail = "content-length and transfer-encoding exclude each other";
        return Err(Problem::new(Code::InvalidHeader, detail));
    }
    if let Some(coding) = single(headers, "transfer-encoding")?
        && !coding.eq_ignore_ascii_case("chunked")
    {
        let detail = format!("the body is transferred as {coding:?}");
        return Err(Problem::new(Code::UnsupportedTransferCoding, detail));
    }
    let Some(host) = single(headers, "host")? else {
        return Err(Problem::new(Code::InvalidHeader, "host is missing"));
    };
    let foreign = |detail: String| Err(Problem::new(Code::ForeignOrigin, detail));
    if exposure == Exposure::Loopback && !is_loopback(host) {
        return foreign(format!("{host:?} is no name of this machine's own address"));
    }
    if let Some(origin) = single(headers, "origin")?
        && origin.strip_prefix(scheme) != Some(host)
    {
        return foreign(format!("the page is of {origin:?}"));
    }
    match single(headers, "sec-fetch-site")? {
        None | Some("same-origin" | "none") => Ok(()),
        Some(site) => foreign(format!("the browser calls it {site:?}")),
    }
}

fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(
        exposure: Exposure,
        scheme: &str,
        lines: &[(&'static str, &'static str)],
    ) -> Result<(), &'static str> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().expect("a header value"));
        }
        check(&headers, exposure, scheme).map_err(|problem| problem.code.name())
    }

    #[test]
    fn only_this_machine_and_its_own_pages_may_call() {
        let rows: [(Exposure, &[(&str, &str)], Result<(), &str>); 15] = [
            (Exposure::Loopback, &[("host", "127.0.0.1:8420")], Ok(())),
            (Exposure::Loopback, &[("host", "localhost")], Ok(())),
            (Exposure::Loopback, &[("host", "[::1]:8420")], Ok(())),
            (Exposure::Loopback, &[("host", "evil.example:8420")], Err("foreign_origin")),
            (Exposure::Loopback, &[("host", "127.0.0.1.evil.example")], Err("foreign_origin")),
            (Exposure::Loopback, &[], Err("invalid_header")),
            (Exposure::Loopback, &[("host", "localhost"), ("transfer-encoding", "Chunked")], Ok(())),
            (
                Exposure::Loopback,
                &[("host", "localhost"), ("transfer-encoding", "gzip, chunked")],
                Err("unsupported_transfer_coding"),
            ),
            (
                Exposure::Loopback,
                &[("host", "localhost"), ("transfer-encoding", "gzip"), ("transfer-encoding", "chunked")],
                Err("invalid_header"),
            ),
            (Exposure::Loopback, &[("host", "localhost"), ("host", "localhost")], Err("invalid_header")),
            (Exposure::Network, &[("host", "triad.example")], Ok(())),
            (Exposure::Network, &[("host", "a"), ("origin", "http://b")], Err("foreign_origin")),
            (Exposure::Loopback, &[("host", "localhost:1"), ("origin", "http://localhost:1")], Ok(())),
            (Exposure::Loopback, &[("host", "localhost"), ("origin", "null")], Err("foreign_origin")),
            (
                Exposure::Loopback,
                &[("host", "localhost"), ("sec-fetch-site", "cross-site")],
                Err("foreign_origin"),
            ),
        ];
        for (exposure, lines, expected) in rows {
            assert_eq!(verdict(exposure, "http://", lines), expected, "{exposure:?} {lines:?}");
        }
    }

    #[test]
    fn a_page_is_the_servers_own_if_it_came_the_same_way() {
        let foreign = Err("foreign_origin");
        let rows = [
            ("https://", "https://triad.example", Ok(())),
            ("https://", "http://triad.example", foreign),
            ("http://", "https://triad.example", foreign),
        ];
        for (scheme, origin, expected) in rows {
            let lines = [("host", "triad.example"), ("origin", origin)];
            assert_eq!(verdict(Exposure::Network, scheme, &lines), expected, "{scheme} {origin}");
        }
    }
}
