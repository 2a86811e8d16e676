// The slot grid by keyboard, and what opens beside it. Without this every link is a page of its own.
document.addEventListener("DOMContentLoaded", () => {
  const board = document.querySelector("[data-slot-board]");
  if (!board) return;
  const panel = document.getElementById("slot-panel");
  const inside = document.getElementById("slot-panel-inside");
  const place = board.querySelector(".slot-scroll");

  // Arrows ---------------------------------------------------------------------------------------------------

  // The table as people see it: a cell that spans rows stands in each of them.
  const matrix = () => {
    const rows = [...board.querySelectorAll(".slot-grid tbody tr")];
    const seen = rows.map(() => []);
    rows.forEach((row, y) => {
      let x = 0;
      for (const cell of row.cells) {
        while (seen[y][x]) x += 1;
        for (let down = 0; down < cell.rowSpan && y + down < rows.length; down += 1) seen[y + down][x] = cell;
      }
    });
    return seen;
  };
  const linksOf = (cell) => [...cell.querySelectorAll("a")];
  const links = () => [...board.querySelectorAll(".slot-grid tbody a")];

  // One link of the grid is in the order of Tab; the arrows move which.
  const settle = (chosen) => {
    const all = links();
    const one = chosen || all.find((link) => link.closest(".slot-now")) || all[0];
    for (const link of all) link.tabIndex = link === one ? 0 : -1;
  };
  const go = (link) => {
    if (!link) return;
    settle(link);
    link.focus();
    link.scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  const target = (link, key) => {
    const cell = link.closest("td");
    const grid = matrix();
    const y = grid.findIndex((row) => row.includes(cell));
    const x = grid[y].indexOf(cell);
    const own = linksOf(cell);
    const at = own.indexOf(link);
    if (key === "Home") return grid.map((row) => row[x]).flatMap(linksOf)[0];
    if (key === "End") return grid.map((row) => row[x]).flatMap(linksOf).at(-1);
    if (key === "ArrowDown" && own[at + 1]) return own[at + 1];
    if (key === "ArrowUp" && own[at - 1]) return own[at - 1];
    if (key === "ArrowDown" || key === "ArrowUp") {
      const step = key === "ArrowDown" ? 1 : -1;
      for (let row = y; row >= 0 && row < grid.length; row += step) {
        const found = grid[row][x] === cell ? [] : linksOf(grid[row][x]);
        if (found.length) return found.at(step === 1 ? 0 : -1);
      }
      return null;
    }
    const step = key === "ArrowRight" ? 1 : -1;
    for (let column = x + step; column >= 1 && column < grid[y].length; column += step) {
      const found = linksOf(grid[y][column]);
      if (found.length) return found[0];
    }
    return null;
  };

  board.addEventListener("keydown", (event) => {
    const link = event.target.closest(".slot-grid tbody a");
    if (!link || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (["PageUp", "PageDown"].includes(event.key)) {
      const other = board.querySelector(event.key === "PageUp" ? "a[rel=prev]" : "a[rel=next]");
      event.preventDefault();
      if (other) other.click();
    } else if (["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) {
      event.preventDefault();
      go(target(link, event.key));
    }
  });
  board.addEventListener("focusin", (event) => {
    const link = event.target.closest(".slot-grid tbody a");
    if (link) settle(link);
  });

  // The panel ------------------------------------------------------------------------------------------------

  const opened = () => {
    if (!panel.open) panel.showModal();
    const first = inside.querySelector("[data-refused], [autofocus]") || inside.querySelector("input:not([type=hidden]), a, button");
    if (first) first.focus({ preventScroll: true });
    panel.scrollTop = 0;
  };
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const detail = event.detail;
    if (!inside.contains(detail.target)) return;
    if (detail.xhr.responseURL.includes("/accounts/login/")) {
      window.location.reload(); // signed out meanwhile
      detail.shouldSwap = false;
    } else if (detail.xhr.status >= 400 && detail.xhr.getResponseHeader("X-Part")) {
      detail.shouldSwap = true; // a refusal is an answer too: the form with its sentence
      detail.isError = false;
    }
  });
  // Not sooner: what is typed between swap and settle is heard by nobody, and the search would never start.
  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target === inside) opened();
  });
  ["htmx:responseError", "htmx:sendError", "htmx:timeout"].forEach((name) =>
    document.body.addEventListener(name, (event) => {
      if (!inside.contains(event.detail.target)) return;
      const told = document.createElement("p");
      told.className = "action-refusal";
      told.setAttribute("role", "alert");
      told.tabIndex = -1;
      told.textContent = panel.dataset.unreachable;
      inside.prepend(told);
      if (!panel.open) panel.showModal();
      told.focus();
    }),
  );
  panel.querySelector("[data-close]").addEventListener("click", () => panel.close());
  panel.addEventListener("click", (event) => {
    if (event.target === panel) panel.close(); // beside it
  });

  // Where the page begins -------------------------------------------------------------------------------------

  settle();
  const tabs = board.querySelector(".day-tabs");
  const current = tabs.querySelector("[aria-current]");
  if (current) tabs.scrollLeft = current.offsetLeft - tabs.offsetLeft - 16;
  const asked = board.dataset.shown && document.getElementById(`s-${board.dataset.shown}`);
  if (asked) {
    go(asked);
  } else if (place) {
    const first = board.querySelector(".slot-now") || board.querySelector(".slot-session")?.closest("tr");
    if (first) place.scrollTop = Math.max(first.offsetTop - place.querySelector("thead").offsetHeight - 56, 0);
  }
});
