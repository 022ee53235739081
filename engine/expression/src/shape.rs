//! How deep an expression is nested, seen from its tokens alone, and where a name stands in it.
//!
//! The parser descends by calls, through some constructs without counting them. So this is asked first: one pass over the
//! tokens, in constant stack, whose result is never less than the depth of the tree that the parser would make.

use crate::limits::{BRACKETS_MAX, DEPTH_MAX, TEXT_BYTES_MAX};
use crate::written::Fault;
use cel::parser::pratt_parser::{Lexer, Token, TokenKind};

/// What a pair of brackets adds to a tree at most: a loop is four expressions within each other.
const BRACKET_DEPTH: usize = 5;

const OPENING: [TokenKind; 3] = [TokenKind::TokLeftParen, TokenKind::TokLeftBracket, TokenKind::TokLeftBrace];
const CLOSING: [TokenKind; 3] =
    [TokenKind::TokRightParen, TokenKind::TokRightBracket, TokenKind::TokRightBrace];

/// Refuses what is longer or nested deeper than the limits.
pub(crate) fn check(text: &str) -> Result<(), Fault> {
    if text.len() > TEXT_BYTES_MAX {
        let message =
            format!("an expression has at most {TEXT_BYTES_MAX} bytes, and this one has {}", text.len());
        return Err(Fault::without_place(message));
    }
    let mut levels = vec![Level::default()];
    for token in tokens(text) {
        let innermost = levels.last_mut().expect("invariant: the outermost level is never taken away");
        if OPENING.contains(&token.kind) {
            innermost.links += 1;
            levels.push(Level::default());
        } else if !CLOSING.contains(&token.kind) {
            innermost.take(token.kind);
        } else if levels.len() > 1 {
            let closed = levels.pop().map_or(0, |level| level.depth());
            let outer = levels.last_mut().expect("invariant: one is left");
            outer.inside = outer.inside.max(closed + BRACKET_DEPTH);
        }
        // A closing bracket too many is for the parser to refuse.
        let depth: usize = levels.iter().map(|level| level.depth() + BRACKET_DEPTH).sum();
        if levels.len() > BRACKETS_MAX + 1 || depth > DEPTH_MAX + BRACKET_DEPTH {
            let message = "it is nested too deep, or chains too many operators; do a part of it in a task";
            return Err(Fault::at(text, token.start, message.to_owned()));
        }
    }
    Ok(())
}

/// Where a name stands first: by itself, else written out as a key, else as a member of something.
pub(crate) fn place_of(text: &str, name: &str) -> Option<usize> {
    let tokens: Vec<Token> = tokens(text).collect();
    let written = |token: &Token| text.get(token.start..token.end).unwrap_or_default();
    let is_name = |token: &Token| token.kind == TokenKind::TokIdent && written(token) == name;
    let is_key = |token: &Token| {
        token.kind == TokenKind::TokString && written(token).trim_matches(['\'', '"']) == name
    };
    let is_member = |at: usize| at > 0 && tokens[at - 1].kind == TokenKind::TokDot;
    let by_itself = (0..tokens.len()).find(|at| is_name(&tokens[*at]) && !is_member(*at));
    let found =
        by_itself.or_else(|| tokens.iter().position(is_key)).or_else(|| tokens.iter().position(is_name));
    found.map(|at| tokens[at].start)
}

/// Without white space and comments, up to the end or the first thing that is no token.
fn tokens(text: &str) -> impl Iterator<Item = Token> {
    let mut lexer = Lexer::new(text);
    let tokens = std::iter::from_fn(move || Some(lexer.lex()));
    tokens
        .take_while(|token| !matches!(token.kind, TokenKind::TokEnd | TokenKind::TokError))
        .filter(|token| !matches!(token.kind, TokenKind::TokWhitespace | TokenKind::TokComment))
}

/// What stands between two brackets, so far.
#[derive(Default)]
struct Level {
    /// Members, entries and calls since the last operator, each of what is before it.
    links: usize,
    /// The deepest pair of brackets among them.
    inside: usize,
    /// The deepest operand of the operators.
    operands: usize,
    /// Operators since the last thing that begins a tree of its own, those before an operand as well.
    operators: usize,
    /// The deepest of the terms before, between commas, logical operators and the parts of conditions.
    terms: usize,
    /// Conditions, which lie in each other's last parts.
    conditions: usize,
    /// `&&` and `||`.
    joints: usize,
}

impl Level {
    fn take(&mut self, kind: TokenKind) {
        use TokenKind::*;
        match kind {
            TokLogicalAnd | TokLogicalOr => {
                self.end_term();
                self.joints += 1;
            }
            TokComma | TokColon => self.end_term(),
            TokQuestion => {
                self.end_term();
                self.conditions += 1;
            }
            TokDot => self.links += 1,
            TokMinus | TokPlus | TokAsterisk | TokSlash | TokPercent | TokExclamation | TokIn | TokEqual
            | TokEqualEqual | TokExclamationEqual | TokLess | TokLessEqual | TokGreater | TokGreaterEqual => {
                self.operands = self.operand();
                (self.links, self.inside) = (0, 0);
                self.operators += 1;
            }
            TokError | TokEnd | TokWhitespace | TokComment | TokNull | TokFalse | TokTrue
            | TokReservedWord | TokInt | TokUint | TokFloat | TokString | TokBytes | TokIdent
            | TokLeftBracket | TokRightBracket | TokLeftBrace | TokRightBrace | TokLeftParen
            | TokRightParen => {}
        }
    }

    fn operand(&self) -> usize {
        self.operands.max(self.links + self.inside)
    }

    fn end_term(&mut self) {
        self.terms = self.terms.max(self.operators + self.operand());
        (self.operators, self.operands, self.links, self.inside) = (0, 0, 0, 0);
    }

    fn depth(&self) -> usize {
        // They become balanced trees, of `&&` below those of `||`.
        let logic = self.joints.checked_ilog2().map_or(0, |log| 2 * (log as usize + 1));
        self.terms.max(self.operators + self.operand()) + self.conditions + logic
    }
}
