//! Sets of days and times, and the wall times they name.

use std::ops::RangeInclusive;

use jiff::civil::{Date, DateTime, Time};

/// A schedule on the wall clock. No set is empty; months count from 1, Sunday is 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Calendar {
    pub(crate) times: Times,
    pub(crate) days: Days,
    pub(crate) months: Set,
}

/// Which times of a day match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Times {
    /// Each of these minutes in each of these hours.
    Grid { hours: Set, minutes: Set },
    /// These minutes since midnight, in order.
    Listed(Vec<u32>),
}

/// Which days of a month match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Days {
    /// Those in either set: both fields are restricted.
    Either { of_month: Set, of_week: Set },
    /// Every day.
    Every,
    /// Of these days of the week those that stand at these places in the month: the first Monday, the third.
    Nth { ordinals: Set, of_week: Set },
    /// Those with these numbers.
    OfMonth(Set),
    /// Those on these days of the week.
    OfWeek(Set),
}

impl Calendar {
    pub(crate) fn names(&self, wall: DateTime) -> bool {
        wall.time().subsec_nanosecond() == 0
            && wall.second() == 0
            && self.times.contain(wall.time())
            && self.months.contains(number(wall.month()))
            && self.days.in_month(wall.date()).contains(number(wall.day()))
    }

    /// The earliest wall time that the schedule names within the bounds, as if the clock ran evenly between them.
    pub(crate) fn first_within(&self, bounds: &RangeInclusive<DateTime>) -> Option<DateTime> {
        let (from, to) = (*bounds.start(), *bounds.end());
        let day = self.day_from(from.date(), to.date())?;
        let found = match self.times.from(from.time()) {
            Some(time) if day == from.date() => day.to_datetime(time),
            _ => {
                let day =
                    if day == from.date() { self.day_from(day.tomorrow().ok()?, to.date())? } else { day };
                day.to_datetime(self.times.from(Time::midnight())?)
            }
        };
        (found <= to).then_some(found)
    }

    /// The first matching day from `from` on, looking no further than the month of `to`.
    fn day_from(&self, from: Date, to: Date) -> Option<Date> {
        let mut year = from.year();
        let mut month = number(from.month());
        let mut day = number(from.day());
        loop {
            let Some(matching) = self.months.at_or_after(month) else {
                (year, month, day) = (year + 1, 1, 1);
                continue;
            };
            if matching > month {
                (month, day) = (matching, 1);
            }
            let first = Date::new(year, signed(month), 1).ok()?;
            if first > to {
                return None;
            }
            if let Some(day) = self.days.in_month(first).at_or_after(day) {
                return Date::new(year, signed(month), signed(day)).ok();
            }
            (month, day) = (month + 1, 1);
        }
    }
}

impl Times {
    fn contain(&self, time: Time) -> bool {
        let (hour, minute) = (number(time.hour()), number(time.minute()));
        match self {
            Self::Grid { hours, minutes } => hours.contains(hour) && minutes.contains(minute),
            Self::Listed(list) => list.binary_search(&(60 * hour + minute)).is_ok(),
        }
    }

    /// The first matching time of a day, from `from` on.
    fn from(&self, from: Time) -> Option<Time> {
        let within_minute = from.second() > 0 || from.subsec_nanosecond() > 0;
        let (from_hour, earliest) = (number(from.hour()), number(from.minute()) + u32::from(within_minute));
        let (hour, minute) = match self {
            Self::Grid { hours, minutes } => {
                let hour = hours.at_or_after(from_hour)?;
                match minutes.at_or_after(earliest) {
                    Some(minute) if hour == from_hour => (hour, minute),
                    _ if hour == from_hour => (hours.at_or_after(hour + 1)?, minutes.at_or_after(0)?),
                    _ => (hour, minutes.at_or_after(0)?),
                }
            }
            Self::Listed(list) => {
                let found = *list.get(list.partition_point(|minute| *minute < 60 * from_hour + earliest))?;
                (found / 60, found % 60)
            }
        };
        Time::new(signed(hour), signed(minute), 0, 0).ok()
    }
}

impl Days {
    /// The matching days of the month that `date` lies in; days that it does not have are left out.
    fn in_month(&self, date: Date) -> Set {
        let last = number(date.days_in_month());
        match self {
            Self::Either { of_month, of_week } => of_month.union(on_weekdays(*of_week, date)).up_to(last),
            Self::Every => Set::full(1..=last),
            Self::Nth { ordinals, of_week } => {
                let at_a_place = (1..=last).filter(|day| ordinals.contains(day.div_ceil(7)));
                at_a_place.fold(Set::EMPTY, Set::with).intersection(on_weekdays(*of_week, date))
            }
            Self::OfMonth(of_month) => of_month.up_to(last),
            Self::OfWeek(of_week) => on_weekdays(*of_week, date).up_to(last),
        }
    }
}

/// The days 1 to 31 that fall on these days of the week, in the month of `date`.
fn on_weekdays(weekdays: Set, date: Date) -> Set {
    let first = number(date.first_of_month().weekday().to_sunday_zero_offset());
    (1..=31).filter(|day| weekdays.contains((first + day - 1) % 7)).fold(Set::EMPTY, Set::with)
}

/// A set of numbers from 0 to 63.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Set(u64);

impl Set {
    pub(crate) const EMPTY: Self = Self(0);

    pub(crate) fn full(range: RangeInclusive<u32>) -> Self {
        range.fold(Self::EMPTY, Self::with)
    }

    /// The set and this number; numbers above 63 are not kept.
    pub(crate) fn with(self, number: u32) -> Self {
        Self(self.0 | 1u64.checked_shl(number).unwrap_or(0))
    }

    pub(crate) fn without(self, number: u32) -> Self {
        Self(self.0 & !1u64.checked_shl(number).unwrap_or(0))
    }

    pub(crate) fn contains(self, number: u32) -> bool {
        self.0.checked_shr(number).is_some_and(|rest| rest & 1 == 1)
    }

    fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The numbers, in order.
    pub(crate) fn numbers(self) -> Vec<u32> {
        (0..64).filter(|number| self.contains(*number)).collect()
    }

    fn up_to(self, last: u32) -> Self {
        Self(self.0 & 1u64.checked_shl(last + 1).map_or(u64::MAX, |bound| bound - 1))
    }

    fn at_or_after(self, number: u32) -> Option<u32> {
        let rest = self.0.checked_shr(number)?;
        (rest != 0).then(|| number + rest.trailing_zeros())
    }
}

/// Calendar numbers are small and never negative; jiff holds them signed.
fn number(calendar: i8) -> u32 {
    calendar.unsigned_abs().into()
}

fn signed(number: u32) -> i8 {
    i8::try_from(number).unwrap_or(i8::MAX)
}
