//! Tests of the vault over real files, and a stand-in for the log's attachments.

mod blobs;
mod crashes;
mod damage;
mod erasure;
mod lost_writes;
mod older_copy;
mod properties;
mod shortage;
mod subjects;

use crate::disk::Disk;
use crate::layout::Layout;
use crate::{Attachment, Binding, Reference, Sealed, SubjectId, Unopened, Vault, VaultError};
use crate::{erased_rows, known_rows};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use zeroize::Zeroizing;

const LOG: [u8; 16] = [0x10; 16];
const ROOT: [u8; 32] = [0x20; 32];
const BINDING: Binding = Binding { stream: [0x30; 16], class: 3 };

/// What is durable beside the records of a log.
#[derive(Clone, Default)]
struct Attachments(Arc<Mutex<BTreeMap<Vec<u8>, Vec<u8>>>>);

impl Attachments {
    fn commit(&self, attachments: impl IntoIterator<Item = Attachment>) {
        self.0.lock().expect("no panic").extend(attachments);
    }

    fn read(&self) -> crate::ReadAttachment {
        let held = Arc::clone(&self.0);
        Arc::new(move |key| Ok(held.lock().expect("no panic").get(key).cloned()))
    }

    fn with<T>(&self, look: impl FnOnce(&mut BTreeMap<Vec<u8>, Vec<u8>>) -> T) -> T {
        look(&mut self.0.lock().expect("no panic"))
    }
}

fn root() -> Zeroizing<[u8; 32]> {
    Zeroizing::new(ROOT)
}

fn create(directory: &Path, attachments: &Attachments) -> Vault {
    Vault::create(directory, LOG, &root(), attachments.read()).expect("creates")
}

fn open(directory: &Path, attachments: &Attachments) -> Vault {
    Vault::open(directory, LOG, &root(), attachments.read()).expect("opens")
}

fn open_on(disk: Disk, directory: &Path, attachments: &Attachments) -> Result<Vault, VaultError> {
    Vault::open_on(disk, directory, LOG, &root(), attachments.read())
}

fn subject(number: u64) -> SubjectId {
    let mut subject = [0xaa; 16];
    subject[..8].copy_from_slice(&number.to_be_bytes());
    subject
}

/// Seals for a subject and makes it durable, as a commit does.
fn seal(vault: &Vault, attachments: &Attachments, subject: SubjectId, plaintext: &[u8]) -> Reference {
    let slot = vault.slot_for(subject).expect("works").expect("has a slot");
    let Sealed { reference, attachment } =
        vault.seal(slot, BINDING, plaintext).expect("works").expect("seals");
    attachments.commit(known_rows(subject, slot, 7).into_iter().chain([attachment]));
    reference
}

/// What becomes durable with the record of an erasure.
fn erasure_rows(vault: &Vault, subject: SubjectId, slot: u64, erased_us: i64) -> Vec<Attachment> {
    erased_rows(subject, slot, erased_us).into_iter().chain(vault.generation_row(slot)).collect()
}

fn unseal(vault: &Vault, reference: &Reference) -> Result<Vec<u8>, Unopened> {
    vault.unseal(reference, BINDING).expect("works").map(|plaintext| plaintext.to_vec())
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("creates");
    for entry in std::fs::read_dir(from).expect("reads") {
        let entry = entry.expect("reads");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("reads").is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copies");
        }
    }
}

/// Every file below a directory with its bytes.
fn files(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).expect("reads") {
        let path = entry.expect("reads").path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push((path.display().to_string(), std::fs::read(&path).expect("reads")));
        }
    }
    files.sort();
    files
}

fn layout(directory: &Path) -> Layout {
    Layout::of(directory)
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}
