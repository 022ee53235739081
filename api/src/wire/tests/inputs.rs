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
        Ok(Process { command, env, directory, stdin, verify: _ }) => {
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
  nil: []
values: {rows: 2, flag: "yes", listed: 5}
tasks:
  - id: inputs
    command: [echo, "{inputs.needed.x}"]
  - id: b
    command: [echo, "{inputs.listed.x}", "x"]
"#,
                &[
                    "3:3: inputs.A: is 1 to 64 characters of a-z, 0-9 and _, the first of them a letter",
                    "4:16: inputs.kind.type: must be one of string, integer, number, boolean, list, object, not \"text\"",
                    "5:3: inputs.none.type: is missing",
                    "6:35: inputs.odd.more: is unknown: an input has type, default, description and enum",
                    "6:32: inputs.odd.default: must be text, not a number",
                    "7:37: inputs.listed.enum[1]: must be a whole number, not text",
                    "7:52: inputs.listed.default: must be one of 1, \"2\", not 3",
                    "10:8: inputs.nil: must be an object, not a list",
                    "11:25: values.flag: must be true or false, not text",
                    "11:40: values.listed: must be one of 1, \"2\", not 5",
                    "11:10: values.rows: there is no such input: there are flag, kind, listed, needed, nil, none, odd",
                    "4:3: inputs.kind: has no default, and `values` gives it no value",
                    "8:3: inputs.needed: has no default, and `values` gives it no value",
                    "10:3: inputs.nil: has no default, and `values` gives it no value",
                    "13:9: tasks[0].id: is what values of inputs are called: a task beside them is called otherwise",
                ],
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
                &[
                    "7:21: tasks[1].command[1]: with the values of inputs in it, it holds a template that nobody wrote: a value, or a text here, reads like one",
                    "7:35: tasks[1].command[2]: with the values of inputs in it, it holds a template that nobody wrote: a value, or a text here, reads like one",
                ],
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
          command: [fetch, "{inputs.place}", "{inputs.files}", "{inputs.files.[0]}", "{inputs.both}",
                    "{inputs.region}", "{list.output}"]
        - id: pack
          dependencies: [fetch]
          when: tasks.fetch.output.ok && inputs.count > 2
          command: [pack, "{fetch.output.name}"]
        - id: deep
          dependencies: [{task: pack, ends: ANY}]
          with: {name: "{pack.output}", files: "{inputs.files}"}
          workflow:
            inputs: {name: {type: string}, files: {type: string}}
            tasks:
              - {id: last, command: [last, "{inputs.name}", "{inputs.files}"]}
  - id: report
    dependencies: [{task: build, ends: ANY}]
    when: tasks["build.deep.last"].status == "COMPLETED" && tasks.build.status != "FAILED"
    command: [report, "{build.pack.output}"]
"#,
            &[
                "list: ls",
                "build after list when {\"region\":\"eu\"} {\"expression\":\"inputs.region == \\\"eu\\\"\"}",
                "build.fetch: fetch eu {list.output.files} {list.output.files.[0]} eu: {list.output} {inputs.region} {list.output} after list takes list of build",
                "build.pack: pack {build.fetch.output.name} after build.fetch takes build.fetch of build when {\"count\":3} {\"expression\":\"tasks.fetch.output.ok && inputs.count > 2\"} fetch=build.fetch",
                "build.deep after build.pack of build on build.pack ended",
                "build.deep.last: last {build.pack.output} {list.output.files} after list+build.pack takes list+build.pack of build.deep on build.pack ended",
                "report: report {build.pack.output} after build+build.pack+build.deep.last takes build+build.pack+build.deep.last on build ended on build.pack ended on build.deep.last ended when {} {\"expression\":\"tasks[\\\"build.deep.last\\\"].status == \\\"COMPLETED\\\" && tasks.build.status != \\\"FAILED\\\"\"}",
                "values {\"region\":\"eu\"}",
            ],
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
            &[
                "5:15: tasks[0].for_each: has no meaning beside workflow; its tasks can have it: a list is gone over by a task, not by a sub-workflow",
                "4:12: tasks[0].retry: has no meaning beside workflow; its tasks can have it: a sub-workflow is not begun again as a whole",
                "6:15: tasks[0].with.x: must be text, not a number",
                "6:21: tasks[0].with.y: must be a whole number, not text",
                "8:55: tasks[0].workflow.inputs.needed: has no default, and `with` gives it no value",
                "10:47: tasks[0].workflow.tasks[0].dependencies: there is no task \"g.out\"",
                "10:52: tasks[0].workflow.tasks[0].dependencies: a cycle of 2 tasks: g.a -> g.b -> g.a",
                "10:28: tasks[0].workflow.tasks[0].command: must not be empty",
                "11:36: tasks[0].workflow.tasks[1].signal: stands beside wait: a task has one of command, wait, signal, approval and workflow",
                "11:16: tasks[0].workflow.tasks[1].id: is also that of task tasks[0].workflow.tasks[0]",
                "11:36: tasks[0].workflow.tasks[1].signal.name: does not fit the kind of the task",
                "12:44: tasks[0].workflow.tasks[2].when: expression: line 1, column 7: `x` is no dependency of this task; there are `a`",
                "13:16: tasks[0].workflow.tasks[3].id: is 1 to 64 characters of a-z, 0-9, _ and -",
                "16:21: tasks[1].command[1]: g is a sub-workflow, which has no output: name that of one of its tasks, as in {g.TASK.output}",
                "17:11: tasks[1].when: \"g\" is a sub-workflow, which has no output: name that of one of its tasks",
                "15:19: tasks[1].dependencies: \"g.a\" is no id here: depend on \"g\", and templates and expressions can name its tasks",
                "19:15: tasks[2].workflow: there is no definition \"nightly@3\"",
                "21:23: tasks[3].workflow.tasks: must not be empty",
                "22:14: tasks[3].command: stands beside workflow: a task has one of command, wait, signal, approval and workflow",
                "21:15: tasks[3].workflow: does not fit the kind of the task",
                "24:11: tasks[4].with: gives values to the inputs of a sub-workflow, and `workflow` is not there",
                "26:16: tasks[5].workflow.more: is unknown: a sub-workflow has tasks and inputs",
                "26:15: tasks[5].workflow.tasks: is missing",
                "26:15: tasks[5].workflow: must not be empty",
            ],
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
            ("workflow: pack@3\nvalues: {name: x}\n", &["a: pack x", "values {\"name\":\"x\"}"]),
            (
                "workflow: pack@3\n",
                &["1:11: workflow: its input name has no default, and `values` gives it no value"],
            ),
            (
                "tasks:\n- {id: p, workflow: pack@3, with: {name: y}}\n- {id: q, workflow: pack@3}\n",
                &["3:21: tasks[1].workflow: its input name has no default, and `with` gives it no value"],
            ),
            (
                "workflow: loop\n",
                &["1:11: workflow: in loop@3, tasks[0].workflow: \"loop\" names itself, through loop"],
            ),
            (
                "workflow: pack@9\ntasks: []\n",
                &[
                    "2:8: workflow: stands beside tasks: the definition that is named brings its own",
                    "1:11: workflow: there is no definition \"pack@9\"",
                ],
            ),
            (
                "workflow: \"P@1\"\n",
                &[
                    "1:11: workflow: must be NAME, NAME@VERSION or NAME@ALIAS, with ids of a-z, 0-9, _ and -, not \"P@1\"",
                ],
            ),
        ],
        &library,
    );
}
