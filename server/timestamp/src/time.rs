//! GeneralizedTime as RFC 3161 writes it: `YYYYMMDDhhmmss[.s…]Z`.

/// Unix milliseconds; what is finer is cut off. `None` if it is no such time since 1970.
pub(crate) fn unix_ms(text: &[u8]) -> Option<u64> {
    let text = text.strip_suffix(b"Z")?;
    let (whole, fraction) = match text.iter().position(|byte| *byte == b'.') {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, &b"0"[..]),
    };
    // DER: a fraction has a digit and does not end with zero.
    let is_fraction =
        !fraction.is_empty() && (whole.len() == text.len() || !fraction.ends_with(b"0"));
    if whole.len() != 14 || !is_fraction || fraction.len() > 9 {
        return None;
    }
    let [year, month, day, hour, minute, second] =
        [(0, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14)]
            .map(|(from, to)| number(&whole[from..to]));
    let (year, month, day) = (year?, month?, day?);
    let (hour, minute, second) = (hour?, minute?, second?);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if year < 1970 || !(1..=longest).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    let millis = (0..3).try_fold(0, |millis, place| {
        let digit = fraction.get(place).copied().unwrap_or(b'0');
        Some(millis * 10 + number(&[digit])?)
    })?;
    number(fraction)?;
    Some(seconds * 1000 + millis)
}

fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |number, digit| {
        digit
            .is_ascii_digit()
            .then(|| number * 10 + u64::from(digit - b'0'))
    })
}

/// Days from 1970-01-01 to a day of the Gregorian calendar, from 1970 on.
fn days(year: u64, month: u64, day: u64) -> u64 {
    // Years begin in March here, so that the leap day is the last.
    let (year, month) = match month {
        1 | 2 => (year - 1, month + 9),
        month => (year, month - 3),
    };
    let (era, of_era) = (year / 400, year % 400);
    let of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        for (text, seconds) in [
            ("19700101000000Z", 0),
            ("20000229235959Z", 951_868_799),
            ("20261120213141Z", 1_795_210_301),
            ("20380119031408Z", 2_147_483_648),
            ("21000228000000Z", 4_107_456_000),
            ("21000301000000Z", 4_107_542_400),
        ] {
            assert_eq!(unix_ms(text.as_bytes()), Some(seconds * 1000), "{text}");
        }
        assert_eq!(unix_ms(b"19700101000000.12345Z"), Some(123));
        assert_eq!(unix_ms(b"19700101000001.5Z"), Some(1_500));
    }

    #[test]
    fn other_forms_are_refused() {
        for bad in [
            "",
            "Z",
            "19700101000000",
            "197001010000Z",
            "19691231235959Z",
            "20260229000000Z",
            "20260132000000Z",
            "20261301000000Z",
            "20260001000000Z",
            "20260101240000Z",
            "20260101006000Z",
            "20260101000060Z",
            "20260101000000.Z",
            "20260101000000.10Z",
            "20260101000000.0Z",
            "20260101000000.x1Z",
            "2026010100000xZ",
            "20260101000000+01Z",
            "20260101000000.1234567891Z",
            "20210230000000Z",
        ] {
            assert_eq!(unix_ms(bad.as_bytes()), None, "{bad}");
        }
    }
}
