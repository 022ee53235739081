//! What a line is in its text: an error, a warning, a frame of a trace, the cause of another.

use std::sync::LazyLock;

use regex::bytes::{Regex, RegexBuilder};

use crate::clean::Cleaned;

/// How much the confidence of a rule counts on such a line, per mille.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Standing {
    /// Of the confidence, per mille.
    pub(crate) weight_pm: u32,
    /// Added when candidates are put in order: the cause of what else is said stands before it.
    pub(crate) rank: i32,
}

const WARNING_PM: u32 = 630;
const REMARK_PM: u32 = 620;
const FRAME_PM: u32 = 400;
const ECHO_PM: u32 = 500;
const WRAPPER_PM: u32 = 700;
/// Lists of options and what they do: they name timeouts, certificates and passwords, whatever went wrong.
const HELP_PM: u32 = 400;

/// Marks stand at the front of a line; pieces of endless lines are not searched for them.
const MARKED_BYTES_MAX: usize = 512;

/// How much deeper in a chain of causes counts, by step.
const DEEPER: i32 = 40;
const DEPTH_MAX: i32 = 3;

struct Marks {
    warning: Regex,
    remark: Regex,
    error: Regex,
    grave: Regex,
    frame: Regex,
    echo: Regex,
    wrapper: Regex,
    help: Regex,
    caret: Regex,
}

static MARKS: LazyLock<Marks> = LazyLock::new(|| {
    let compile = |pattern: &str| {
        let builder = &mut RegexBuilder::new(pattern);
        // INVARIANT: constants, which the tests compile.
        builder.unicode(false).case_insensitive(true).build().expect("a mark of lines compiles")
    };
    Marks {
        warning: compile(concat!(
            r"^[^a-z]{0,40}(npm |yarn |pip |git |cargo )?(warn(ing)?s?|deprecat\w*|retrying|retry)\b|^.{0,120}?:\d+(:\d+)?: warning\b",
            r"|^.{0,60}[\s\[|(]warn(ing)?[\]\s:|)]|\b(deprecation|user|future|runtime|resource|syntax)warning:|will retry|retrying in",
            r"|^(warnung|avertissement|attention|advertencia|aviso|avviso)\b ?:|^(\xe8\xad\xa6\xe5\x91\x8a)",
        )),
        remark: compile(concat!(
            r"^[^a-z]{0,40}(npm )?(note|notice|hint|tip|info|debug|trace|verbose)\b|^.{0,120}?:\d+(:\d+)?: note\b",
            r"|^.{0,60}[\s\[|(](info|debug|trace|notice)[\]\s:|)]|\btrying\b|level=(info|debug|warn)",
            r"|\b(using|falling back to) (the )?(built[- ]?in|defaults?\b)|\bby default\.?$",
        )),
        error: compile(r"\b(error|fatal|critical|panic|severe|exception|failed|abort(ed|ing)?)\b"),
        grave: compile(r"failed to open stream|failed to load external entity"),
        frame: compile(concat!(
            r#"^\s+at\s\S|^\s*File "[^"]*", line \d+|^\s+from \S+:\d+:in |^\s*\d+: +(0x[0-9a-f]+ - )?[\w<>]+::\S*$"#,
            r"|^\s*#\d+ +(0x|\S+\()|^\s+\.\.\. \d+ more|^\s*goroutine \d+ \[|^\s+\S+\.go:\d+( \+0x|$)",
            r"|^\s+(\([\w.-]+ [\d.]+\) )?[\w./-]+\.(ex|exs|erl|eex):\d+: |^#\d+ \{main\}|^\s+\[C\]: ",
            r"|^\s+[\w./()-]+( line)?:\d+: in ",
        )),
        echo: compile(concat!(
            r#"^\s*\d+ \| |^\++ \S|^\s+\||^[>$] \S|^\s*-->|^\s*['"]?\d{3}['"]?: ['"]"#,
            r"|^\s+'[^']*',?$|^\s+[\w$]+: (undefined|null|true|false|\[\w+\]),?$",
            r"|^\s*(raise|return|throw|assert|if|with|for|import|from)\s\S",
        )),
        wrapper: compile(concat!(
            r"^(make|gmake|ninja)(\[\d+\])?: \*\*\* |^npm (err!|error) (code|errno|syscall|lifecycle|a complete log)",
            r"|exit(ed)? (with )?(status|code)|returned non-zero exit status|elifecycle|command failed|^error: process completed",
        )),
        help: compile(
            r"^\s+(-\w,? ?|-\w [a-z<\[]\S*,? |--?\w[\w-]*,? )?--?\w\S*( [<\[a-z]\S*)?(\s\s+|\t)\S|^\s+\[-",
        ),
        caret: compile(r"^\s*\|?\s*[\^~]+[\s^~]*$"),
    }
});

