//! The checksums of identity numbers. Digits are ASCII; what is too short is not valid.

/// The value of a digit.
pub(super) fn value(digits: &[u8], at: usize) -> u32 {
    digits
        .get(at)
        .map_or(0, |digit| u32::from(digit.wrapping_sub(b'0')))
}

/// The number that a range of digits spells.
pub(super) fn number(digits: &[u8], range: std::ops::Range<usize>) -> u64 {
    let digits = digits.get(range).unwrap_or_default();
    digits.iter().fold(0, |sum, digit| {
        sum * 10 + u64::from(digit.wrapping_sub(b'0'))
    })
}

/// Digits by weights, summed up.
pub(super) fn weighed(digits: &[u8], weights: &[u32]) -> u32 {
    weights
        .iter()
        .enumerate()
        .map(|(at, weight)| value(digits, at) * weight)
        .sum()
}

/// Whether two digits from `at` on can be a month, and the two from `day` on a day.
pub(super) fn is_date(digits: &[u8], month: usize, day: usize) -> bool {
    (1..=12).contains(&number(digits, month..month + 2))
        && (1..=31).contains(&number(digits, day..day + 2))
}

/// Verhoeff's check digit, by the dihedral group of ten.
pub(super) fn verhoeff(digits: &[u8]) -> bool {
    const TURN: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let product = |left: u8, right: u8| match (left < 5, right < 5) {
        (true, true) => (left + right) % 5,
        (true, false) => 5 + (left + right - 5) % 5,
        (false, true) => 5 + (left + 5 - right) % 5,
        (false, false) => (left + 5 - right) % 5,
    };
    let sum = digits.iter().rev().enumerate().fold(0, |sum, (at, digit)| {
        let mut turned = digit.wrapping_sub(b'0') % 10;
        for _ in 0..at % 8 {
            turned = TURN.get(usize::from(turned)).copied().unwrap_or(0);
        }
        product(sum, turned)
    });
    sum == 0
}

