//! What becomes of the processes of tasks, with the real program: what they inherit, who ends them, and that nothing else
//! is ever ended; and what becomes of them when the clock is set.

mod served;
mod stopwatch;

mod budgets;
mod bulk;
mod channels;
mod clock;
mod endings;
mod following;
mod inheritance;
mod negentropy;
mod poison;
mod price_faults;
mod prices;
mod schedule_crowd;
mod schedules;
mod shortage;
mod suspended;
mod verified;
