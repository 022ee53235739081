//! A server of its own for each test: a temporary directory, any free port.

use super::contract;
use crate::access::door::Admission;
use crate::http::origin::Exposure;
use crate::log::create;
use crate::options::{KeepOptions, Protection, UnlockOptions};
use crate::serve::{Listen, Server};
use crate::unlock::Unlocking;
use fixtures::secrets::files_with_secrets;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use triad_event::ids::PrincipalId;
use triad_event::{Source, governance};
use triad_perform::Asker;

/// A server that runs.
pub(super) struct Running {
    runtime: Option<Runtime>,
    server: Option<Server>,
    directory: TempDir,
    admission: Admission,
    /// What is shown by whoever asks and shows nothing else.
    shown: String,
    pub(super) address: SocketAddr,
}

/// A key that was issued.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) id: String,
    pub(super) secret: String,
}

impl Key {
    /// The header that shows it.
    pub(super) fn header(&self) -> String {
        format!("authorization: Bearer {}\r\n", self.secret)
    }

    fn of(answer: &Answer) -> Self {
        let document = answer.json();
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        Self { id: text(&document["key"]["key_id"]), secret: text(&document["secret"]) }
    }
}

/// Somebody who shows something with everything that they ask.
pub(super) struct Client<'a> {
    server: &'a Running,
    headers: String,
}

impl Client<'_> {
    pub(super) fn get(&self, path: &str) -> Answer {
        self.server.bare("GET", path, &self.headers, "")
    }

    pub(super) fn post(&self, path: &str, body: &str) -> Answer {
        self.server.bare("POST", path, &format!("content-type: application/json\r\n{}", self.headers), body)
    }

    pub(super) fn call(&self, method: &str, path: &str, body: &str) -> Answer {
        let kind = if body.is_empty() { "" } else { "content-type: application/json\r\n" };
        self.server.bare(method, path, &format!("{kind}{}", self.headers), body)
    }

    /// Submits a definition that must be accepted, and returns the workflow's id.
    pub(super) fn submit(&self, definition: &str) -> String {
        let answer = self.post("/v1/workflows", definition);
        assert_eq!(answer.status, 202, "{answer:?}");
        answer.json()["workflow_id"].as_str().expect("an id").to_owned()
    }
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Status, and the code of the problem if it is one.
    pub(super) fn verdict(&self) -> (u16, String) {
        let document: Value = serde_json::from_str(&self.body).unwrap_or_default();
        (self.status, document["code"].as_str().unwrap_or_default().to_owned())
    }
}

/// No TPM and no passphrase: the keys of these tests lie in files.
pub(super) fn unlocking() -> Unlocking {
    Unlocking::new(&UnlockOptions { tpm: "device:/dev/null/no-tpm".to_owned(), passphrase_file: None })
}

/// Tests have no main of their own, so the program itself, which is built beside them, guards their processes.
fn site() -> triad_perform::SiteOptions {
    let this = std::env::current_exe().expect("a path");
    let built = this.parent().and_then(Path::parent).expect("it lies in deps/ of what was built");
    let program = built.join("triad");
    assert!(program.exists(), "{} is missing: build triad-api first", program.display());
    triad_perform::SiteOptions::new(program)
}

impl Running {
    pub(super) fn start() -> Self {
        Self::start_for(Admission::UntilSomebodyIsKnown)
    }

