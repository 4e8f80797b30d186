//! What nobody types, and somebody sends all the same.

use crate::ground::Dice;

/// Nothing, blanks, control characters, marks that turn text around, signs of several bytes and of several characters;
/// numbers and times at and beyond every edge; what means something to a database, a page, a template, a shell, a path.
const WORDS: &[&str] = &[
    "",
    " ",
    "\t\r\n",
    "\0",
    "a\0b",
    "\u{1}\u{7f}\u{85}",
    "\u{202e}drawkcab\u{202c}",
    "\u{200b}\u{feff}\u{2066}",
    "\u{fffd}",
    "\u{10ffff}",
    "İ ß ﬁ ǰ ﷺ",
    "👩\u{200d}👩\u{200d}👧🏳\u{fe0f}\u{200d}🌈",
    "e\u{301}\u{301}\u{301}",
    "٣",
    "１２",
    "-1",
    "0",
    "+7",
    "1.5",
    "1e9",
    "NaN",
    "0x10",
    "2147483647",
    "2147483648",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551616",
    "99999999999999999999999999",
    "2026-02-30T25:61",
    "0000-00-00T00:00",
    "9999-12-31T23:59:60",
    "+262143-12-31T23:59",
    "-262144-01-01T00:00",
    "2026-12-31",
    "9999-99-99",
    "-0001-01-01",
    "' OR 1=1 --",
    "\";DROP TABLE users;--",
    "%' ESCAPE '\\",
    "_%\\",
    "\"OR\" NEAR(a b)",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "{{ 7*7 }}{% raw %}${7*7}",
    "=cmd|' /C calc'!A0",
    "../../../etc/passwd",
    "//evil.example/\\",
    "javascript:alert(1)",
    "usr_",
    "inv_00000000000000000000000000",
    "usr_7zzzzzzzzzzzzzzzzzzzzzzzzz",
    "ses_8zzzzzzzzzzzzzzzzzzzzzzzzz",
    "tok_0000000000000000000000000é",
    "true",
    "null",
    "[]",
    "owner",
    "admin",
    "all",
    "removed",
    "none",
];
/// What long ones are made of.
const UNITS: &[&str] = &["a", "é", "字", "😀", " ", "%", "\u{301}", "a.", "0", "-", "\u{202e}"];
/// On both sides of what fields, cookies and indexes can hold.
const LENGTHS: &[usize] = &[31, 33, 64, 65, 100, 101, 200, 255, 500, 501, 1_000, 2_001, 4_000, 9_000];
/// Bytes that are no text, and signs of percent that lead nowhere.
const BYTES: &[&[u8]] = &[
    b"%",
    b"%z",
    b"%zz",
    b"%00",
    b"%ff",
    b"%c0%80",
    b"%ed%a0%80",
    b"%f4%90%80%80",
    b"%e2%82",
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"&&",
    b"==",
    b";",
    b"+",
    b"%26",
    b"%3D",
    b"#",
    b"\x0b",
    b"%0d%0a",
];

/// A value that is not what was asked for.
pub fn value(dice: &Dice, otherwise: &str) -> String {
    match dice.below(10) {
        0..=4 => dice.pick(WORDS).copied().unwrap_or_default().to_owned(),
        5 | 6 => long(dice),
        7 => format!("{otherwise}{}", dice.pick(WORDS).copied().unwrap_or_default()),
        8 => otherwise.chars().rev().skip(1).collect(),
        _ => garbage(dice),
    }
}

/// A long one, whose signs begin at any byte.
fn long(dice: &Dice) -> String {
    let before = "a".repeat(dice.index(4));
    let unit = dice.pick(UNITS).copied().unwrap_or_default();
    before + &unit.repeat(dice.pick(LENGTHS).copied().unwrap_or_default())
}

/// Signs from everywhere.
fn garbage(dice: &Dice) -> String {
    let sign = |_| {
        let most = match dice.below(4) {
            0 | 1 => 0x80,
            2 => 0x800,
            _ => 0x11_0000,
        };
        u32::try_from(dice.below(most)).ok().and_then(char::from_u32).unwrap_or('\u{fffd}')
    };
    (0..dice.below(24)).map(sign).collect()
}

/// Bytes to put into what is encoded already.
pub fn bytes(dice: &Dice) -> &'static [u8] {
    dice.pick(BYTES).copied().unwrap_or_default()
}

/// The same for a header, of which it must not begin another.
pub fn header(dice: &Dice) -> Vec<u8> {
    let mut text = value(dice, "text").into_bytes();
    if dice.once_in(4) {
        text.extend(bytes(dice));
    }
    text.retain(|byte| !matches!(byte, b'\r' | b'\n' | 0));
    text
}
