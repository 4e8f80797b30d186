//! Who is in the demo, which codes they came with, and what happened. Days count back from its start.

use crate::domain::access::Role;

pub(super) const SERVER: &str = "Harbour Makers";
/// Of everybody.
pub(super) const PASSWORD: &str = "copper kettle on a tuesday";
/// Who set it up, so many days ago.
pub(super) const OWNER: (&str, &str, i64) = ("mara", "Mara Lindqvist", 150);
/// One of each role, to sign in as.
pub(super) const TO_BE: [(&str, Role); 5] = [
    ("mara", Role::Owner),
    ("ada", Role::Admin),
    ("noor", Role::Manager),
    ("jun", Role::Support),
    ("sofie", Role::Member),
];
/// The code that somebody tried who had none.
pub(super) const WRONG_CODE: &str = "HARB-0URM-AKER";

/// A code and who came with it.
pub(super) struct Code {
    pub(super) label: &'static str,
    pub(super) by: &'static str,
    pub(super) role: Role,
    /// Made so many days ago.
    pub(super) made: i64,
    /// For so many days.
    pub(super) days: Option<u32>,
    /// For so many people.
    pub(super) most: Option<u32>,
    /// Username, name, and how many days ago they joined.
    pub(super) guests: &'static [(&'static str, &'static str, i64)],
}

const fn code(label: &'static str, by: &'static str, made: i64) -> Code {
    Code { label, by, role: Role::Member, made, days: None, most: None, guests: &[] }
}

/// Those whose people go with them. One has ended, the other ends soon.
pub(super) const TAKING_ALONG: [&str; 2] = ["Weekend workshop", "Autumn residency"];
/// The one whose text somebody chose.
pub(super) const CHOSEN: (&str, &str) = ("For Eli", "ELI-AND-FRIENDS");

pub(super) const CODES: [Code; 26] = [
    Code {
        role: Role::Admin,
        most: Some(1),
        guests: &[("ada", "Ada Okafor", 148)],
        ..code("Second admin", "mara", 149)
    },
    Code {
        role: Role::Manager,
        most: Some(3),
        guests: &[
            ("noor", "Noor Haddad", 145),
            ("tomas", "Tomás Rivera", 143),
            ("priya", "Priya Raman", 120),
        ],
        ..code("Team leads", "mara", 147)
    },
    Code {
        role: Role::Support,
        most: Some(4),
        guests: &[("jun", "Jun Watanabe", 138), ("elif", "Elif Demir", 96), ("oskar", "Oskar Berg", 31)],
        ..code("Help desk", "mara", 140)
    },
    Code {
        most: Some(7),
        guests: &[
            ("sofie", "Sofie Dahl", 141),
            ("emil", "Emil Vik", 141),
            ("hana", "Hana Kovács", 139),
            ("luca", "Luca Moretti", 137),
            ("ines", "Inês Carvalho", 136),
            ("kofi", "Kofi Mensah", 133),
            ("maeve", "Maeve Byrne", 131),
        ],
        ..code("Founding members", "mara", 142)
    },
    Code {
        days: Some(14),
        guests: &[
            ("yara", "Yara Nasser", 117),
            ("pavel", "Pavel Novák", 117),
            ("greta", "Greta Holm", 116),
            ("diego", "Diego Fuentes", 115),
            ("anouk", "Anouk Visser", 113),
            ("tariq", "Tariq Aziz", 111),
            ("lotte", "Lotte Jansen", 109),
        ],
        ..code("Summer open day", "noor", 119)
    },
    Code {
        guests: &[
            ("wim", "Wim de Boer", 101),
            ("zofia", "Zofia Nowak", 84),
            ("rui", "Rui Tavares", 58),
            ("amara", "Amara Diallo", 26),
            ("bjorn", "Björn Ek", 8),
        ],
        ..code("Friends of members", "tomas", 110)
    },
    Code {
        days: Some(30),
        guests: &[("clara", "Clara Weiss", 88), ("mateo", "Mateo Silva", 79)],
        ..code("Newsletter, August", "noor", 90)
    },
    Code {
        days: Some(45),
        guests: &[
            ("nadia", "Nadia Petrova", 72),
            ("sven", "Sven Lund", 71),
            ("aisha", "Aisha Khan", 69),
            ("felix", "Felix Brandt", 64),
            ("rosa", "Rosa Jiménez", 55),
            ("theo", "Théo Laurent", 47),
            ("mina", "Mina Park", 41),
            ("otis", "Otis Grant", 36),
        ],
        ..code("Autumn cohort", "priya", 75)
    },
    Code {
        most: Some(10),
        guests: &[("vera", "Vera Sokolova", 52)],
        ..code("Library partners", "tomas", 60)
    },
    Code {
        most: Some(50),
        guests: &[("ghost.rider", "Ghost Rider", 44), ("dana", "Dana Levy", 43)],
        ..code("Posted in the forum", "priya", 45)
    },
    code("Trial run", "mara", 130),
    Code { days: Some(10), ..code("Press contact", "ada", 40) },
    Code {
        days: Some(30),
        guests: &[("uma", "Uma Pillai", 33), ("rolf", "Rolf Maier", 32), ("cleo", "Cleo Martin", 30)],
        ..code("Weekend workshop", "noor", 34)
    },
    Code { days: Some(20), guests: &[("bea", "Bea Rossi", 29)], ..code("Choir rehearsal", "tomas", 33) },
    Code {
        days: Some(30),
        guests: &[
            ("nils", "Nils Aalto", 27),
            ("carmen", "Carmen Ortiz", 25),
            ("idris", "Idris Bello", 22),
            ("freya", "Freya Olsen", 19),
            ("paolo", "Paolo Greco", 14),
            ("sana", "Sana Malik", 7),
        ],
        ..code("Autumn residency", "noor", 28)
    },
    Code {
        days: Some(45),
        most: Some(20),
        guests: &[
            ("hugo", "Hugo Lefèvre", 20),
            ("mei", "Mei Lin", 17),
            ("jonas", "Jonas Weber", 11),
            ("leila", "Leila Hosseini", 5),
        ],
        ..code("Meetup at the pier", "priya", 21)
    },
    Code {
        days: Some(60),
        most: Some(1),
        guests: &[("ravi", "Ravi Sharma", 15)],
        ..code("Welcome desk card 1", "tomas", 18)
    },
    Code {
        days: Some(60),
        most: Some(1),
        guests: &[("kira", "Kira Voss", 9)],
        ..code("Welcome desk card 2", "tomas", 18)
    },
    Code { days: Some(60), most: Some(1), ..code("Welcome desk card 3", "tomas", 18) },
    Code { days: Some(60), most: Some(1), ..code("Welcome desk card 4", "tomas", 18) },
    Code { role: Role::Support, days: Some(30), most: Some(2), ..code("Translators", "ada", 12) },
    Code { role: Role::Support, days: Some(14), most: Some(1), ..code("Night shift", "mara", 9) },
    Code { most: Some(1), guests: &[("eli", "Eli Goldberg", 6)], ..code("For Eli", "noor", 10) },
    Code {
        days: Some(7),
        most: Some(5),
        guests: &[("pia", "Pia Hansen", 4), ("samir", "Samir Benali", 2)],
        ..code("Guests of the week", "noor", 6)
    },
    Code {
        days: Some(90),
        most: Some(30),
        guests: &[("alba", "Alba Serra", 1)],
        ..code("Winter programme", "priya", 2)
    },
    code("Wrong label", "tomas", 61),
];

