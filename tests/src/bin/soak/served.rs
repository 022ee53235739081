//! A server process on a log in a temporary directory, and how a client speaks to it.

use crate::program::{Failure, triad};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// How long to wait for what must happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks.
pub(crate) const PULSE: Duration = Duration::from_millis(5);

/// A log, and the address at which its server listens in each of its lives.
pub(crate) struct Served {
    directory: tempfile::TempDir,
    triad: PathBuf,
    agent: ureq::Agent,
    pub(crate) address: String,
}

impl Served {
    /// A fresh log.
    pub(crate) fn new() -> Result<Self, Failure> {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = port.map_err(|error| error.to_string())?.port();
        let config = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(5)));
        let served = Self {
            directory: tempfile::tempdir().map_err(|error| error.to_string())?,
            triad: triad()?,
            agent: config.http_status_as_error(false).build().into(),
            address: format!("127.0.0.1:{port}"),
        };
        served.triad(&["log", "init"])?;
        Ok(served)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Runs a command on the log's directory.
    pub(crate) fn triad(&self, arguments: &[&str]) -> Result<(), Failure> {
        let log = self.path("log");
        let done = Command::new(&self.triad).args(arguments).arg("--dir").arg(log).output();
        let done = done.map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        if done.status.success() { Ok(()) } else { Err(format!("triad {arguments:?}: {said}")) }
    }

    pub(crate) fn start(&self) -> Result<Child, Failure> {
        let mut command = Command::new(&self.triad);
        command.arg("serve").arg("--dir").arg(self.path("log")).arg("--listen").arg(&self.address);
        let errors = std::fs::File::options().create(true).append(true).open(self.path("errors"));
        let errors = errors.map_err(|error| error.to_string())?;
        command.stdout(Stdio::null()).stderr(errors).spawn().map_err(|error| error.to_string())
    }

    pub(crate) fn start_healthy(&self) -> Result<Child, Failure> {
        let mut server = self.start()?;
        self.wait_healthy(&mut server)?;
        Ok(server)
    }

    pub(crate) fn wait_healthy(&self, server: &mut Child) -> Result<(), Failure> {
        let mut waited = Duration::ZERO;
        while waited < PATIENCE {
            if self.get("/v1/health").is_ok() {
                return Ok(());
            }
            if let Ok(Some(status)) = server.try_wait() {
                let said = std::fs::read_to_string(self.path("errors")).unwrap_or_default();
                return Err(format!("the server did not come up ({status}): {said}"));
            }
            sleep(PULSE);
            waited += PULSE;
        }
        Err("the server did not become healthy".into())
    }

    /// Stops a server as an operator does.
    pub(crate) fn stop(&self, mut server: Child) -> Result<(), Failure> {
        let id = server.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().map_err(|error| error.to_string())?;
        let status = server.wait().map_err(|error| error.to_string())?;
        if status.success() { Ok(()) } else { Err(format!("the server did not stop cleanly: {status}")) }
    }

    /// Hands in a definition; the id of its workflow, if an answer came.
    pub(crate) fn submit(&self, key: &str, definition: &str) -> Option<String> {
        let request = self.agent.post(format!("http://{}/v1/workflows", self.address));
        let request = request.header("Idempotency-Key", key).header("Content-Type", "application/json");
        let mut answer = request.send(definition).ok()?;
        let text = answer.body_mut().read_to_string().ok()?;
        let document: serde_json::Value = serde_json::from_str(&text).ok()?;
        Some(document.get("workflow_id")?.as_str()?.to_owned())
    }

    /// Issues the first key, which may do everything: from then on everybody has to show one.
    pub(crate) fn first_key(&self) -> Result<String, Failure> {
        let asked = r#"{"label":"first","grants":{"roles":["admin"],"installation":true}}"#;
        let request = self.agent.post(format!("http://{}/v1/access/keys", self.address));
        let answer = request.header("Content-Type", "application/json").send(asked);
        let mut answer = answer.map_err(|error| error.to_string())?;
        let text = answer.body_mut().read_to_string().map_err(|error| error.to_string())?;
        let document: serde_json::Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        let secret = document.get("secret").and_then(serde_json::Value::as_str);
        secret.map(str::to_owned).ok_or_else(|| format!("no key was issued: {text}"))
    }

    pub(crate) fn get(&self, path: &str) -> Result<String, Failure> {
        let answer = self.agent.get(format!("http://{}{path}", self.address)).call();
        let mut answer = answer.map_err(|error| error.to_string())?;
        let text = answer.body_mut().read_to_string().map_err(|error| error.to_string())?;
        if answer.status().is_success() { Ok(text) } else { Err(text) }
    }

    /// Gives a command without a body.
    pub(crate) fn post(&self, path: &str) -> Result<(), Failure> {
        self.poster().post(path)
    }

    /// Gives commands from another thread.
    pub(crate) fn poster(&self) -> Poster {
        Poster { agent: self.agent.clone(), address: self.address.clone() }
    }

    pub(crate) fn wait_ended(&self, id: &str) -> Result<(), Failure> {
        let mut waited = Duration::ZERO;
        while waited < PATIENCE {
            let text = self.get(&format!("/v1/workflows/{id}"))?;
            let document: serde_json::Value =
                serde_json::from_str(&text).map_err(|error| error.to_string())?;
            let status = document.get("status").and_then(serde_json::Value::as_str).unwrap_or_default();
            if matches!(status, "COMPLETED" | "FAILED" | "CANCELLED") {
                return Ok(());
            }
            sleep(PULSE);
            waited += PULSE;
        }
        Err(format!("workflow {id} did not end"))
    }
}

/// Gives commands to a server.
pub(crate) struct Poster {
    agent: ureq::Agent,
    address: String,
}

impl Poster {
    pub(crate) fn post(&self, path: &str) -> Result<(), Failure> {
        let request = self.agent.post(format!("http://{}{path}", self.address));
        let answer = request.header("Content-Type", "application/json").send_empty();
        let status = answer.map_err(|error| error.to_string())?.status();
        if status.is_success() { Ok(()) } else { Err(format!("{path} was answered with {status}")) }
    }
}

/// xorshift: only needs to differ from moment to moment, and to be the same in each run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}
