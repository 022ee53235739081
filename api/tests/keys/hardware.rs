//! A log whose key a TPM keeps, from its first record to the death of the TPM.

use crate::program::{Log, text, verify};
use crate::served::attestations;
use fixtures::swtpm::SoftwareTpm;
use triad_replay::attested::Why;

/// A log in a TPM of its own, with the key of genesis; none when there is no swtpm, which was said.
fn log_in_tpm(test: &str) -> Option<(Log, SoftwareTpm)> {
    let software = SoftwareTpm::start(test)?;
    let mut log = Log::nowhere();
    log.tpm = software.connection();
    let recovery = log.beside("recovery.key");
    let made = log.run(&["key", "init", text(&recovery), "-o", "json"]).json();
    let public = made["verifying_key"].as_str().expect("a key").to_owned();
    let said = log.run(&["log", "init", "--protection", "tpm", "--recovery-key", &public]).done();
    assert!(said.contains("key sealed by a software TPM"), "{said}");
    Some((log, software))
}

fn counter(log: &Log) -> u64 {
    log.run(&["log", "head", "-o", "json"]).json()["nv_counter"].as_u64().expect("a number")
}

#[test]
fn it_signs_across_restarts_counts_and_is_attested() {
    let Some((log, mut software)) = log_in_tpm("restarts") else { return };
    let first = counter(&log);
    log.run(&["log", "append", "one"]).done();
    assert!(counter(&log) > first, "each process that writes moves the counter");
    software.restart();
    log.run(&["log", "append", "after the TPM was switched off and on"]).done();
    let (report, attested) = verify(&log.copy("copy.triadlog"), &log.genesis_key()).expect("verifies");
    assert_eq!(report.nv_counter, counter(&log));
    assert!(attested.count >= 4, "init, two appends and the copy: {attested:?}");
    assert_eq!(attested.keys.len(), 1, "one TPM");
}

#[test]
fn an_attestation_of_another_history_does_not_hold() {
    let Some((log, _software)) = log_in_tpm("another history") else { return };
    log.run(&["log", "append", "one"]).done();
    log.run(&["log", "append", "two"]).done();
    let copy = log.copy("copy.triadlog");
    let whole = attestations(&copy, |_| true).expect("the log itself");
    assert!(whole.count >= 4, "{whole:?}");
    let blocks = verify(&copy, &log.genesis_key()).expect("verifies").0.block_count;
    let without: Vec<_> =
        (0..blocks).map(|left_out| attestations(&copy, |block| block != left_out)).collect();
    let missed = without.iter().filter(|found| matches!(found, Err(Why::Checkpoint))).count() as u64;
    assert_eq!(missed, whole.count, "each attested block is missed: {without:?}");
}

#[test]
fn a_server_counts_and_attests_at_start_on_export_and_at_its_end() {
    let Some((log, _software)) = log_in_tpm("server") else { return };
    let (before, key) = (counter(&log), log.genesis_key());
    let server = log.serve();
    assert_eq!(server.get("/v1/health")["key_protection"], "key sealed by a software TPM");
    let copied = log.beside("running.triadlog");
    log.run(&["log", "copy", "--server", &server.url, text(&copied)]).done();
    let statement = log.run(&["log", "head", "--server", &server.url, "--statement"]).done();
    assert!(statement.contains("protection 3 key sealed by a software TPM"), "{statement}");
    let stated = log.beside("protection.txt");
    std::fs::write(&stated, format!("{statement}\n")).expect("writes");
    let told = log.run(&["log", "check", text(&stated), "--key", &key]).done()
        + &log.run(&["log", "head", "--server", &server.url]).done();
    assert!(told.contains("a software TPM, counter ") && told.contains("\ncounter     "), "{told}");
    assert!(!told.contains("hardware"), "a software TPM is none: {told}");
    server.stop();
    let stopped = counter(&log);
    assert!(stopped >= before + 2, "at its start and at its end: {before} to {stopped}");
    let (_, exported) = verify(&copied, &key).expect("verifies");
    assert!(exported.count >= 3, "{exported:?}");
    let (_, ended) = verify(&log.copy("stopped.triadlog"), &key).expect("verifies");
    assert!(ended.count > exported.count, "{ended:?}");

    let server = log.serve();
    server.kill();
    let server = log.serve();
    server.stop();
    verify(&log.copy("killed.triadlog"), &key).expect("verifies after a kill");
}

