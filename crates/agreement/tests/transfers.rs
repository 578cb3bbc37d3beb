//! Transfers against brute force.

use comity_agreement::transfers::{
    Account, DrawnAccount, Limits, Proof, Settlement, Transfers, smallest, with_probability,
};
use proptest::prelude::*;

fn accounts(net: &[i32]) -> Vec<Account> {
    net.iter()
        .enumerate()
        .map(|(i, net)| Account {
            label: format!("{i}"),
            net_musd: f64::from(*net),
            wanted_musd: 0.0,
        })
        .collect()
}

/// The least (sum of what is received, largest amount) over all whole transfers that add to 0.
fn brute_force(net: &[i32]) -> Option<(i32, i32)> {
    fn visit(net: &[i32], given: &mut Vec<i32>, best: &mut Option<(i32, i32)>) {
        let at = given.len();
        let range: Vec<i32> = if at + 1 == net.len() {
            vec![-given.iter().sum::<i32>()]
        } else {
            (-40..=40).collect()
        };
        for transfer in range {
            if net[at] + transfer < 0 {
                continue;
            }
            given.push(transfer);
            if given.len() == net.len() {
                let total = given.iter().map(|t| t.max(&0)).sum();
                let largest = given.iter().map(|t| t.abs()).max().unwrap_or(0);
                let found = (total, largest);
                *best = Some(best.map_or(found, |best: (i32, i32)| best.min(found)));
            } else {
                visit(net, given, best);
            }
            given.pop();
        }
    }
    let mut best = None;
    visit(net, &mut Vec::new(), &mut best);
    best
}

