// Light or dark: the system's wish, or what the reader chose. Runs before the page is drawn, so nothing flashes.
(function () {
  "use strict";
  var root = document.documentElement;
  var system = window.matchMedia("(prefers-color-scheme: dark)");

  // A page opened as a file may have no storage: the choice then lasts as long as the page.
  function stored() {
    try { return localStorage.getItem("theme"); } catch (error) { return null; }
  }
  function store(mode) {
    try { localStorage.setItem("theme", mode); } catch (error) { /* not kept */ }
  }
  function current() {
    return root.dataset.theme || (system.matches ? "dark" : "light");
  }
  function announce() {
    var button = document.getElementById("theme-toggle");
    if (button) {
      var other = current() === "dark" ? "light" : "dark";
      button.hidden = false;
      button.querySelector(".theme-text").textContent = other === "dark" ? "Dark" : "Light";
      button.setAttribute("aria-label", "Switch to " + other + " colours");
    }
    document.dispatchEvent(new CustomEvent("themechange", { detail: current() }));
  }

  var chosen = stored();
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
  root.classList.add("scripted");

  document.addEventListener("DOMContentLoaded", function () {
    document.getElementById("theme-toggle").addEventListener("click", function () {
      root.dataset.theme = current() === "dark" ? "light" : "dark";
      store(root.dataset.theme);
      announce();
    });
    announce();
    // On a phone the tabs scroll sideways.
    document.querySelector(".tabs [aria-current]").scrollIntoView({ inline: "center", block: "nearest" });
    // One definition open at a time; a click elsewhere or Escape closes it.
    function close(except) {
      document.querySelectorAll("details.info[open]").forEach(function (item) {
        if (item !== except) item.open = false;
      });
    }
    document.addEventListener("click", function (event) { close(event.target.closest("details.info")); });
    document.addEventListener("keydown", function (event) { if (event.key === "Escape") close(null); });
  });
  system.addEventListener("change", announce);
})();
