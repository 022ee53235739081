//! The router: every route of the resource table, and no other.

use super::route::Resource;
use crate::access::admit::{Gate, admit};
use crate::http::announced::announce;
use crate::http::origin::{Exposure, refuse_foreign};
use crate::http::state::AppState;
use crate::wire::problem::{Code, Problem};
use axum::http::{Method, Uri};
use axum::{Router, middleware};

/// Serves what the table names.
pub(crate) fn router(resources: &[Resource], state: AppState, exposure: Exposure) -> Router {
    let routes = resources.iter().flat_map(|resource| resource.routes);
    let router = routes.fold(Router::new(), |router, route| {
        let handler = (route.handler)(route.method.filter());
        let gated = (state.clone(), Gate::of(route));
        router.route(route.path, handler.route_layer(middleware::from_fn_with_state(gated, admit)))
    });
    router
        .fallback(nothing_there)
        .method_not_allowed_fallback(other_method)
        .layer(middleware::from_fn_with_state(exposure, refuse_foreign))
        .layer(middleware::from_fn(announce))
        .with_state(state)
}

async fn nothing_there(uri: Uri) -> Problem {
    Problem::new(Code::NotFound, format!("nothing is served at {}", uri.path()))
}

async fn other_method(method: Method) -> Problem {
    Problem::new(Code::MethodNotAllowed, format!("{method} means nothing here"))
}
