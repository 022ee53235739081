//! Inputs and sub-workflows, as tables: the document, and what becomes of it or what is wrong with it.

use super::super::definition::{Definition, Reading, Unacceptable};
use super::super::library::{Library, Source};
use super::super::source::Language;
use super::{BOUNDS, definition};
use triad_event::intake::{DefinitionUse, EdgeOn};
use triad_event::sealed::Process;
use triad_perform::evaluate::Rule;

fn read(document: &str, library: &Library) -> Result<Definition, Unacceptable> {
    definition::read(Language::Yaml, document.as_bytes(), &Reading::to_run(&BOUNDS, library))
}

fn line(id: &str, content: &[u8]) -> String {
    match Process::decode(content) {
        Ok(Process { command, env, directory, stdin }) => {
            let env = env.iter().map(|one| format!(" {}={}", one.name, one.value)).collect::<String>();
            let more = directory
                .iter()
                .map(|one| format!(" in {one}"))
                .chain(stdin.iter().map(|one| format!(" < {one}")));
            format!("{id}: {}{env}{}", command.join(" "), more.collect::<String>())
        }
        Err(_) => format!("{id}: {:?}", String::from_utf8_lossy(content)),
    }
}

/// The tasks of a definition with what each depends on, takes and is given, one a line; or its faults, each with its place.
fn told(document: &str, library: &Library) -> Vec<String> {
    let definition = match read(document, library) {
        Ok(definition) => definition,
        Err(Unacceptable::Malformed(malformed)) => return vec![malformed.to_string()],
        Err(Unacceptable::Faults(faults)) => {
            let told = |fault: &crate::wire::fault::Fault| {
                let place = fault
                    .place
                    .map_or_else(String::new, |place| format!("{}:{}: ", place.line, place.column));
                format!("{place}{}: {}", fault.path(), fault.problem)
            };
            return faults.listed.iter().map(told).collect();
        }
    };
    let checked = definition.checked;
    let ids: Vec<&str> = checked.tasks.iter().map(|task| task.id.as_str()).collect();
    let named =
        |positions: &[u32]| positions.iter().map(|one| ids[*one as usize]).collect::<Vec<_>>().join("+");
    let tasks = checked.tasks.iter().zip(&checked.contents).zip(0..).map(|((task, content), position)| {
        let mut text = content.as_ref().map_or_else(|| task.id.clone(), |content| line(&task.id, content));
        if !task.dependencies.is_empty() {
            text += &format!(" after {}", named(&task.dependencies));
        }
        if let Some(flow) = task.flow.as_deref().filter(|flow| !flow.takes.is_empty()) {
            text += &format!(" takes {}", named(&flow.takes));
        }
        if let Some(rules) = task.rules.as_deref() {
            text += &rules.part_of.map_or_else(String::new, |group| format!(" of {}", ids[group as usize]));
            for edge in &rules.edges {
                let on = if edge.on == EdgeOn::Failed { "failed" } else { "ended" };
                text += &format!(" on {} {on}", ids[edge.dependency as usize]);
            }
        }
        if let Some(when) = checked.expressions.get(&position).and_then(|one| one.condition.as_ref()) {
            let rule: Rule = serde_json::from_slice(when).expect("a rule");
            let names = rule.names.iter().map(|(name, id)| format!(" {name}={id}")).collect::<String>();
            text += &format!(
                " when {} {}{names}",
                serde_json::Value::from(rule.inputs),
                serde_json::json!(rule.expression)
            );
        }
        text
    });
    let values = definition.values.map(|values| format!("values {}", String::from_utf8_lossy(&values)));
    tasks.chain(values).collect()
}

