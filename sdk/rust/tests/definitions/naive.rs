//! What is found to have no fault has none by rules that were written down a second time, over the JSON alone.

use quickcheck::quickcheck;
use serde_json::{Map, Value};
use triad_workflow::{Output, Priority, Retry, Task, Workflow, item};

/// Chooses by the bytes of a seed, and by zeros where it has no more.
struct Chance<'a>(std::slice::Iter<'a, u8>);

impl Chance<'_> {
    fn below(&mut self, count: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or(0)) % count
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    /// One in eight.
    fn rarely(&mut self) -> bool {
        self.below(8) == 7
    }

    /// An id, seldom one that is none.
    fn id(&mut self) -> &'static str {
        if self.rarely() {
            self.one(&["", "A", "a b", "b\u{e9}", "x"])
        } else {
            self.one(&["a", "b", "c", "d-1"])
        }
    }

    fn number(&mut self, greatest: u64) -> u64 {
        if self.rarely() { self.one(&[0, greatest + 1, u64::MAX]) } else { self.one(&[1, 2, greatest]) }
    }

    fn text(&mut self) -> &'static str {
        if self.rarely() { self.one(&["", "\0", "x\u{200b}"]) } else { self.one(&["x", "two words", "/srv"]) }
    }

    fn output(&mut self) -> Output {
        let paths = if self.rarely() { ["a..b", "rows[0]", "[x]"] } else { ["", "rows.[0].name", "x"] };
        Output::of(self.id()).path(self.one(&paths))
    }

    fn command(&mut self) -> Task {
        let mut task = Task::command(self.id(), [self.text()]);
        for _ in 0..self.below(3) {
            task = task.arg(self.text());
        }
        if self.below(3) == 2 {
            task = task.arg("x=" + self.output());
        }
        if self.below(4) == 3 {
            let names = if self.rarely() { ["TRIAD_A", "", "A=B"] } else { ["A", "B", "C"] };
            task = task.env(self.one(&names), self.output());
        }
        if self.below(4) == 3 {
            task = task.working_directory(self.text());
        }
        let stdin = "x" + item().path(self.one(&["", "x"]));
        task = match self.below(4) {
            1 => task.at_once(self.number(1_000)).for_each_of(self.text()).stdin(stdin),
            2 => task.for_each(["x", "y"]).stdin(stdin),
            3 if self.rarely() => task.stdin(stdin),
            3 if self.rarely() => task.at_once(self.number(1_000)).stdin("x"),
            _ => task,
        };
        if self.below(4) == 3 {
            task = task.timeout_seconds(self.number(2_592_000));
        }
        task.into()
    }

    fn approval(&mut self) -> Task {
        let roles: Vec<&str> = (0..self.below(3)).map(|_| self.id()).collect();
        Task::approval(self.id())
            .roles(roles)
            .needed(self.number(16))
            .expires_seconds(self.number(31_622_400))
            .into()
    }

    fn task(&mut self) -> Task {
        let mut task: Task = match self.below(8) {
            0 if self.rarely() => Task::noop(self.id()).for_each(["x"]).input("x").into(),
            0 => Task::noop(self.id()).input(self.text()).into(),
            1 => Task::wait(self.id(), self.number(31_622_400)).into(),
            2 => Task::signal(self.id(), self.id()).expires_seconds(self.number(31_622_400)).into(),
            3 => self.approval(),
            _ => self.command(),
        };
        if self.below(3) == 2 {
            task = task.depends_on([self.id()]);
        }
        task = match self.below(8) {
            5 => task.after_failure_of([self.id()]),
            6 => task.after_end_of([self.id()]).when(self.text()),
            7 => task.deadline_seconds(self.number(31_622_400)).priority(Priority::High),
            _ => task,
        };
        if self.rarely() {
            task = task.category(self.one(&["NOOP", "PROCESS", "SIMULATION", ""])).name(self.text());
        }
        if self.rarely() {
            task = task.retry(
                Retry::attempts(self.number(100))
                    .base_ms(self.number(3_600_000))
                    .max_ms(self.number(86_400_000)),
            );
        }
        task
    }

    fn workflow(&mut self) -> Workflow {
        let workflow = Workflow::new(if self.rarely() { self.text() } else { "test" });
        let count = self.below(5);
        let workflow = workflow.add_tasks((0..count).map(|_| self.task()).collect::<Vec<_>>());
        if self.rarely() {
            workflow.data_subject(self.one(&["00", "0123456789abcdef0123456789abcdef"]))
        } else {
            workflow
        }
    }
}

/// Whether a definition is right.
fn is_right(document: &Value) -> bool {
    let tasks: Vec<&Map<String, Value>> =
        list(&document["tasks"]).iter().filter_map(Value::as_object).collect();
    let ids: Vec<&str> = tasks.iter().map(|task| text(&task["id"])).collect();
    let is_single = ids.iter().all(|id| ids.iter().filter(|other| other == &id).count() == 1);
    let name = text(&document["name"]);
    let subject = document.get("data_subject").is_none_or(|subject| text(subject).len() == 32);
    let is_whole = is_visible(name) && !name.is_empty() && subject && !tasks.is_empty() && is_single;
    is_whole && tasks.iter().all(|task| is_right_task(task, &ids)) && has_an_order(&tasks)
}

fn is_right_task(task: &Map<String, Value>, ids: &[&str]) -> bool {
    task.iter().all(|(name, value)| is_right_member(name, value, task, ids))
}

