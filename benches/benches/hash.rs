//! What a record costs before it reaches the disk: chain, leaf, commitment; and blocks of 512 records built and
//! checked.

use benches::workload::{PAYLOAD_LENGTH, entry, payload};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use ed25519_dalek::{Signer, SigningKey};
use fixtures::sample_log::{LOG_ID, SEED, SampleLog};
use std::hint::black_box;
use triad_proof::Block;
use triad_proof::build::{BlockBuilder, Draft, Position, SealedBlock};
use triad_proof::chain::Chain;
use triad_proof::record::commitment;
use triad_proof::sha256::{Message, Way};
use triad_proof::tree::{leaf_hash, node_hash};
use triad_proof::verify::check_records;

const RECORDS: u64 = 512;

fn hashes(c: &mut Criterion) {
    let header = *sample().view().record(0).expect("decodes").header_bytes;
    let (payload, chain) = (payload(1, 1), Chain::default());
    let mut group = c.benchmark_group("hash");
    group.bench_function("chain of a header", |b| b.iter(|| chain.after(black_box(&header))));
    group.bench_function("leaf of a header", |b| b.iter(|| leaf_hash(black_box(&header))));
    group.bench_function("node", |b| b.iter(|| node_hash(black_box(&[1; 32]), black_box(&[2; 32]))));
    group.throughput(Throughput::Bytes(PAYLOAD_LENGTH as u64));
    group.bench_function("commitment to 300 bytes", |b| b.iter(|| commitment(&[7; 16], black_box(&payload))));
    group.finish();
}

/// What a commit hashes at once, by each way that this processor has.
fn together(c: &mut Criterion) {
    let log = sample();
    let view = log.view();
    let headers: Vec<_> =
        (0..view.record_count()).map(|n| view.record(n).expect("decodes").header_bytes).collect();
    let payloads: Vec<_> = (0..RECORDS).map(|n| payload(n, 1)).collect();
    let sets: [(&str, Vec<Message<'_>>); 3] = [
        ("commitments", payloads.iter().map(|payload| Message::new(&[7; 40], payload)).collect()),
        ("leaves", headers.iter().map(|header| Message::new(&[0], header.as_slice())).collect()),
        ("nodes", headers.iter().map(|header| Message::new(&[1], &header[..64])).collect()),
    ];
    for (what, messages) in sets {
        let mut group = c.benchmark_group(format!("512 {what}"));
        group.throughput(Throughput::Elements(RECORDS));
        for name in Way::NAMES {
            let Some(way) = Way::named(name) else { continue };
            group.bench_function(name, |b| b.iter(|| way.hash_each(black_box(&messages).iter().copied())));
            for count in [1, 4, 8, 16] {
                let messages = &messages[..count];
                let id = format!("{name}, only {count}");
                group.bench_function(id, |b| b.iter(|| way.hash_each(black_box(messages).iter().copied())));
            }
        }
        let fastest = Way::fastest();
        group.bench_function("fastest", |b| {
            b.iter(|| fastest.hash_each(black_box(&messages).iter().copied()))
        });
        group.finish();
    }
}

fn blocks(c: &mut Criterion) {
    let key = SigningKey::from_bytes(&SEED);
    let entries: Vec<_> = (0..RECORDS).map(|task| entry(task, 1)).collect();
    let drafts: Vec<Draft<'_>> = (0..).zip(&entries).map(|(n, entry)| draft(n, &entry.payload)).collect();
    let mut group = c.benchmark_group("block of 512 records");
    group.throughput(Throughput::Elements(RECORDS));
    group.bench_function("build", |b| {
        let begin = || BlockBuilder::new(LOG_ID, [1; 16], 0, Position::default());
        let build = |mut builder: BlockBuilder| {
            for draft in &drafts {
                builder.append(draft);
            }
            builder.seal(|text| key.sign(text).to_bytes(), 0, None)
        };
        b.iter_batched(begin, build, BatchSize::SmallInput);
    });
    let sealed = sample();
    let verifying = key.verifying_key().to_bytes();
    group.bench_function("decode", |b| b.iter(|| Block::decode(black_box(&sealed.bytes)).map(|_| ())));
    group.bench_function("check", |b| {
        let block = sealed.view();
        b.iter(|| check_records(black_box(&block), Some(verifying)).map(|_| ()));
    });
    group.finish();
}

fn draft(sequence: u64, payload: &[u8]) -> Draft<'_> {
    Draft {
        kind: 4,
        kind_version: 1,
        group: sequence,
        time_us: 0,
        elapsed_us: 0,
        clock_state: 1,
        source: 3,
        outcome: 0,
        stream: [sequence as u8; 16],
        stream_ordinal: sequence / 256,
        principal: [9; 16],
        cause: sequence,
        salt: [7; 16],
        payload,
    }
}

fn sample() -> SealedBlock {
    let mut log = SampleLog::of_texts(1, RECORDS as usize, |sequence| payload(sequence, 1));
    log.blocks.remove(0)
}

criterion_group!(benches, hashes, together, blocks);
criterion_main!(benches);
