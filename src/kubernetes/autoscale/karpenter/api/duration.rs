//! Spans of time as pools write them: `1h30m`, `Never`.

use crate::engine::SimDuration;

/// Reads hours, minutes and seconds: `([0-9]+(s|m|h))+`. None where the text is nothing like it,
/// or longer than can be counted.
pub fn read(text: &str) -> Option<SimDuration> {
    let (mut seconds, mut number) = (0u64, None::<u64>);
    for letter in text.chars() {
        if let Some(digit) = letter.to_digit(10) {
            let so_far = number.unwrap_or(0).checked_mul(10)?;
            number = Some(so_far.checked_add(u64::from(digit))?);
            continue;
        }
        let unit = match letter {
            'h' => 3_600,
            'm' => 60,
            's' => 1,
            _ => return None,
        };
        seconds = seconds.checked_add(number.take()?.checked_mul(unit)?)?;
    }
    let whole = number.is_none() && !text.is_empty();
    let countable = seconds <= u64::MAX / 1_000_000_000;
    (whole && countable).then(|| SimDuration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_added_and_all_else_is_refused() {
        assert_eq!(read("1h30m5s"), Some(SimDuration::from_secs(5_405)));
        assert_eq!(read("720h"), Some(SimDuration::from_secs(2_592_000)));
        for wrong in ["", "5", "h", "1d", "-1h", "1.5h", "99999999999999999999h", "9999999999999h"]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
