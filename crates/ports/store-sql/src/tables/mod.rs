//! A table each: what is written to it within the writer's transaction, and what is read from it.

pub mod audit;
pub mod bounded;
pub mod changes;
pub mod counters;
pub mod decisions;
pub mod deliveries;
pub mod job_states;
pub mod logs;
pub mod nodes;
pub mod operations;
pub mod records;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::fault::Failure;

/// A value as it is stored. The only failure is a map whose keys are not text, which no record has.
fn to_json<T: Serialize>(kind: &'static str, key: &str, value: &T) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|source| Failure::Corrupt { kind, key: key.to_owned(), source })
}

fn from_json<T: DeserializeOwned>(kind: &'static str, key: &str, json: &str) -> Result<T, Failure> {
    serde_json::from_str(json).map_err(|source| Failure::Corrupt { kind, key: key.to_owned(), source })
}

/// Rows of a key and a JSON value.
fn all_from_json<T: DeserializeOwned>(
    kind: &'static str,
    rows: Vec<(String, String)>,
) -> Result<Vec<T>, Failure> {
    rows.into_iter().map(|(key, json)| from_json(kind, &key, &json)).collect()
}

/// `$3, $4, $5, $6` from 3 on, for so many values and up to the next power of two: a database prepares a statement of
/// each length once, and these are few. To be bound with [`filling`].
fn places(first: usize, count: usize) -> String {
    let places: Vec<String> =
        (first..first + count.next_power_of_two()).map(|place| format!("${place}")).collect();
    places.join(", ")
}

/// Values for [`places`]: the last one again and again behind them, which changes nothing where they are looked for.
fn filling<T>(values: &[T]) -> impl Iterator<Item = &T> {
    let room = if values.is_empty() { 0 } else { values.len().next_power_of_two() };
    values.iter().chain(std::iter::repeat_n(values.last(), room - values.len()).flatten())
}

/// Pieces of a length that is a power of two, 64 at most, for statements that write all rows of a piece at once.
fn pieces<T>(rows: &[T]) -> impl Iterator<Item = &[T]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let length = AT_ONCE.min(1 << rest.len().checked_ilog2()?);
        let (piece, behind) = rest.split_at(length);
        rest = behind;
        Some(piece)
    })
}

/// `($1, $2), ($3, $4)`: places for so many rows of so many columns.
fn rows_of_places(rows: usize, columns: usize) -> String {
    let row = |row: usize| {
        let places: Vec<String> =
            (1..=columns).map(|column| format!("${}", row * columns + column)).collect();
        format!("({})", places.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

/// The most rows and names in one statement.
const AT_ONCE: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_as_many_as_what_is_bound_to_them() {
        assert_eq!(places(3, 3), "$3, $4, $5, $6");
        assert_eq!(filling(&["a", "b", "c"]).copied().collect::<Vec<_>>(), ["a", "b", "c", "c"]);
        for count in 1..200 {
            let values: Vec<_> = (0..count).collect();
            assert_eq!(places(1, count).split(", ").count(), filling(&values).count());
        }
        assert_eq!(filling::<u8>(&[]).count(), 0);
        assert_eq!(rows_of_places(2, 3), "($1, $2, $3), ($4, $5, $6)");
    }

    #[test]
    fn pieces_are_everything_in_order_and_of_few_lengths() {
        for count in 0..300 {
            let rows: Vec<_> = (0..count).collect();
            assert_eq!(pieces(&rows).flatten().copied().collect::<Vec<_>>(), rows);
            assert!(pieces(&rows).all(|piece| piece.len().is_power_of_two() && piece.len() <= 64));
        }
        assert_eq!(pieces(&[0; 70]).map(<[i32]>::len).collect::<Vec<_>>(), [64, 4, 2]);
    }
}
