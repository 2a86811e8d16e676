// The calendar of the back office: draws the feed, remembers in the address what is shown, sends what is dragged.
document.addEventListener("DOMContentLoaded", () => {
  const frame = document.getElementById("calendar");
  if (!frame || !window.EventCalendar) return;
  const { wall, say, element, locale } = window.studioCalendar;
  const settings = window.studioCalendar.settings();
  const { words } = settings;
  const OFTEN = 2 * 60000; // how often others' changes are fetched
  const VIEWS = { day: "resourceTimeGridDay", week: "roomsByDay", hours: "resourceTimelineWeek", list: "listWeek" };
  const IS_SMALL = window.matchMedia("(width < 40rem)").matches;

  // What is shown, as the address says it ------------------------------------------------------------------

  const address = new URLSearchParams(window.location.search);
  const state = {
    view: VIEWS[address.get("view")] ? address.get("view") : IS_SMALL ? "list" : "week",
    day: settings.day,
    lane: settings.lanes.includes(address.get("lane")) ? address.get("lane") : settings.lanes[0],
    kind: address.get("kind") || "",
    status: address.get("status") || "",
  };
  const spanOf = () => {
    const day = wall.read(state.day);
    return state.view === "day" ? [day, day + wall.DAY] : [wall.monday(day), wall.monday(day) + 7 * wall.DAY];
  };
  const remember = () => {
    const isSaid = ([name, value]) => value && !(name === "lane" && value === settings.lanes[0]);
    const kept = new URLSearchParams(Object.entries(state).filter(isSaid));
    window.history.replaceState(null, "", `?${kept}`);
    document.getElementById("calendar-plain").search = `day=${state.day}${state.view === "day" ? "&view=day" : ""}`;
  };

  // The feed -----------------------------------------------------------------------------------------------

  let events = new Map();
  let resources = [];
  let hours = [0, 24];
  let clock = { wall: wall.read(settings.today), at: performance.now() };
  let keys;
  let line;
  let moves;

  const told = document.getElementById("calendar-say");
  const announce = (text) => {
    told.textContent = text;
  };
  const now = () => clock.wall + (performance.now() - clock.at);

  const load = async (info) => {
    const [start, end] = [info.startStr.slice(0, 10), info.endStr.slice(0, 10)];
    const asked = new URLSearchParams({ start, end, lane: state.lane, kind: state.kind, status: state.status });
    frame.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(`${settings.feed}?${asked}`, { credentials: "same-origin" });
      const isOurs = (response.headers.get("content-type") || "").includes("json");
      if (!isOurs) throw new Error(words.signIn);
      const answer = await response.json();
      if (!response.ok) throw new Error(answer.sentences.join(" "));
      return take(answer);
    } catch (error) {
      const again = moves.button(words.again, "alternative", () => ec.refetchEvents());
      moves.show("refused", [words.notLoaded, ...(error instanceof TypeError ? [] : [error.message])], again);
      return [...events.values()];
    } finally {
      frame.setAttribute("aria-busy", "false");
    }
  };

  const take = (answer) => {
    clock = { wall: wall.read(answer.now), at: performance.now() };
    if (JSON.stringify(answer.resources) !== JSON.stringify(resources)) {
      resources = answer.resources;
      ec.setOption("resources", resources);
    }
    if (answer.hours.join() !== hours.join()) {
      hours = answer.hours;
      ec.setOption("slotMinTime", `${hours[0]}:00`);
      ec.setOption("slotMaxTime", `${hours[1]}:00`);
    }
    ec.setOption("highlightedDates", [wall.day(now())]);
    const sessions = answer.events.filter((event) => event.display !== "background");
    for (const event of sessions) {
      // The library asks its own settings before an event's `editable`.
      event.startEditable = event.editable;
      event.durationEditable = event.editable && calendar.hasTimes();
    }
    events = new Map(sessions.map((event) => [event.id, event]));
    const { one, many } = words.loaded;
    document.getElementById("calendar-count").textContent = resources.length
      ? say(sessions.length === 1 ? one : many, { count: sessions.length })
      : words.noColumns;
    // Cards of a day have no clock behind them: of the grey only what fills the day is left.
    const behind = answer.events.filter((event) => event.display === "background");
    const isWhole = (event) => wall.read(event.end) - wall.read(event.start) >= wall.DAY;
    const days = () => behind.filter(isWhole).map((event) => ({ ...event, allDay: true }));
    return keys.keep([...sessions, ...(state.view === "week" ? days() : behind)]);
  };

  // How a session looks --------------------------------------------------------------------------------------

  const timeOf = (id) => {
    const event = events.get(id);
    return event && (event.extendedProps.time || wall.span(wall.read(event.start), wall.read(event.end)));
  };

  const content = ({ event }) => {
    if (event.display === "background") return { domNodes: event.title ? [element("span", "band-title", event.title)] : [] };
    const { client, marks = [], room } = event.extendedProps;
    const isMoving = event.display === "preview" || event.classNames.includes("calendar-held");
    const shown = isMoving ? wall.span(wall.of(event.start), wall.of(event.end)) : timeOf(event.id);
    const nodes = [];
    if (shown && (!isMoving || calendar.hasTimes())) nodes.push(element("span", "booking-time", shown));
    if (event.title) nodes.push(element("span", "booking-title", event.title));
    nodes.push(element("span", "booking-client", client || ""));
    nodes.push(element("span", "booking-room", room || words.elsewhere));
    if (marks.length) {
      const box = element("span", "booking-marks");
      for (const mark of marks) box.append(element("span", `mark mark-${mark}`, words.marks[mark]));
      nodes.push(box);
    }
    return { domNodes: nodes };
  };

  const mounted = ({ event, el }) => {
    if (event.display !== "auto") return;
    const { room, client } = event.extendedProps;
    el.dataset.session = event.id;
    el.tabIndex = -1;
    const when = `${wall.show("weekday", wall.of(event.start))}, ${timeOf(event.id)}`;
    if (events.has(event.id)) el.title = [event.title, when, room, client].filter(Boolean).join(", ");
  };

  const open = ({ event, jsEvent }) => {
    if (!events.has(event.id) || keys.isHolding()) return;
    const url = calendar.pageOf(settings.open, event.id);
    if (jsEvent.ctrlKey || jsEvent.metaKey) window.open(url);
    else window.location.assign(url);
  };

  const label = ({ resource }) => {
    const shown = resources.find((each) => each.id === resource.id);
    if (!shown) return "";
    const name = element("span", shown.isOff ? "resource-off" : "", shown.title);
    if (!shown.colour) return { domNodes: [name] };
    const mark = element("span", "room-mark");
    mark.style.setProperty("--room", shown.colour);
    return { domNodes: [mark, name] };
  };

  // What a hand does -------------------------------------------------------------------------------------------

  const seconds = (delta) => (delta.days * 24 * 3600 + delta.seconds) * 1000;
  const asked = (event) => ({ session: event.id, seen_at: event.extendedProps.seenAt });
  const send = (info, change) => {
    const { id, title } = info.event;
    keys.want(id);
    const form = calendar.pageOf(settings.form, id);
    moves.send({ ...asked(info.event), ...change }, { form, what: title, revert: info.revert });
  };
  const dropped = (info) => {
    const change = {};
    const by = seconds(info.delta);
    if (by) change.starts_at = wall.write(wall.read(events.get(info.event.id).start) + by);
    if (info.newResource) Object.assign(change, calendar.given(info.oldResource.id, info.newResource.id));
    if (Object.keys(change).length) send(info, change);
  };
  const resized = (info) => {
    const { start, end, extendedProps } = events.get(info.event.id);
    const [first, last] = [seconds(info.startDelta), seconds(info.endDelta)];
    if (first) send(info, { starts_at: wall.write(wall.read(start) + first), ends_at: extendedProps.endsAt });
    else if (last) send(info, { ends_at: wall.write(wall.read(end) + last) });
  };
  const selected = (info) => {
    const [start, end] = [wall.read(info.startStr), wall.read(info.endStr)];
    calendar.book({ start, end, resource: info.resource?.id });
  };

  // What the other scripts may ask and do ------------------------------------------------------------------------

  const calendar = {
    hasTimes: () => state.view === "day" || state.view === "hours",
    canMove: () => state.view !== "list",
    runsDown: () => state.view === "day",
    view: () => state.view,
    span: spanOf,
    hours: () => hours,
    now,
    day: () => state.day,
    resources: () => resources,
    resource: (id) => resources.find((each) => each.id === id),
    known: (id) => events.get(id),
    pageOf: (address, id) => address.replace("/0/", `/${id}/`),
    given: (gone, coming) => (state.lane === "rooms" ? { room: coming } : { lane: state.lane, gone, coming }),
    draw: (event) => (ec.getEventById(event.id) ? ec.updateEvent(event) : ec.addEvent(event)),
    erase: (id) => ec.removeEventById(id),
    refresh: () => ec.refetchEvents(),
    firstFree: () => {
      const step = settings.step * wall.MINUTE;
      const [first, last] = spanOf();
      const opens = first + hours[0] * 60 * wall.MINUTE;
      const soon = Math.ceil(now() / step) * step;
      return soon > opens && soon < last ? soon : opens;
    },
    bringInSight: (time) => {
      const [first, last] = spanOf();
      if (time >= first && time < last) return;
      state.day = wall.day(time);
      show();
    },
    book: ({ start, end, day, resource }) => {
      const link = new URL(settings.book, window.location.href);
      const given = { day: day ?? wall.day(start) };
      const names = { rooms: "room", engineers: "engineers", equipment: "equipment" };
      if (resource && calendar.resource(resource)?.isRow) given[names[state.lane]] = resource;
      if (start !== undefined && calendar.hasTimes()) {
        Object.assign(given, { start: wall.clock(start), end: wall.clock(end) });
        if (end - start > 16 * 60 * wall.MINUTE) given.last_day = wall.day(end);
      }
      for (const [name, value] of Object.entries(given)) link.searchParams.set(name, value);
      window.location.assign(link);
    },
    go: (where) => {
      const by = state.view === "day" ? wall.DAY : 7 * wall.DAY;
      if (where === "today") state.day = wall.day(now());
      else state.day = wall.day(wall.read(state.day) + (where === "next" ? by : -by));
      show();
    },
  };

  // The library -------------------------------------------------------------------------------------------------

  const dayHead = (date) => wall.show("weekday", wall.of(date));
  const ec = window.EventCalendar.create(frame, {
    view: VIEWS[state.view],
    date: state.day,
    timeZone: "UTC",
    locale,
    firstDay: 1,
    headerToolbar: { start: "", center: "", end: "" },
    allDaySlot: false,
    nowIndicator: false,
    slotEventOverlap: false,
    slotDuration: "00:30",
    slotHeight: window.studioCalendar.SLOT_HEIGHT,
    slotLabelInterval: "01:00",
    slotLabelFormat: (time) => wall.clock(wall.of(time)),
    snapDuration: settings.step * 60,
    dayHeaderFormat: dayHead,
    listDayFormat: (date) => dayHead(date),
    listDaySideFormat: () => "",
    noEventsContent: words.noSessions,
    eventTimeFormat: (start, end) => wall.span(wall.of(start), wall.of(end)),
    resources: [],
    resourceLabelContent: label,
    eventSources: [{ events: load }],
    eventContent: content,
    eventDidMount: mounted,
    eventClick: open,
    eventAllUpdated: () => {
      keys.afterDrawing();
      line.draw();
      performance.mark("calendar-drawn");
    },
    editable: false,
    eventResizableFromStart: true,
    eventDrop: dropped,
    eventResize: resized,
    selectable: settings.mayBook,
    select: selected,
    longPressDelay: 500,
    views: {
      resourceTimeGridDay: { columnWidth: "minmax(7rem, 1fr)" },
      roomsByDay: {
        type: "resourceTimelineWeek",
        slotDuration: { days: 1 },
        columnWidth: "minmax(7.5rem, 1fr)",
      },
      resourceTimelineWeek: { slotDuration: "01:00", slotWidth: window.studioCalendar.HOUR_WIDTH },
      listWeek: { selectable: false },
    },
  });

  // The bar above ---------------------------------------------------------------------------------------------

  const title = document.getElementById("calendar-title");
  const dayBox = document.getElementById("calendar-day");
  const show = () => {
    const [first, last] = spanOf();
    title.textContent = state.view === "day" ? wall.show("day", first) : wall.week(first, last - wall.DAY);
    dayBox.value = state.day;
    frame.dataset.view = state.view;
    for (const each of document.querySelectorAll("button[data-view]")) {
      each.setAttribute("aria-pressed", String(each.dataset.view === state.view));
    }
    frame.dataset.lane = state.lane;
    for (const each of document.querySelectorAll("button[data-lane]")) {
      each.setAttribute("aria-pressed", String(each.dataset.lane === state.lane));
    }
    document.getElementById("calendar-sheet").search = `day=${state.day}`;
    const book = document.getElementById("calendar-book");
    if (book) book.search = `day=${state.day}`;
    remember();
    if (ec.getOption("view") !== VIEWS[state.view]) ec.setOption("view", VIEWS[state.view]);
    ec.setOption("date", state.day);
  };

  moves = window.studioCalendar.moves({ settings, announce, refresh: calendar.refresh });
  line = window.studioCalendar.line({ frame, calendar });
  keys = window.studioCalendar.keys({ settings, frame, calendar, announce, moves });
  if (address.get("session")) keys.want(address.get("session"));

  document.querySelectorAll("[data-go]").forEach((each) => each.addEventListener("click", () => calendar.go(each.dataset.go)));
  document.querySelectorAll("button[data-view]").forEach((each) =>
    each.addEventListener("click", () => {
      state.view = each.dataset.view;
      show();
      calendar.refresh();
    }),
  );
  document.querySelectorAll("button[data-lane]").forEach((each) =>
    each.addEventListener("click", () => {
      state.lane = each.dataset.lane;
      show();
      calendar.refresh();
    }),
  );
  const boxes = [...document.querySelectorAll(".calendar-filters select")];
  const filtered = document.getElementById("calendar-filtered");
  const showFilters = () => {
    const chosen = boxes.filter((each) => each.value).map((each) => each.selectedOptions[0].text);
    filtered.textContent = [filtered.dataset.none, chosen.join(", ")].filter(Boolean).join(": ");
  };
  boxes.forEach((each) => {
    each.value = state[each.name];
    if (each.value !== state[each.name]) each.value = state[each.name] = "";
    each.addEventListener("change", () => {
      state[each.name] = each.value;
      remember();
      showFilters();
      calendar.refresh();
    });
  });
  dayBox.addEventListener("change", () => {
    if (!dayBox.value) return;
    state.day = dayBox.value;
    show();
  });

  showFilters();
  // What lies open over the calendar closes when somebody goes on elsewhere.
  const found = document.getElementById("calendar-found");
  const shut = (target) => {
    for (const each of document.querySelectorAll(".calendar-help[open]")) if (!each.contains(target)) each.open = false;
    if (!found.parentElement.contains(target)) found.replaceChildren();
  };
  document.addEventListener("click", (event) => shut(event.target));
  document.addEventListener("keydown", (event) => event.key === "Escape" && shut(document.body));

  let hasScrolled = false;
  new MutationObserver(() => {
    if (frame.getAttribute("aria-busy") === "true" || hasScrolled) return;
    hasScrolled = true;
    requestAnimationFrame(() => {
      line.draw();
      line.bringInSight();
    });
  }).observe(frame, { attributes: true, attributeFilter: ["aria-busy"] });

  show();
  const isIdle = () => !document.hidden && !keys.isHolding() && !frame.querySelector(".ec-preview, .ec-ghost");
  setInterval(() => isIdle() && calendar.refresh(), OFTEN);
  setInterval(() => isIdle() && line.draw(), 30000);
  document.addEventListener("visibilitychange", () => isIdle() && calendar.refresh());
});
