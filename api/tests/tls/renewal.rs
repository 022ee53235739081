//! Certificates that are renewed while a server runs and clients ask all the time.

use crate::authority::{Authority, Issued, put};
use crate::client::{Client, certificate};
use crate::served::{Place, Server, until};
use rustix::process::Signal;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::scope;

/// Clients at once.
const CLIENTS: usize = 4;
/// How often the certificate is renewed.
const RENEWALS: usize = 6;

fn shows(server: &Server, place: &Place, issued: &Issued) -> bool {
    Client::new(server.port(), &place.authority.pem()).shown() == certificate(&issued.certificate)
}

/// Puts another certificate in place and waits until it is shown; with a signal, or without.
fn renew(place: &Place, server: &Server, with_signal: bool) {
    let issued = place.authority.server();
    issued.files(place.path(), "server");
    if with_signal {
        server.signal(Signal::HUP);
    }
    until(|| shows(server, place, &issued));
}

#[test]
fn a_certificate_is_renewed_under_load_and_no_request_is_refused() {
    let place = Place::new();
    let server = place.serve(&[]);
    let client = Client::new(server.port(), &place.authority.pem());
    let (ends, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    let refused = scope(|scope| {
        let ask = || {
            let mut refused = Vec::new();
            while !ends.load(Ordering::Relaxed) {
                asked.fetch_add(1, Ordering::Relaxed);
                match client.get("") {
                    Ok(answer) if answer.starts_with("HTTP/1.1 200 ") => {}
                    other => refused.push(format!("{other:?}")),
                }
            }
            refused
        };
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(ask)).collect();
        for number in 0..RENEWALS {
            renew(&place, &server, number % 2 == 0);
        }
        ends.store(true, Ordering::Relaxed);
        clients.into_iter().flat_map(|client| client.join().expect("no panic")).collect::<Vec<_>>()
    });
    assert!(refused.is_empty(), "{refused:?}");
    assert!(asked.load(Ordering::Relaxed) > RENEWALS * CLIENTS, "{asked:?} requests are no load");
    server.will_say("new connections are shown the certificate");
    server.stop();
}

#[test]
fn what_is_faulty_is_said_and_the_old_certificate_stays() {
    let place = Place::new();
    let first = place.authority.server();
    first.files(place.path(), "server");
    let server = place.serve(&[]);
    let other = place.authority.server();
    // A certificate without its key: those who renew write one file after the other.
    put(&place.own.certificate, &other.certificate, 0o644);
    server.will_say("is not that of the first certificate in");
    assert!(shows(&server, &place, &first));
    put(&place.own.key, &other.key, 0o644);
    server.will_say("chmod 600");
    assert!(shows(&server, &place, &first));
    put(&place.own.key, &other.key, 0o600);
    until(|| shows(&server, &place, &other));
    assert_eq!(server.says().matches("the certificate stays as it was").count(), 2, "{}", server.says());
    std::fs::remove_file(&place.own.certificate).expect("removes");
    server.signal(Signal::HUP);
    server.will_say("cannot be read");
    assert!(shows(&server, &place, &other));
    server.stop();
}

#[test]
fn other_authorities_of_clients_count_from_then_on() {
    let place = Place::new();
    let (old, new) = (Authority::new(), Authority::new());
    let clients = old.file(place.path(), "clients.pem");
    let server = place.serve(&["--tls-client-ca", crate::served::text(&clients), "--tls-client-required"]);
    let (of_old, of_new) = (old.client(), new.client());
    let ca = place.authority.pem();
    let is_let_in = |own: &Issued| Client::showing(server.port(), &ca, own).get("").is_ok();
    assert!(is_let_in(&of_old) && !is_let_in(&of_new));
    put(&clients, &new.pem(), 0o644);
    until(|| is_let_in(&of_new));
    assert!(!is_let_in(&of_old), "whoever is no longer trusted is let in");
    server.stop();
}
