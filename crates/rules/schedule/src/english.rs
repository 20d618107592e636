//! Tells App Engine's English schedules from cron, so that each gets its own answer.

/// Whether the text begins like `every 5 minutes` or `1st,third monday of march 17:00`. No cron text does.
pub(crate) fn looks_english(text: &str) -> bool {
    let Some(first) = text.split_ascii_whitespace().next() else { return false };
    first.eq_ignore_ascii_case("every") || first.split(',').all(is_ordinal)
}

fn is_ordinal(word: &str) -> bool {
    if ORDINALS.iter().any(|ordinal| ordinal.eq_ignore_ascii_case(word)) {
        return true;
    }
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let (number, suffix) = word.split_at(digits);
    (1..=2).contains(&number.len()) && SUFFIXES.iter().any(|known| known.eq_ignore_ascii_case(suffix))
}

const ORDINALS: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];
const SUFFIXES: [&str; 4] = ["st", "nd", "rd", "th"];
