// The line of now in the calendar: the library's own runs by the browser's zone when the studio is at UTC.
(() => {
  const { wall, element } = window.studioCalendar;
  const SLOT_HEIGHT = 26; // of half an hour
  const HOUR_WIDTH = 44;

  const line = ({ frame, calendar }) => {
    const draw = () => {
      frame.querySelector(".calendar-now")?.remove();
      const [first, last] = calendar.span();
      const body = frame.querySelector(".ec-body");
      const [opens, closes] = calendar.hours().map((hour) => hour * 60 * wall.MINUTE);
      const today = wall.midnight(calendar.now());
      const inDay = calendar.now() - today;
      if (!body || !calendar.hasTimes() || today < first || today >= last || inDay < opens || inDay > closes) return;
      const drawn = element("div", `calendar-now calendar-now-${calendar.view()}`);
      const done = (inDay - opens) / (60 * wall.MINUTE);
      const side = frame.querySelector(".ec-body .ec-sidebar").offsetWidth;
      if (calendar.view() === "day") {
        drawn.style.top = `${done * 2 * SLOT_HEIGHT}px`;
        drawn.style.left = `${side}px`;
      } else {
        const perDay = (closes - opens) / (60 * wall.MINUTE);
        drawn.style.left = `${side + ((today - first) / wall.DAY) * perDay * HOUR_WIDTH + done * HOUR_WIDTH}px`;
      }
      body.append(drawn);
    };

    const bringInSight = () => {
      if (calendar.view() === "list") {
        const today = frame.querySelector(".ec-day.ec-highlight");
        if (today && today.previousElementSibling) today.scrollIntoView({ block: "start" });
        return;
      }
      const main = frame.querySelector(".ec-main");
      const drawn = frame.querySelector(".calendar-now");
      if (!main || !drawn) return;
      main.scrollLeft = drawn.offsetLeft - main.clientWidth / 3;
      main.scrollTop = drawn.offsetTop - main.clientHeight / 3;
    };

    return { draw, bringInSight };
  };

  Object.assign(window.studioCalendar, { SLOT_HEIGHT, HOUR_WIDTH, line });
})();
