//! Templates: where the output of another task goes into a text, written `{task.output}` or `{task.output.path}`.
//!
//! Only the id of a declared dependency makes one; in a task that is run for each entry of a list `{item}` and `{index}` do, and
//! in a workflow with inputs `{inputs.name}`. Any other brace is what it is: programs for shells and for awk are full of
//! them. So nothing has to be escaped, and nothing that worked before there were templates means something else now.

use crate::limits::is_path;

/// A template is no longer than this between its braces, in bytes: ids have at most 256.
const TEMPLATE_BYTES_MAX: usize = 1024;

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
    /// The entry goes here that the task is run for, or what a path leads to in it.
    Item {
        /// As of an output.
        path: &'a str,
    },
    /// The number of that entry goes here, from 0.
    Index,
    /// The value of an input of the workflow goes here, or what a path leads to in it.
    Input {
        /// The name of the input.
        name: &'a str,
        /// As of an output.
        path: &'a str,
    },
}

/// The pieces of a text, in order. `is_known` says which templates are meant as such; any other stays what it is.
pub fn pieces<'a>(text: &'a str, is_known: impl Fn(&Piece<'a>) -> bool) -> Vec<Piece<'a>> {
    let (mut pieces, mut rest, mut searched) = (Vec::new(), text, 0);
    while let Some(found) = rest[searched..].find('{') {
        let open = searched + found;
        match template(&rest[open..], &is_known) {
            Some((piece, length)) => {
                if open > 0 {
                    pieces.push(Piece::Literal(&rest[..open]));
                }
                pieces.push(piece);
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

/// The template that a text begins with, and how long that is.
fn template<'a>(text: &'a str, is_known: &impl Fn(&Piece<'a>) -> bool) -> Option<(Piece<'a>, usize)> {
    // Text without templates may be full of braces, so what is none is seen at its first byte that none has.
    let length = text.bytes().skip(1).take(TEMPLATE_BYTES_MAX).position(|byte| !is_of_template(byte))?;
    let inner = text.get(1..=length)?;
    if !text[1 + length..].starts_with('}') {
        return None;
    }
    let found = outputs(inner).chain(of_entry(inner)).chain(of_input(inner)).find(is_known)?;
    Some((found, length + 2))
}

fn is_of_template(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-.[]".contains(&byte)
}

/// Each way in which it could name the output of a task: the ids of tasks of sub-workflows have dots.
fn outputs(inner: &str) -> impl Iterator<Item = Piece<'_>> {
    inner.match_indices(".output").filter_map(move |(place, word)| {
        let task = Some(&inner[..place]).filter(|task| is_path(task))?;
        Some(Piece::Output { task, path: path_of(&inner[place + word.len()..])? })
    })
}

fn of_entry(inner: &str) -> Option<Piece<'_>> {
    if inner == "index" {
        return Some(Piece::Index);
    }
    Some(Piece::Item { path: path_of(inner.strip_prefix("item")?)? })
}

fn of_input(inner: &str) -> Option<Piece<'_>> {
    let named = inner.strip_prefix("inputs.")?;
    let end = named.find('.').unwrap_or(named.len());
    Some(Piece::Input { name: &named[..end], path: path_of(&named[end..])? })
}

/// The path in what follows a name: nothing, or steps each after a dot.
fn path_of(rest: &str) -> Option<&str> {
    if rest.is_empty() {
        return Some("");
    }
    rest.strip_prefix('.').filter(|path| path.split('.').all(is_step))
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
            Piece::Item { path } => format!("item:{path}"),
            Piece::Index => "index".to_owned(),
            Piece::Input { name, path } => format!("input {name}:{path}"),
        };
        let is_known = |piece: &Piece<'_>| match piece {
            Piece::Literal(_) => false,
            Piece::Output { task, .. } => ["a", "b-2", "g.a", "item"].contains(task),
            Piece::Item { .. } | Piece::Index => true,
            Piece::Input { name, .. } => *name == "region",
        };
        pieces(text, is_known).into_iter().map(piece).collect()
    }

    #[test]
    fn only_outputs_of_dependencies_are_templates() {
        let rows: [(&str, &[&str]); 20] = [
            ("{g.a.output.output}{a.output.output}", &["g.a:output", "a:output"]),
            ("{item}{item.x.[0]}{index}{item.output}", &["item:", "item:x.[0]", "index", "item:"]),
            ("{items}{index.x}{item.}", &["'{items}{index.x}{item.}'"]),
            ("{inputs.region}{inputs.region.x}", &["input region:", "input region:x"]),
            ("{inputs.other}{inputs.}{inputs}", &["'{inputs.other}{inputs.}{inputs}'"]),
            ("{g.b.output}", &["'{g.b.output}'"]),
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

    /// Nobody looks behind the first byte that no template has.
    #[test]
    fn a_text_full_of_braces_is_read_once() {
        let text = "{".repeat(1 << 20);
        assert_eq!(pieces(&text, |_| true), [Piece::Literal(&text)]);
        let long = format!("{{a.output.{}}}", "x".repeat(TEMPLATE_BYTES_MAX));
        assert_eq!(pieces(&long, |_| true), [Piece::Literal(&long)]);
    }

    quickcheck! {
        fn nothing_of_a_text_is_lost(text: String, seed: Vec<u8>) -> bool {
            let parts = ["{a.output}", "{", "}", "{b-2.output.x}", &text];
            let text: String = seed.iter().map(|byte| parts[usize::from(*byte) % parts.len()]).collect();
            let again = |piece: Piece<'_>| match piece {
                Piece::Literal(text) => text.to_owned(),
                Piece::Output { task, path: "" } => format!("{{{task}.output}}"),
                Piece::Output { task, path } => format!("{{{task}.output.{path}}}"),
                Piece::Item { .. } | Piece::Index | Piece::Input { .. } => String::new(),
            };
            pieces(&text, |piece| matches!(piece, Piece::Output { .. })).into_iter().map(again).collect::<String>() == text
        }
    }
}
