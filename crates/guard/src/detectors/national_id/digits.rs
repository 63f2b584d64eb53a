//! Identity numbers that are digits, as they are grouped, and what makes one valid.

use super::checks::{
    belgian, cpf, ean, falling, french, is_date, japanese, korean, mod_11_10, norwegian, number,
    turkish, value, verhoeff, weighed,
};
use crate::detectors::numbers::{Number, luhn};

/// One kind of number.
pub(super) struct Kind {
    /// What stands instead of it.
    pub(super) label: &'static str,
    /// How its digits are grouped where that alone says enough.
    telling: &'static [&'static [usize]],
    /// Separators of that grouping; `\0` for several kinds of them.
    separators: &'static [char],
    /// How its digits are grouped where a word has to stand before it.
    named: &'static [&'static [usize]],
    /// Those words.
    pub(super) words: &'static [&'static str],
    /// Whether the digits can be such a number.
    valid: fn(&[u8]) -> bool,
}

/// How a number may be of a kind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fit {
    /// By its form and checksum.
    Alone,
    /// If one of the words stands before it.
    Named,
}

impl Kind {
    /// How `number` fits, before the words are looked at.
    pub(super) fn fit(&self, number: &Number) -> Option<Fit> {
        let is = |shapes: &[&[usize]]| shapes.contains(&number.groups.as_slice());
        let telling = is(self.telling)
            && (number.groups.len() == 1 || self.separators.contains(&number.separator));
        if !telling && !is(self.named) || !(self.valid)(&number.digits) {
            return None;
        }
        Some(if telling { Fit::Alone } else { Fit::Named })
    }
}

#[expect(clippy::too_many_arguments, reason = "the columns of a table")]
const fn kind(
    label: &'static str,
    telling: &'static [&'static [usize]],
    separators: &'static [char],
    named: &'static [&'static [usize]],
    words: &'static [&'static str],
    valid: fn(&[u8]) -> bool,
) -> Kind {
    Kind {
        label,
        telling,
        separators,
        named,
        words,
        valid,
    }
}

