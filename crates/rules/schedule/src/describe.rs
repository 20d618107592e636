//! A schedule in plain words.

use crate::Grammar;
use crate::calendar::{Calendar, Days, Set, Times};
use crate::english::{MONTHS, ORDINALS, WEEKDAYS};

pub(crate) fn describe(grammar: &Grammar) -> String {
    match grammar {
        Grammar::Calendar(calendar) | Grammar::Cron(calendar) => of_calendar(calendar),
        Grammar::Interval { seconds } => format!("{} after the end of the one before", length(seconds / 60)),
    }
}

fn of_calendar(calendar: &Calendar) -> String {
    let mut words = times(&calendar.times);
    let days = match &calendar.days {
        Days::Either { of_month, of_week } => {
            format!("on {} or on {}", days_of_month(*of_month), weekdays(*of_week))
        }
        Days::Every if is_often(&calendar.times) => String::new(),
        Days::Every => "every day".to_owned(),
        Days::Nth { ordinals, of_week } => {
            let places = ordinals.numbers().into_iter().map(|place| name(&ORDINALS, place - 1));
            format!("on the {} {} of the month", joined(places.collect(), "and"), weekdays(*of_week))
        }
        Days::OfMonth(days) => format!("on {}", days_of_month(*days)),
        Days::OfWeek(days) => format!("on {}", weekdays(*days)),
    };
    if !days.is_empty() {
        words = format!("{words} {days}");
    }
    if calendar.months != Set::full(1..=12) {
        words = format!("{words} in {}", ranges(calendar.months, |month| name(&MONTHS, month - 1)));
    }
    words
}

/// Whether it is plain without being said that it happens every day.
fn is_often(times: &Times) -> bool {
    match times {
        Times::Grid { hours, .. } => *hours == Set::full(0..=23),
        Times::Listed(list) => step(list, 24 * 60).is_some(),
    }
}

fn times(times: &Times) -> String {
    match times {
        Times::Grid { hours, minutes } => {
            let (listed, every_hour) = (minutes.numbers(), *hours == Set::full(0..=23));
            if let (Some(step), true) = (step(&listed, 60), every_hour) {
                return if step == 1 { "every minute".to_owned() } else { format!("every {step} minutes") };
            }
            let hours_listed = hours.numbers();
            if !every_hour && listed.len() * hours_listed.len() <= FEW {
                let minute_of_day =
                    hours_listed.iter().flat_map(|hour| listed.iter().map(move |at| 60 * hour + at));
                return format!("at {}", joined(minute_of_day.map(clock).collect(), "and"));
            }
            let minutes = match step(&listed, 60) {
                Some(1) => "every minute".to_owned(),
                Some(step) => format!("every {step} minutes"),
                None => format!("at minute {}", ranges(*minutes, |minute| minute.to_string())),
            };
            if every_hour {
                format!("{minutes} of every hour")
            } else {
                format!("{minutes} of hour {}", ranges(*hours, |hour| hour.to_string()))
            }
        }
        Times::Listed(list) if list.len() <= FEW => {
            format!("at {}", joined(list.iter().copied().map(clock).collect(), "and"))
        }
        Times::Listed(list) => match step(list, 24 * 60) {
            Some(step) => format!("every {} from midnight on", length(i64::from(step))),
            None => {
                format!("at {} times from {} to {}", list.len(), clock(list[0]), clock(list[list.len() - 1]))
            }
        },
    }
}

/// The step of numbers that go from 0 on evenly and all the way round.
fn step(numbers: &[u32], round: u32) -> Option<u32> {
    let count =
        u32::try_from(numbers.len()).ok().filter(|count| *count > 1 && round.is_multiple_of(*count))?;
    let step = round / count;
    (0..).zip(numbers).all(|(place, found): (u32, _)| *found == place * step).then_some(step)
}

fn days_of_month(days: Set) -> String {
    format!("day {} of the month", ranges(days, |day| day.to_string()))
}

fn weekdays(days: Set) -> String {
    ranges(days, |day| name(&WEEKDAYS, day))
}

/// `1 to 5, 8 and 10`: three or more in a row are a range.
fn ranges(set: Set, word: impl Fn(u32) -> String) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for number in set.numbers() {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => runs.push((number, number)),
        }
    }
    let words = runs.into_iter().flat_map(|(first, last)| match last - first {
        0 => vec![word(first)],
        1 => vec![word(first), word(last)],
        _ => vec![format!("{} to {}", word(first), word(last))],
    });
    joined(words.collect(), "and")
}

fn joined(mut words: Vec<String>, last: &str) -> String {
    match (words.pop(), words.is_empty()) {
        (None, _) => String::new(),
        (Some(only), true) => only,
        (Some(end), false) => format!("{} {last} {end}", words.join(", ")),
    }
}

fn name(names: &[&str], place: u32) -> String {
    let found = usize::try_from(place).ok().and_then(|place| names.get(place));
    found.map_or_else(|| (place + 1).to_string(), |name| (*name).to_owned())
}

fn clock(minute_of_day: u32) -> String {
    format!("{:02}:{:02}", minute_of_day / 60, minute_of_day % 60)
}

fn length(minutes: i64) -> String {
    match (minutes / 60, minutes % 60) {
        (1, 0) => "hour".to_owned(),
        (hours, 0) => format!("{hours} hours"),
        (_, 1) if minutes == 1 => "minute".to_owned(),
        _ => format!("{minutes} minutes"),
    }
}

/// So many times of a day are written out.
const FEW: usize = 6;