#[test]
fn it_refuses_after_another_boot_and_goes_on_after_the_right_one() {
    let Some((log, mut software)) = log_in_tpm("another boot") else { return };
    software.extend(12);
    let said = log.run(&["log", "append", "x"]).refused();
    assert!(said.contains("registers 12 do not hold"), "{said}");
    let served = log.run(&["serve", "--listen", "127.0.0.1:0"]).refused();
    assert!(served.contains("registers 12 do not hold"), "{served}");
    log.run(&["log", "verify"]).done();
    software.restart();
    log.run(&["log", "append", "x"]).done();
}

#[test]
fn another_tpm_a_cleared_one_and_none_at_all_are_refused_and_verification_goes_on() {
    let Some((mut log, mut software)) = log_in_tpm("one") else { return };
    let Some(other) = SoftwareTpm::start("other") else { return };
    let own = std::mem::replace(&mut log.tpm, other.connection());
    let said = log.run(&["log", "append", "x"]).refused();
    assert!(said.contains("this is not the TPM that sealed it"), "{said}");
    log.tpm = own;
    log.run(&["log", "append", "x"]).done();
    software.clear();
    let said = log.run(&["log", "append", "x"]).refused();
    assert!(said.contains("or it was cleared"), "{said}");

    software.stop();
    log.tpm = "device:/dev/no-such-tpm".to_owned();
    let said = log.run(&["log", "append", "x"]).refused();
    assert!(said.contains("there is no TPM"), "{said}");
    log.run(&["log", "verify"]).done();
    let copied = log.run(&["log", "copy", text(&log.beside("copy.triadlog"))]);
    assert!(copied.errors().contains("the copy is not attested"), "{}", copied.errors());
    copied.done();
    verify(&log.beside("copy.triadlog"), &log.genesis_key()).expect("verifies without a TPM");
}

#[test]
fn an_older_copy_of_the_whole_directory_is_refused_and_names_both_counters() {
    let Some((log, _software)) = log_in_tpm("rollback") else { return };
    log.run(&["log", "append", "one"]).done();
    let (older, stated) = (log.back_up("older"), counter(&log));
    log.run(&["log", "append", "two"]).done();
    let newest = log.back_up("newest");
    let reached = counter(&log);
    log.put_back(&older);
    assert!(log.run(&["log", "append", "three"]).refused().contains("triad log adopt"));
    let said = log.run(&["log", "adopt"]).refused();
    assert!(said.contains("an older copy"), "{said}");
    assert!(said.contains(&stated.to_string()) && said.contains(&reached.to_string()), "{said}");
    log.put_back(&newest);
    log.run(&["log", "adopt"]).done();
    log.run(&["log", "append", "three"]).done();
}

#[test]
fn the_recovery_key_brings_a_log_on_whose_tpm_is_gone_into_another_one() {
    let Some((mut log, mut software)) = log_in_tpm("dead") else { return };
    let Some(other) = SoftwareTpm::start("next") else { return };
    let key = log.genesis_key();
    log.run(&["log", "append", "before"]).done();
    software.stop();
    log.tpm = other.connection();
    let recovery = log.beside("recovery.key");
    log.run(&["key", "recover", "--recovery-key", text(&recovery), "--protection", "tpm"]).done();
    log.run(&["log", "append", "after"]).done();
    let (report, attested) =
        verify(&log.copy("copy.triadlog"), &key).expect("verifies with the key of genesis");
    assert!(report.recovered);
    assert_eq!(attested.keys.len(), 2, "the keys of two TPMs are told apart");
}

#[test]
fn a_key_moves_into_a_tpm_and_out_again_by_rotation() {
    let Some(software) = SoftwareTpm::start("moves") else { return };
    let mut log = Log::nowhere();
    log.tpm = software.connection();
    log.run(&["log", "init"]).done();
    let key = log.genesis_key();
    assert_eq!(counter(&log), 0);
    log.run(&["key", "rotate", "--protection", "tpm", "--pcrs", "7"]).done();
    log.run(&["log", "append", "in the TPM"]).done();
    assert!(counter(&log) > 0);
    log.run(&["key", "rotate", "--protection", "tpm"]).done();
    log.run(&["key", "rotate", "--protection", "file"]).done();
    log.run(&["log", "append", "out again"]).done();
    assert_eq!(counter(&log), 0);
    let (report, _) = verify(&log.copy("copy.triadlog"), &key).expect("verifies");
    assert_eq!(report.epochs.len(), 4);
}
