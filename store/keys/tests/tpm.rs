//! Secrets, counters and quotes in a real TPM, implemented in software and started by each test.

#[cfg(not(feature = "tpm"))]
#[test]
fn without_tpm_support_there_is_a_clear_statement() {
    fixtures::swtpm::skipped("store/keys/tests/tpm.rs", "built without TPM support (feature tpm)");
    let error = triad_keys::Tpm::open("device:/dev/tpmrm0").expect_err("there is none");
    assert!(error.to_string().contains("libtss2-dev"), "{error}");
}

#[cfg(feature = "tpm")]
mod with_tpm {
    use fixtures::swtpm::SoftwareTpm;
    use std::path::Path;
    use triad_keys::{
        CounterFault, Expected, Hardware, HardwareError, Keeping, KeyError, LogKey, OpenError,
        PassphraseError, REGISTERS_DEFAULT, SecretFile, Tpm, TpmError, Unlock, fresh_secret,
    };
    use triad_proof::checkpoint::Checkpoint;
    use triad_proof::key::Protection;
    use triad_proof::quote::{Attested, QuoteFault};
    use triad_proof::{KeyStatement, LogId};

    const LOG_ID: LogId = *b"the log of a TPM";
    const LABEL: [u8; 32] = [7; 32];

    fn tpm(software: &SoftwareTpm) -> Tpm {
        Tpm::open(&software.connection()).expect("the TPM opens")
    }

    fn open_secret(path: &Path, software: &SoftwareTpm) -> Result<triad_keys::Secret, OpenError> {
        let nobody = |_: &Path| Err(PassphraseError::Absent);
        let tpm = || Tpm::open(&software.connection());
        SecretFile::read(path)?.open(Unlock { passphrase: &nobody, tpm: &tpm })
    }

    fn open_key(
        directory: &Path,
        statement: &KeyStatement,
        nv_counter: u64,
        software: &SoftwareTpm,
    ) -> Result<LogKey, KeyError> {
        let nobody = |_: &Path| Err(PassphraseError::Absent);
        let tpm = Tpm::open(&software.connection());
        let tpm = || Ok(tpm.as_ref().expect("the TPM opens").clone());
        let expected = Expected { log_id: &LOG_ID, statement, nv_counter };
        LogKey::open(directory, expected, Unlock { passphrase: &nobody, tpm: &tpm })
    }

    /// A directory with a key that the TPM keeps, and its statement.
    fn key_in(software: &SoftwareTpm) -> (tempfile::TempDir, KeyStatement) {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let keeping = Keeping::Tpm(&tpm(software), REGISTERS_DEFAULT);
        let key = LogKey::create(directory.path(), &LOG_ID, keeping).expect("a key");
        let statement = key.genesis(&LOG_ID, None);
        key.hardware().expect("hardware").advance(statement.nv_counter).expect("counts");
        (directory, statement)
    }

    fn attested(size: u64) -> Attested {
        let checkpoint = Checkpoint::new(&LOG_ID, size, [9; 32]);
        Attested { log_id: LOG_ID, checkpoint, verifying_key: [3; 32], key_epoch: 1 }
    }

    #[test]
    fn a_secret_opens_until_the_registers_change_and_again_after_the_right_boot() {
        let Some(mut software) = SoftwareTpm::start("registers") else { return };
        let directory = tempfile::tempdir().expect("a temporary directory");
        let (path, secret) = (directory.path().join("secret"), fresh_secret());
        SecretFile::create(&path, LABEL, &secret, Keeping::Tpm(&tpm(&software), REGISTERS_DEFAULT))
            .expect("sealed");
        let bytes = std::fs::read(&path).expect("reads");
        assert!(
            !bytes.windows(32).any(|window| window == secret.as_slice()),
            "the secret lies open in its file"
        );
        for _ in 0..5 {
            assert_eq!(
                open_secret(&path, &software).expect("opens"),
                secret,
                "no session or object is left behind"
            );
        }
        software.extend(23);
        assert_eq!(open_secret(&path, &software).expect("another register"), secret);
        software.extend(11);
        let error = open_secret(&path, &software).expect_err("the registers changed");
        let OpenError::Tpm { source: TpmError::Registers(changed), .. } = &error else { panic!("{error:?}") };
        assert_eq!(changed.to_string(), "11");
        software.restart();
        assert_eq!(open_secret(&path, &software).expect("the right boot"), secret);
    }

