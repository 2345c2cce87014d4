"""Versions of a field mapping: numbered by connection, never changed, the newest one live."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from connector.store import connections, mapping_versions
from tests.store.agencies import AT, move_in


def test_versions_are_numbered_by_connection_and_the_newest_is_live(conn: sa.Connection) -> None:
    scope = move_in(conn, "agency").scope
    other = move_in(conn, "neighbour").scope
    assert mapping_versions.publish_mapping(conn, scope, "a", {"x": [1]}, "ana", AT) == 2
    assert mapping_versions.publish_mapping(conn, other, "a", {"x": [9]}, "ben", AT) == 2
    assert mapping_versions.publish_mapping(conn, scope, "b", {"x": [2]}, "ben", AT + 5) == 3
    assert connections.connection_by_id(conn, scope).mapping == {"x": [2]}
    assert [(one.version, one.author) for one in mapping_versions.history(conn, scope)][:2] == [(3, "ben"), (2, "ana")]
    newest, old = mapping_versions.newest(conn, scope), mapping_versions.version_of(conn, scope, 2)
    assert newest is not None
    assert old is not None
    assert (newest.version, newest.source, newest.published_at) == (3, "b", AT + 5)
    assert (old.source, old.document) == ("a", {"x": [1]})
    assert mapping_versions.version_of(conn, scope, 4) is None


@pytest.mark.parametrize("document", [{"x": (1, 2)}, {"x": [1, 2]}])
def test_the_same_file_with_the_same_binding_is_no_new_version(
    conn: sa.Connection, document: dict[str, object]
) -> None:
    scope = move_in(conn, "agency").scope
    first = mapping_versions.publish_mapping(conn, scope, "a", {"x": [1, 2]}, "ana", AT)
    assert mapping_versions.publish_mapping(conn, scope, "a", document, "ben", AT + 5) == first
    assert mapping_versions.publish_mapping(conn, scope, "a", {"x": [3]}, "ben", AT + 5) == first + 1
