//! Which processor this machine has: figures of another mean nothing.

use std::fs;

/// The machine as the figures know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    pub processor: String,
    pub processors: u32,
}

impl Machine {
    /// The one that this runs on.
    pub fn this() -> Self {
        let table = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let processors = std::thread::available_parallelism().map_or(1, |n| n.get() as u32);
        Self { processor: named(&table).unwrap_or_else(|| std::env::consts::ARCH.to_owned()), processors }
    }
}

/// The name in the kernel's table; small boards name the board, or only numbers.
fn named(table: &str) -> Option<String> {
    let value = |key: &str| {
        let of = |line: &str| line.split_once(':').filter(|(name, _)| name.trim() == key).map(|(_, v)| v.trim().to_owned());
        table.lines().find_map(of).filter(|value| !value.is_empty())
    };
    let part = || Some(format!("{} {}", value("CPU implementer")?, value("CPU part")?));
    value("model name").or_else(|| value("Model")).or_else(|| value("Hardware")).or_else(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processor_is_known_by_what_the_kernel_calls_it() {
        let intel = "processor\t: 0\nmodel\t\t: 85\nmodel name\t: Intel(R) Xeon(R)\n";
        assert_eq!(named(intel).as_deref(), Some("Intel(R) Xeon(R)"));
        let board = "processor : 0\nCPU implementer : 0x41\nCPU part : 0xd08\nModel : Raspberry Pi 4 Model B\n";
        assert_eq!(named(board).as_deref(), Some("Raspberry Pi 4 Model B"));
        assert_eq!(named("CPU implementer: 0x41\nCPU part: 0xd0c\n").as_deref(), Some("0x41 0xd0c"));
        assert_eq!(named(""), None);
    }
}