// One kind a line, so that the table reads as one.
/// The kinds, by label.
#[rustfmt::skip]
pub(super) static KINDS: &[Kind] = &[
    kind("[ar-cuil]", &[&[2, 8, 1]], &['-'], &[&[11]], &["cuil", "cuit"], |digits| falling(digits, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2])),
    kind("[au-medicare]", &[], &[], &[&[4, 5, 1], &[10], &[4, 5, 1, 1]], &["medicare"], |digits| (2..=6).contains(&value(digits, 0)) && weighed(digits, &[1, 3, 7, 9, 1, 3, 7, 9]) % 10 == value(digits, 8)),
    kind("[au-tfn]", &[], &[], &[&[3, 3, 3], &[9]], &["tfn", "tax file number"], |digits| weighed(digits, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11)),
    kind("[be-national-number]", &[&[2, 2, 2, 3, 2]], &['\0', '.', ' '], &[&[11]], &["rijksregisternummer", "registre national", "nrn", "insz", "niss", "national number"], belgian),
    kind("[br-cpf]", &[&[3, 3, 3, 2]], &['\0', '.', '-'], &[&[11]], &["cpf"], cpf),
    kind("[ca-sin]", &[], &[], &[&[3, 3, 3], &[9]], &["sin", "social insurance", "nas"], luhn),
    kind("[ch-ahv]", &[&[3, 4, 4, 2], &[13]], &['.', ' '], &[], &[], |digits| digits.starts_with(b"756") && ean(digits)),
    kind("[cl-rut]", &[&[2, 3, 3, 1]], &['\0', '.', '-'], &[&[8, 1]], &["rut", "run"], |digits| falling(digits, &[3, 2, 7, 6, 5, 4, 3, 2])),
    kind("[cz-birth-number]", &[&[6, 4]], &['/'], &[&[10]], &["rodne cislo", "rodné číslo", "rc"], |digits| number(digits, 0..10).is_multiple_of(11) && matches!(number(digits, 2..4) % 50, 1..=12 | 21..=32)),
    kind("[de-tax-id]", &[], &[], &[&[11], &[2, 3, 3, 3]], &["steuer id", "steuerid", "steueridentifikationsnummer", "idnr", "tax id", "tin", "identifikationsnummer"], |digits| value(digits, 0) != 0 && mod_11_10(digits)),
    kind("[dk-cpr]", &[], &[], &[&[6, 4], &[10]], &["cpr", "personnummer", "cpr nummer"], |digits| is_date(digits, 2, 0)),
    kind("[fr-nir]", &[&[15], &[13, 2], &[1, 2, 2, 2, 3, 3, 2]], &[' ', '-'], &[], &[], french),
    kind("[il-id]", &[], &[], &[&[9], &[8, 1]], &["teudat zehut", "israeli id", "תעודת זהות"], luhn),
    kind("[in-aadhaar]", &[&[4, 4, 4]], &[' ', '-'], &[&[12]], &["aadhaar", "aadhar", "uidai", "uid"], |digits| value(digits, 0) >= 2 && verhoeff(digits)),
    kind("[jp-my-number]", &[], &[], &[&[12], &[4, 4, 4]], &["my number", "individual number", "マイナンバー", "個人番号"], japanese),
    kind("[kr-rrn]", &[&[6, 7]], &['-'], &[&[13]], &["rrn", "resident registration", "주민등록번호"], korean),
    kind("[nl-bsn]", &[], &[], &[&[9], &[4, 2, 3], &[3, 3, 3]], &["bsn", "burgerservicenummer", "sofinummer"], |digits| (weighed(digits, &[9, 8, 7, 6, 5, 4, 3, 2]) + 110 - value(digits, 8)).is_multiple_of(11)),
    kind("[no-birth-number]", &[&[6, 5]], &[' ', '-'], &[&[11]], &["fodselsnummer", "fødselsnummer", "personnummer", "fnr"], norwegian),
    kind("[pl-pesel]", &[], &[], &[&[11]], &["pesel"], |digits| weighed(digits, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]).is_multiple_of(10)),
    kind("[pt-nif]", &[], &[], &[&[9], &[3, 3, 3]], &["nif", "contribuinte"], |digits| {
        let rest = weighed(digits, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
        value(digits, 8) == if rest < 2 { 0 } else { 11 - rest }
    }),
    kind("[ro-cnp]", &[], &[], &[&[13]], &["cnp", "cod numeric personal"], |digits| is_date(digits, 3, 5) && weighed(digits, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11 % 10 == value(digits, 12)),
    kind("[se-personal-number]", &[&[6, 4], &[8, 4]], &['-'], &[&[10], &[12]], &["personnummer", "personal number"], |digits| {
        let short = digits.get(digits.len().saturating_sub(10)..).unwrap_or_default();
        is_date(short, 2, 4) && luhn(short)
    }),
    kind("[tr-id]", &[], &[], &[&[11]], &["tckn", "tc kimlik", "kimlik no", "t c kimlik"], turkish),
    kind("[us-itin]", &[&[3, 2, 4]], &['-'], &[&[9]], &["itin"], |digits| value(digits, 0) == 9 && matches!(number(digits, 3..5), 50..=65 | 70..=88 | 90..=92 | 94..=99)),
    kind("[us-npi]", &[], &[], &[&[10]], &["npi", "provider identifier"], |digits| luhn(&[b"80840", digits].concat())),
    kind("[us-routing]", &[], &[], &[&[9]], &["routing", "aba", "rtn", "routing number"], |digits| value(digits, 0) <= 3 && weighed(digits, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10)),
    kind("[za-id]", &[&[6, 4, 3], &[13]], &[' ', '-'], &[], &[], |digits| is_date(digits, 2, 4) && matches!(value(digits, 10), 0..=2) && luhn(digits)),
];
