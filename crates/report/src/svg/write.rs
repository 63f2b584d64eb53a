//! The few SVG elements that charts and diagrams are made of. Every text is escaped here.

use crate::document::Tone;

/// Figures wider than this may be shown smaller than they are drawn.
const WIDE: f64 = 1_120.0;

/// A drawing in the making.
#[derive(Debug, Default)]
pub(super) struct Svg {
    out: String,
}

/// Where a text is anchored.
#[derive(Clone, Copy, Debug)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Svg {
    /// The finished image. `label` is what a screen reader says.
    pub(super) fn finish(self, width: f64, height: f64, label: &str) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"{4}\" role=\"img\" \
             viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" aria-label=\"{2}\">{3}</svg>",
            number(width),
            number(height),
            escape(label),
            self.out,
            // A wide figure shrinks to its page as far as its labels stay legible.
            if width > WIDE {
                "figure wide-figure"
            } else {
                "figure"
            }
        )
    }

    /// A straight line.
    pub(super) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        self.push(format_args!(
            "<line class=\"{class}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>",
            number(from.0),
            number(from.1),
            number(to.0),
            number(to.1)
        ));
    }

    /// A path from its commands.
    pub(super) fn path(&mut self, class: &str, commands: &str) {
        self.push(format_args!("<path class=\"{class}\" d=\"{commands}\"/>"));
    }

    /// A rectangle from its top left corner.
    pub(super) fn rect(&mut self, class: &str, at: (f64, f64), size: (f64, f64), radius: f64) {
        self.push(format_args!(
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\"/>",
            number(at.0),
            number(at.1),
            number(size.0.max(0.0)),
            number(size.1.max(0.0)),
            number(radius)
        ));
    }

    /// A circle.
    pub(super) fn circle(&mut self, class: &str, at: (f64, f64), radius: f64) {
        self.push(format_args!(
            "<circle class=\"{class}\" cx=\"{}\" cy=\"{}\" r=\"{}\"/>",
            number(at.0),
            number(at.1),
            number(radius)
        ));
    }

    /// A text on its base line.
    pub(super) fn text(&mut self, class: &str, at: (f64, f64), anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        self.push(format_args!(
            "<text class=\"{class}\" x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>",
            number(at.0),
            number(at.1),
            escape(text)
        ));
    }

    /// Opens a group with a tooltip; every call is paired with [`Self::close`].
    pub(super) fn open(&mut self, class: &str, title: &str) {
        self.push(format_args!(
            "<g class=\"{class}\"><title>{}</title>",
            escape(title)
        ));
    }

    /// Closes a group.
    pub(super) fn close(&mut self) {
        self.out.push_str("</g>");
    }

    fn push(&mut self, piece: std::fmt::Arguments<'_>) {
        self.out.push_str(&piece.to_string());
    }
}

/// The class suffix of a tone.
pub(super) const fn tone_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "plain",
        Tone::Good => "good",
        Tone::Warn => "warn",
        Tone::Bad => "bad",
        Tone::Muted => "muted",
    }
}

/// A coordinate with at most one decimal; what is not finite is drawn at the origin.
pub(super) fn number(value: f64) -> String {
    if !value.is_finite() {
        return "0".to_owned();
    }
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" {
        "0".to_owned()
    } else {
        text.to_owned()
    }
}

/// At most `length` characters, the last one an ellipsis where something was cut.
pub(super) fn shorten(text: &str, length: usize) -> String {
    if text.chars().count() <= length {
        return text.to_owned();
    }
    let kept: String = text.chars().take(length.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// Escapes text for element content and attributes; characters that XML 1.0 forbids become U+FFFD.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(' '),
            _ if seawall_base::is_unseen(character) => out.push('\u{fffd}'),
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_texts_stays_text() {
        let mut svg = Svg::default();
        svg.text(
            "t",
            (1.0, f64::NAN),
            Anchor::Start,
            "</text><script>\"'&\u{1}",
        );
        assert_eq!(
            svg.finish(10.0, 2.5, "a\"b"),
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"figure\" role=\"img\" \
             viewBox=\"0 0 10 2.5\" width=\"10\" height=\"2.5\" aria-label=\"a&quot;b\">\
             <text class=\"t\" x=\"1\" y=\"0\" text-anchor=\"start\">\
             &lt;/text&gt;&lt;script&gt;&quot;&#39;&amp;\u{fffd}</text></svg>"
        );
    }
}
