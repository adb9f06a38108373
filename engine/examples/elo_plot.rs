//! Draws what rating periods do to a made-up community of known skill, as `docs/ratings.md` shows it: how ratings
//! spread over the periods, and how they stand to skill in the end. The community is the one of the test in
//! `tests/elo`, which checks what is only shown here. Run it with `cargo run -p scorelay-engine --example elo_plot`; it
//! writes `docs/ratings/elo.svg`.

#[path = "../tests/elo/population.rs"]
mod population;

use std::fmt::Write as _;
use std::path::Path;

use population::{PERIODS, Population, SEED, START, USERS};
use scorelay_protocol::score::Units;

/// Percent of the active that are rated lower, for each line of the left picture.
const SHARES: [usize; 7] = [1, 10, 25, 50, 75, 90, 99];
/// Who took part in so many periods is active.
const ACTIVE: u32 = 50;
/// Every so many of the active is a dot of the right picture.
const EVERY: usize = 2;

/// A picture's place on the sheet, and what its edges stand for.
struct Frame {
    left: f64,
    x: (f64, f64),
    y: (f64, f64),
}

const TOP: f64 = 56.0;
const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 300.0;

impl Frame {
    fn x(&self, value: f64) -> f64 {
        self.left + WIDTH * (value - self.x.0) / (self.x.1 - self.x.0)
    }

    fn y(&self, value: f64) -> f64 {
        TOP + HEIGHT * (self.y.1 - value) / (self.y.1 - self.y.0)
    }

    /// The title, a grid and its numbers.
    fn draw(&self, svg: &mut String, title: &str, below: &str, x_marks: &[f64], y_marks: &[f64]) {
        let (bottom, right) = (TOP + HEIGHT, self.left + WIDTH);
        text(svg, self.left, TOP - 18.0, "start", 15, title);
        for &mark in x_marks {
            let x = self.x(mark);
            line(svg, (x, TOP), (x, bottom));
            text(svg, x, bottom + 18.0, "middle", 12, &mark.to_string());
        }
        for &mark in y_marks {
            let y = self.y(mark);
            line(svg, (self.left, y), (right, y));
            text(svg, self.left - 8.0, y + 4.0, "end", 12, &mark.to_string());
        }
        text(svg, right, bottom + 36.0, "end", 12, below);
    }
}

fn line(svg: &mut String, from: (f64, f64), to: (f64, f64)) {
    *svg += &format!(
        "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"#d0d4da\"/>\n",
        from.0, from.1, to.0, to.1
    );
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, size: u32, words: &str) {
    *svg += &format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" font-size=\"{size}\">{words}</text>\n");
}

fn points(rating: Units) -> f64 {
    rating as f64 / 100.0
}

fn main() -> std::io::Result<()> {
    // Who will be active is known only in the end: the same seed plays it twice.
    let mut last = Population::new(USERS, SEED);
    (0..PERIODS).for_each(|_| drop(last.period()));
    let active: Vec<usize> = (0..USERS).filter(|&user| last.users[user].played >= ACTIVE).collect();

    let mut population = Population::new(USERS, SEED);
    let mut lines = vec![vec![START; SHARES.len()]];
    for _ in 0..PERIODS {
        population.period();
        let mut ratings: Vec<Units> = active.iter().map(|&user| population.users[user].rating).collect();
        ratings.sort_unstable();
        lines.push(SHARES.iter().map(|share| ratings[share * ratings.len() / 100]).collect());
    }

    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 900 410\" font-family=\"sans-serif\" fill=\"#20242a\">\n\
         <rect width=\"900\" height=\"410\" fill=\"#fff\"/>\n",
    );
    let y = (400.0, 2_000.0);
    let y_marks = [400.0, 800.0, 1_200.0, 1_600.0, 2_000.0];
    let spread = Frame { left: 56.0, x: (0.0, PERIODS as f64), y };
    let title = format!("Ratings of the {} most active, by share", active.len());
    spread.draw(&mut svg, &title, "rating period", &[0.0, 50.0, 100.0, 150.0, 200.0], &y_marks);
    for (at, share) in SHARES.iter().enumerate() {
        let mut path = String::new();
        for (period, ratings) in lines.iter().enumerate() {
            let _ = write!(path, "{:.1},{:.1} ", spread.x(period as f64), spread.y(points(ratings[at])));
        }
        let width = if *share == 50 { 2.5 } else { 1.5 };
        let path = path.trim_end();
        svg += &format!("<polyline points=\"{path}\" fill=\"none\" stroke=\"#2563a8\" stroke-width=\"{width}\"/>\n");
        let end = points(lines[PERIODS][at]);
        text(&mut svg, 56.0 + WIDTH + 4.0, spread.y(end) + 4.0, "start", 11, &format!("{share} %"));
    }

    let against = Frame { left: 516.0, x: (-4.0, 4.0), y };
    against.draw(
        &mut svg,
        "Rating in the end against skill",
        "skill, in standard deviations",
        &[-4.0, -2.0, 0.0, 2.0, 4.0],
        &y_marks,
    );
    for &user in active.iter().step_by(EVERY) {
        let user = &population.users[user];
        let (x, y) = (against.x(user.skill), against.y(points(user.rating)));
        svg += &format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"1.6\" fill=\"#2563a8\" fill-opacity=\".5\"/>\n");
    }
    svg += "</svg>\n";

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/ratings/elo.svg");
    std::fs::write(&path, svg)?;
    let ratings = || population.users.iter().map(|user| points(user.rating));
    let (lowest, highest) = (ratings().fold(f64::MAX, f64::min), ratings().fold(f64::MIN, f64::max));
    println!("wrote docs/ratings/elo.svg; the ratings of all lie from {lowest} to {highest}");
    Ok(())
}
