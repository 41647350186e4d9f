"""What the callers of the demonstration complain about."""

from random import Random

from reporting.demo.scenery import Scenery


def test_a_matter_comes_twice_only_when_there_is_no_other():
    scenery = Scenery.load(Random(1))
    taken = []
    for _ in range(3):
        taken.append(scenery.matter(tier="minor", departments=("civil",), besides=taken))
    assert len({matter.subject for matter in taken}) == 3
    assert scenery.matter(tier="minor", departments=("civil",), besides=taken) in taken


def test_what_is_said_of_a_matter_is_whole():
    for matter in Scenery.load(Random(1)).matters:
        assert all((matter.contents, matter.works, matter.results)), matter.subject
        assert len(matter.causes) in (1, len(matter.results)), matter.subject
