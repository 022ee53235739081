//! Calls to a running server.

use super::distrust::distrust;
use super::text::plain;
use super::trust::trust;
use crate::environment;
use crate::failure::Failure;
use crate::options::{ConnectOptions, ServerOption};
use crate::wire::problem::Code;
use crate::wire::source::Language;
use serde_json::Value;
use std::fmt;
use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;
use ureq::http::{HeaderValue, Response};
use ureq::tls::TlsConfig;
use ureq::{Agent, Body, RequestBuilder};
use zeroize::Zeroizing;

/// How long a server may take to take a connection.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
/// How long a server may be silent. It sends something every 15 seconds while it streams.
const SILENCE_PATIENCE: Duration = Duration::from_secs(90);
/// The longest answer that is read into memory: the tasks of the largest page.
const ANSWER_BYTES_MAX: u64 = 64 << 20;

/// A server that is asked.
pub(crate) struct Api {
    agent: Agent,
    base: String,
    /// The file that names whom it trusts, for messages.
    ca: Option<PathBuf>,
    /// The key, which no message shows.
    authorization: Option<HeaderValue>,
}

/// Why there is no answer, or none that was wished for.
#[derive(Debug)]
pub(crate) enum CallError {
    /// The server cannot be reached, or broke off. It may be there again in a moment.
    Unreachable { base: String, source: ureq::Error },
    /// The server can be reached, and one side does not trust the other. Waiting changes nothing.
    Distrusted { base: String, why: String },
    /// The server says no.
    Refused(Refused),
}

/// What a server says when it says no.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    pub(crate) problem: Value,
}

impl Api {
    /// The server that the options name.
    pub(crate) fn of(options: &ServerOption) -> Result<Self, Failure> {
        let ServerOption { server, connect } = options;
        let base = server.trim_end_matches('/').to_owned();
        let tls = if base.starts_with("https://") {
            trust(connect)?
        } else if base.starts_with("http://") {
            TlsConfig::default()
        } else {
            return Err(Failure::usage(format!(
                "{server:?} is no server's address: one begins with http:// or https://, for example \
                 http://127.0.0.1:8420"
            )));
        };
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .tls_config(tls)
            // Who is asked is who was named, and by no weaker way.
            .max_redirects(0)
            // A connection that the server closed meanwhile would look like a server that broke off.
            .max_idle_connections(0)
            .timeout_connect(Some(CONNECT_PATIENCE))
            .timeout_per_read(Some(SILENCE_PATIENCE));
        let authorization = shown(connect)?;
        Ok(Self { agent: config.build().new_agent(), base, ca: connect.ca.clone(), authorization })
    }

    /// Reads a document.
    pub(crate) fn get(&self, path: &str) -> Result<Value, CallError> {
        let answer = self.showing(self.agent.get(format!("{}{path}", self.base))).call();
        self.document(answer.map_err(|source| self.unreachable(source))?)
    }

    /// Sends a document and reads the answer.
    pub(crate) fn post(
        &self,
        path: &str,
        body: &[u8],
        idempotency_key: Option<&str>,
    ) -> Result<Value, CallError> {
        self.post_as(Language::Json.media_type(), path, body, idempotency_key)
    }

    /// The same with a document of another media type.
    pub(crate) fn post_as(
        &self,
        media_type: &'static str,
        path: &str,
        body: &[u8],
        idempotency_key: Option<&str>,
    ) -> Result<Value, CallError> {
        let request = self.agent.post(format!("{}{path}", self.base)).content_type(media_type);
        let mut request = self.showing(request);
        if let Some(key) = idempotency_key {
            request = request.header("idempotency-key", key);
        }
        self.document(request.send(body).map_err(|source| self.unreachable(source))?)
    }

    /// Takes something away, with a document that says why, and reads the answer.
    pub(crate) fn delete(&self, path: &str, body: &[u8]) -> Result<Value, CallError> {
        let request = self.showing(self.agent.delete(format!("{}{path}", self.base)));
        let answer = request.force_send_body().content_type("application/json").send(body);
        self.document(answer.map_err(|source| self.unreachable(source))?)
    }

    /// Opens something that is longer than an answer; none when there is nothing to come.
    pub(crate) fn open(&self, path: &str, after: Option<u64>) -> Result<Option<Opened>, CallError> {
        let mut request = self.showing(self.agent.get(format!("{}{path}", self.base)));
        if let Some(after) = after {
            request = request.header("last-event-id", after.to_string());
        }
        let response = request.call().map_err(|source| self.unreachable(source))?;
        match response.status().as_u16() {
            200 => {
                let size = response.headers().get("triad-log-size");
                let size = size.and_then(|size| size.to_str().ok()?.parse().ok());
                let unattested = response.headers().get("triad-log-unattested");
                let unattested = unattested.map(|why| plain(&String::from_utf8_lossy(why.as_bytes())));
                let reader = Box::new(response.into_body().into_reader());
                Ok(Some(Opened { size, unattested, reader }))
            }
            204 => Ok(None),
            _ => self.document(response).map(|_| None),
        }
    }

