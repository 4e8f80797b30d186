//! The headers of made-up requests: where they come from, what htmx says, and the cookies.

use crate::grammar::{Grammar, Speaker};
use crate::strange;

impl Grammar<'_> {
    /// All headers but those of the body. Answers with whether the cookie is the speaker's own.
    pub fn headers(&self, head: &mut Vec<u8>, speaker: &Speaker) -> bool {
        self.source(head);
        if self.dice.once_in(2) {
            self.htmx(head);
        }
        for name in
            ["User-Agent", "Referer", "Accept", "X-Forwarded-For", "If-None-Match", "Range", "Authorization"]
        {
            if self.dice.once_in(30) {
                line(head, name, &strange::header(self.dice));
            }
        }
        let (cookies, own) = self.cookies(&speaker.cookie);
        for cookie in cookies {
            line(head, "Cookie", &cookie);
        }
        own
    }

    /// Where the request says that it comes from; from a page of ours, mostly.
    fn source(&self, head: &mut Vec<u8>) {
        let own = self.origin.as_bytes();
        match self.dice.below(120) {
            0 => line(head, "Origin", &strange::header(self.dice)),
            1 => line(head, "Sec-Fetch-Site", &strange::header(self.dice)),
            2 => line(head, "Sec-Fetch-Site", b"cross-site"),
            3 => (0..2).for_each(|_| line(head, "Sec-Fetch-Site", b"same-origin")),
            4 | 5 => line(head, "Origin", b"null"),
            6 | 7 => {}
            8 | 9 => line(head, "Origin", own),
            _ => line(head, "Sec-Fetch-Site", b"same-origin"),
        }
    }

    fn htmx(&self, head: &mut Vec<u8>) {
        line(head, "HX-Request", if self.dice.once_in(20) { b"false" } else { b"true" });
        let page = self.dice.index(self.offers.routes().len());
        let page = self.dice.late(self.offers.of(page)).map_or("/", |offer| offer.path.as_str());
        let url = match self.dice.below(12) {
            0 => strange::header(self.dice),
            1 => format!(
                "{}{page}?{}",
                self.origin,
                strange::value(self.dice, "q=").replace(['\r', '\n', '\0'], "")
            )
            .into_bytes(),
            2 => b"data:text/html,//evil.example".to_vec(),
            _ => format!("{}{page}", self.origin).into_bytes(),
        };
        line(head, "HX-Current-URL", &url);
        let targets = ["join", "code-status", "dialog-root", "sessions", "list", "words"];
        let usual = self.dice.pick(&targets).map_or(&b""[..], |target| target.as_bytes());
        for name in [
            "HX-Target",
            "HX-Trigger",
            "HX-Trigger-Name",
            "HX-Prompt",
            "HX-Boosted",
            "HX-History-Restore-Request",
        ] {
            match self.dice.below(12) {
                0 => line(head, name, &strange::header(self.dice)),
                1 | 2 => line(head, name, b"true"),
                3..=6 => line(head, name, usual),
                _ => {}
            }
        }
    }

    fn cookies(&self, own: &str) -> (Vec<Vec<u8>>, bool) {
        let named = |name: &str, value: &[u8]| [name.as_bytes(), b"=", value].concat();
        let secret = own.split_once('=').map_or("", |(_, value)| value);
        let one = own.as_bytes().to_vec();
        match self.dice.below(120) {
            0 => (vec![own.chars().take(self.dice.index(own.len())).collect::<String>().into_bytes()], false),
            1 => (vec![one.clone(), one], false),
            2 => (vec![[&one[..], b"; ", &named("doorlist", &strange::header(self.dice))].concat()], false),
            3 => (vec![named("doorlist", &vec![b'A'; 1 + self.dice.index(20_000)])], false),
            4 => (vec![named("doorlist", &strange::header(self.dice))], false),
            5 => (vec![named("__Host-doorlist", secret.as_bytes())], false),
            6 => (vec![secret.chars().rev().collect::<String>().into_bytes()], false),
            7 => (vec![[&one[..], b"; doorlist-theme=", &strange::header(self.dice)].concat()], false),
            8 => (vec![[&one[..], b"; doorlist-theme=dark; doorlist-shortcuts=off"].concat()], true),
            9 => (vec![[&one[..], b"; =; ;;a; \"b\"=\"c; ", &strange::header(self.dice)].concat()], false),
            _ if own.is_empty() => (Vec::new(), true),
            _ => (vec![one], true),
        }
    }
}

/// Adds a header.
pub fn line(head: &mut Vec<u8>, name: &str, value: &[u8]) {
    head.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
}
