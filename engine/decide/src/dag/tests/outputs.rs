//! What tasks and their expressions take: outputs of others, and entries of lists.

use crate::tests::door::{Door, evaluations, performances, workflow_named};
use crate::{Entry, Given, Taken, Work, World, evolve};

/// Runs a script and compares what the task of a position is given with what is expected: what is evaluated for it, a line for
/// each
/// task that it takes from, and its entry. Whoever has just folded the log is told the same.
#[track_caller]
fn check_given(script: &str, task: u32, expected: &str) {
    let mut door = Door::open();
    door.run(script);
    let mut recovered = World::new();
    door.log.iter().for_each(|record| evolve(&mut recovered, record).expect("legal"));
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    for world in [&door.world, &recovered] {
        let found = given_to(world, task);
        assert!(found == expected, "expected:\n{}\nfound:\n{}\n", expected.join("\n"), found.join("\n"));
    }
}

fn given_to(world: &World, task: u32) -> Vec<String> {
    let workflow = workflow_named("w");
    if let Some(owed) = evaluations(world).into_iter().find(|owed| owed.task == task) {
        assert_eq!((owed.workflow, owed.subject, owed.subject_slot), (workflow, workflow.into(), 1));
        let condition = owed.condition.map(|_| "condition".to_owned());
        let list = owed.list.map(|_| format!("list of at most {}", owed.entries_max));
        return condition.into_iter().chain(list).chain(owed.takes.iter().map(show)).collect();
    }
    let owed = performances(world).into_iter().find(|owed| (owed.workflow, owed.task) == (workflow, task));
    let (takes, entry) = match owed.expect("it runs").work {
        Work::Noop { entry, .. } => (Vec::new(), entry),
        Work::Process { takes, entry, .. } => (takes, entry),
    };
    let entry = entry.map(|Entry { place, number, .. }| format!("entry {number}, place {place}"));
    takes.iter().map(show).chain(entry).collect()
}

fn show(taken: &Taken) -> String {
    let output = |output: &Option<crate::dag::Output>| match output {
        None => "-".to_owned(),
        Some(output) if output.of.is_some() => format!("earlier {:?}", output.class),
        Some(output) => format!("{:?}", output.class),
    };
    let given = match &taken.given {
        Given::One(one) => output(one),
        Given::List(all) => format!("[{}]", all.iter().map(output).collect::<Vec<_>>().join(", ")),
    };
    format!("{} {:?} {given}", taken.id, taken.ended)
}

#[test]
fn a_task_takes_the_outputs_that_it_names_of_attempts_that_succeeded() {
    let script =
        "submit w: a process attempts=2 base=1s, g signal=go, b process after a+g takes=a+g, c process after a
         end w/a exit out
         wait 10s
         timer
         end w/a ok out
         signal w go content=7";
    check_given(script, 2, "a Completed Stdout\n g Completed Signal");
    check_given(script, 3, "");
    let mut door = Door::open();
    door.run(script);
    let kept = &door.world.workflow(workflow_named("w")).expect("it is alive").outputs;
    assert_eq!(kept.keys().collect::<Vec<_>>(), [&0, &1]);
}

#[test]
fn of_a_list_all_outputs_are_taken_in_their_order() {
    let lists = "submit w: a each=3, e each=1, b process after a?+e takes=a+e";
    check_given(
        &format!(
            "{lists}
             eval w/e list=0
             eval w/a list=3
             end w/a.1 ok out
             end w/a.2 exit out
             end w/a.0 ok"
        ),
        2,
        "a Failed [-, Stdout, Stdout]
         e Completed []",
    );
    check_given(
        &format!(
            "{lists}
             eval w/a missing
             eval w/e list=1
             end w/e.0 ok out"
        ),
        2,
        "a Failed -
         e Completed [Stdout]",
    );
}

#[test]
fn what_was_skipped_or_left_out_gave_nothing() {
    check_given(
        "submit w: a when, x, s after x, b process after a?+s? takes=a+s
         eval w/a not
         end w/x exit",
        3,
        "a Skipped -
         s Skipped -",
    );
}

#[test]
fn what_an_earlier_workflow_gave_is_taken_of_it() {
    check_given(
        "submit w: a reused, l each=2 reused=2, b process after a+l takes=a+l",
        2,
        "a Completed earlier Stdout
         l Completed [earlier Stdout, earlier Stdout]",
    );
}

#[test]
fn a_part_is_given_its_entry_and_what_its_task_takes() {
    let script = "submit w: a, b process each=3 after a takes=a, c each=3
         end w/a ok out
         eval w/b list=3
         eval w/c list=1";
    check_given(script, 3, "a Completed Stdout\n entry 0, place 0");
    check_given(script, 4, "a Completed Stdout\n entry 1, place 1");
    check_given(script, 5, "a Completed Stdout\n entry 2, place 0");
    check_given(script, 6, "entry 0, place 0");
}

#[test]
fn expressions_are_given_what_their_task_takes() {
    let script = "set tasks_per_workflow_max 9
         submit w: a, b process when each=3 after a? takes=a, c each=2, d when after a! takes=a, e when
         end w/a exit out";
    check_given(script, 1, "condition\n list of at most 4\n a Failed Stdout");
    check_given(script, 2, "list of at most 4");
    check_given(script, 3, "condition\n a Failed Stdout");
    check_given(script, 4, "condition");
}