    /// A server that asks these who they are.
    pub(super) fn start_for(admission: Admission) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let keep = KeepOptions { protection: Protection::File, pcrs: triad_keys::REGISTERS_DEFAULT };
        create(directory.path(), None, &keep, &unlocking()).expect("a new log");
        let runtime = Runtime::new().expect("a runtime");
        let address = ([127, 0, 0, 1], 0).into();
        let mut running = Self {
            runtime: Some(runtime),
            server: None,
            directory,
            admission,
            shown: String::new(),
            address,
        };
        running.begin();
        running
    }

    fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().expect("invariant: it is there until the server is dropped")
    }

    fn begin(&mut self) {
        let listen = Listen {
            address: self.address,
            exposure: Exposure::Loopback,
            admission: self.admission,
            is_behind_proxy: false,
            tls: None,
            channels: crate::channel::Channels::default(),
            price_feed: None,
            price_table: None,
            configuration: Default::default(),
            site: site(),
            is_paused: false,
        };
        let server = self.runtime().block_on(Server::start(self.directory.path(), listen, &unlocking()));
        let server = server.unwrap_or_else(|failure| panic!("{:?}", failure.chain()));
        self.address = server.address;
        self.server = Some(server);
    }

    /// Stops the server and starts it again at the same address.
    pub(super) fn restart(&mut self) {
        self.end();
        self.begin();
    }

    /// Stops the server; its directory stays.
    pub(super) fn end(&mut self) {
        if let Some(server) = self.server.take() {
            let stopped = self.runtime().block_on(server.stop());
            stopped.unwrap_or_else(|failure| panic!("{:?}", failure.chain()));
        }
    }

    /// Has the engine decide what no route asks.
    pub(super) fn ask(&self, ask: governance::Ask) {
        let engine = &self.server.as_ref().expect("invariant: it runs").asked;
        let by = Asker { principal: PrincipalId::ZERO, source: Source::Engine };
        let answer = self.runtime().block_on(engine.ask(ask.into(), by)).expect("an answer");
        answer.reply.expect("it is granted");
    }

    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Every file of the server's directory that holds a text.
    pub(super) fn files_with(&self, text: &str) -> Vec<String> {
        let (mut found, mut waiting, mut seen) = (Vec::new(), vec![self.path().to_owned()], 0);
        while let Some(path) = waiting.pop() {
            if path.is_dir() {
                let entries = std::fs::read_dir(&path).expect("a directory can be read");
                waiting.extend(entries.map(|entry| entry.expect("an entry can be read").path()));
                continue;
            }
            seen += 1;
            let bytes = std::fs::read(&path).expect("a file can be read");
            if bytes.windows(text.len()).any(|window| window == text.as_bytes()) {
                found.push(path.display().to_string());
            }
        }
        assert!(seen > 5, "the walk sees the files");
        found
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn get(&self, path: &str) -> Answer {
        self.call("GET", path, "", "")
    }

    pub(super) fn post(&self, path: &str, headers: &str, body: &str) -> Answer {
        self.call("POST", path, &format!("content-type: application/json\r\n{headers}"), body)
    }

    pub(super) fn delete(&self, path: &str) -> Answer {
        self.call("DELETE", path, "", "")
    }

    /// The first key, which may do everything. From then on everybody has to say who they are, and whoever shows nothing else
    /// shows this.
    pub(super) fn claim(&mut self) -> Key {
        let body = r#"{"label":"first","grants":{"roles":["admin"],"installation":true}}"#;
        let answer = self.post("/v1/access/keys", "", body);
        assert_eq!(answer.status, 201, "{answer:?}");
        let key = Key::of(&answer);
        self.shown = key.header();
        key
    }

    /// A key of a tenant.
    pub(super) fn issue(&self, label: &str, roles: &[&str], tenant: &str) -> Key {
        let grants = serde_json::json!({ "roles": roles, "tenant": tenant });
        self.issue_with(label, &grants)
    }

    /// A key that may what is said.
    pub(super) fn issue_with(&self, label: &str, grants: &Value) -> Key {
        let body = serde_json::json!({ "label": label, "grants": grants }).to_string();
        let answer = self.post("/v1/access/keys", "", &body);
        assert_eq!(answer.status, 201, "{answer:?}");
        Key::of(&answer)
    }

    /// Somebody who shows a key.
    pub(super) fn as_key(&self, key: &Key) -> Client<'_> {
        self.showing(key.header())
    }

    /// Somebody who shows these headers.
    pub(super) fn showing(&self, headers: impl Into<String>) -> Client<'_> {
        Client { server: self, headers: headers.into() }
    }

    /// Whoever may ask as these headers say, or as the first key.
    pub(super) fn call(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        self.bare(method, path, &format!("{}{headers}", self.shown), body)
    }

    fn bare(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let length = body.len();
        self.raw(format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
        ).as_bytes())
    }

    /// Sends bytes as they are and reads until the server closes.
    pub(super) fn raw(&self, request: &[u8]) -> Answer {
        let mut stream = self.connect();
        // A server that refuses early may close before it has read everything.
        let _refused_early = stream.write_all(request).is_err();
        let mut bytes = Vec::new();
        let _reset = stream.read_to_end(&mut bytes).is_err();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        let body =
            if head.contains("transfer-encoding: chunked") { unchunked(body) } else { body.to_owned() };
        let answer = Answer { status, head: head.to_owned(), body };
        contract::check(request, &answer);
        answer
    }

    pub(super) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        stream
    }

    /// Submits a definition that must be accepted, and returns the workflow's id.
    pub(super) fn submit(&self, definition: &str) -> String {
        let answer = self.post("/v1/workflows", "", definition);
        assert_eq!(answer.status, 202, "{answer:?}");
        answer.json()["workflow_id"].as_str().expect("an id").to_owned()
    }

    /// All events of a workflow from behind an id to its end: their ids and names.
    pub(super) fn events(&self, id: &str, after: Option<u64>) -> Vec<(u64, String)> {
        let header = after.map(|after| format!("last-event-id: {after}\r\n")).unwrap_or_default();
        let answer = self.call("GET", &format!("/v1/workflows/{id}/events"), &header, "");
        assert_eq!(answer.status, 200, "{answer:?}");
        events_in(&answer.body)
    }

    /// Waits for the end of a workflow and returns its summary.
    pub(super) fn finished(&self, id: &str) -> Value {
        self.events(id, None);
        self.get(&format!("/v1/workflows/{id}")).json()
    }

    pub(super) fn durable_sequence(&self) -> u64 {
        self.get("/v1/health").json()["durable_sequence"].as_u64().expect("a sequence")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // The server still runs, and waiting for it would hide what failed.
            if let Some(runtime) = self.runtime.take() {
                runtime.shutdown_background();
            }
        } else {
            self.end();
            let kept = files_with_secrets(self.path());
            assert!(kept.is_empty(), "secrets stand in {kept:?}");
        }
    }
}

pub(super) fn events_in(text: &str) -> Vec<(u64, String)> {
    let event = |part: &str| {
        let id = part.lines().find_map(|line| line.strip_prefix("id: "))?.parse().ok()?;
        let name = part.lines().find_map(|line| line.strip_prefix("event: "))?;
        Some((id, name.to_owned()))
    };
    text.split("\n\n").filter_map(event).collect()
}

fn unchunked(body: &str) -> String {
    let (mut rest, mut whole) = (body, String::new());
    while let Some((length, after)) = rest.split_once("\r\n") {
        let Ok(length @ 1..) = usize::from_str_radix(length, 16) else { break };
        whole.push_str(after.get(..length).unwrap_or(after));
        rest = after.get(length + 2..).unwrap_or("");
    }
    whole
}
