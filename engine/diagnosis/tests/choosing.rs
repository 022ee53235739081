//! Which of several causes is the answer, how an attempt ended, and what else is told.

use triad_diagnosis::{Class, Diagnosis, Facts, Origin, Rules, Stream, SubjectKind, diagnose, limits};

fn of(facts: Facts) -> Diagnosis {
    diagnose(Rules::built_in(), &facts)
}

fn ended(exit: Option<i32>, signal: Option<i32>) -> Facts<'static> {
    Facts { exit, signal, ..Facts::default() }
}

/// The one door: facts, and the class that follows.
fn check(given: Facts, then: Class) {
    let diagnosis = of(given);
    assert_eq!(diagnosis.class, then, "given {:?}", String::from_utf8_lossy(given.stderr));
    assert_eq!(diagnosis.class == Class::Unknown, diagnosis.cause.is_none());
    assert_eq!(diagnosis.class == Class::Unknown, diagnosis.confidence_pm < limits::THRESHOLD_PM);
}

#[test]
fn the_end_alone_says_something() {
    check(ended(Some(1), None), Class::Unknown);
    check(ended(None, None), Class::Unknown);
    check(ended(Some(127), None), Class::CommandNotFound);
    check(ended(None, Some(11)), Class::Crash);
    check(ended(Some(139), None), Class::Crash);
    check(ended(None, Some(6)), Class::Crash);
    check(ended(None, Some(15)), Class::Unknown);
    check(ended(None, Some(9)), Class::Unknown);
    check(Facts { memory_limit_hit: true, ..ended(None, Some(9)) }, Class::OutOfMemory);
    check(Facts { timed_out: true, ..ended(None, Some(9)) }, Class::Timeout);
    check(Facts { ran_ms: 5000, ..ended(Some(124), None) }, Class::Timeout);
    check(Facts { ran_ms: 3, ..ended(Some(124), None) }, Class::Unknown);
    check(Facts { program: "/usr/bin/curl", ..ended(Some(6), None) }, Class::Dns);
    check(Facts { program: "other", ..ended(Some(6), None) }, Class::Unknown);
}

#[test]
fn of_several_causes_the_deepest_is_the_answer() {
    let given = |stderr: &'static str| Facts { stderr: stderr.as_bytes(), ..ended(Some(1), None) };
    let java = "java.lang.IllegalStateException: cannot start\n\tat a.B.c(B.java:1)\n\
                Caused by: java.util.concurrent.TimeoutException: connect timed out\n\t... 3 more\n\
                Caused by: java.net.UnknownHostException: db.example\n\t... 4 more\n";
    check(given(java), Class::Dns);
    let rust = "Error: cannot load\n\nCaused by:\n    0: request failed\n    1: No such file or directory (os error 2)\n";
    check(given(rust), Class::MissingFile);
    let python = "PermissionError: [Errno 13] Permission denied: '/srv/a'\n\n\
                  The above exception was the direct cause of the following exception:\n\n\
                  Traceback (most recent call last):\nRuntimeError: cannot read settings\n";
    check(given(python), Class::Permission);
    let wrapped =
        "cc: fatal error: Killed signal terminated program cc1plus\nmake: *** [Makefile:3: a.o] Error 1\n";
    check(given(wrapped), Class::OutOfMemory);
    check(
        given("warning: connection refused, will retry\nerror: no space left on device\n"),
        Class::OutOfDisk,
    );
    check(
        given("error: no space left on device\nwarning: connection refused, will retry\n"),
        Class::OutOfDisk,
    );
}

