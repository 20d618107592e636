//! The pieces that a filter is written in.

use crate::Error;

/// A piece, and where it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Token<'a> {
    pub kind: Kind<'a>,
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind<'a> {
    Close,
    Comma,
    Open,
    Operator(Operator),
    /// What stands between quotation marks, escapes and all.
    Quoted(&'a str),
    /// Text without quotation marks.
    Word(&'a str),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Operator {
    Equal,
    Greater,
    GreaterOrEqual,
    Has,
    Less,
    LessOrEqual,
    Matches,
    NotEqual,
    NotMatches,
}

impl Operator {
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Has => ":",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Matches => "=~",
            Self::NotEqual => "!=",
            Self::NotMatches => "!~",
        }
    }
}

impl Kind<'_> {
    /// As an error names it.
    pub fn named(self) -> String {
        match self {
            Self::Close => "a closing parenthesis".to_owned(),
            Self::Comma => "a comma".to_owned(),
            Self::Open => "an opening parenthesis".to_owned(),
            Self::Operator(operator) => format!("the operator {}", operator.symbol()),
            Self::Quoted(text) | Self::Word(text) => format!("{:?}", shortened(text)),
        }
    }
}

/// All pieces of a text, in their order. Comments are none.
pub(crate) fn tokens(text: &str) -> Result<Vec<Token<'_>>, Error> {
    let (mut tokens, mut start) = (Vec::new(), 0);
    while let Some(first) = text[start..].chars().next() {
        let rest = &text[start..];
        if first.is_whitespace() {
            start += first.len_utf8();
            continue;
        }
        if rest.starts_with("--") {
            start += rest.find('\n').unwrap_or(rest.len());
            continue;
        }
        let (kind, length) = match first {
            '(' => (Kind::Open, 1),
            ')' => (Kind::Close, 1),
            ',' => (Kind::Comma, 1),
            '"' | '\'' => quoted(rest, first).ok_or(Error::Unclosed { at: place(text, start) })?,
            _ => match operator(rest) {
                Some((operator, length)) => (Kind::Operator(operator), length),
                None => word(text, start)?,
            },
        };
        tokens.push(Token { kind, start, end: start + length });
        start += length;
    }
    Ok(tokens)
}

/// What stands between quotation marks, with every escape that the language has (those of a C string) resolved. An escape
/// that it has not stays as it is.
pub(crate) fn unescaped(raw: &str) -> String {
    let (mut text, mut rest) = (String::with_capacity(raw.len()), raw);
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        let mut letters = after.chars();
        let short = match letters.next() {
            Some(letter @ ('"' | '\'' | '\\' | '?')) => Some(letter),
            Some('a') => Some('\u{7}'),
            Some('b') => Some('\u{8}'),
            Some('f') => Some('\u{c}'),
            Some('n') => Some('\n'),
            Some('r') => Some('\r'),
            Some('t') => Some('\t'),
            Some('v') => Some('\u{b}'),
            _ => None,
        };
        rest = match (short, numbered(after)) {
            (Some(letter), _) => {
                text.push(letter);
                letters.as_str()
            }
            (None, Some((letter, rest))) => {
                text.push(letter);
                rest
            }
            (None, None) => {
                text.push('\\');
                after
            }
        };
    }
    text + rest
}

/// What stands between quotation marks, as a regular expression: only what the quotation marks made necessary is taken
/// back, so that `\d` means a digit.
pub(crate) fn pattern(raw: &str) -> String {
    raw.replace("\\\"", "\"").replace("\\\\", "\\")
}

/// The place of a byte, in characters from 1.
pub(crate) fn place(text: &str, byte: usize) -> usize {
    text[..byte].chars().count() + 1
}

/// At most 60 characters of a text.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn quoted(rest: &str, mark: char) -> Option<(Kind<'_>, usize)> {
    let mut escaped = false;
    for (index, letter) in rest.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if letter == mark => return Some((Kind::Quoted(&rest[1..index]), index + 1)),
            _ => {}
        }
    }
    None
}

fn operator(rest: &str) -> Option<(Operator, usize)> {
    let two = [
        ("=~", Operator::Matches),
        ("!~", Operator::NotMatches),
        ("!=", Operator::NotEqual),
        (">=", Operator::GreaterOrEqual),
        ("<=", Operator::LessOrEqual),
    ];
    let one = [("=", Operator::Equal), (">", Operator::Greater), ("<", Operator::Less), (":", Operator::Has)];
    let found = two.into_iter().chain(one).find(|(symbol, _)| rest.starts_with(symbol));
    found.map(|(symbol, operator)| (operator, symbol.len()))
}

fn word(text: &str, start: usize) -> Result<(Kind<'_>, usize), Error> {
    let rest = &text[start..];
    let ends = |letter: char| letter.is_whitespace() || "()\"'=<>!:~,".contains(letter);
    match rest.find(ends).unwrap_or(rest.len()) {
        0 => Err(Error::Expected {
            at: place(text, start),
            found: format!("{:?}", shortened(rest.split_whitespace().next().unwrap_or(rest))),
            expected: "a field, text or an operator",
        }),
        length => Ok((Kind::Word(&rest[..length]), length)),
    }
}

/// `xNN`, `uNNNN`, `UNNNNNNNN` and up to three octal digits, and what follows.
fn numbered(after: &str) -> Option<(char, &str)> {
    let (digits, radix) = match after.as_bytes().first()? {
        b'x' => (after.get(1..3)?, 16),
        b'u' => (after.get(1..5)?, 16),
        b'U' => (after.get(1..9)?, 16),
        b'0'..=b'7' => {
            let count = after.bytes().take(3).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
            (&after[..count], 8)
        }
        _ => return None,
    };
    let letter = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let letter =
        letter.then(|| u32::from_str_radix(digits, radix).ok()).flatten().and_then(char::from_u32)?;
    let introduction = usize::from(radix == 16);
    Some((letter, &after[introduction + digits.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_resolved_and_what_is_none_stays() {
        for (raw, expected) in [
            (r#"say \"hi\" \\ \'"#, r#"say "hi" \ '"#),
            (r"a\tb\nc", "a\tb\nc"),
            (r"\x41\u00e9\U0001F600\101", "Aé😀A"),
            (r"\d \q \", r"\d \q \"),
            (r"\u12", r"\u12"),
            (r"\ud800 \xé", r"\ud800 \xé"),
        ] {
            assert_eq!(unescaped(raw), expected, "{raw}");
        }
        assert_eq!(pattern(r#"\d+ \"x\" \\. é"#), r#"\d+ "x" \. é"#);
    }

    #[test]
    fn a_word_ends_where_an_operator_begins_and_a_comment_only_begins_a_word() {
        let kinds = |text| tokens(text).unwrap().into_iter().map(|token| token.kind).collect::<Vec<_>>();
        assert_eq!(
            kinds("a.b!=my--job -- the rest\n(c"),
            [
                Kind::Word("a.b"),
                Kind::Operator(Operator::NotEqual),
                Kind::Word("my--job"),
                Kind::Open,
                Kind::Word("c")
            ]
        );
        assert_eq!(kinds("'a\"b'"), [Kind::Quoted("a\"b")]);
        assert_eq!(tokens("é \"a"), Err(Error::Unclosed { at: 3 }));
        assert!(matches!(tokens("a ~ b"), Err(Error::Expected { at: 3, .. })));
    }
}
