//! SQLite's words. Codes: <https://www.sqlite.org/rescode.html>.

/// Text compares by bytes unless told otherwise.
pub const WORD: &str = "TEXT";

/// Takes the write lock at once: a transaction that begins by reading may find it taken when it wants to write.
pub const BEGIN_WRITE: &str = "BEGIN IMMEDIATE";
pub const BEGIN_SNAPSHOT: &str = "BEGIN";

/// There are no others.
pub const STEPPING_AROUND_OTHERS: &str = "";

/// Readers go on beside the writer (WAL); a commit is on the disk when it returns (FULL); the log of a burst of
/// writes does not stay large.
pub const WRITER: &str =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864;";
pub const READER: &str = "PRAGMA query_only = 1;";

/// `SQLITE_BUSY` and `SQLITE_LOCKED`: another program holds the lock for longer than we wait.
pub fn is_in_the_way(code: &str) -> bool {
    matches!(primary(code), 5 | 6)
}

pub fn explain(code: &str) -> &'static str {
    match primary(code) {
        5 | 6 => "another program is writing to the database",
        8 => "the database cannot be written",
        10 => "the disk failed",
        11 | 26 => "the database file is damaged",
        13 => "the disk is full",
        14 => "the database file cannot be opened",
        19 => "a row of that key exists",
        _ => "the database refused",
    }
}

fn primary(code: &str) -> u32 {
    code.parse::<u32>().unwrap_or_default() & 0xff
}