fn check(transfers: &Transfers, accounts: &[Account]) {
    let balance: f64 = transfers.members.iter().map(|m| m.transfer_musd).sum();
    assert!(balance.abs() < 1e-9);
    for (member, account) in transfers.members.iter().zip(accounts) {
        assert!(member.after_musd >= account.wanted_musd - 1e-9);
        let paid = transfers.payments.iter().filter(|p| p.from == member.label);
        let got = transfers.payments.iter().filter(|p| p.to == member.label);
        let net = got.map(|p| p.musd).sum::<f64>() - paid.map(|p| p.musd).sum::<f64>();
        assert!((net - member.transfer_musd).abs() < 1e-9);
    }
    assert!(
        transfers
            .payments
            .iter()
            .all(|p| p.musd > 0.0 && p.from != p.to)
    );
    assert!(transfers.payments.len() <= accounts.len().saturating_sub(1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Gains are multiples of 6, so the smallest largest payment among up to three payers is whole
    /// and brute force over whole numbers finds the true optimum.
    #[test]
    fn transfers_are_feasible_and_minimal(sixths in prop::collection::vec(-6i32..7, 1..4)) {
        let net: Vec<i32> = sixths.iter().map(|s| 6 * s).collect();
        let accounts = accounts(&net);
        match (smallest(&accounts).unwrap(), brute_force(&net)) {
            (Settlement::Transfers(found), Some((total, largest))) => {
                check(&found, &accounts);
                prop_assert!((found.total_musd - f64::from(total)).abs() < 1e-9);
                prop_assert!((found.largest_musd - f64::from(largest)).abs() < 1e-9);
            }
            (Settlement::Infeasible { shortfall_musd }, None) => {
                let together: i32 = net.iter().sum();
                prop_assert_eq!(shortfall_musd, f64::from(-together));
            }
            (found, expected) => prop_assert!(false, "{:?} but {:?}", found, expected),
        }
    }

    #[test]
    fn the_order_of_members_does_not_matter(
        shuffled in Just((0..6usize).collect::<Vec<_>>()).prop_shuffle(),
        net in prop::collection::vec(-1e3f64..1.2e3, 6),
        wanted in -5.0f64..20.0,
    ) {
        let of = |order: &mut dyn Iterator<Item = usize>| -> Settlement {
            let accounts: Vec<Account> = order
                .map(|i| Account { label: format!("{i}"), net_musd: net[i], wanted_musd: wanted })
                .collect();
            smallest(&accounts).unwrap()
        };
        let straight = of(&mut (0..6));
        prop_assert_eq!(of(&mut shuffled.into_iter()), straight.clone());
        if let Settlement::Transfers(found) = straight {
            let accounts: Vec<Account> = (0..6)
                .map(|i| Account { label: format!("{i}"), net_musd: net[i], wanted_musd: wanted })
                .collect();
            check(&found, &accounts);
        }
    }

    #[test]
    fn transfers_under_draws_equal_brute_force_over_the_draws_kept(
        draws in prop::collection::vec(prop::collection::vec(-6i32..9, 3), 1..9),
        dropped in 0usize..4,
    ) {
        let count = draws.len();
        let keep = count.saturating_sub(dropped).max(1);
        let probability = keep as f64 / count as f64;
        let accounts = drawn(&draws);
        let found = with_probability(&accounts, probability, Limits::default()).unwrap();
        prop_assert_eq!(found.proof, Proof::Exact);
        // All sets of draws with as many as asked, or more, kept.
        let mut best: Option<(f64, f64)> = None;
        for kept in 1u32..1 << count {
            if (kept.count_ones() as usize) < keep {
                continue;
            }
            let worst = |m: usize| {
                let rows = (0..count).filter(|k| kept >> k & 1 == 1).map(|k| draws[k][m]);
                rows.min().unwrap()
            };
            let net: Vec<i32> = (0..3).map(worst).collect();
            if let Settlement::Transfers(t) = smallest(&self::accounts(&net)).unwrap() {
                let offer = (t.total_musd, t.largest_musd.max(0.0));
                // The largest payment only; what is received is fixed by the sum.
                let payer = t.members.iter().fold(0.0, |m: f64, x| m.max(-x.transfer_musd));
                let offer = (offer.0, payer);
                best = Some(best.map_or(offer, |b| if offer < b { offer } else { b }));
            }
        }
        match (&found.settlement, best) {
            (Settlement::Transfers(t), Some((total, payer))) => {
                prop_assert!((t.total_musd - total).abs() < 1e-9);
                let own = t.members.iter().fold(0.0, |m: f64, x| m.max(-x.transfer_musd));
                prop_assert!((own - payer).abs() < 1e-9, "{} {}", own, payer);
                prop_assert!(found.holds >= probability - 1e-12);
                prop_assert!((found.lower_bound_musd - total).abs() < 1e-9);
            }
            (Settlement::Infeasible { .. }, None) => {}
            (found, expected) => prop_assert!(false, "{:?} but {:?}", found, expected),
        }
    }
}

fn drawn(draws: &[Vec<i32>]) -> Vec<DrawnAccount> {
    (0..draws[0].len())
        .map(|member| DrawnAccount {
            label: format!("{member}"),
            wanted_musd: 0.0,
            draws_musd: draws.iter().map(|draw| f64::from(draw[member])).collect(),
        })
        .collect()
}

/// Five hundred draws of ten members, from a fixed sequence.
fn many_draws() -> Vec<DrawnAccount> {
    let mut state = 1u64;
    let mut uniform = move || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let common: Vec<f64> = (0..500).map(|_| uniform() - 0.5).collect();
    (0..10)
        .map(|member| DrawnAccount {
            label: format!("{member}"),
            wanted_musd: 0.0,
            draws_musd: common
                .iter()
                .map(|shock| {
                    let mean = if member < 3 { -2.0 } else { 12.0 };
                    mean + 4.0 * shock + 3.0 * (uniform() + uniform() - 1.0)
                })
                .collect(),
        })
        .collect()
}

#[test]
fn many_draws_get_transfers_that_hold_with_a_reported_gap() {
    let accounts = many_draws();
    let limits = Limits { most_nodes: 2_000 };
    let found = with_probability(&accounts, 0.9, limits).unwrap();
    let transfers = found.settlement.transfers().unwrap();
    assert_eq!(found.proof, Proof::BestFound);
    assert!(found.holds >= 0.9);
    assert!(found.lower_bound_musd > 0.0 && found.lower_bound_musd <= transfers.total_musd);
    // A quantile for each member with the draws shared out evenly: never better.
    let even: f64 = accounts
        .iter()
        .map(|account| {
            let mut sorted = account.draws_musd.clone();
            sorted.sort_by(f64::total_cmp);
            (-sorted[5]).max(0.0)
        })
        .sum();
    assert!(transfers.total_musd <= even);
    // Certainty costs more than nine in ten, and is exact: no draw may be given up.
    let certain = with_probability(&accounts, 1.0, limits).unwrap();
    assert_eq!((certain.proof, certain.holds), (Proof::Exact, 1.0));
    assert!(certain.settlement.transfers().unwrap().total_musd > transfers.total_musd);
}

#[test]
fn mistakes_are_named_together() {
    let mut accounts = many_draws();
    accounts[3].draws_musd.pop();
    accounts[4].label = "5".into();
    accounts[7].draws_musd[2] = f64::NAN;
    let text = with_probability(&accounts, 1.5, Limits::default())
        .unwrap_err()
        .to_string();
    assert!(text.starts_with("4 mistakes"), "{text}");
    for part in [
        "\"5\" is named twice",
        "draws of 3 has 499",
        "gain of 7 is NaN",
        "probability is 1.5",
    ] {
        assert!(text.contains(part), "{text}");
    }
}
