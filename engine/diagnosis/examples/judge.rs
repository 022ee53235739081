//! Holds the rules against failures with labels, or measures them:
//!
//! ```text
//! cargo run --release -p triad-diagnosis --example judge -- DIRECTORY [--list | --all]
//! cargo run --release -p triad-diagnosis --example judge -- --bench
//! ```
//!
//! DIRECTORY has files `*.jsonl` with one failure a line: `id`, `program`, `class`, `exit`, `signal`, `timed_out`, `seconds`,
//! `environment` (names), `stderr` or `stderr_file` (gzip, beside it), `stdout_tail`, `argv`.

mod stopwatch;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, ExitCode};

use serde_json::Value;
use triad_diagnosis::{Candidate, Class, Facts, Rules, diagnose};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let flag = |name: &str| arguments.iter().any(|argument| argument == name);
    if flag("--bench") {
        bench();
        return ExitCode::SUCCESS;
    }
    let Some(directory) = arguments.iter().find(|argument| !argument.starts_with("--")) else {
        eprintln!("judge: say a directory, or --bench");
        return ExitCode::from(2);
    };
    match judge(Path::new(directory), (flag("--list"), flag("--all"))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("judge: {directory}: {error}");
            ExitCode::FAILURE
        }
    }
}

type Error = Box<dyn std::error::Error>;

/// How often each class was answered for each label.
type Confusion = BTreeMap<(Class, Class), u32>;

fn judge(directory: &Path, (list, all): (bool, bool)) -> Result<(), Error> {
    let mut files: Vec<_> = std::fs::read_dir(directory)?.collect::<Result<_, _>>()?;
    files.sort_by_key(std::fs::DirEntry::path);
    let mut confusion = Confusion::new();
    for path in files
        .iter()
        .map(std::fs::DirEntry::path)
        .filter(|path| path.extension().is_some_and(|e| e == "jsonl"))
    {
        for (line, number) in std::fs::read_to_string(&path)?.lines().zip(1..) {
            let case: Value = serde_json::from_str(line)
                .map_err(|error| format!("{}:{number}: {error}", path.display()))?;
            let (label, answer, rule, evidence) = answer(directory, &case)?;
            *confusion.entry((label, answer)).or_default() += 1;
            if all || (list && label != answer) {
                let otherwise = if answer == Class::Unknown { "unknown" } else { "WRONG" };
                let kind = if answer == label { "right" } else { otherwise };
                println!(
                    "{kind}\t{}\t{}\t{}\t{rule}\t{evidence}",
                    text(&case, "id"),
                    label.word(),
                    answer.word()
                );
            }
        }
    }
    report(&confusion);
    Ok(())
}

fn text<'a>(case: &'a Value, field: &str) -> &'a str {
    case[field].as_str().unwrap_or_default()
}

fn answer(directory: &Path, case: &Value) -> Result<(Class, Class, String, String), Error> {
    let label = Class::parse(text(case, "class")).ok_or_else(|| format!("{}: no class", case["id"]))?;
    let stderr = match case["stderr_file"].as_str() {
        Some(name) => unpacked(&directory.join(name))?,
        None => text(case, "stderr").as_bytes().to_vec(),
    };
    let names = |value: &Value| -> Vec<String> {
        let list = value.as_array().into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned));
        list.chain(value.as_object().into_iter().flatten().map(|(name, _)| name.clone())).collect()
    };
    let environment = names(&case["environment"]);
    let environment: Vec<&str> = environment.iter().map(String::as_str).collect();
    let number = |field: &str| case[field].as_i64().and_then(|number| i32::try_from(number).ok());
    let facts = Facts {
        stderr: &stderr,
        stdout: text(case, "stdout_tail").as_bytes(),
        exit: number("exit"),
        signal: number("signal"),
        timed_out: case["timed_out"].as_bool().unwrap_or_default(),
        ran_ms: (case["seconds"].as_f64().unwrap_or_default() * 1000.0) as u64,
        memory_limit_hit: case["memory_limit_hit"].as_bool().unwrap_or_default(),
        environment: &environment,
        program: case["argv"][0].as_str().unwrap_or_else(|| text(case, "program")),
    };
    let diagnosis = diagnose(Rules::built_in(), &facts);
    let best = diagnosis.cause.as_ref().or(diagnosis.others.first());
    let named = |candidate: &Candidate| format!("{} {}", candidate.rule, candidate.confidence_pm);
    let beside = diagnosis.others.iter().filter(|other| Some(*other) != best);
    let beside = beside.map(|other| format!(" / {} {}", other.class.word(), named(other)));
    let rule = best.map_or_else(|| "-".to_owned(), |best| named(best) + &beside.collect::<String>());
    let evidence = best.and_then(|best| best.evidence.as_ref()).map_or("", |evidence| evidence.line.as_str());
    Ok((label, diagnosis.class, rule, evidence.chars().take(160).collect()))
}

