//! Events to payloads and back: the mix that an engine writes, and records from their bytes.

use benches::workload::{Group, Mix};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fixtures::sample_log::SampleLog;
use std::hint::black_box;
use triad_event::{Event, codec};
use triad_proof::record::Record;

/// Events in each measured pass; whole groups, so a few more.
const EVENTS: usize = 4096;

fn mix() -> Vec<Event> {
    let mut mix = Mix::default();
    let mut events = Vec::new();
    while events.len() < EVENTS {
        let Group { events: group, .. } = mix.next_group();
        events.extend(group.into_iter().map(|(_, event)| event));
    }
    events
}

fn events(c: &mut Criterion) {
    let events = mix();
    let mut payloads = Vec::new();
    for event in &events {
        let mut payload = Vec::new();
        let (kind, version) = codec::encode(event, &mut payload);
        payloads.push((kind, version, payload));
    }
    let mut group = c.benchmark_group("codec, events of the mix");
    group.throughput(Throughput::Elements(events.len() as u64));
    group.bench_function("encode", |b| {
        let mut buffer = Vec::new();
        b.iter(|| {
            for event in &events {
                buffer.clear();
                black_box(codec::encode(black_box(event), &mut buffer));
            }
        });
    });
    group.bench_function("decode", |b| {
        b.iter(|| {
            for (kind, version, payload) in &payloads {
                black_box(codec::decode(*kind, *version, black_box(payload)).is_ok());
            }
        });
    });
    group.finish();
}

fn records(c: &mut Criterion) {
    let log = SampleLog::of_texts(1, 512, |sequence| format!("text {sequence}").into_bytes());
    let block = log.blocks[0].view();
    let mut group = c.benchmark_group("codec, records");
    group.throughput(Throughput::Elements(block.record_count() as u64));
    group.bench_function("decode", |b| {
        b.iter(|| {
            for index in 0..block.record_count() {
                black_box(Record::decode(black_box(block.record_bytes(index))).is_ok());
            }
        });
    });
    group.finish();
}

criterion_group!(benches, events, records);
criterion_main!(benches);
