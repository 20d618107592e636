//! The words of an expression.

use super::{ConditionError, Fault};

/// A word and where it begins, in bytes from the start.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) at: usize,
}

impl Token {
    /// Whether it is `&&`, `||` or `!`, wherever in the expression it stands.
    pub(super) fn is_logic_operator(&self) -> bool {
        matches!(self.kind, Kind::Symbol("&&" | "||" | "!"))
    }
}

/// What a word is.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Kind {
    Integer(i64),
    Name(String),
    Symbol(&'static str),
    Text(String),
}

/// Longer ones before those that they begin with.
const SYMBOLS: [&str; 19] =
    ["&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "(", ")", "[", "]", ".", ",", "+", "-", "?", ":"];

/// The words of the text, in order.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, ConditionError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        if matches!(first, ' ' | '\t' | '\n' | '\r' | '\x0c') {
            at += 1;
        } else if let Some(comment) = rest.strip_prefix("//") {
            at += 2 + comment.find('\n').unwrap_or(comment.len());
        } else {
            let (kind, length) = token(rest).map_err(|fault| ConditionError::at(text, at, fault))?;
            tokens.push(Token { kind, at });
            at += length;
        }
    }
    Ok(tokens)
}

/// The word that the text begins with, and how many bytes it has.
fn token(rest: &str) -> Result<(Kind, usize), Fault> {
    let first = rest.chars().next().unwrap_or_default();
    if first.is_ascii_alphabetic() || first == '_' {
        let end = rest.find(|character: char| !(character.is_ascii_alphanumeric() || character == '_'));
        let name = &rest[..end.unwrap_or(rest.len())];
        return match (name, rest[name.len()..].chars().next()) {
            ("r" | "R", Some(quote @ ('"' | '\''))) => {
                quoted(&rest[1..], quote, Escapes::Raw).map(|(kind, length)| (kind, length + 1))
            }
            ("b" | "B", Some('"' | '\'')) => Err(Fault::Unsupported("bytes".to_owned())),
            _ => Ok((Kind::Name(name.to_owned()), name.len())),
        };
    }
    if first.is_ascii_digit() {
        return number(rest);
    }
    if first == '"' || first == '\'' {
        return quoted(rest, first, Escapes::Read);
    }
    let symbol = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol));
    symbol
        .map(|symbol| (Kind::Symbol(symbol), symbol.len()))
        .ok_or_else(|| Fault::Syntax(format!("`{}` has no meaning here", first.escape_default())))
}

fn number(rest: &str) -> Result<(Kind, usize), Fault> {
    let hexadecimal = rest.strip_prefix("0x").or_else(|| rest.strip_prefix("0X"));
    let (digits, base, prefix) = hexadecimal.map_or((rest, 10, 0), |digits| (digits, 16, 2));
    let end = digits.find(|character: char| !character.is_digit(base)).unwrap_or(digits.len());
    let next = digits[end..].chars().next().unwrap_or(' ');
    let fraction = next == '.' && digits[end + 1..].starts_with(|character: char| character.is_ascii_digit());
    if fraction || matches!(next, 'u' | 'U' | 'e' | 'E') {
        return Err(Fault::Unsupported("numbers other than integers".to_owned()));
    }
    let value = i64::from_str_radix(&digits[..end], base);
    let value = value.map_err(|_| Fault::Syntax("the number is not one of 64 bits".to_owned()))?;
    Ok((Kind::Integer(value), prefix + end))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    Raw,
    Read,
}

fn quoted(rest: &str, quote: char, escapes: Escapes) -> Result<(Kind, usize), Fault> {
    let unfinished = || Fault::Syntax("the string has no end".to_owned());
    if rest[1..].starts_with([quote]) && rest[2..].starts_with([quote]) {
        return Err(Fault::Unsupported("strings in triple quotes".to_owned()));
    }
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '\n' | '\r' => return Err(unfinished()),
            '\\' if escapes == Escapes::Read => {
                let (_, escaped) = characters.next().ok_or_else(unfinished)?;
                text.push(match escaped {
                    '\\' | '"' | '\'' | '`' | '?' => escaped,
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'u' => {
                        let digits: String = characters.by_ref().take(4).map(|(_, digit)| digit).collect();
                        let code = u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 4);
                        let character = code.and_then(char::from_u32);
                        character.ok_or_else(|| Fault::Syntax("`\\u` needs four digits".to_owned()))?
                    }
                    other => {
                        return Err(Fault::Syntax(format!("`\\{}` is no escape", other.escape_default())));
                    }
                });
            }
            character if character == quote => return Ok((Kind::Text(text), at + 1)),
            character => text.push(character),
        }
    }
    Err(unfinished())
}
