"""The addresses of the pages. Everything of an organization lies under /o/<organization>/."""

from django.urls import include, path

from web import (
    account,
    call,
    case,
    cases,
    converters,
    dashboard,
    deciding,
    department,
    export,
    files,
    front_desk,
    inbox,
    manager,
    orders,
    printing,
    reports,
    saved_views,
    search,
    settings,
    signing,
    tasks,
)
from web.actions import CASE_ACTIONS, TICKET_ACTIONS
from web.administration import urls as administration
from web.public import urls as public

converters.register()

organization = [
    path("", account.organization, name="organization"),
    path("desk/", front_desk.desk, name="desk"),
    path("desk/log/", call.log_call, name="log-call"),
    path("desk/log/add/<number:number>/", call.add, name="log-call-add"),
    path("desk/lookup/", call.lookup, name="lookup"),
    path("desk/propose/", call.propose, name="propose"),
    path("desk/draft/", call.keep, name="draft"),
    path("desk/draft/<uuid:key>/discard/", call.discard, name="draft-discard"),
    path("desk/draft/<uuid:key>/restore/", call.restore, name="draft-restore"),
    path("cases/", cases.cases, name="cases"),
    path("cases/export.csv", export.export, {"kind": "csv"}, name="cases-csv"),
    path("cases/export.xlsx", export.export, {"kind": "xlsx"}, name="cases-xlsx"),
    path("cases/views/", saved_views.views, name="case-views"),
    *[
        path(f"cases/views/<row:pk>/{name}/", saved_views.act, {"name": name}, f"case-view-{name}")
        for name in saved_views.VERBS
    ],
    path("search/", search.hits, name="search"),
    path("case/<number:number>/", case.show, name="case"),
    *[
        path(f"case/<number:number>/{row.name}/", case.act, {"name": row.name}, f"case-{row.name}")
        for row in CASE_ACTIONS
    ],
    *[
        path(f"ticket/<number:number>/{row.name}/", department.act, {"name": row.name}, f"ticket-{row.name}")
        for row in TICKET_ACTIONS
    ],
    path("case/<number:number>/files/<row:pk>/", files.download, name="case-file"),
    path("case/<number:number>/files/<row:pk>/thumbnail/", files.thumbnail, name="case-thumbnail"),
    path("case/<number:number>/forms/<word:form>/", printing.paper, name="case-paper"),
    path("department/", department.department, name="department"),
    path("department/sign/", signing.sign, name="tickets-sign"),
    path("manager/", manager.manager, name="manager"),
    path("task/<row:pk>/settle/", tasks.settle, name="task-settle"),
    path("extension/<row:pk>/decide/", manager.decide, name="extension-decide"),
    path("case/<number:number>/remedy/", deciding.propose, name="case-remedy"),
    *[
        path(f"remedy/<row:pk>/{name}/", deciding.step, {"name": name}, f"remedy-{name}")
        for name in ("decide", "withdraw", "deliver")
    ],
    path("case/<number:number>/penalty/", deciding.penalty, name="case-penalty"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/read/", inbox.read_all, name="inbox-read-all"),
    path("inbox/unread/", inbox.unread_again, name="inbox-unread-again"),
    path("inbox/badge/", inbox.badge, name="inbox-badge"),
    path("inbox/<row:pk>/", inbox.read, name="inbox-read"),
    path("inbox/<row:pk>/unread/", inbox.unread, name="inbox-unread"),
    path("settings/", settings.settings, name="settings"),
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("orders/", orders.orders, name="orders"),
    path("reports/", reports.reports, name="reports"),
    path("reports/<month:month>.pdf", reports.report, name="report"),
    *administration.routes(),
]

urlpatterns = [
    path("", account.home, name="home"),
    path("login/", account.login, name="login"),
    path("logout/", account.logout, name="logout"),
    path("language/", account.language, name="language"),
    path("password/", settings.password, name="password"),
    path("o/<slug:org>/", include(organization)),
    path("p/<slug:org>/", include(public.routes())),
]
