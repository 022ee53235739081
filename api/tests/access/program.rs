//! The program as a server that asks who asks, on a log in a temporary directory, and as whoever asks it.

use fixtures::secrets::{files_with_secrets, has_secret};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// A directory for a log and for files beside it.
pub(crate) struct Place {
    directory: TempDir,
}

/// A server that runs.
pub(crate) struct Server {
    pub(crate) process: Child,
    pub(crate) url: String,
    /// Everything that it said so far.
    pub(crate) said: Arc<Mutex<Vec<String>>>,
}

/// A key as its holder has it.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl Place {
    /// A log that nobody has written to.
    pub(crate) fn new() -> Self {
        let place = Self { directory: tempfile::tempdir().expect("a temporary directory") };
        let made = place.run(&["log", "init"]);
        assert!(made.status.success(), "{made:?}");
        place
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.beside("log")
    }

    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_triad"));
        command.args(arguments).env("TRIAD_DIR", self.log()).stdin(Stdio::null());
        for name in ["TRIAD_KEY", "TRIAD_KEY_FILE", "TRIAD_SERVER"] {
            command.env_remove(name);
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program runs")
    }

    /// Serves as behind something that ends TLS: everybody has to say who they are.
    pub(crate) fn serve(&self) -> Server {
        self.serve_in(&self.log())
    }

    /// The same with a variable in its environment.
    pub(crate) fn serve_with(&self, name: &str, value: &str) -> Server {
        self.start(&self.log(), Some((name, value)))
    }

    pub(crate) fn serve_in(&self, directory: &Path) -> Server {
        self.start(directory, None)
    }

    fn start(&self, directory: &Path, variable: Option<(&str, &str)>) -> Server {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0", "--behind-proxy"]);
        command.envs(variable);
        let mut process =
            command.env("TRIAD_DIR", directory).stderr(Stdio::piped()).spawn().expect("the program runs");
        let mut lines = BufReader::new(process.stderr.take().expect("piped")).lines();
        let mut begin = Vec::new();
        let url = lines.by_ref().find_map(|line| {
            let line = line.expect("text");
            let url = line.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned);
            begin.push(line);
            url
        });
        let url = url.unwrap_or_else(|| panic!("it does not serve: {begin:?}"));
        let said = Arc::new(Mutex::new(begin));
        let heard = Arc::clone(&said);
        // Somebody has to read what it says until it ends.
        std::thread::spawn(move || {
            lines.for_each(|line| heard.lock().expect("text").push(line.expect("text")))
        });
        Server { process, url, said }
    }
}

/// Every test of access ends with a look for secrets where none may be: in logs and whatever lies beside them for the server.
impl Drop for Place {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let kept = files_with_secrets(&self.log());
            assert!(kept.is_empty(), "secrets stand in {kept:?}");
        }
    }
}

impl Server {
    /// The link that it printed for the first who may give rights.
    pub(crate) fn link(&self) -> Option<String> {
        for _ in 0..100 {
            let found = self.said.lock().expect("text").iter().find_map(|line| {
                line.split_whitespace().find(|word| word.starts_with("triad_link_")).map(str::to_owned)
            });
            if found.is_some() {
                return found;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        None
    }

    /// The key that its link is for.
    pub(crate) fn claim(&self) -> Key {
        let link = self.link().expect("a link");
        let body = serde_json::json!({ "link": link, "label": "first" });
        let (status, document) = self.post(None, "/v1/access/claim", &body);
        assert_eq!(status, 201, "{document}");
        Key::of(&document)
    }

    pub(crate) fn get(&self, key: Option<&Key>, path: &str) -> (u16, Value) {
        let mut request = agent().get(format!("{}{path}", self.url));
        if let Some(key) = key {
            request = request.header("authorization", format!("Bearer {}", key.secret));
        }
        read(request.call())
    }

    pub(crate) fn post(&self, key: Option<&Key>, path: &str, body: &Value) -> (u16, Value) {
        let mut request = agent().post(format!("{}{path}", self.url)).content_type("application/json");
        if let Some(key) = key {
            request = request.header("authorization", format!("Bearer {}", key.secret));
        }
        read(request.send(body.to_string()))
    }

    pub(crate) fn issue(&self, by: &Key, label: &str) -> Option<Key> {
        let body =
            serde_json::json!({ "label": label, "grants": { "roles": ["submitter"], "tenant": "acme" } });
        let (status, document) = self.post(Some(by), "/v1/access/keys", &body);
        (status == 201).then(|| Key::of(&document))
    }

    /// Whether the revocation was acknowledged.
    pub(crate) fn revoke(&self, by: &Key, key: &Key) -> bool {
        let path = format!("/v1/access/keys/{}/revoke", key.id);
        self.post(Some(by), &path, &serde_json::json!({})).0 == 200
    }

    pub(crate) fn lets_in(&self, key: &Key) -> bool {
        self.get(Some(key), "/v1/workflows").0 == 200
    }

    pub(crate) fn kill(mut self) {
        self.process.kill().expect("kills");
        self.process.wait().expect("ends");
    }

    pub(crate) fn stop(mut self) {
        let process = rustix::process::Pid::from_child(&self.process);
        rustix::process::kill_process(process, rustix::process::Signal::TERM).expect("signals");
        assert!(self.process.wait().expect("ends").success());
        // The link for the first who may give rights is printed on purpose; nothing else is.
        let said = self.said.lock().expect("text");
        let told = said.iter().filter(|line| has_secret(line) && !line.contains("triad_link_"));
        assert_eq!(told.collect::<Vec<_>>(), [] as [&String; 0]);
    }
}

impl Key {
    pub(crate) fn of(document: &Value) -> Self {
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        Self { id: text(&document["key"]["key_id"]), secret: text(&document["secret"]) }
    }
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false).max_idle_connections(0);
    config.build().new_agent()
}

/// Status and document; zero when there was no answer.
fn read(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> (u16, Value) {
    let Ok(mut answer) = answer else { return (0, Value::Null) };
    let text = answer.body_mut().read_to_string().unwrap_or_default();
    (answer.status().as_u16(), serde_json::from_str(&text).unwrap_or_default())
}
