// Adds and removes rows of boxes in a form. Without scripts there is one empty row more after each save.
document.addEventListener("DOMContentLoaded", () => {
  const wire = (row) => {
    const remove = row.querySelector("[data-row-remove]");
    remove.hidden = false;
    remove.addEventListener("click", () => {
      const rows = row.closest("[data-rows]");
      if (rows.querySelectorAll("[data-row]").length > 1) row.remove();
      else row.querySelectorAll("input, select").forEach((box) => (box.value = ""));
      rows.querySelector("[data-row-add]").focus();
    });
  };

  for (const rows of document.querySelectorAll("[data-rows]")) {
    rows.querySelectorAll("[data-row]").forEach(wire);
    const add = rows.querySelector("[data-row-add]");
    let added = 0;
    add.hidden = false;
    add.addEventListener("click", () => {
      const all = rows.querySelectorAll("[data-row]");
      const fresh = all[all.length - 1].cloneNode(true);
      added += 1;
      for (const box of fresh.querySelectorAll("input, select")) {
        const label = fresh.querySelector(`label[for="${box.id}"]`);
        box.id = `${box.id}-${added}`;
        box.value = "";
        label.htmlFor = box.id;
      }
      wire(fresh);
      add.before(fresh);
      fresh.querySelector("input, select").focus();
    });
  }
});
