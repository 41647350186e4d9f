// Draws the tables that have a chart. The numbers, their names and where they lead come from the table itself,
// which stays on the page for everybody who cannot or does not want to see a drawing.
(function () {
  "use strict";
  if (!window.echarts) return;
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const words = getComputedStyle(document.body);
  const colours = ["#0b5cad", "#7fb2e5", "#2b8a3e"];

  function read(table) {
    const heads = [...table.tHead.rows[0].cells];
    const rows = [...table.tBodies[0].rows];
    return {
      labels: rows.map((row) => row.cells[0].textContent.trim()),
      series: heads
        .map((head, column) => ({
          name: head.textContent.trim(),
          type: head.dataset.series,
          cells: rows.map((row) => row.cells[column]),
        }))
        .filter((row) => row.type),
    };
  }

  function value(cell) {
    const number = parseFloat(cell.textContent);
    return Number.isNaN(number) ? null : number;
  }

  function series(row) {
    const isRate = row.type === "line";
    return {
      name: row.name,
      type: row.type,
      yAxisIndex: isRate ? 1 : 0,
      data: row.cells.map(value),
      barMaxWidth: 22,
      symbolSize: 7,
      connectNulls: false,
      tooltip: { valueFormatter: (number) => (number === null ? "—" : number + (isRate ? " %" : "")) },
    };
  }

  function option(data) {
    const text = { color: words.color, fontFamily: words.fontFamily };
    const axis = { axisLabel: text, splitLine: { lineStyle: { color: "rgba(92, 103, 115, .2)" } } };
    const hasRate = data.series.some((row) => row.type === "line");
    return {
      animation: !still,
      color: colours,
      textStyle: text,
      grid: { left: 8, right: 8, top: 40, bottom: 4, containLabel: true },
      legend: { top: 4, textStyle: text },
      // As a drawing, not as HTML: the page forbids inline styles.
      tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" } },
      xAxis: { type: "category", data: data.labels, axisLabel: text },
      yAxis: [
        { type: "value", minInterval: 1, ...axis },
        ...(hasRate ? [{ type: "value", min: 0, max: 100, axisLabel: { ...text, formatter: "{value} %" }, splitLine: { show: false } }] : []),
      ],
      series: data.series.map(series),
    };
  }

  document.querySelectorAll("[data-chart-of]").forEach((place) => {
    const data = read(document.getElementById(place.dataset.chartOf));
    place.hidden = false;
    const chart = window.echarts.init(place);
    chart.setOption(option(data));
    chart.on("click", (event) => {
      const link = data.series[event.seriesIndex].cells[event.dataIndex].querySelector("a");
      if (link) window.location.assign(link.href);
    });
    window.addEventListener("resize", () => chart.resize());
  });
})();
