//! What lies in a log's directory, as far as names and the beginnings of blocks tell: so that a log that lost something is never
//! taken for one that was not begun.

use crate::journals;
use std::io;
use std::path::Path;

/// What the code that writes a log puts into its directory, besides `lock`.
const NAMES: [&str; 9] =
    ["db", "watermark", "place", "key", "key.new", "vault", "views", "snapshots", "poison"];
/// The same, of what is numbered.
const NUMBERED: [&str; 2] = ["journals-", "db.damaged-"];

/// The names of what was left by a log, in their order. An empty watermark counts for nothing: it is made first.
pub(crate) fn remains(directory: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_numbered = NUMBERED.iter().any(|prefix| name.starts_with(prefix));
        let is_empty_mark = name == "watermark" && entry.metadata()?.len() == 0;
        if (NAMES.contains(&name.as_str()) || is_numbered) && !is_empty_mark {
            found.push(name);
        }
    }
    found.sort();
    Ok(found)
}

/// Whether the creation of a log was begun here and did not come to its first record: the watermark, which is made first, is
/// empty, and nothing tells of a record.
pub(crate) fn is_unfinished(directory: &Path) -> io::Result<bool> {
    let is_begun = std::fs::metadata(directory.join("watermark")).is_ok_and(|mark| mark.len() == 0);
    Ok(is_begun && directory.join("db").exists() && !tells_of_records(directory)?)
}

/// Whether any table or whole block is there. Journals set aside and a database that was repaired tell of records too.
pub(crate) fn tells_of_records(directory: &Path) -> io::Result<bool> {
    let is_numbered = |name: &String| NUMBERED.iter().any(|prefix| name.starts_with(prefix));
    if remains(directory)?.iter().any(is_numbered) {
        return Ok(true);
    }
    let database = directory.join("db");
    Ok(has_table(&database)? || !journals::salvage(&database)?.is_empty())
}

fn has_table(database: &Path) -> io::Result<bool> {
    let keyspaces = match std::fs::read_dir(database.join("keyspaces")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        keyspaces => keyspaces?,
    };
    for keyspace in keyspaces {
        let keyspace = keyspace?;
        // fjall keeps the names of keyspaces in the first, which is there before any record.
        let tables = keyspace.path().join("tables");
        if keyspace.file_name() != "0"
            && std::fs::read_dir(tables).is_ok_and(|mut tables| tables.next().is_some())
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Moves what an unfinished creation left into a directory of its own, `unfinished-N`.
pub(crate) fn set_aside(directory: &Path) -> io::Result<()> {
    let name = |number: u32| directory.join(format!("unfinished-{number}"));
    let target = (1..).map(name).find(|target| !target.exists());
    let target = target.ok_or_else(|| io::Error::other("no free name for what is set aside"))?;
    std::fs::create_dir(&target)?;
    for name in remains(directory)? {
        std::fs::rename(directory.join(&name), target.join(&name))?;
    }
    std::fs::File::open(directory)?.sync_all()
}
