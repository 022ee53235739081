//! Whole failures of many programs, as they are printed, and what they are: `failures.txt`.

use triad_diagnosis::{Class, Diagnosis, Facts, Rules, diagnose};

/// The one door: what an attempt wrote to standard error, how it ended, and the class that follows.
fn check(stderr: &str, exit: i32, class: Class) -> Option<String> {
    let facts = Facts { stderr: stderr.as_bytes(), exit: Some(exit), ..Facts::default() };
    let diagnosis: Diagnosis = diagnose(Rules::built_in(), &facts);
    let why = diagnosis.cause.as_ref().or(diagnosis.others.first());
    let rule = why.map_or("no rule", |candidate| candidate.rule.as_str());
    let evidence =
        why.and_then(|candidate| candidate.evidence.as_ref()).map_or("", |evidence| &evidence.line);
    let answer = diagnosis.class.word();
    (diagnosis.class != class)
        .then(|| format!("{} answered {answer} by {rule} from {evidence:?}\n{stderr}", class.word()))
}

#[test]
fn failures_of_many_programs_are_what_they_are() {
    let text = include_str!("failures.txt");
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in text.strip_prefix("== ").expect("the file begins with a case").split("\n== ") {
        let (head, stderr) = case.split_once('\n').expect("a case has a head and a text");
        let mut words = head.split(' ');
        let class =
            words.next().and_then(Class::parse).unwrap_or_else(|| panic!("{head:?} begins with a class"));
        let exit = words
            .find_map(|word| word.strip_prefix("exit="))
            .map_or(1, |exit| exit.parse().expect("a number"));
        wrong.extend(check(stderr, exit, class));
        count += 1;
    }
    assert!(count > 150, "the file has {count} cases");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}
