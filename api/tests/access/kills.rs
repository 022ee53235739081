//! A kill around every grant and revocation: what was acknowledged holds, and what was not is one or the other for good.

use crate::program::{Key, Place, Server};
use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

/// Lives of the server.
const LIVES: u64 = 16;

/// What is known of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Granted,
    Revoked,
    /// Its revocation was asked for and not answered.
    Asked,
}

/// What an administrator does until the server is gone: grants, and revokes every second one.
fn work(server: &Server, admin: &Key, keys: &mut BTreeMap<String, (Key, Known)>) {
    let mut previous: Option<Key> = None;
    loop {
        let Some(key) = server.issue(admin, "ci") else { return };
        keys.insert(key.id.clone(), (key.clone(), Known::Granted));
        if let Some(previous) = previous.take() {
            let known = if server.revoke(admin, &previous) { Known::Revoked } else { Known::Asked };
            keys.insert(previous.id.clone(), (previous, known));
            if known == Known::Asked {
                return;
            }
        } else {
            previous = Some(key);
        }
    }
}

#[test]
fn a_kill_around_grants_and_revocations_leaves_what_was_acknowledged() {
    let place = Place::new();
    let mut server = place.serve();
    let admin = server.claim();
    let mut keys = BTreeMap::new();
    for life in 0..LIVES {
        let process = rustix::process::Pid::from_child(&server.process);
        let killer = thread::spawn(move || {
            thread::sleep(Duration::from_millis(3 + 11 * life));
            rustix::process::kill_process(process, rustix::process::Signal::KILL).expect("kills");
        });
        work(&server, &admin, &mut keys);
        killer.join().expect("it was killed");
        server.kill();
        server = place.serve();
        assert_eq!(server.link(), None, "somebody can give rights still");
        for (key, known) in keys.values_mut() {
            let is_let_in = server.lets_in(key);
            match known {
                Known::Granted => assert!(is_let_in, "{} was granted", key.id),
                Known::Revoked => assert!(!is_let_in, "{} was revoked", key.id),
                Known::Asked => *known = if is_let_in { Known::Granted } else { Known::Revoked },
            }
        }
    }
    let revoked = keys.values().filter(|(_, known)| *known == Known::Revoked).count();
    assert!(keys.len() > LIVES as usize && revoked > 0, "{} keys, {revoked} revoked", keys.len());
    server.stop();
}
