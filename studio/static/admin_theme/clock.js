// Lets the running timer tick. Without scripts it shows what it was when the page was made.
(() => {
  // The server's clock counts: what has passed here is added to the length that it told.
  const told = new WeakMap();
  const tick = () => {
    for (const shown of document.querySelectorAll(".clock-time[data-length]")) {
      if (!told.has(shown)) told.set(shown, performance.now());
      const seconds = Number(shown.dataset.length) + Math.floor((performance.now() - told.get(shown)) / 1000);
      const pair = (part) => String(part).padStart(2, "0");
      const text = `${Math.floor(seconds / 3600)}:${pair(Math.floor(seconds / 60) % 60)}:${pair(seconds % 60)}`;
      if (shown.textContent !== text) shown.textContent = text;
    }
  };
  tick();
  window.setInterval(tick, 1000);
  document.addEventListener("htmx:afterSettle", tick);
})();
