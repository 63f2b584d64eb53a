//! Numbers by which states know people: 40 forms of 32 countries.
//!
//! # What it detects
//! Each by its grouping and checksum; those that say too little alone only next to a word that names
//! them. Argentina CUIL, Australia Medicare and TFN, Belgium national number, Brazil CPF, Canada SIN,
//! Chile RUT, China resident id, Czechia and Slovakia birth number, Denmark CPR, Finland HETU, France
//! NIR, Germany tax id, India Aadhaar and PAN, Ireland PPS, Israel id, Italy fiscal code, Japan My
//! Number, Mexico CURP, Netherlands BSN, Norway birth number, Poland PESEL, Portugal NIF, Romania CNP,
//! Singapore NRIC, South Africa id, South Korea RRN, Spain DNI and NIE, Sweden personal number,
//! Switzerland AHV, Turkey id, United Kingdom NINO, United States ITIN, NPI and routing number, and
//! passports and driving licences next to the word.
//! # Why it matters
//! Such a number opens accounts in the name of its owner and links records about them.
//! # What it misses
//! Denmark, South Korea and India's PAN have no checksum, so a date or form has to do. The United
//! Kingdom's number with spaces between its letters, Chile's with the check letter K, Corsican births in
//! France. Bare digits without a word where the checksum alone is weak: Australia, Canada, Denmark,
//! Germany, Israel, Japan, Netherlands, Poland, Portugal, Romania, Turkey. Words in other scripts than
//! the table has.
//! # Example
//! `CPF 529.982.247-25`
//! # Remediation
//! Mask it before the text leaves; refer to people by a local key.
//! # References
//! OWASP LLM02:2025; the registers of the countries named.

mod checks;
mod digits;
mod lettered;

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use self::digits::Fit;
use super::numbers::uniform;
use super::{Detector, Hit, Scene, private_actions};

pub(super) static META: RuleMeta = RuleMeta {
    id: "national-id",
    title: "National identity number",
    severity: Severity::High,
    confidence: Confidence::Medium,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["LLM02:2025"],
};

pub(super) static DETECTOR: Detector = Detector {
    meta: &META,
    attack: false,
    streams: true,
    literals: &[],
    actions: private_actions,
    check,
};

fn check(scene: &Scene<'_>, out: &mut Vec<Hit>) {
    for number in scene.numbers {
        if number.international || uniform(&number.digits) {
            continue;
        }
        let fits = digits::KINDS
            .iter()
            .filter_map(|kind| kind.fit(number).map(|fit| (kind, fit)));
        let start = number.span.start;
        let found = fits.filter_map(|(kind, fit)| {
            let named = is_named(scene, start, kind.words);
            match (fit, named) {
                (_, true) => Some((kind.label, 0.9_f32)),
                (Fit::Alone, false) => Some((kind.label, 0.7)),
                (Fit::Named, false) => None,
            }
        });
        // A word that names it says more than a checksum that fits by chance.
        let best = found.max_by(|left, right| left.1.total_cmp(&right.1));
        if let Some((label, score)) = best {
            out.push(Hit::new(number.span.clone(), score, label));
        }
    }
    words(scene, out);
}

/// Words with letters and digits.
fn words(scene: &Scene<'_>, out: &mut Vec<Hit>) {
    let bytes = scene.text().as_bytes();
    for token in &scene.view.tokens {
        let span = token.span();
        if !(6..=18).contains(&span.len()) || crate::language::is_known(token) {
            continue;
        }
        let word = bytes.get(span.clone()).unwrap_or_default();
        let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
        let Some(first) = word.first().filter(|_| digits >= 4) else {
            continue;
        };
        let rest = bytes.get(span.start..).unwrap_or_default();
        let found = lettered::KINDS
            .iter()
            .filter(|kind| kind.may_begin(*first, span.len()))
            .find_map(|kind| {
                let length = kind.length(rest)?;
                let named = is_named(scene, span.start, kind.words);
                (named || kind.words.is_empty()).then_some((kind.label, length))
            });
        if let Some((label, length)) = found {
            out.push(Hit::new(span.start..span.start + length, 0.85, label));
        }
    }
}

/// Bytes before a number in which a word names it.
const NAMED_WITHIN: usize = 48;

