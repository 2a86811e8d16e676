// Keeps the answer "free, or why not" beside the booking form true to what stands in it.
// Without scripts the form works the same: the answer comes with the save.
document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("[data-take-slot]");
  if (!form) return;
  const asked = new Set(form.dataset.asked.split(" "));
  const priced = new Set(form.dataset.priced.split(" "));
  const answer = form.querySelector("#answer");

  // An answer about another slot is worse than none.
  const unknown = () => {
    const told = document.createElement("p");
    told.className = "answer-wait";
    told.textContent = answer.dataset.unknown;
    answer.replaceChildren(told);
  };
  ["htmx:responseError", "htmx:sendError", "htmx:timeout"].forEach((name) => answer.addEventListener(name, unknown));
  answer.addEventListener("htmx:beforeSwap", (event) => {
    const address = new URL(answer.getAttribute("hx-get") || answer.getAttribute("hx-post"), window.location.href);
    const answered = new URL(event.detail.xhr.responseURL, window.location.href);
    if (answered.pathname === address.pathname) return;
    event.detail.shouldSwap = false; // e.g. the page to sign in again
    unknown();
  });

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
    if (priced.has(field.name)) form.dispatchEvent(new CustomEvent("price-changed"));
    if (field.name === "client") refreshProjects(field);
  };

  form.addEventListener("change", (event) => changed(event.target));
  form.addEventListener("input", (event) => {
    const isTold = event.target.type === "time" || event.target.type === "date" || "live" in form.dataset;
    if (isTold) changed(event.target);
  });
  // The box that searches tells of its choice through jQuery only.
  if (window.django && window.django.jQuery) {
    window.django.jQuery(form).on("select2:select select2:unselect select2:clear", (event) => changed(event.target));
  }
});
