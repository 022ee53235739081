//! A picture of prices over time, and of the tasks that waited for them, as SVG. It stands alone: no script, no font, nothing
//! fetched, and it follows the reader's light or dark.

use super::file::usd;
use crate::client::text::plain;
use std::fmt::Write;

const WIDTH: i64 = 960;
const LEFT: i64 = 80;
const RIGHT: i64 = 20;
const TOP: i64 = 40;
/// Of the curve.
const HEIGHT: i64 = 240;
/// Of a task.
const ROW: i64 = 24;
/// Below the curve, for the times.
const TIMES: i64 = 36;
/// More tasks are left out, and the picture says how many.
const TASKS_MAX: usize = 100;
/// Characters of a name; longer ones are cut.
const NAME_CHARS_MAX: usize = 40;

const HOUR_MS: i64 = 3_600_000;
/// Between two times that are written.
const TIME_STEPS_MS: [i64; 9] = [
    HOUR_MS,
    2 * HOUR_MS,
    3 * HOUR_MS,
    6 * HOUR_MS,
    12 * HOUR_MS,
    24 * HOUR_MS,
    48 * HOUR_MS,
    168 * HOUR_MS,
    672 * HOUR_MS,
];
const TIMES_MAX: i64 = 9;
const PRICES_MAX: i64 = 6;

const STYLE: &str = "text{font:12px system-ui,sans-serif;fill:#222}.axis{stroke:#999}.grid{stroke:#ddd}\
    .price{fill:none;stroke:#1f5fa8;stroke-width:2}.now{stroke:#b3261e;stroke-dasharray:4 3}.waits{fill:#c9a227}.runs{fill:#2e7d32}\
    .latest{stroke:#b3261e;stroke-width:2}.plan{stroke:#2e7d32;stroke-width:3}\
    @media(prefers-color-scheme:dark){text{fill:#ddd}.grid{stroke:#444}.price{stroke:#7fb3f0}.now,.latest{stroke:#ff8a80}}";

/// A time with one price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) from_ms: i64,
    pub(crate) until_ms: i64,
    pub(crate) micro_usd_per_kwh: i64,
}

/// A task, and when it waited and ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waited {
    pub(crate) name: String,
    pub(crate) waits: Option<(i64, i64)>,
    pub(crate) runs: Option<(i64, i64)>,
    /// When it is to begin, of one that waits.
    pub(crate) planned_ms: Option<i64>,
    /// When it must begin at the latest.
    pub(crate) last_safe_start_ms: Option<i64>,
}

/// What is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) title: String,
    /// In the order of their time.
    pub(crate) steps: Vec<Step>,
    pub(crate) tasks: Vec<Waited>,
    pub(crate) now_ms: i64,
}

/// From times and prices to places.
struct Scale {
    from_ms: i64,
    until_ms: i64,
    low: i64,
    high: i64,
    price_step: i64,
}

impl Picture {
    /// The picture as a document.
    pub(crate) fn svg(&self) -> String {
        let scale = Scale::of(self);
        let (drawn, left_out) = self.tasks.split_at(self.tasks.len().min(TASKS_MAX));
        let rows = drawn.len() + usize::from(!left_out.is_empty());
        let height = TOP + HEIGHT + TIMES + ROW * i64::try_from(rows).unwrap_or(0) + 8;
        let mut out = String::new();
        let title = escaped(&plain(&self.title));
        let _infallible = write!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
             role=\"img\">\n<title>{title}</title>\n<style>{STYLE}</style>\n<text x=\"{LEFT}\" y=\"20\">{title}</text>\n"
        );
        scale.axes(&mut out);
        self.curve(&scale, &mut out);
        let bottom = TOP + HEIGHT + TIMES;
        for (task, row) in drawn.iter().zip(0..) {
            scale.task(task, bottom + ROW * row, &mut out);
        }
        if !left_out.is_empty() {
            let y = height - 12;
            let _infallible =
                writeln!(out, "<text x=\"{LEFT}\" y=\"{y}\">and {} more tasks</text>", left_out.len());
        }
        if (scale.from_ms..=scale.until_ms).contains(&self.now_ms) {
            let x = scale.x(self.now_ms);
            let _infallible = writeln!(
                out,
                "<line class=\"now\" x1=\"{x}\" x2=\"{x}\" y1=\"{TOP}\" y2=\"{}\"><title>now, {}</title></line>",
                height - 8,
                time(self.now_ms)
            );
        }
        out.push_str("</svg>\n");
        out
    }

    /// A line that breaks where no price was published.
    fn curve(&self, scale: &Scale, out: &mut String) {
        let mut path = String::new();
        let mut ended_ms = None;
        for step in &self.steps {
            let (from, until) = (scale.x(step.from_ms), scale.x(step.until_ms));
            let y = scale.y(step.micro_usd_per_kwh);
            let begin = if ended_ms == Some(step.from_ms) { 'V' } else { 'M' };
            let _infallible = match begin {
                'V' => write!(path, "V{y}H{until}"),
                _ => write!(path, "M{from} {y}H{until}"),
            };
            ended_ms = Some(step.until_ms);
        }
        if !path.is_empty() {
            let _infallible = writeln!(out, "<path class=\"price\" d=\"{path}\"/>");
        }
    }
}

