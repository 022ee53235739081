//! What intake decides.

mod rules;

use triad_event::Sealed;
use triad_event::ids::WorkflowId;
use triad_event::intake::{ChunkStaged, TaskKind};
use triad_event::quantity::{Bytes, Millis};
use triad_event::sealed::{EnvVariable, Process};
use triad_event::subjects::Subject;

use super::fault::Problem;
use super::{Bounds, Content, Faults, Proposal, ProposedTask, check as check_proposal, pieces};
use crate::Settings;
use crate::limits::{COMMAND_BYTES_MAX, FAULTS_LISTED_MAX, TEXT_BYTES_MAX};
use crate::tests::door::{Door, check};

#[test]
fn a_definition_in_one_piece_is_accepted_and_started() {
    check(
        "",
        "submit w: a, b, c after a+b",
        "w workflow_submitted 0+3
         w workflow_accepted 3 2
         w attempt_requested 0 #1
         w attempt_requested 1 #1",
    );
}

#[test]
fn a_definition_in_chunks_is_accepted_as_one() {
    check(
        "",
        "stage w: a, b after a
         stage w: c after a
         submit w from 3: d after b+c",
        "w chunk_staged 0+2
         w chunk_staged 2+1
         w workflow_submitted 3+1
         w workflow_accepted 4 4
         w attempt_requested 0 #1",
    );
}

#[test]
#[expect(clippy::wildcard_enum_match_arm, reason = "anything else is not what is looked for")]
fn chunks_leave_no_trace_in_the_digest() {
    let digest = |script: &str| {
        let mut door = Door::open();
        door.run(script);
        let accepted = door.log.iter().find_map(|record| match &record.event {
            triad_event::Event::Intake(triad_event::intake::Event::WorkflowAccepted(accepted)) => {
                Some(accepted.digest)
            }
            _ => None,
        });
        accepted.expect("accepted")
    };
    let whole = digest("submit w: a, b process after a, c after b");
    assert_eq!(whole, digest("stage w: a\n stage w: b process after a\n submit w from 2: c after b"));
    assert_eq!(whole, digest("stage w: a, b process after a, c after b\n submit w from 3:"));
    assert_ne!(whole, digest("submit w: a, b process after a, c after a"));
}

#[test]
fn the_digest_is_over_what_the_inputs_say_and_not_over_how_they_were_sealed() {
    check(
        "submit w: a process [key=K content=one]",
        "submit v: a process [key=K content=one]
         submit v: a process [key=K content=two]
         submit v: a text [key=K content=one]
         submit v: a process [key=K content=one subject=ann]",
        "repeated w
         refused: the idempotency key was used for another definition, of workflow 772e2e2e2e2e2e2e2e2e2e2e2e2e2e2e
         refused: the idempotency key was used for another definition, of workflow 772e2e2e2e2e2e2e2e2e2e2e2e2e2e2e
         refused: the idempotency key was used for another definition, of workflow 772e2e2e2e2e2e2e2e2e2e2e2e2e2e2e",
    );
}

#[test]
#[expect(clippy::wildcard_enum_match_arm, reason = "anything else is not what is looked for")]
fn a_process_without_an_input_is_a_fault_that_only_the_core_sees() {
    let mut door = Door::open();
    door.run("submit w: a process");
    let submitted = door.log.iter().find_map(|record| match &record.event {
        triad_event::Event::Intake(event) => event.clone().asked(),
        _ => None,
    });
    let Some(super::Ask::Submit(mut submission)) = submitted else { panic!("it was submitted") };
    submission.tasks[0].input = None;
    let input = crate::Input::of(WorkflowId([9; 16]), super::Ask::Submit(submission));
    let refusal = door.input(input).expect_err("refused").to_string();
    assert!(refusal.ends_with("task 0 (\"a\"), input: must not be empty"), "{refusal}");
}

#[test]
fn a_chunk_may_depend_on_what_is_to_come() {
    check(
        "stage w: a after 1",
        "submit w from 1: b",
        "w workflow_submitted 1+1
         w workflow_accepted 2 1
         w attempt_requested 1 #1",
    );
}

