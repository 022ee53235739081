//! What the parser says is wrong, in words for people who write definitions.

/// What is wrong, from what the parser says; its own words where there are no better ones.
pub(super) fn plain(said: &str) -> String {
    let known = KNOWN.iter().find(|(part, _)| said.contains(part));
    known.map_or_else(|| said.to_owned(), |(_, words)| (*words).to_owned())
}

pub(super) const ALIAS: &str =
    "anchors and aliases are not read: write it out, or put a text that begins with & or * in quotes";
pub(super) const TAG: &str = "tags are not read: leave it out, or put a text that begins with ! in quotes";
pub(super) const TAB: &str = "a tab has no place in front of a line: use spaces";
pub(super) const DEEP: &str = "more than 32 lists and objects lie within each other";
pub(super) const DIRECTIVE: &str = "directives are not read: leave the line out";
pub(super) const DOCUMENTS: &str = "a second document begins here: a file holds one";

const UNQUOTED_COLON: &str = "a text without quotes holds a colon and a space, or the line is indented too far: put \
                              the text in quotes";
const UNENDED: &str = "this text does not end: its quote is missing";
const ESCAPE: &str = "there is no such escape: in single quotes a backslash is a backslash";

/// Parts of what the parser says, the first that fits counts.
const KNOWN: &[(&str, &str)] = &[
    ("unknown anchor", ALIAS),
    ("scanning an anchor or alias", ALIAS),
    ("invalid indentation for anchor", ALIAS),
    (" tag", TAG),
    ("the handle wasn't declared", TAG),
    ("directive", DIRECTIVE),
    ("TAG", DIRECTIVE),
    ("tab", TAB),
    ("recursion limit exceeded", DEEP),
    ("expected <document start>", "something follows after the end of the document"),
    ("invalid content after document end marker", "something follows after the end of the document"),
    ("mapping values are not allowed", UNQUOTED_COLON),
    ("illegal placement of ':'", UNQUOTED_COLON),
    ("simple key expect", "a colon and a value were expected behind this key"),
    ("did not find expected key", "a key of the object was expected here: look at the indentation"),
    (
        "did not find expected '-'",
        "an entry of the list was expected here, with a dash: look at the indentation",
    ),
    ("did not find expected ',' or '}'", "a comma or the closing brace was expected"),
    ("expected ',' or ']'", "a comma or the closing bracket was expected"),
    (
        "block sequence entries are not allowed",
        "an entry of a list cannot begin here: put it on a line of its own",
    ),
    ("did not find expected node content", "a value was expected"),
    ("found unexpected end of stream", UNENDED),
    ("quoted scalar, found unexpected document indicator", UNENDED),
    ("unknown escape character", ESCAPE),
    ("hexadecimal number", "hexadecimal digits were expected in this escape"),
    ("invalid Unicode character", "no character has the number of this escape"),
    ("invalid trailing content", "something follows behind the closing quote: put all of the text in quotes"),
    ("unexpected character", "a text cannot begin with this character: put it in quotes"),
    ("plain scalar cannot start", "a text cannot begin with this character: put it in quotes"),
    ("unexpected end of plain scalar", "a value was expected"),
    ("invalid indentation", "this line is indented too little for where it stands"),
    ("wrongly indented line", "this line is indented less than those before it"),
    ("comment intercepting", "a comment cannot stand in the middle of a text"),
    ("comments must be separated", "a comment needs a space before its #"),
    ("misplaced bracket", "there is nothing that this bracket closes"),
    ("byte order mark", "a byte order mark has no place in YAML: save the file without one"),
];
