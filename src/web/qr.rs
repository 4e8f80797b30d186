//! Links as pictures.

use fast_qr::qr::QRBuilder;

/// A QR code as one SVG path.
#[derive(Debug, Clone)]
pub struct Qr {
    /// Modules on a side.
    pub size: usize,
    /// A square for each dark module.
    pub path: String,
}

impl Qr {
    /// The picture of a text, if it fits into one.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let code = QRBuilder::new(text).build().ok()?;
        let dark = (0..code.size).flat_map(|y| (0..code.size).map(move |x| (x, y)));
        let path = dark
            .filter(|(x, y)| code.data.get(y * code.size + x).is_some_and(|module| module.value()))
            .map(|(x, y)| format!("M{x} {y}h1v1h-1z"))
            .collect();
        Some(Self { size: code.size, path })
    }
}

#[cfg(test)]
mod tests {
    use super::Qr;

    #[test]
    fn a_link_becomes_a_square_with_its_three_corners() {
        let qr = Qr::of("https://door.example.org/join#K7QM-2XHD-9RTB").unwrap();
        for corner in [(0, 0), (qr.size - 7, 0), (0, qr.size - 7)] {
            assert!(qr.path.contains(&format!("M{} {}h1v1h-1z", corner.0, corner.1)), "{corner:?}");
        }
        assert!(!qr.path.contains(&format!("M{} 0h", qr.size)));
        assert!(Qr::of(&"x".repeat(5_000)).is_none());
    }
}
