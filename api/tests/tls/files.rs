//! Files of certificates and keys that are not as they should be: each is refused by its name, before the log is opened.

use crate::authority::put;
use crate::served::{Place, text};

#[test]
fn a_server_does_not_start_with_files_that_are_wrong() {
    let place = Place::new();
    let (certificate, key) = (&place.own.certificate, &place.own.key);
    let good = place.authority.server();
    let other_key = place.authority.server().key;
    let encrypted = good.key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let rows: [(&str, &str, u32, Option<i32>, &str); 8] = [
        (&good.certificate, &good.key, 0o644, Some(1), "chmod 600"),
        (&good.certificate, &good.key, 0o660, Some(1), "chmod 600"),
        (&good.certificate, &other_key, 0o600, Some(1), "is not that of the first certificate in"),
        (&good.certificate, &encrypted, 0o600, Some(1), "openssl pkey"),
        (&good.certificate, "", 0o600, Some(1), "holds no private key"),
        (&good.key, &good.key, 0o600, Some(1), "holds no certificate"),
        (
            "-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n",
            &good.key,
            0o600,
            Some(1),
            "server.pem",
        ),
        (&good.certificate.replace('M', "N"), &good.key, 0o600, Some(1), "server.pem"),
    ];
    for (certificate_text, key_text, mode, code, expected) in rows {
        put(certificate, certificate_text, 0o644);
        put(key, key_text, mode);
        let (ended, said) = place.refused(&[]);
        assert!(ended == code && said.contains(expected), "{expected}: {ended:?} {said}");
        assert!(said.contains("server."), "the file is named: {said}");
    }
    std::fs::remove_file(key).expect("removes");
    let (code, said) = place.refused(&[]);
    assert!(code == Some(3) && said.contains("server.key cannot be read"), "{code:?} {said}");
}

#[test]
fn options_that_belong_together_are_given_together() {
    let place = Place::new();
    let serve = |options: &[&str]| {
        let said = place.command(&[&["serve"], options].concat()).output().expect("runs");
        (said.status.code(), String::from_utf8(said.stderr).expect("text"))
    };
    let (certificate, key) = (text(&place.own.certificate), text(&place.own.key));
    let both = ["--tls-cert", certificate, "--tls-key", key];
    for (options, missing) in [
        (&both[..2], "--tls-key"),
        (&both[2..], "--tls-cert"),
        (&["--tls-client-ca", certificate], "--tls-cert"),
        (&[&both[..], &["--tls-client-required"]].concat(), "--tls-client-ca"),
    ] {
        let (code, said) = serve(options);
        assert!(code == Some(2) && said.contains(missing), "{options:?}: {said}");
    }
}

#[test]
fn a_certificate_that_every_client_refuses_is_warned_of() {
    let place = Place::new();
    let rows = [
        (place.authority.expired(), "it expired at 2002-03-04"),
        (
            place.authority.server_but(|params| {
                (params.not_before, params.not_after) =
                    (rcgen::date_time_ymd(2101, 2, 3), rcgen::date_time_ymd(2102, 1, 1));
            }),
            "it is valid from 2101-02-03",
        ),
        (
            place.authority.server_but(|params| {
                params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
            }),
            "it is that of an authority",
        ),
        (place.authority.client(), "it is not for servers"),
    ];
    for (issued, expected) in rows {
        issued.files(place.path(), "server");
        let server = place.serve(&[]);
        server.will_say(expected);
        server.stop();
    }
    place.authority.server().files(place.path(), "server");
    let server = place.serve(&[]);
    assert!(!server.says().contains("clients refuse"), "{}", server.says());
    server.stop();
}
