//! What gates decide.

use triad_event::access::{Grants, IssueKey, Reach};
use triad_event::ids::PrincipalId;

use crate::tests::door::{Door, check, workflow_named};

#[test]
fn a_wait_ends_when_its_time_has_passed_and_no_earlier() {
    check(
        "submit w: a waits=5s, b after a",
        "wait 4s
         timer
         wait 1s
         timer",
        "refused: nothing is due
         timer_fired Gate
         w gate_closed 0 Elapsed
         w task_completed 0 #0
         w attempt_requested 1 #1",
    );
}

#[test]
fn a_signal_ends_the_wait_for_it_and_its_content_is_the_output() {
    check(
        "submit w: a signal=go, b signal=go after a",
        "signal w stop
         signal w go content=5
         signal w go",
        "refused: no task of the workflow waits for a signal \"stop\"
         w signal_received go
         w gate_closed 0 Signalled out
         w task_completed 0 #0
         w gate_opened 1 Signal go
         w signal_received go
         w gate_closed 1 Signalled
         w task_completed 1 #0
         w workflow_completed 2/0/0/0",
    );
}

#[test]
fn a_signal_that_comes_before_anybody_waits_is_kept() {
    check(
        "submit w: a process, b signal=go after a
         signal w go content=5",
        "end w/a ok",
        "w attempt_ended 0 Succeeded
         w task_completed 0 #1
         w gate_opened 1 Signal go
         w gate_closed 1 Signalled out
         w task_completed 1 #0
         w workflow_completed 2/0/0/0",
    );
}

#[test]
fn what_does_not_come_in_time_fails_the_task_and_is_not_tried_again() {
    check(
        "submit w: a signal=go expires=5s attempts=3, b after a",
        "wait 5s
         timer",
        "timer_fired Gate
         w gate_closed 0 Expired
         w task_failed 0 #0 TimedOut
         w task_skipped 1 because 0
         w workflow_failed 0/1/1/0",
    );
}

#[test]
fn as_many_approve_as_must_and_whoever_submitted_is_none_of_them() {
    check(
        "submit w: a approval=2, b after a",
        "approve w/a
         as 2
         approve w/a
         approve w/a
         as 3
         approve w/a
         approve w/a",
        "refused: whoever submitted a workflow does not decide on its approvals: somebody else has to
         w approval_given 0
         refused: you have approved it already; 1 more are needed, of others
         w approval_given 0
         w gate_closed 0 Approved
         w task_completed 0 #0
         w attempt_requested 1 #1
         refused: the task does not wait for approval",
    );
}

#[test]
fn one_who_declines_ends_it() {
    check(
        "submit w: a approval=2
         as 2
         approve w/a",
        "as 3
         decline w/a",
        "w approval_declined 0
         w gate_closed 0 Declined
         w task_failed 0 #0 Declined
         w workflow_failed 0/1/0/0",
    );
}

#[test]
fn a_pause_lets_gates_go_on_and_nothing_begin_that_they_let_go() {
    check(
        "submit w: a waits=5s, b after a, c signal=go",
        "pause w
         wait 5s
         timer
         signal w go
         resume w",
        "w workflow_paused
         timer_fired Gate
         w gate_closed 0 Elapsed
         w task_completed 0 #0
         w task_queued 1 WorkflowPaused
         w signal_received go
         w gate_closed 2 Signalled
         w task_completed 2 #0
         w workflow_resumed
         w attempt_requested 1 #1",
    );
}

#[test]
fn a_workflow_that_is_cancelled_waits_for_nothing() {
    let refused = format!("refused: workflow {} is not alive, or is being cancelled", workflow_named("w"));
    check(
        "submit w: a waits=5s, b signal=go expires=6s, c approval=1, d process",
        "cancel w
         signal w go
         as 2
         approve w/c
         wait 10s
         timer
         end w/d cancelled",
        &format!(
            "w cancel_requested
             w task_cancelled 0
             w task_cancelled 1
             w task_cancelled 2
             w attempt_cancel_requested 3 WorkflowCancelled
             {refused}
             {refused}
             refused: nothing is due
             w attempt_ended 3 Cancelled
             w task_cancelled 3
             w workflow_cancelled 0/0/0/4"
        ),
    );
}

#[test]
fn holders_of_a_role_decide_where_people_have_roles() {
    let mut door = Door::open();
    let issue = |door: &mut Door, number: u8, role: &str| {
        let grants = Grants {
            owner: "acme".to_owned(),
            roles: vec![role.to_owned()],
            reach: Reach::Tenants,
            tenant: "acme".to_owned(),
            further_tenants: Vec::new(),
            zones: Vec::new(),
            classes: Vec::new(),
            requests_per_minute: None,
            workflows_alive_max: None,
            expires: None,
        };
        let asked = IssueKey {
            key: PrincipalId([number; 16]),
            label: "key".to_owned(),
            person: None,
            digest: [number; 32],
            grants,
            link: None,
            reason: String::new(),
        };
        door.input(crate::access::Ask::from(asked).into()).expect("a key");
    };
    issue(&mut door, 2, "submitter");
    issue(&mut door, 3, "approver");
    door.run("submit w: a approval=1");
    assert_eq!(
        door.run("as 2\napprove w/a\nas 9\napprove w/a\nas 3\ndecline w/a"),
        [
            "refused: holders of these roles decide on it: approver",
            "refused: holders of these roles decide on it: approver",
            "w approval_declined 0",
            "w gate_closed 0 Declined",
            "w task_failed 0 #0 Declined",
            "w workflow_failed 0/1/0/0",
        ]
    );
}

#[test]
fn what_does_not_fit_is_refused() {
    let fault = |script: &str, problem: &str| {
        let mut door = Door::open();
        let found = door.run(script);
        assert!(found[0].contains(problem), "{script}: {found:?}");
    };
    fault("submit w: a waits=0s", "wait: must lie between 1 and 31622400");
    fault("submit w: a signal=GO", "signal.name: is 1 to 64 characters of a-z, 0-9, _ and -");
    fault("submit w: a approval=0", "approval.needed: must lie between 1 and 16");
    fault("submit w: a, b process takes=a", "takes: takes the output of a task that it does not depend on");
    fault("submit w: a, b after a takes=a", "takes: has no meaning for a NOOP task");
}
