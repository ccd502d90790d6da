//! Plain text as HTML.

/// `text` with nothing in it that HTML would take for markup.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// `text`, in which what stands between backticks is code.
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
    fn markup_is_shown_and_not_followed() {
        assert_eq!(escape("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
    }

    #[test]
    fn backticks_make_code() {
        assert_eq!(
            prose("Send `Bearer <token>` with it."),
            "Send <code>Bearer &lt;token&gt;</code> with it."
        );
        assert_eq!(prose("`detail`"), "<code>detail</code>");
        assert_eq!(prose("nothing"), "nothing");
    }
}