#[test]
fn general_words_give_way_to_what_is_said_exactly() {
    let given = |stderr: &'static str, stdout: &'static str| Facts {
        stderr: stderr.as_bytes(),
        stdout: stdout.as_bytes(),
        ..ended(Some(22), None)
    };
    let refused = "curl: (22) The requested URL returned error: 403\n";
    check(given(refused, ""), Class::Permission);
    check(given(refused, r#"{"message":"API rate limit exceeded for 203.0.113.7."}"#), Class::RateLimit);
    let bad = "curl: (22) The requested URL returned error: 400\n";
    check(given(bad, ""), Class::BadInput);
    check(given(bad, r#"{"error":"invalid_grant"}"#), Class::Authentication);
    check(given("Error: Invalid value for 'SRC': Path 'a/b.csv' does not exist.\n", ""), Class::MissingFile);
    check(given("Error: Invalid value for '--n': 'x' is not a valid integer.\n", ""), Class::BadInput);
}

#[test]
fn frames_and_printed_objects_are_not_causes() {
    let given = |stderr: &'static str| Facts { stderr: stderr.as_bytes(), ..ended(Some(1), None) };
    check(given("    (elixir 1.14.0) lib/code.ex:422: Code.validated_eval_string/3\n"), Class::Unknown);
    check(given("  errorCodes: [\n    'EAI_AGAIN'\n  ],\n  tls: undefined,\n"), Class::Unknown);
}

#[test]
fn a_cause_in_the_middle_of_much_is_found() {
    let filler =
        |from: u32| (from..from + 9000).map(|number| format!("processed row {number} of the input\n"));
    let cause = std::iter::once(
        "psycopg2.OperationalError: FATAL:  password authentication failed for user \"app\"\n".to_owned(),
    );
    let text: String = filler(0).chain(cause).chain(filler(9000)).collect();
    let diagnosis = of(Facts { stderr: text.as_bytes(), ..ended(Some(1), None) });
    assert_eq!(diagnosis.class, Class::Authentication);
    let evidence = diagnosis.cause.and_then(|cause| cause.evidence).expect("a line shows it");
    assert!(text[evidence.bytes].starts_with("psycopg2.OperationalError"));
}

#[test]
fn the_answer_names_rule_line_bytes_and_subject() {
    let stderr = b"starting\n\x1b[31mcurl: (6) Could not resolve host: nowhere.example\x1b[0m\r\n";
    let diagnosis = of(Facts { stderr, ..ended(Some(6), None) });
    assert!(matches!(diagnosis.origin, Origin::Rules { version: 1.., operator_version: None, .. }));
    let cause = diagnosis.cause.expect("it is known");
    let evidence = cause.evidence.expect("a line shows it");
    assert_eq!((cause.class, cause.rule.as_str()), (Class::Dns, "dns.resolve"));
    assert_eq!((evidence.stream, evidence.times), (Stream::Stderr, 1));
    assert_eq!(evidence.line, "curl: (6) Could not resolve host: nowhere.example");
    assert_eq!(&stderr[evidence.bytes], evidence.line.as_bytes());
    let subject = &cause.subjects[0];
    assert_eq!((subject.kind, subject.name.as_str()), (SubjectKind::Host, "nowhere.example"));
}

#[test]
fn subjects_are_found() {
    let table = [
        ("KeyError: 'DATABASE_URL'", SubjectKind::Variable, "DATABASE_URL"),
        ("bash: line 1: API_TOKEN: unbound variable", SubjectKind::Variable, "API_TOKEN"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'a/b.csv'", SubjectKind::File, "a/b.csv"),
        ("cat: /srv/in.csv: No such file or directory", SubjectKind::File, "/srv/in.csv"),
        ("bash: line 1: terraform: command not found", SubjectKind::Program, "terraform"),
        ("ModuleNotFoundError: No module named 'pandas'", SubjectKind::Module, "pandas"),
        ("dial tcp 10.0.0.1:5432: connect: connection refused", SubjectKind::Host, "10.0.0.1"),
        ("Error: getaddrinfo ENOTFOUND db.example", SubjectKind::Host, "db.example"),
    ];
    for (stderr, kind, name) in table {
        let cause = of(Facts { stderr: stderr.as_bytes(), ..Facts::default() }).cause.expect(stderr);
        let found = cause.subjects.iter().any(|subject| subject.kind == kind && subject.name == name);
        assert!(found, "{stderr}: {:?}", cause.subjects);
    }
}

#[test]
fn a_variable_that_is_set_is_hardly_missing() {
    let facts = Facts { stderr: b"KeyError: 'DATABASE_URL'", ..ended(Some(1), None) };
    let without = of(facts).confidence_pm;
    let environment = ["PATH", "DATABASE_URL"];
    let with = of(Facts { environment: &environment, ..facts }).confidence_pm;
    assert!(with < without, "{with} and {without}");
}

#[test]
fn the_end_makes_a_line_surer() {
    let stderr = b"sh: 1: frob: not found\n";
    let alone = of(Facts { stderr, ..Facts::default() }).confidence_pm;
    let both = of(Facts { stderr, ..ended(Some(127), None) }).confidence_pm;
    assert!(both > alone, "{both} and {alone}");
}

#[test]
fn standard_output_is_asked_when_standard_error_says_nothing() {
    let stdout = b"[ERROR] connection refused\n";
    check(Facts { stdout, ..ended(Some(1), None) }, Class::Network);
    check(Facts { stdout, stderr: b"disk quota exceeded\n", ..ended(Some(1), None) }, Class::OutOfDisk);
}

#[test]
fn others_are_other_classes_in_order_and_few() {
    let stderr =
        b"permission denied\nno space left on device\nconnection refused\nKilled\nsegmentation fault\n\
                   x509: certificate signed by unknown authority\ntoo many requests\nsyntax error\n";
    let diagnosis = of(Facts { stderr, ..ended(Some(1), None) });
    assert_eq!(diagnosis.others.len(), limits::OTHERS_MAX);
    let mut classes: Vec<Class> = diagnosis.others.iter().map(|other| other.class).collect();
    classes.push(diagnosis.class);
    classes.sort_unstable();
    classes.dedup();
    assert_eq!(classes.len(), limits::OTHERS_MAX + 1, "no class stands there twice");
}

#[test]
fn what_is_shown_is_not_what_went_wrong() {
    let given = |stderr: &'static str| Facts { stderr: stderr.as_bytes(), ..ended(Some(1), None) };
    // Lists of options name much.
    let help = "get: invalid URL\nUsage: get [options] URL\n    -t timeout     Connection timed out after this\n    \
                -E certfile    Specify optional client certificate chain and private key\n    \
                -P password    Password that is asked for when access is denied\n";
    check(given(help), Class::BadInput);
    check(given("    -E certfile    Specify optional client certificate chain\n"), Class::Unknown);
    // So does source above a row of carets.
    let source = "/srv/a.js:3\n  if (late) throw Error('connection refused');\n            ^^^^^\nError: cannot start\n";
    check(given(source), Class::Unknown);
    check(given("Error: connection refused\n    at a (/srv/a.js:3:9)\n"), Class::Network);
    // And what is done instead is no failure.
    check(given("No configuration was found -- using built in rules by default.\n"), Class::Unknown);
}

#[test]
fn a_package_that_could_not_be_fetched_is_not_one_that_is_not_there() {
    let given = |stderr: &'static str| Facts { stderr: stderr.as_bytes(), ..ended(Some(1), None) };
    let missing = "ERROR: No matching distribution found for flask\n";
    check(given(missing), Class::DependencyUnavailable);
    let refused = "Could not fetch: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed\n\
                   ERROR: No matching distribution found for flask\n";
    check(given(refused), Class::Tls);
}

#[test]
fn an_exit_code_gives_way_to_what_is_said() {
    let given = |stderr: &'static str| Facts { stderr: stderr.as_bytes(), ..ended(Some(127), None) };
    check(given(""), Class::CommandNotFound);
    check(given("Error: api.url is required\n"), Class::MissingConfiguration);
}
