// Copies the text of a box when its button is pressed; without a clipboard the button stays hidden.
"use strict";

document.querySelectorAll("[data-select]").forEach((box) => {
  box.addEventListener("focus", () => box.select());
});

document.querySelectorAll("[data-copy]").forEach((button) => {
  if (!navigator.clipboard) {
    return;
  }
  button.hidden = false;
  button.addEventListener("click", () => {
    const box = document.getElementById(button.dataset.copy);
    navigator.clipboard.writeText(box.value).then(() => {
      button.textContent = button.dataset.done;
    });
  });
});
