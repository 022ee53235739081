//! Content goes in, is sealed, is read under audit, and says why when it cannot be read.

use super::harness::Running;
use serde_json::json;
use std::path::PathBuf;

const SECRET: &str = "the-patient-is-Ada-Lovelace-1815";

fn noop(text: &str) -> String {
    json!({ "tasks": [{ "id": "say", "type": "NOOP", "input": text }] }).to_string()
}

fn shell(script: &str) -> String {
    json!({ "tasks": [{ "id": "run", "type": "PROCESS", "command": ["sh", "-c", script], "env": { "WHO": SECRET } }] })
        .to_string()
}

/// The only large blob of a server's vault.
fn only_blob(server: &Running) -> PathBuf {
    let blobs = std::fs::read_dir(server.path().join("vault/blobs")).expect("a directory");
    let paths: Vec<PathBuf> = blobs.map(|entry| entry.expect("an entry").path()).collect();
    assert_eq!(paths.len(), 1, "{paths:?}");
    paths[0].clone()
}

#[test]
fn a_noop_hands_on_its_text_and_the_text_lies_nowhere_in_the_clear() {
    let mut server = Running::start();
    let id = server.submit(&noop(SECRET));
    server.finished(&id);
    let attempts = format!("/v1/workflows/{id}/attempts?task=say");
    let sealed = server.get(&attempts).json()["attempts"][0]["outcome"]["stdout"].clone();
    assert_eq!(sealed["kept"]["length_bytes"], SECRET.len(), "{sealed}");
    assert!(sealed.get("content").is_none(), "nobody asked for it: {sealed}");
    let open = server.get(&format!("{attempts}&content=true")).json();
    let stdout = &open["attempts"][0]["outcome"]["stdout"];
    assert_eq!((&stdout["content"], &stdout["text"]), (&"text".into(), &SECRET.into()), "{open}");
    assert!(open["attempts"][0]["outcome"]["stderr"].get("content").is_none(), "nothing was written: {open}");
    server.restart();
    assert_eq!(server.get(&format!("{attempts}&content=true")).json()["attempts"], open["attempts"]);
    server.end();
    assert_eq!(server.files_with(SECRET), Vec::<String>::new());
}

#[test]
fn the_input_of_a_process_is_shown_to_who_asks_for_it() {
    let server = Running::start();
    let id = server.submit(&shell("echo $WHO"));
    server.finished(&id);
    let path = format!("/v1/workflows/{id}/inputs?task=run");
    let sealed = server.get(&path).json();
    assert!(sealed["input"]["kept"]["length_bytes"].is_u64(), "{sealed}");
    assert!(!sealed.to_string().contains(SECRET));
    let open = server.get(&format!("{path}&content=true")).json();
    assert_eq!(open["input"]["content"], "process");
    assert_eq!(open["input"]["command"], json!(["sh", "-c", "echo $WHO"]));
    assert_eq!(open["input"]["env"], json!({ "WHO": SECRET }));
    let raw = server.get(&format!("/v1/workflows/{id}/output?task=run"));
    assert_eq!((raw.status, raw.body.trim_end()), (200, SECRET));
    let none = server.get(&format!("/v1/workflows/{id}/output?task=run&stream=stderr"));
    assert_eq!((none.status, none.body.as_str()), (200, ""), "it wrote nothing, and that is known");
    let later = server.get(&format!("/v1/workflows/{id}/output?task=run&attempt=2"));
    assert_eq!(later.verdict(), (404, "no_output".to_owned()));
    let unknown = server.get(&format!("/v1/workflows/{id}/inputs?task=walk&content=true"));
    assert_eq!(unknown.verdict(), (404, "task_unknown".to_owned()));
    for kind in ["events", "timeline"] {
        assert!(!server.get(&format!("/v1/workflows/{id}/{kind}")).body.contains(SECRET), "{kind}");
    }
}

