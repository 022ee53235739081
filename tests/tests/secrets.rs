//! The look for secrets that tests of servers end with.

use fixtures::secrets::{files_with_secrets, has_secret};
use std::fs;

#[test]
fn secrets_are_found_and_what_only_looks_like_one_is_not() {
    let id = "0".repeat(32);
    for kind in ["key", "link", "session"] {
        assert!(has_secret(&format!("say triad_{kind}_{id}_AAECAw")), "{kind}");
    }
    for harmless in ["triad_key_", "triad_alerts_open 1", &format!("triad_key_{id}"), &id] {
        assert!(!has_secret(harmless), "{harmless}");
    }
    let directory = tempfile::tempdir().expect("a directory");
    fs::create_dir(directory.path().join("in")).expect("a directory");
    fs::write(directory.path().join("in/file"), format!("\u{0}triad_key_{id}_AA")).expect("writes");
    assert_eq!(files_with_secrets(directory.path()).len(), 1);
}
