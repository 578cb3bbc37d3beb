//! Which journeys run over a link, or over any of several, or cross a border, or call at a port.

use crate::engine::Engine;
use crate::skim::Skims;
use crate::trace::Hop;
use comity_world::{CommodityClass, LinkId, Mode, PlaceId, TerminalId, TerritoryId};
use rayon::prelude::*;

/// A pair of places whose cheapest journey by a main mode runs over the selection, be it the main
/// mode itself or the way to a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkUse {
    pub from: PlaceId,
    pub to: PlaceId,
    /// The main mode.
    pub mode: Mode,
}

/// What journeys are asked about; those that use any of it count, and count once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// In either direction.
    pub links: Vec<LinkId>,
    /// Ports where goods change between land and ship; passing by is no call.
    pub ports: Vec<TerminalId>,
    /// Pairs of territories between which a ship or a plane goes, in either direction. Borders on
    /// land are the links that cross them.
    pub crossings: Vec<(TerritoryId, TerritoryId, Mode)>,
}

impl Engine<'_> {
    /// The journeys of a skim that run over a link; see [`Engine::select`].
    pub fn select_link(&self, skims: &Skims, link: LinkId, class: CommodityClass) -> Vec<LinkUse> {
        let selection = Selection {
            links: vec![link],
            ..Selection::default()
        };
        self.select(skims, &selection, class)
    }

    /// The journeys of a skim that use something, in the order of places. Multiplied with trade and
    /// mode shares ([`crate::ClassSkims::choice`]) they give its load. Where several paths cost the
    /// same in hours, USD and kilometres, a journey counts if one of them runs over a link.
    pub fn select(
        &self,
        skims: &Skims,
        selection: &Selection,
        class: CommodityClass,
    ) -> Vec<LinkUse> {
        let position = skims.position(class);
        let network = &self.world.network;
        let over = [Mode::Rail, Mode::Road, Mode::Sea].map(|mode| {
            let of_mode = |link: &&LinkId| network.mode(&network.links[link.index()]) == mode;
            let links: Vec<LinkId> = selection.links.iter().filter(of_mode).copied().collect();
            let layer = skims.layers.of(mode).expect("a network's mode");
            (!links.is_empty()).then(|| (layer.over_links(position, &links), layer.points()))
        });
        let used = |hop: &Hop| match *hop {
            Hop::Way { mode, from, to } => {
                let on = over[mode as usize].as_ref();
                on.is_some_and(|(over, n)| over[from as usize * n + to as usize])
                    || mode == Mode::Sea && self.calls(selection, from, to)
            }
            Hop::Flight { from, to } => {
                let ends = [from, to].map(|at| self.airports[at as usize]);
                self.crosses(selection, ends, Mode::Air)
            }
            Hop::Local(_) => false,
        };
        let tracer = self.tracer(skims, class);
        let row = |a: usize| {
            let from = PlaceId::from_index(a);
            let mut hops = Vec::new();
            let mut found = Vec::new();
            for to in (0..skims.places).map(PlaceId::from_index) {
                for mode in Mode::ALL {
                    hops.clear();
                    let there = tracer.hops(from, to, mode, &mut hops);
                    if there.is_some() && hops.iter().any(used) {
                        let from = PlaceId::from_index(a);
                        found.push(LinkUse { from, to, mode });
                    }
                }
            }
            found
        };
        let rows = (0..skims.places).into_par_iter();
        rows.flat_map_iter(row).collect()
    }

    /// Whether a ship from one port to another calls at one that is asked about or crosses between
    /// two territories that are.
    fn calls(&self, selection: &Selection, from: u32, to: u32) -> bool {
        let ends = [from, to].map(|at| self.ports[at as usize]);
        ends.iter().any(|port| selection.ports.contains(port))
            || self.crosses(selection, ends, Mode::Sea)
    }

    fn crosses(&self, selection: &Selection, ends: [TerminalId; 2], mode: Mode) -> bool {
        let [a, b] = ends.map(|id| self.terminal(id).territory);
        let crossings = selection.crossings.iter();
        let mut of_mode = crossings.filter(|crossing| crossing.2 == mode);
        of_mode.any(|(x, y, _)| (*x, *y) == (a, b) || (*x, *y) == (b, a))
    }
}
