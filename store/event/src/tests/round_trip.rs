//! What is written reads back; what was damaged is refused or reads as something, but never ends the program.

use quickcheck::{TestResult, quickcheck};

use super::samples::{samples_of_all_versions, sealed};
use crate::codec::{DecodeError, decode, encode};
use crate::event::Event;
use crate::ids::WorkflowId;
use crate::intake::{
    self, Deadline, Edge, EdgeOn, FanOut, Form, Gave, Priority, Reused, TaskDefinition, TaskKind, TaskOption,
    TaskRules, TaskTerms,
};
use crate::kind::Kind;
use crate::prices::MissingPrice;
use crate::quantity::{Bytes, Micros};
use crate::sealed::ContentClass;
use crate::shape::Shape;
use crate::subjects::Subject;
use crate::{governance, log, moderation};

#[test]
fn every_event_reads_back() {
    for event in samples_of_all_versions() {
        let mut payload = Vec::new();
        let (kind, version) = encode(&event, &mut payload);
        assert_eq!(decode(kind, version, &payload), Ok(event));
    }
}

#[test]
fn payloads_in_one_buffer_do_not_depend_on_where_they_lie() {
    for event in samples_of_all_versions() {
        let mut alone = Vec::new();
        encode(&event, &mut alone);
        for before in 1..17 {
            let mut buffer = vec![0xab; before];
            encode(&event, &mut buffer);
            assert_eq!(buffer[before..], alone[..]);
        }
    }
}

#[test]
fn every_single_bit_flip_is_survived() {
    for event in samples_of_all_versions() {
        let mut payload = Vec::new();
        let (kind, version) = encode(&event, &mut payload);
        for bit in 0..payload.len() * 8 {
            payload[bit / 8] ^= 1 << (bit % 8);
            let _ = decode(kind, version, &payload);
            payload[bit / 8] ^= 1 << (bit % 8);
        }
        for length in 0..payload.len() {
            let _ = decode(kind, version, &payload[..length]);
        }
    }
}

#[test]
fn an_unknown_kind_is_refused_by_name() {
    let error = decode(60_000, 1, &[]).expect_err("unknown");
    assert_eq!(
        error,
        DecodeError::UnknownKind { kind: 60_000, newest_known: moderation::RulesRemoved::KIND }
    );
    assert!(error.to_string().contains("use a newer version"));
}

#[test]
fn an_unknown_version_is_refused_by_name() {
    let error = decode(1, 9, &[]).expect_err("unknown");
    assert_eq!(error, DecodeError::UnknownVersion { kind: log::Created::KIND, version: 9, newest_known: 1 });
    assert!(error.to_string().contains("use a newer version"), "{error}");
    let kind = governance::SettingChanged::KIND;
    let error = decode(kind.number(), 1, &[]).expect_err("never released");
    assert_eq!(error, DecodeError::UnknownVersion { kind, version: 1, newest_known: 2 });
    assert!(error.to_string().contains("use the program that wrote the log"), "{error}");
}

#[test]
fn an_unknown_setting_is_malformed() {
    let change = governance::SettingChanged {
        asked: governance::ChangeSetting {
            setting: governance::Setting::StallAfter,
            scope: String::new(),
            value: 1,
            reason: String::new(),
        },
        previous: None,
    };
    let mut payload = Vec::new();
    let (kind, version) = encode(&change.into(), &mut payload);
    payload[0] = 0xff;
    assert_eq!(
        decode(kind, version, &payload),
        Err(DecodeError::Malformed { kind: governance::SettingChanged::KIND, version })
    );
}

/// A task with these texts and numbers.
fn task(id: String, name: String, dependencies: Vec<u32>, numbers: &[i64]) -> TaskDefinition {
    let mut task = TaskDefinition { name, dependencies, ..TaskDefinition::new(id, TaskKind::Process) };
    for (option, number) in TaskOption::ALL.iter().zip(numbers) {
        task.options.set(*option, *number);
    }
    task.input = numbers.len().is_multiple_of(2).then(|| sealed(1, 2));
    task.rules = numbers.first().map(|first| rules(&task.name, *first).into());
    let worth = |number: &i64| TaskTerms {
        owner_persona: number.to_string(),
        missing_price: (number % 3 == 0).then_some(MissingPrice::Wait),
        ..TaskTerms::nothing()
    };
    task.terms = numbers.get(2).map(|number| worth(number).into());
    task
}

/// Rules of which each is there or not by a bit of the number.
fn rules(text: &str, number: i64) -> TaskRules {
    let (bit, small) = (|bit: u32| number >> bit & 1 == 1, number.unsigned_abs() as u32);
    let gave = Gave { output: bit(5).then(|| sealed(5, 6)), class: ContentClass::Stdout, total: Bytes(7) };
    let reused = Reused { workflow: WorkflowId([2; 16]), gave: vec![gave; 2], form: Form::List };
    TaskRules {
        condition: bit(0).then(|| sealed(2, 3)),
        fan_out: bit(1).then(|| FanOut { list: sealed(3, 4), at_once: small }),
        edges: bit(2).then_some(Edge { dependency: small, on: EdgeOn::Ended }).into_iter().collect(),
        part_of: bit(3).then_some(small),
        deadline: bit(4).then_some(Deadline { at: bit(5).then_some(Micros(number)), after: None }),
        priority: bit(6).then_some(Priority::High),
        reused: bit(7).then_some(reused),
        signal_schema: text.to_owned(),
    }
}

fn payload_bytes(tasks: Vec<TaskDefinition>) -> usize {
    let subject = Subject::of(WorkflowId([1; 16]), 0, 0);
    let mut payload = Vec::new();
    encode(&intake::ChunkStaged { first_task: 0, subject, tasks }.into(), &mut payload);
    payload.len()
}

quickcheck! {
    fn a_task_takes_no_more_of_a_record_than_it_says(
        id: String, name: String, dependencies: Vec<u32>, numbers: Vec<i64>
    ) -> bool {
        let task = task(id, name, dependencies, &numbers);
        payload_bytes(vec![task.clone()]) - payload_bytes(vec![]) <= task.record_bytes()
    }

    fn any_task_comes_back_from_its_plain_bytes(
        id: String, name: String, dependencies: Vec<u32>, numbers: Vec<i64>
    ) -> bool {
        let task = task(id, name, dependencies, &numbers);
        let mut bytes = Vec::new();
        task.put(&mut bytes);
        bytes.push(7);
        let mut source = &bytes[..];
        TaskDefinition::take(&mut source) == Some(task) && source == [7]
    }

    fn any_text_reads_back(text: String) -> bool {
        let event = Event::from(log::NoteRecorded { text });
        let mut payload = Vec::new();
        let (kind, version) = encode(&event, &mut payload);
        decode(kind, version, &payload) == Ok(event)
    }

    fn any_bytes_are_survived(index: usize, payload: Vec<u8>) -> TestResult {
        let kind = Kind::ALL[index % Kind::ALL.len()];
        let _ = decode(kind.number(), kind.version(), &payload);
        TestResult::passed()
    }
}

#[test]
fn what_an_earlier_version_holds_is_written_in_it_and_reads_back() {
    for event in samples_of_all_versions() {
        let mut payload = Vec::new();
        let (kind, version) = encode(&event, &mut payload);
        let earlier = Kind::from_number(kind).expect("a kind").description().earlier;
        assert!(payload.len() <= event.payload_bytes(), "{} {version}", event.kind());
        let is_newest = version == event.kind().version();
        assert!(is_newest || earlier.iter().any(|known| known.version == version), "{}", event.kind());
    }
}