/// ISO/IEC 7064, MOD 11,10.
pub(super) fn mod_11_10(digits: &[u8]) -> bool {
    let Some((last, rest)) = digits.split_last() else {
        return false;
    };
    let product = rest.iter().fold(10, |product, digit| {
        let sum = (u32::from(digit.wrapping_sub(b'0')) + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (11 - product) % 10 == u32::from(last.wrapping_sub(b'0'))
}

/// The check digit of article numbers: weights one and three in turn.
pub(super) fn ean(digits: &[u8]) -> bool {
    let sum: u32 = (0..digits.len())
        .map(|at| value(digits, at) * if at % 2 == 0 { 1 } else { 3 })
        .sum();
    sum.is_multiple_of(10)
}

/// Brazil: two digits, each modulus 11 of all before it.
pub(super) fn cpf(digits: &[u8]) -> bool {
    let check = |length: u32| {
        let sum: u32 = (0..length)
            .map(|at| value(digits, at as usize) * (length + 1 - at))
            .sum();
        sum * 10 % 11 % 10 == value(digits, length as usize)
    };
    check(9) && check(10)
}

/// Norway: a date and two control digits.
pub(super) fn norwegian(digits: &[u8]) -> bool {
    is_date(digits, 2, 0)
        && weighed(digits, &[3, 7, 6, 1, 8, 9, 4, 5, 2, 1]).is_multiple_of(11)
        && weighed(digits, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)
}

/// Turkey: the tenth digit from the others in turn, the eleventh from all.
pub(super) fn turkish(digits: &[u8]) -> bool {
    let odd: u32 = (0..9).step_by(2).map(|at| value(digits, at)).sum();
    let even: u32 = (1..8).step_by(2).map(|at| value(digits, at)).sum();
    let all: u32 = (0..10).map(|at| value(digits, at)).sum();
    digits.first() != Some(&b'0')
        && (odd * 7 + 100 - even) % 10 == value(digits, 9)
        && all % 10 == value(digits, 10)
}

/// France: sex, month and a key that is 97 less the rest.
pub(super) fn french(digits: &[u8]) -> bool {
    matches!(digits.first(), Some(b'1' | b'2'))
        && matches!(number(digits, 3..5), 1..=12 | 20 | 30..=42 | 50..=99)
        && 97 - number(digits, 0..13) % 97 == number(digits, 13..15)
}

/// Belgium: a date and a key that is 97 less the rest, with a two in front from the year 2000 on.
pub(super) fn belgian(digits: &[u8]) -> bool {
    let (body, key) = (number(digits, 0..9), number(digits, 9..11));
    is_date(digits, 2, 4) && (97 - body % 97 == key || 97 - (2_000_000_000 + body) % 97 == key)
}

/// Chile, Argentina: weights that begin anew, modulus 11.
pub(super) fn falling(digits: &[u8], weights: &[u32]) -> bool {
    let sum = weighed(digits, weights);
    (11 - sum % 11) % 11 == value(digits, weights.len())
}

/// South Korea: a date and the digit that tells sex and century. The check digit ended in 2020.
pub(super) fn korean(digits: &[u8]) -> bool {
    is_date(digits, 2, 4) && (b'1'..=b'8').contains(digits.get(6).unwrap_or(&b'0'))
}

/// Japan: modulus 11 of the first eleven.
pub(super) fn japanese(digits: &[u8]) -> bool {
    let rest = weighed(digits, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    value(digits, 11) == if rest <= 1 { 0 } else { 11 - rest }
}

/// China: modulus 11 with `X` for ten, and a date.
pub(super) fn chinese(letters: &[u8]) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let rest = weighed(letters, &WEIGHTS) % 11;
    let last = b"10X98765432".get(rest as usize);
    is_date(letters, 10, 12)
        && (1900..2100).contains(&number(letters, 6..10))
        && last == letters.get(17).map(u8::to_ascii_uppercase).as_ref()
}

/// Italy: odd places by a table, even places by value.
pub(super) fn italian(letters: &[u8]) -> bool {
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let plain = |byte: u8| match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        _ => u32::from(byte.to_ascii_uppercase().wrapping_sub(b'A')),
    };
    let sum: u32 = letters
        .iter()
        .take(15)
        .enumerate()
        .map(|(at, byte)| match at % 2 {
            0 => ODD.get(plain(*byte) as usize).copied().unwrap_or(0),
            _ => plain(*byte),
        })
        .sum();
    letters.get(15).map(|byte| plain(*byte)) == Some(sum % 26)
}

/// Mexico: eighteen places in an alphabet with `Ñ` behind `N`, modulus 10.
pub(super) fn mexican(letters: &[u8]) -> bool {
    let plain = |byte: u8| match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        b'A'..=b'N' => u32::from(byte - b'A') + 10,
        _ => u32::from(byte.wrapping_sub(b'A')) + 11,
    };
    let sum: u32 = letters
        .iter()
        .take(17)
        .zip((2..=18).rev())
        .map(|(byte, weight)| plain(byte.to_ascii_uppercase()) * weight)
        .sum();
    letters.get(17).map(|byte| plain(*byte)) == Some((10 - sum % 10) % 10) && is_date(letters, 6, 8)
}

/// Singapore: weights, an offset by century, and a letter of one of two alphabets.
pub(super) fn singaporean(letters: &[u8]) -> bool {
    let Some(first) = letters.first().map(u8::to_ascii_uppercase) else {
        return false;
    };
    let digits = letters.get(1..8).unwrap_or_default();
    let offset = match first {
        b'T' | b'G' => 4,
        b'M' => 3,
        _ => 0,
    };
    let rest = ((weighed(digits, &[2, 7, 6, 5, 4, 3, 2]) + offset) % 11) as usize;
    let last = match first {
        b'S' | b'T' => b"JZIHGFEDCBA".get(rest),
        b'F' | b'G' => b"XWUTRQPNMLK".get(rest),
        _ => b"XWUTRQPNJLK".get(10 - rest),
    };
    last == letters.get(8).map(u8::to_ascii_uppercase).as_ref()
}

/// A letter that stands for the rest of a division.
pub(super) fn letter_of(rest: u64, alphabet: &[u8], last: u8) -> bool {
    let at = usize::try_from(rest).unwrap_or(usize::MAX);
    alphabet.get(at) == Some(&last.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_changed_digit_is_noticed() {
        type Check = fn(&[u8]) -> bool;
        let all: [(&str, Check); 9] = [
            ("52998224725", cpf),
            ("234123412346", verhoeff),
            ("86095742719", mod_11_10),
            ("7569217076985", ean),
            ("10000000146", turkish),
            ("185057800608491", french),
            ("85073003328", belgian),
            ("11010519491231002X", chinese),
            ("RSSMRA85T10A562S", italian),
        ];
        for (text, check) in all {
            assert!(check(text.as_bytes()), "{text}");
            for at in [4, 7] {
                let mut other = text.as_bytes().to_vec();
                other[at] = match other[at] {
                    digit @ b'0'..=b'8' => digit + 1,
                    b'9' => b'0',
                    _ => b'Q',
                };
                assert!(!check(&other), "{text} at {at}");
            }
        }
    }
}
