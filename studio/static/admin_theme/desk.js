// The cash desk begins anew after each sale: a page that comes back from the browser's memory sells nothing twice.
window.addEventListener("pageshow", (event) => {
  const [visit] = performance.getEntriesByType("navigation");
  if (event.persisted || (visit && visit.type === "back_forward")) window.location.replace(window.location.href);
});
