//! Places that are short while there are prices.

use crate::tests::door::check;

/// A watt hour for half of the whole worth is five hundred per kilowatt hour: nearly a day ahead of who states none.
#[test]
fn while_there_are_prices_what_is_worth_more_per_energy_gets_the_next_place_and_waiting_counts() {
    check(
        "set attempts_running_max 1
         source fixed=5
         submit v: x
         submit w: a, b energy=1000 value=500000, c energy=1000000 value=500000
         submit u: d, e priority=low",
        "end v/x ok
         end w/b ok
         submit t: f process value=1000000, g process timeout=600s value=1000000
         end w/c ok
         wait 90000s
         submit t2: h priority=high
         end t/g ok used=1s
         end t/f ok used=1s
         end w/a ok
         end u/d ok",
        "v attempt_ended 0 Succeeded
         v task_completed 0 #1
         w attempt_requested 1 #1
         v workflow_completed 1/0/0/0
         w attempt_ended 1 Succeeded
         w task_completed 1 #1
         w attempt_requested 2 #1
         t workflow_submitted 0+2
         t workflow_accepted 2 0
         t task_queued 0 Capacity ahead 1422m
         t task_queued 1 Capacity ahead 1437m
         w attempt_ended 2 Succeeded
         w task_completed 2 #1
         t attempt_requested 1 #1
         t2 workflow_submitted 0+1
         t2 workflow_accepted 1 0
         t2 task_queued 0 Capacity High
         t attempt_ended 1 Succeeded
         t run_charged 1 3 mWh, 0 uUSD at 5
         t task_completed 1 #1
         t attempt_requested 0 #1
         t attempt_ended 0 Succeeded
         t run_charged 0 3 mWh, 0 uUSD at 5
         t task_completed 0 #1
         w attempt_requested 0 #1
         t workflow_completed 2/0/0/0
         w attempt_ended 0 Succeeded
         w task_completed 0 #1
         u attempt_requested 0 #1
         w workflow_completed 3/0/0/0
         u attempt_ended 0 Succeeded
         u task_completed 0 #1
         t2 attempt_requested 0 #1",
    );
}