fn check(rows: &[(&str, &[&str])], library: &Library) {
    let mut differences = String::new();
    for (document, expected) in rows {
        let told = told(document, library);
        if told != *expected {
            differences += &format!("{document}\nis\n{}\n\n", told.join("\n"));
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

#[test]
fn values_are_put_where_texts_name_them() {
    check(
        &[
            (
                r#"
inputs:
  region: {type: string, default: eu}
  rows: {type: integer, enum: [1, 2]}
  who: {type: object, default: {name: Ann, tags: [a, b]}}
values: {rows: 2}
tasks:
  - id: a
    command: [echo, "{inputs.region}-{inputs.rows}", "{inputs.who.tags.[1]}", "{inputs.who.tags}", "{inputs.other}", "{print $1}"]
    env: {WHO: "{inputs.who.name}"}
    stdin: "for {inputs.region}"
    working_directory: "/srv/{inputs.region}"
  - id: b
    dependencies: [a]
    when: inputs.rows > 1 && tasks.a.output != ""
    input: "{inputs.region} of {a.output}"
"#,
                &[
                    r#"a: echo eu-2 b ["a","b"] {inputs.other} {print $1} WHO=Ann in /srv/eu < for eu"#,
                    r#"b: "eu of {a.output}" after a takes a when {"rows":2} {"expression":"inputs.rows > 1 && tasks.a.output != \"\""}"#,
                    r#"values {"region":"eu","rows":2,"who":{"name":"Ann","tags":["a","b"]}}"#,
                ],
            ),
            ("tasks:\n- {id: a, command: [echo, \"{inputs.x}\"]}\n", &["a: echo {inputs.x}"]),
        ],
        &Library::default(),
    );
}

#[test]
fn every_fault_of_inputs_is_told_with_its_place() {
    check(
        &[
            (
                r#"
inputs:
  A: {type: string}
  kind: {type: text}
  none: {default: 1}
  odd: {type: string, default: 1, more: 2}
  listed: {type: integer, enum: [1, "2"], default: 3}
  needed: {type: string}
  flag: {type: boolean}
  no: []
values: {rows: 2, flag: "yes", listed: 5}
tasks:
  - id: inputs
    command: [echo, "{inputs.needed.x}"]
  - id: b
    command: [echo, "{inputs.listed.x}", "x"]
"#,
                &[],
            ),
            (
                r#"
inputs: {x: {type: string, default: "{a.output}"}, y: {type: string, default: "{a"}}
tasks:
  - id: a
  - id: b
    dependencies: [a]
    command: [echo, "{inputs.x}", "{inputs.y}.output}"]
    for_each: [1]
"#,
                &[],
            ),
        ],
        &Library::default(),
    );
}

#[test]
fn sub_workflows_are_laid_out_behind_their_tasks() {
    check(
        &[(
            r#"
inputs: {region: {type: string, default: eu}}
tasks:
  - id: list
    command: [ls]
  - id: build
    dependencies: [list]
    when: inputs.region == "eu"
    with: {place: "{inputs.region}", files: "{list.output.files}", both: "{inputs.region}: {list.output}"}
    workflow:
      inputs:
        place: {type: string}
        files: {type: string}
        both: {type: string, default: ""}
        count: {type: integer, default: 3}
      tasks:
        - id: fetch
          command: [fetch, "{inputs.place}", "{inputs.files}", "{inputs.files.[0]}", "{inputs.both}", "{inputs.region}", "{list.output}"]
        - id: pack
          dependencies: [fetch]
          when: tasks.fetch.output.ok && inputs.count > 2
          command: [pack, "{fetch.output.name}"]
        - id: deep
          dependencies: [{task: pack, on: ENDED}]
          with: {name: "{pack.output}", files: "{inputs.files}"}
          workflow:
            inputs: {name: {type: string}, files: {type: string}}
            tasks:
              - {id: last, command: [last, "{inputs.name}", "{inputs.files}"]}
  - id: report
    dependencies: [{task: build, on: ENDED}]
    when: tasks["build.deep.last"].status == "COMPLETED" && tasks.build.status != "FAILED"
    command: [report, "{build.pack.output}"]
"#,
            &[],
        )],
        &Library::default(),
    );
}

#[test]
fn every_fault_of_a_sub_workflow_is_told_where_it_is_written() {
    check(
        &[(
            r#"
tasks:
  - id: g
    retry: {}
    for_each: [1]
    with: {x: 1, y: "a", z: "{h.output}", deep: {a: "{h.output}"}}
    workflow:
      inputs: {x: {type: string}, y: {type: integer}, needed: {type: string}, z: {type: string}, deep: {type: object}}
      tasks:
        - {id: a, command: [], dependencies: [out, b]}
        - {id: a, wait: 1, signal: go}
        - {id: b, dependencies: [a], when: "tasks.x.output"}
        - {id: c.d}
  - id: h
    dependencies: [g, g.a]
    command: [echo, "{g.output}", "{g.a.output}"]
    when: tasks.g.output == 1
  - id: i
    workflow: nightly@3
  - id: j
    workflow: {tasks: []}
    command: [x]
  - id: k
    with: {}
  - id: l
    workflow: {more: 1}
"#,
            &[],
        )],
        &Library::default(),
    );
}

#[test]
fn named_definitions_are_brought_in_and_known_by_their_version() {
    let mut library = Library::default();
    let mut add = |reference: &str, name: &str, text: &str| {
        let used = DefinitionUse { name: name.to_owned(), version: 3, published: 7 };
        library.add(
            reference.to_owned(),
            Source::read(used, Language::Yaml, text.as_bytes(), &BOUNDS).expect("good"),
        );
    };
    add(
        "pack@3",
        "pack",
        "name: Packing\npriority: HIGH\ninputs: {name: {type: string}}\ntasks:\n- {id: a, command: [pack, \"{inputs.name}\"]}\n",
    );
    add("loop", "loop", "tasks:\n- {id: a, workflow: loop}\n");
    check(
        &[
            ("workflow: pack@3\nvalues: {name: x}\n", &[]),
            ("workflow: pack@3\n", &[]),
            ("tasks:\n- {id: p, workflow: pack@3, with: {name: y}}\n- {id: q, workflow: pack@3}\n", &[]),
            ("workflow: loop\n", &[]),
            ("workflow: pack@9\ntasks: []\n", &[]),
            ("workflow: \"P@1\"\n", &[]),
        ],
        &library,
    );
}
