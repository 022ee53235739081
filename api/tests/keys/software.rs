//! Keys in files, plain and under a passphrase.

use crate::program::{Log, text, verify};
use std::path::PathBuf;

#[test]
fn a_key_under_a_passphrase_signs_with_it_and_with_nothing_else() {
    let mut log = Log::nowhere();
    log.passphrase = Some("correct horse");
    log.run(&["log", "init", "--protection", "passphrase"]).done();
    let first: u64 = log.run(&["log", "append", "one"]).done().parse().expect("a sequence");
    let head = log.run(&["log", "head", "-o", "json"]).json();
    assert_eq!(head["key_protection"], "software key in a file, encrypted under a passphrase");

    log.passphrase = Some("wrong");
    let said = log.run(&["log", "append", "two"]).refused();
    assert!(said.contains("the passphrase does not open"), "{said}");
    log.passphrase = None;
    let said = log.run(&["log", "append", "two"]).refused();
    assert!(said.contains("TRIAD_PASSPHRASE"), "{said}");
    log.run(&["log", "verify"]).done();
    log.run(&["log", "copy", text(&log.beside("copy.triadlog"))]).done();

    let file = log.beside("passphrase.txt");
    std::fs::write(&file, "correct horse\n").expect("writes");
    let next = log.run(&["log", "append", "--passphrase-file", text(&file), "two"]).done();
    assert_eq!(next.parse(), Ok(first + 1), "what was refused left nothing behind");
}

#[test]
fn a_damaged_a_short_and_a_missing_key_are_named_and_the_log_stays_readable() {
    let log = Log::nowhere();
    log.run(&["log", "init"]).done();
    let key = log.path().join("key");
    let whole = std::fs::read(&key).expect("reads");
    let mut flipped = whole.clone();
    flipped[60] ^= 1;
    for (bytes, word) in [(flipped.as_slice(), "damaged"), (&whole[..50], "damaged"), (b"", "damaged")] {
        std::fs::write(&key, bytes).expect("writes");
        let said = log.run(&["log", "append", "x"]).refused();
        assert!(said.contains(word) && said.contains(text(&key)), "{said}");
    }
    std::fs::remove_file(&key).expect("removes");
    let said = log.run(&["log", "append", "x"]).refused();
    assert!(said.contains("missing") && said.contains("verification and copies work without it"), "{said}");
    verify(&log.copy("copy.triadlog"), &log.genesis_key()).expect("verifies");
    std::fs::write(&key, whole).expect("writes");
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("changes");
    log.run(&["log", "append", "x"]).done();
}

#[test]
fn a_log_is_rotated_twice_and_copies_made_before_still_verify() {
    let log = Log::nowhere();
    log.run(&["log", "init"]).done();
    let (key, before) = (log.genesis_key(), log.copy("before.triadlog"));
    log.run(&["key", "rotate"]).done();
    log.run(&["log", "append", "in between"]).done();
    let between = log.copy("between.triadlog");
    let passphrase = log.beside("passphrase.txt");
    std::fs::write(&passphrase, "next").expect("writes");
    let rotated = log.run(&[
        "key",
        "rotate",
        "--protection",
        "passphrase",
        "--new-passphrase-file",
        text(&passphrase),
        "-o",
        "json",
    ]);
    assert_eq!(rotated.json()["key_epoch"], 2);
    log.run(&["log", "append", "--passphrase-file", text(&passphrase), "after"]).done();
    let after = log.copy("after.triadlog");
    assert_eq!(log.genesis_key(), key, "others go on with the key that they have");
    for (file, epochs) in [(before, 1), (between, 2), (after, 3)] {
        let (report, _) = verify(&file, &key).expect("verifies");
        assert_eq!((report.epochs.len(), report.recovered), (epochs, false));
    }
    let shown = log.run(&["key", "show", "-o", "json"]).json();
    assert_eq!(shown["epochs"].as_array().map(Vec::len), Some(3));
    assert!(!log.path().join("key.new").exists());
}

#[test]
fn the_recovery_key_brings_a_log_on_that_lost_its_key_and_the_log_says_so() {
    let mut log = Log::nowhere();
    let recovery = log.beside("recovery.key");
    log.passphrase = Some("offline");
    let made = log.run(&["key", "init", text(&recovery), "--protection", "passphrase", "-o", "json"]).json();
    let public = made["verifying_key"].as_str().expect("a key").to_owned();
    log.run(&["log", "init", "--recovery-key", &public]).done();
    let key = log.genesis_key();
    std::fs::remove_file(log.path().join("key")).expect("removes");
    log.run(&["log", "append", "x"]).refused();
    let other = log.beside("other.key");
    log.run(&["key", "init", text(&other)]).done();
    let said = log.run(&["key", "recover", "--recovery-key", text(&other)]).refused();
    assert!(said.contains("is not the recovery key of this log"), "{said}");
    log.run(&["key", "recover", "--recovery-key", text(&recovery)]).done();
    log.run(&["log", "append", "on"]).done();
    let (report, _) = verify(&log.copy("copy.triadlog"), &key).expect("verifies with the key of genesis");
    assert!(report.recovered);
    assert!(log.run(&["key", "show"]).done().contains("RECOVERED"));
}