    /// With the key, if there is one.
    fn showing<B>(&self, request: RequestBuilder<B>) -> RequestBuilder<B> {
        match &self.authorization {
            Some(authorization) => request.header("authorization", authorization.clone()),
            None => request,
        }
    }

    fn document(&self, mut response: Response<Body>) -> Result<Value, CallError> {
        let status = response.status().as_u16();
        let bytes = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
        let bytes = bytes.map_err(|source| self.unreachable(source))?;
        let document: Value = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        if (200..300).contains(&status) {
            Ok(document)
        } else {
            Err(CallError::Refused(Refused { status, problem: document }))
        }
    }

    fn unreachable(&self, source: ureq::Error) -> CallError {
        let base = self.base.clone();
        match distrust(&source, self.ca.as_deref()) {
            Some(why) => CallError::Distrusted { base, why },
            None => CallError::Unreachable { base, source },
        }
    }
}

/// The header that shows the key of the options, or that of the environment.
fn shown(options: &ConnectOptions) -> Result<Option<HeaderValue>, Failure> {
    let key = match &options.key_file {
        Some(path) => {
            let read = fs::read(path).map(Zeroizing::new);
            Some(read.map_err(|error| Failure::machine(format!("the key in {}: {error}", path.display())))?)
        }
        None => environment::secret(environment::KEY),
    };
    let Some(key) = key else { return Ok(None) };
    let mut header = Zeroizing::new(b"Bearer ".to_vec());
    header.extend_from_slice(key.trim_ascii());
    // What is wrong with it is not told by showing it.
    let value = HeaderValue::from_bytes(&header);
    let mut value = value.map_err(|_| Failure::usage("the key holds characters that no key has"))?;
    value.set_sensitive(true);
    Ok(Some(value))
}

/// Something long that is being read.
pub(crate) struct Opened {
    /// Records that a copy of the log will have.
    pub(crate) size: Option<u64>,
    /// Why a copy of the log lacks the attestation that it should have.
    pub(crate) unattested: Option<String>,
    pub(crate) reader: Box<dyn Read + Send>,
}

impl CallError {
    /// Whether asking again may help.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Distrusted { .. } => false,
            // A vault that failed stays so until somebody mends it.
            Self::Refused(refused) => {
                refused.status == 503 && refused.problem["code"] != Code::VaultUnavailable.name()
            }
        }
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Unreachable { base, source } => Self::machine(Unreachable { base, source }),
            CallError::Distrusted { base, why } => Self::refused(Distrusted { base, why }),
            CallError::Refused(refused) => {
                let problem = refused.problem.clone();
                let failure = match refused.status {
                    401 | 403 => Self::not_let_in(refused),
                    404 if is_absent(&refused.problem) => Self::absent(refused),
                    _ => Self::refused(refused),
                };
                failure.with_document(problem)
            }
        }
    }
}

/// Whether what was named is not there, as a workflow, a bulk action, a schedule or a budget.
fn is_absent(problem: &Value) -> bool {
    let absent = [Code::WorkflowUnknown, Code::BulkUnknown, Code::ScheduleUnknown, Code::BudgetUnknown];
    absent.iter().any(|code| problem["code"] == code.name())
}

#[derive(Debug, thiserror::Error)]
#[error("no answer from {base}: start a server with `triad dev`, or name another one with --server")]
struct Unreachable {
    base: String,
    source: ureq::Error,
}

#[derive(Debug, thiserror::Error)]
#[error("no connection to {base}: {why}")]
struct Distrusted {
    base: String,
    why: String,
}

impl std::error::Error for Refused {}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |name: &str| self.problem[name].as_str();
        match text("detail").or(self.problem.as_str()) {
            Some(detail) => write!(f, "{}", plain(detail))?,
            None => write!(f, "the server answered with status {}", self.status)?,
        }
        for fault in self.problem["faults"].as_array().into_iter().flatten() {
            let part = |name: &str| plain(fault[name].as_str().unwrap_or_default());
            let id = fault["task_id"].as_str().map(|id| format!(" ({})", plain(id))).unwrap_or_default();
            write!(f, "\n  {}{id}: {}", part("path"), part("problem"))?;
        }
        match text("fix") {
            Some(fix) => write!(f, "\n  {}", plain(fix)),
            None => Ok(()),
        }
    }
}
