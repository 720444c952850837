//! The rows that are printed: what, the bar, what was measured, and what else is worth knowing.

/// A row of the table.
struct Row {
    what: String,
    bar: String,
    measured: String,
    kept: Option<bool>,
}

#[derive(Default)]
pub struct Table(Vec<Row>);

impl Table {
    /// A figure that must not exceed its bar.
    pub fn most(&mut self, what: &str, unit: &str, bar: f64, measured: f64, beside: &str) {
        self.push(what, format!("≤ {bar} {unit}"), said(measured, unit, beside), Some(measured <= bar));
    }

    /// A figure that must reach its bar.
    pub fn least(&mut self, what: &str, unit: &str, bar: f64, measured: f64, beside: &str) {
        self.push(what, format!("≥ {bar} {unit}"), said(measured, unit, beside), Some(measured >= bar));
    }

    /// A figure that has no bar.
    pub fn told(&mut self, what: &str, measured: &str) {
        self.push(what, String::new(), measured.to_owned(), None);
    }

    fn push(&mut self, what: &str, bar: String, measured: String, kept: Option<bool>) {
        eprintln!("    {what}: {measured}");
        self.0.push(Row { what: what.to_owned(), bar, measured, kept });
    }

    /// Prints the rows; whether every bar was kept, where they are judged at all.
    pub fn print(&self, judged: bool) -> bool {
        for Row { what, bar, measured, kept } in &self.0 {
            let verdict = match kept {
                Some(true) if judged => "kept",
                Some(false) if judged => "MISSED",
                _ => "",
            };
            println!("| {what} | {bar} | {measured} | {verdict} |");
        }
        !judged || self.0.iter().all(|row| row.kept != Some(false))
    }
}

fn said(measured: f64, unit: &str, beside: &str) -> String {
    let figure = if measured >= 100.0 { format!("{measured:.0}") } else { format!("{measured:.2}") };
    let beside = if beside.is_empty() { String::new() } else { format!(" ({beside})") };
    format!("{figure} {unit}{beside}")
}

/// The value below which that share of the values lies; the values come in any order.
pub fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    values.get((last as f64 * share).round() as usize).copied().unwrap_or(f64::NAN)
}
