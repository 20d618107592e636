//! App Engine's English grammar: `every 5 minutes`, `1st,third monday of month 09:00`.
//!
//! ```text
//! schedule := "every" number ("hours" | "mins" | "minutes") ["from" time "to" time | "synchronized"]
//!           | ("every" | ordinals) ("day" | weekdays) ["of" ("month" | months)] time
//! ```
//!
//! Ordinals, weekdays and months are lists with commas; a time is `HH:MM`. Words count in any case.

use crate::Grammar;
use crate::calendar::{Calendar, Days, Set, Times};
use crate::error::{EnglishReason, Error};

/// Whether the text begins like `every 5 minutes` or `1st,third monday of march 17:00`. No cron text does.
pub(crate) fn looks_english(text: &str) -> bool {
    let Some(first) = tokens(text).into_iter().next() else { return false };
    first.is("every") || ordinal(first.text).is_some()
}

/// Parses a schedule in English, left to right; the first mistake is the one reported.
pub(crate) fn english(text: &str) -> Result<Grammar, Error> {
    let end = text.chars().count() + 1;
    let mut reader = Reader { tokens: tokens(text), at: 0, end };
    let every = reader.take("every");
    let grammar = match reader.peek().and_then(|token| number(token.text)) {
        Some(count) if every => reader.interval(count)?,
        _ => Grammar::Calendar(reader.specific(every)?),
    };
    match reader.peek() {
        Some(_) => Err(reader.unexpected("the end")),
        None => Ok(grammar),
    }
}

/// A word, or a comma.
#[derive(Clone, Copy)]
struct Token<'text> {
    /// Of its first character, counted from 1.
    column: usize,
    text: &'text str,
}

impl Token<'_> {
    fn is(&self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }
}

struct Reader<'text> {
    tokens: Vec<Token<'text>>,
    at: usize,
    /// The column behind the text.
    end: usize,
}

impl<'text> Reader<'text> {
    /// What follows `every`, from the number on.
    fn interval(&mut self, count: u32) -> Result<Grammar, Error> {
        let column = self.column();
        self.at += 1;
        let minutes = match self.peek() {
            Some(unit) if unit.is("hours") => count.saturating_mul(60),
            Some(unit) if unit.is("mins") || unit.is("minutes") => count,
            _ => return Err(self.unexpected("hours, mins or minutes")),
        };
        self.at += 1;
        let within = |most_minutes| match minutes {
            1.. if minutes <= most_minutes => Ok(minutes),
            found_minutes => {
                let reason = EnglishReason::IntervalOutOfRange { found_minutes, most_minutes };
                Err(Error::English { column, reason })
            }
        };
        let times = if self.take("synchronized") {
            let minutes = within(DAY)?;
            if !DAY.is_multiple_of(minutes) {
                let reason = EnglishReason::Uneven { found_minutes: minutes };
                return Err(Error::English { column, reason });
            }
            repeated(0, DAY - 1, minutes)
        } else if self.take("from") {
            let (minutes, from) = (within(DAY)?, self.time()?);
            self.need("to", "\"to\"")?;
            let column = self.column();
            let to = self.time()?;
            if from == to {
                return Err(Error::English { column, reason: EnglishReason::WindowEmpty });
            }
            repeated(from, if to > from { to } else { to + DAY }, minutes)
        } else {
            let seconds = i64::from(within(LONGEST)?) * 60;
            return Ok(Grammar::Interval { seconds });
        };
        Ok(Grammar::Calendar(Calendar { times, days: Days::Every, months: Set::full(1..=12) }))
    }

    /// What follows `every`, or begins with ordinals.
    fn specific(&mut self, every: bool) -> Result<Calendar, Error> {
        let column = self.column();
        let ordinals =
            if every { None } else { Some(self.list(ordinal, "every or ordinals such as 1st,third")?) };
        let weekdays = if self.take("day") {
            None
        } else {
            Some(self.list(|word| named(&WEEKDAYS, word), "\"day\" or days of the week")?)
        };
        let most = if weekdays.is_some() { 5 } else { 31 };
        if let Some(found) =
            ordinals.and_then(|ordinals| ordinals.numbers().into_iter().find(|day| *day > most))
        {
            return Err(Error::English { column, reason: EnglishReason::OrdinalOutOfRange { found, most } });
        }
        let days = match (ordinals, weekdays) {
            (None, None) => Days::Every,
            (None, Some(of_week)) => Days::OfWeek(of_week),
            (Some(ordinals), None) => Days::OfMonth(ordinals),
            (Some(ordinals), Some(of_week)) => Days::Nth { ordinals, of_week },
        };
        let months = if self.take("of") && !self.take("month") {
            self.list(|word| named(&MONTHS, word).map(|month| month + 1), "\"month\" or months")?
        } else {
            Set::full(1..=12)
        };
        Ok(Calendar { times: Times::Listed(vec![self.time()?]), days, months })
    }

