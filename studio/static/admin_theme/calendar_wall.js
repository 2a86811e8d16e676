// Wall times of the studio, counted as if they were UTC: no zone of a browser has a say in them.
(() => {
  const settings = () => JSON.parse(document.getElementById("calendar-settings").textContent);
  const language = document.documentElement.lang || "en";
  const locale = language === "en" ? "en-GB" : language; // days before months, as on every other page
  const formats = {
    weekday: { weekday: "short", day: "numeric", month: "short" },
    day: { weekday: "long", day: "numeric", month: "long", year: "numeric" },
    date: { day: "numeric", month: "long", year: "numeric" },
  };
  const written = Object.fromEntries(
    Object.entries(formats).map(([name, format]) => [name, new Intl.DateTimeFormat(locale, { ...format, timeZone: "UTC" })]),
  );
  const MINUTE = 60000;

  const wall = {
    MINUTE,
    DAY: 24 * 60 * MINUTE,
    // "2026-11-23T10:00:00" or "2026-11-23" <-> a number of milliseconds
    read: (text) => Date.parse(text.length > 10 ? `${text}Z` : `${text}T00:00:00Z`),
    write: (time) => new Date(time).toISOString().slice(0, 19),
    day: (time) => new Date(time).toISOString().slice(0, 10),
    clock: (time) => new Date(time).toISOString().slice(11, 16),
    midnight: (time) => time - (((time % wall.DAY) + wall.DAY) % wall.DAY),
    monday: (time) => wall.midnight(time) - ((new Date(time).getUTCDay() + 6) % 7) * wall.DAY,
    // What the library hands out is a date of the browser's zone with the wall's figures.
    of: (date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate(), date.getHours(), date.getMinutes()),
    show: (format, time) => written[format].format(time),
    week: (first, last) => written.date.formatRange(first, last),
    span: (start, end) => {
      const closing = end === wall.midnight(start) + wall.DAY ? "24:00" : wall.clock(end);
      return `${wall.clock(start)}-${closing}`;
    },
  };

  const say = (template, names = {}) => template.replace(/\{(\w+)\}/g, (whole, name) => names[name] ?? whole);
  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  };
  window.studioCalendar = { wall, say, element, settings, locale };
})();