#[test]
fn chunks_come_in_order_and_the_end_says_how_many_there_were() {
    check(
        "stage w: a, b",
        "submit w: c
         submit w from 1: c
         submit w from 2: c after 5",
        "refused: 2 tasks are staged, not 0
         refused: 2 tasks are staged, not 1
         refused: the definition has 1 faults; the first: task 2 (\"c\"), dependencies: there is no task \"5\"",
    );
}

#[test]
fn an_upload_that_is_not_finished_expires() {
    check(
        "stage w: a
         wait 59m
         stage w: b",
        "wait 59m
         timer
         wait 1m
         timer
         submit w from 2: c",
        "refused: nothing is due
         timer_fired UploadExpiry
         w upload_expired 2
         refused: 0 tasks are staged, not 2",
    );
}

#[test]
fn recorded_positions_are_not_taken_on_trust() {
    check(
        "",
        "submit w: a after a
         submit w: a after b, b after a
         submit w: a, a
         submit w:",
        "refused: the definition has 1 faults; the first: task 0 (\"a\"), dependencies: a task cannot depend on itself
         refused: the definition has 1 faults; the first: task 0 (\"a\"), dependencies: a cycle of 2 tasks: a -> b -> a
         refused: the definition has 1 faults; the first: task 1 (\"a\"), id: is also that of task 0
         refused: the definition has 1 faults; the first: tasks: must not be empty",
    );
}

#[test]
fn the_same_key_gives_the_same_workflow() {
    check(
        "submit w: a, b [key=K]",
        "submit v: a, b [key=K]
         submit v: a, c [key=K]
         submit v: a, b [key=L]",
        "repeated w
         refused: the idempotency key was used for another definition, of workflow 772e2e2e2e2e2e2e2e2e2e2e2e2e2e2e
         v workflow_submitted 0+2
         v workflow_accepted 2 0
         v attempt_requested 0 #1
         v attempt_requested 1 #1",
    );
}

#[test]
fn a_key_outlives_its_workflow_until_it_expires() {
    check(
        "submit w: a [key=K]
         end w/a ok
         wait 23h",
        "submit v: a [key=K]
         wait 1h
         submit v: a [key=K]",
        "repeated w
         v workflow_submitted 0+1
         v workflow_accepted 1 0
         v attempt_requested 0 #1",
    );
}

#[test]
fn what_the_index_knows_counts_like_what_the_world_knows() {
    check(
        "",
        "submit v: a [key=K known=old]",
        "refused: the idempotency key was used for another definition, of workflow 6f6c642e2e2e2e2e2e2e2e2e2e2e2e2e",
    );
}

#[test]
fn as_many_are_alive_as_may_be() {
    check(
        "set workflows_alive_max 2
         submit w: a [key=K]
         stage u: x",
        "submit v: a
         submit v: a [key=K]
         stage t: x
         submit u from 1: y
         end w/a ok
         submit v: a",
        "refused: at most 2 workflows may be alive
         repeated w
         refused: at most 2 workflows may be alive
         u workflow_submitted 1+1
         u workflow_accepted 2 0
         u attempt_requested 0 #1
         u attempt_requested 1 #1
         w attempt_ended 0 Succeeded
         w task_completed 0 #1
         w workflow_completed 1/0/0/0
         v workflow_submitted 0+1
         v workflow_accepted 1 0
         v attempt_requested 0 #1",
    );
}

#[test]
fn an_id_in_use_is_not_used_again() {
    check(
        "submit w: a",
        "submit w: a
         stage w: a",
        "refused: workflow 772e2e2e2e2e2e2e2e2e2e2e2e2e2e2e exists already
         refused: workflow 772e2e2e2e2e2e2e2e2e2e2e2e2e2e2e exists already",
    );
}

fn proposed(id: &str, dependencies: &[&str]) -> ProposedTask {
    let dependencies = dependencies.iter().map(|name| (*name).to_owned()).collect();
    ProposedTask { dependencies, ..ProposedTask::new(id, TaskKind::Noop) }
}

fn process(id: &str, command: &[&str]) -> ProposedTask {
    let command = command.iter().map(|word| (*word).to_owned()).collect();
    let content = Content { command, ..Content::default() };
    ProposedTask { content, ..ProposedTask::new(id, TaskKind::Process) }
}

fn with(mut task: ProposedTask, change: impl FnOnce(&mut ProposedTask)) -> ProposedTask {
    change(&mut task);
    task
}

fn sealed(content: &[u8]) -> Sealed {
    let address = *blake3::hash(content).as_bytes();
    Sealed { address, commitment: [0; 32], length: Bytes(content.len() as u64) }
}

fn faults(tasks: Vec<ProposedTask>) -> Faults {
    let proposal = Proposal { name: "test".to_owned(), tasks, terms: None };
    check_proposal(proposal, &Bounds::from_settings(&Settings::default())).expect_err("faults")
}

#[track_caller]
fn check_faults(tasks: Vec<ProposedTask>, expected: &str) {
    let found: Vec<String> = faults(tasks).listed.iter().map(ToString::to_string).collect();
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert!(found == expected, "expected:\n{}\nfound:\n{}\n", expected.join("\n"), found.join("\n"));
}

#[test]
fn a_good_proposal_becomes_definitions_by_position() {
    let tasks = vec![proposed("c", &["b", "a"]), proposed("a", &[]), proposed("b", &["a"])];
    let proposal = Proposal { name: "test".to_owned(), tasks, terms: None };
    let checked = check_proposal(proposal, &Bounds::from_settings(&Settings::default())).expect("no faults");
    let tasks = checked.tasks;
    let dependencies: Vec<_> = tasks.iter().map(|task| task.dependencies.clone()).collect();
    assert_eq!(dependencies, [vec![1, 2], vec![], vec![1]]);
    assert!(tasks.iter().all(|task| task.options.attempts_max == 1));
}

#[test]
fn content_is_sealed_apart_and_in_the_order_of_the_tasks() {
    let env = vec![EnvVariable { name: "LC_ALL".to_owned(), value: "C".to_owned() }];
    let tasks = vec![
        with(proposed("a", &[]), |task| task.content.text = Some("handed on".to_owned())),
        proposed("b", &[]),
        with(process("c", &["cat", "file"]), |task| task.content.env = env.clone()),
    ];
    let proposal = Proposal { name: "test".to_owned(), tasks, terms: None };
    let checked = check_proposal(proposal, &Bounds::from_settings(&Settings::default())).expect("no faults");
    let mut contents = Vec::new();
    let seal = |position, _, content: &[u8]| {
        contents.push((position, content.to_vec()));
        Ok::<_, ()>(sealed(content))
    };
    let tasks = checked.seal(seal).expect("sealed");
    let process = Process {
        command: vec!["cat".to_owned(), "file".to_owned()],
        env,
        directory: None,
        stdin: None,
        verify: None,
    };
    assert_eq!(contents, [(0, b"handed on".to_vec()), (2, process.encode())]);
    let inputs: Vec<_> = tasks.into_iter().map(|task| task.input).collect();
    assert_eq!(inputs, [Some(sealed(b"handed on")), None, Some(sealed(&process.encode()))]);
}

#[test]
fn every_fault_is_told_at_once_with_task_and_field() {
    let tasks = vec![
        proposed("a", &["b", "nobody", "b"]),
        proposed("b", &["a", "b"]),
        proposed("A!", &[]),
        proposed("a", &[]),
        with(process("p", &["true"]), |task| {
            task.definition.options.timeout = Some(Millis(0));
            task.definition.options.attempts_max = 0;
        }),
        with(process("q", &[""]), |task| task.definition.options.retry_base = Some(Millis(3_600_001))),
    ];
    check_faults(
        tasks,
        r#"task 0 ("a"), dependencies: there is no task "nobody"
        task 0 ("a"), dependencies: "b" is named more than once
        task 0 ("a"), dependencies: a cycle of 2 tasks: a -> b -> a
        task 1 ("b"), dependencies: a task cannot depend on itself
        task 2 ("A!"), id: is 1 to 64 characters of a-z, 0-9, _ and -
        task 3 ("a"), id: is also that of task 0
        task 4 ("p"), timeout_seconds: must lie between 1 and 2592000
        task 4 ("p"), retry.attempts: must lie between 1 and 100
        task 5 ("q"), command: must not be empty
        task 5 ("q"), retry.base_ms: must lie between 1 and 3600000"#,
    );
}

#[test]
fn a_no_op_has_nothing_to_run() {
    let task = with(process("a", &["true"]), |task| {
        task.definition.options.timeout = Some(Millis(1));
        task.definition.kind = TaskKind::Noop;
    });
    check_faults(
        vec![task],
        r#"task 0 ("a"), command: has no meaning for a NOOP task
        task 0 ("a"), timeout_seconds: has no meaning for a NOOP task"#,
    );
}

#[test]
fn a_process_hands_on_no_text() {
    let long = "x".repeat(TEXT_BYTES_MAX + 1);
    check_faults(
        vec![
            with(process("a", &["true"]), |task| task.content.text = Some(String::new())),
            with(proposed("b", &[]), |task| task.content.text = Some(long)),
        ],
        r#"task 0 ("a"), input: has a meaning for a NOOP task only
        task 1 ("b"), input: has at most 65536 bytes"#,
    );
}

#[test]
fn an_environment_is_checked_variable_by_variable() {
    let variable = |name: &str, value: &str| EnvVariable { name: name.to_owned(), value: value.to_owned() };
    let env = vec![
        variable("", "x"),
        variable("A=B", "x"),
        variable("TRIAD_KEY", "x"),
        variable("NUL", "\0"),
        variable("SAME", "1"),
        variable("SAME", "2"),
    ];
    check_faults(
        vec![with(process("a", &["true"]), |task| task.content.env = env)],
        r#"task 0 ("a"), env: "" is not the name of a variable
        task 0 ("a"), env: "A=B" is not the name of a variable
        task 0 ("a"), env: "TRIAD_KEY" is set by the engine
        task 0 ("a"), env: holds a byte of value zero
        task 0 ("a"), env: "SAME" is named more than once"#,
    );
}

#[test]
fn command_and_names_have_a_size() {
    let long = "x".repeat(COMMAND_BYTES_MAX);
    let named = |task, name: &str| with(task, |task| task.definition.name = name.to_owned());
    check_faults(
        vec![
            named(process("a", &["echo", &long]), &"n".repeat(257)),
            named(proposed(&"i".repeat(65), &[]), "line\nbreak"),
        ],
        &format!(
            r#"task 0 ("a"), name: has at most 256 bytes
            task 0 ("a"), command: has at most 65536 bytes
            task 1 ("{}"), id: is 1 to 64 characters of a-z, 0-9, _ and -
            task 1 ("{}"), name: holds U+000A, which nobody sees or which changes how other characters are shown"#,
            "i".repeat(64),
            "i".repeat(64),
        ),
    );
}

#[test]
fn names_hold_no_character_that_nobody_sees_or_that_turns_others_round() {
    let faults_of = |name: &str| {
        faults(vec![with(proposed("a", &[]), |task| task.definition.name = name.to_owned())]).listed
    };
    for hidden in
        ['\u{7f}', '\u{ad}', '\u{200b}', '\u{200d}', '\u{202e}', '\u{2067}', '\u{fe0f}', '\u{e0041}']
    {
        let found = faults_of(&format!("gpj.{hidden}nim"));
        let problems: Vec<&Problem> = found.iter().map(|fault| &fault.problem).collect();
        assert_eq!(problems, [&Problem::HiddenCharacter { character: hidden }]);
    }
}

#[test]
fn equal_environments_in_another_order_are_one_definition() {
    let variable = |name: &str| EnvVariable { name: name.to_owned(), value: "x".to_owned() };
    let checked = |names: [&str; 3]| {
        let task = with(process("a", &["true"]), |task| task.content.env = names.map(variable).to_vec());
        let proposal = Proposal { name: "test".to_owned(), tasks: vec![task], terms: None };
        check_proposal(proposal, &Bounds::from_settings(&Settings::default())).expect("no faults")
    };
    assert_eq!(checked(["A", "B", "C"]), checked(["C", "A", "B"]));
}

#[test]
fn very_many_faults_are_counted_and_some_are_listed() {
    let tasks = (0..5000).map(|_| proposed("", &["nobody"])).collect();
    let faults = faults(tasks);
    assert_eq!(faults.listed.len(), FAULTS_LISTED_MAX);
    assert!(faults.total >= 10_000);
}

#[test]
fn a_large_definition_falls_into_pieces_that_fit() {
    let named =
        |index| with(process(&format!("t{index}"), &["echo"]), |task| task.definition.name = "n".repeat(256));
    let tasks = (0..8_000).map(named).collect();
    let proposal = Proposal { name: "test".to_owned(), tasks, terms: None };
    let checked = check_proposal(proposal, &Bounds::from_settings(&Settings::default())).expect("no faults");
    let tasks = checked.seal(|_, _, content| Ok::<_, ()>(sealed(content))).expect("sealed");
    let pieces = pieces(tasks.clone());
    assert_eq!(pieces.len(), 4);
    for piece in &pieces {
        let subject = Subject::of(WorkflowId([1; 16]), 0, 0);
        let chunk = ChunkStaged { first_task: 0, subject, tasks: piece.clone() };
        let mut payload = Vec::new();
        triad_event::codec::encode(&chunk.into(), &mut payload);
        assert!(payload.len() <= 1 << 20);
    }
    assert_eq!(pieces.concat(), tasks);
}
