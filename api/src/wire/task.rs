//! One task of a definition as it comes in.

use super::definition::{expect, expect_text, refuse_repeated, refuse_unknown, shown_key};
use super::fault::{Faults, cut};
use super::json::{Kind, Malformed, Reader};
use triad_decide::intake::{Bounds, ProposedTask};
use triad_event::intake::TaskKind;
use triad_event::quantity::Millis;
use triad_event::sealed::EnvVariable;

/// Arguments and variables of all tasks together. A text of one byte costs ten in memory, so that a document
/// made of nothing else would need many times its size; no definition within the other limits comes near.
const TEXTS_MAX: usize = 1_000_000;

/// What stands in place of a text that is none, so that only the one fault is told.
const PLACEHOLDER: &str = "?";

const KNOWN: &str = "a task has id, name, type, dependencies, command, env, input, timeout_seconds and retry";
const KNOWN_OF_RETRY: &str = "retry has attempts and base_ms";

/// What may still be stored of a definition. What lies beyond is counted and forgotten.
pub(super) struct Budget {
    dependencies: usize,
    texts: usize,
    is_over: bool,
}

impl Budget {
    pub(super) fn new(bounds: &Bounds) -> Self {
        // One more than may be, so that the core says that there are too many.
        Self { dependencies: bounds.dependencies_max + 1, texts: TEXTS_MAX, is_over: false }
    }

    fn take_text(&mut self) -> bool {
        self.is_over |= self.texts == 0;
        self.texts = self.texts.saturating_sub(1);
        !self.is_over
    }

    fn take_dependency(&mut self) -> bool {
        let is_left = self.dependencies > 0;
        self.dependencies = self.dependencies.saturating_sub(1);
        is_left
    }

    pub(super) fn report(&self, faults: &mut Faults) {
        if self.is_over {
            let problem = || format!("at most {TEXTS_MAX} arguments and variables in all");
            faults.add(None, || "tasks".to_owned(), problem);
        }
    }
}

/// Reads one task.
pub(super) struct TaskReader<'a> {
    pub(super) position: u32,
    pub(super) faults: &'a mut Faults,
    pub(super) budget: &'a mut Budget,
}