/// Whether one of the words stands before `at`, as a word.
fn is_named(scene: &Scene<'_>, at: usize, words: &[&str]) -> bool {
    if words.is_empty() {
        return false;
    }
    let mut before = String::from(" ");
    let lower = scene.before(at, NAMED_WITHIN);
    before.extend(lower.chars().map(|mark| match mark.is_alphanumeric() {
        true => mark,
        false => ' ',
    }));
    before.push(' ');
    let before = before
        .split_whitespace()
        .fold(String::from(" "), |mut all, word| {
            all.push_str(word);
            all.push(' ');
            all
        });
    words.iter().any(|word| match word.is_ascii() {
        true => before.contains(&format!(" {word} ")),
        // Scripts without spaces have no borders of words.
        false => before.contains(word),
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{inspect, matched};
    use crate::channel::Channel;

    #[test]
    fn every_kind_is_found_and_its_neighbour_is_not() {
        for (label, text, number) in [
            ("[ar-cuil]", "", "20-12345678-6"),
            ("[au-medicare]", "Medicare ", "2950 50124 1"),
            ("[au-tfn]", "TFN: ", "123 456 782"),
            ("[be-national-number]", "", "85.07.30-033.28"),
            ("[br-cpf]", "", "529.982.247-25"),
            ("[ca-sin]", "her SIN is ", "046 454 286"),
            ("[ch-ahv]", "", "756.9217.0769.85"),
            ("[cl-rut]", "", "12.345.678-5"),
            ("[cn-resident-id]", "", "11010519491231002X"),
            ("[cz-birth-number]", "", "736028/5163"),
            ("[de-tax-id]", "Steuer-ID ", "86095742719"),
            ("[dk-cpr]", "CPR ", "010190-1234"),
            ("[driving-licence]", "driver's license ", "D1234567"),
            ("[es-dni]", "", "12345678-Z"),
            ("[es-nie]", "", "X1234567L"),
            ("[fi-hetu]", "", "131052-308T"),
            ("[fr-nir]", "", "1 85 05 78 006 084 91"),
            ("[gb-nino]", "", "AB123456C"),
            ("[il-id]", "teudat zehut ", "123456782"),
            ("[in-aadhaar]", "", "2341 2341 2346"),
            ("[in-pan]", "", "ABCPE1234F"),
            ("[it-fiscal-code]", "", "RSSMRA85T10A562S"),
            ("[jp-my-number]", "My Number ", "1234 5678 9018"),
            ("[kr-rrn]", "", "850730-1234567"),
            ("[mx-curp]", "", "GODE561231HDFRRN00"),
            ("[nl-bsn]", "BSN ", "111222333"),
            ("[no-birth-number]", "", "010190 00083"),
            ("[passport]", "passport no. ", "C12345678"),
            ("[pl-pesel]", "PESEL ", "44051401359"),
            ("[pt-nif]", "NIF ", "123456789"),
            ("[ro-cnp]", "CNP ", "1800101221144"),
            ("[se-personal-number]", "", "811228-9874"),
            ("[sg-nric]", "", "S1234567D"),
            ("[tr-id]", "TC Kimlik: ", "10000000146"),
            ("[us-itin]", "", "912-71-1234"),
            ("[us-npi]", "NPI ", "1234567893"),
            ("[us-routing]", "routing number ", "021000021"),
            ("[za-id]", "", "8001015009087"),
        ] {
            let before = format!("Note: {text}");
            let whole = format!("{before}{number}, please.");
            let found = matched("national-id", Channel::Output, &whole);
            assert_eq!(found, [number], "{label}");
            let shown = inspect(Channel::Output, &whole).redacted(0, &whole);
            assert_eq!(shown, format!("{before}{label}, please."));
        }
    }

    #[test]
    fn ordinary_numbers_are_none() {
        for text in [
            "using 046 454 286 of them",
            "order 123456782 and 44051401359",
            "from 2026-11-24 to 2026-12-01, 1234 5678 9012",
            "part AB123456E, GB123456A, S1234567A, 12345678-A",
            "529.982.247-26",
            "the passport office opens 20261124",
            "build 20261124093015 took 1732439415 s",
        ] {
            assert!(
                matched("national-id", Channel::Output, text).is_empty(),
                "{text}"
            );
        }
    }
}
