//! Writes workflow definitions for TRIAD from Rust, and finds their faults before a server is asked.
//!
//! A [`Workflow`] holds tasks. A [`Task`] runs a command, hands a text on, or waits for time, a signal or people; each kind has
//! the methods that have a meaning for it. What one task prints another takes by [`Task::output`], and depends on it by that
//! alone.
//!
//! ```
//! use triad_workflow::{Retry, Task, Workflow};
//!
//! let fetch = Task::command("fetch", ["curl", "-s", "https://example.org/rows.json"])
//!     .env("LANG", "C")
//!     .timeout_seconds(60)
//!     .retry(Retry::attempts(3).base_ms(200));
//! let greet = Task::command("greet", ["echo", "first:"]).arg(fetch.output().path("rows.[0].name"));
//!
//! let workflow = Workflow::new("nightly").add_task(fetch).add_task(greet);
//! let json = workflow.to_json()?;
//!
//! assert!(json.contains(r#""dependencies":["fetch"]"#));
//! assert!(json.contains(r#""{fetch.output.rows.[0].name}""#));
//! # Ok::<(), triad_workflow::Faults>(())
//! ```
//!
//! What comes out is what `triad workflow submit -` and `POST /v1/workflows` take. [`Workflow::check`] lists every fault at
//! once, by the rules of the published schema and those that no schema can say:
//!
//! ```
//! use triad_workflow::{Task, Workflow};
//!
//! let faults = Workflow::new("broken")
//!     .add_task(Task::command("Build", ["make"]).depends_on(["fetch"]))
//!     .add_task(Task::wait("later", 0))
//!     .check()
//!     .expect_err("it has faults");
//!
//! let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
//! assert_eq!(lines, [
//!     r#"tasks[0].id (task "Build"): is 1 to 64 characters of a-z, 0-9, _ and -"#,
//!     r#"tasks[0].dependencies (task "Build"): there is no task "fetch""#,
//!     r#"tasks[1].wait (task "later"): must lie between 1 and 31622400"#,
//! ]);
//! ```
//!
//! When a task runs, how often and how urgently is said by its methods as well: [`Task::after_failure_of`],
//! [`Task::after_end_of`], [`Task::when`], [`Task::for_each`], [`Task::priority`], [`Task::deadline_seconds`]:
//!
//! ```
//! use triad_workflow::{Priority, Task, Workflow, item};
//!
//! let list = Task::command("list", ["cat", "/srv/regions.json"]);
//! let sum = Task::command("sum", ["sum-up", "--region"])
//!     .depends_on([list.id()])
//!     .when("size(tasks.list.output) > 0")
//!     .for_each_of("tasks.list.output")
//!     .at_once(4)
//!     .arg(item().path("name"));
//! let tell = Task::command("tell", ["notify"]).stdin(sum.output()).deadline_seconds(3600);
//! let alarm = Task::command("alarm", ["page"]).after_failure_of([sum.id()]).priority(Priority::Critical);
//!
//! let workflow = Workflow::new("sums").label("team", "data").add_tasks([list.into(), sum.into(), tell.into(), alarm.into()]);
//! assert!(workflow.to_json()?.contains(r#"{"task":"sum","ends":"FAILED"}"#));
//! # Ok::<(), triad_workflow::Faults>(())
//! ```
//!
//! Not written yet: inputs of a workflow and their values, sub-workflows and definitions that are named (`workflow`, `with`),
//! the JSON Schema of a signal, and what is kept with a task (`energy_cost_est_kwh` and the like). Expressions are handed on as
//! they are.
//!
//! A server may have lower limits than the format, and knows its own time and access: only it can say that a definition is
//! accepted.

mod argument;
mod check;
mod command;
mod each;
mod fault;
mod gate;
mod limits;
mod plain;
mod retry;
mod task;
mod urgency;
mod work;
mod workflow;

pub use argument::{Argument, Index, Item, Output, index, item};
pub use command::Command;
pub use fault::{Fault, Faults, Problem};
pub use gate::{Approval, Signal, Wait};
pub use retry::{Cause, Retry};
pub use task::Task;
pub use urgency::Priority;
pub use work::{Noop, Work};
pub use workflow::Workflow;
