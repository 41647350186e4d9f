"""Importing history: true times, nothing fires, all or nothing, safe to repeat; what is refused and why."""

from datetime import datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from complaints.course import events_of
from complaints.deadlines import differences, identity, planned_rows
from complaints.models import CaseEvent, Complaint, Deadline, NumberSequence, State
from escalation.sweep import sweep
from tests.importing.files import GOOD, csv_file, local, mapping, row, xlsx_file
from tests.world import MONDAY, new_case
from tickets.importing.services import import_complaints
from tickets.models import Ticket


def load(company, path, now: datetime = MONDAY, using=None, **options):
    faults = []
    with company.scope():
        report = import_complaints(
            organization=company.organization,
            path=path,
            mapping=using or mapping(),
            now=now,
            on_fault=faults.append,
            **options,
        )
    return report, faults


def counts(report) -> tuple[int, int, int, int]:
    return report.rows, report.imported, report.already, report.refused


def assert_plan_is_stored(company) -> None:
    with company.scope():
        for case in Complaint.objects.select_related("organization"):
            planned = planned_rows(case, events_of(case))
            stored = {identity(found): found for found in Deadline.objects.filter(complaint=case)}
            assert planned.keys() == stored.keys()
            assert [differences(stored[key], planned[key]) for key in planned] == [[]] * len(planned)


# --- history ---


def test_a_letter_becomes_a_case_in_its_true_times(world, tmp_path):
    report, faults = load(world.property, csv_file(tmp_path, row()))
    assert (counts(report), faults) == ((1, 1, 0, 0), [])
    with world.property.scope():
        case = Complaint.objects.get()
        assert (case.number, case.external_number) == ("TS202610-00001", "A-1")
        assert (case.state, case.outcome, case.tier, case.channel) == (
            State.CLOSED,
            "solved",
            "minor",
            "phone",
        )
        assert case.received_at == case.recorded_at == local("2026-10-12 09:30")
        assert case.closed_at == case.last_event_at == local("2026-10-12 16:00")
        assert case.desk == world.property.departments["desk"]
        events = list(CaseEvent.objects.filter(complaint=case))
        assert [event.kind for event in events] == ["recorded", "accepted", "handled", "told", "closed"]
        assert {event.recorded_at for event in events} == {MONDAY}
        assert all(event.data["imported"] for event in events)
        assert events[3].reason == "已更换门机皮带"
    assert_plan_is_stored(world.property)


def test_nothing_old_ever_fires_but_what_is_open_goes_on(world, tmp_path):
    now = local("2026-10-13 08:00")
    answered_late = row(编号="A-1", 办结时间="2026-10-13 07:00:00", 受理时间="2026-10-01 09:00:00")
    still_open = row(编号="A-2", 处理结果="", 办结时间="", 受理时间="2026-10-12 09:30:00")
    load(world.property, csv_file(tmp_path, answered_late, still_open), now)
    with world.property.scope():
        assert Complaint.objects.get(external_number="A-2").state == State.ACCEPTED
        late = Deadline.objects.get(complaint__external_number="A-1", duty="solve")
        assert late.is_late
        assert late.next_fire_at is None
    assert sweep(now).fired == 0
    assert sweep(now + timedelta(hours=2)).fired > 0  # 24 h for the open one end at 09:30
    with world.property.scope():
        assert not CaseEvent.objects.filter(complaint__external_number="A-1", kind="breached").exists()
        assert CaseEvent.objects.filter(complaint__external_number="A-2", kind="breached").exists()
    assert_plan_is_stored(world.property)


