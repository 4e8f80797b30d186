//! A picture of one loop: how long each kind of request took, and the program's memory and handles, in the course of time.

use std::path::Path;

use askama::Template;

use crate::load::Loop;
use crate::load::growth::{Growth, Sample};
use crate::load::results::{Report, Run, duration};
use crate::load::tally::{Measured, Window};
use crate::place::Engine;
use crate::report::shown;
use crate::{Outcome, cores};

/// Where things stand, in the units of the picture: below a head, panel by panel.
const WIDTH: f64 = 720.0;
const LEFT: f64 = 102.0;
const RIGHT: f64 = 700.0;
const HEAD: f64 = 150.0;
const PANEL: f64 = 240.0;
const PLOT_TOP: f64 = 68.0;
const PLOT_HEIGHT: f64 = 120.0;
const FOOT: f64 = 30.0;

#[derive(Debug, Template)]
#[template(path = "../benches/figures/load/plot.svg")]
struct Plot {
    title: String,
    lines: [String; 2],
    description: String,
    width: f64,
    height: f64,
    left: f64,
    right: f64,
    plot_top: f64,
    plot_bottom: f64,
    panels: Vec<Panel>,
    time: &'static str,
}

#[derive(Debug)]
struct Panel {
    top: f64,
    title: &'static str,
    note: String,
    ticks: Vec<Tick>,
    times: Vec<Tick>,
    lines: Vec<Line>,
    /// Where something else was answered than what was asked for.
    marks: Vec<f64>,
    /// What is compared: from where to where, and at which height its median lies.
    fifths: Vec<Fifth>,
}

#[derive(Debug)]
struct Tick {
    at: f64,
    label: String,
}

#[derive(Debug)]
struct Line {
    class: &'static str,
    path: String,
}

#[derive(Debug)]
struct Fifth {
    x: f64,
    width: f64,
    y: f64,
}

/// Writes `load-sqlite.svg` and its like into a folder.
pub fn write(folder: &Path, engine: &Engine, run: &Run, report: &Report) -> Outcome<()> {
    let database = match engine {
        Engine::Sqlite => "sqlite",
        Engine::Postgres(_) => "postgres",
    };
    let which = match run.which {
        Loop::Open => "",
        Loop::Closed => "-closed",
    };
    std::fs::create_dir_all(folder)?;
    Ok(std::fs::write(folder.join(format!("load-{database}{which}.svg")), draw(run, report)?)?)
}

fn draw(run: &Run, report: &Report) -> Outcome<String> {
    let (time, times) = time_axis(run.seconds);
    let decades = Decades::around(&run.kinds);
    let latencies = run.kinds.iter().map(|measured| latency(run, measured, &decades));
    let memory = usage(run, "Memory (VmRSS), MiB", "MiB", &run.memory, |sample| sample.memory_mib);
    let handles =
        usage(run, "Open files and connections", "open", &run.handles, |sample| sample.handles as f64);
    let mut panels: Vec<Panel> = latencies.chain([memory, handles]).collect();
    for (panel, number) in panels.iter_mut().zip(0_u8..) {
        panel.top = HEAD + f64::from(number) * PANEL;
        panel.times = times.iter().map(|(at, label)| Tick { at: *at, label: label.clone() }).collect();
    }
    let paces = run.kinds.iter().map(|kind| format!("{}: {}", kind.kind.name(), kind.pace_in_words()));
    let plot = Plot {
        title: format!("Load on {}: {}, {}", run.database, run.which.name(), duration(run.seconds)),
        lines: [
            format!("Percentiles of each {} seconds, from when a request was due.", run.window_seconds),
            format!("{} cores, {}", cores(), report.commit),
        ],
        description: paces.collect::<Vec<_>>().join("; "),
        width: WIDTH,
        height: HEAD + PANEL * panels.len() as f64 + FOOT,
        left: LEFT,
        right: RIGHT,
        plot_top: PLOT_TOP,
        plot_bottom: PLOT_TOP + PLOT_HEIGHT,
        panels,
        time,
    };
    Ok(plot.render()?)
}

/// From left to right.
fn x(at: f64, seconds: f64) -> f64 {
    LEFT + (RIGHT - LEFT) * at / seconds
}

/// Upwards.
fn y(share: f64) -> f64 {
    PLOT_TOP + PLOT_HEIGHT * (1.0 - share)
}

/// A round step that makes no more than so many of a whole.
fn step(whole: f64, most: f64) -> f64 {
    const ROUND: [f64; 17] = [
        1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 50.0, 60.0, 100.0, 120.0, 200.0, 300.0, 500.0, 1_000.0,
        2_000.0, 5_000.0,
    ];
    ROUND.into_iter().find(|step| whole / step <= most).unwrap_or(whole)
}

