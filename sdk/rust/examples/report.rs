//! Prints the definition of a nightly report. Try it: `cargo run -p triad-workflow --example report | triad workflow submit -`

use triad_workflow::{Faults, Retry, Task, Workflow};

fn main() -> Result<(), Faults> {
    println!("{}", report().to_json_pretty()?);
    Ok(())
}

/// Rows are fetched, counted and checked side by side, and told in one line.
pub(crate) fn report() -> Workflow {
    let rows = r#"{"rows": [{"name": "rack 7", "watts": 412}, {"name": "rack 9", "watts": 388}]}"#;
    let fetch = Task::command("fetch", ["printf", "%s", rows])
        .name("Fetch the rows")
        .timeout_seconds(60)
        .retry(Retry::attempts(3).base_ms(200));
    let first = fetch.output().path("rows.[0]");
    let weigh = Task::command("weigh", ["sh", "-c", r#"test "$WATTS" -lt 500 && echo fine"#])
        .env("WATTS", first.clone().path("watts"))
        .category("SIMULATION");
    let settle = Task::wait("settle", 1).depends_on([fetch.id()]);
    let tell = Task::command("tell", ["echo"])
        .arg(first.path("name") + " is " + weigh.output())
        .depends_on([settle.id()]);
    Workflow::new("report").add_task(fetch).add_task(weigh).add_task(settle).add_task(tell)
}
