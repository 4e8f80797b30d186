//! Invite codes: how they are drawn, read, shown and hidden.

use std::fmt;

use super::field::Rejected;

/// 32 symbols without those that read alike, so that a random byte gives one without bias.
const SYMBOLS: [char; 32] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J', 'K', 'M',
    'N', 'P', 'Q', 'R', 'S', 'T', 'V', 'W', 'X', 'Y', 'Z',
];
/// The fewest symbols of a code.
pub const SHORTEST: usize = 6;
/// The most symbols of a code.
pub const LONGEST: usize = 32;
const GROUP: usize = 4;

/// What a code reads as. Two codes are the same if they read the same.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CodeReading(String);

impl CodeReading {
    /// Reads what somebody typed, pasted or scanned: case, spaces and hyphens do not matter, look-alikes are one, and
    /// of a link the part after the `#` counts. What no code can be is none.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let typed = text.trim().rsplit('#').next()?;
        let reading: String =
            typed.chars().filter(|c| !is_filler(*c)).map(read_symbol).collect::<Option<_>>()?;
        (SHORTEST..=LONGEST).contains(&reading.len()).then_some(Self(reading))
    }

    /// The symbols, for looking the code up.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A code is a credential: it does not print itself by accident.
impl fmt::Debug for CodeReading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[code]")
    }
}

fn is_filler(c: char) -> bool {
    // Word processors turn a hyphen into one of its longer relatives.
    c.is_whitespace() || c == '-' || matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// A symbol as it is read, if it is one at all.
fn read_symbol(c: char) -> Option<char> {
    match c.to_ascii_uppercase() {
        'O' => Some('0'),
        'I' | 'L' => Some('1'),
        c if c.is_ascii_uppercase() || c.is_ascii_digit() => Some(c),
        _ => None,
    }
}

/// The first symbols of what somebody searches for, as codes are read; none if no code begins like that.
#[must_use]
pub fn reading_prefix(text: &str) -> Option<String> {
    let typed = text.trim().rsplit('#').next()?;
    let prefix: String = typed.chars().filter(|c| !is_filler(*c)).map(read_symbol).collect::<Option<_>>()?;
    (1..=LONGEST).contains(&prefix.len()).then_some(prefix)
}

/// A code as it is shown and as it is read.
#[derive(Clone, PartialEq, Eq)]
pub struct InviteCode {
    shown: String,
    reading: CodeReading,
}

impl InviteCode {
    /// A code of as many symbols as there are random bytes.
    #[must_use]
    pub fn drawn(random: &[u8]) -> Self {
        let symbols: String =
            random.iter().filter_map(|byte| SYMBOLS.get(usize::from(*byte) % SYMBOLS.len())).collect();
        Self { shown: grouped(symbols.chars()), reading: CodeReading(symbols) }
    }

    /// A code that somebody made up: 6 to 32 letters, digits and hyphens.
    ///
    /// # Errors
    /// [`Rejected`] in the words for the field.
    pub fn custom(text: &str) -> Result<Self, Rejected> {
        let shown = text.trim().to_ascii_uppercase();
        let plain = shown.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let length = shown.chars().count();
        match CodeReading::of(&shown) {
            Some(reading) if plain && length <= LONGEST => Ok(Self { shown, reading }),
            _ => Err(Rejected::because("Use 6 to 32 letters, digits and hyphens.")),
        }
    }

    /// Reads back what the database keeps.
    #[must_use]
    pub fn stored(shown: String, reading: String) -> Self {
        Self { shown, reading: CodeReading(reading) }
    }

    /// The code, for whoever may see it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.shown
    }

    /// What it reads as.
    #[must_use]
    pub const fn reading(&self) -> &CodeReading {
        &self.reading
    }

    /// The code for whoever may not see it: enough to tell codes apart, never so much that the rest can be guessed.
    #[must_use]
    pub fn masked(&self) -> String {
        let symbols = self.reading.as_str();
        let open = GROUP.min(symbols.len() / 3);
        grouped(symbols.chars().enumerate().map(|(at, symbol)| if at < open { symbol } else { '•' }))
    }
}

impl fmt::Debug for InviteCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

