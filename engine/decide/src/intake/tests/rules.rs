//! What is refused of when tasks run and how often, of sub-workflows, and of what is said of a workflow.

use triad_event::intake::{
    Deadline, DefinitionUse, EdgeOn, Form, Label, Reused, TaskDefinition, TaskKind, TaskRules, TaskTerms,
    WorkflowSubmitted, WorkflowTerms,
};
use triad_event::quantity::{MicroUsd, Micros, Millis, PartsPerMillion};
use triad_event::subjects::Subject;

use super::{check_faults, process, proposed, with};
use crate::intake::{
    Ask, Bounds, Proposal, ProposedTask, Submission, Wants, check as check_proposal, pieces,
};
use crate::limits::{INPUT_BYTES_MAX, LABELS_MAX, NAME_BYTES_MAX, SCHEMA_BYTES_MAX};
use crate::tests::door::{Door, check, workflow_named};
use crate::{Input, Settings};

#[test]
fn sub_workflows_have_tasks_and_those_stand_behind_them() {
    check(
        "",
        "submit w: g group
         submit w: g.a in=g, g group
         submit w: a, a.b in=a
         submit w: g group, g.a in=7
         submit w: a in=a",
        r#"refused: the definition has 1 faults; the first: task 0 ("g"), workflow: must not be empty
         refused: the definition has 2 faults; the first: task 0 ("g.a"), workflow: is a part of something else than a sub-workflow before it
         refused: the definition has 1 faults; the first: task 1 ("a.b"), workflow: is a part of something else than a sub-workflow before it
         refused: the definition has 2 faults; the first: task 0 ("g"), workflow: must not be empty
         refused: the definition has 1 faults; the first: task 0 ("a"), workflow: is a part of something else than a sub-workflow before it"#,
    );
}

#[test]
fn a_task_of_a_sub_workflow_depends_on_nothing_that_could_wait_for_it() {
    check(
        "",
        "submit w: g group, h group, g.a in=g, h.a in=h, g.b in=g after h.a
         submit w: g group, g.a in=g after b, b after g
         submit w: g group, g.a in=g after g
         submit w: g group after b, g.a in=g, b after g.a
         submit w: o group, o.g group in=o, o.h group in=o, o.g.a in=o.g, o.h.a in=o.h after o.g.a",
        r#"refused: the definition has 1 faults; the first: task 4 ("g.b"), dependencies: "h.a" is out of reach: a task of a sub-workflow depends on tasks of it, and on what the sub-workflow depends on
         refused: the definition has 1 faults; the first: task 1 ("g.a"), dependencies: "b" is out of reach: a task of a sub-workflow depends on tasks of it, and on what the sub-workflow depends on
         refused: the definition has 1 faults; the first: task 1 ("g.a"), dependencies: "g" is out of reach: a task of a sub-workflow depends on tasks of it, and on what the sub-workflow depends on
         refused: the definition has 1 faults; the first: task 0 ("g"), dependencies: a cycle of 3 tasks: g -> b -> g.a -> g
         refused: the definition has 1 faults; the first: task 4 ("o.h.a"), dependencies: "o.g.a" is out of reach: a task of a sub-workflow depends on tasks of it, and on what the sub-workflow depends on"#,
    );
}

#[test]
fn ids_with_dots_say_where_a_task_lies() {
    check(
        "",
        "submit w: a.b
         submit w: g group, h.a in=g
         submit w: g group, g.a.b in=g
         submit w: g group, g. in=g
         submit w: g group, g.a in=g, g.b in=g after g.a",
        r#"refused: the definition has 1 faults; the first: task 0 ("a.b"), id: is 1 to 64 characters of a-z, 0-9, _ and -
         refused: the definition has 1 faults; the first: task 1 ("h.a"), id: is the id of the sub-workflow, a dot, and 1 to 64 characters of a-z, 0-9, _ and -
         refused: the definition has 1 faults; the first: task 1 ("g.a.b"), id: is the id of the sub-workflow, a dot, and 1 to 64 characters of a-z, 0-9, _ and -
         refused: the definition has 2 faults; the first: task 1 ("g."), id: is 1 to 64 characters of a-z, 0-9, _ and -
         w workflow_submitted 0+3
         w workflow_accepted 3 1
         w group_began 0
         w attempt_requested 1 #1"#,
    );
}

