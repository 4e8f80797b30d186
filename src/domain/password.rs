//! Which passwords are good enough. Hashing them is another floor's business.

use secrecy::{ExposeSecret, SecretString};
use zxcvbn::Score;

use super::field::Rejected;

/// A password is never longer than this, whatever the setting for the least length says.
const MOST_CHARS: usize = 128;
const MOST_BYTES: usize = 512;
/// Guessing is estimated on the first characters only: the estimate's cost grows with the square of the length.
const ESTIMATED_CHARS: usize = 100;
/// What must be left of a password when the site's and the person's own words are taken out of it.
const LEFT_WITHOUT_OWN_WORDS: usize = 6;

/// A password in clear. It cannot be printed, and its memory is overwritten when it goes.
#[derive(Clone)]
pub struct PlainPassword(SecretString);

impl PlainPassword {
    /// A password somebody typed to prove who they are: taken as it is, but for a length no account can have.
    ///
    /// # Errors
    /// [`Rejected`] when nothing was typed, or more than any password can be.
    pub fn typed(text: &str) -> Result<Self, Rejected> {
        if text.is_empty() {
            return Err(Rejected::because("Enter your password."));
        }
        if text.len() > MOST_BYTES {
            return Err(Rejected::because("Use 128 characters or fewer."));
        }
        Ok(Self(SecretString::from(text)))
    }

    /// A new password, held against the rules.
    ///
    /// # Errors
    /// [`Rejected`] in the words for the field.
    pub fn chosen(text: &str, least: u32, own_words: &[&str]) -> Result<Self, Rejected> {
        let length = text.chars().count();
        if length < least as usize {
            return Err(Rejected(format!("Use at least {least} characters.").into()));
        }
        if length > MOST_CHARS || text.len() > MOST_BYTES {
            return Err(Rejected::because("Use 128 characters or fewer."));
        }
        if text.chars().any(char::is_control) {
            return Err(Rejected::because("Use letters, digits, spaces and signs only."));
        }
        if is_made_of(text, own_words) {
            return Err(Rejected::because(
                "Do not build the password from your name, email or the server's name.",
            ));
        }
        let start: String = text.chars().take(ESTIMATED_CHARS).collect();
        if zxcvbn::zxcvbn(&start, own_words).score() < Score::Three {
            return Err(Rejected::because(
                "This password is easy to guess. Use a few unrelated words instead.",
            ));
        }
        Ok(Self(SecretString::from(text)))
    }

    /// The bytes to hash.
    #[must_use]
    pub fn reveal(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }
}

/// Whether little is left of a password once the given words are taken out.
fn is_made_of(password: &str, own_words: &[&str]) -> bool {
    let mut rest = password.to_lowercase();
    let mut found = false;
    for word in own_words.iter().flat_map(|text| parts(text)) {
        found |= rest.contains(&word);
        rest = rest.replace(&word, "");
    }
    found && rest.chars().filter(|c| c.is_alphanumeric()).count() < LEFT_WITHOUT_OWN_WORDS
}

/// The text itself and the words in it, longest first, so that "mara@harbour.example" is tried before "mara".
fn parts(text: &str) -> Vec<String> {
    let whole = text.to_lowercase();
    let words = whole.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() >= 3);
    let mut parts: Vec<String> = words.map(str::to_owned).collect();
    parts.push(whole.trim().to_owned());
    parts.retain(|part| !part.is_empty());
    parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> Option<String> {
        PlainPassword::chosen(text, 12, &["mara", "mara@harbour.example", "Harbour Makers"])
            .err()
            .map(|refusal| refusal.to_string())
    }

    #[test]
    fn a_good_password_is_taken_whatever_its_letters() {
        for good in [
            "quarry-lantern-42-moss",
            "соленый ветер над причалом",
            " spaces at both ends ok ",
            "貓咪喜歡在窗台上曬太陽看鳥兒飛過",
        ] {
            assert_eq!(refusal(good), None, "{good}");
        }
        let hundred_twenty_eight = "quarry lantern ".repeat(9).chars().take(128).collect::<String>();
        assert_eq!(refusal(&hundred_twenty_eight), None);
    }

    #[test]
    fn length_is_counted_in_characters_and_bounded_in_bytes() {
        assert_eq!(refusal("kV9#qLx2!wz").as_deref(), Some("Use at least 12 characters."));
        assert_eq!(refusal("kV9#qLx2!wzé"), None);
        assert!(refusal(&"quarry lantern ".repeat(9)).is_some(), "135 characters");
        assert!(PlainPassword::typed(&"x".repeat(513)).is_err());
        assert!(PlainPassword::typed("").is_err());
    }

    #[test]
    fn common_and_guessable_passwords_are_refused() {
        for bad in
            ["password1234", "123456789012", "qwertyuiop12", "aaaaaaaaaaaa", "iloveyou1234", "letmeinletmein"]
        {
            assert!(refusal(bad).is_some_and(|why| why.contains("easy to guess")), "{bad}");
        }
    }

    #[test]
    fn passwords_made_of_own_words_are_refused() {
        for bad in ["mara@harbour.example", "HarbourMakers2026!", "mara-mara-mara-1", "Harbour Makers"] {
            assert!(refusal(bad).is_some_and(|why| why.contains("your name")), "{bad}: {:?}", refusal(bad));
        }
        assert_eq!(refusal("mara keeps nine geese indoors"), None);
    }

    #[test]
    fn what_was_typed_is_held_against_the_hash_as_it_is() {
        for typed in [" Quarry-Lantern ", "quarry-lantern", "ｑｕａｒｒｙ", &"x".repeat(512)] {
            assert_eq!(PlainPassword::typed(typed).unwrap().reveal(), typed.as_bytes());
            let longer = format!("{typed}{}", "y".repeat(513 - typed.len()));
            assert!(PlainPassword::typed(&longer).is_err(), "refused, and not cut off");
        }
    }

    #[test]
    fn control_characters_are_refused() {
        assert!(refusal("quarry\0lantern-moss").is_some());
    }
}
