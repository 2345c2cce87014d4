"""Stories: which parts a run of each kind is made of. Whoever adds a kind of run adds its row here."""

from __future__ import annotations

from collections.abc import Mapping

from connector.flows import disconnect, reconcile, rescore, sync
from connector.flows.full_pass import RECONCILE
from connector.flows.parts import Story
from connector.store.leaving import DISCONNECT

STORIES: Mapping[str, Story] = {
    sync.SYNC: sync.STORY,
    rescore.RESCORE: rescore.STORY,
    RECONCILE: reconcile.STORY,
    DISCONNECT: disconnect.STORY,
}
