// Draws the charts of a page. Their specifications and both colour themes are JSON in the page itself.
(function () {
  "use strict";
  function read(id) {
    return JSON.parse(document.getElementById(id).textContent);
  }
  var themes = read("chart-themes");
  var charts = Array.prototype.map.call(document.querySelectorAll("[data-chart]"), function (plot) {
    return { plot: plot, spec: read(plot.dataset.chart + "-spec"), view: null, mode: null };
  });

  // As many legend entries side by side as the screen has room for (charts.py: legend_columns).
  function configFor(chart, mode) {
    var space = chart.spec.usermeta;
    if (!space) return themes[mode];
    var room = chart.plot.clientWidth - space.legendMargin;
    var columns = Math.max(1, Math.floor(room / space.legendEntryWidth));
    return Object.assign({}, themes[mode], { legend: Object.assign({}, themes[mode].legend, { columns: columns }) });
  }

  // Names beside the bars get half of a narrow screen, or the bars would have nothing left.
  function fitLabels(chart) {
    var axis = ((chart.spec.encoding || {}).y || {}).axis;
    if (axis && axis.labelLimit) axis.labelLimit = Math.min(axis.labelLimit, Math.round(chart.plot.clientWidth * 0.5));
  }

  function draw(chart, mode) {
    chart.mode = mode;
    fitLabels(chart);
    return vegaEmbed(chart.plot.querySelector(".live"), chart.spec, {
      config: configFor(chart, mode),
      renderer: "svg",
      actions: false,
      ast: true, // Vega's own expression interpreter: the content security policy forbids eval
      defaultStyle: false,
      tooltip: { disableDefaultStyle: true }
    }).then(function (result) {
      if (chart.mode !== mode) return result.finalize(); // the reader switched again meanwhile
      if (chart.view) chart.view.finalize();
      chart.view = result;
      chart.plot.classList.add("drawn");
    });
  }

  function drawAll() {
    var root = document.documentElement;
    var isDark = window.matchMedia("(prefers-color-scheme: dark)").matches;
    var mode = root.dataset.theme || (isDark ? "dark" : "light");
    Promise.all(charts.filter(function (chart) { return chart.mode !== mode; }).map(function (chart) {
      return draw(chart, mode);
    })).then(function () { root.dataset.charts = mode; });
  }

  document.addEventListener("themechange", drawAll);
  drawAll();
})();