#[test]
fn a_task_without_content_has_none_to_show_and_no_read_is_recorded() {
    let server = Running::start();
    let id = server.submit(r#"{"tasks":[{"id":"say","type":"NOOP"}]}"#);
    server.finished(&id);
    let before = server.durable_sequence();
    let input = server.get(&format!("/v1/workflows/{id}/inputs?task=say&content=true")).json();
    assert_eq!(input["input"], json!({ "kept": null }));
    let attempts = server.get(&format!("/v1/workflows/{id}/attempts?task=say&content=true")).json();
    assert_eq!(attempts["attempts"][0]["outcome"]["stdout"], json!({ "kept": null, "total_bytes": 0 }));
    assert_eq!(server.durable_sequence(), before);
}

#[test]
fn a_key_knows_its_content_again_also_after_a_restart() {
    let mut server = Running::start();
    let key = "idempotency-key: sealed-7\r\n";
    let first = server.post("/v1/workflows", key, &noop("one"));
    assert_eq!(first.status, 202, "{first:?}");
    let conflict = (409, "idempotency_conflict".to_owned());
    for _ in 0..2 {
        let again = server.post("/v1/workflows", key, &noop("one"));
        assert_eq!((again.status, &again.json()["workflow_id"]), (200, &first.json()["workflow_id"]));
        assert_eq!(server.post("/v1/workflows", key, &noop("two")).verdict(), conflict);
        let other =
            noop("one").replace("\"tasks\"", &format!("\"data_subject\":\"{}\",\"tasks\"", "7".repeat(32)));
        assert_eq!(server.post("/v1/workflows", key, &other).verdict(), conflict);
        server.restart();
    }
}

#[test]
fn a_definition_with_much_content_is_sealed_in_chunks_and_runs() {
    let server = Running::start();
    let text = "x".repeat(60_000);
    let task = |number: usize| json!({ "id": format!("t{number}"), "type": "NOOP", "input": format!("{number}{text}") });
    let tasks: Vec<_> = (0..200).map(task).collect();
    let id = server.submit(&json!({ "name": "much", "tasks": tasks }).to_string());
    let shown = server.finished(&id);
    assert_eq!(
        (&shown["status"], &shown["counts"]["completed"]),
        (&"COMPLETED".into(), &200.into()),
        "{shown}"
    );
    let events = server.events(&id, None);
    let staged = events.iter().filter(|(_, name)| name == "intake.chunk_staged").count();
    assert_eq!(staged, 2, "12 MB in commits of at most 4 MiB each");
    let last = server.get(&format!("/v1/workflows/{id}/output?task=t199"));
    assert!(last.body == format!("199{text}"), "{} bytes", last.body.len());
}

#[test]
fn each_read_is_recorded_once_a_minute_before_anything_is_shown() {
    let server = Running::start();
    // A minute may end between two reads: then the next workflow is read within one.
    let reads = || {
        let id = server.submit(&noop(SECRET));
        server.finished(&id);
        let before = server.durable_sequence();
        for path in ["attempts?task=say&content=true", "inputs?task=say&content=true", "output?task=say"] {
            assert_eq!(server.get(&format!("/v1/workflows/{id}/{path}")).status, 200);
            assert!(server.durable_sequence() > before, "recorded before the answer");
        }
        let subject = server.get(&format!("/v1/subjects/{id}")).json();
        assert!(subject["last_read"]["sequence"].as_u64() > Some(before), "{subject}");
        subject["reads"].as_u64()
    };
    let counted = [reads(), reads(), reads()];
    assert!(counted.iter().filter(|count| **count == Some(1)).count() >= 2, "{counted:?}");
    assert!(counted.iter().all(|count| (Some(1)..=Some(2)).contains(count)), "{counted:?}");
}

#[test]
fn output_that_is_long_or_no_text_is_streamed() {
    let server = Running::start();
    let id = server.submit(&shell("head -c 5000000 /dev/zero; printf '\\377' >&2"));
    server.finished(&id);
    let shown = server.get(&format!("/v1/workflows/{id}/attempts?task=run&content=true")).json();
    let outcome = &shown["attempts"][0]["outcome"];
    assert_eq!(
        (&outcome["stdout"]["content"], &outcome["stderr"]["base64"]),
        (&"omitted".into(), &"/w==".into())
    );
    let raw = server.get(&format!("/v1/workflows/{id}/output?task=run&attempt=1&stream=stdout"));
    assert_eq!((raw.status, raw.body.len()), (200, 5_000_000));
}

#[test]
fn what_is_damaged_or_missing_is_said_in_a_word() {
    let server = Running::start();
    let id = server.submit(&shell("seq 100000"));
    server.finished(&id);
    let blob = only_blob(&server);
    let shown = || {
        let shown = server.get(&format!("/v1/workflows/{id}/attempts?task=run&content=true")).json();
        let stdout = shown["attempts"][0]["outcome"]["stdout"].clone();
        let raw = server.get(&format!("/v1/workflows/{id}/output?task=run"));
        (stdout["content"].as_str().expect("a word").to_owned(), stdout["text"].is_string(), raw)
    };
    let (word, is_shown, raw) = shown();
    assert_eq!((&*word, is_shown, raw.body.lines().count()), ("text", true, 100_000));
    let whole = std::fs::read(&blob).expect("reads");
    let mut flipped = whole.clone();
    flipped[20] ^= 1;
    std::fs::write(&blob, &flipped).expect("writes");
    let (word, is_shown, raw) = shown();
    assert_eq!((&*word, is_shown, raw.verdict().0), ("damaged", false, 500));
    std::fs::remove_file(&blob).expect("removes");
    let (word, is_shown, raw) = shown();
    assert_eq!((&*word, is_shown, raw.verdict()), ("missing", false, (500, "content_missing".to_owned())));
    std::fs::write(&blob, whole).expect("writes");
    assert_eq!(shown().0, "text", "what was put back is whole");
}

#[test]
fn a_vault_that_fails_has_a_code_of_its_own_and_health_says_so() {
    let server = Running::start();
    let id = server.submit(&shell("seq 100000"));
    server.finished(&id);
    assert_eq!(server.get("/v1/health").json()["status"], "ok");
    let blobs = server.path().join("vault/blobs");
    std::fs::remove_dir_all(&blobs).expect("removes");
    std::fs::write(&blobs, "no directory").expect("writes");
    let refused = server.get(&format!("/v1/workflows/{id}/output?task=run"));
    assert_eq!(refused.verdict(), (503, "vault_unavailable".to_owned()), "{refused:?}");
    assert!(!refused.head.contains("retry-after"), "it does not pass: {}", refused.head);
    let health = server.get("/v1/health");
    assert_eq!((health.status, &health.json()["status"]), (503, &"degraded".into()), "{health:?}");
    assert!(health.json()["vault_failure"].is_string(), "{health:?}");
}
