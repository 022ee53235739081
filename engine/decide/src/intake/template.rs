//! Templates: where the output of another task goes into a text, written `{task.output}` or `{task.output.path}`.
//!
//! Only the id of a declared dependency makes one. Any other brace is what it is: programs for shells and for awk are full of
//! them. So nothing has to be escaped, and nothing that worked before there were templates means something else now.

use crate::limits::is_id;

/// A piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// It stands as it is.
    Literal(&'a str),
    /// The output of a task goes here, or what a path leads to in it.
    Output {
        /// The id of the task.
        task: &'a str,
        /// Names and `[positions]`, each after a dot: empty for all of the output.
        path: &'a str,
    },
}

/// The pieces of a text, in order. `is_dependency` says which ids make a template.
pub fn pieces<'a>(text: &'a str, is_dependency: impl Fn(&str) -> bool) -> Vec<Piece<'a>> {
    let (mut pieces, mut rest, mut searched) = (Vec::new(), text, 0);
    while let Some(found) = rest[searched..].find('{') {
        let open = searched + found;
        match template(&rest[open..]).filter(|(task, ..)| is_dependency(task)) {
            Some((task, path, length)) => {
                if open > 0 {
                    pieces.push(Piece::Literal(&rest[..open]));
                }
                pieces.push(Piece::Output { task, path });
                rest = &rest[open + length..];
                searched = 0;
            }
            None => searched = open + 1,
        }
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest));
    }
    pieces
}

/// The steps of a path: names of members, and positions in lists.
pub fn steps(path: &str) -> impl Iterator<Item = Step<'_>> {
    path.split('.').filter(|step| !step.is_empty()).map(|step| match position(step) {
        Some(position) => Step::Position(position),
        None => Step::Member(step),
    })
}

/// A step of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// A member of an object.
    Member(&'a str),
    /// An entry of a list, from 0.
    Position(usize),
}

/// The task, the path and the length of the template that a text begins with.
fn template(text: &str) -> Option<(&str, &str, usize)> {
    let end = text.find('}')?;
    let (task, rest) = text.get(1..end)?.split_once('.')?;
    let path = match rest.strip_prefix("output")? {
        "" => "",
        path => path.strip_prefix('.')?,
    };
    let is_path = path.is_empty() && rest == "output" || path.split('.').all(is_step);
    (is_id(task) && is_path).then_some((task, path, end + 1))
}

fn is_step(step: &str) -> bool {
    let is_of_a_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    position(step).is_some() || !step.is_empty() && step.bytes().all(is_of_a_name)
}

fn position(step: &str) -> Option<usize> {
    step.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use quickcheck::quickcheck;

    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let piece = |piece: Piece<'_>| match piece {
            Piece::Literal(text) => format!("'{text}'"),
            Piece::Output { task, path } => format!("{task}:{path}"),
        };
        pieces(text, |id| ["a", "b-2"].contains(&id)).into_iter().map(piece).collect()
    }

    #[test]
    fn only_outputs_of_dependencies_are_templates() {
        let rows: [(&str, &[&str]); 14] = [
            ("", &[]),
            ("plain", &["'plain'"]),
            ("{a.output}", &["a:"]),
            ("x{a.output}y{b-2.output.rows.[0].name}", &["'x'", "a:", "'y'", "b-2:rows.[0].name"]),
            ("{a.output}{a.output}", &["a:", "a:"]),
            ("{c.output}", &["'{c.output}'"]),
            ("{a.outputs}", &["'{a.outputs}'"]),
            ("{a.output.}", &["'{a.output.}'"]),
            ("{a.output..x}", &["'{a.output..x}'"]),
            ("{a.output[0]}", &["'{a.output[0]}'"]),
            ("{a.output.[x]}", &["'{a.output.[x]}'"]),
            ("{print $1} {{a.output}}", &["'{print $1} {'", "a:", "'}'"]),
            ("${HOME} {a.output", &["'${HOME} {a.output'"]),
            ("{\u{e9}{a.output}", &["'{\u{e9}'", "a:"]),
        ];
        for (text, expected) in rows {
            assert_eq!(shown(text), expected, "{text}");
        }
        let path: Vec<Step<'_>> = steps("rows.[12].a-b").collect();
        assert_eq!(path, [Step::Member("rows"), Step::Position(12), Step::Member("a-b")]);
    }

    quickcheck! {
        fn nothing_of_a_text_is_lost(text: String, seed: Vec<u8>) -> bool {
            let parts = ["{a.output}", "{", "}", "{b-2.output.x}", &text];
            let text: String = seed.iter().map(|byte| parts[usize::from(*byte) % parts.len()]).collect();
            let again = |piece: Piece<'_>| match piece {
                Piece::Literal(text) => text.to_owned(),
                Piece::Output { task, path: "" } => format!("{{{task}.output}}"),
                Piece::Output { task, path } => format!("{{{task}.output.{path}}}"),
            };
            pieces(&text, |_| true).into_iter().map(again).collect::<String>() == text
        }
    }
}
