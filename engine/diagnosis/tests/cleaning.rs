//! Cleaning, as a table: what is seen of what was written.

use triad_diagnosis::Cleaned;
use triad_diagnosis::limits::LINE_BYTES_MAX;

/// The one door: bytes, and the lines that are seen with `*N` behind those that stood there N times.
fn check(given: &[u8], then: &[&str]) {
    let cleaned = Cleaned::of(given);
    let seen = |index: usize| match cleaned.lines[index].times {
        1 => cleaned.line(index).to_owned(),
        times => format!("{} *{times}", cleaned.line(index)),
    };
    let lines: Vec<String> = (0..cleaned.lines.len()).map(seen).collect();
    assert_eq!(lines, then, "given {:?}", String::from_utf8_lossy(given));
}

#[test]
fn what_people_see_is_what_is_left() {
    let table: &[(&[u8], &[&str])] = &[
        (b"", &[]),
        (b"\n\r\n  \n\t\n", &[]),
        (b"plain\nlines\n", &["plain", "lines"]),
        (b"no end", &["no end"]),
        (b"of Windows\r\nlines\r\n", &["of Windows", "lines"]),
        (b"blanks at the end  \t \n  and before\n", &["blanks at the end", "  and before"]),
        (b"a\tb", &["a b"]),
        // Colours, titles, links, and other sequences.
        (b"\x1b[1;31merror\x1b[0m: no\x1b[K", &["error: no"]),
        (b"\x1b]0;a title\x07error", &["error"]),
        (b"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", &["link"]),
        (b"\x1bPq#0\x1b\\seen", &["seen"]),
        (b"\x1b(Bseen\x1b=\x1b>", &["seen"]),
        (b"\xc2\x9b31merror\xc2\x9b0m", &["error"]),
        (b"\x1b]an end that never comes", &["an end that never comes"]),
        (b"ends in the middle \x1b[3", &["ends in the middle"]),
        (b"\x1b", &[]),
        // Progress: the last state of a line.
        (b"10 %\r50 %\r100 %\ndone\n", &["100 %", "done"]),
        (b"50 %\rerror: disk full\n", &["error: disk full"]),
        (b"100 %\r\r\n", &["100 %"]),
        (b"100 %\r   \r\n", &["100 %"]),
        (b"50 %\x1b[2K\x1b[1Gerror\n", &["error"]),
        (b"50 %\x1b[2K\x1b[0Gdone\n", &["done"]),
        // What hides, or turns text around.
        (b"a\x00b\x08c\x7fd\x07", &["abcd"]),
        ("safe\u{202e}exe.txt\u{202c}".as_bytes(), &["safeexe.txt"]),
        ("\u{feff}no\u{200b}thing\u{ad} hidden\u{2066}".as_bytes(), &["nothing hidden"]),
        ("a\u{a0}b\u{3000}c\u{2028}d".as_bytes(), &["a b c d"]),
        ("\u{85}next\u{9d}".as_bytes(), &["next"]),
        (b"w\0i\0d\0e\0", &["wide"]),
        // Quotation marks.
        ("cannot stat ‘a’: “b”".as_bytes(), &["cannot stat 'a': \"b\""]),
        // What is no UTF-8.
        (b"caf\xe9 closed", &["caf\u{fffd} closed"]),
        (b"\xff\xfe\xfd", &["\u{fffd}\u{fffd}\u{fffd}"]),
        ("не найден".as_bytes(), &["не найден"]),
        // What is repeated.
        (b"again\nagain\nagain\nother\nagain\n", &["again *3", "other", "again"]),
        (b"again\n\nagain\x1b[0m\r\n", &["again *2"]),
    ];
    for (given, then) in table {
        check(given, then);
    }
}

#[test]
fn a_long_line_is_cut_into_pieces_and_loses_nothing() {
    let long: String = (0..5000).map(|number| format!("{number},")).collect();
    let cleaned = Cleaned::of(long.as_bytes());
    assert!(cleaned.lines.iter().all(|line| line.at.len() <= LINE_BYTES_MAX));
    let pieces: String = (0..cleaned.lines.len()).map(|index| cleaned.line(index)).collect();
    assert_eq!(pieces, long);
    for line in &cleaned.lines {
        assert_eq!(&long[line.raw.clone()], &cleaned.text[line.at.clone()], "each piece says where it lay");
    }
}

#[test]
fn a_line_says_where_it_lay() {
    let given = b"first\r\n\x1b[31mred\x1b[0m\n10 %\rlast\n";
    let cleaned = Cleaned::of(given);
    let raw: Vec<&[u8]> = cleaned.lines.iter().map(|line| &given[line.raw.clone()]).collect();
    assert_eq!(raw, [&b"first\r"[..5], b"red", b"last"]);
}
