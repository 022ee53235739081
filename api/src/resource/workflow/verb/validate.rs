//! `triad workflow validate`: what the door would say, without a server.

use super::values::InputOptions;
use super::written::{Remark, Written};
use crate::failure::Failure;
use crate::output::Output;
use crate::wire::definition::{Reading, Unacceptable, greatest_bounds, read};
use crate::wire::library::Library;
use crate::wire::place::Place;
use crate::wire::problem::Problem;
use serde_json::{Map, Value, json};

/// Checks every file, and fails when one has faults.
pub(super) fn run(files: &[String], inputs: &InputOptions, output: &Output) -> Result<(), Failure> {
    let mut bad = 0;
    for file in files {
        let written = Written::read(file)?;
        let checked = check(&written, inputs.values(&written)?);
        output.result(|| checked.text(&written), || checked.document(file))?;
        bad += usize::from(!checked.remarks.is_empty());
    }
    match (bad, files.len()) {
        (0, _) => Ok(()),
        (_, 1) => Err(Failure::refused("the definition has faults")),
        (bad, all) => Err(Failure::refused(format!("{bad} of {all} definitions have faults"))),
    }
}

/// Checks a definition with values of its inputs as a server would whose settings admit the most. Definitions that it names are
/// known to
/// that server alone.
pub(super) fn check(written: &Written, values: Map<String, Value>) -> Checked {
    let (bounds, library) = (greatest_bounds(), Library::unasked());
    let reading = Reading { values, ..Reading::to_run(&bounds, &library) };
    match read(written.language, &written.bytes, &reading) {
        Ok(definition) => Checked { tasks: definition.checked.tasks.len(), ..Checked::default() },
        Err(Unacceptable::Malformed(malformed)) => {
            let place = Place { line: malformed.line, column: malformed.column };
            let text = malformed.what.into_owned();
            let fault = json!({
                "path": "", "task": null, "task_id": null, "problem": text, "line": place.line, "column": place.column,
            });
            Checked {
                tasks: 0,
                remarks: vec![Remark { place: Some(place), text }],
                faults: json!([fault]),
                total: 1,
            }
        }
        Err(Unacceptable::Faults(faults)) => {
            let mut remarks: Vec<Remark> = (faults.listed.iter())
                .map(|fault| Remark {
                    place: fault.place,
                    text: format!("{}: {}", fault.path(), fault.problem),
                })
                .collect();
            let unlisted = faults.total - remarks.len();
            if unlisted > 0 {
                remarks.push(Remark { place: None, text: format!("{unlisted} more faults are not listed") });
            }
            let document = Problem::faults(&faults).document();
            Checked { tasks: 0, remarks, faults: document["faults"].clone(), total: faults.total }
        }
    }
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Checked {
    tasks: usize,
    pub(super) remarks: Vec<Remark>,
    faults: Value,
    total: usize,
}

impl Checked {
    fn text(&self, written: &Written) -> String {
        if self.remarks.is_empty() {
            let plural = if self.tasks == 1 { "task" } else { "tasks" };
            return format!("{}: good, {} {plural}", written.file, self.tasks);
        }
        written.show(&self.remarks)
    }

    fn document(&self, file: &str) -> Value {
        let faults = if self.faults.is_null() { json!([]) } else { self.faults.clone() };
        json!({ "file": file, "is_valid": self.total == 0, "faults": faults, "fault_count": self.total })
    }
}
