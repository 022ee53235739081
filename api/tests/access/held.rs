//! Steps are held by rules of moderation until somebody has reviewed them: by the real program, through a kill.

use crate::healed::{explained, has_status, issue, submit, task};
use crate::program::{Place, Server};
use serde_json::{Value, json};
use std::fs;

/// What is printed is held when it would drop a table, wherever that stands.
const RULES: &str = r#"
[[rule]]
id = "drops-tables"
reason = "drops or empties tables"
pattern = '(?i)\b(drop|truncate)\s+table\b'
holds = ["DROP TABLE users"]
passes = ["select 1"]
"#;

fn set_rules(server: &Server, key: &crate::program::Key) -> Value {
    let body = json!({ "document": RULES, "reason": "nothing is dropped unseen" });
    let (status, answer) = server.post(Some(key), "/v1/moderation", &body);
    assert_eq!(status, 200, "{answer}");
    answer
}

/// A model writes a statement, and a second task would run it.
fn writes_and_runs(statement: &str, ran: &std::path::Path) -> Value {
    let says = format!("printf %s '{}' | tr _ ' '", statement.replace(' ', "_"));
    let script = format!("cat > '{}'", ran.display());
    json!({ "tasks": [
        { "id": "write", "command": ["sh", "-c", says] },
        { "id": "run", "command": ["sh", "-c", script], "stdin": "{write.output}", "dependencies": ["write"] },
    ]})
}

#[test]
fn a_step_that_a_rule_holds_runs_only_when_somebody_else_has_reviewed_it() {
    let place = Place::new();
    let ran = place.beside("ran");
    let mut server = place.serve();
    let admin = server.claim();
    let [submitter, approver] = ["submitter", "approver"].map(|role| issue(&server, &admin, role, role));
    let rules = set_rules(&server, &admin);
    assert_eq!((&rules["is_active"], &rules["rules"][0]["id"]), (&json!(true), &json!("drops-tables")));
    // The statement is no part of what was submitted as a command: the rule sees what would run.
    let id = submit(&server, &submitter, &writes_and_runs("DROP TABLE users;", &ran));
    let held = task(&server, &admin, &id, "run", has_status("PAUSED"));
    assert_eq!(
        (&held["waits_for"], &held["held"]["rule"], &held["held"]["part"]),
        (&json!("REVIEW"), &json!("drops-tables"), &json!("INPUT")),
        "{held}"
    );
    assert!(!ran.exists(), "nothing of it ran");
    let said = explained(&place, &server, &admin, &id);
    assert!(said.contains("the rule of moderation drops-tables matches its input"), "{said}");
    // It stays held through a crash, and when the rules are gone.
    server.kill();
    server = place.serve();
    let mut remove =
        place.command(&["moderation", "remove", "--reason", "of the test", "--server", &server.url]);
    let removed = remove.env("TRIAD_KEY", &admin.secret).output().expect("runs");
    assert!(removed.status.success(), "{removed:?}");
    let (_, listed) = server.get(Some(&approver), "/v1/approvals");
    assert_eq!(listed["approvals"][0]["held"]["rule"], "drops-tables", "{listed}");
    set_rules(&server, &admin);
    let path = format!("/v1/workflows/{id}/approvals/run");
    let (_, shown) = server.get(Some(&approver), &path);
    assert_eq!(shown["message"]["command"][0], "sh", "whoever reviews sees what would run: {shown}");
    let decide = |key, verdict: &str, reason: &str| {
        server.post(Some(key), &path, &json!({ "verdict": verdict, "reason": reason }))
    };
    let (status, refused) = decide(&submitter, "APPROVE", "mine");
    assert_eq!((status, &refused["code"]), (403, &json!("not_allowed")), "{refused}");
    let (status, refused) = decide(&approver, "APPROVE", "");
    assert_eq!((status, &refused["code"]), (422, &json!("invalid_value")), "{refused}");
    let (status, released) = decide(&approver, "APPROVE", "it is the staging database");
    assert_eq!((status, &released["verdicts"][0]["reason"]), (200, &json!("it is the staging database")));
    let run = task(&server, &admin, &id, "run", has_status("COMPLETED"));
    assert_eq!(run["attempts"], 2, "the rules that are in force do not hold it again");
    assert_eq!(fs::read_to_string(&ran).expect("it ran"), "DROP TABLE users;");
    server.stop();
}

#[test]
fn a_step_that_somebody_declines_never_runs_and_others_are_not_held() {
    let place = Place::new();
    let (ran, other) = (place.beside("ran"), place.beside("other"));
    let server = place.serve();
    let admin = server.claim();
    let [submitter, approver] = ["submitter", "approver"].map(|role| issue(&server, &admin, role, role));
    set_rules(&server, &admin);
    let passes = submit(&server, &submitter, &writes_and_runs("select 1;", &other));
    let id = submit(&server, &submitter, &writes_and_runs("truncate table users", &ran));
    task(&server, &admin, &passes, "run", has_status("COMPLETED"));
    task(&server, &admin, &id, "run", has_status("PAUSED"));
    let output = place
        .command(&["inbox", "list", "--server", &server.url])
        .env("TRIAD_KEY", &approver.secret)
        .output();
    let inbox = String::from_utf8(output.expect("runs").stdout).expect("text");
    assert!(inbox.contains("REVIEW") && inbox.contains(&format!("triad approval show {id} run")), "{inbox}");
    let path = format!("/v1/workflows/{id}/approvals/run");
    let verdict = json!({ "verdict": "DECLINE", "reason": "not on production" });
    assert_eq!(server.post(Some(&approver), &path, &verdict).0, 200);
    let run = task(&server, &admin, &id, "run", has_status("FAILED"));
    assert_eq!((&run["last_ending"], &run["attempts"]), (&json!("DECLINED"), &json!(1)));
    assert!(!ran.exists() && other.exists());
    server.stop();
}