/// Which fields stood already.
#[derive(Default)]
struct Seen(Vec<&'static str>);

impl Seen {
    /// Whether it stands for the first time.
    fn first(&mut self, field: &'static str) -> bool {
        let is_first = !self.0.contains(&field);
        self.0.push(field);
        is_first
    }
}

impl TaskReader<'_> {
    pub(super) fn read(mut self, reader: &mut Reader<'_>) -> Result<ProposedTask, Malformed> {
        let first_fault = self.faults.listed.len();
        let (mut task, mut kind) = (blank(), None);
        if reader.kind()? == Kind::Object {
            let mut seen = Seen::default();
            reader.object(|reader, key| self.field(reader, &key, &mut seen, &mut task, &mut kind))?;
            if !seen.0.contains(&"type") {
                self.fault("type", || "is missing: NOOP or PROCESS".to_owned());
            }
        } else {
            let found = reader.kind()?;
            reader.skip()?;
            self.fault("", || format!("a task is an object, not {found}"));
        }
        // A kind that is missing or unknown is one fault; what fits the other fields makes no second one.
        let is_process = !task.command.is_empty() || !task.env.is_empty() || task.timeout.is_some();
        task.kind = kind.unwrap_or(if is_process { TaskKind::Process } else { TaskKind::Noop });
        if task.kind == TaskKind::Process && kind.is_none() && task.command.is_empty() {
            task.command.push(PLACEHOLDER.to_owned());
        }
        self.faults.name_from(first_fault, &task.id);
        Ok(task)
    }

    fn field(
        &mut self,
        reader: &mut Reader<'_>,
        key: &str,
        seen: &mut Seen,
        task: &mut ProposedTask,
        kind: &mut Option<TaskKind>,
    ) -> Result<(), Malformed> {
        match key {
            "id" if seen.first("id") => task.id = self.id(reader)?,
            "name" if seen.first("name") => task.name = self.text(reader, "name")?.unwrap_or_default(),
            "type" if seen.first("type") => *kind = self.kind(reader)?,
            "dependencies" if seen.first("dependencies") => task.dependencies = self.dependencies(reader)?,
            "command" if seen.first("command") => task.command = self.command(reader)?,
            "env" if seen.first("env") => task.env = self.env(reader)?,
            "input" if seen.first("input") => task.text = self.text(reader, "input")?,
            "timeout_seconds" if seen.first("timeout_seconds") => {
                let seconds = self.whole(reader, "timeout_seconds")?;
                task.timeout = seconds.map(|seconds| Millis(seconds.saturating_mul(1000)));
            }
            "retry" if seen.first("retry") => self.retry(reader, task)?,
            "id" | "name" | "type" | "dependencies" | "command" | "env" | "input" | "timeout_seconds"
            | "retry" => {
                refuse_repeated(reader, self.faults, Some(self.position), key)?;
            }
            _ => refuse_unknown(reader, self.faults, Some(self.position), key, KNOWN)?,
        }
        Ok(())
    }

    fn fault(&mut self, field: &str, problem: impl FnOnce() -> String) {
        self.faults.add(Some(self.position), || field.to_owned(), problem);
    }

    fn text(&mut self, reader: &mut Reader<'_>, field: &str) -> Result<Option<String>, Malformed> {
        expect_text(reader, self.faults, Some(self.position), field)
    }

    fn expect(&mut self, reader: &mut Reader<'_>, field: &str, kind: Kind) -> Result<bool, Malformed> {
        expect(reader, self.faults, Some(self.position), field, kind)
    }

    fn id(&mut self, reader: &mut Reader<'_>) -> Result<String, Malformed> {
        let id = self.text(reader, "id")?;
        if id.as_deref() == Some("") {
            self.fault("id", || "must not be empty: leave it out to get one".to_owned());
        }
        Ok(id.unwrap_or_default())
    }

    fn kind(&mut self, reader: &mut Reader<'_>) -> Result<Option<TaskKind>, Malformed> {
        let Some(name) = self.text(reader, "type")? else { return Ok(None) };
        let kind = match &*name {
            "NOOP" => Some(TaskKind::Noop),
            "PROCESS" => Some(TaskKind::Process),
            "SIMULATION" => {
                self.fault("type", || "SIMULATION is not supported yet: NOOP or PROCESS".to_owned());
                None
            }
            _ => {
                self.fault("type", || format!("must be NOOP or PROCESS, not {:?}", cut(&name)));
                None
            }
        };
        Ok(kind)
    }

    fn dependencies(&mut self, reader: &mut Reader<'_>) -> Result<Vec<String>, Malformed> {
        let mut names = Vec::new();
        if !self.expect(reader, "dependencies", Kind::List)? {
            return Ok(names);
        }
        let mut place = 0_u64;
        reader.list(|reader| {
            if reader.kind()? == Kind::Text {
                let name = reader.text()?;
                if self.budget.take_dependency() {
                    names.push(name.into_owned());
                }
            } else {
                self.expect(reader, &format!("dependencies[{place}]"), Kind::Text)?;
            }
            place += 1;
            Ok(())
        })?;
        Ok(names)
    }

    fn command(&mut self, reader: &mut Reader<'_>) -> Result<Vec<String>, Malformed> {
        if !self.expect(reader, "command", Kind::List)? {
            return Ok(vec![PLACEHOLDER.to_owned()]);
        }
        let (mut arguments, mut place) = (Vec::new(), 0_u64);
        reader.list(|reader| {
            let argument = if reader.kind()? == Kind::Text {
                reader.text()?.into_owned()
            } else {
                self.expect(reader, &format!("command[{place}]"), Kind::Text)?;
                PLACEHOLDER.to_owned()
            };
            if self.budget.take_text() {
                arguments.push(argument);
            }
            place += 1;
            Ok(())
        })?;
        Ok(arguments)
    }

    fn env(&mut self, reader: &mut Reader<'_>) -> Result<Vec<EnvVariable>, Malformed> {
        let mut variables = Vec::new();
        if !self.expect(reader, "env", Kind::Object)? {
            return Ok(variables);
        }
        reader.object(|reader, name| {
            if reader.kind()? == Kind::Text {
                let value = reader.text()?;
                if self.budget.take_text() {
                    variables.push(EnvVariable { name: name.into_owned(), value: value.into_owned() });
                }
            } else {
                self.expect(reader, &format!("env.{}", shown_key(&name)), Kind::Text)?;
            }
            Ok(())
        })?;
        Ok(variables)
    }

    fn retry(&mut self, reader: &mut Reader<'_>, task: &mut ProposedTask) -> Result<(), Malformed> {
        if !self.expect(reader, "retry", Kind::Object)? {
            return Ok(());
        }
        let mut seen = Seen::default();
        reader.object(|reader, key| {
            match &*key {
                "attempts" if seen.first("attempts") => {
                    let attempts = self.whole(reader, "retry.attempts")?;
                    task.attempts = attempts.map(|attempts| u32::try_from(attempts).unwrap_or(u32::MAX));
                }
                "base_ms" if seen.first("base_ms") => {
                    task.retry_base = self.whole(reader, "retry.base_ms")?.map(Millis);
                }
                "attempts" | "base_ms" => {
                    let field = format!("retry.{key}");
                    refuse_repeated(reader, self.faults, Some(self.position), &field)?;
                }
                _ => {
                    let problem = || format!("is unknown: {KNOWN_OF_RETRY}");
                    self.faults.add(Some(self.position), || format!("retry.{}", shown_key(&key)), problem);
                    reader.skip()?;
                }
            }
            Ok(())
        })
    }

    /// A number that is a count: digits alone, so that nothing is ever rounded.
    fn whole(&mut self, reader: &mut Reader<'_>, field: &str) -> Result<Option<u64>, Malformed> {
        if !self.expect(reader, field, Kind::Number)? {
            return Ok(None);
        }
        let written = reader.number()?;
        let number =
            written.bytes().all(|byte| byte.is_ascii_digit()).then(|| written.parse().ok()).flatten();
        if number.is_none() {
            self.fault(field, || {
                format!("must be a whole number below 2^64, in digits alone such as 30, not {}", cut(written))
            });
        }
        Ok(number)
    }
}

fn blank() -> ProposedTask {
    ProposedTask {
        id: String::new(),
        name: String::new(),
        kind: TaskKind::Noop,
        dependencies: Vec::new(),
        command: Vec::new(),
        env: Vec::new(),
        text: None,
        timeout: None,
        attempts: None,
        retry_base: None,
    }
}
