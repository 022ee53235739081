//! The command line over https: everything works, and what does not is said with what to do.

use crate::authority::Authority;
use crate::served::{Place, Server, text};
use std::process::Output;

fn errors(said: &Output) -> (Option<i32>, String) {
    (said.status.code(), String::from_utf8_lossy(&said.stderr).into_owned())
}

#[test]
fn everything_is_asked_over_https() {
    let place = Place::new();
    let server = place.serve(&[]);
    assert!(server.url.starts_with("https://"), "{}", server.url);
    let definition = place.path().join("hello.json");
    let task = r#"{"tasks":[{"id":"greet","type":"PROCESS","command":["echo","hello"]}]}"#;
    std::fs::write(&definition, task).expect("writes");
    let ask = |arguments: &[&str]| place.told(&server.url, arguments);
    let id = ask(&["workflow", "submit", text(&definition), "--watch"]).trim().to_owned();
    assert!(ask(&["workflow", "watch", &id]).contains("greet"));
    assert!(ask(&["workflow", "show", &id, "--task", "greet"]).contains("hello"));
    assert!(ask(&["workflow", "list"]).contains(&id));
    let receipt = place.path().join("receipt");
    ask(&["receipt", "get", &id, "--out", text(&receipt)]);
    let key = ask(&["log", "head", "--key"]);
    ask(&["log", "verify", "--key", key.trim()]);
    let copy = place.path().join("copy.triadlog");
    ask(&["log", "copy", text(&copy)]);
    let verified =
        place.command(&["log", "verify", text(&copy), "--key", key.trim()]).output().expect("runs");
    assert!(verified.status.success(), "{verified:?}");
    // What the environment names counts as well.
    let mut command = place.command(&["setting", "list"]);
    let said = command.env("TRIAD_SERVER", &server.url).env("TRIAD_CA", &place.ca).output().expect("runs");
    assert!(said.status.success(), "{said:?}");
    server.stop();
}

#[test]
fn a_server_that_nobody_trusted_vouches_for_is_not_asked() {
    let place = Place::new();
    let server = place.serve(&[]);
    let other = Authority::named("another").file(place.path(), "other.pem");
    let list = ["workflow", "list", "--server", &server.url];
    let said = place.command(&[&list[..], &["--ca", text(&other)]].concat()).output().expect("runs");
    let (code, errors_of_other) = errors(&said);
    assert!(code == Some(1) && errors_of_other.contains("other.pem"), "{errors_of_other}");
    // Whoever makes an authority again may give it the name of the old one.
    let same_name = Authority::new().file(place.path(), "same.pem");
    let said = place.command(&[&list[..], &["--ca", text(&same_name)]].concat()).output().expect("runs");
    let (code, errors_of_same) = errors(&said);
    assert!(code == Some(1) && errors_of_same.contains("another key"), "{errors_of_same}");
    // What this machine trusts is in a file of another authority here.
    let said = place.command(&list).env("SSL_CERT_FILE", &other).output().expect("runs");
    let (code, errors_of_machine) = errors(&said);
    assert!(code == Some(1) && errors_of_machine.contains("--ca FILE"), "{errors_of_machine}");
    let trusted = place.command(&list).env("SSL_CERT_FILE", &place.ca).output().expect("runs");
    assert!(trusted.status.success(), "{trusted:?}");
    // Nobody waits for a server that is there.
    let watch = ["workflow", "watch", "0123", "--server", &server.url, "--ca", text(&other)];
    let (code, errors_of_watch) = errors(&place.command(&watch).output().expect("runs"));
    assert!(code == Some(1) && errors_of_watch.contains("other.pem"), "{errors_of_watch}");
}

#[test]
fn a_certificate_for_another_name_is_refused_with_the_names_that_it_has() {
    let place = Place::new();
    let issued = place.authority.server_but(|params| {
        params.subject_alt_names = vec![rcgen::SanType::DnsName("triad.example".try_into().expect("a name"))];
    });
    issued.files(place.path(), "server");
    let server = place.serve(&[]);
    let (code, said) = errors(&place.ask(&server.url, &["workflow", "list"]));
    let names = said.contains("triad.example") && said.contains("127.0.0.1");
    assert!(code == Some(1) && names, "{said}");
}

#[test]
fn an_expired_certificate_is_refused_with_its_end() {
    let place = Place::new();
    place.authority.expired().files(place.path(), "server");
    let server = place.serve(&[]);
    server.will_say("expired at 2002-03-04");
    let (code, said) = errors(&place.ask(&server.url, &["workflow", "list"]));
    assert!(code == Some(1) && said.contains("2002-03-04"), "{said}");
}

#[test]
fn http_where_https_is_spoken_and_the_reverse_are_told_apart() {
    let place = Place::new();
    let server = place.serve(&[]);
    let (code, said) = errors(&place.ask(&server.url.replace("https", "http"), &["workflow", "list"]));
    assert!(code == Some(1) && said.contains("https://"), "{said}");
    server.stop();
    let plain = Server::start(place.command(&["serve", "--listen", "127.0.0.1:0"]));
    let (code, said) = errors(&place.ask(&plain.url.replace("http", "https"), &["workflow", "list"]));
    assert!(code == Some(1) && said.contains("does not speak TLS"), "{said}");
}
