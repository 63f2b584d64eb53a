//! Which types fit where, and what type parameters stand for.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::types::Type;

/// What each type parameter has been found to be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mapping {
    found: BTreeMap<Arc<str>, Type>,
}

impl Mapping {
    pub(crate) fn set(&mut self, name: Arc<str>, ty: Type) {
        self.found.insert(name, ty);
    }

    /// Whether a value of type `from` may stand where `to` is asked for. What parameters stand for
    /// is remembered, and forgotten again where the answer is no.
    pub(crate) fn assign(&mut self, from: &Type, to: &Type) -> bool {
        self.assign_all(std::slice::from_ref(from), std::slice::from_ref(to))
    }

    pub(crate) fn assign_all(&mut self, from: &[Type], to: &[Type]) -> bool {
        let before = self.found.clone();
        let fits = from.len() == to.len() && from.iter().zip(to).all(|(a, b)| self.fits(a, b));
        if !fits {
            self.found = before;
        }
        fits
    }

    fn fits(&mut self, from: &Type, to: &Type) -> bool {
        if let Type::Param(name) = to {
            let (valid, known) = self.stand_for(from, name, to);
            if valid || known {
                return valid;
            }
        }
        if let Type::Param(name) = from {
            return self.stand_for(to, name, from).0;
        }
        if from.is_dyn() || to.is_dyn() {
            return true;
        }
        match (from, to) {
            (Type::Null, other) | (other, Type::Null) => other.is_nullable(),
            (Type::Wrapper(a), Type::Wrapper(b)) => a == b,
            (Type::Wrapper(inner), other) | (other, Type::Wrapper(inner)) => **inner == *other,
            (Type::List(a), Type::List(b)) => self.fits(a, b),
            (Type::Map(a, c), Type::Map(b, d)) => self.fits(a, b) && self.fits(c, d),
            (Type::Type(_), Type::Type(_)) => true,
            (Type::Opaque(a, first), Type::Opaque(b, second)) => {
                let pairs = first.iter().zip(second.iter());
                a == b
                    && first.len() == second.len()
                    && pairs.into_iter().all(|(a, b)| self.fits(a, b))
            }
            _ => from == to,
        }
    }

    /// Whether `ty` may stand for the parameter, and whether something already did.
    fn stand_for(&mut self, ty: &Type, name: &Arc<str>, param: &Type) -> (bool, bool) {
        if ty == param {
            return (true, true);
        }
        if let Some(found) = self.found.get(name).cloned() {
            if *ty == found {
                return (true, true);
            }
            if !self.fits(ty, &found) {
                return (false, true);
            }
            let general = most_general(ty, &found);
            if self.is_free_of(param, &general) {
                self.found.insert(Arc::clone(name), general);
            }
            return (true, true);
        }
        if self.is_free_of(param, ty) {
            self.found.insert(Arc::clone(name), ty.clone());
            return (true, false);
        }
        (false, false)
    }

    /// Whether `param` occurs nowhere in `within`, so that no type contains itself.
    fn is_free_of(&self, param: &Type, within: &Type) -> bool {
        if param == within {
            return false;
        }
        if let Type::Param(name) = within {
            return self
                .found
                .get(name)
                .is_none_or(|found| self.is_free_of(param, found));
        }
        within
            .children()
            .into_iter()
            .all(|child| self.is_free_of(param, child))
    }

    /// `ty` with the parameters replaced by what they stand for.
    pub(crate) fn substitute(&self, ty: &Type) -> Type {
        match ty {
            Type::Param(name) => match self.found.get(name) {
                Some(found) => self.substitute(found),
                None => ty.clone(),
            },
            _ => ty.with_children(&mut |child| self.substitute(child)),
        }
    }

    /// The same, where what is still open is anything.
    pub(crate) fn settle(&self, ty: &Type) -> Type {
        open_to_dyn(&self.substitute(ty))
    }
}

fn open_to_dyn(ty: &Type) -> Type {
    match ty {
        Type::Param(_) => Type::Dyn,
        _ => ty.with_children(&mut |child| open_to_dyn(child)),
    }
}

/// The one of two types that fit each other which says less.
pub(crate) fn most_general(a: &Type, b: &Type) -> Type {
    if is_equal_or_less_specific(a, b) {
        a.clone()
    } else {
        b.clone()
    }
}

fn is_equal_or_less_specific(a: &Type, b: &Type) -> bool {
    if a.is_dyn() || matches!(a, Type::Param(_)) {
        return true;
    }
    if b.is_dyn() || matches!(b, Type::Param(_)) {
        return false;
    }
    match (a, b) {
        (_, Type::Null) => true,
        (Type::Wrapper(inner), other) => **inner == *other || a == b,
        (Type::List(a), Type::List(b)) => is_equal_or_less_specific(a, b),
        (Type::Map(a, c), Type::Map(b, d)) => {
            is_equal_or_less_specific(a, b) && is_equal_or_less_specific(c, d)
        }
        (Type::Type(_), Type::Type(_)) => true,
        (Type::Opaque(a, first), Type::Opaque(b, second)) => {
            let pairs = first.iter().zip(second.iter());
            a == b
                && pairs
                    .into_iter()
                    .all(|(a, b)| is_equal_or_less_specific(a, b))
        }
        _ => a == b,
    }
}