    #[test]
    fn another_tpm_and_a_cleared_one_are_told_and_give_nothing() {
        let (Some(one), Some(other)) = (SoftwareTpm::start("one"), SoftwareTpm::start("other")) else {
            return;
        };
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("secret");
        SecretFile::create(&path, LABEL, &fresh_secret(), Keeping::Tpm(&tpm(&one), REGISTERS_DEFAULT))
            .expect("sealed");
        let foreign = |software: &SoftwareTpm| match open_secret(&path, software) {
            Err(OpenError::Tpm { source: TpmError::Foreign { .. }, .. }) => {}
            otherwise => panic!("{otherwise:?}"),
        };
        foreign(&other);
        open_secret(&path, &one).expect("its own TPM");
        one.clear();
        foreign(&one);
    }

    #[test]
    fn the_counter_tells_an_older_copy_from_a_crash_and_from_another_tpm() {
        let Some(software) = SoftwareTpm::start("counter") else { return };
        let (directory, statement) = key_in(&software);
        let stated = statement.nv_counter;
        let open = |nv_counter| open_key(directory.path(), &statement, nv_counter, &software);
        assert_eq!(open(stated).expect("equal").hardware().expect("hardware").counted(), stated);
        let after_crash = open(stated + 1).expect("the block came first, the counter did not follow");
        assert_eq!(after_crash.hardware().expect("hardware").counted(), stated + 1, "made good");
        drop(after_crash);
        let refused = |nv_counter| match open(nv_counter) {
            Err(KeyError::Hardware(HardwareError::Counter(fault))) => fault,
            otherwise => panic!("{otherwise:?}"),
        };
        assert_eq!(refused(stated), CounterFault::RolledBack { log: stated, tpm: stated + 1 });
        assert_eq!(refused(stated + 9), CounterFault::TpmBehind { log: stated + 9, tpm: stated + 1 });
        let key = open(stated + 1).expect("equal");
        let hardware: Hardware = key.hardware().expect("hardware").clone();
        hardware.retire().expect("removed");
        drop(key);
        assert_eq!(refused(stated + 1), CounterFault::Missing { log: stated + 1 });
    }

    #[test]
    fn a_counter_that_was_removed_and_made_anew_goes_on_above_the_old_one() {
        let Some(software) = SoftwareTpm::start("counter made anew") else { return };
        let (directory, statement) = key_in(&software);
        let key = open_key(directory.path(), &statement, statement.nv_counter, &software).expect("opens");
        key.hardware().expect("hardware").clone().retire().expect("removed");
        drop(key);
        let (_directory, second) = key_in(&software);
        assert!(
            second.nv_counter > statement.nv_counter,
            "{} after {}",
            second.nv_counter,
            statement.nv_counter
        );
    }

    #[test]
    fn a_quote_holds_for_what_it_is_about_and_for_nothing_else() {
        let Some(software) = SoftwareTpm::start("quote") else { return };
        let (directory, statement) = key_in(&software);
        let key = open_key(directory.path(), &statement, statement.nv_counter, &software).expect("opens");
        assert_eq!(key.protection(), Protection::SoftwareTpm, "swtpm says what it is");
        let hardware = key.hardware().expect("hardware");
        let quote = hardware.attest(&attested(5)).expect("quotes");
        let said = quote.verify(&attested(5)).expect("holds");
        assert_eq!(
            hardware.attest(&attested(6)).expect("quotes").verify(&attested(6)).expect("holds").key_name,
            said.key_name
        );
        assert_eq!(quote.verify(&attested(6)), Err(QuoteFault::Subject));
        assert_eq!(quote.verify(&Attested { key_epoch: 2, ..attested(5) }), Err(QuoteFault::Subject));
        assert_eq!(
            quote.verify(&Attested { verifying_key: [4; 32], ..attested(5) }),
            Err(QuoteFault::Subject)
        );
        assert_eq!(quote.verify(&Attested { log_id: [0; 16], ..attested(5) }), Err(QuoteFault::Subject));
        for place in 0..quote.attest.len() {
            let mut changed = quote.clone();
            changed.attest[place] ^= 1;
            assert_eq!(changed.verify(&attested(5)), Err(QuoteFault::Signature), "byte {place}");
        }
        for place in 0..quote.attestation_key.len() {
            let mut changed = quote.clone();
            changed.attestation_key[place] ^= 1;
            assert!(changed.verify(&attested(5)).is_err(), "byte {place} of the key");
        }
        let mut changed = quote.clone();
        changed.registers[1].value[0] ^= 1;
        assert_eq!(changed.verify(&attested(5)), Err(QuoteFault::Registers));
        changed.registers.pop();
        assert_eq!(changed.verify(&attested(5)), Err(QuoteFault::Registers));
    }

    #[test]
    fn a_tpm_that_is_not_there_is_said_to_be_absent() {
        let error = Tpm::open("device:/dev/no-such-tpm").expect_err("absent");
        assert!(matches!(error, TpmError::Absent(_)), "{error}");
        let error = Tpm::open("nonsense").expect_err("not a connection");
        assert!(matches!(error, TpmError::Connection(_)), "{error}");
    }
}
