// Applies the chosen theme before the first paint. A file of its own because the page's content
// security policy allows no inline script.
(function () {
  var choice = null;
  try {
    choice = localStorage.getItem("ringfence.theme");
  } catch (_) {
    // Storage may be switched off; the system's preference then decides.
  }
  if (choice === "light" || choice === "dark") document.documentElement.dataset.theme = choice;
})();
