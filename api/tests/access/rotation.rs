//! Rotation without a refused request, while both secrets are used.

use crate::program::{Key, Place};
use serde_json::json;
use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// Rotations under load.
const ROTATIONS: usize = 20;

#[test]
fn no_request_is_refused_while_a_key_is_rotated() {
    let place = Place::new();
    let server = place.serve();
    let admin = server.claim();
    let key = RwLock::new(server.issue(&admin, "ci").expect("a key"));
    let (is_over, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    let shown: Key = key.read().expect("a key").clone();
                    let (status, document) = server.get(Some(&shown), "/v1/workflows");
                    assert_eq!(status, 200, "{document}");
                    asked.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for _ in 0..ROTATIONS {
            let present = key.read().expect("a key").clone();
            let path = format!("/v1/access/keys/{}/rotate", present.id);
            let (status, document) = server.post(Some(&admin), &path, &json!({ "overlap_hours": 1 }));
            assert_eq!(status, 200, "{document}");
            let secret = document["secret"].as_str().expect("text").to_owned();
            *key.write().expect("a key") = Key { secret, ..present };
            // Two secrets count at once: whoever still holds the former has asked before the next one comes.
            let seen = asked.load(Ordering::Relaxed);
            while asked.load(Ordering::Relaxed) < seen + 16 {
                thread::sleep(Duration::from_millis(2));
            }
        }
        is_over.store(true, Ordering::Relaxed);
    });
    assert!(asked.load(Ordering::Relaxed) > ROTATIONS);
    server.stop();
}