/// What somebody did, so many days ago.
pub(super) struct Deed {
    pub(super) ago: i64,
    pub(super) by: &'static str,
    pub(super) what: What,
}

/// Codes are named by their label, people by their username.
pub(super) enum What {
    Extend(&'static str, &'static str),
    Pause(&'static str),
    Delete(&'static str),
    Flag(&'static str, &'static str),
    Suspend(&'static str, &'static str),
    Unsuspend(&'static str),
    Remove(&'static str),
    Restore(&'static str),
    Role(&'static str, Role),
    Keep(&'static str),
    Token(&'static str, &'static [&'static str]),
}

const fn deed(ago: i64, by: &'static str, what: What) -> Deed {
    Deed { ago, by, what }
}

pub(super) const DEEDS: [Deed; 18] = [
    deed(129, "mara", What::Pause("Trial run")),
    deed(95, "mara", What::Token("Kiosk at the door", &["invites:read", "invites:write"])),
    deed(92, "noor", What::Suspend("pavel", "Two accounts. Write to us.")),
    deed(90, "noor", What::Unsuspend("pavel")),
    deed(60, "tomas", What::Delete("Wrong label")),
    deed(50, "tomas", What::Pause("Library partners")),
    deed(46, "priya", What::Extend("Autumn cohort", "14")),
    deed(42, "elif", What::Flag("ghost.rider", "Came from the forum. Nobody knows them.")),
    deed(40, "priya", What::Pause("Posted in the forum")),
    deed(39, "priya", What::Suspend("ghost.rider", "Please tell us who you are.")),
    deed(28, "mara", What::Role("emil", Role::Support)),
    deed(24, "noor", What::Token("Newsletter sign-up", &["invites:write"])),
    deed(16, "noor", What::Keep("carmen")),
    deed(13, "noor", What::Suspend("tariq", "Sold an invitation.")),
    deed(10, "jun", What::Flag("jonas", "Says he is a friend of Emil. Ask him.")),
    deed(6, "noor", What::Remove("lotte")),
    deed(5, "ada", What::Remove("dana")),
    deed(3, "ada", What::Restore("dana")),
];
