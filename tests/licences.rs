//! Every crate that Cargo resolves, on any platform and for any purpose, has a licence that `deny.toml` allows.
//! That file is cargo-deny's; this test needs no other tool, so nobody forgets it.
#![cfg(test)]

use std::{collections::BTreeSet, process::Command};

use serde::Deserialize;
use spdx::{Expression, Licensee, ParseMode};

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
}

#[derive(Deserialize)]
struct DenyToml {
    licenses: Policy,
}

#[derive(Deserialize)]
struct Policy {
    allow: Vec<String>,
    exceptions: Vec<Exception>,
}

#[derive(Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

impl Policy {
    /// What is wrong with the package's licence, if anything.
    fn fault(&self, package: &Package) -> Option<String> {
        let stated = package.license.as_deref().unwrap_or("no licence");
        let reason = match Expression::parse_mode(stated, ParseMode::LAX) {
            Err(_) => "is no SPDX expression",
            Ok(licence) if self.allows(&package.name, &licence) => return None,
            Ok(_) => "is not allowed",
        };
        Some(format!("{} {}: {stated:?} {reason}", package.name, package.version))
    }

    fn allows(&self, package: &str, licence: &Expression) -> bool {
        let excepted = self.exceptions.iter().filter(|exception| exception.name == package);
        let licensees: Vec<Licensee> = self
            .allow
            .iter()
            .chain(excepted.flat_map(|exception| &exception.allow))
            .map(|name| Licensee::parse(name).expect("deny.toml names licences by their SPDX identifier"))
            .collect();
        licence.evaluate(|required| licensees.iter().any(|licensee| licensee.satisfies(required)))
    }
}

fn policy() -> Policy {
    let file: DenyToml = toml::from_str(include_str!("../deny.toml")).expect("deny.toml has the policy");
    file.licenses
}

fn packages() -> Vec<Package> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--all-features", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Metadata = serde_json::from_slice(&output.stdout).expect("cargo metadata answers in JSON");
    metadata.packages
}

fn package(name: &str, license: Option<&str>) -> Package {
    Package { name: name.into(), version: "1.0.0".into(), license: license.map(Into::into) }
}

#[test]
fn every_dependency_has_an_allowed_licence() {
    let policy = policy();
    let packages = packages();
    assert!(packages.len() > 100, "cargo metadata knows only {} packages", packages.len());

    let faults: Vec<String> = packages.iter().filter_map(|package| policy.fault(package)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_exception_is_needed() {
    let Policy { allow, exceptions } = policy();
    let strict = Policy { allow, exceptions: Vec::new() };
    let refused: BTreeSet<String> = packages()
        .into_iter()
        .filter(|package| strict.fault(package).is_some())
        .map(|package| package.name)
        .collect();

    let needless: Vec<&str> = exceptions
        .iter()
        .map(|exception| exception.name.as_str())
        .filter(|name| !refused.contains(*name))
        .collect();
    assert!(needless.is_empty(), "deny.toml excepts without need: {}", needless.join(", "));
}

#[test]
fn the_check_can_fail() {
    let policy = policy();
    for good in ["MIT", "MIT/Apache-2.0", "GPL-3.0-only OR MIT", "(MIT OR GPL-2.0-only) AND Zlib"] {
        assert_eq!(policy.fault(&package("some", Some(good))), None);
    }
    for bad in [
        "GPL-3.0-only",
        "AGPL-3.0-or-later",
        "MIT AND GPL-2.0-only",
        "MPL-2.0",
        "Apache-2.0 WITH nothing",
        "my own",
    ] {
        assert!(policy.fault(&package("some", Some(bad))).is_some(), "{bad} passed");
    }
    assert!(policy.fault(&package("some", None)).is_some(), "a package without a licence passed");
}