fn is_right_member(name: &str, value: &Value, task: &Map<String, Value>, ids: &[&str]) -> bool {
    match name {
        "id" => is_id(text(value)),
        "name" => is_visible(text(value)),
        "type" => match text(value) {
            "NOOP" => ["command", "wait", "signal", "approval"].iter().all(|name| !task.contains_key(*name)),
            "PROCESS" => task.contains_key("command"),
            other => !other.is_empty(),
        },
        "dependencies" => {
            let named: Vec<&str> = list(value).iter().map(dependency).collect();
            let is_right = |id: &&str| {
                ids.contains(id)
                    && task["id"] != **id
                    && named.iter().filter(|other| *other == id).count() == 1
            };
            named.iter().all(is_right)
        }
        "when" => !text(value).is_empty(),
        "deadline" => is_within(value, 31_622_400),
        "priority" => text(value) == "HIGH",
        "for_each" => {
            let has_list = value.get("in").is_some_and(|list| list != "");
            has_list && value.get("concurrency").is_none_or(|parts| is_within(parts, 1_000))
        }
        "stdin" => is_argument(text(value), task),
        "command" => {
            !text(&value[0]).is_empty() && list(value).iter().all(|one| is_argument(text(one), task))
        }
        "env" => value.as_object().expect("variables").iter().all(|(name, value)| {
            !name.is_empty()
                && !name.contains('=')
                && !name.starts_with("TRIAD_")
                && is_argument(text(value), task)
        }),
        "working_directory" => text(value).starts_with('/'),
        "wait" => is_within(value, 31_622_400),
        "timeout_seconds" => is_within(value, 2_592_000),
        "retry" => {
            let delays = [("base_ms", 3_600_000), ("max_ms", 86_400_000)];
            is_within(&value["attempts"], 100)
                && delays.iter().all(|(name, most)| is_within(&value[name], *most))
        }
        "signal" => is_id(text(&value["name"])) && is_within(&value["expires_seconds"], 31_622_400),
        "approval" => {
            let roles = list(&value["roles"]);
            let are_roles = !roles.is_empty() && roles.iter().all(|role| is_id(text(role)));
            are_roles && is_within(&value["needed"], 16) && is_within(&value["expires_seconds"], 31_622_400)
        }
        "input" => !task.contains_key("for_each"),
        _ => panic!("{name} is unknown"),
    }
}

/// The id of a dependency, which stands for itself or in an object with its end.
fn dependency(value: &Value) -> &str {
    value.get("task").map_or_else(|| text(value), text)
}

/// Text, and at most one template of a dependency or of an entry in it.
fn is_argument(argument: &str, task: &Map<String, Value>) -> bool {
    let is_template = |template: &str| {
        if template == "item" || template.starts_with("item.") {
            return task.get("for_each").is_some_and(|list| list.get("in").is_some());
        }
        let (id, rest) = template.split_once(".output").expect("a template");
        let is_step =
            |step: &str| !step.is_empty() && (step == "[0]" || step.chars().all(char::is_alphanumeric));
        let is_path =
            rest.is_empty() || rest.strip_prefix('.').is_some_and(|path| path.split('.').all(is_step));
        is_path
            && task
                .get("dependencies")
                .is_some_and(|ids| list(ids).iter().any(|known| dependency(known) == id))
    };
    let template = argument.split_once('{').map(|(_, rest)| rest.strip_suffix('}').expect("a template"));
    !argument.contains('\0') && template.is_none_or(is_template)
}

/// Whether the tasks can be completed one after another.
fn has_an_order(tasks: &[&Map<String, Value>]) -> bool {
    let mut done: Vec<&str> = Vec::new();
    for _ in tasks {
        for task in tasks {
            let mut dependencies = task.get("dependencies").into_iter().flat_map(list);
            if dependencies.all(|id| done.contains(&dependency(id))) {
                done.push(text(&task["id"]));
            }
        }
    }
    tasks.iter().all(|task| done.contains(&text(&task["id"])))
}

fn is_id(id: &str) -> bool {
    !id.is_empty()
        && id.chars().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '-' || one == '_')
}

fn is_visible(text: &str) -> bool {
    !text.contains(['\0', '\u{200b}'])
}

fn is_within(value: &Value, greatest: u64) -> bool {
    (1..=greatest).contains(&value.as_u64().expect("a number"))
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().expect("a list")
}

/// Whether a workflow is right, on which both are of one mind.
fn verdict(seed: &[u8]) -> bool {
    let workflow = Chance(seed.iter()).workflow();
    let document = serde_json::to_value(&workflow).expect("JSON");
    let found = workflow.check();
    assert_eq!(found.is_ok(), is_right(&document), "{document}: {found:?}");
    found.is_ok()
}

quickcheck! {
    fn what_is_found_right_is_right_and_nothing_else_is(seed: Vec<u8>) -> bool {
        verdict(&seed);
        true
    }
}

#[test]
fn both_verdicts_come_about() {
    // Numbers that look like chance, and are the same every time.
    let mut state = 1_u32;
    let mut seed = || {
        let byte = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        (0..60).map(byte).collect::<Vec<u8>>()
    };
    let right = (0..20_000).filter(|_| verdict(&seed())).count();
    assert!((1_000..19_000).contains(&right), "{right} of 20000 are right");
}
