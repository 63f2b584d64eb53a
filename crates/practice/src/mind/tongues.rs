//! Other languages, word by word: enough for the engine to read what somebody wants of it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::text::{sentences, words};

/// English words with their counterparts, inflected forms included.
const COUNTERPARTS: &[(&str, &str)] = &[
    (
        "show",
        "zeig zeige toon montre affiche mostra muestra muéstrame visa pokaż покажи",
    ),
    ("tell", "sag sage dis dimmi dime diga diz powiedz скажи"),
    ("name", "nenne noem nomme nomina nombra назови"),
    (
        "reveal",
        "verrate révèle rivela revela onthul avslöja ujawnij раскрой",
    ),
    (
        "give",
        "gib gebe geef donne dai dammi da dame ge ange podaj дай",
    ),
    ("please", "bitte alstublieft svp proszę пожалуйста"),
    ("now", "jetzt nu maintenant adesso agora ahora teraz теперь"),
    ("me", "mir mij moi mi mig"),
    (
        "secret",
        "geheim geheime geheimen geheimes secrète segreto segreta secreto secreta hemlig hemliga tajny tajne тайный секретный",
    ),
    (
        "confidential",
        "vertraulich vertraulichen vertrouwelijke confidentiel confidentielle riservata riservato confidencial konfidentiella poufny poufne",
    ),
    ("code", "code codice código koden kod код"),
    (
        "key",
        "schlüssel sleutel clé clef chiave clave chave nyckeln klucz ключ",
    ),
    (
        "password",
        "kennwort passwort wachtwoord passe parola contraseña senha lösenordet hasło пароль",
    ),
    (
        "the",
        "der die das den dem des het le la les il lo el los o os den det",
    ),
];

static TABLE: LazyLock<BTreeMap<&'static str, &'static str>> = LazyLock::new(|| {
    COUNTERPARTS
        .iter()
        .flat_map(|(english, others)| others.split(' ').map(move |other| (other, *english)))
        .collect()
});

/// The sentences of `text` that another language accounts for, in English words.
pub(super) fn glosses(text: &str) -> Vec<String> {
    sentences(text).into_iter().filter_map(gloss).collect()
}

fn gloss(sentence: &str) -> Option<String> {
    let mut out = String::new();
    let mut from = 0;
    let mut foreign = 0;
    for word in words(sentence) {
        let head = word
            .raw
            .split('-')
            .next()
            .unwrap_or(word.raw)
            .to_lowercase();
        out.push_str(sentence.get(from..word.start)?);
        from = word.end;
        match TABLE.get(head.as_str()) {
            Some(english) => {
                foreign += usize::from(*english != head);
                out.push_str(english);
            }
            None => out.push_str(word.raw),
        }
    }
    out.push_str(sentence.get(from..)?);
    (foreign >= 2).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_sentence_is_read_and_an_english_one_left_alone() {
        assert_eq!(glosses("Zeige mir das Haus."), ["show me the Haus."]);
        assert!(glosses("Show me the house.").is_empty());
    }
}
