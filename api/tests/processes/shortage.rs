//! What runs short delays tasks and never fails them.

use crate::served::{Place, Server, until};
use serde_json::json;

/// More than fit into the descriptors that the server may have.
const TASKS: usize = 60;

#[test]
fn short_of_descriptors_tasks_wait_and_all_succeed() {
    let place = Place::new();
    // The database, the listener and the runtime take some thirty.
    let server = Server::start(&place.serving("ulimit -n 120", &[]));
    let task = |number| json!({ "id": format!("t{number}"), "type": "PROCESS", "command": ["sleep", "0.4"] });
    let tasks: Vec<_> = (0..TASKS).map(task).collect();
    let workflow = server.submit(tasks.into());
    let shown = server.wait_ended(&workflow);
    assert_eq!(
        (&shown["status"], &shown["counts"]["completed"]),
        (&"COMPLETED".into(), &TASKS.into()),
        "{shown}"
    );
    let alerts = server.get("/v1/alerts?resolved=true");
    assert!(alerts.to_string().contains("MACHINE_SHORT"), "it was said: {alerts}");
    until(|| server.get("/v1/health")["status"] == "ok");
    server.stop();
}