#[test]
fn a_log_without_a_recovery_key_cannot_be_recovered() {
    let log = Log::nowhere();
    log.run(&["log", "init"]).done();
    let file = log.beside("recovery.key");
    log.run(&["key", "init", text(&file)]).done();
    let said = log.run(&["key", "recover", "--recovery-key", text(&file)]).refused();
    assert!(said.contains("named no recovery key"), "{said}");
}

#[test]
fn what_protects_the_key_is_stated_with_a_signature_that_anybody_can_check() {
    let log = Log::nowhere();
    log.run(&["log", "init"]).done();
    let (key, file) = (log.genesis_key(), log.beside("protection.txt"));
    let stated = log.run(&["log", "head", "--statement"]).done();
    std::fs::write(&file, format!("{stated}\n")).expect("writes");
    let checked = log.run(&["log", "check", text(&file), "--key", &key]).done();
    assert!(checked.ends_with(": software key in a file"), "nothing counts: {checked}");
    let head = log.run(&["log", "head"]).done();
    assert!(!head.contains("counter"), "nothing counts: {head}");
    std::fs::write(&file, format!("{}\n", stated.replace("protection 1", "protection 5"))).expect("writes");
    log.run(&["log", "check", text(&file), "--key", &key]).refused();
}

#[test]
fn a_host_without_a_tpm_gets_a_clear_statement_and_nothing_half_made() {
    let log = Log::nowhere();
    let said = log.run(&["log", "init", "--protection", "tpm"]).refused();
    assert!(said.contains("TPM"), "{said}");
    assert!(!log.path().exists(), "a directory was made before its key could be kept");
    let here = log.run(&["key", "init", text(&log.beside("recovery.key")), "-o", "json"]).json();
    assert!(here["this_host"].as_str().is_some_and(|here| here.starts_with("no TPM")), "{here}");
}

/// What somebody holds of a log at one moment.
struct Moment {
    checkpoint: PathBuf,
    statement: PathBuf,
    proof: PathBuf,
}

fn moment(log: &Log, number: usize) -> Moment {
    log.run(&["log", "append", &format!("moment {number}")]).done();
    let keep = |name: &str, arguments: &[&str]| {
        let file = log.beside(&format!("{number}.{name}"));
        std::fs::write(&file, log.run(arguments).done() + "\n").expect("writes");
        file
    };
    Moment {
        checkpoint: keep("checkpoint", &["log", "head", "--note"]),
        statement: keep("statement", &["log", "head", "--statement"]),
        proof: keep("tlog-proof", &["log", "prove", "0"]),
    }
}

#[test]
fn whatever_was_handed_out_verifies_with_the_key_of_genesis_across_rotations_and_a_recovery() {
    let log = Log::nowhere();
    let recovery = log.beside("recovery.key");
    let made = log.run(&["key", "init", text(&recovery), "-o", "json"]).json();
    log.run(&["log", "init", "--recovery-key", made["verifying_key"].as_str().expect("a key")]).done();
    let key = log.genesis_key();
    let mut moments = vec![moment(&log, 0)];
    for number in 1..5 {
        match number {
            3 => log.run(&["key", "recover", "--recovery-key", text(&recovery)]).done(),
            _ => log.run(&["key", "rotate"]).done(),
        };
        moments.push(moment(&log, number));
    }
    let copy = log.copy("copy.triadlog");
    for Moment { checkpoint, statement, proof } in &moments {
        for place in [text(&copy), text(&log.path())] {
            log.run(&["log", "verify", place, "--key", &key, "--checkpoint", text(checkpoint)]).done();
        }
        log.run(&["log", "check", text(statement), "--key", &key]).done();
        log.run(&["log", "check", text(proof), "--key", &key]).done();
        let extension = log.beside("extension");
        std::fs::write(&extension, log.run(&["log", "extend", text(checkpoint)]).done() + "\n")
            .expect("writes");
        log.run(&["log", "check", text(&extension), "--key", &key, "--since", text(checkpoint)]).done();
    }
}