    /// `item {"," item}`
    fn list(&mut self, item: impl Fn(&str) -> Option<u32>, expected: &'static str) -> Result<Set, Error> {
        let mut set = Set::EMPTY;
        loop {
            match self.peek().and_then(|token| item(token.text)) {
                Some(number) => set = set.with(number),
                None => return Err(self.unexpected(expected)),
            }
            self.at += 1;
            if !self.take(",") {
                return Ok(set);
            }
        }
    }

    /// `HH:MM` as minutes since midnight.
    fn time(&mut self) -> Result<u32, Error> {
        let Some(minute) = self.peek().and_then(|token| time(token.text)) else {
            return Err(self.unexpected("a time such as 09:00"));
        };
        self.at += 1;
        Ok(minute)
    }

    fn need(&mut self, word: &str, expected: &'static str) -> Result<(), Error> {
        if self.take(word) { Ok(()) } else { Err(self.unexpected(expected)) }
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.is(word));
        self.at += usize::from(found);
        found
    }

    fn peek(&self) -> Option<Token<'text>> {
        self.tokens.get(self.at).copied()
    }

    fn column(&self) -> usize {
        self.peek().map_or(self.end, |token| token.column)
    }

    fn unexpected(&self, expected: &'static str) -> Error {
        let reason = match self.peek() {
            Some(token) => {
                let found = token.text.chars().take(40).flat_map(char::escape_default).collect();
                EnglishReason::Expected { expected, found }
            }
            None => EnglishReason::Incomplete { expected },
        };
        Error::English { column: self.column(), reason }
    }
}

/// Words and commas; blanks separate them.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let (mut tokens, mut begun) = (Vec::new(), None);
    for (column, (at, character)) in (1..).zip(text.char_indices()) {
        let separates = matches!(character, ' ' | '\t' | ',');
        if separates && let Some((column, from)) = begun.take() {
            tokens.push(Token { column, text: &text[from..at] });
        }
        match character {
            ' ' | '\t' => {}
            ',' => tokens.push(Token { column, text: &text[at..=at] }),
            _ => begun = begun.or(Some((column, at))),
        }
    }
    if let Some((column, from)) = begun {
        tokens.push(Token { column, text: &text[from..] });
    }
    tokens
}

/// Each `minutes` from one time on until another, both included, which may lie on the next day.
fn repeated(from: u32, to: u32, minutes: u32) -> Times {
    let step = usize::try_from(minutes).unwrap_or(usize::MAX);
    let mut list: Vec<u32> = (from..=to).step_by(step).map(|minute| minute % DAY).collect();
    list.sort_unstable();
    Times::Listed(list)
}

/// `1st` to `31st` with the suffix that the number has in English, `first` to `fifth`.
fn ordinal(word: &str) -> Option<u32> {
    if let Some(place) = ORDINALS.iter().position(|ordinal| ordinal.eq_ignore_ascii_case(word)) {
        return u32::try_from(place + 1).ok();
    }
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, suffix) = word.split_at(digits);
    let found = number(digits).filter(|found| (1..=31).contains(found))?;
    let expected = match found {
        1 | 21 | 31 => "st",
        2 | 22 => "nd",
        3 | 23 => "rd",
        _ => "th",
    };
    suffix.eq_ignore_ascii_case(expected).then_some(found)
}

/// The place of a name in its list, written whole or as its first three letters.
fn named(names: &[&str], word: &str) -> Option<u32> {
    let is_it = |name: &&str| word.eq_ignore_ascii_case(name) || word.eq_ignore_ascii_case(&name[..3]);
    names.iter().position(is_it).and_then(|place| u32::try_from(place).ok())
}

fn time(word: &str) -> Option<u32> {
    let (hour, minute) = word.split_once(':')?;
    let (hour, minute) =
        (number(hour).filter(|_| hour.len() <= 2)?, number(minute).filter(|_| minute.len() == 2)?);
    (hour < 24 && minute < 60).then_some(60 * hour + minute)
}

/// Digits and nothing else, cut down to the largest `u32`.
fn number(word: &str) -> Option<u32> {
    let is_number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    let digits = word.bytes().map(|digit| u32::from(digit.wrapping_sub(b'0')));
    is_number.then(|| digits.fold(0u32, |sum, digit| sum.saturating_mul(10).saturating_add(digit)))
}

pub(crate) const ORDINALS: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];
pub(crate) const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// Minutes.
const DAY: u32 = 24 * 60;
/// Google names no longest interval; a year of minutes is Doorward's.
const LONGEST: u32 = 366 * DAY;
