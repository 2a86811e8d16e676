// Where a board is wider or longer than its window, it begins at now.
document.addEventListener("DOMContentLoaded", () => {
  for (const scroller of document.querySelectorAll(".day-scroll")) {
    const now = scroller.querySelector(".day-now");
    if (!now) continue;
    const rooms = scroller.querySelector(".day-corner").offsetWidth; // stays in sight, over the hours
    const at = now.getBoundingClientRect().left - scroller.getBoundingClientRect().left + scroller.scrollLeft;
    scroller.scrollLeft = at - rooms - (scroller.clientWidth - rooms) / 4;
  }

  const week = document.querySelector("[data-begin-today] .week");
  const today = week && week.querySelector(".week-today");
  // Days side by side are all in sight; below each other those that are past come first.
  if (today && getComputedStyle(week).display === "flex" && today !== week.querySelector(".week-day")) {
    today.style.scrollMarginTop = "4rem";
    today.scrollIntoView({ block: "start" });
  }
});
