//! What tasks cost a server that only wait: processor time of the server, and of the guards, as a part of one core.

use crate::program::Failure;
use crate::served::Served;
use std::fs;
use std::thread::sleep;
use std::time::Duration;

/// How many tasks there are unless a count is given.
const TASKS: u64 = 200;
/// The most that they may cost the server, in percent of a core.
const PERCENT_MAX: f64 = 2.0;
/// Until what begins has settled, and how long is measured.
const SETTLED_AFTER: Duration = Duration::from_secs(4);
const MEASURED_FOR: Duration = Duration::from_secs(10);
const TICKS_PER_SECOND: f64 = 100.0;

/// Runs the proof.
pub(crate) fn run(tasks: Option<u64>) -> Result<(), Failure> {
    let tasks = tasks.unwrap_or(TASKS);
    let served = Served::new()?;
    let server = served.start_healthy()?;
    let task = |number| serde_json::json!({ "id": format!("t{number}"), "type": "PROCESS", "command": ["sleep", "60"] });
    let definition = serde_json::json!({ "name": "idle", "tasks": (0..tasks).map(task).collect::<Vec<_>>() });
    served.submit("idle", &definition.to_string()).ok_or("the workflow was not accepted")?;
    sleep(SETTLED_AFTER);
    let guards = children(server.id());
    if guards.len() as u64 != tasks {
        return Err(format!("of {tasks} tasks {} run", guards.len()));
    }
    let (server_before, guards_before) = (ticks(server.id()), guards.iter().copied().map(ticks).sum::<f64>());
    sleep(MEASURED_FOR);
    let percent = |ticks: f64| ticks / TICKS_PER_SECOND / MEASURED_FOR.as_secs_f64() * 100.0;
    let of_server = percent(ticks(server.id()) - server_before);
    let of_guards = percent(guards.iter().copied().map(ticks).sum::<f64>() - guards_before);
    served.stop(server)?;
    println!("figure idle_{tasks}_server {of_server:.2} percent");
    println!("figure idle_{tasks}_guards {of_guards:.2} percent");
    if of_server >= PERCENT_MAX {
        return Err(format!(
            "{tasks} tasks that sleep cost the server {of_server} % of a core, at most {PERCENT_MAX}"
        ));
    }
    Ok(())
}

/// Processor time that a process has used.
fn ticks(process: u32) -> f64 {
    let fields = stat(&process.to_string());
    fields.iter().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum()
}

fn children(of: u32) -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id: &u32| stat(&id.to_string()).get(1) == Some(&of.to_string())).collect()
}

/// The fields behind the name of a process.
fn stat(process: &str) -> Vec<String> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").map_or("", |(_, rest)| rest).split(' ').map(str::to_owned).collect()
}
