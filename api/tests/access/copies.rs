//! An older copy that is restored does not bring back what was revoked after it was made.

use crate::program::Place;
use serde_json::json;
use std::process::Command;

#[test]
fn a_restored_copy_does_not_bring_a_revoked_key_back() {
    let place = Place::new();
    let server = place.serve();
    let admin = server.claim();
    let [kept, leaked] = ["kept", "leaked"].map(|label| server.issue(&admin, label).expect("a key"));
    server.stop();
    let (log, copy) = (place.log(), place.beside("copy"));
    assert!(Command::new("cp").arg("-a").args([&log, &copy]).status().expect("cp runs").success());
    let server = place.serve();
    assert!(server.lets_in(&leaked) && server.revoke(&admin, &leaked));
    server.stop();
    // The machine is lost, and the copy of before goes on.
    std::fs::remove_dir_all(&log).expect("removes");
    let mut adopt = place.command(&["log", "adopt", "--reason", "the disk failed"]);
    assert!(adopt.env("TRIAD_DIR", &copy).output().expect("runs").status.success());
    let server = place.serve_in(&copy);
    for key in [&admin, &kept, &leaked] {
        let (status, document) = server.get(Some(key), "/v1/workflows");
        assert_eq!((status, &document["code"]), (401, &json!("not_identified")), "{document}");
    }
    let fresh = server.claim();
    let restored = server.post(Some(&fresh), &format!("/v1/access/keys/{}/restore", kept.id), &json!({}));
    assert_eq!((restored.0, &restored.1["status"]), (200, &json!("ACTIVE")), "{restored:?}");
    assert!(server.lets_in(&kept));
    assert!(!server.lets_in(&leaked) && !server.lets_in(&admin));
    server.stop();
}
