//! Whom a server calls by itself over https: a feed of prices and a webhook, which must be who was named.

use crate::authority::{Authority, Issued};
use crate::served::{Place, Server, text, until};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Somebody who is called over TLS, answers every question alike, and keeps what was asked.
struct Called {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Called {
    fn start(shows: &Issued, body: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let certificate =
            CertificateDer::from_pem_slice(shows.certificate.as_bytes()).expect("a certificate");
        let key = PrivateKeyDer::from_pem_slice(shows.key.as_bytes()).expect("a key");
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key);
        let config = Arc::new(config.expect("a pair"));
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hears = Arc::clone(&heard);
        // It ends with the process of the test.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let connection = ServerConnection::new(Arc::clone(&config)).expect("a connection");
                let asked = answer(StreamOwned::new(connection, stream), &body);
                hears.lock().expect("no panic").extend(asked);
            }
        });
        Self { port, heard }
    }

    fn heard(&self, part: &str) -> bool {
        self.heard.lock().expect("no panic").iter().any(|asked| asked.contains(part))
    }
}

/// What was asked; nothing of somebody who went before.
fn answer(mut stream: StreamOwned<ServerConnection, TcpStream>, body: &str) -> Option<String> {
    let mut head = vec![0; 16_384];
    let read = stream.read(&mut head).ok()?;
    let said =
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
    stream.write_all(said.as_bytes()).ok()?;
    stream.flush().ok()?;
    Some(String::from_utf8_lossy(&head[..read]).into_owned())
}

/// A fixed price for the present quarter of an hour.
fn publication() -> String {
    let now_s = jiff::Timestamp::now().as_second();
    let stamp = |at_s: i64| jiff::Timestamp::from_second(at_s).expect("a moment").to_string();
    format!(
        r#"{{"currency":"USD","area":"","published":"{}","steps":[{{"from":"{}","minutes":60,"micro_usd_per_kwh":93100}}]}}"#,
        stamp(now_s - 60),
        stamp(now_s / 900 * 900)
    )
}

#[test]
fn a_feed_and_a_webhook_over_https_must_be_who_was_named() {
    let place = Place::new();
    let feed = Called::start(&place.authority.server(), publication());
    // Its certificate names the address, and not the name by which it is called.
    let misnamed = Called::start(&place.authority.server_but(|_| {}), publication());
    let receiver = Called::start(&place.authority.server(), String::new());
    let secret = place.path().join("secret");
    std::fs::write(&secret, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("writes");
    let webhook = format!("https://localhost:{}/alerts", receiver.port);
    let other = Authority::named("another").file(place.path(), "other.pem");
    let serve = |port: u16, ca: &str| {
        let url = format!("https://localhost:{port}/prices");
        let hook = ["--alert-webhook", &webhook, "--alert-webhook-secret-file", text(&secret)];
        let from = ["--price-feed", &url, "--price-feed-interval", "1", "--outgoing-ca", ca];
        let server = place.serve(&[&hook[..], &from].concat());
        place.told(&server.url, &["price", "set", "series", "--reason", "ticket 12"]);
        server
    };
    let alert = |server: &Server| place.told(&server.url, &["alert", "list", "-o", "json"]);

    let server = serve(feed.port, text(&other));
    until(|| alert(&server).contains("PRICE_FEED_FAILED") && alert(&server).contains("certificate"));
    assert!(!feed.heard("GET") && !receiver.heard("POST"), "whoever is not trusted is told nothing");
    server.stop();

    let server = serve(misnamed.port, text(&place.ca));
    until(|| receiver.heard("POST /alerts HTTP/1.1") && receiver.heard("webhook-signature"));
    assert!(!misnamed.heard("GET"), "whoever has another name is told nothing");
    server.stop();

    let server = serve(feed.port, text(&place.ca));
    until(|| place.told(&server.url, &["price", "show"]).contains("0.0931 USD/kWh"));
    assert!(feed.heard("GET /prices HTTP/1.1"));
    assert!(feed.heard(&format!("localhost:{}", feed.port)));
    server.stop();
}

/// A mail server of others, which takes mails over TLS, from who knows the password, and nothing else.
struct MailServer {
    process: std::process::Child,
    port: String,
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

impl MailServer {
    fn start(place: &Place, shows: &Issued, name: &str) -> Self {
        let file = |end: &str| place.path().join(format!("{name}.{end}"));
        std::fs::write(file("pem"), &shows.certificate).expect("writes");
        std::fs::write(file("key"), &shows.key).expect("writes");
        let package = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let made =
            package.parent().expect("the package lies in the workspace").join("target/venv/bin/python3");
        let mut command = std::process::Command::new(if made.exists() { made } else { "python3".into() });
        command.arg(package.join("tests/processes/receiver.py")).arg("smtp");
        command.args([file("out"), file("answer"), file("pem"), file("key")]).args(["triad", "secret"]);
        let mut process = command
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("there is a Python: `make test` makes one");
        let mut port = String::new();
        let mut says = std::io::BufReader::new(process.stdout.take().expect("piped"));
        std::io::BufRead::read_line(&mut says, &mut port).expect("it says its port");
        Self { process, port: port.trim().to_owned() }
    }
}

#[test]
fn a_mail_server_must_be_who_was_named_and_is_told_the_password_over_tls_alone() {
    let place = Place::new();
    let known = MailServer::start(&place, &place.authority.server(), "known");
    let stranger = MailServer::start(&place, &Authority::named("another").server(), "stranger");
    std::fs::write(place.path().join("password"), "secret\n").expect("writes");
    let channel = |name: &str, port: &str| {
        format!(
            "[[channel]]\nkind = \"smtp\"\nname = \"{name}\"\nhost = \"localhost\"\nport = {port}\nfrom = \"triad@example.org\"\n\
             to = [\"ann@example.org\"]\nuser = \"triad\"\npassword_file = \"password\"\n"
        )
    };
    let file = place.path().join("channels.toml");
    std::fs::write(&file, channel("known", &known.port) + &channel("stranger", &stranger.port))
        .expect("writes");
    let server = place.serve(&["--channels", text(&file), "--outgoing-ca", text(&place.ca)]);
    until(|| place.told(&server.url, &["subscription", "list"]).contains("stranger -> stranger"));
    let trial = |name: &str| place.told(&server.url, &["subscription", "test", name]);
    assert_eq!(trial("known").trim(), "known: ACCEPTED, status 250");
    assert_eq!(trial("stranger").trim(), "stranger: UNREACHABLE");
    let heard = std::fs::read_to_string(place.path().join("known.out")).expect("it heard");
    assert!(heard.contains("\"tls\": true") && heard.contains("\"user\": \"triad\""), "{heard}");
    assert!(!place.path().join("stranger.out").exists(), "whoever is not trusted is told nothing");
    server.stop();
}

#[test]
fn authorities_that_cannot_be_read_are_said_before_anything_is_served() {
    let place = Place::new();
    let absent = place.path().join("absent.pem");
    let (code, says) =
        place.refused(&["--price-feed", "https://localhost:9/", "--outgoing-ca", text(&absent)]);
    assert!(code == Some(3) && says.contains("absent.pem"), "{code:?} {says}");
}
