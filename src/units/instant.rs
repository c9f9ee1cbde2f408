//! Instants of the calendar.

use std::fmt;

use jiff::Timestamp;

use super::text::{Flaw, TextQuantity, written_as_text};

/// An instant of the calendar to the second: `2024-01-01T00:00:00Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(Timestamp);

impl Instant {
    /// The instant of so many seconds of Unix time.
    ///
    /// # Panics
    /// Beyond the year 9999.
    pub fn from_unix(seconds: i64) -> Self {
        Self(Timestamp::from_second(seconds).expect("it is in the calendar"))
    }

    /// In seconds of Unix time.
    pub fn unix(self) -> i64 {
        self.0.as_second()
    }
}

impl TextQuantity for Instant {
    const WHAT: &'static str = "an instant";
    const EXAMPLES: &'static str = "`2024-01-01T00:00:00Z` or `2024-01-01T02:00:00+02:00`";
    const DESCRIPTION: &'static str = "An instant of the calendar with its offset to UTC, such as \
                                       `2024-01-01T00:00:00Z`.";
    const PATTERN: &'static str = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ].+$";
    const PLAIN_NUMBERS: bool = false;

    fn read(text: &str) -> Result<Self, Flaw> {
        if text.is_empty() {
            return Err(Flaw::Empty);
        }
        let instant = text.parse::<Timestamp>().map_err(|_| Flaw::NoInstant)?;
        Ok(Self::from_unix(instant.as_second()))
    }
}

written_as_text!(Instant, "Instant");

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_taken_into_account() {
        let monday = Instant::from_unix(1_704_067_200);
        assert_eq!("2024-01-01T00:00:00Z".parse(), Ok(monday));
        assert_eq!("2024-01-01T02:00:00+02:00".parse(), Ok(monday));
        assert_eq!(monday.to_string(), "2024-01-01T00:00:00Z");
    }

    #[test]
    fn what_is_no_instant_is_refused() {
        assert_eq!(Instant::read("2024-01-01"), Err(Flaw::NoInstant));
        assert_eq!(Instant::read("2024-02-30T00:00:00Z"), Err(Flaw::NoInstant));
        assert_eq!(Instant::read(""), Err(Flaw::Empty));
    }
}
