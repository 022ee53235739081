//! What a model says, as a table: what is taken, and why the rest is not.

use triad_diagnosis::{Class, Diagnosis, Facts, NotTaken, Origin, Stream};

const STDERR: &[u8] = b"starting\n\x1b[31merror: the flux is out of phase\x1b[0m\nstopped\n";

fn facts() -> Facts<'static> {
    Facts { stderr: STDERR, stdout: b"only here\n", ..Facts::default() }
}

/// The one door: an answer, and the words of what comes of it.
fn check(given: &str, then: &str) {
    let came = match Diagnosis::from_model(given.as_bytes(), &facts()) {
        Ok(diagnosis) => format!(
            "{} {}, {} others",
            diagnosis.class.word(),
            diagnosis.confidence_pm,
            diagnosis.others.len()
        ),
        Err(refused) => refused.to_string(),
    };
    assert!(came.starts_with(then), "given {given}: {came}");
}

#[test]
fn only_what_is_of_the_form_and_in_the_output_is_taken() {
    let answer = |class: &str, evidence: &str, confidence: &str| {
        format!(r#"{{"class": "{class}", "evidence": "{evidence}", "confidence_pm": {confidence}}}"#)
    };
    let line = "error: the flux is out of phase";
    check(&answer("bad_input", line, "700"), "bad_input 700, 0 others");
    check(&answer("bad_input", &format!("  {line} "), "900"), "bad_input 900, 0 others");
    check(&answer("bad_input", "only here", "700"), "bad_input 700, 0 others");
    check(&answer("bad_input", line, "499"), "unknown 0, 1 others");
    check(&answer("unknown", "", "0"), "unknown 0, 0 others");
    check(&answer("unknown", "", "10"), "the confidence 10 is not within");
    check(&answer("unknown", line, "0"), "the evidence is no line");
    check(&answer("bad_input", line, "901"), "the confidence 901 is not within");
    check(&answer("bad_input", line, "0"), "the confidence 0 is not within");
    check(&answer("bad_input", line, "-1"), "the answer is not of the form");
    check(&answer("bad_input", line, "0.7"), "the answer is not of the form");
    check(&answer("Bad_Input", line, "700"), "\"Bad_Input\" is no class");
    check(&answer("gremlins", line, "700"), "\"gremlins\" is no class");
    check(&answer("bad_input", "the flux is out of phase", "700"), "the evidence is no line");
    check(&answer("bad_input", "error: the flux is out of PHASE", "700"), "the evidence is no line");
    check(&answer("bad_input", "", "700"), "the evidence is no line");
    check(&answer("bad_input", "starting\\nstopped", "700"), "the evidence is no line");
    check(r#"{"class": "dns", "evidence": "starting"}"#, "the answer is not of the form: missing field");
    check(
        r#"{"class": "dns", "evidence": "starting", "confidence_pm": 700, "fix": "rm"}"#,
        "the answer is not of the form",
    );
    check(
        r#"{"class": "dns", "evidence": "starting", "confidence_pm": 700} and more"#,
        "the answer is not of the form",
    );
    check(
        r#"{"class": "dns", "class": "tls", "evidence": "starting", "confidence_pm": 700}"#,
        "the answer is not of",
    );
    check("", "the answer is not of the form");
    check("[]", "the answer is not of the form");
    check(&" ".repeat(20_000), "the answer has 20000 bytes");
}

#[test]
fn what_is_taken_says_where_its_line_lies() {
    let answer =
        br#"{"class": "conflict", "evidence": "error: the flux is out of phase", "confidence_pm": 600}"#;
    let diagnosis = Diagnosis::from_model(answer, &facts()).expect("it is taken");
    assert_eq!((diagnosis.class, &diagnosis.origin), (Class::Conflict, &Origin::Model));
    let evidence = diagnosis.cause.and_then(|cause| cause.evidence).expect("it has a line");
    assert_eq!(
        (evidence.stream, &STDERR[evidence.bytes]),
        (Stream::Stderr, &b"error: the flux is out of phase"[..])
    );
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    assert!(matches!(Diagnosis::from_model(b"\xff\xfe{}", &facts()), Err(NotTaken::Form { .. })));
}
