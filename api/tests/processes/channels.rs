//! Whom a server tells: a webhook that a verifier of others judges, and a mail server of others.

use crate::served::{Place, Server, TRIAD, until};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Secrets of webhooks, by the specification.
const OLD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NEW: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// Somebody who is told, by a program of others.
struct Receiver {
    process: Child,
    port: String,
    out: PathBuf,
    answer: PathBuf,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

impl Receiver {
    fn start(place: &Place, kind: &str, options: &[&str]) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the workspace");
        let made = root.join("target/venv/bin/python3");
        let program = if made.exists() { made } else { "python3".into() };
        let (out, answer) = (place.file(&format!("{kind}.out")), place.file(&format!("{kind}.answer")));
        let mut command = Command::new(program);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/processes/receiver.py"));
        command.arg(kind).args([&out, &answer]).args(options).stdout(Stdio::piped());
        let mut process = command.spawn().expect("there is a Python: `make test` makes one");
        let mut port = String::new();
        BufReader::new(process.stdout.take().expect("piped")).read_line(&mut port).expect("it says its port");
        Self { process, port: port.trim().to_owned(), out, answer }
    }

    fn webhook(place: &Place) -> Self {
        Self::start(place, "webhook", &[OLD, NEW])
    }

    fn smtp(place: &Place) -> Self {
        Self::start(place, "smtp", &[])
    }

    /// What it answers from now on.
    fn answers(&self, answer: &str) {
        fs::write(&self.answer, answer).expect("writes");
    }

