// The calendar by keyboard: walk from session to session, take one up or begin a new one, move it, put it down.
(() => {
  const { wall, say } = window.studioCalendar;
  const NEW = "new";
  const NEW_SLOTS = 2;

  window.studioCalendar.keys = ({ settings, frame, calendar, announce, moves }) => {
    const { words } = settings;
    const step = settings.step * wall.MINUTE;
    let held = null; // { id, form, asked, event, start, end, resource, first }
    let wanted = null; // the session that shall have the focus after the next drawing
    let waiting = null; // { id, keys }: taken up before the calendar has heard where it was put, and what was pressed since
    let focused = null; // the one that has it: a drawing may put a new element in the place of its old one

    const drawn = () => [...frame.querySelectorAll("[data-session]")];
    const named = (id) => frame.querySelector(`[data-session="${CSS.escape(id)}"]`);

    const focus = (target, preventScroll = false) => {
      if (!target) return;
      for (const each of drawn()) each.tabIndex = each === target ? 0 : -1;
      target.focus({ preventScroll });
    };

    frame.addEventListener("focusin", (event) => {
      focused = event.target.closest("[data-session]")?.dataset.session ?? null;
    });
    // Whoever goes on elsewhere leaves an element that stays; one that a drawing took away is not left.
    frame.addEventListener("focusout", ({ target }) => {
      queueMicrotask(() => {
        if (target.isConnected && document.activeElement !== target && !frame.contains(document.activeElement)) focused = null;
      });
    });

    // All that the session takes, with the one that it is carried from instead of the one it is carried to.
    const places = () => [...(held.event.resourceIds ?? []).filter((id) => id !== held.first.resource), held.resource];

    const place = () => {
      const resource = calendar.resource(held.resource);
      const span = calendar.hasTimes() ? `, ${wall.span(held.start, held.end)}` : "";
      return `${wall.show("weekday", held.start)}${span}${resource ? `, ${resource.title}` : ""}`;
    };

    const draw = () => {
      wanted = held.id;
      calendar.draw({
        ...held.event,
        start: wall.write(held.start),
        end: wall.write(held.end),
        resourceIds: places(),
        classNames: [...held.event.classNames, "calendar-held"],
      });
      announce(place());
    };

    const take = (id) => {
      const event = calendar.known(id);
      if (!calendar.canMove()) return announce(words.notHere);
      if (!event) {
        waiting = { id, keys: [] };
        return;
      }
      if (!event.editable) return announce(say(words.notMovable, { what: event.title }));
      const [start, end, resource] = [wall.read(event.start), wall.read(event.end), event.resourceIds[0]];
      const form = calendar.pageOf(settings.form, id);
      const { seenAt: seen_at } = event.extendedProps;
      held = { id, form, asked: { session: id, seen_at }, event, start, end, resource, first: { start, end, resource } };
      draw();
      announce(say(words.taken, { what: event.title }));
    };

    const begin = () => {
      if (!settings.mayBook) return;
      if (!calendar.canMove()) return calendar.book({ day: calendar.day() });
      const resource = calendar.resources()[0];
      if (!resource) return;
      const event = { id: NEW, title: "", editable: false, classNames: ["booking", "calendar-new"], extendedProps: {} };
      const start = calendar.firstFree();
      const end = start + NEW_SLOTS * step;
      held = { id: NEW, form: "", event, start, end, resource: resource.id, first: { start, end, resource: resource.id } };
      draw();
      announce(`${words.choosing} ${place()}`);
    };

    const giveUp = () => {
      const { id, event } = held;
      held = null;
      wanted = id === NEW ? null : id;
      if (id === NEW) calendar.erase(NEW);
      else calendar.draw(event);
      if (id === NEW) frame.focus();
      announce(say(words.putBack, { what: event.title }));
      calendar.refresh();
    };

    const putDown = async () => {
      const { id, start, end, resource, first, asked, form, event } = held;
      if (id === NEW) {
        held = null;
        calendar.erase(NEW);
        return calendar.book({ start, end, resource });
      }
      const moved = { ...asked };
      if (start !== first.start) moved.starts_at = wall.write(start);
      if (end - start !== first.end - first.start) moved.ends_at = wall.write(end);
      if (resource !== first.resource) Object.assign(moved, calendar.given(first.resource, resource));
      if (Object.keys(moved).length === Object.keys(asked).length) return giveUp();
      held = null;
      wanted = id;
      if (!(await moves.send(moved, { form, what: event.title, revert: () => calendar.draw(event) }))) waiting = null;
    };

    const shift = (by) => {
      held.start += by;
      held.end += by;
      calendar.bringInSight(held.start);
      draw();
    };

    const stretch = (by) => {
      if (!calendar.hasTimes() || held.end + by <= held.start) return;
      held.end += by;
      draw();
    };

    const toResource = (by) => {
      const all = calendar.resources();
      const at = all.findIndex((each) => each.id === held.resource) + by;
      if (!all[at]) return;
      held.resource = all[at].id;
      draw();
    };

    // Along the clock, and across to another resource; the hours of a day run down, those of a week to the right.
    const arrows = () =>
      calendar.runsDown()
        ? { ArrowUp: ["along", -1], ArrowDown: ["along", 1], ArrowLeft: ["across", -1], ArrowRight: ["across", 1] }
        : { ArrowLeft: ["along", -1], ArrowRight: ["along", 1], ArrowUp: ["across", -1], ArrowDown: ["across", 1] };

    const whileHeld = (event) => {
      const [axis, by] = arrows()[event.key] ?? [];
      const unit = calendar.hasTimes() ? step : wall.DAY;
      if (axis === "along") event.shiftKey ? stretch(by * step) : shift(by * unit);
      else if (axis === "across") toResource(by);
      else if (event.key === "PageUp") shift(-wall.DAY);
      else if (event.key === "PageDown") shift(wall.DAY);
      else if (event.key === "Enter") putDown();
      else if (event.key === "Escape") giveUp();
      else return event.key === "Tab" ? giveUp() : undefined;
      event.preventDefault();
      event.stopPropagation();
    };

    const walk = (event) => {
      const all = drawn();
      const at = all.indexOf(document.activeElement);
      const id = document.activeElement?.dataset?.session;
      const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      const letter = event.key.toLowerCase();
      if (by && all.length) focus(all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)]);
      else if (letter === "m" && id) take(id);
      else if (letter === "n") begin();
      else if (letter === "t") calendar.go("today");
      else return;
      event.preventDefault();
    };

    const obey = (event) => {
      if (held) whileHeld(event);
      else if (frame.contains(event.target)) walk(event);
    };

    const keepFor = (event) => {
      if (event.key === "Tab") {
        waiting = null;
        return;
      }
      waiting.keys.push({ key: event.key, shiftKey: event.shiftKey });
      event.preventDefault();
      event.stopPropagation();
    };

    const goOn = () => {
      const { id, keys } = waiting;
      waiting = null;
      if (!calendar.known(id)) return;
      take(id);
      const quiet = { target: frame, preventDefault: () => {}, stopPropagation: () => {} };
      for (const each of keys) obey({ ...quiet, ...each });
    };

    document.addEventListener(
      "keydown",
      (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        if (waiting) keepFor(event);
        else obey(event);
      },
      true,
    );

    return {
      isHolding: () => held !== null,
      // What the feed says is not drawn where the hand has it.
      keep: (events) => {
        if (!held) return events;
        const mine = { ...held.event, start: wall.write(held.start), end: wall.write(held.end), resourceIds: places() };
        return [...events.filter((each) => each.id !== held.id), { ...mine, classNames: [...mine.classNames, "calendar-held"] }];
      },
      want: (id) => {
        wanted = id;
      },
      afterDrawing: () => {
        const all = drawn();
        const isLost = !document.activeElement || document.activeElement === document.body;
        const target = wanted ? named(wanted) : isLost && focused && named(focused);
        if (target) {
          focus(target, !wanted);
          if (!held) wanted = null;
        } else if (all.length && !all.some((each) => each.tabIndex === 0)) all[0].tabIndex = 0;
        if (waiting && (calendar.known(waiting.id) || frame.getAttribute("aria-busy") === "false")) goOn();
      },
    };
  };
})();
