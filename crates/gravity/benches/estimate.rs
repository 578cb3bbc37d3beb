//! Time of three-way PPML and OLS on a synthetic panel: 60 countries, 20 years, with
//! sales at home, a quarter of zeros.

use std::hint::black_box;

use comity_gravity::{Column, Family, Formula, Frame, Model, Values, estimate};
use criterion::{Criterion, criterion_group, criterion_main};

fn panel(countries: i32, years: i32) -> Frame {
    let mut state = 0x2545_F491_4F6C_DD1Du64;
    let mut uniform = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let (mut exporter, mut importer, mut year) = (Vec::new(), Vec::new(), Vec::new());
    let (mut trade, mut rta, mut tariff) = (Vec::new(), Vec::new(), Vec::new());
    let size: Vec<f64> = (0..countries).map(|_| 5.0 * uniform()).collect();
    for i in 0..countries {
        for j in 0..countries {
            let distance = if i == j { 0.0 } else { 3.0 + uniform() };
            let start = (40.0 * uniform()) as i32;
            for t in 0..years {
                let r = f64::from(u8::from(t >= start && i != j));
                let x = 0.1 * uniform();
                let noise = (0.8 * (uniform() + uniform() + uniform() - 1.5)).exp();
                let mean = size[i as usize] + size[j as usize] - distance + 0.35 * r - 1.5 * x;
                let zero = uniform() < 0.25 && i != j;
                exporter.push(i);
                importer.push(j);
                year.push(t);
                trade.push(if zero { 0.0 } else { mean.exp() * noise });
                rta.push(r);
                tariff.push(x);
            }
        }
    }
    let column = |name: &str, values: Values| Column {
        name: name.to_string(),
        values,
    };
    Frame::new(vec![
        column("exporter", Values::Whole(exporter)),
        column("importer", Values::Whole(importer)),
        column("year", Values::Whole(year)),
        column("trade", Values::Number(trade)),
        column("rta", Values::Number(rta)),
        column("tariff", Values::Number(tariff)),
    ])
    .expect("columns of equal length")
}

fn benches(c: &mut Criterion) {
    let frame = panel(60, 20);
    let effects = "exporter^year + importer^year + exporter^importer";
    for (name, outcome, family) in [
        ("ppml, three ways, 72,000 rows", "trade", Family::Poisson),
        ("ols, three ways, 54,000 rows", "log(trade)", Family::Ols),
    ] {
        let formula = Formula::parse(&format!("{outcome} ~ rta + tariff | {effects}"));
        let model = Model::new(formula.expect("it parses"), family);
        c.bench_function(name, |b| {
            b.iter(|| estimate(black_box(&model), &frame).map(|e| e.coefficients()[0]))
        });
    }
}

criterion_group! {
    name = group;
    config = Criterion::default().sample_size(10);
    targets = benches
}
criterion_main!(group);