def test_departments_bring_tickets_along(world, tmp_path):
    header = ("部门", "派单", "签收", "回访", "满意度", "说明")
    done = (*row(), "工程部", "2026-10-12 09:40", "2026-10-12 10:00", "2026-10-14 15:00", "满意", "")
    waiting = (*row(编号="A-2", 处理结果="", 办结时间=""), "works", "2026-10-12 09:40", "", "", "", "")
    path = csv_file(
        tmp_path,
        done,
        waiting,
        header=("编号", "标题", "内容", "来源", "受理时间", "处理结果", "办结时间", *header),
    )
    using = mapping(
        fields={"satisfaction": {"column": "满意度", "values": {"满意": "satisfied"}}},
        history={"department": "部门", "dispatched": "派单", "signed": "签收", "followed_up": "回访"},
    )
    report, faults = load(world.property, path, using=using)
    assert (counts(report), faults) == ((2, 2, 0, 0), [])
    with world.property.scope():
        first, second = Ticket.objects.order_by("complaint__external_number")
        assert (first.state, first.result, first.number) == (
            Ticket.State.DONE,
            "已更换门机皮带",
            "GD202610-00001",
        )
        assert first.signed_at == local("2026-10-12 10:00")
        assert (second.state, second.complaint.state) == (Ticket.State.DISPATCHED, State.DISPATCHED)
        case = first.complaint
        assert (case.lead_department, case.satisfaction) == (world.property.departments["works"], "satisfied")
        assert case.closed_at == local("2026-10-14 15:00")
        kinds = list(CaseEvent.objects.filter(complaint=case).values_list("kind", flat=True))
        assert kinds == [
            "recorded", "accepted", "dispatched", "acknowledged",
            "handled", "told", "follow_up_done", "closed",
        ]  # fmt: skip
        receipt = Deadline.objects.get(complaint=case, duty="receipt")
        assert (receipt.state, receipt.met_at) == (Deadline.State.MET, local("2026-10-12 10:00"))
    assert_plan_is_stored(world.property)


@pytest.mark.parametrize(("ends", "state"), [("handled", State.HANDLED), ("told", State.TOLD)])
def test_an_answered_case_may_stay_open(world, tmp_path, ends, state):
    load(world.property, csv_file(tmp_path, row()), using=mapping(ends=ends))
    with world.property.scope():
        case = Complaint.objects.get()
        assert (case.state, case.closed_at) == (state, None)


def test_numbers_go_on_after_those_given_out(world, tmp_path):
    new_case(world.property, local("2026-10-20 10:00"))
    rows = [row(编号=f"A-{place}", 受理时间=f"2026-{9 + place % 2}-12 09:30:00") for place in range(4)]
    load(world.property, csv_file(tmp_path, *rows))
    case = new_case(world.property, local("2026-10-30 10:00"))
    assert case.number == "TS202610-00004"
    with world.property.scope():
        numbers = Complaint.objects.order_by("external_number").exclude(external_number="")
        assert [found.number for found in numbers] == [
            "TS202609-00001",
            "TS202610-00002",
            "TS202609-00002",
            "TS202610-00003",
        ]
        assert NumberSequence.objects.get(series="TS202610").last == 4


def test_xlsx_is_read_the_same(world, tmp_path):
    dated = row(编号=2549.0, 受理时间=datetime(2026, 10, 12, 9, 30), 办结时间="2026/10/12 16:00")
    report, faults = load(world.property, xlsx_file(tmp_path, dated), using=mapping(file={"sheet": "投诉"}))
    assert (counts(report), faults) == ((1, 1, 0, 0), [])
    with world.property.scope():
        case = Complaint.objects.get(external_number="2549")
        assert (case.received_at, case.closed_at) == (local("2026-10-12 09:30"), local("2026-10-12 16:00"))


def test_texts_are_normalised_and_keep_their_line_breaks(world, tmp_path):
    text = "３号楼\u200b\r\n第二行\t"
    load(world.property, csv_file(tmp_path, row(内容=text, 编号=" Ａ－１ ")))
    with world.property.scope():
        case = Complaint.objects.get(external_number="A-1")
        assert case.content == "3号楼\n第二行"


# --- all or nothing, again and again ---


def test_one_bad_row_and_nothing_is_imported(world, tmp_path):
    report, faults = load(world.property, csv_file(tmp_path, row(), row(编号="A-2", 来源="传真")))
    assert counts(report) == (2, 0, 0, 1)
    assert len(faults) == 1
    with world.property.scope():
        assert not Complaint.objects.exists()
        assert not NumberSequence.objects.exists()


