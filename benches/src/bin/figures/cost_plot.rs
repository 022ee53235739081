//! The plot of what a task costs by how many workflows have finished before it.

use crate::session::{Failure, progress};
use plotters::prelude::*;
use std::path::Path;

/// Where the plot goes, from the root of the repository, where `make figures` runs.
const PATH: &str = "docs/cost-per-task.svg";

/// What a task costs near some number of finished workflows.
#[derive(Clone, Copy)]
pub(crate) struct Cost {
    /// Finished workflows.
    pub(crate) ended: u64,
    /// Time per task.
    pub(crate) us: f64,
    /// Processor time per task, over all threads.
    pub(crate) cpu_us: f64,
}

/// Draws the plot.
pub(crate) fn draw(costs: &[Cost]) -> Result<(), Failure> {
    let (Some(first), Some(last)) = (costs.first(), costs.last()) else {
        return Err("there is nothing to draw".into());
    };
    if Path::new(PATH).parent().is_none_or(|docs| !docs.is_dir()) {
        return Err(format!("{PATH} is drawn from the root of the repository").into());
    }
    let most = costs.iter().fold(0.0, |most: f64, cost| most.max(cost.us).max(cost.cpu_us));
    let root = SVGBackend::new(PATH, (720, 400)).into_drawing_area();
    root.fill(&WHITE)?;
    let counts = (first.ended as f64 * 0.9..last.ended as f64 * 1.1).log_scale();
    let mut chart = ChartBuilder::on(&root)
        .margin(16)
        .caption("Cost of a no-op task, 256 workflows of one task at once", ("sans-serif", 18))
        .x_label_area_size(44)
        .y_label_area_size(60)
        .build_cartesian_2d(counts, 0.0..most * 1.25)?;
    let mesh = &mut chart.configure_mesh();
    mesh.x_desc("finished workflows in the history").y_desc("microseconds per task");
    mesh.x_label_formatter(&|count| format!("{count:.0}")).light_line_style(WHITE).draw()?;
    let series: [(&str, RGBColor, fn(&Cost) -> f64); 2] =
        [("time", BLUE, |cost| cost.us), ("processor time, all threads", RED, |cost| cost.cpu_us)];
    for (label, color, what) in series {
        let points = || costs.iter().map(|cost| (cost.ended as f64, what(cost)));
        let line = chart.draw_series(LineSeries::new(points(), color.stroke_width(2)))?.label(label);
        line.legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color.stroke_width(2)));
        chart.draw_series(points().map(|point| Circle::new(point, 3, color.filled())))?;
    }
    chart.configure_series_labels().position(SeriesLabelPosition::LowerRight).border_style(BLACK).draw()?;
    root.present()?;
    progress(&format!("drawn: {PATH}"));
    Ok(())
}