    /// What arrived.
    fn heard(&self) -> Vec<Value> {
        let text = fs::read_to_string(&self.out).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// Waits until so much arrived.
    #[track_caller]
    fn hears(&self, count: usize) -> Vec<Value> {
        until(|| self.heard().len() >= count);
        self.heard()
    }
}

/// A file of channels, and the options of a server that knows them.
fn channels(place: &Place, text: &str) -> [String; 2] {
    let file = place.file("channels.toml");
    fs::write(&file, text).expect("writes");
    ["--channels".to_owned(), file.display().to_string()]
}

fn hook(port: &str, files: &[&str]) -> String {
    let url = format!("http://127.0.0.1:{port}/alerts");
    format!("[[channel]]\nkind = \"webhook\"\nname = \"hook\"\nurl = \"{url}\"\nsecret_files = {files:?}\n")
}

fn mail(port: &str) -> String {
    format!(
        "[[channel]]\nkind = \"smtp\"\nname = \"mail\"\nhost = \"127.0.0.1\"\nport = {port}\nsecurity = \"none\"\n\
         from = \"TRIAD <triad@example.org>\"\nto = [\"ann@example.org\"]\nalerts = false\n"
    )
}

fn serve(place: &Place, options: &[String]) -> Server {
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    Server::start(&place.serving("", &options))
}

fn secrets(place: &Place) {
    fs::write(place.file("old"), OLD).expect("writes");
    fs::write(place.file("new"), NEW).expect("writes");
}

/// Has a channel told of what somebody cancels.
fn subscribe(server: &Server, document: Value) {
    let (status, answer) = server.post("/v1/subscriptions", &document.to_string());
    assert_eq!(status, 201, "{answer}");
}

/// A workflow that is cancelled for a reason.
fn cancel(server: &Server, name: &str, reason: &str) -> String {
    let task = json!([{ "id": "a", "type": "PROCESS", "command": ["sleep", "100"] }]);
    let body = json!({ "name": name, "tasks": task, "labels": { "team": "blue" } });
    let (status, answer) = server.post("/v1/workflows", &body.to_string());
    assert!(status < 300, "{answer}");
    let id = answer["workflow_id"].as_str().expect("an id").to_owned();
    let body = json!({ "reason": reason }).to_string();
    let (status, answer) = server.post(&format!("/v1/workflows/{id}/cancel"), &body);
    assert!(status < 300, "{answer}");
    id
}

fn messages(server: &Server, given_up: bool) -> Vec<Value> {
    server.get(&format!("/v1/messages?given_up={given_up}"))["messages"].as_array().expect("a list").clone()
}

#[test]
fn a_webhook_is_signed_for_others_repeated_with_its_id_and_its_secret_is_changed_while_it_runs() {
    let place = Place::new();
    secrets(&place);
    let receiver = Receiver::webhook(&place);
    receiver.answers("503");
    let server = serve(&place, &channels(&place, &hook(&receiver.port, &["old", "new"])));
    subscribe(&server, json!({ "name": "cancels", "channel": "hook", "kinds": ["dag.cancel_requested"] }));
    let workflow = cancel(&server, "one", "a mistake");
    let first = receiver.hears(1).remove(0);
    assert_eq!(first["verified"], json!([true, true]), "each secret verifies it");
    let event = &first["body"];
    assert_eq!(
        (&event["specversion"], &event["type"]),
        (&json!("1.0"), &json!("triad.dag.cancel_requested"))
    );
    assert_eq!((&event["subject"], &event["id"]), (&json!(workflow), &first["id"]));
    assert_eq!(event["data"]["event"]["payload"]["reason"], "a mistake");
    until(|| messages(&server, false).iter().any(|message| message["status"] == 503));

    // The first secret is withdrawn, and the receiver is well again: the message comes with the id that it had.
    fs::write(place.file("old"), NEW).expect("writes");
    receiver.answers("204");
    let second = receiver.hears(2).remove(1);
    assert_eq!((&second["id"], &second["body"]), (&first["id"], &first["body"]));
    assert_eq!(second["verified"], json!([false, true]), "what was withdrawn verifies nothing");
    until(|| messages(&server, false).is_empty());
    server.stop();
}

#[test]
fn a_message_that_is_given_up_is_kept_and_sent_once_more_with_its_id() {
    let place = Place::new();
    secrets(&place);
    let receiver = Receiver::webhook(&place);
    receiver.answers("503");
    let with = channels(&place, &hook(&receiver.port, &["old"]));
    let server = serve(&place, &with);
    subscribe(&server, json!({ "name": "cancels", "channel": "hook", "kinds": ["dag.cancel_requested"] }));
    cancel(&server, "one", "a mistake");
    let first = receiver.hears(1).remove(0);
    until(|| messages(&server, false).iter().any(|message| message["status"] == 503));
    let listed = server.get("/v1/subscriptions");
    assert_eq!(listed["subscriptions"].as_array().expect("a list").len(), 2, "{listed}");
    server.stop();

    // A server without the channel has nobody to send it to.
    let server = serve(&place, &[]);
    until(|| messages(&server, true).len() == 1);
    let dead = messages(&server, true).remove(0);
    assert_eq!((&dead["last_delivery"], &dead["attempts"]), (&json!("NOT_CONFIGURED"), &json!(2)));
    server.stop();

    receiver.answers("204");
    let server = serve(&place, &with);
    let again = json!({ "message": dead["message"], "reason": "it is back" }).to_string();
    assert_eq!(server.post("/v1/messages/redeliver", &again).0, 202);
    let second = receiver.hears(2).remove(1);
    assert_eq!((&second["id"], &second["body"]), (&first["id"], &first["body"]));
    until(|| messages(&server, false).is_empty());
    let (status, answer) = server.post("/v1/messages/redeliver", &again);
    assert_eq!((status, &answer["code"]), (404, &json!("message_unknown")));
    server.stop();
}

#[test]
fn mails_reach_a_server_of_others_and_no_text_of_an_event_becomes_a_header_or_a_page() {
    let place = Place::new();
    let receiver = Receiver::smtp(&place);
    receiver.answers("451 later");
    let server = serve(&place, &channels(&place, &mail(&receiver.port)));
    subscribe(&server, json!({ "name": "cancels", "channel": "mail", "kinds": ["dag.cancel_requested"] }));
    let hostile = "x\r\nBcc: eve@example.org\r\n\r\n<script>alert(1)</script>\u{202e}\r\n.\r\nMAIL FROM:<eve@example.org>";
    cancel(&server, "one", hostile);
    receiver.hears(1);
    until(|| messages(&server, false).iter().any(|message| message["status"] == 451));
    receiver.answers("250 taken");
    let heard = receiver.hears(2);
    let (first, second) = (&heard[0], &heard[1]);
    let header = |mail: &Value, name: &str| {
        let all = mail["headers"].as_array().expect("headers").iter();
        let found: Vec<String> = all
            .filter(|header| header[0].as_str().is_some_and(|named| named.eq_ignore_ascii_case(name)))
            .map(|header| header[1].as_str().expect("text").to_owned())
            .collect();
        found.join("|")
    };
    assert_eq!(header(first, "message-id"), header(second, "message-id"), "a repetition is known by its id");
    assert_eq!((&second["from"], &second["to"]), (&json!("triad@example.org"), &json!(["ann@example.org"])));
    assert_eq!((header(second, "bcc"), header(second, "to")), (String::new(), "ann@example.org".to_owned()));
    assert_eq!(second["parts"], json!(["text/plain"]));
    let subject = header(second, "subject");
    assert!(subject.starts_with("[triad] ") && !subject.contains(['\r', '\n', '\u{202e}']), "{subject:?}");
    let text = second["text"].as_str().expect("text");
    assert!(text.contains("<script>") && text.contains("eve@example.org"), "it is told as text: {text}");
    assert!(
        text.lines().all(|line| !line.starts_with("Bcc:") && line != "." && !line.contains('\u{202e}')),
        "{text}"
    );
    assert_eq!(receiver.heard().len(), 2, "no second mail came of it");
    until(|| messages(&server, false).is_empty());
    server.stop();
}

#[test]
fn a_filter_chooses_a_flood_is_one_mail_and_nothing_is_lost_or_told_twice_by_servers_that_are_killed() {
    let place = Place::new();
    secrets(&place);
    let receiver = Receiver::webhook(&place);
    let options = channels(&place, &hook(&receiver.port, &["old"]));
    let mut server = serve(&place, &options);
    let filter =
        "event.workflow.name == 'loud' && event.workflow.labels.team == 'blue' // those of the blue team";
    let kinds = ["dag.cancel_requested"];
    subscribe(
        &server,
        json!({ "name": "loud", "channel": "hook", "kinds": kinds, "filter": filter, "per_minute": 3 }),
    );
    subscribe(&server, json!({ "name": "all", "channel": "hook", "kinds": kinds, "per_minute": 600 }));
    for round in 0..4 {
        for _ in 0..5 {
            cancel(&server, "loud", "too many");
            cancel(&server, "quiet", "few");
        }
        if round < 3 {
            server.kill();
            server = serve(&place, &options);
        }
    }
    let of = |name: &'static str| {
        let heard =
            receiver.heard().into_iter().filter(move |one| one["body"]["data"]["subscription"] == name);
        let mut found: Vec<(String, u64, u64)> = heard
            .map(|one| {
                let data = &one["body"]["data"];
                let first = data["event"]["sequence"].as_u64().expect("a sequence");
                (
                    one["id"].as_str().expect("an id").to_owned(),
                    first,
                    data["events"].as_u64().expect("a number"),
                )
            })
            .collect();
        // What was sent when a server was killed may be sent again: with the same id.
        found.sort_unstable();
        found.dedup();
        found
    };
    let told = |name| of(name).iter().map(|(_, _, events)| events).sum::<u64>();
    until(|| told("all") >= 40);
    let mut firsts: Vec<u64> = of("all").iter().map(|(_, first, _)| *first).collect();
    firsts.sort_unstable();
    firsts.dedup();
    assert_eq!((told("all"), of("all").len(), firsts.len()), (40, 40, 40), "each is told in one message");
    // The rest of the flood is told once the minute is over.
    for _ in 0..90 {
        if told("loud") >= 20 {
            break;
        }
        std::thread::sleep(Duration::from_secs(1));
    }
    let loud = of("loud");
    assert_eq!(told("loud"), 20, "{loud:?}");
    assert!(loud.len() <= 6, "{loud:?}");
    assert!(loud.iter().any(|(_, _, events)| *events > 1), "{loud:?}");
    server.stop();
}

