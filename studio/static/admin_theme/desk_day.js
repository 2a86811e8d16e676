// Completes no day as planned while one of its rows says something else: what was filled in there would be lost.
// Without scripts the page that asks first names every session.
document.addEventListener("DOMContentLoaded", () => {
  const differs = (field) => {
    if (field.type === "radio") return field.checked && (!field.defaultChecked || field.value === "no_show");
    if (field.tagName === "SELECT") {
      const chosen = field.querySelector("option[selected]") || field.options[0];
      return field.selectedOptions[0] !== chosen;
    }
    return field.type !== "hidden" && "defaultValue" in field && field.value !== field.defaultValue;
  };

  document.querySelectorAll("[data-desk-day]").forEach((form) => {
    const day = form.closest("section");
    const told = day.querySelector("[data-desk-marked]");
    form.addEventListener("submit", (event) => {
      const marked = [...day.querySelectorAll(".desk-form")].filter((row) => [...row.elements].some(differs));
      told.hidden = marked.length === 0;
      told.className = "action-refusal";
      if (told.hidden) return;
      event.preventDefault();
      const names = marked.map((row) => row.querySelector(".desk-name").textContent);
      told.textContent = `${told.dataset.deskMarked} ${names.join(", ")}`;
      marked[0].querySelector("button").focus();
    });
  });
});
