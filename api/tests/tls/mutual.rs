//! Clients that show certificates: asked for, or required.

use crate::authority::{Authority, Issued};
use crate::client::Client;
use crate::served::{Place, Server, text};

/// Whether a client is let in: that shows none, one of a foreign authority, one of the right one, and one that expired.
fn let_in(place: &Place, server: &Server) -> [bool; 4] {
    let ca = place.authority.pem();
    let asked = |own: Option<Issued>| {
        let client = match own {
            Some(own) => Client::showing(server.port(), &ca, &own),
            None => Client::new(server.port(), &ca),
        };
        client.get("").is_ok_and(|answer| answer.starts_with("HTTP/1.1 200 "))
    };
    let (foreign, own) = (Authority::new().client(), place.authority.client());
    [asked(None), asked(Some(foreign)), asked(Some(own)), asked(Some(place.authority.expired()))]
}

#[test]
fn who_shows_none_is_let_in_unless_one_is_required_and_a_foreign_one_never() {
    let place = Place::new();
    let ca = ["--tls-client-ca", text(&place.ca)];
    let server = place.serve(&ca);
    assert_eq!(let_in(&place, &server), [true, false, true, false]);
    server.will_say("the TLS handshake of 127.0.0.1:");
    server.stop();
    let server = place.serve(&[&ca[..], &["--tls-client-required"]].concat());
    assert_eq!(let_in(&place, &server), [false, false, true, false]);
    server.stop();
}

#[test]
fn the_command_line_shows_its_certificate_and_says_what_is_missing() {
    let place = Place::new();
    let server = place.serve(&["--tls-client-ca", text(&place.ca), "--tls-client-required"]);
    let own = place.authority.client().files(place.path(), "client");
    let foreign = Authority::new().client().files(place.path(), "foreign");
    let list = |files: &crate::authority::Files| {
        let shown = ["--client-cert", text(&files.certificate), "--client-key", text(&files.key)];
        place.ask(&server.url, &[&["workflow", "list"], &shown[..]].concat())
    };
    assert!(list(&own).status.success(), "{:?}", list(&own));
    for (said, expected) in [
        (place.ask(&server.url, &["workflow", "list"]), "--client-cert and --client-key"),
        (list(&foreign), "does not accept the certificate of this client"),
    ] {
        let errors = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(said.status.code() == Some(1) && errors.contains(expected), "{expected}: {errors}");
    }
    // The same rules hold for its files.
    let exposed = crate::authority::Files { certificate: own.certificate, key: place.path().join("exposed") };
    std::fs::copy(&own.key, &exposed.key).expect("copies");
    let mut command = std::process::Command::new("chmod");
    assert!(command.arg("644").arg(&exposed.key).status().expect("runs").success());
    let errors = String::from_utf8_lossy(&list(&exposed).stderr).into_owned();
    assert!(errors.contains("chmod 600"), "{errors}");
    server.stop();
}
