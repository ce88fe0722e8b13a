//! The transactions of the journal that were read last, by article: the articles of an import are loaded one after the other,
//! and each transaction of it is to be read once for all of them.

use super::{StoreError, journal::Place, journal::read_place};
use crate::{edit::Operation, model::ArticleId};
use std::{
    collections::{BTreeMap, VecDeque},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

/// Transactions that are kept.
const KEPT: usize = 3;

/// The operations of a transaction, by article.
type ByArticle = Arc<BTreeMap<ArticleId, Arc<[Operation]>>>;

/// See the module. May be used on any thread.
#[derive(Default)]
pub(super) struct Transactions {
    latest: Mutex<VecDeque<(u64, ByArticle)>>,
}

impl Transactions {
    /// The operations of transaction `seq` of the project in `root` that change this article, in their order.
    ///
    /// # Errors
    /// If the journal can not be read.
    pub(super) fn operations(
        &self,
        root: &Path,
        (seq, place): (u64, &Place),
        article: &ArticleId,
    ) -> Result<Arc<[Operation]>, StoreError> {
        let of_article = |all: &ByArticle| all.get(article).cloned().unwrap_or_default();
        let known = {
            let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
            latest.iter().find(|(known, _)| *known == seq).map(|(_, all)| all.clone())
        };
        if let Some(all) = known {
            return Ok(of_article(&all));
        }
        let mut all: BTreeMap<ArticleId, Vec<Operation>> = BTreeMap::new();
        for operation in read_place(root, seq, place)? {
            let Some(article) = operation.article() else { continue };
            match all.get_mut(article) {
                Some(operations) => operations.push(operation),
                None => {
                    all.insert(article.clone(), vec![operation]);
                }
            }
        }
        let all: ByArticle =
            Arc::new(all.into_iter().map(|(article, operations)| (article, operations.into())).collect());
        if all.len() > 1 {
            let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
            latest.push_back((seq, all.clone()));
            if latest.len() > KEPT {
                latest.pop_front();
            }
        }
        Ok(of_article(&all))
    }
}
