//! The unix-cron grammar.

use crate::calendar::{Calendar, Days, Set, Times};
use crate::error::{Error, Field, Reason};

/// Parses five fields, left to right; the first mistake is the one reported.
pub(crate) fn cron(text: &str) -> Result<Calendar, Error> {
    let words = words(text);
    let [minute, hour, day_of_month, month, day_of_week] = *words.as_slice() else {
        return Err(match words.as_slice() {
            [] => Error::Empty,
            [(_, word), ..] if word.starts_with('@') => Error::Nickname,
            _ => Error::FieldCount { found: words.len() },
        });
    };
    let minutes = Cursor::new(Field::Minute, minute).field()?.set;
    let hours = Cursor::new(Field::Hour, hour).field()?.set;
    let of_month = Cursor::new(Field::DayOfMonth, day_of_month).field()?;
    let months = Cursor::new(Field::Month, month).field()?.set;
    let of_week = Cursor::new(Field::DayOfWeek, day_of_week).field()?;
    let weekdays = if of_week.set.contains(7) { of_week.set.without(7).with(0) } else { of_week.set };
    let days = match (of_month.every, of_week.every) {
        (true, true) => Days::Every,
        (false, true) => Days::OfMonth(of_month.set),
        (true, false) => Days::OfWeek(weekdays),
        (false, false) => Days::Either { of_month: of_month.set, of_week: weekdays },
    };
    Ok(Calendar { times: Times::Grid { hours, minutes }, days, months })
}

/// The words of a text, each with the column of its first character.
fn words(text: &str) -> Vec<(usize, &str)> {
    let mut column = 1;
    let mut words = Vec::new();
    for word in text.split([' ', '\t']) {
        if !word.is_empty() {
            words.push((column, word));
        }
        column += word.chars().count() + 1;
    }
    words
}

/// What a field allows, and whether a bare `*` (or `*/1`) says that it restricts nothing.
struct Allowed {
    set: Set,
    every: bool,
}

/// A place in a field.
struct Cursor<'text> {
    field: Field,
    column: usize,
    rest: &'text str,
}

impl<'text> Cursor<'text> {
    fn new(field: Field, (column, rest): (usize, &'text str)) -> Self {
        Self { field, column, rest }
    }

    /// `item {"," item}`
    fn field(mut self) -> Result<Allowed, Error> {
        let mut allowed = Allowed { set: Set::EMPTY, every: false };
        loop {
            self.item(&mut allowed)?;
            if self.rest.is_empty() {
                return Ok(allowed);
            }
            if !self.take(',') {
                return Err(self.unexpected());
            }
        }
    }

    /// `"*" ["/" step] | value ["-" value ["/" step]]`
    fn item(&mut self, allowed: &mut Allowed) -> Result<(), Error> {
        let (low, high) = bounds(self.field);
        let (from, to, step) = if self.take('*') {
            let step = self.step()?;
            allowed.every |= step == 1;
            // As a range, days of the week end with Saturday: */7 is Sunday once, not twice.
            (low, if self.field == Field::DayOfWeek { 6 } else { high }, step)
        } else {
            let column = self.column;
            let from = self.value(None)?;
            if self.take('-') {
                let to = self.value(Some(from))?;
                if to < from {
                    return Err(self.error_at(column, Reason::Backwards { from, to }));
                }
                (from, to, self.step()?)
            } else if self.rest.starts_with('/') {
                return Err(self.error(Reason::StepWithoutRange));
            } else {
                (from, from, 1)
            }
        };
        let step = usize::try_from(step).unwrap_or(usize::MAX);
        allowed.set = (from..=to).step_by(step).fold(allowed.set, Set::with);
        Ok(())
    }

    /// `["/" number]`; without it every value counts. Steps longer than the field leave its first value.
    fn step(&mut self) -> Result<u32, Error> {
        if !self.take('/') {
            return Ok(1);
        }
        let column = self.column;
        match self.number() {
            Some(0) => Err(self.error_at(column, Reason::ZeroStep)),
            Some(step) => Ok(step),
            None => Err(self.unexpected()),
        }
    }

    /// A number or a name of the field. `range_from` is the other end when this one closes a range: there `SUN`
    /// is 7, so that `FRI-SUN` runs forwards.
    fn value(&mut self, range_from: Option<u32>) -> Result<u32, Error> {
        let column = self.column;
        if let Some(found) = self.number() {
            let (low, high) = bounds(self.field);
            let out_of_range = || self.error_at(column, Reason::OutOfRange { found, low, high });
            return (low..=high).contains(&found).then_some(found).ok_or_else(out_of_range);
        }
        let word = self.word();
        let Some(first) = word.chars().next() else { return Err(self.unexpected()) };
        let (names, base) = names(self.field);
        if let Some(found) = (base..).zip(names).find(|(_, name)| name.eq_ignore_ascii_case(word)) {
            let closes_week = self.field == Field::DayOfWeek && range_from.is_some_and(|from| from > found.0);
            return Ok(if closes_week && found.0 == 0 { 7 } else { found.0 });
        }
        let quartz = word.chars().all(|letter| matches!(letter, 'L' | 'l' | 'W' | 'w'));
        let reason = if quartz { Reason::NotUnixCron { found: first } } else { Reason::UnknownName };
        Err(self.error_at(column, reason))
    }

    /// Digits, cut down to the largest `u32`.
    fn number(&mut self) -> Option<u32> {
        let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = self.rest.split_at(digits);
        self.advance(digits, rest);
        (digits > 0).then(|| {
            number
                .bytes()
                .fold(0u32, |sum, digit| sum.saturating_mul(10).saturating_add((digit - b'0').into()))
        })
    }

    fn word(&mut self) -> &'text str {
        let letters = self.rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (word, rest) = self.rest.split_at(letters);
        self.advance(letters, rest);
        word
    }

    fn take(&mut self, expected: char) -> bool {
        let rest = self.rest.strip_prefix(expected);
        if let Some(rest) = rest {
            self.advance(1, rest);
        }
        rest.is_some()
    }

    fn advance(&mut self, characters: usize, rest: &'text str) {
        self.column += characters;
        self.rest = rest;
    }

    /// The error for whatever stands here: nothing, another scheduler's extension, or a stray character.
    fn unexpected(&self) -> Error {
        self.error(match self.rest.chars().next() {
            None | Some(',' | '-' | '/') => Reason::Missing,
            Some(found @ ('#' | '?' | 'L' | 'l' | 'W' | 'w')) => Reason::NotUnixCron { found },
            Some(found) => Reason::Unexpected { found },
        })
    }

    fn error(&self, reason: Reason) -> Error {
        self.error_at(self.column, reason)
    }

    fn error_at(&self, column: usize, reason: Reason) -> Error {
        Error::Field { field: self.field, column, reason }
    }
}

fn bounds(field: Field) -> (u32, u32) {
    match field {
        Field::DayOfMonth => (1, 31),
        Field::DayOfWeek => (0, 7),
        Field::Hour => (0, 23),
        Field::Minute => (0, 59),
        Field::Month => (1, 12),
    }
}

/// The names of a field's values and the number of the first.
fn names(field: Field) -> (&'static [&'static str], u32) {
    match field {
        Field::DayOfMonth | Field::Hour | Field::Minute => (&[], 0),
        Field::DayOfWeek => (&["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"], 0),
        Field::Month => {
            (&["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"], 1)
        }
    }
}
