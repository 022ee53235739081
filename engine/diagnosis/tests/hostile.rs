//! Hostile output: much, one line of much, bytes that are nothing, and lines that every rule looks at.

use quickcheck::{QuickCheck, TestResult};
use triad_diagnosis::{Class, Cleaned, Diagnosis, Facts, Rules, Tail, diagnose, limits};

fn of(stderr: &[u8]) -> Diagnosis {
    diagnose(Rules::built_in(), &Facts { stderr, exit: Some(1), ..Facts::default() })
}

/// What holds of every answer, whatever was written.
fn holds(stderr: &[u8]) -> Diagnosis {
    let diagnosis = of(stderr);
    assert_eq!(diagnosis, of(stderr), "the same output has the same answer");
    assert!(diagnosis.others.len() <= limits::OTHERS_MAX);
    for candidate in diagnosis.cause.iter().chain(&diagnosis.others) {
        assert!(candidate.confidence_pm <= limits::CONFIDENCE_PM_MAX);
        assert!(candidate.subjects.len() <= limits::SUBJECTS_MAX);
        for subject in &candidate.subjects {
            assert!(
                !subject.name.is_empty() && subject.name.len() <= limits::SUBJECT_BYTES_MAX,
                "{subject:?}"
            );
        }
        let Some(evidence) = &candidate.evidence else { continue };
        assert!(
            evidence.bytes.start < evidence.bytes.end && evidence.bytes.end <= stderr.len(),
            "{evidence:?}"
        );
        assert!(evidence.line.len() <= limits::EVIDENCE_BYTES_MAX, "{} bytes", evidence.line.len());
        assert!(!evidence.line.chars().any(char::is_control), "{:?}", evidence.line);
    }
    diagnosis
}

/// Output as it might be: words that rules look for, escapes, and bytes by chance.
fn woven(choices: &[u8]) -> Vec<u8> {
    const PARTS: [&[u8]; 24] = [
        b"error: ",
        b"permission denied",
        b"\n",
        b"\r",
        b"\x1b[31m",
        b"\x1b]0;t\x07",
        b"\x1b",
        b"Caused by: ",
        b"  at a.b(C:1)",
        b"No such file or directory",
        "\u{202e}".as_bytes(),
        b"\x00",
        b"\xff\xe2\x80",
        "файл не найден".as_bytes(),
        b"warning: ",
        b"KeyError: 'A_B'",
        b"timed out",
        b"\t",
        b"'",
        "\u{2019}".as_bytes(),
        b"    0: ",
        b"connection refused",
        b"The above exception was the direct cause of",
        b": ",
    ];
    choices
        .iter()
        .flat_map(|choice| PARTS.get(usize::from(*choice) % 32).copied().unwrap_or(b"x").to_vec())
        .collect()
}

#[test]
fn whatever_is_written_there_is_an_answer() {
    fn bytes(stderr: Vec<u8>) -> TestResult {
        holds(&stderr);
        TestResult::passed()
    }
    fn parts(choices: Vec<u8>) -> TestResult {
        holds(&woven(&choices));
        TestResult::passed()
    }
    QuickCheck::new().tests(150).quickcheck(bytes as fn(Vec<u8>) -> TestResult);
    QuickCheck::new().tests(300).quickcheck(parts as fn(Vec<u8>) -> TestResult);
}

#[test]
fn cleaning_what_was_cleaned_changes_nothing() {
    fn again(choices: Vec<u8>) -> bool {
        let once = Cleaned::of(&woven(&choices));
        Cleaned::of(once.text.as_bytes()).text == once.text
    }
    fn again_bytes(bytes: Vec<u8>) -> bool {
        let once = Cleaned::of(&bytes);
        Cleaned::of(once.text.as_bytes()).text == once.text
    }
    QuickCheck::new().tests(2000).quickcheck(again as fn(Vec<u8>) -> bool);
    QuickCheck::new().tests(2000).quickcheck(again_bytes as fn(Vec<u8>) -> bool);
}

#[test]
fn of_a_hundred_megabytes_the_end_is_kept() {
    let mut tail = Tail::default();
    let block = b"nothing to see in this line at all\n".repeat(3000);
    let mut pushed = 0;
    while pushed < 100 << 20 {
        tail.push(&block);
        pushed += block.len();
    }
    let last = b"fatal: Authentication failed for 'https://x.example/a.git/'\n";
    tail.push(last);
    assert_eq!(tail.bytes().len(), limits::TAIL_BYTES_MAX);
    assert_eq!(tail.bytes_before() as usize, pushed + last.len() - limits::TAIL_BYTES_MAX);
    assert_eq!(holds(tail.bytes()).class, Class::Authentication);
}

#[test]
fn a_push_beyond_the_tail_keeps_its_end() {
    let mut tail = Tail::default();
    tail.push(b"before");
    let much: Vec<u8> = (0..3 * limits::TAIL_BYTES_MAX).map(|at| (at % 251) as u8).collect();
    tail.push(&much);
    assert_eq!(tail.bytes(), &much[2 * limits::TAIL_BYTES_MAX..]);
    assert_eq!(tail.bytes_before() as usize, 6 + 2 * limits::TAIL_BYTES_MAX);
}

#[test]
fn one_line_of_fifty_megabytes_is_looked_at_from_its_end() {
    let mut line = vec![b'x'; 50 << 20];
    line.extend_from_slice(b" error: no space left on device");
    let diagnosis = holds(&line);
    assert_eq!(diagnosis.class, Class::OutOfDisk);
    let evidence = diagnosis.cause.and_then(|cause| cause.evidence).expect("a line shows it");
    assert_eq!(evidence.bytes.end, line.len(), "the bytes are those of what was given, not of the tail");
}

#[test]
fn texts_that_make_patterns_go_back_are_only_texts() {
    for part in
        ["a", "(", "[[", "a.b.c.d.", "....", "''''", "::", "1:1:", "0x0 ", "at ", "not found ", "must be "]
    {
        let line = part.repeat(40_000);
        holds(line.as_bytes());
        holds(format!("error: {line} not found in environment variable missing file {line}").as_bytes());
    }
    holds(&[0; 1 << 20]);
    holds("\u{202e}\u{200f}".repeat(100_000).as_bytes());
    holds(&b"\x1b]".repeat(200_000));
    holds(&b"permission denied\r".repeat(60_000));
}