/// What the line at `index` is.
pub(crate) fn standing(cleaned: &Cleaned, index: usize, depths: &Depths) -> Standing {
    let line = cleaned.line(index).as_bytes();
    let line = &line[..line.len().min(MARKED_BYTES_MAX)];
    let marks = &*MARKS;
    let before = index.checked_sub(1).map_or("", |before| cleaned.line(before));
    let weight_pm = if marks.frame.is_match(line) || is_source_of_frame(line, before) {
        FRAME_PM
    } else if marks.help.is_match(line) {
        HELP_PM
    } else if marks.echo.is_match(line) || is_pointed_at(cleaned, index, marks) {
        ECHO_PM
    } else if marks.warning.is_match(line) && !marks.grave.is_match(line) {
        WARNING_PM
    } else if marks.remark.is_match(line) && !marks.error.is_match(line) {
        REMARK_PM
    } else if marks.wrapper.is_match(line) {
        WRAPPER_PM
    } else {
        1000
    };
    Standing { weight_pm, rank: depths.of(index).min(DEPTH_MAX) * DEEPER }
}

/// What stands above a row of carets is source that is shown.
fn is_pointed_at(cleaned: &Cleaned, index: usize, marks: &Marks) -> bool {
    let below = index + 1;
    below < cleaned.lines.len() && marks.caret.is_match(cleaned.line(below).as_bytes())
}

/// Python shows the source of each frame below it, further in.
fn is_source_of_frame(line: &[u8], before: &str) -> bool {
    line.starts_with(b"    ") && before.starts_with("  File \"")
}

/// How deep in chains of causes lines stand, as far as any are.
#[derive(Debug, Default)]
pub(crate) struct Depths {
    /// First line and last line of a part, and its depth.
    parts: Vec<(usize, usize, i32)>,
}

impl Depths {
    /// Finds the chains of Java, Node, Rust and Python.
    pub(crate) fn of_text(cleaned: &Cleaned) -> Depths {
        let mut depths = Depths::default();
        let mut depth = 0;
        for index in 0..cleaned.lines.len() {
            let line = cleaned.line(index);
            if !line.is_ascii() && line.len() > 200 {
                continue;
            }
            let inner = line.trim_start();
            let named = ["Caused by:", "caused by:", "[cause]:"].iter().any(|mark| inner.starts_with(mark));
            if named || (depth > 0 && line.starts_with("   ") && is_numbered(inner)) {
                depth += 1;
                depths.parts.push((index, index, depth));
            } else if depth > 0 && line.starts_with("  ") && !inner.starts_with("at ") {
                depths.parts.push((index, index, depth));
            } else if !line.starts_with([' ', '\t']) {
                depth = 0;
                depths.python(cleaned, index, inner);
            }
        }
        depths
    }

    /// Above the sentence of Python stands what caused what stands below it.
    fn python(&mut self, cleaned: &Cleaned, index: usize, line: &str) {
        let direct = line.starts_with("The above exception was the direct cause of");
        let during = line.starts_with("During handling of the above exception");
        if !direct && !during {
            return;
        }
        let earliest = index.saturating_sub(8);
        let ends = |at: &usize| !cleaned.line(*at).starts_with(' ');
        if let Some(cause) = (earliest..index).rev().find(ends) {
            self.parts.push((cause, index, if direct { 2 } else { 1 }));
        }
    }

    fn of(&self, index: usize) -> i32 {
        let near = self.parts.partition_point(|part| part.0 <= index);
        let around = &self.parts[near.saturating_sub(2)..near];
        around.iter().filter(|part| part.1 >= index).map(|part| part.2).max().unwrap_or(0)
    }
}

fn is_numbered(line: &str) -> bool {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    digits > 0 && line[digits..].starts_with(": ")
}
