//! Renders problems for the terminal, one line each: `error: seawall.yaml:12:5: …`.

use seawall_base::Problem;

/// Writes one line per problem, in the order of path and place.
#[must_use]
pub fn render_problems(problems: &[Problem]) -> String {
    let mut sorted: Vec<&Problem> = problems.iter().collect();
    sorted.sort();
    sorted.dedup();
    let mut text = String::new();
    for problem in sorted {
        text.push_str("error: ");
        text.push_str(&problem.path);
        match problem.location {
            Some(place) if place.line > 0 => {
                text.push_str(&format!(":{}:{}", place.line, place.column));
            }
            Some(place) => text.push_str(&format!(":byte {}", place.byte)),
            None => {}
        }
        text.push_str(": ");
        text.push_str(&problem.message);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use seawall_base::Location;

    use super::*;

    #[test]
    fn problems_are_sorted_by_place_and_rendered_like_a_compiler() {
        let at = |line, message: &str| Problem {
            path: "seawall.yaml".into(),
            location: Some(Location {
                line,
                column: 5,
                byte: 0,
            }),
            message: message.into(),
        };
        assert_eq!(
            render_problems(&[at(12, "unknown key `assetz`"), at(3, "`name` is missing")]),
            "error: seawall.yaml:3:5: `name` is missing\n\
             error: seawall.yaml:12:5: unknown key `assetz`\n"
        );
    }
}
