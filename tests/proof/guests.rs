//! Many people who came with a code long ago, straight into the database.

/// The statements that add so many, with names that begin with some letters. What else is true of one of them is added to
/// the columns that everybody has.
pub struct Guests<'a> {
    /// Before the number in each name; one digit in it has to be the code's own.
    pub names: &'a str,
    /// Between the numbers of these ids and those of other codes.
    pub ids: usize,
    /// How many.
    pub people: usize,
    /// How many of those at the end stay whatever happens to the code: one kept, one an owner, one with a role of their
    /// own.
    pub exempt: usize,
    /// The code that they came with.
    pub code: &'a str,
}

impl Guests<'_> {
    /// As one text.
    pub fn statements(&self) -> String {
        let Self { names, ids, people, exempt, code } = self;
        let rows = (0..people + exempt).map(|person| {
            let name = format!("{names}{person:05}");
            let (kept, role, changed) = match person.checked_sub(*people) {
                Some(0) => ("TRUE", "member", "NULL"),
                Some(1) => ("FALSE", "owner", "NULL"),
                Some(_) => ("FALSE", "member", "'2026-01-02 00:00:00'"),
                None => ("FALSE", "member", "NULL"),
            };
            format!(
                "('{ids:02}{person:024}', '{name}', '{name}', 'none', '{role}', 'active', '2026-01-01 00:00:00', {kept}, \
                 {changed})"
            )
        });
        let rows = rows.collect::<Vec<_>>().join(", ");
        let invite = format!("(SELECT id FROM invites WHERE code = '{code}')");
        format!(
            "INSERT INTO users (id, username, username_skeleton, password_hash, role, status, created_at, kept, \
             role_changed_at) VALUES {rows}; \
             INSERT INTO invite_uses (user_id, invite_id, used_at) \
                 SELECT id, {invite}, created_at FROM users WHERE username LIKE '{names}%'; \
             UPDATE invites SET uses = uses + {} WHERE code = '{code}'",
            people + exempt
        )
    }
}
