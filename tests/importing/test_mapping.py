"""The mapping file: read whole, with all of its faults at once."""

from pathlib import Path

import pytest

from organizations.errors import Refused
from tests.importing.files import DOCUMENT, mapping
from tickets.importing.mapping import load_mapping, read_mapping

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "letters.mapping.yaml"


def faults(document) -> list[str]:
    with pytest.raises(Refused) as refused:
        read_mapping(document)
    return refused.value.missing


def test_the_example_of_the_documentation_can_be_used():
    found = load_mapping(EXAMPLE)
    assert found.columns == (
        "留言编号",
        "留言用户",
        "留言主题",
        "留言详情",
        "留言时间",
        "答复意见",
        "答复时间",
    )
    assert found.fields["subject"].truncate


def test_all_faults_are_told_at_once():
    found = faults(
        {
            "fields": {
                "subject": {"column": "标题", "value": "固定"},
                "colour": "颜色",
                "channel": {"values": 3},
            },
            "history": {"reply": "答复", "signed": "签收"},
            "time_zone": "Mars/Olympus",
            "time_formats": [],
            "ends": "later",
            "file": {"header_row": 0, "delimiter": ";;", "encoding": "latin-1"},
            "extra": 1,
        }
    )
    text = "\n".join(found)
    for part in (
        "colour", "fields.subject", "fields.channel", "external_number", "content", "received", "replied",
        "department", "Mars/Olympus", "time_formats", "ends", "header_row", "delimiter", "encoding", "extra",
    ):  # fmt: skip
        assert part in text


@pytest.mark.parametrize(
    "document", [None, [], "text", {"fields": 3}, {"fields": {"subject": None}}, {"file": "x"}]
)
def test_any_other_document_is_refused_with_a_sentence(document):
    assert faults(document)


def test_satisfaction_needs_the_time_of_the_follow_up():
    assert any(
        "followed_up" in fault
        for fault in faults({**DOCUMENT, "fields": {**DOCUMENT["fields"], "satisfaction": "满意度"}})
    )


def test_a_file_that_is_no_yaml_is_refused(tmp_path):
    path = tmp_path / "mapping.yaml"
    path.write_text("fields: [unclosed")
    with pytest.raises(Refused, match="YAML"):
        load_mapping(path)


def test_titles_of_columns_are_normalised():
    assert mapping(fields={"place": "房号（室）"}).fields["place"].columns == ("房号(室)",)
