// Keeps the answer "free, or why not" beside the booking form true to what stands in it.
// Without scripts the form works the same: the answer comes with the save.
document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("[data-take-slot]");
  if (!form) return;
  const asked = new Set(["room", "day", "start", "end", "last_day", "start_which", "end_which", "kind"]);

  const refreshProjects = (client) => {
    const choice = form.elements.namedItem("project");
    if (!choice) return;
    const address = new URL(form.dataset.projectsUrl, window.location.href);
    address.searchParams.set("client", client.value);
    address.searchParams.set("project", choice.value);
    fetch(address, { credentials: "same-origin" })
      .then((response) => (response.ok ? response.text() : null))
      .then((choices) => {
        if (choices !== null) choice.innerHTML = choices;
      });
  };

  const changed = (field) => {
    if (asked.has(field.name)) {
      // What the last save was told is about another slot now.
      form.querySelectorAll("[data-last-answer]").forEach((told) => told.remove());
      form.dispatchEvent(new CustomEvent("slot-changed"));
    }
    if (field.name === "client") refreshProjects(field);
  };

  form.addEventListener("change", (event) => changed(event.target));
  form.addEventListener("input", (event) => {
    if (event.target.type === "time" || event.target.type === "date") changed(event.target);
  });
  // The box that searches tells of its choice through jQuery only.
  if (window.django && window.django.jQuery) {
    window.django.jQuery(form).on("select2:select select2:clear", (event) => changed(event.target));
  }
});
