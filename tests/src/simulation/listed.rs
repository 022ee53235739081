//! Enums whose variants are counted and shown by name.

/// Declares an enum with the list of its variants and a name for each.
macro_rules! listed {
    (
        $(#[doc = $doc:literal])+
        $name:ident {
            $( $(#[doc = $variant_doc:literal])+ $variant:ident = $text:literal, )+
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $( $(#[doc = $variant_doc])+ $variant, )+
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// As it is shown.
            pub const fn name(self) -> &'static str {
                match self { $( Self::$variant => $text, )+ }
            }
        }

        impl crate::simulation::listed::Listed for $name {
            const LENGTH: usize = Self::ALL.len();

            fn place(self) -> usize {
                self as usize
            }

            fn all() -> &'static [Self] {
                Self::ALL
            }

            fn shown(self) -> &'static str {
                self.name()
            }
        }
    };
}

pub(crate) use listed;

/// An enum that [`listed`] declared.
pub trait Listed: Copy + 'static {
    /// How many variants it has.
    const LENGTH: usize;
    /// The position of a variant in the list.
    fn place(self) -> usize;
    /// The list.
    fn all() -> &'static [Self];
    /// The name of a variant.
    fn shown(self) -> &'static str;
}

/// How often each variant was met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts<T> {
    counts: Vec<u64>,
    of: std::marker::PhantomData<T>,
}

impl<T: Listed> Default for Counts<T> {
    fn default() -> Self {
        Self { counts: vec![0; T::LENGTH], of: std::marker::PhantomData }
    }
}

impl<T: Listed> Counts<T> {
    /// One more.
    pub fn count(&mut self, met: T) {
        self.counts[met.place()] += 1;
    }

    /// How often.
    pub fn of(&self, one: T) -> u64 {
        self.counts[one.place()]
    }

    /// Takes over what another has counted.
    pub fn add(&mut self, other: &Self) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, more)| *count += more);
    }

    /// All variants with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (T, u64)> + '_ {
        T::all().iter().map(|one| (*one, self.of(*one)))
    }

    /// The names of those that were never met.
    pub fn missing(&self) -> Vec<&'static str> {
        self.iter().filter(|(_, count)| *count == 0).map(|(one, _)| one.shown()).collect()
    }
}
