//! A number that may be given as a percentage (`IntOrString` in the API).
//!
//! Source: Kubernetes v1.36, `k8s.io/apimachinery/pkg/util/intstr`,
//! `GetScaledValueFromIntOrPercent`.

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

/// A count, or a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// So many.
    Count(i32),
    /// So many of a hundred.
    Percent(i32),
}

impl Share {
    /// What an object says; none where it is neither a number nor a percentage.
    pub fn read(value: &IntOrString) -> Option<Self> {
        match value {
            IntOrString::Int(count) => Some(Self::Count(*count)),
            IntOrString::String(text) => Some(Self::Percent(text.strip_suffix('%')?.parse().ok()?)),
        }
    }

    /// How many that is of `whole`; a part of one counts as one.
    pub fn round_up(self, whole: i32) -> i32 {
        self.of(whole, 99)
    }

    /// How many that is of `whole`; a part of one counts as none.
    pub fn round_down(self, whole: i32) -> i32 {
        self.of(whole, 0)
    }

    fn of(self, whole: i32, hundredths: i64) -> i32 {
        match self {
            Self::Count(count) => count,
            Self::Percent(percent) => {
                let scaled = (i64::from(percent) * i64::from(whole) + hundredths).div_euclid(100);
                i32::try_from(scaled).unwrap_or(i32::MAX)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_one_are_rounded_as_asked() {
        let quarter = Share::Percent(25);
        assert_eq!((quarter.round_up(10), quarter.round_down(10)), (3, 2));
        assert_eq!((quarter.round_up(8), quarter.round_down(8)), (2, 2));
        assert_eq!((Share::Count(5).round_up(1), Share::Count(5).round_down(1)), (5, 5));
    }

    #[test]
    fn objects_say_numbers_or_percentages() {
        assert_eq!(Share::read(&IntOrString::Int(3)), Some(Share::Count(3)));
        let read = |text: &str| Share::read(&IntOrString::String(text.to_owned()));
        assert_eq!(read("30%"), Some(Share::Percent(30)));
        assert_eq!((read("30"), read("a%")), (None, None));
    }
}