impl Scale {
    fn of(picture: &Picture) -> Self {
        let spans = picture.tasks.iter().flat_map(|task| [task.waits, task.runs]).flatten();
        let marks =
            picture.tasks.iter().flat_map(|task| [task.planned_ms, task.last_safe_start_ms]).flatten();
        let of_steps = picture.steps.iter().map(|step| (step.from_ms, step.until_ms));
        let times: Vec<i64> =
            of_steps.chain(spans).flat_map(|(from, until)| [from, until]).chain(marks).collect();
        let from_ms = times.iter().copied().min().unwrap_or(picture.now_ms);
        let until_ms = times.iter().copied().max().unwrap_or(picture.now_ms).max(from_ms + HOUR_MS);
        let prices = || picture.steps.iter().map(|step| step.micro_usd_per_kwh);
        // Nothing is free, unless it is: the line of no cost is always there.
        let (low, high) = (prices().min().unwrap_or(0).min(0), prices().max().unwrap_or(0).max(1));
        let price_step = round_step((high - low) / PRICES_MAX + 1);
        let low = low.div_euclid(price_step) * price_step;
        let high = (high + price_step - 1).div_euclid(price_step) * price_step;
        Self { from_ms, until_ms, low, high, price_step }
    }

    fn x(&self, at_ms: i64) -> i64 {
        let wide = i128::from(WIDTH - LEFT - RIGHT);
        let x = i128::from(at_ms - self.from_ms) * wide / i128::from(self.until_ms - self.from_ms);
        LEFT + i64::try_from(x).unwrap_or(0)
    }

    fn y(&self, price: i64) -> i64 {
        let y = i128::from(self.high - price) * i128::from(HEIGHT) / i128::from(self.high - self.low);
        TOP + i64::try_from(y).unwrap_or(0)
    }

    fn axes(&self, out: &mut String) {
        let (right, bottom) = (WIDTH - RIGHT, TOP + HEIGHT);
        let mut price = self.low;
        while price <= self.high {
            let (y, class) = (self.y(price), if price == 0 { "axis" } else { "grid" });
            let _infallible = writeln!(
                out,
                "<line class=\"{class}\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{y}\" y2=\"{y}\"/><text x=\"{}\" y=\"{}\" \
                 text-anchor=\"end\">{}</text>",
                LEFT - 8,
                y + 4,
                usd(price)
            );
            price += self.price_step;
        }
        let _infallible = writeln!(out, "<text x=\"8\" y=\"{}\">USD/kWh</text>", TOP - 8);
        let span = self.until_ms - self.from_ms;
        let fits = |step: &&i64| span / **step <= TIMES_MAX;
        let step = TIME_STEPS_MS.iter().find(fits).copied().unwrap_or(span / TIMES_MAX);
        let mut at = (self.from_ms + step - 1).div_euclid(step) * step;
        while at <= self.until_ms {
            let x = self.x(at);
            let _infallible = writeln!(
                out,
                "<line class=\"grid\" x1=\"{x}\" x2=\"{x}\" y1=\"{TOP}\" y2=\"{bottom}\"/><text x=\"{x}\" y=\"{}\" \
                 text-anchor=\"middle\">{}</text>",
                bottom + 18,
                time(at)
            );
            at += step;
        }
    }

