//! Secret files as their owners meet them: whole, damaged, cut short, exposed, under the wrong passphrase.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use triad_keys::{
    Form, Keeping, OpenError, Passphrase, PassphraseError, Secret, SecretFile, Tpm, TpmError, Unlock,
    fresh_secret,
};

const LABEL: [u8; 32] = [0x4C; 32];

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.as_bytes().to_vec().into()).expect("a passphrase")
}

fn no_tpm() -> Result<Tpm, TpmError> {
    Err(TpmError::Absent("nowhere".to_owned()))
}

/// The one door: opens a file, with the passphrase that is typed if one is asked for.
fn open(path: &Path, typed: Option<&str>) -> Result<Secret, OpenError> {
    let typed = |_: &Path| typed.map(passphrase).ok_or(PassphraseError::Absent);
    SecretFile::read(path)?.open(Unlock { passphrase: &typed, tpm: &no_tpm })
}

struct Kept {
    _directory: tempfile::TempDir,
    path: PathBuf,
    secret: Secret,
}

fn keep(keeping: Keeping<'_>) -> Kept {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (path, secret) = (directory.path().join("secret"), fresh_secret());
    SecretFile::create(&path, LABEL, &secret, keeping).expect("kept");
    Kept { _directory: directory, path, secret }
}

#[test]
fn a_plain_file_gives_its_secret_back_and_only_its_owner_can_read_it() {
    let kept = keep(Keeping::File);
    assert_eq!(open(&kept.path, None).expect("opens"), kept.secret);
    let file = SecretFile::read(&kept.path).expect("whole");
    assert_eq!((file.label(), file.form()), (&LABEL, Form::Plain));
    assert_eq!(std::fs::metadata(&kept.path).expect("there").mode() & 0o777, 0o600);
    std::fs::set_permissions(&kept.path, Permissions::from_mode(0o640)).expect("changes");
    assert!(matches!(open(&kept.path, None), Err(OpenError::Exposed { mode: 0o640, .. })));
}

#[test]
fn a_file_under_a_passphrase_opens_with_it_and_with_no_other() {
    let kept = keep(Keeping::Passphrase(&passphrase("correct horse")));
    assert_eq!(open(&kept.path, Some("correct horse\n")).expect("opens"), kept.secret);
    assert!(matches!(open(&kept.path, Some("correct horsf")), Err(OpenError::WrongPassphrase(_))));
    let absent = open(&kept.path, None);
    assert!(matches!(absent, Err(OpenError::Passphrase { source: PassphraseError::Absent, .. })));
    let bytes = std::fs::read(&kept.path).expect("reads");
    assert!(
        !bytes.windows(32).any(|window| window == kept.secret.as_slice()),
        "the secret lies open in its file"
    );
    assert_eq!(open(&kept.path, Some("correct horse")).expect("still opens"), kept.secret);
}

#[test]
fn two_files_of_one_secret_and_passphrase_have_nothing_in_common() {
    let (directory, secret, passphrase) =
        (tempfile::tempdir().expect("a directory"), fresh_secret(), passphrase("the same"));
    let body = |name: &str| {
        let path = directory.path().join(name);
        SecretFile::create(&path, LABEL, &secret, Keeping::Passphrase(&passphrase)).expect("kept");
        std::fs::read(&path).expect("reads").split_off(48 + 12)
    };
    let (one, two) = (body("one"), body("two"));
    assert!(one.chunks_exact(16).zip(two.chunks_exact(16)).all(|(one, two)| one != two));
}

#[test]
fn every_flipped_bit_and_every_cut_is_called_damage_and_nothing_is_given() {
    let kept = keep(Keeping::File);
    let whole = std::fs::read(&kept.path).expect("reads");
    let judge = |bytes: &[u8], what: &str| {
        std::fs::write(&kept.path, bytes).expect("writes");
        let error = open(&kept.path, None).expect_err(what);
        let named = matches!(error, OpenError::Damaged { .. } | OpenError::Newer { .. });
        assert!(named, "{what}: {error}");
        assert_eq!(std::fs::read(&kept.path).expect("reads"), bytes, "{what}: the file was touched");
    };
    for length in 0..whole.len() {
        judge(&whole[..length], &format!("cut to {length}"));
    }
    for place in 0..whole.len() * 8 {
        let mut flipped = whole.clone();
        flipped[place / 8] ^= 1 << (place % 8);
        judge(&flipped, &format!("bit {place}"));
    }
    judge(&[whole.as_slice(), b"\n"].concat(), "a byte more");
    judge(b"", "empty");
}

#[test]
fn a_body_that_somebody_changed_and_checksummed_anew_does_not_open() {
    let kept = keep(Keeping::Passphrase(&passphrase("mine")));
    let whole = std::fs::read(&kept.path).expect("reads");
    // The label, the salt, the check and the ciphertext; the costs would only take long.
    for place in [12, 60, 92, 104, 136, whole.len() - 33] {
        let mut changed = whole[..whole.len() - 32].to_vec();
        changed[place] ^= 1;
        let checksum = *blake3::hash(&changed).as_bytes();
        std::fs::write(&kept.path, [changed.as_slice(), &checksum].concat()).expect("writes");
        let error = open(&kept.path, Some("mine")).expect_err("a changed file opened");
        assert!(
            matches!(error, OpenError::Damaged { .. } | OpenError::WrongPassphrase(_)),
            "byte {place}: {error}"
        );
    }
}

#[test]
fn costs_that_would_keep_the_machine_busy_are_refused_before_anything_is_derived() {
    let kept = keep(Keeping::Passphrase(&passphrase("mine")));
    let whole = std::fs::read(&kept.path).expect("reads");
    for place in [48, 52, 56] {
        let mut changed = whole[..whole.len() - 32].to_vec();
        changed[place..place + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        let checksum = *blake3::hash(&changed).as_bytes();
        std::fs::write(&kept.path, [changed.as_slice(), &checksum].concat()).expect("writes");
        assert!(matches!(open(&kept.path, Some("mine")), Err(OpenError::Damaged { .. })), "cost at {place}");
    }
}

#[test]
fn a_secret_is_never_replaced() {
    let kept = keep(Keeping::File);
    let again = SecretFile::create(&kept.path, LABEL, &fresh_secret(), Keeping::File);
    assert!(again.is_err());
    assert_eq!(open(&kept.path, None).expect("opens"), kept.secret);
}
