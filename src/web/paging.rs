//! What the lists share: their addresses, and the line that says how much of them there is.

use url::form_urlencoded::Serializer;

/// The address of a page with what its list is narrowed down to. What is empty narrows nothing down.
#[must_use]
pub fn address(here: &str, fields: &[(&str, &str)]) -> String {
    let said = fields.iter().filter(|(_, value)| !value.is_empty());
    let query = Serializer::new(String::new()).extend_pairs(said).finish();
    if query.is_empty() { here.to_owned() } else { format!("{here}?{query}") }
}

/// The same list with something else.
#[must_use]
pub fn address_with(here: &str, fields: &[(&str, &str)], changes: &[(&str, &str)]) -> String {
    let stays = |(name, _): &&(&str, &str)| changes.iter().all(|(changed, _)| changed != name);
    let all: Vec<_> = fields.iter().filter(stays).chain(changes).copied().collect();
    address(here, &all)
}

/// "3 codes", and whether there are more.
#[must_use]
pub fn total(shown: usize, has_more: bool, (one, many): (&str, &str)) -> String {
    match (shown, has_more) {
        (1, false) => format!("1 {one}"),
        (count, false) => format!("{count} {many}"),
        (count, true) => format!("{count} {many}, and more on the next page"),
    }
}

/// The same of a list that may have been searched: whether the search left something out.
#[must_use]
pub fn total_found(total: String, cut: bool) -> String {
    if cut { format!("{total}. Not all that match are looked at: type more to find them.") } else { total }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_empty_is_not_in_an_address() {
        let fields = [("status", "paused"), ("q", "a b"), ("role", "")];
        assert_eq!(address("/here", &fields), "/here?status=paused&q=a+b");
        assert_eq!(address("/here", &[("q", "")]), "/here");
        assert_eq!(
            address_with("/here", &fields, &[("status", ""), ("before", "x")]),
            "/here?q=a+b&before=x"
        );
    }

    #[test]
    fn there_may_be_more() {
        let codes = ("code", "codes");
        assert_eq!(total(0, false, codes), "0 codes");
        assert_eq!(total(1, false, codes), "1 code");
        assert_eq!(total(50, true, codes), "50 codes, and more on the next page");
        assert!(total_found(total(2, false, codes), true).starts_with("2 codes. Not all"));
    }
}
