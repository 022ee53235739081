//! What HTTP costs by itself: an axum handler that reads a body and answers as many bytes as the product does, served as the
//! product serves.

use crate::child::wait;
use crate::session::Failure;
use axum::Router;
use axum::body::Bytes;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::post;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// As long as the answer to a submission.
const ANSWER: &str = r#"{"workflow_id":"00000000000000000000000000000000","status":"RUNNING","sequence":1234567,"url":"/v1/workflows/00000000000000000000000000000000","stream_url":"/v1/workflows/00000000000000000000000000000000/events","cancel_url":"/v1/workflows/00000000000000000000000000000000/cancel"}"#;

/// Serves until the measuring side lets go.
pub(crate) fn serve() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    println!("{}", listener.local_addr()?);
    runtime.spawn(accept(listener));
    wait();
    Ok(())
}

async fn accept(listener: TcpListener) {
    let router = Router::new().route("/v1/workflows", post(answer));
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let service = TowerToHyperService::new(router.clone());
        connections.spawn(async move {
            // Without it, each answer would wait for an acknowledgement.
            stream.set_nodelay(true).ok();
            // Ends when the client leaves.
            http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.ok();
        });
    }
}

async fn answer(body: Bytes) -> impl IntoResponse {
    drop(body);
    (StatusCode::ACCEPTED, [(header::CONTENT_TYPE, "application/json")], ANSWER)
}
