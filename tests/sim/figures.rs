//! What is counted, with the names of the keeper's page, and how a row of the table reads.

/// Sums over sessions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    /// Sessions whose member came.
    pub attended: f64,
    /// Of these, in no match at the start.
    pub unmatched: f64,
    /// Of these, with less than five minutes in company.
    pub alone_all: f64,
    /// Minutes present, and minutes of them alone.
    pub present: f64,
    pub alone: f64,
    /// Over these minutes, everybody else present in the house.
    pub others: f64,
    /// Sessions whose announced partner was another one in the end, and those where nobody had cancelled.
    pub changed: f64,
    pub changed_by_engine: f64,
    /// Sessions in company, and those where everybody met worked in a way that was liked.
    pub met: f64,
    pub liked: f64,
    /// Stranded, and in company again within a minute.
    pub stranded: f64,
    pub rescued: f64,
    /// Places that were not found for an order.
    pub not_found: f64,
}

impl Figures {
    pub const HEAD: &'static str = "| members | sessions | unmatched at T % | alone all % | min alone /100 h | partner changes % | by the engine % | preferences met % | stranded rescued < 1 min % | not found | others present | musts |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |";

    pub fn add(&mut self, other: &Self) {
        let sums = [
            (&mut self.attended, other.attended),
            (&mut self.unmatched, other.unmatched),
            (&mut self.alone_all, other.alone_all),
            (&mut self.present, other.present),
            (&mut self.alone, other.alone),
            (&mut self.others, other.others),
            (&mut self.changed, other.changed),
            (&mut self.changed_by_engine, other.changed_by_engine),
            (&mut self.met, other.met),
            (&mut self.liked, other.liked),
            (&mut self.stranded, other.stranded),
            (&mut self.rescued, other.rescued),
            (&mut self.not_found, other.not_found),
        ];
        for (sum, more) in sums {
            *sum += more;
        }
    }

    /// Minutes alone per hundred booked hours.
    pub fn minutes_alone(&self) -> f64 {
        6000.0 * self.alone / self.present.max(1.0)
    }

    pub fn alone_all(&self) -> f64 {
        percent(self.alone_all, self.attended)
    }

    pub fn changed_by_engine(&self) -> f64 {
        percent(self.changed_by_engine, self.attended)
    }

    /// Which of the musts are missed; they stand in the order of the row.
    pub fn verdict(&self, musts: [f64; 6]) -> String {
        let [unmatched, alone, minutes, changes, engine, liked] = musts;
        let figures = [
            ("unmatched", self.unmatched(), unmatched, 0.05),
            ("alone all", self.alone_all(), alone, 0.05),
            ("minutes", self.minutes_alone(), minutes, 0.5),
            ("changes", percent(self.changed, self.attended), changes, 0.05),
            ("by the engine", self.changed_by_engine(), engine, 0.005),
            ("preferences", -percent(self.liked, self.met), -liked, 0.5),
        ];
        let missed: Vec<&str> = figures.iter().filter(|(_, is, must, round)| *is >= must + round).map(|f| f.0).collect();
        if missed.is_empty() { "kept".into() } else { format!("missed: {}", missed.join(", ")) }
    }

    fn unmatched(&self) -> f64 {
        percent(self.unmatched, self.attended)
    }

    pub fn row(&self, name: &str) -> String {
        format!(
            "| {name} | {:.0} | {:.1} | {:.1} | {:.0} | {:.1} | {:.2} | {:.0} | {:.0} | {:.0} | {:.3} |",
            self.attended,
            self.unmatched(),
            self.alone_all(),
            self.minutes_alone(),
            percent(self.changed, self.attended),
            self.changed_by_engine(),
            percent(self.liked, self.met),
            percent(self.rescued, self.stranded),
            self.not_found,
            self.others / self.present.max(1.0),
        )
    }
}

fn percent(part: f64, whole: f64) -> f64 {
    100.0 * part / whole.max(1.0)
}
