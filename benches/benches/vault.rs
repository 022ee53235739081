//! What sealing and opening cost, beside the cipher and the hashes over the same bytes in the same run.

use aes_gcm_siv::aead::AeadInOut;
use aes_gcm_siv::{Aes256GcmSiv, KeyInit};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::{Arc, Mutex};
use triad_vault::{Binding, CHUNK_LENGTH, Sealed, Vault};
use zeroize::Zeroizing;

const BINDING: Binding = Binding { stream: [1; 16], class: 2 };

struct Fixture {
    vault: Vault,
    held: Arc<Mutex<BTreeMap<Vec<u8>, Vec<u8>>>>,
    _directory: tempfile::TempDir,
}

fn fixture() -> Fixture {
    let directory = tempfile::tempdir().expect("a directory");
    let held: Arc<Mutex<BTreeMap<Vec<u8>, Vec<u8>>>> = Arc::default();
    let reading = Arc::clone(&held);
    let read = Arc::new(move |key: &[u8]| Ok(reading.lock().expect("no panic").get(key).cloned()));
    let vault = Vault::create(directory.path(), [3; 16], &Zeroizing::new([4; 32]), read).expect("creates");
    Fixture { vault, held, _directory: directory }
}

fn seal_and_open(criterion: &mut Criterion) {
    let Fixture { vault, held, _directory } = fixture();
    let slot = vault.slot_for([5; 16]).expect("works").expect("has a slot");
    for (name, length) in [("100 B", 100), ("1 KiB", 1 << 10), ("16 KiB", 16 << 10), ("64 KiB", CHUNK_LENGTH)]
    {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(length as u64));
        let plaintext = vec![7; length];
        let seal = || -> Sealed { vault.seal(slot, BINDING, &plaintext).expect("works").expect("seals") };
        let sealed = seal();
        held.lock().expect("no panic").extend([sealed.attachment]);
        let open = || vault.unseal(&sealed.reference, BINDING).expect("works").expect("opens");
        group.bench_function("vault seal", |bencher| bencher.iter(seal));
        group.bench_function("vault open", |bencher| bencher.iter(open));
        let cipher = Aes256GcmSiv::new(&[8; 32].into());
        let mut bytes = plaintext.clone();
        group.bench_function("AES-256-GCM-SIV alone", |bencher| {
            bencher.iter(|| {
                cipher.encrypt_inout_detached(
                    &[9; 12].into(),
                    &[0; 88],
                    black_box(bytes.as_mut_slice()).into(),
                )
            });
        });
        group.bench_function("SHA-256 alone", |bencher| {
            bencher.iter(|| Sha256::digest(black_box(&plaintext)))
        });
        group.bench_function("BLAKE3 alone", |bencher| bencher.iter(|| blake3::hash(black_box(&plaintext))));
        group.finish();
    }
}

fn subjects(criterion: &mut Criterion) {
    let Fixture { vault, _directory, .. } = fixture();
    let mut group = criterion.benchmark_group("data subjects");
    let mut number = 0u128;
    // A file of slots is made for every 1024, on a thread of its own, so this also measures the disk.
    group.bench_function("a slot for a new subject", |bencher| {
        bencher.iter(|| {
            number += 1;
            vault.slot_for(number.to_be_bytes()).expect("works").expect("has a slot")
        });
    });
    let mut number = 0u128;
    group.sample_size(10);
    group.bench_function("destroying a key", |bencher| {
        bencher.iter(|| {
            number += 1;
            vault.destroy(number.to_be_bytes()).expect("works").expect("destroys")
        });
    });
    group.finish();
}

criterion_group!(benches, seal_and_open, subjects);
criterion_main!(benches);
