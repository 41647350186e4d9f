"""The few line drawings the pages use (24 × 24, in the manner of Tabler's icons)."""

# ruff: noqa: E501 - drawings do not break into lines

PATHS = {
    "list-check": '<path d="M4 6l1.5 1.5l2.5 -2.5M4 12l1.5 1.5l2.5 -2.5M4 18l1.5 1.5l2.5 -2.5M12 6h8M12 12h8M12 18h8"/>',
    "phone-plus": '<path d="M5 4h4l2 5l-2.5 1.5a11 11 0 0 0 5 5l1.5 -2.5l5 2v4a2 2 0 0 1 -2 2a16 16 0 0 1 -15 -15a2 2 0 0 1 2 -2M15 6h6M18 3v6"/>',
    "tool": '<path d="M7 10h3v-3l-3.5 -3.5a6 6 0 0 1 8 8l6 6a2 2 0 0 1 -3 3l-6 -6a6 6 0 0 1 -8 -8l3.5 3.5"/>',
    "alert": '<path d="M12 9v4M12 16.5v.01M10.4 3.6l-8.2 13.6a1.9 1.9 0 0 0 1.6 2.8h16.4a1.9 1.9 0 0 0 1.6 -2.8l-8.2 -13.6a1.9 1.9 0 0 0 -3.2 0"/>',
    "folder": '<path d="M5 4h4l3 3h7a2 2 0 0 1 2 2v8a2 2 0 0 1 -2 2h-14a2 2 0 0 1 -2 -2v-11a2 2 0 0 1 2 -2"/>',
    "chart": '<path d="M4 20h16M5 20v-7h3v7M10.5 20v-12h3v12M16 20v-16h3v16"/>',
    "gauge": '<path d="M3.5 18a9 9 0 1 1 17 0M12 15l4 -5M12 15v.01M6 13h.01M18 13h.01M12 8v.01"/>',
    "bell": '<path d="M10 5a2 2 0 1 1 4 0a7 7 0 0 1 4 6v3a4 4 0 0 0 2 3h-16a4 4 0 0 0 2 -3v-3a7 7 0 0 1 4 -6M9 17v1a3 3 0 0 0 6 0v-1"/>',
    "user": '<path d="M8 7a4 4 0 1 0 8 0a4 4 0 0 0 -8 0M6 21v-2a4 4 0 0 1 4 -4h4a4 4 0 0 1 4 4v2"/>',
    "logout": '<path d="M14 8v-2a2 2 0 0 0 -2 -2h-6a2 2 0 0 0 -2 2v12a2 2 0 0 0 2 2h6a2 2 0 0 0 2 -2v-2M9 12h12l-3 -3M18 15l3 -3"/>',
    "search": '<path d="M3 10a7 7 0 1 0 14 0a7 7 0 1 0 -14 0M21 21l-6 -6"/>',
    "pencil": '<path d="M4 20h4l10.5 -10.5a2.8 2.8 0 0 0 -4 -4l-10.5 10.5v4M13.5 6.5l4 4"/>',
    "download": '<path d="M4 17v2a2 2 0 0 0 2 2h12a2 2 0 0 0 2 -2v-2M7 11l5 5l5 -5M12 4v12"/>',
    "clock": '<path d="M3 12a9 9 0 1 0 18 0a9 9 0 0 0 -18 0M12 7v5l3 3"/>',
    "check": '<path d="M5 12l5 5l10 -10"/>',
    "building": '<path d="M3 21h18M5 21v-16a2 2 0 0 1 2 -2h10a2 2 0 0 1 2 2v16M9 8h1M9 12h1M9 16h1M14 8h1M14 12h1M14 16h1"/>',
    "inbox": '<path d="M6 4h12a2 2 0 0 1 2 2v12a2 2 0 0 1 -2 2h-12a2 2 0 0 1 -2 -2v-12a2 2 0 0 1 2 -2M4 13h3l3 3h4l3 -3h3"/>',
    "arrow-left": '<path d="M5 12h14M5 12l6 6M5 12l6 -6"/>',
    "book": '<path d="M12 6a8 6 0 0 0 -8 -1v14a8 6 0 0 1 8 1a8 6 0 0 1 8 -1v-14a8 6 0 0 0 -8 1v14"/>',
    "camera": '<path d="M5 7h2l2 -3h6l2 3h2a2 2 0 0 1 2 2v9a2 2 0 0 1 -2 2h-14a2 2 0 0 1 -2 -2v-9a2 2 0 0 1 2 -2M9 13a3 3 0 1 0 6 0a3 3 0 0 0 -6 0"/>',
    "upload": '<path d="M4 17v2a2 2 0 0 0 2 2h12a2 2 0 0 0 2 -2v-2M7 9l5 -5l5 5M12 4v12"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "menu": '<path d="M4 6h16M4 12h16M4 18h16"/>',
}