/// `K7QM2XHD9RTB` in groups of four: `K7QM-2XHD-9RTB`.
fn grouped(symbols: impl Iterator<Item = char>) -> String {
    symbols.enumerate().fold(String::new(), |mut text, (at, symbol)| {
        if at > 0 && at.is_multiple_of(GROUP) {
            text.push('-');
        }
        text.push(symbol);
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reading(text: &str) -> Option<String> {
        CodeReading::of(text).map(|reading| reading.as_str().to_owned())
    }

    #[test]
    fn every_way_of_bringing_a_code_reads_the_same() {
        for typed in [
            "K7QM-2XHD-9RTB",
            "k7qm2xhd9rtb",
            "  K7QM 2XHD 9RTB\n",
            "K7QM–2XHD—9RTB",
            "https://door.example/join#K7QM-2XHD-9RTB",
            "http://127.0.0.1:8080/join#k7qm2xhd9rtb",
        ] {
            assert_eq!(reading(typed).as_deref(), Some("K7QM2XHD9RTB"), "{typed}");
        }
        assert_eq!(reading("OIL-oil"), Some("011011".to_owned()));
        let long = "A".repeat(33);
        for wrong in ["", "ABCDE", "ABC-DE", &long, "ABCDE!", "ABCDEÉ", "АBCDEF", "#", "ABCDEF#"] {
            assert_eq!(reading(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn custom_codes_are_shown_as_made_and_read_as_all() {
        let code = InviteCode::custom(" Summer-Party ").unwrap();
        assert_eq!((code.reveal(), code.reading().as_str()), ("SUMMER-PARTY", "SUMMERPARTY"));
        assert_eq!(
            InviteCode::custom("f0o-lil").unwrap().reading(),
            InviteCode::custom("FOO111").unwrap().reading()
        );
        for wrong in ["short", "A-B-C-D", "with space", "ümlaut1", &"A".repeat(33), "https://x#ABCDEF"] {
            assert!(InviteCode::custom(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_mask_shows_at_most_a_third_and_never_more_than_four() {
        for (code, masked) in [
            ("K7QM2XHD9RTB", "K7QM-••••-••••"),
            ("ABCDEF", "AB••-••"),
            ("ABCDEFGH", "AB••-••••"),
            ("SUMMER-PARTY", "SUM•-••••-•••"),
        ] {
            let code = InviteCode::custom(code).unwrap();
            assert_eq!(code.masked(), masked);
            assert_eq!(format!("{code:?}"), masked);
            assert_eq!(format!("{:?}", code.reading()), "[code]");
        }
    }

    proptest! {
        #[test]
        fn a_drawn_code_reads_as_itself(random in prop::collection::vec(any::<u8>(), SHORTEST..=LONGEST)) {
            let code = InviteCode::drawn(&random);
            prop_assert_eq!(CodeReading::of(code.reveal()), Some(code.reading().clone()));
            prop_assert_eq!(code.reading().as_str().len(), random.len());
            prop_assert!(!code.reading().as_str().contains(['I', 'L', 'O', 'U']));
        }

        #[test]
        fn reading_is_idempotent(text in "[A-Za-z0-9 -]{6,40}") {
            if let Some(once) = CodeReading::of(&text) {
                prop_assert_eq!(CodeReading::of(once.as_str()), Some(once));
            }
        }

        #[test]
        fn no_code_is_read_as_another(
            one in prop::collection::vec(0_u8..32, 12),
            other in prop::collection::vec(0_u8..32, 12),
        ) {
            let (a, b) = (InviteCode::drawn(&one), InviteCode::drawn(&other));
            prop_assert_eq!(one == other, a.reading() == b.reading());
        }

        #[test]
        fn spelling_does_not_matter(random in prop::collection::vec(any::<u8>(), 12), seed in any::<u32>()) {
            let code = InviteCode::drawn(&random);
            let spelled: String = code.reveal().chars().enumerate().map(|(at, c)| {
                let c = match c { '0' if seed >> (at % 32) & 1 == 1 => 'o', '1' if seed & 2 == 2 => 'l', c => c };
                if seed >> (at % 31) & 1 == 1 { c.to_ascii_lowercase() } else { c }
            }).collect();
            prop_assert_eq!(CodeReading::of(&spelled), Some(code.reading().clone()));
        }

        #[test]
        fn nothing_typed_makes_reading_panic(text in any::<String>()) {
            let _ = (CodeReading::of(&text), InviteCode::custom(&text).is_ok(), reading_prefix(&text));
        }
    }
}
