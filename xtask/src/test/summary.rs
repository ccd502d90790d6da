//! Results of passes, and their report.

use std::time::Duration;

/// How many of the slowest tests are reported.
const SLOWEST: usize = 40;

/// The result of a pass.
pub(super) struct Outcome {
    pub(super) name: String,
    pub(super) is_success: bool,
    /// How many tests ran.
    pub(super) tests: usize,
    wall: Duration,
    /// Seconds of CPU time.
    cpu: f64,
    /// The output from the first failure on.
    failures: Option<String>,
    /// The seconds of each test, where they were asked for.
    times: Vec<(f64, String)>,
}

/// Reads the output of a pass.
pub(super) fn outcome(name: String, is_success: bool, wall: Duration, output: &str) -> Outcome {
    let failures = (!is_success).then(|| match output.find("\nfailures:\n") {
        Some(start) => output[start..].to_owned(),
        None => output.to_owned(),
    });
    Outcome {
        name,
        is_success,
        tests: output.lines().filter_map(tests).sum(),
        wall,
        cpu: output.lines().next_back().and_then(cpu).unwrap_or_default(),
        failures,
        times: output.lines().filter_map(time).collect(),
    }
}

/// Prints what each pass took and, with `timings`, the slowest tests.
pub(super) fn print(outcomes: &[Outcome], timings: bool) {
    let mut all: Vec<&Outcome> = outcomes.iter().filter(|outcome| outcome.tests > 0).collect();
    all.sort_by_key(|outcome| std::cmp::Reverse(outcome.wall));
    println!("\n{:<36} {:>5} {:>8} {:>8}", "pass", "tests", "seconds", "CPU");
    for Outcome { name, tests, wall, cpu, .. } in &all {
        println!("{name:<36} {tests:>5} {:>8.1} {cpu:>8.1}", wall.as_secs_f64());
    }
    let tests: usize = all.iter().map(|outcome| outcome.tests).sum();
    let cpu = all.iter().fold(0.0, |sum, outcome| sum + outcome.cpu);
    println!("{:<36} {tests:>5} {:>8} {cpu:>8.1}", "total", "");
    if timings {
        let times = all.iter().flat_map(|it| it.times.iter().map(|time| (&*it.name, time)));
        let mut times: Vec<_> = times.collect();
        times.sort_by(|(_, (one, _)), (_, (other, _))| other.total_cmp(one));
        println!("\nslowest tests, in seconds");
        for (pass, (seconds, test)) in times.into_iter().take(SLOWEST) {
            println!("{seconds:>8.1} {pass}: {test}");
        }
    }
}

impl Outcome {
    /// Prints the end of the pass, and what failed.
    pub(super) fn print(&self) {
        let Self { name, tests, .. } = self;
        let result = if self.is_success { "ok" } else { "FAILED" };
        if self.tests > 0 || !self.is_success {
            println!("test: {name}: {tests} tests {result} in {:.1} s", self.wall.as_secs_f64());
        }
        if let Some(failures) = &self.failures {
            println!("{failures}\ntest: {name} FAILED");
        }
    }
}

/// The number of tests that ran, from the last line of a test binary:
/// `test result: ok. 2 passed; 1 failed; …`.
fn tests(line: &str) -> Option<usize> {
    let counts = line.strip_prefix("test result: ")?.split_once(". ")?.1;
    let count = |kind| {
        let part = counts.split("; ").find_map(|part| part.strip_suffix(kind));
        part.and_then(|number| number.parse::<usize>().ok()).unwrap_or_default()
    };
    Some(count(" passed") + count(" failed"))
}

/// The CPU time of children, from the last line of the shell's `times`: `1m2.5s 0m0.5s`.
fn cpu(line: &str) -> Option<f64> {
    let seconds = |time: &str| {
        let (minutes, seconds) = time.strip_suffix('s')?.split_once('m')?;
        Some(minutes.parse::<f64>().ok()? * 60.0 + seconds.parse::<f64>().ok()?)
    };
    let (user, system) = line.split_once(' ')?;
    Some(seconds(user)? + seconds(system)?)
}

/// The seconds and the name of a test: `test some::name ... ok <1.234s>`.
fn time(line: &str) -> Option<(f64, String)> {
    let (name, rest) = line.strip_prefix("test ")?.split_once(" ... ")?;
    let seconds = rest.split_once('<')?.1.strip_suffix("s>")?;
    Some((seconds.parse().ok()?, name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "
test a::b ... ok <1.500s>
test c ... FAILED <0.250s>

failures:
c
test result: FAILED. 1 passed; 1 failed; 0 ignored; 3 measured; 0 filtered out
0m0.00s 0m0.00s
1m2.50s 0m0.50s
";

    #[test]
    fn tests_times_and_failures_are_read_from_the_output() {
        let outcome = outcome("some".to_owned(), false, Duration::ZERO, OUTPUT);
        assert_eq!((outcome.tests, outcome.cpu), (2, 63.0));
        assert_eq!(outcome.times, [(1.5, "a::b".to_owned()), (0.25, "c".to_owned())]);
        assert!(outcome.failures.is_some_and(|it| it.starts_with("\nfailures:\nc")));
    }

    #[test]
    fn a_binary_that_dies_shows_all_its_output() {
        let outcome = outcome("some".to_owned(), false, Duration::ZERO, "out of memory\n");
        assert_eq!(outcome.failures.as_deref(), Some("out of memory\n"));
        assert_eq!(outcome.tests, 0);
    }
}
