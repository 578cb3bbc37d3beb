//! Typed indices. Inside, everything dense is indexed by one of these; labels (ISO codes, sector
//! codes, place ids) are used at every boundary.

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $inner:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($inner);

        impl $name {
            /// The position in the world's sorted list.
            #[inline]
            pub fn index(self) -> usize {
                self.0 as usize
            }

            /// The id of a position.
            ///
            /// # Panics
            /// If the position does not fit, which a validated world rules out.
            #[inline]
            pub fn from_index(index: usize) -> Self {
                Self(<$inner>::try_from(index).expect("position fits the id"))
            }
        }
    };
}

id!(/// An economy, in `World::economies`.
    EconomyId, u16);
id!(/// A territory, in `World::territories`.
    TerritoryId, u16);
id!(/// A sector, in `World::sectors`.
    SectorId, u16);
id!(/// A place, in `World::places`.
    PlaceId, u32);
id!(/// A node, in `Network::nodes`.
    NodeId, u32);
id!(/// A link, in `Network::links`.
    LinkId, u32);
id!(/// A link class, in `Network::classes`.
    ClassId, u16);
id!(/// A terminal, in `Network::terminals`.
    TerminalId, u32);
