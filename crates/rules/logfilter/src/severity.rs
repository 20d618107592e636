//! How bad an entry is.

/// A severity by its number: 0 is `DEFAULT`, 800 `EMERGENCY`. Clients may write numbers in between.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Severity(pub u32);

impl Severity {
    /// By name, in any case, or by number.
    pub fn parse(text: &str) -> Option<Self> {
        let named = NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
        named.map(|(_, number)| Self(*number)).or_else(|| text.parse().ok().map(Self))
    }
}

const NAMES: [(&str, u32); 9] = [
    ("DEFAULT", 0),
    ("DEBUG", 100),
    ("INFO", 200),
    ("NOTICE", 300),
    ("WARNING", 400),
    ("ERROR", 500),
    ("CRITICAL", 600),
    ("ALERT", 700),
    ("EMERGENCY", 800),
];