    fn task(&self, task: &Waited, y: i64, out: &mut String) {
        let name: String = plain(&task.name).chars().take(NAME_CHARS_MAX).collect();
        let bars = [("waits", task.waits), ("runs", task.runs)];
        for (class, (from, until)) in bars.into_iter().filter_map(|(class, span)| Some((class, span?))) {
            let x = self.x(from);
            let wide = (self.x(until) - x).max(2);
            let _infallible = writeln!(
                out,
                "<rect class=\"{class}\" x=\"{x}\" y=\"{}\" width=\"{wide}\" height=\"{}\"><title>{class} from {} until \
                 {}</title></rect>",
                y + 4,
                ROW - 8,
                time(from),
                time(until)
            );
        }
        let marks = [
            ("plan", task.planned_ms, "planned to begin at", ""),
            ("latest", task.last_safe_start_ms, "begins at", " whatever the price"),
        ];
        for (class, at, says, more) in marks {
            let Some(at) = at else { continue };
            let (x, top, bottom) = (self.x(at), y + 2, y + ROW - 2);
            let _infallible = writeln!(
                out,
                "<line class=\"{class}\" x1=\"{x}\" x2=\"{x}\" y1=\"{top}\" y2=\"{bottom}\"><title>{says} {}{more}</title></line>",
                time(at)
            );
        }
        let _infallible =
            writeln!(out, "<text x=\"{}\" y=\"{}\">{}</text>", LEFT + 4, y + 16, escaped(&name));
    }
}

/// The least of 1, 2 and 5 times a power of ten that is not below.
fn round_step(least: i64) -> i64 {
    let mut power = 1;
    loop {
        if let Some(step) = [1, 2, 5].map(|times| times * power).into_iter().find(|step| *step >= least) {
            return step;
        }
        power *= 10;
    }
}

/// Month, day, hour and minute in UTC.
fn time(at_ms: i64) -> String {
    let whole = crate::clock::show(at_ms.saturating_mul(1000));
    whole.get(5..16).map_or_else(|| whole.clone(), |short| format!("{}Z", short.replace('T', " ")))
}

/// Text that is no markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_MS: i64 = 24 * HOUR_MS;

    fn step(hour: i64, price: i64) -> Step {
        Step { from_ms: hour * HOUR_MS, until_ms: (hour + 1) * HOUR_MS, micro_usd_per_kwh: price }
    }

    fn picture(steps: Vec<Step>) -> Picture {
        Picture { title: "Prices of DE-LU".to_owned(), steps, tasks: Vec::new(), now_ms: 0 }
    }

    #[test]
    fn a_curve_goes_by_its_steps_and_breaks_where_there_is_no_price() {
        let svg = picture(vec![step(0, 100_000), step(1, -50_000), step(3, 200_000)]).svg();
        assert!(svg.contains("d=\"M80 136H295V280H510M725 40H940\""), "{svg}");
        for price in ["0.20", "0.10", "0.00", "-0.05"] {
            assert!(svg.contains(&format!(">{price}</text>")), "{price} in {svg}");
        }
        for hour in ["01-01 00:00Z", "01-01 04:00Z"] {
            assert!(svg.contains(hour), "{hour} in {svg}");
        }
    }

    #[test]
    fn tasks_show_when_they_waited_and_ran_and_what_they_are_called_is_no_markup() {
        let task = Waited {
            name: "<script>&\u{1b}".to_owned(),
            waits: Some((0, 2 * HOUR_MS)),
            runs: Some((2 * HOUR_MS, 3 * HOUR_MS)),
            planned_ms: Some(2 * HOUR_MS),
            last_safe_start_ms: Some(4 * HOUR_MS),
        };
        let tasks = vec![task; TASKS_MAX + 5];
        let svg = Picture { tasks, ..picture(vec![step(0, 1), step(1, 1), step(2, 1), step(3, 1)]) }.svg();
        assert!(!svg.contains("<script") && svg.contains("&lt;script&gt;&amp;"), "{svg}");
        assert_eq!(svg.matches("class=\"runs\"").count(), TASKS_MAX);
        assert!(svg.contains("and 5 more tasks"));
        assert!(
            svg.contains("<rect class=\"waits\" x=\"80\"")
                && svg.contains("waits from 01-01 00:00Z until 01-01 02:00Z")
        );
    }

    /// Whatever is drawn: nothing, one step, years, the greatest prices.
    #[test]
    fn any_picture_ends_and_has_few_marks() {
        let hostile = [
            vec![],
            vec![step(0, 0)],
            (0..56 * 24).map(|hour| step(hour, (hour % 7 - 3) * 999_999_999)).collect(),
            vec![step(0, i64::from(i32::MAX)), step(24 * 3650, i64::from(i32::MIN))],
        ];
        for steps in hostile {
            let svg = Picture { now_ms: DAY_MS / 2, ..picture(steps) }.svg();
            assert!(svg.matches("<text").count() < 30, "{svg}");
            assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
        }
    }
}
