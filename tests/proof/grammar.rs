//! Requests as browsers send them, nearly: most are right but for one thing or two, so that they get deep into the program.

use url::form_urlencoded::{Serializer, byte_serialize};

use crate::ground::Dice;
use crate::headers::line;
use crate::offers::{Field, Kind, Offer, Offers};
use crate::scene::PASSWORD;
use crate::strange;

/// Who asks.
pub struct Speaker {
    /// The cookie of their session, or nothing.
    pub cookie: String,
    /// What the forms on their pages carry.
    pub token: String,
}

/// A request, as it goes over the wire.
pub struct Made {
    /// All of it.
    pub bytes: Vec<u8>,
    /// Whether it is one that has an end.
    pub whole: bool,
    /// Whether the cookie is the speaker's own.
    pub own_cookie: bool,
}

/// What requests are made from.
pub struct Grammar<'a> {
    /// Chance.
    pub dice: &'a Dice,
    /// All that the pages offer.
    pub offers: &'a Offers,
    /// Codes that somebody can join with.
    pub codes: &'a [&'a str],
    /// People who have the password of everybody.
    pub logins: &'a [String],
    /// Where the program is, as browsers write it.
    pub origin: &'a str,
}

type Pairs = Vec<(String, String)>;

impl Grammar<'_> {
    /// A request for a route.
    pub fn request(&self, route: usize, speaker: &Speaker) -> Made {
        let offer = self.offer(route);
        let pairs = self.pairs(&offer, speaker);
        let routes = self.offers.routes();
        let (method, pattern) = routes.get(route).map_or(("GET", "/"), |(method, path)| (method, *path));
        let is_get = method == "GET";
        let mut path = self.path(pattern, &offer);
        let (kind, mut body, mut whole) = (self.content_type(), Vec::new(), true);
        if is_get {
            let query = self.spoiled(encoded(&pairs));
            if !query.is_empty() {
                path.push(b'?');
                path.extend(query.iter().filter(|byte| !byte.is_ascii_whitespace()));
            }
        } else {
            body = self.body(&kind, &pairs);
        }
        let mut head = Vec::new();
        head.extend(self.method(method).as_bytes());
        head.push(b' ');
        head.extend(path);
        head.extend(b" HTTP/1.1\r\nHost: doorlist\r\nConnection: close\r\n");
        let own_cookie = self.headers(&mut head, speaker);
        if !is_get {
            line(&mut head, "Content-Type", &kind);
            whole = self.frame(&mut head, &mut body);
        }
        head.extend(b"\r\n");
        head.extend(body);
        Made { bytes: head, whole, own_cookie }
    }

    fn method<'m>(&self, right: &'m str) -> &'m str {
        match self.dice.below(100) {
            0 if right == "GET" => "HEAD",
            1 => self
                .dice
                .pick(&["POST", "GET", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"])
                .copied()
                .unwrap_or(right),
            _ => right,
        }
    }

    /// Something of a page for this route, or else something with the id of something else.
    fn offer(&self, route: usize) -> Offer {
        match self.dice.late(self.offers.of(route)) {
            Some(offer) if !self.dice.once_in(40) => offer.clone(),
            _ => {
                let pattern = self.offers.routes().get(route).map_or("/", |(_, path)| *path);
                let id = self.dice.pick(&self.offers.ids()).cloned().unwrap_or_default();
                Offer { path: pattern.replace("{id}", &id), fields: Vec::new() }
            }
        }
    }

    fn path(&self, pattern: &str, offer: &Offer) -> Vec<u8> {
        if !pattern.contains('{') || !self.dice.once_in(8) {
            return offer.path.clone().into_bytes();
        }
        let id: Vec<u8> = match self.dice.below(3) {
            0 => strange::header(self.dice).into_iter().filter(|byte| !byte.is_ascii_whitespace()).collect(),
            1 => {
                byte_serialize(strange::value(self.dice, "usr_").as_bytes()).collect::<String>().into_bytes()
            }
            _ => self.dice.pick(&self.offers.ids()).cloned().unwrap_or_default().into_bytes(),
        };
        let (before, after) = pattern.split_once("{id}").unwrap_or((pattern, ""));
        [before.as_bytes(), &id, after.as_bytes()].concat()
    }

    /// The fields as they would be filled in, and then something wrong with some of them.
    fn pairs(&self, offer: &Offer, speaker: &Speaker) -> Pairs {
        let mut pairs: Pairs = offer.fields.iter().filter_map(|field| self.filled(field, speaker)).collect();
        let names = self.offers.names();
        if pairs.is_empty() && self.dice.once_in(4) {
            pairs.push((self.dice.pick(&names).copied().unwrap_or("q").to_owned(), String::new()));
        }
        let changes = [0, 0, 0, 0, 1, 1, 1, 1, 2, 3];
        for _ in 0..self.dice.pick(&changes).copied().unwrap_or(0) {
            self.change(&mut pairs, &names);
        }
        pairs
    }

    fn filled(&self, field: &Field, speaker: &Speaker) -> Option<(String, String)> {
        let named = |value: &str| Some((field.name.clone(), value.to_owned()));
        let one = || self.dice.pick(&field.values).map(String::as_str).unwrap_or_default();
        match &field.kind {
            Kind::Fixed if field.name == "csrf" => named(&speaker.token),
            Kind::Switch if self.dice.once_in(3) => named(one()),
            Kind::Switch => None,
            Kind::Fixed | Kind::Choice => named(one()),
            Kind::Typed { kind, least, most } => {
                named(&self.typed(&field.name, kind, one(), (*least, *most)))
            }
        }
    }

    fn typed(&self, name: &str, kind: &str, present: &str, (least, most): (i64, i64)) -> String {
        let new = self.dice.below(1 << 32);
        match (name, kind) {
            (_, "password") => PASSWORD.to_owned(),
            (_, "email") => format!("made{new:x}@door.example"),
            // Small ones mostly, or the database grows by a hundred codes at a time.
            (_, "number") if self.dice.once_in(8) => most.to_string(),
            (_, "number") => (least + i64::from(self.dice.once_in(2)) * 5).to_string(),
            // Where one is given, it counts instead of everything else.
            (_, "datetime-local") if self.dice.once_in(2) => String::new(),
            (_, "datetime-local") => format!("20{}-02-28T12:30", 27 + new % 9),
            (_, "date") => format!("2026-11-{:02}", 1 + new % 29),
            ("username", _) => format!("made{new:x}"),
            ("login", _) => self.dice.pick(self.logins).cloned().unwrap_or_default(),
            ("code", _) => match self.dice.below(4) {
                0 => present.to_owned(),
                1 => format!("MADE-{new:08X}"),
                _ => self.dice.pick(self.codes).copied().unwrap_or_default().to_owned(),
            },
            ("key", _) => self.dice.late(self.offers.links()).cloned().unwrap_or_default(),
            _ if self.dice.once_in(3) => format!("Table {}", new % 50),
            _ => present.to_owned(),
        }
    }

    fn change(&self, pairs: &mut Pairs, names: &[&str]) {
        let at = self.dice.index(pairs.len());
        let name = self.dice.pick(names).copied().unwrap_or("q").to_owned();
        match self.dice.below(12) {
            0..=6 => {
                if let Some((_, value)) = pairs.get_mut(at) {
                    *value = strange::value(self.dice, value);
                }
            }
            7 if !pairs.is_empty() => {
                pairs.remove(at);
            }
            8 => pairs.extend(pairs.get(at).cloned()),
            9 => pairs.push((name, strange::value(self.dice, ""))),
            10 => pairs.push((strange::value(self.dice, "name"), "on".to_owned())),
            _ if self.dice.once_in(4) => {
                pairs.extend((0..70).map(|number| (name.clone(), number.to_string())));
            }
            _ => pairs.iter_mut().for_each(|(_, value)| value.clear()),
        }
    }

    /// Once in a while with bytes in it that are no text.
    fn spoiled(&self, mut encoded: Vec<u8>) -> Vec<u8> {
        if self.dice.once_in(12) {
            let at = self.dice.index(encoded.len() + 1);
            encoded.splice(at..at, strange::bytes(self.dice).iter().copied());
        }
        encoded
    }

    fn content_type(&self) -> Vec<u8> {
        let form = "application/x-www-form-urlencoded";
        match self.dice.below(250) {
            0 | 1 => b"multipart/form-data; boundary=here".to_vec(),
            2 => b"multipart/form-data".to_vec(),
            3 => b"application/json".to_vec(),
            4 => b"text/plain".to_vec(),
            5 => format!("{form}; charset=utf-16").into_bytes(),
            6 => form.to_uppercase().into_bytes(),
            7 => strange::header(self.dice),
            _ => form.as_bytes().to_vec(),
        }
    }

    fn body(&self, kind: &[u8], pairs: &Pairs) -> Vec<u8> {
        if kind.starts_with(b"multipart") {
            let part = |(name, value): &(String, String)| {
                format!("--here\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
            };
            return (pairs.iter().map(part).collect::<String>() + "--here--\r\n").into_bytes();
        }
        if kind.starts_with(b"application/json") {
            return serde_json::to_vec(pairs).unwrap_or_default();
        }
        match self.dice.below(80) {
            // More than a form may have.
            0 => vec![b'a'; 16_385 + self.dice.index(40_000)],
            _ => self.spoiled(encoded(pairs)),
        }
    }

    /// How long the body is said to be. Answers with whether that is so.
    fn frame(&self, head: &mut Vec<u8>, body: &mut Vec<u8>) -> bool {
        match self.dice.below(150) {
            0 | 1 => {
                line(
                    head,
                    "Content-Length",
                    (body.len() + 1 + self.dice.index(5_000)).to_string().as_bytes(),
                );
                false
            }
            2 => {
                line(head, "Content-Length", &strange::header(self.dice));
                false
            }
            3 => {
                line(head, "Transfer-Encoding", b"chunked");
                // What is not in pieces is taken for the length of one.
                let in_pieces = self.dice.once_in(2);
                if in_pieces && !body.is_empty() {
                    *body = [format!("{:x}\r\n", body.len()).as_bytes(), body.as_slice(), b"\r\n0\r\n\r\n"]
                        .concat();
                }
                in_pieces && !body.is_empty()
            }
            _ => {
                line(head, "Content-Length", body.len().to_string().as_bytes());
                true
            }
        }
    }
}

fn encoded(pairs: &Pairs) -> Vec<u8> {
    Serializer::new(String::new()).extend_pairs(pairs).finish().into_bytes()
}
