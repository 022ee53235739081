//! Payloads, decoded by the codec and by the second reader, which knows only their description and their table.

use super::draws::Draws;
use super::second_reader::{argument, run, scratch};
use crate::environment::root;
use fixtures::sample_log::{LOG_ID, SEED, SampleLog};
use triad_event::codec::{DecodeError, decode};

const MUTANTS_PER_KIND: usize = 60;
const RECORDS_PER_BLOCK: usize = 100;
const SETTING_CHANGED: u16 = 101;

/// What a record says it holds.
struct Said {
    kind: u16,
    version: u8,
    name: String,
    payload: Vec<u8>,
}

/// The golden payload of each kind: lines of number, version, name, and bytes in hexadecimal.
fn golden_payloads() -> Vec<Said> {
    let path = root().join("store/event/src/tests/golden-v1.txt");
    let text = std::fs::read_to_string(path).expect("the golden payloads are in the repository");
    let lines = text.lines().map(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        let [kind, version, name, hex] = words[..] else { panic!("four words: {line}") };
        let digits = hex.as_bytes().chunks_exact(2).map(|pair| std::str::from_utf8(pair).expect("ascii"));
        Said {
            kind: kind.parse().expect("a kind"),
            version: version.parse().expect("a version"),
            name: name.to_owned(),
            payload: digits.map(|digits| u8::from_str_radix(digits, 16).expect("hexadecimal")).collect(),
        }
    });
    lines.collect()
}

/// What the second reader prints of a log with these records, a line for each.
fn printed(said: &[Said], name: &str) -> Vec<String> {
    let mut log = SampleLog::new(LOG_ID, SEED);
    for block in said.chunks(RECORDS_PER_BLOCK) {
        for Said { kind, version, payload, .. } in block {
            log.append_with(*kind, payload, |draft| draft.kind_version = *version);
        }
        log.seal();
    }
    let found = run(&["records", argument(&scratch(name, &log.file()))]);
    assert!(found.holds, "{}", found.output);
    let lines: Vec<String> = found.output.lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), said.len());
    lines
}

#[test]
fn the_second_reader_decodes_the_golden_payload_of_every_kind() {
    let golden = golden_payloads();
    for (said, line) in golden.iter().zip(printed(&golden, "payloads.triadlog")) {
        assert!(decode(said.kind, said.version, &said.payload).is_ok(), "{} does not decode here", said.name);
        let named = format!("\"event\": \"{}\", \"payload\": {{", said.name);
        assert!(line.contains(&named), "{line}");
    }
}

#[test]
fn the_second_reader_gives_fields_the_values_that_were_written() {
    let golden = golden_payloads();
    let lines = printed(&golden, "values.triadlog");
    let check = |name: &str, fields: &str| {
        let place = golden.iter().position(|said| said.name == name).expect("a kind of that name");
        let end = format!("\"event\": \"{name}\", \"payload\": {fields}}}");
        assert!(lines[place].ends_with(&end), "{}\nwhere {end}", lines[place]);
    };
    check(
        "governance.setting_changed",
        r#"{"asked": {"setting": 6, "scope": "nightly", "value": -2, "reason": "because of the test"}, "previous": 3600000}"#,
    );
    check("log.note_recorded", r#"{"text": "eight by"}"#);
    check("governance.engine_paused", r#"{"reason": ""}"#);
    check("governance.clock_stepped", r#"{"expected": -1, "found": 1}"#);
    check("dag.workflow_failed", r#"{"tally": {"completed": 4, "failed": 3, "skipped": 2, "cancelled": 1}}"#);
    check(
        "execution.attempt_ended",
        concat!(
            r#"{"request": 40, "task": 7, "ending": "Exited", "exit_code": -1, "signal": null, "duration": 1500, "#,
            r#""stdout": {"kept": {"address": "6161616161616161616161616161616161616161616161616161616161616161", "#,
            r#""commitment": "c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0", "length": 3}, "total": 3}, "#,
            r#""stderr": {"kept": null, "total": 70000}}"#
        ),
    );
    check(
        "subjects.hold_released",
        r#"{"asked": {"subject": "d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5", "hold": "case-17", "reason": ""}, "holds": 0}"#,
    );
}

/// Flips bits of a payload, or cuts it, or puts a part of it over another.
fn mutate(golden: &Said, number: usize) -> Said {
    let mut draws = Draws::new(&format!("payload {} {number}", golden.name));
    let mut payload = golden.payload.clone();
    match number % 4 {
        0 => payload.truncate(draws.below(payload.len())),
        1 => {
            let (from, to) = (draws.below(payload.len()), draws.below(payload.len()));
            let length = (1 + draws.below(8)).min(payload.len() - from.max(to));
            payload.copy_within(from..from + length, to);
        }
        _ => (0..1 + draws.below(3)).for_each(|_| draws.flip(&mut payload)),
    }
    Said { kind: golden.kind, version: golden.version, name: golden.name.clone(), payload }
}

#[test]
fn both_readers_find_the_same_payloads_malformed() {
    let golden = golden_payloads();
    let mutants: Vec<Said> = golden
        .iter()
        .flat_map(|said| (0..MUTANTS_PER_KIND).map(move |number| mutate(said, number)))
        .collect();
    let (mut sound, mut malformed, mut differ) = (0, 0, Vec::new());
    for (said, line) in mutants.iter().zip(printed(&mutants, "mutated-payloads.triadlog")) {
        let ours = decode(said.kind, said.version, &said.payload);
        match (&ours, line.contains("\"malformed\": ")) {
            (Ok(_), false) => sound += 1,
            (Err(DecodeError::Malformed { .. }), true) => malformed += 1,
            // The table says that a setting is a number; the codec also knows which numbers there are.
            (Err(DecodeError::Malformed { .. }), false) if said.kind == SETTING_CHANGED => malformed += 1,
            (_, _) => {
                let bytes: String = said.payload.iter().map(|byte| format!("{byte:02x}")).collect();
                differ.push(format!("{ours:?}: {} {bytes}", said.name));
            }
        }
    }
    assert!(differ.is_empty(), "{} of {} differ:\n{}", differ.len(), mutants.len(), differ.join("\n"));
    assert!(sound > 300 && malformed > 300, "{sound} sound, {malformed} malformed");
}

#[test]
fn the_second_reader_names_kinds_and_versions_that_it_does_not_know() {
    let unknown = [(60_000, 1), (4, 2)].map(|(kind, version)| Said {
        kind,
        version,
        name: String::new(),
        payload: b"\xff\xff\xff\xff\xff\xff\xff\xff".to_vec(),
    });
    for (said, line) in unknown.iter().zip(printed(&unknown, "unknown.triadlog")) {
        let named = format!("\"unknown\": \"kind {} version {} is not in the table", said.kind, said.version);
        assert!(line.contains(&named), "{line}");
    }
}
