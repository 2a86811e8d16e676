// Of a payment, how much goes to which document: what somebody typed stands, whatever the page proposes meanwhile.
// Once a part is typed the page proposes none of the others; for another client it begins anew.
// What nobody typed is not sent: the program divides the amount as the page proposes, also one typed a moment ago.
document.addEventListener("DOMContentLoaded", () => {
  const answer = document.getElementById("answer");
  const form = answer && answer.closest("form");
  if (!form) return;
  const typed = new Map();
  const parts = () => answer.querySelectorAll("input.money-part");
  parts().forEach((field) => {
    if ("typed" in field.dataset) typed.set(field.name, field.value);
  });

  form.addEventListener("input", (event) => {
    const field = event.target;
    if (field.classList.contains("money-part")) typed.set(field.name, field.value);
  });
  const forget = (event) => {
    if (event.target.name === "client") typed.clear();
  };
  form.addEventListener("change", forget);
  // The box that searches tells of its choice through jQuery only.
  if (window.django && window.django.jQuery) {
    window.django.jQuery(form).on("select2:select select2:unselect select2:clear", forget);
  }
  form.addEventListener("submit", () => {
    parts().forEach((field) => {
      field.disabled = !typed.size;
    });
  });
  window.addEventListener("pageshow", () => {
    parts().forEach((field) => {
      field.disabled = false;
    });
  });
  answer.addEventListener("htmx:afterSwap", () => {
    if (!typed.size) return;
    parts().forEach((field) => {
      field.value = typed.has(field.name) ? typed.get(field.name) : "";
    });
  });
});
