//! Look-alike characters that compatibility normalisation leaves alone, after UTS 39: each row
//! gives the plain character and what is drawn like it in other scripts and styles.
//!
//! The table is ours and holds the letters that attacks use; it folds towards ASCII only, so a text
//! in its own script is never folded into another script than Latin.

use std::sync::LazyLock;

/// The plain character that `character` looks like, if it is a known look-alike.
pub(super) fn plain(character: char) -> Option<char> {
    let table = &*TABLE;
    let found = table
        .binary_search_by_key(&character, |(alike, _)| *alike)
        .ok()?;
    table.get(found).map(|(_, plain)| *plain)
}

static TABLE: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
    let mut table: Vec<(char, char)> = ROWS
        .iter()
        .flat_map(|(plain, alikes)| alikes.chars().map(|alike| (alike, *plain)))
        .chain(ranges())
        .collect();
    table.sort_by_key(|(alike, _)| *alike);
    table.dedup_by_key(|(alike, _)| *alike);
    table
});

/// Alphabets of pictures: regional indicators and the negative circled and squared capitals.
fn ranges() -> impl Iterator<Item = (char, char)> {
    [0x1F1E6_u32, 0x1F150, 0x1F170]
        .into_iter()
        .flat_map(|first| {
            (0..26_u32)
                .zip('a'..='z')
                .map(move |(step, plain)| (first + step, plain))
        })
        .filter_map(|(code, plain)| char::from_u32(code).map(|alike| (alike, plain)))
}

static ROWS: &[(char, &str)] = &[
    ('A', "АΑᎪᗅꓮ𐊠ⴷ"),
    ('B', "ВΒᏴᗷꓐ"),
    ('C', "СϹᏟꓚⅭ"),
    ('D', "ᎠᗞꓓⅮ"),
    ('E', "ЕΕᎬꓰⴹ"),
    ('F', "Ϝᖴꓝ"),
    ('G', "ᏀꓖԌ"),
    ('H', "НΗᎻꓧ"),
    ('I', "ІΙӀꓲⵏ"),
    ('J', "ЈᎫꓙ"),
    ('K', "КΚᏦꓗ"),
    ('L', "Ꮮꓡ"),
    ('M', "МΜᎷꓟ"),
    ('N', "Νꓠ"),
    ('O', "ОΟՕꓳⵔ"),
    ('P', "РΡᏢꓑ"),
    ('Q', "Ԛⵕ"),
    ('R', "ᎡᏒꓣ"),
    ('S', "ЅՏᏚꓢ"),
    ('T', "ТΤᎢꓔ"),
    ('U', "Սꓴ"),
    ('V', "Ꮩꓦⴸ"),
    ('W', "ԜᎳꓪ"),
    ('X', "ХΧꓫⵝ"),
    ('Y', "ҮΥꓬ"),
    ('Z', "ΖᏃꓜ"),
    ('a', "аɑαᴀɐäåⲁ⍺ӑ"),
    ('b', "ƄЬʙɓᖯ"),
    ('c', "сϲᴄⅽƈɔⲥ"),
    ('d', "ԁᴅɗⅾժ"),
    ('e', "еєᴇҽɛεǝ℮ⲉɘ"),
    ('f', "ƒꜰғẝ"),
    ('g', "ɡɢցǥᶃ"),
    ('h', "һʜհɦɥ"),
    ('i', "іıɪιⅰɩⲓᎥ"),
    ('j', "јᴊϳʝɟ"),
    ('k', "ᴋκкƙʞⲕ"),
    ('l', "ӏʟⅼǀɭ"),
    ('m', "мᴍⅿɱɯ"),
    ('n', "ոпɴռηɳո"),
    ('o', "оοσᴏօøⲟ๐໐೦൦ѳ"),
    ('p', "рρᴘϱⲣþ"),
    ('q', "ԛզգʠ"),
    ('r', "гʀᴦɼɹⲅ"),
    ('s', "ѕꜱʂƽ"),
    ('t', "тτᴛƭʇ"),
    ('u', "υᴜսʋцս"),
    ('v', "νѵᴠⅴʌ"),
    ('w', "ԝᴡωшʍա"),
    ('x', "хχⅹ×ⲭ"),
    ('y', "уγʏүყʎ"),
    ('z', "ᴢʐƶⲍ"),
    ('\'', "’‘‛ʼʹ′＇`´"),
    ('"', "“”„‟″«»"),
    ('-', "‐‑‒–—―−⁃﹣"),
    ('.', "․。｡"),
    ('/', "⁄∕╱⧸"),
    (':', "։ː꞉∶"),
    ('@', "﹫"),
    ('!', "ǃ"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_alikes_fold_and_others_stay() {
        let folded: String = "іgnоrе рrеviоus"
            .chars()
            .map(|character| plain(character).unwrap_or(character))
            .collect();
        assert_eq!(folded, "ignore previous");
        assert_eq!(plain('世'), None);
        assert_eq!(plain('a'), None);
    }
}
