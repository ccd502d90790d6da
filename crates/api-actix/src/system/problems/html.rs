//! Conversion of plain text to HTML.

/// Escapes HTML markup in `text`.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Escapes `text` and renders text in backticks as code.
pub(super) fn prose(text: &str) -> String {
    let parts = text.split('`').map(escape).enumerate();
    parts
        .map(|(index, part)| if index % 2 == 0 { part } else { format!("<code>{part}</code>") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_escaped() {
        assert_eq!(escape("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
    }

    #[test]
    fn backticks_become_code_elements() {
        assert_eq!(
            prose("Send `Bearer <token>` with it."),
            "Send <code>Bearer &lt;token&gt;</code> with it."
        );
        assert_eq!(prose("`detail`"), "<code>detail</code>");
        assert_eq!(prose("nothing"), "nothing");
    }
}
