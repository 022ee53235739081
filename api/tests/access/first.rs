//! The first key: a link that is printed, claimed once, and then everybody is known.

use crate::program::Place;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Every file below a directory that holds a text.
fn files_with(directory: &Path, text: &str) -> Vec<String> {
    let (mut found, mut waiting) = (Vec::new(), vec![directory.to_owned()]);
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(fs::read_dir(&path).expect("reads").map(|entry| entry.expect("an entry").path()));
        } else if let Ok(bytes) = fs::read(&path)
            && bytes.windows(text.len()).any(|window| window == text.as_bytes())
        {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn whoever_has_the_link_is_given_the_first_key_and_no_secret_stands_anywhere_else() {
    let place = Place::new();
    let server = place.serve();
    let url = server.url.clone();
    let link = server.link().expect("a link");
    let at = |more: &[&str]| place.run(&[more, &["--server", &url]].concat());
    let refused = at(&["workflow", "list"]);
    assert_eq!(refused.status.code(), Some(4), "{refused:?}");
    let file = place.beside("link");
    fs::write(&file, format!("{link}\n")).expect("writes");
    let (file, out) = (file.display().to_string(), place.beside("admin.key"));
    let claim = [
        "access",
        "claim",
        "--link-file",
        &file,
        "--label",
        "alice-laptop",
        "--out",
        out.to_str().expect("text"),
    ];
    let claimed = at(&claim);
    assert!(claimed.status.success(), "{claimed:?}");
    assert_eq!(fs::metadata(&out).expect("a file").permissions().mode() & 0o777, 0o600);
    // A file that is there is not written over, and nothing is asked.
    assert_eq!(at(&claim).status.code(), Some(2));
    let second = place.beside("second.key");
    let again = at(&["access", "claim", "--link-file", &file, "--out", second.to_str().expect("text")]);
    assert_eq!(again.status.code(), Some(1), "{again:?}");
    let key = ["--key-file", out.to_str().expect("text")];
    let me = at(&[&["access", "me", "-o", "json"][..], &key].concat());
    assert!(String::from_utf8_lossy(&me.stdout).contains("alice-laptop"), "{me:?}");
    let shown =
        at(&[&["access", "key", "issue", "ci", "--role", "submitter", "--tenant", "acme"][..], &key]
            .concat());
    assert!(shown.status.success(), "{shown:?}");
    let ci = String::from_utf8_lossy(&shown.stdout).lines().last().expect("a secret").trim().to_owned();
    let mut listed = place.command(&["workflow", "list", "--server", &url]);
    assert!(listed.env("TRIAD_KEY", &ci).output().expect("runs").status.success());
    let mut forbidden = place.command(&["access", "key", "list", "--server", &url]);
    let forbidden = forbidden.env("TRIAD_KEY", &ci).output().expect("runs");
    assert_eq!(forbidden.status.code(), Some(4), "{forbidden:?}");
    // Messages of the server, its arguments, its environment and its directory know no secret.
    let admin = fs::read_to_string(&out).expect("a key").trim().to_owned();
    let said = server.said.lock().expect("text").join("\n");
    let process = Path::new("/proc").join(server.process.id().to_string());
    for (what, secret) in [("admin", &admin), ("ci", &ci)] {
        for text in [&secret[..], &secret[43..]] {
            assert!(!said.contains(text), "{what} stands in what the server says");
            for file in ["cmdline", "environ"] {
                let bytes = fs::read(process.join(file)).expect("reads");
                assert!(!String::from_utf8_lossy(&bytes).contains(text), "{what} stands in {file}");
            }
            assert_eq!(files_with(&place.log(), text), [] as [&str; 0], "{what}");
        }
    }
    assert_eq!(files_with(&place.log(), &link), [] as [&str; 0], "the link");
    server.stop();
    // Whoever may give rights is known: no link is made.
    let again = place.serve();
    assert_eq!(again.link(), None);
    again.stop();
}

#[test]
fn a_network_is_not_served_in_the_clear() {
    let place = Place::new();
    let refused = place.run(&["serve", "--listen", "0.0.0.0:0"]);
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("--tls-cert") && said.contains("--behind-proxy"), "{said}");
    let dev = place.run(&["dev", "--listen", "0.0.0.0:0", "--behind-proxy"]);
    assert_eq!(dev.status.code(), Some(2), "{dev:?}");
}