#[test]
fn rules_fit_the_kind_of_their_task() {
    check(
        "",
        "submit w: a waits=5s each=1
         submit w: g group each=1, g.a in=g
         submit w: a each=0
         submit w: a each=1001
         submit w: g group attempts=2, g.a in=g
         submit w: g group text, g.a in=g
         submit w: a deadline=0s
         submit w: a, b takes=a after a
         submit w: a, b takes=a after a when
         submit v: a [deadline=0s]",
        r#"refused: the definition has 1 faults; the first: task 0 ("a"), for_each: is for tasks with a command, or with nothing to do
         refused: the definition has 1 faults; the first: task 0 ("g"), for_each: is for tasks with a command, or with nothing to do
         refused: the definition has 1 faults; the first: task 0 ("a"), for_each.concurrency: must lie between 1 and 1000
         refused: the definition has 1 faults; the first: task 0 ("a"), for_each.concurrency: must lie between 1 and 1000
         refused: the definition has 1 faults; the first: task 0 ("g"), workflow: has no meaning for a sub-workflow: its tasks have it
         refused: the definition has 1 faults; the first: task 0 ("g"), input: has no meaning for a sub-workflow: its tasks have it
         refused: the definition has 1 faults; the first: task 0 ("a"), deadline: must lie between 1 and 31622400
         refused: the definition has 1 faults; the first: task 1 ("b"), takes: has no meaning for a NOOP task
         w workflow_submitted 0+2
         w workflow_accepted 2 1
         w attempt_requested 0 #1
         refused: the definition has 1 faults; the first: deadline: must lie between 1 and 31622400"#,
    );
}

fn ruled(id: &str, rules: TaskRules) -> ProposedTask {
    with(proposed(id, &[]), |task| task.definition.rules = Some(rules.into()))
}

#[test]
fn every_fault_of_rules_is_told() {
    let both = Deadline { at: Some(Micros(1)), after: Some(Millis(1)) };
    let neither = Deadline { at: None, after: None };
    let nothing = Reused { workflow: workflow_named("w"), gave: vec![], form: Form::One };
    let long = vec![b'x'; INPUT_BYTES_MAX + 1];
    let schema = "x".repeat(SCHEMA_BYTES_MAX + 1);
    let edges = vec![("a".to_owned(), EdgeOn::Failed)];
    let list = Some((b"[]".to_vec(), 1));
    check_faults(
        vec![
            ruled("a", TaskRules { deadline: Some(both), ..TaskRules::nothing() }),
            ruled("b", TaskRules { deadline: Some(neither), ..TaskRules::nothing() }),
            ruled("c", TaskRules { reused: Some(nothing), ..TaskRules::nothing() }),
            ruled("d", TaskRules { signal_schema: schema, ..TaskRules::nothing() }),
            with(proposed("e", &[]), |task| task.wants.edges = edges),
            with(proposed("f", &[]), |task| task.wants.condition = Some(long.clone())),
            with(process("g", &["true"]), |task| task.wants.list = Some((long, 0))),
            with(proposed("h", &[]), |task| {
                task.wants.list = list;
                task.content.text = Some(String::new());
            }),
        ],
        r#"task 0 ("a"), deadline: must not be empty
        task 1 ("b"), deadline: must not be empty
        task 2 ("c"), reused: must not be empty
        task 3 ("d"), signal.schema: has at most 16384 bytes
        task 3 ("d"), signal.schema: does not fit the kind of the task
        task 4 ("e"), dependencies: takes the output of a task that it does not depend on
        task 5 ("f"), when: has at most 2097152 bytes
        task 6 ("g"), for_each: has at most 2097152 bytes
        task 6 ("g"), for_each.concurrency: must lie between 1 and 1000
        task 7 ("h"), input: has no meaning beside for_each"#,
    );
}

#[test]
fn what_a_task_is_worth_has_bounds() {
    let terms = TaskTerms {
        value_score: Some(PartsPerMillion(1_000_001)),
        bid_price_max: Some(MicroUsd(-1)),
        owner_persona: "x\u{202e}".to_owned(),
        capabilities: vec!["b".to_owned(), "A".to_owned()],
        ..TaskTerms::nothing()
    };
    check_faults(
        vec![with(proposed("a", &[]), |task| task.definition.terms = Some(terms.into()))],
        r#"task 0 ("a"), negentropy_value_score: must lie between 0 and 1
        task 0 ("a"), max_bid_price: must lie between 0 and 9223372036854775807
        task 0 ("a"), owner_persona: holds U+202E, which nobody sees or which changes how other characters are shown
        task 0 ("a"), required_capabilities: stands twice, or not in its order
        task 0 ("a"), required_capabilities: is 1 to 64 characters of a-z, 0-9, _ and -"#,
    );
}

fn labelled(labels: impl IntoIterator<Item = (String, String)>) -> WorkflowTerms {
    let labels = labels.into_iter().map(|(name, value)| Label { name, value }).collect();
    WorkflowTerms { labels, ..WorkflowTerms::nothing() }
}

