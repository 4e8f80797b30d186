//! What the figures were measured on.

use std::fs;

use doorlist::sys::clock::{Clock, SystemClock};
use serde::Serialize;

use crate::{Outcome, cores};

/// A machine on a day.
#[derive(Debug, Serialize)]
pub struct Machine {
    /// The model that the processor gives itself.
    processor: String,
    /// How many cores the program may use.
    cores: usize,
    /// MiB of memory.
    memory_mib: u64,
    /// Its version.
    kernel: String,
    /// How many programs wanted a core in the minute before: what else went on.
    load_before: f64,
    /// The day.
    date: String,
}

impl Machine {
    /// The one we are on.
    pub fn here() -> Outcome<Self> {
        let release = fs::read_to_string("/proc/sys/kernel/osrelease")?;
        let load = fs::read_to_string("/proc/loadavg")?;
        let memory_kib: u64 =
            field("/proc/meminfo", "MemTotal")?.split_whitespace().next().unwrap_or_default().parse()?;
        Ok(Self {
            processor: field("/proc/cpuinfo", "model name")?,
            cores: cores(),
            memory_mib: memory_kib / 1024,
            kernel: format!("Linux {}", release.trim().split('-').next().unwrap_or_default()),
            load_before: load.split_whitespace().next().unwrap_or_default().parse()?,
            date: SystemClock.now().format("%Y-%m-%d").to_string(),
        })
    }

    /// In one line.
    pub fn line(&self) -> String {
        let Self { processor, cores, memory_mib, kernel, load_before, date } = self;
        let gib = memory_mib.div_ceil(1024);
        format!("{processor}, {cores} cores, {gib} GiB, {kernel}, load before {load_before:.1}, {date}")
    }
}

/// The value behind `name:` in a file of `/proc`.
fn field(path: &str, name: &str) -> Outcome<String> {
    let text = fs::read_to_string(path)?;
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix(':'));
    value.map(|value| value.trim().to_owned()).ok_or_else(|| format!("{path} has no {name}").into())
}

/// What such a file gives in KiB, in MiB.
pub fn mib(path: &str, name: &str) -> Outcome<f64> {
    let kib: f64 = field(path, name)?.trim_end_matches(" kB").parse()?;
    Ok(kib / 1024.0)
}
