//! Numbers of many rounds as a reader compares them.

use std::collections::BTreeMap;
use std::fmt;

/// What one round measured, by row; CPU in microseconds per request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Round {
    rows: BTreeMap<Row, Cost>,
}

/// What a request of a row cost in one round, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// In the whole process.
    pub whole: f64,
    /// In the threads that forward, where they can be told apart.
    pub forwarding: Option<f64>,
}

/// A row of the table, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Row {
    /// Bytes copied, nothing read.
    Floor,
    /// nginx as a plain reverse proxy.
    Nginx,
    /// A service open to everybody.
    Plain,
    /// A private service, one token over and over.
    OneToken,
    /// A private service, thousands of tokens, all seen before.
    ManyTokens,
    /// A private service, every token for the first time.
    NewTokens,
}

impl Row {
    fn label(self) -> &'static str {
        match self {
            Self::Floor => "floor: bytes copied both ways",
            Self::Nginx => "nginx, plain",
            Self::Plain => "plain: a service open to allUsers",
            Self::OneToken => "RS256: one ID token, remembered",
            Self::ManyTokens => "RS256: 10,000 ID tokens in turn, remembered",
            Self::NewTokens => "RS256: 10,000 ID tokens, each seen for the first time",
        }
    }
}

impl Round {
    /// Notes what a row cost.
    pub fn note(&mut self, row: Row, cost: Cost) {
        self.rows.insert(row, cost);
    }
}

/// The rounds as a Markdown table: of each row, the median and the range; ratios are taken within a round.
pub fn markdown(rounds: &[Round]) -> String {
    let mut text = String::from(
        "| | CPU µs per request, whole process | of it, forwarding | × floor | × plain |\n|---|---:|---:|---:|---:|\n",
    );
    let rows: Vec<Row> = rounds.first().map(|round| round.rows.keys().copied().collect()).unwrap_or_default();
    for row in rows {
        let cells = [
            Spread::of(rounds, |round| Some(round.rows.get(&row)?.whole)),
            Spread::of(rounds, |round| round.rows.get(&row)?.forwarding),
            ratio(rounds, row, Row::Floor),
            ratio(rounds, row, Row::Plain),
        ];
        let cells = cells.map(|cell| cell.map_or_else(|| "–".to_owned(), |spread| spread.to_string()));
        text.push_str(&format!("| {} | {} |\n", row.label(), cells.join(" | ")));
    }
    text
}

fn ratio(rounds: &[Round], row: Row, to: Row) -> Option<Spread> {
    if row == to {
        return None;
    }
    Spread::of(rounds, |round| Some(round.rows.get(&row)?.whole / round.rows.get(&to)?.whole))
}

/// Median, least and most.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Spread {
    median: f64,
    least: f64,
    most: f64,
}

impl Spread {
    /// Of the rounds that have the number.
    fn of(rounds: &[Round], number: impl Fn(&Round) -> Option<f64>) -> Option<Self> {
        let mut numbers: Vec<f64> = rounds.iter().filter_map(number).collect();
        numbers.sort_by(f64::total_cmp);
        let (least, most) = (*numbers.first()?, *numbers.last()?);
        let middle = numbers.len() / 2;
        let median = if numbers.len() % 2 == 1 {
            numbers[middle]
        } else {
            f64::midpoint(numbers[middle - 1], numbers[middle])
        };
        Some(Self { median, least, most })
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Ratios are small numbers and worth one more digit.
        let digits = if self.most < 10.0 { 2 } else { 1 };
        let Self { median, least, most } = self;
        write!(formatter, "{median:.digits$} ({least:.digits$}..{most:.digits$})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounds(costs: &[(f64, f64)]) -> Vec<Round> {
        let cost = |whole, forwarding| Cost { whole, forwarding };
        costs
            .iter()
            .map(|(floor, plain)| {
                let mut round = Round::default();
                round.note(Row::Plain, cost(*plain, Some(plain / 2.0)));
                round.note(Row::Floor, cost(*floor, None));
                round
            })
            .collect()
    }

    #[test]
    fn ratios_are_taken_within_a_round() {
        // In a slow round both cost double; the ratio of medians would say something else than any round did.
        let rounds = rounds(&[(10.0, 20.0), (20.0, 40.0), (11.0, 33.0)]);
        let found = ratio(&rounds, Row::Plain, Row::Floor).unwrap();
        assert_eq!(found, Spread { median: 2.0, least: 2.0, most: 3.0 });
    }

    #[test]
    fn the_table_has_its_rows_in_order_with_median_and_range() {
        let text = markdown(&rounds(&[(10.0, 20.0), (12.0, 30.0)]));
        let rows: Vec<&str> = text.lines().skip(2).collect();
        assert_eq!(
            rows[0],
            "| floor: bytes copied both ways | 11.0 (10.0..12.0) | – | – | 0.45 (0.40..0.50) |"
        );
        assert_eq!(
            rows[1],
            "| plain: a service open to allUsers | 25.0 (20.0..30.0) | 12.5 (10.0..15.0) | 2.25 (2.00..2.50) | – |"
        );
    }

    #[test]
    fn no_rounds_make_no_rows() {
        assert_eq!(markdown(&[]).lines().count(), 2);
    }
}
