"""The real letters, where they are: 2,397 cases of nine years in their true times."""

import tracemalloc
from pathlib import Path

import pytest

from complaints.course import events_of
from complaints.deadlines import differences, identity, planned_rows
from complaints.models import Complaint, Deadline
from tests.importing.files import csv_file, row
from tests.importing.test_import import counts, load
from tickets.importing.mapping import load_mapping

ROOT = Path(__file__).resolve().parents[2]
LETTERS = ROOT.parent / "shared" / "data" / "cn_gov_letters_with_replies.csv"


@pytest.mark.skipif(not LETTERS.exists(), reason="the letters are not on this machine (../shared/data)")
def test_all_letters_are_loaded_once(world):
    using = load_mapping(ROOT / "docs" / "examples" / "letters.mapping.yaml")
    report, faults = load(world.property, LETTERS, using=using)
    assert (counts(report), faults) == ((2397, 2397, 0, 0), [])
    assert counts(load(world.property, LETTERS, using=using)[0]) == (2397, 0, 2397, 0)
    with world.property.scope():
        assert Complaint.objects.filter(number__startswith="TS201906-").count() == 70
        assert not Deadline.objects.filter(next_fire_at__isnull=False).exists()
        for case in Complaint.objects.select_related("organization").order_by("pk")[::40]:
            planned = planned_rows(case, events_of(case))
            stored = {identity(found): found for found in Deadline.objects.filter(complaint=case)}
            assert [differences(stored.get(key), planned[key]) for key in planned] == [[]] * len(planned)


def test_memory_does_not_grow_with_the_file(world, tmp_path, monkeypatch):
    monkeypatch.setattr("tickets.importing.services.CHUNK", 50)

    def peak(count: int) -> int:
        path = csv_file(
            tmp_path, *[row(编号=f"{count}-{place}", 内容="字" * 4_000) for place in range(count)]
        )
        tracemalloc.start()
        try:
            assert load(world.property, path)[0].imported == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(20)  # imports and caches
    assert peak(300) < 1.5 * peak(75) + 500_000