fn unpacked(path: &Path) -> Result<Vec<u8>, Error> {
    let output = Command::new("gzip").arg("-dc").arg(path).output()?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(format!("{}: gzip failed", path.display()).into())
    }
}

fn report(confusion: &Confusion) {
    let count = |of: &dyn Fn(Class, Class) -> bool| -> u32 {
        confusion.iter().filter(|((label, answer), _)| of(*label, *answer)).map(|(_, count)| count).sum()
    };
    let all = count(&|_, _| true).max(1);
    let share = |part: u32| format!("{part} ({:.1} %)", f64::from(part) * 100.0 / f64::from(all));
    println!("cases    {all}");
    println!("right    {}", share(count(&|label, answer| label == answer)));
    println!("wrong    {}", share(count(&|label, answer| label != answer && answer != Class::Unknown)));
    println!("unknown  {}", share(count(&|label, answer| label != answer && answer == Class::Unknown)));
    println!("\n{:<24}{:>6}{:>6}  answered otherwise", "label", "cases", "right");
    for label in Class::ALL {
        let cases = count(&|of, _| of == label);
        if cases == 0 {
            continue;
        }
        let others = confusion.iter().filter(|((of, answer), _)| *of == label && *answer != label);
        let others: Vec<String> =
            others.map(|((_, answer), count)| format!("{} {count}", answer.word())).collect();
        let right = count(&|of, answer| of == label && answer == label);
        println!("{:<24}{cases:>6}{right:>6}  {}", label.word(), others.join(", "));
    }
}

/// One megabyte of each kind, looked at several times; the best and the worst time.
fn bench() {
    let rules = Rules::built_in();
    let prose = "The quick brown fox jumps over the lazy dog, and nothing of it is of any interest to anyone at all.\n";
    let log = |number: usize| {
        format!(
            "2026-01-02T03:04:{:02}Z ERROR worker {number}: dial tcp 10.0.0.1:5432: connect: connection refused\n",
            number % 60
        )
    };
    let mixed = |number: usize| match number % 6 {
        0 => format!("E{number} open /srv/{number}: permission denied\n"),
        1 => format!("W{number} warning: unused variable x{number}\n"),
        2 => format!(
            "java.io.FileNotFoundException: /srv/{number} (No such file or directory)\n\tat a.b.C.d(C.java:{number})\n"
        ),
        3 => format!("KeyError: 'K{number}'\n"),
        4 => format!(
            "error: failed to fetch https://host{number}.example/: 503 Service Unavailable, timed out\n"
        ),
        _ => format!("{number} \x1b[31mfatal\x1b[0m: naïve façade не найден {number}\r\n"),
    };
    let megabyte = |line: &dyn Fn(usize) -> String| -> Vec<u8> {
        let mut text: Vec<u8> = (0..)
            .map(line)
            .take_while(|line| !line.is_empty())
            .scan(0, |size, line| {
                *size += line.len();
                (*size <= 1 << 20).then_some(line)
            })
            .flat_map(String::into_bytes)
            .collect();
        text.truncate(1 << 20);
        text
    };
    let texts = [
        ("prose, folded", megabyte(&|_| prose.to_owned())),
        ("prose, no line twice", megabyte(&|number| format!("{number} {prose}"))),
        ("log that matches", megabyte(&log)),
        ("mixed, colours", megabyte(&mixed)),
        ("one line", megabyte(&|number| format!("{number} connection refused, no such file; "))),
        (
            "other letters",
            megabyte(&|number| format!("{number}: Быстрая лиса перепрыгивает через ленивую собаку\n")),
        ),
    ];
    for (name, text) in texts {
        let times =
            stopwatch::times(41, || diagnose(rules, &Facts { stderr: &text, ..Facts::default() }).class);
        // The processor's counter may move in steps of some milliseconds, so a mean says more than a median.
        let mean = |of: fn(&stopwatch::Took) -> f64| times.iter().map(of).sum::<f64>() / times.len() as f64;
        println!(
            "{name:<24}{:>9} bytes  processor: mean {:.1} ms, worst {:.1} ms  clock: {:.1} ms",
            text.len(),
            mean(|took| took.processor_ms),
            times[times.len() - 1].processor_ms,
            mean(|took| took.clock_ms)
        );
    }
}
