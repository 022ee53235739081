//! The characters of a document for the parser, as many as it may hold back.
//!
//! The parser says nothing of a list or an object in brackets before it has read all of it, because it may be a key. Each
//! bracket, comma and colon in it costs a hundred bytes until then, so that there may be only so many.

use saphyr_parser::input::SkipTabs;
use saphyr_parser::{Input, StrInput};
use std::cell::Cell;

/// Brackets, commas and colons that the parser reads before it says what it read: at most some ten megabytes of memory.
pub(super) const HELD_BACK_MAX: usize = 1 << 16;

/// How many more the parser may read before it must say what it read.
#[derive(Debug)]
pub(super) struct Allowance(Cell<usize>);

impl Allowance {
    pub(super) fn new() -> Self {
        Self(Cell::new(HELD_BACK_MAX))
    }

    /// It said what it read.
    pub(super) fn renew(&self) {
        self.0.set(HELD_BACK_MAX);
    }

    pub(super) fn is_over(&self) -> bool {
        self.0.get() == 0
    }

    fn take(&self, character: char) {
        if matches!(character, '[' | ']' | '{' | '}' | ',' | ':') {
            self.0.set(self.0.get().saturating_sub(1));
        }
    }
}

/// A text that ends where the allowance does.
pub(super) struct Bounded<'a> {
    inner: StrInput<'a>,
    allowance: &'a Allowance,
}

impl<'a> Bounded<'a> {
    pub(super) fn new(text: &'a str, allowance: &'a Allowance) -> Self {
        Self { inner: StrInput::new(text), allowance }
    }

    fn took(&mut self, character: char) {
        self.allowance.take(character);
        if self.allowance.is_over() {
            self.inner = StrInput::new("");
        }
    }
}

impl Input for Bounded<'_> {
    fn lookahead(&mut self, count: usize) {
        self.inner.lookahead(count);
    }

    fn buflen(&self) -> usize {
        self.inner.buflen()
    }

    fn bufmaxlen(&self) -> usize {
        self.inner.bufmaxlen()
    }

    fn raw_read_ch(&mut self) -> char {
        let character = self.inner.raw_read_ch();
        self.took(character);
        character
    }

    fn raw_read_non_breakz_ch(&mut self) -> Option<char> {
        self.inner.raw_read_non_breakz_ch()
    }

    fn skip(&mut self) {
        let character = self.inner.peek();
        self.inner.skip();
        self.took(character);
    }

    fn skip_n(&mut self, count: usize) {
        for _ in 0..count {
            self.skip();
        }
    }

    fn peek(&self) -> char {
        self.inner.peek()
    }

    fn peek_nth(&self, n: usize) -> char {
        self.inner.peek_nth(n)
    }

    fn peek_opt(&self) -> Option<char> {
        self.inner.peek_opt()
    }

    // The provided ones of these panic where the parser looked less far ahead than they look.

    fn next_2_are(&self, first: char, second: char) -> bool {
        self.inner.next_2_are(first, second)
    }

    fn next_3_are(&self, first: char, second: char, third: char) -> bool {
        self.inner.next_3_are(first, second, third)
    }

    fn next_is_document_indicator(&self) -> bool {
        self.inner.next_is_document_indicator()
    }

    fn next_is_document_start(&self) -> bool {
        self.inner.next_is_document_start()
    }

    fn next_is_document_end(&self) -> bool {
        self.inner.next_is_document_end()
    }

    // Comments are no part of what is held back.

    fn skip_ws_to_eol(&mut self, skip_tabs: SkipTabs) -> (usize, Result<SkipTabs, &'static str>) {
        self.inner.skip_ws_to_eol(skip_tabs)
    }

    fn skip_while_non_breakz(&mut self) -> usize {
        self.inner.skip_while_non_breakz()
    }

    fn next_can_be_plain_scalar(&self, in_flow: bool) -> bool {
        self.inner.next_can_be_plain_scalar(in_flow)
    }
}
