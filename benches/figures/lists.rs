//! Lists and details with a million rows beside the same with a hundred, each page asked of both in turn.

use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;

use crate::Outcome;
use crate::clock::now;
use crate::crowd::{self, Known, Size};
use crate::http::{Connection, get};
use crate::people;
use crate::place::{Engine, Place};
use crate::program::Program;
use crate::report::{Figure, Target};
use crate::samples::{all_millis, median};

/// What is held against it.
const FEW: Size = Size { rows: 100, audit: 100 };
const WARM_UP: usize = 5;
const TIMES: usize = 60;

/// A program with so many rows, and one connection to it.
struct Side {
    program: Program,
    known: Known,
    cookie: String,
    connection: Connection,
    // Gone last: its database is the program's.
    _place: Place,
}

impl Side {
    async fn new(binary: &Path, engine: &Engine, size: Size) -> Outcome<Self> {
        let place = Place::new(engine)?;
        let program = Program::start(binary, &place)?;
        people::set_up(&program, &place).await?;
        program.stop()?;
        let known = crowd::fill(&place, size)?;
        let program = Program::start(binary, &place)?;
        let cookie = people::owner(&program).await?;
        let connection = Connection::open(program.address, Ipv4Addr::LOCALHOST).await?;
        Ok(Self { program, known, cookie, connection, _place: place })
    }

    async fn ask(&mut self, path: &str) -> Outcome<Duration> {
        let request = get(self.program.address, path, &self.cookie);
        let asked = now();
        match self.connection.ask(&request).await?.status {
            200 => Ok(asked.elapsed()),
            status => Err(format!("{path} was answered with {status}").into()),
        }
    }
}

/// What is asked for, with its address.
fn pages(known: &Known) -> Vec<(&'static str, String)> {
    let Known { open_house, creator, middle, person } = known;
    let invites = |query: &str| format!("/admin/invites?{query}");
    let users = |query: &str| format!("/admin/users?{query}");
    vec![
        ("Codes: active", "/admin/invites".to_owned()),
        ("Codes: paused", invites("status=paused")),
        ("Codes: expired", invites("status=expired")),
        ("Codes: used up", invites("status=used_up")),
        ("Codes: all", invites("status=all")),
        ("Codes: all, from the middle", invites(&format!("status=all&before={middle}"))),
        ("Codes: of one role", invites("status=all&role=admin")),
        ("Codes: of one creator", invites(&format!("status=all&by={creator}"))),
        (
            "Codes: paused, of one role and creator",
            invites(&format!("status=paused&role=support&by={creator}")),
        ),
        ("Codes: beginning with one symbol", invites("status=all&q=7")),
        ("Codes: beginning with three symbols", invites("status=all&q=7QM")),
        ("Codes: beginning so, of one tab and role", invites("status=paused&role=member&q=7Q")),
        ("Codes: a word of many labels", invites("status=all&q=evening")),
        ("Codes: a part of few labels", invites("status=all&q=ble+976")),
        ("A code that one in twenty came with", format!("/admin/invites/{open_house}")),
        ("A code in the middle", format!("/admin/invites/{middle}")),
        ("People", "/admin/users".to_owned()),
        ("People: from the middle", users(&format!("before={person}"))),
        ("People: beginning with two letters", users("q=so")),
        ("People: a part of many names", users("q=indq")),
        ("People: a part of one address", users("q=63%40harbour")),
        ("People: a part of none", users("q=zzzzz")),
        ("The overview", "/admin".to_owned()),
    ]
}

/// Measures every page with few rows and with many.
pub async fn measure(binary: &Path, engine: &Engine, size: Size) -> Outcome<Vec<Figure>> {
    let filling = now();
    let mut many = Side::new(binary, engine, size).await?;
    let filled = filling.elapsed().as_secs_f64();
    let mut few = Side::new(binary, engine, FEW).await?;
    let mut figures = vec![Figure::new("lists.filled", "Filling the database", "s", &[filled])];
    for ((name, path), (_, path_of_few)) in pages(&many.known).into_iter().zip(pages(&few.known)) {
        let mut times = (Vec::new(), Vec::new());
        for round in 0..WARM_UP + TIMES {
            let (one, other) = (many.ask(&path).await?, few.ask(&path_of_few).await?);
            if round >= WARM_UP {
                times.0.push(one);
                times.1.push(other);
            }
        }
        let (with_many, with_few) = (median(&all_millis(&times.0)), median(&all_millis(&times.1)));
        let id = format!("lists.{}", name.to_lowercase().replace([':', ',', ' '], "_"));
        figures.push(Figure::new(&id, name, "ms", &[with_many]).target(Target::Below(30.0)));
        let times =
            Figure::new(&format!("{id}.times"), "… times that of 100 rows", "×", &[with_many / with_few]);
        figures.push(times.target(Target::Below(2.0)));
    }
    let (_, peak) = many.program.memory()?;
    figures.push(Figure::new("lists.memory", "Most memory", "MiB", &[peak]).target(Target::Below(60.0)));
    many.program.stop()?;
    few.program.stop()?;
    Ok(figures)
}