def test_partial_imports_the_good_rows(world, tmp_path):
    report, _faults = load(
        world.property, csv_file(tmp_path, row(), row(编号="A-2", 来源="传真")), partial=True
    )
    assert counts(report) == (2, 1, 0, 1)
    with world.property.scope():
        assert Complaint.objects.get().external_number == "A-1"


def test_dry_run_changes_nothing(world, tmp_path):
    report, _faults = load(world.property, csv_file(tmp_path, row()), dry_run=True)
    assert counts(report) == (1, 1, 0, 0)
    with world.property.scope():
        assert not Complaint.objects.exists()
        assert not NumberSequence.objects.exists()


def test_the_second_time_changes_nothing(world, tmp_path):
    path = csv_file(tmp_path, row(), row(编号="A-2"))
    load(world.property, path)
    with world.property.scope():
        before = dict(Complaint.objects.values_list("number", "revision"))
    assert counts(load(world.property, path)[0]) == (2, 0, 2, 0)
    longer = csv_file(tmp_path, row(), row(编号="A-2"), row(编号="A-3"))
    assert counts(load(world.property, longer)[0]) == (3, 1, 2, 0)
    with world.property.scope():
        after = dict(Complaint.objects.values_list("number", "revision"))
    assert (len(before), len(after)) == (2, 3)
    assert before.items() <= after.items()


def test_the_numbers_of_another_organization_are_not_known(world, tmp_path):
    path = csv_file(tmp_path, row())
    load(world.property, path)
    assert counts(load(world.hospital, path)[0]) == (1, 1, 0, 0)


def test_rows_are_written_many_at_a_time(world, tmp_path):
    def statements(folder: str, count: int) -> int:
        (tmp_path / folder).mkdir()
        path = csv_file(tmp_path / folder, *[row(编号=f"{folder}-{place}") for place in range(count)])
        with CaptureQueriesContext(connection) as captured:
            assert load(world.property, path)[0].imported == count
        return len(captured)

    statements("warm", 2)
    # 30 rows more are 30 cases, 150 events and 120 deadlines more; SQLite takes some 70 rows in a statement.
    assert statements("many", 40) - statements("few", 10) < 10


# --- what is refused, and how it is told ---


@pytest.mark.parametrize(
    ("changes", "column", "value"),
    [
        ({"办结时间": "2026-10-12 09:00:00"}, "办结时间", "2026-10-12 09:00:00"),
        ({"办结时间": "昨天"}, "办结时间", "昨天"),
        ({"办结时间": ""}, "办结时间", ""),
        ({"处理结果": ""}, "办结时间", "2026-10-12 16:00:00"),
        ({"受理时间": "2026-13-40 09:30:00"}, "受理时间", "2026-13-40 09:30:00"),
        ({"受理时间": ""}, "受理时间", ""),
        ({"受理时间": "0019-04-25 09:30:00"}, "受理时间", "0019-04-25 09:30:00"),
        ({"受理时间": "2027-01-01 00:00", "办结时间": "2027-01-02 00:00"}, "受理时间", "2027-01-01 00:00"),
        ({"来源": "传真"}, "来源", "传真"),
        ({"来源": ""}, "来源", ""),
        ({"标题": " \u3000"}, "标题", ""),
        ({"编号": ""}, "编号", ""),
        ({"编号": "长" * 61}, "编号", "长" * 39 + "…"),
        ({"标题": "长" * 201}, "标题", "长" * 39 + "…"),
    ],
)  # fmt: skip
def test_a_bad_row_is_told_with_row_column_and_value(world, tmp_path, changes, column, value):
    report, faults = load(world.property, csv_file(tmp_path, row(编号="A-0"), row(**changes)))
    assert report.refused == 1
    assert (faults[0].row, faults[0].column, faults[0].value) == (3, column, value)
    assert faults[0].sentence


def test_all_faults_of_a_row_are_told(world, tmp_path):
    report, faults = load(world.property, csv_file(tmp_path, row(来源="传真", 标题="", 受理时间="?")))
    assert report.refused == 1
    assert [fault.column for fault in faults] == ["标题", "来源", "受理时间"]