#[test]
fn an_alert_reaches_its_channel_and_another_when_nobody_acknowledges_it() {
    let place = Place::new();
    secrets(&place);
    let (webhook, smtp) = (Receiver::webhook(&place), Receiver::smtp(&place));
    let text = hook(&webhook.port, &["old"]) + &mail(&smtp.port);
    let server = serve(&place, &channels(&place, &text));
    subscribe(
        &server,
        json!({
            "name": "hook", "channel": "hook", "kinds": ["alerts.alert_raised"],
            "escalation": { "channel": "mail", "after_seconds": 2 },
        }),
    );
    let (status, answer) = server.post("/v1/subscriptions/hook/test", "");
    assert_eq!((status, &answer["delivery"]), (200, &json!("ACCEPTED")), "{answer}");
    assert_eq!(webhook.hears(1)[0]["body"]["type"], "triad.trial");
    // What no fix is known for is for a person.
    let hopeless = json!({
        "tasks": [{ "id": "read", "command": ["cat", "/no/such/file"], "self_healing_policy": "DIAGNOSE_AND_RETRY" }],
    });
    assert_eq!(server.post("/v1/workflows", &hopeless.to_string()).0, 202);
    let raised = webhook.hears(2).remove(1);
    assert_eq!(raised["body"]["type"], "triad.alerts.alert_raised");
    // The other channel is told of alerts as well, before nobody has acknowledged this one.
    let escalated = || {
        let texts = smtp.heard().into_iter().map(|mail| mail["text"].as_str().expect("text").to_owned());
        texts.into_iter().find(|text| text.contains("nobody has acknowledged it"))
    };
    until(|| escalated().is_some());
    let text = escalated().expect("it was there");
    let alert = raised["body"]["subject"].as_str().expect("an alert");
    assert!(text.contains(alert), "{text}");
    let shown = server.get("/v1/alerts")["alerts"][0].clone();
    assert!(shown["escalated"]["sequence"].is_u64() && shown["last_delivery"] == "ACCEPTED", "{shown}");
    server.stop();
}

