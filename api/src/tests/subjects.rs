//! Data subjects: erased, held, kept for as long as the rule says, and refused with a code.

use super::harness::{Answer, Running};
use serde_json::json;

const SECRET: &str = "the-patient-is-Grace-Hopper-1906";
/// Names are no content: they stay in the records.
const NAME: &str = "a-name-in-the-clear-1906";

fn definition(subject: &str, script: &str) -> String {
    let task =
        json!({ "id": "run", "type": "PROCESS", "command": ["sh", "-c", script], "env": { "WHO": SECRET } });
    json!({ "name": NAME, "data_subject": subject, "tasks": [task] }).to_string()
}

fn finished(server: &Running, subject: &str) -> String {
    let id = server.submit(&definition(subject, "echo $WHO; echo $WHO >&2"));
    assert_eq!(server.finished(&id)["status"], "COMPLETED");
    id
}

fn erase(server: &Running, subject: &str) -> Answer {
    server.post(&format!("/v1/subjects/{subject}/erase"), "", r#"{"reason":"request 2211"}"#)
}

fn hold(server: &Running, subject: &str, name: &str) -> Answer {
    let body = json!({ "name": name, "reason": "case 17" }).to_string();
    server.post(&format!("/v1/subjects/{subject}/holds"), "", &body)
}

fn verdict(code: u16, name: &str) -> (u16, String) {
    (code, name.to_owned())
}

#[test]
fn erased_content_is_found_nowhere_and_the_log_still_verifies() {
    let mut server = Running::start();
    let (subject, other) = ("a".repeat(32), "b".repeat(32));
    let (id, kept) = (finished(&server, &subject), finished(&server, &other));
    let answer = erase(&server, &subject);
    assert_eq!((answer.status, &answer.json()["state"]), (200, &"ERASED".into()), "{answer:?}");
    assert!(answer.head.contains("triad-sequence: "), "{}", answer.head);
    for _ in 0..2 {
        let shown = server.get(&format!("/v1/workflows/{id}/attempts?task=run&content=true"));
        for stream in ["stdout", "stderr"] {
            let output = &shown.json()["attempts"][0]["outcome"][stream];
            assert_eq!(
                (&output["content"], output["kept"]["length_bytes"].as_u64()),
                (&"erased".into(), Some(33))
            );
            assert_eq!(output["detail"], "the key of its data subject is destroyed");
            assert!(output.get("text").is_none(), "{output}");
        }
        let input = server.get(&format!("/v1/workflows/{id}/inputs?task=run&content=true")).json();
        assert_eq!(input["input"]["content"], "erased", "{input}");
        let raw = server.get(&format!("/v1/workflows/{id}/output?task=run"));
        assert_eq!(raw.verdict(), verdict(410, "content_erased"));
        let others = server.get(&format!("/v1/workflows/{kept}/output?task=run"));
        assert_eq!(others.body.trim_end(), SECRET, "another data subject is as it was");
        let refused = server.post("/v1/workflows", "", &definition(&subject, "true"));
        assert_eq!(refused.verdict(), verdict(409, "subject_erased"));
        assert_eq!(erase(&server, &subject).verdict(), verdict(409, "subject_erased"));
        assert_eq!(hold(&server, &subject, "late").verdict(), verdict(409, "subject_erased"));
        server.restart();
    }
    assert_eq!(server.get("/v1/log/head").status, 200);
    server.end();
    assert_ne!(server.files_with(NAME), Vec::<String>::new(), "the search finds what is there");
    assert_eq!(server.files_with(SECRET), Vec::<String>::new());
    crate::open_log::OpenLog::open(server.path(), &super::harness::unlocking())
        .expect("it verifies")
        .close()
        .expect("closes");
}

#[test]
fn a_workflow_is_a_data_subject_by_itself() {
    let server = Running::start();
    let id = server.submit(r#"{"tasks":[{"id":"say","type":"NOOP","input":"once"}]}"#);
    server.finished(&id);
    let shown = server.get(&format!("/v1/subjects/{id}")).json();
    assert_eq!((&shown["state"], shown["slot"].is_u64()), (&"FREE".into(), true), "{shown}");
    assert_eq!(server.get(&format!("/v1/workflows/{id}")).json()["data_subject"], id.as_str());
    assert_eq!(erase(&server, &id).json()["state"], "ERASED");
    let shared = finished(&server, &"c".repeat(32));
    let refused = erase(&server, &shared);
    assert_eq!(refused.verdict(), verdict(404, "subject_unknown"));
    assert!(refused.body.contains(&"c".repeat(32)), "it says whose the content is: {}", refused.body);
    let empty = server.submit(r#"{"tasks":[{"type":"NOOP"}]}"#);
    server.finished(&empty);
    assert_eq!(server.get(&format!("/v1/subjects/{empty}")).json()["state"], "FREE");
    assert_eq!(erase(&server, &empty).verdict(), verdict(404, "subject_unknown"));
}

#[test]
fn under_a_hold_nothing_is_erased_and_the_refusal_is_recorded() {
    let mut server = Running::start();
    let subject = "d".repeat(32);
    finished(&server, &subject);
    assert_eq!(hold(&server, &subject, "case-17").status, 201);
    assert_eq!(hold(&server, &subject, "case-18").json()["holds"][1]["reason"], "case 17");
    server.restart();
    let refused = erase(&server, &subject);
    assert_eq!((refused.verdict(), &refused.json()["recorded"]), (verdict(409, "legal_hold"), &true.into()));
    let shown = server.get(&format!("/v1/subjects/{subject}")).json();
    assert_eq!((&shown["state"], &shown["refusals"]), (&"HELD".into(), &1.into()), "{shown}");
    assert_eq!(shown["last_refusal"]["because"], "LEGAL_HOLD");
    let release = |name: &str| server.delete(&format!("/v1/subjects/{subject}/holds/{name}"));
    assert_eq!(release("case-17").json()["state"], "HELD");
    assert_eq!(erase(&server, &subject).verdict(), verdict(409, "legal_hold"));
    assert_eq!(release("case-18").json()["state"], "FREE");
    assert_eq!(erase(&server, &subject).json()["state"], "ERASED");
}

#[test]
fn wrong_holds_and_unknown_subjects_are_refused_and_not_recorded() {
    let server = Running::start();
    let subject = "e".repeat(32);
    assert_eq!(hold(&server, &subject, "first").status, 201, "also before anything is accepted for it");
    let before = server.durable_sequence();
    let at = format!("/v1/subjects/{subject}");
    let unknown = "9".repeat(32);
    let rows = [
        (hold(&server, &subject, "first"), verdict(409, "hold_exists")),
        (hold(&server, &subject, "No Name"), verdict(422, "invalid_value")),
        (server.post(&format!("{at}/holds"), "", r#"{"reason":"x"}"#), verdict(400, "invalid_body")),
        (server.post(&format!("{at}/holds"), "", r#"{"name":7}"#), verdict(400, "invalid_body")),
        (server.post(&format!("{at}/erase"), "", r#"{"name":"x"}"#), verdict(400, "invalid_body")),
        (server.post(&format!("{at}/erase"), "", r#"{"reason":"x"} y"#), verdict(400, "malformed_json")),
        (server.delete(&format!("{at}/holds/second")), verdict(404, "hold_unknown")),
        (server.get(&format!("/v1/subjects/{unknown}")), verdict(404, "subject_unknown")),
        (erase(&server, &unknown), verdict(404, "subject_unknown")),
        (server.get("/v1/subjects/me"), verdict(404, "subject_unknown")),
        (server.get(&format!("/v1/subjects/{}", "0".repeat(32))), verdict(404, "subject_unknown")),
        (server.get(&format!("{at}/erase")), verdict(405, "method_not_allowed")),
    ];
    for (answer, expected) in rows {
        assert_eq!(answer.verdict(), expected, "{answer:?}");
    }
    assert_eq!(server.durable_sequence(), before);
}

#[test]
fn content_in_use_or_under_the_retention_rule_is_not_erased() {
    let server = Running::start();
    let subject = "f".repeat(32);
    let id = server.submit(&definition(&subject, "sleep 600"));
    let refused = erase(&server, &subject);
    assert_eq!(
        (refused.verdict(), &refused.json()["recorded"]),
        (verdict(409, "subject_in_use"), &true.into())
    );
    server.post(&format!("/v1/workflows/{id}/cancel"), "", "");
    server.finished(&id);
    let rule =
        |value: &str| server.post("/v1/settings/retention_min", "", &format!(r#"{{"value":{value}}}"#));
    assert_eq!(rule("3600000").json()["value"], 3_600_000);
    let refused = erase(&server, &subject);
    assert_eq!((refused.verdict(), &refused.json()["recorded"]), (verdict(409, "retention"), &true.into()));
    let detail = refused.json()["detail"].to_string();
    assert!(detail.contains("Z: the setting retention_min says so"), "a time in UTC: {detail}");
    assert_eq!(server.get(&format!("/v1/subjects/{subject}")).json()["refusals"], 2);
    assert_eq!(rule("0").status, 200);
    assert_eq!(erase(&server, &subject).json()["state"], "ERASED");
}

#[test]
fn a_data_subject_that_is_no_id_is_a_fault_among_the_others() {
    let server = Running::start();
    let before = server.durable_sequence();
    let zero = "0".repeat(32);
    for subject in ["", "me", &"A".repeat(32), &zero] {
        let answer = server.post(
            "/v1/workflows",
            "",
            &json!({ "data_subject": subject, "tasks": [{ "command": [] }] }).to_string(),
        );
        assert_eq!(answer.verdict(), verdict(422, "invalid_definition"), "{subject:?}");
        let paths: Vec<String> = answer.json()["faults"]
            .as_array()
            .expect("faults")
            .iter()
            .map(|fault| fault["path"].to_string())
            .collect();
        assert_eq!(paths, ["\"data_subject\"", "\"tasks[0].command\""], "{subject:?}");
    }
    assert_eq!(server.durable_sequence(), before);
}

#[test]
fn settings_are_listed_changed_within_their_bounds_and_kept() {
    let mut server = Running::start();
    let set =
        |server: &Running, name: &str, body: &str| server.post(&format!("/v1/settings/{name}"), "", body);
    assert_eq!(set(&server, "stall_after", r#"{"value":2000,"reason":"a test"}"#).json()["value"], 2000);
    let before = server.durable_sequence();
    let rows = [
        (set(&server, "stall_after", r#"{"value":1}"#), verdict(422, "invalid_value")),
        (set(&server, "stall_after", r#"{"value":1.5}"#), verdict(422, "invalid_value")),
        (set(&server, "stall_after", r#"{"value":"1"}"#), verdict(400, "invalid_body")),
        (set(&server, "stall_after", "{}"), verdict(400, "invalid_body")),
        (set(&server, "stall", r#"{"value":1}"#), verdict(404, "setting_unknown")),
    ];
    for (answer, expected) in rows {
        assert_eq!(answer.verdict(), expected, "{answer:?}");
    }
    assert_eq!(server.durable_sequence(), before);
    let scoped = set(&server, "stall_after", r#"{"value":3000,"scope":"night"}"#).json();
    assert_eq!((&scoped["scope"], &scoped["value"]), (&"night".into(), &3000.into()));
    let refused = set(&server, "stall_after", r#"{"value":3000,"scope":"Not an id"}"#);
    assert_eq!(refused.verdict(), verdict(422, "invalid_value"));
    server.restart();
    let listed = server.get("/v1/settings").json();
    assert_eq!(listed["settings"].as_array().and_then(|all| all.last()), Some(&scoped));
    let found =
        listed["settings"].as_array().expect("a list").iter().find(|one| one["name"] == "stall_after");
    assert_eq!(found.expect("it is there")["value"], 2000);
}

#[test]
fn whoever_asks_about_unknown_data_subjects_takes_none_of_their_slots() {
    let server = Running::start();
    let files = || std::fs::read_dir(server.path().join("vault/slots")).expect("lists").count();
    let before = files();
    // Half a file of free slots is what the vault keeps; beyond it another file would be made.
    for number in 0..700 {
        assert_eq!(erase(&server, &format!("{number:032x}")).verdict(), verdict(404, "subject_unknown"));
    }
    let held = hold(&server, &"d".repeat(32), "case-7");
    assert_eq!(held.status, 201, "{held:?}");
    assert_eq!(erase(&server, &"d".repeat(32)).verdict(), verdict(409, "legal_hold"), "that is evidence");
    assert_eq!(files(), before);
    let say = r#"{"tasks":[{"id":"say","type":"NOOP","input":"once"}]}"#;
    let key = "idempotency-key: of-mine\r\n";
    for _ in 0..3 {
        let accepted = server.post("/v1/workflows", key, say);
        let id = accepted.json()["workflow_id"].as_str().expect("an id").to_owned();
        server.finished(&id);
        assert_eq!(server.get(&format!("/v1/subjects/{id}")).json()["slot"], 0, "the first that is sealed");
    }
    let id = server.submit(say);
    server.finished(&id);
    assert_eq!(server.get(&format!("/v1/subjects/{id}")).json()["slot"], 1, "repeats took none");
}