#[test]
fn labels_are_few_short_and_in_their_order() {
    let text = |text: &str| text.to_owned();
    let many = (0..=LABELS_MAX).map(|number| (format!("l{number:02}"), String::new()));
    let rows = [
        (
            labelled([(text("b"), text("x")), (text("a"), text("x"))]),
            "labels: stands twice, or not in its order",
        ),
        (
            labelled([(text("a"), text("x")), (text("a"), text("y"))]),
            "labels: stands twice, or not in its order",
        ),
        (labelled([(text("A"), text("x"))]), "labels: is 1 to 64 characters of a-z, 0-9, _ and -"),
        (labelled([(text("a"), "x".repeat(257))]), "labels: has at most 256 bytes"),
        (labelled(many), "labels: has at most 32 entries"),
    ];
    for (terms, expected) in rows {
        let proposal = Proposal { name: text("test"), tasks: vec![proposed("a", &[])], terms: Some(terms) };
        let faults =
            check_proposal(proposal, &Bounds::from_settings(&Settings::default())).expect_err("faults");
        assert_eq!(faults.listed.iter().map(ToString::to_string).collect::<Vec<_>>(), [expected]);
    }
}

/// As much as can be said of a workflow.
fn very_much() -> WorkflowTerms {
    let label = |number| (format!("{number:064}"), "x".repeat(NAME_BYTES_MAX));
    let definition = Some(DefinitionUse { name: "d".repeat(64), version: 1, published: 1 });
    WorkflowTerms { definition, ..labelled((0..LABELS_MAX).map(label)) }
}

fn submission(tasks: Vec<TaskDefinition>, terms: Option<WorkflowTerms>) -> Submission {
    Submission {
        name: "test".to_owned(),
        idempotency_key: None,
        earlier: None,
        looked_up_through: 0,
        subject: Subject::of(workflow_named("w"), 1, 0),
        staged_tasks: 0,
        tasks,
        content: [0; 32],
        owner: String::new(),
        terms: terms.map(Into::into),
    }
}

#[test]
fn what_is_said_of_a_workflow_fits_beside_the_last_piece_of_its_tasks() {
    let named = |index| {
        let task = TaskDefinition::new(format!("t{index}"), TaskKind::Noop);
        TaskDefinition { name: "n".repeat(256), ..task }
    };
    for count in [10, 1_000, 2_600, 5_200] {
        let mut pieces = pieces((0..count).map(named).collect());
        let last = pieces.pop().expect("at least one");
        assert_eq!(pieces.concat().len() + last.len(), count);
        for (piece, terms) in pieces.into_iter().map(|piece| (piece, None)).chain([(last, Some(very_much()))])
        {
            let asked = submission(piece, terms);
            let mut payload = Vec::new();
            triad_event::codec::encode(&WorkflowSubmitted { asked, digest: [0; 32] }.into(), &mut payload);
            assert!(payload.len() <= 1 << 20, "{count}: {}", payload.len());
        }
    }
    let ask = Ask::from(submission((0..2_600).map(named).collect(), Some(very_much())));
    let refusal = Door::open().input(Input::of(workflow_named("w"), ask)).expect_err("too much").to_string();
    assert!(refusal.contains("bytes"), "{refusal}");
}

#[test]
fn the_values_of_inputs_are_content_of_the_data_subject() {
    check(
        "set retention_min 60000
         submit w: a [inputs=9]
         submit v: a
         end w/a ok
         end v/a ok",
        "erase v [last=1h]
         erase w [last=1h]",
        "erasure_requested v
         erasure_refused w Retention
         refused: the content of data subject 772e2e2e2e2e2e2e2e2e2e2e2e2e2e2e must be kept until 1060000000 us",
    );
}

#[test]
fn names_in_what_a_task_wants_become_positions() {
    let wants = Wants {
        edges: vec![("b".to_owned(), EdgeOn::Ended), ("a".to_owned(), EdgeOn::Failed)],
        condition: Some(b"true".to_vec()),
        ..Wants::default()
    };
    let tasks = vec![
        with(proposed("g", &["a", "b"]), |task| task.definition.kind = TaskKind::Group),
        proposed("a", &[]),
        proposed("b", &[]),
        with(proposed("g.x", &["a", "b"]), |task| {
            task.wants = Wants { part_of: Some("g".to_owned()), ..wants };
        }),
    ];
    let proposal = Proposal { name: "test".to_owned(), tasks, terms: None };
    let checked = check_proposal(proposal, &Bounds::from_settings(&Settings::default())).expect("no faults");
    let sealed =
        checked.seal(|_, class, content| Ok::<_, ()>(super::sealed(&[&[class as u8], content].concat())));
    let rules = sealed.expect("sealed")[3].rules.as_deref().cloned().expect("it has rules");
    assert_eq!(rules.part_of, Some(0));
    let edges: Vec<_> = rules.edges.iter().map(|edge| (edge.dependency, edge.on)).collect();
    assert_eq!(edges, [(1, EdgeOn::Failed), (2, EdgeOn::Ended)]);
    assert_eq!(rules.condition, Some(super::sealed(b"\x06true")));
}