#[test]
fn channels_that_cannot_be_used_are_said_before_anything_is_served() {
    let place = Place::new();
    secrets(&place);
    let check = |text: &str, says: &str| {
        let options = channels(&place, text);
        let log = place.log().display().to_string();
        let serve = ["serve", "--listen", "127.0.0.1:0", "--dir", &log].into_iter();
        let refused =
            Command::new(TRIAD).args(serve.chain(options.iter().map(String::as_str))).output().expect("runs");
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains(says), "{text}\n{said}");
    };
    let hook = |url: &str, files: &str| {
        format!("[[channel]]\nkind = \"webhook\"\nname = \"hook\"\nurl = \"{url}\"\nsecret_files = {files}\n")
    };
    check(
        &hook("http://169.254.169.254/latest", "[\"old\"]"),
        "169.254.169.254 is no address that may be called",
    );
    check(&hook("http://ann:secret@127.0.0.1/", "[\"old\"]"), "name or a password");
    check(&hook("http://127.0.0.1/", "[]"), "one secret");
    check(&hook("http://127.0.0.1/", "[\"absent\"]"), "cannot be read");
    check(&(hook("http://127.0.0.1/", "[\"old\"]") + "secret = \"x\"\n"), "secret");
    let smtp = mail("25");
    check(&smtp.replace("127.0.0.1", "169.254.169.254"), "169.254.169.254 is no address that may be called");
    check(&smtp.replace("127.0.0.1", "192.0.2.1"), "without TLS");
    check(
        &smtp.replace("ann@example.org", "ann@example.org\\r\\nBcc: eve@example.org"),
        "no address of e-mail",
    );
    check(&(smtp.clone() + &smtp), "stands twice");
}
