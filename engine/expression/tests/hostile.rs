//! Texts that are meant to break the parser: each is answered, at once, on the stack of an ordinary thread.

use crate::known;
use quickcheck::{Arbitrary, Gen, QuickCheck};
use triad_expression::{Wants, check, limits};

/// Prefix, what is repeated until the text is as long as it may be, and whether that is refused.
const REPEATED: &[(&str, &str)] = &[
    ("", "("),
    ("", "["),
    ("", "{"),
    ("", "!"),
    ("", "-"),
    ("", "!-"),
    ("", "- "),
    ("", "{1:"),
    ("", "a("),
    ("", "a.b("),
    ("", "(1+"),
    ("", "!!(!!!!!!(!!!!(((((!!(!!(!!!!(("),
    ("", "1?1:"),
    ("", "1?"),
    ("", "!(1?"),
    ("a", ".a"),
    ("a", "[0]"),
    ("a", ".size()"),
    ("[1]", ".map(x,x)"),
    ("", "[1].map(x,"),
    ("", "has(a."),
    ("1", "+1"),
    ("1", "<1"),
    ("1", " in 1"),
    ("a", "{}"),
    ("", "[1,"),
    ("", ")"),
    ("", "]}"),
    ("", "'''"),
    ("", "\\"),
    ("", "\u{0}"),
    ("'", "\\U0010FFFF"),
    ("", "é"),
    ("", "`"),
    ("", "0x"),
    ("", "1e"),
    ("", "//"),
    ("true", " || true"),
    ("true", " && (true)"),
];

#[test]
fn hostile_texts_are_answered_on_a_small_stack() {
    // What a thread of the server has, and half of that.
    let work = || {
        for (prefix, repeated) in REPEATED {
            let times = (limits::TEXT_BYTES_MAX - prefix.len()) / repeated.len();
            for times in [times, times + 1, 100, 30, 5] {
                let text = format!("{prefix}{}", repeated.repeat(times));
                let _answered = check(&text, &known(), Wants::Truth);
            }
        }
    };
    let thread = std::thread::Builder::new().stack_size(1024 * 1024).spawn(work);
    thread.expect("a thread can be started").join().expect("nothing panics");
}

#[test]
fn depth_is_refused_before_the_parser_sees_it() {
    let deep = ["(", "[", "{1:", "!(", "1?1:", "1+", "!-", "[1].map(x,"];
    for repeated in deep {
        let fault = check(&repeated.repeat(400), &known(), Wants::Truth).expect_err(repeated);
        assert!(fault.message.starts_with("it is nested too deep"), "{repeated}: {fault}");
        assert!(fault.place.is_some_and(|(line, column)| line == 1 && column > 1), "{repeated}: {fault}");
    }
    let fault = check(&" ".repeat(limits::TEXT_BYTES_MAX + 1), &known(), Wants::Truth).expect_err("too long");
    assert_eq!(fault.to_string(), "an expression has at most 8192 bytes, and this one has 8193");
}

/// A text made of what expressions are made of.
#[derive(Debug, Clone)]
struct Pieces(String);

const PIECES: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "!",
    "-",
    "+",
    ".",
    ",",
    "?",
    ":",
    "&&",
    "||",
    "==",
    "<",
    "in",
    "inputs",
    "tasks",
    "a",
    "n",
    "output",
    "status",
    "x",
    "map",
    "filter",
    "all",
    "has",
    "exists_one",
    "size",
    "int",
    "'t'",
    "\"",
    "'",
    "1",
    "0.5",
    "9u",
    "b'x'",
    "r'",
    "\n",
    " ",
    "true",
    "null",
    "as",
    "`",
    "é",
    "\\",
    "//",
    "\u{feff}",
    "%",
    "@",
    "\r",
    "'''",
];

impl Arbitrary for Pieces {
    fn arbitrary(random: &mut Gen) -> Self {
        let length = usize::arbitrary(random) % 120;
        Self((0..length).filter_map(|_| random.choose(PIECES).copied()).collect())
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        Box::new(self.0.shrink().map(Self))
    }
}

#[test]
fn no_text_makes_the_door_panic() {
    let pieces = |Pieces(text): Pieces| {
        let _answered = check(&text, &known(), Wants::List);
    };
    QuickCheck::new().tests(20_000).quickcheck(pieces as fn(Pieces));
    let any = |text: String| {
        let _answered = check(&text, &known(), Wants::Truth);
    };
    QuickCheck::new().tests(5_000).quickcheck(any as fn(String));
}

#[test]
fn the_place_lies_within_the_text() {
    let lies = |Pieces(text): Pieces| match check(&text, &known(), Wants::Truth) {
        Err(fault) => fault.place.is_none_or(|(line, column)| {
            let of_line = text.split('\n').nth(line.wrapping_sub(1));
            // The end of a text that ends a line may be told as the end of that line.
            column >= 1 && of_line.is_some_and(|of_line| column <= of_line.chars().count() + 1)
        }),
        Ok(_) => true,
    };
    QuickCheck::new().tests(10_000).quickcheck(lies as fn(Pieces) -> bool);
}