def test_a_number_that_is_in_the_file_twice_is_refused(world, tmp_path):
    report, faults = load(world.property, csv_file(tmp_path, row(), row(编号="A-2"), row(标题="另一件")))
    assert counts(report) == (3, 0, 0, 1)
    assert (faults[0].row, faults[0].value) == (4, "A-1")
    assert "2" in faults[0].sentence


def test_a_long_subject_is_cut_only_if_the_mapping_allows_it(world, tmp_path):
    path = csv_file(tmp_path, row(标题="长" * 201))
    load(world.property, path, using=mapping(fields={"subject": {"column": "标题", "truncate": True}}))
    with world.property.scope():
        assert Complaint.objects.get().subject == "长" * 197 + "..."


@pytest.mark.parametrize(
    ("given", "kept"), [("电梯", "lift"), ("工程维修 / 电梯", "lift"), ("lift", "lift"), ("", "")]
)
def test_lists_take_ids_and_titles(world, tmp_path, given, kept):
    path = csv_file(tmp_path, row(标题=given or "x"))
    using = mapping(fields={"category": {"column": "标题", "values": {"x": ""}}})
    load(world.property, path, using=using)
    with world.property.scope():
        assert Complaint.objects.get().category == kept


def test_an_external_number_can_be_made_of_columns(world, tmp_path):
    using = mapping(fields={"external_number": {"columns": ["标题", "受理时间"], "digest": True}})
    path = csv_file(tmp_path, row(), row(受理时间="2026-10-12 09:31:00"))
    assert counts(load(world.property, path, using=using)[0]) == (2, 2, 0, 0)
    assert counts(load(world.property, path, using=using)[0]) == (2, 0, 2, 0)


@pytest.mark.parametrize("name", ["没有的部门", "服务办"])
def test_a_department_that_is_not_of_the_organization_is_refused(world, tmp_path, name):
    path = csv_file(tmp_path, row(标题=name))
    report, faults = load(world.property, path, using=mapping(history={"department": "标题"}))
    assert (report.refused, faults[0].value) == (1, name)


# --- the command ---


@pytest.fixture
def mapping_file(tmp_path):
    path = tmp_path / "mapping.yaml"
    path.write_text(
        "fields:\n"
        "  {external_number: 编号, subject: 标题, content: 内容,\n"
        "   channel: {value: phone}, tier: {value: minor}}\n"
        "history: {received: 受理时间, reply: 处理结果, replied: 办结时间}\n"
    )
    return path


def test_the_command_prints_the_counts(world, tmp_path, mapping_file, capsys):
    path = csv_file(tmp_path, row(), row(编号="A-2"))
    call_command("import_complaints", "evergreen", str(path), mapping=mapping_file)
    call_command("import_complaints", "evergreen", str(path), mapping=mapping_file, dry_run=True)
    first, second = capsys.readouterr().out.splitlines()
    assert [first.count("2"), second.count("2")] == [2, 2]
    with world.property.scope():
        assert Complaint.objects.count() == 2


def test_the_command_fails_if_a_row_is_refused(world, tmp_path, mapping_file, capsys):
    path = csv_file(tmp_path, row(), row(编号="A-2", 办结时间="2026-10-12 09:00:00"))
    with pytest.raises(CommandError):
        call_command("import_complaints", "evergreen", str(path), mapping=mapping_file)
    line = capsys.readouterr().out.splitlines()[0]
    assert "3" in line
    assert "办结时间" in line
    assert "2026-10-12 09:00:00" in line


@pytest.mark.parametrize(("slug", "file"), [("nobody", "complaints.csv"), ("evergreen", "nowhere.csv")])
def test_the_command_says_what_it_cannot_use(world, tmp_path, mapping_file, slug, file):
    csv_file(tmp_path, GOOD)
    with pytest.raises(CommandError):
        call_command("import_complaints", slug, str(tmp_path / file), mapping=mapping_file)