/// From 0, step by step.
fn steps(step: f64, until: f64) -> impl Iterator<Item = f64> {
    (0_u32..).map(move |number| f64::from(number) * step).take_while(move |value| *value <= until)
}

/// In minutes, where seconds would be too many.
fn time_axis(seconds: f64) -> (&'static str, Vec<(f64, String)>) {
    let (name, unit) = if seconds < 180.0 { ("seconds", 1.0) } else { ("minutes", 60.0) };
    let whole = seconds / unit;
    (name, steps(step(whole, 6.0), whole).map(|at| (x(at * unit, seconds), format!("{at}"))).collect())
}

/// The scale of all times: powers of ten, so that what takes one millisecond stands beside what takes a second.
struct Decades {
    low: f64,
    high: f64,
}

impl Decades {
    fn around(kinds: &[Measured]) -> Self {
        let windows = kinds.iter().flat_map(|kind| &kind.windows).filter(|window| window.times.good > 0);
        let (least, most) = windows.fold((1.0_f64, 1.0_f64), |(least, most), window| {
            (least.min(window.times.p50), most.max(window.times.p999))
        });
        let low = least.log10().floor();
        Self { low, high: most.log10().ceil().max(low + 1.0) }
    }

    fn y(&self, millis: f64) -> f64 {
        y((millis.log10() - self.low) / (self.high - self.low))
    }

    fn ticks(&self) -> Vec<Tick> {
        let label = |power: f64| match 10_f64.powf(power) {
            millis @ 1_000.0.. => format!("{} s", millis / 1_000.0),
            millis => format!("{millis} ms"),
        };
        let powers = steps(1.0, self.high - self.low).map(|power| self.low + power);
        powers.map(|power| Tick { at: self.y(10_f64.powf(power)), label: label(power) }).collect()
    }
}

type Value = fn(&Window) -> f64;

fn latency(run: &Run, measured: &Measured, decades: &Decades) -> Panel {
    let values: [(&str, Value); 3] = [
        ("p999", |window| window.times.p999),
        ("p99", |window| window.times.p99),
        ("p50", |window| window.times.p50),
    ];
    let middle = |window: &Window| x((window.at + run.window_seconds / 2.0).min(run.seconds), run.seconds);
    let line = |(class, value): (&'static str, Value)| {
        let points = measured.windows.iter().map(|window| {
            let there = window.times.good > 0;
            there.then(|| (middle(window), decades.y(value(window))))
        });
        Line { class, path: path(points) }
    };
    let times = &measured.times;
    Panel {
        top: 0.0,
        title: measured.kind.name(),
        note: format!(
            "{}: p50 {}, p99 {}, p99.9 {}",
            measured.pace_in_words(),
            shown(times.p50, "ms"),
            shown(times.p99, "ms"),
            shown(times.p999, "ms")
        ),
        ticks: decades.ticks(),
        times: Vec::new(),
        lines: values.into_iter().map(line).collect(),
        marks: measured.windows.iter().filter(|window| window.otherwise > 0).map(middle).collect(),
        fifths: Vec::new(),
    }
}

fn usage(
    run: &Run,
    title: &'static str,
    unit: &str,
    growth: &Growth,
    value: impl Fn(&Sample) -> f64,
) -> Panel {
    let most = run.samples.iter().map(&value).fold(1.0, f64::max);
    let step = step(most, 4.0);
    let top = (most / step).ceil() * step;
    let points = run
        .samples
        .iter()
        .map(|sample| Some((x(sample.at.min(run.seconds), run.seconds), y(value(sample) / top))));
    let fifth = |number: f64, value: f64| Fifth {
        x: x(number * run.seconds / 5.0, run.seconds),
        width: (RIGHT - LEFT) / 5.0,
        y: y(value / top),
    };
    Panel {
        top: 0.0,
        title,
        note: growth.in_words(unit),
        ticks: steps(step, top).map(|value| Tick { at: y(value / top), label: format!("{value}") }).collect(),
        times: Vec::new(),
        lines: vec![Line { class: "usage", path: path(points) }],
        marks: Vec::new(),
        fifths: vec![fifth(1.0, growth.early), fifth(4.0, growth.late)],
    }
}

/// A line through points, which begins anew where one is missing.
fn path(points: impl Iterator<Item = Option<(f64, f64)>>) -> String {
    let mut drawn = String::new();
    let mut pen = 'M';
    for point in points {
        match point {
            Some((x, y)) => {
                drawn += &format!("{pen}{x:.1} {y:.1}");
                pen = 'L';
            }
            None => pen = 'M',
        }
    }
    drawn
}
