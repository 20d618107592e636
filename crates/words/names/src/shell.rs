//! Text in commands that people paste.

use std::fmt;

/// Text as one word of a POSIX shell: bare where no shell reads anything into it, else in single quotes. Whatever prints a
/// command for people prints every part of it that is not its own in this way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ShellWord<'a>(pub &'a str);

impl fmt::Display for ShellWord<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bare = |byte: u8| byte.is_ascii_alphanumeric() || b"%+,-./:=@_".contains(&byte);
        if !self.0.is_empty() && self.0.bytes().all(bare) {
            return formatter.write_str(self.0);
        }
        // Nothing is special within single quotes, and nothing gets one of them in.
        formatter.write_str("'")?;
        formatter.write_str(&self.0.replace('\'', r"'\''"))?;
        formatter.write_str("'")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn word_is_quoted_where_a_shell_would_read_something_into_it() {
        for bare in ["a", "projects/demo", "user:ada@example.com", "https://a.example/b%2F", "--rule=1"] {
            assert_eq!(ShellWord(bare).to_string(), bare);
        }
        for (text, word) in [
            ("", "''"),
            ("a b", "'a b'"),
            ("$(rm)", "'$(rm)'"),
            ("o'brien@example.com", r"'o'\''brien@example.com'"),
            ("~", "'~'"),
            ("a&b", "'a&b'"),
        ] {
            assert_eq!(ShellWord(text).to_string(), word);
        }
    }

    /// What a shell makes of a word that consists of bare characters, single quotes and `\'` (POSIX 2.2).
    fn read(word: &str) -> String {
        let (mut text, mut quoted, mut characters) = (String::new(), false, word.chars());
        while let Some(character) = characters.next() {
            match (character, quoted) {
                ('\'', _) => quoted = !quoted,
                ('\\', false) => text.extend(characters.next()),
                (character, true) => text.push(character),
                (character, false) => {
                    assert!(character.is_ascii_alphanumeric() || "%+,-./:=@_".contains(character), "{word}");
                    text.push(character);
                }
            }
        }
        assert!(!quoted, "{word}");
        text
    }

    proptest! {
        #[test]
        fn shell_reads_exactly_the_text(text in "[ -~\\n'ü]{0,30}") {
            prop_assert_eq!(read(&ShellWord(&text).to_string()), text);
        }
    }
}
