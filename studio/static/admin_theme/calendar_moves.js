// Sends what was dragged, and says what came of it: a way back, or why not and what instead.
(() => {
  const { element, say } = window.studioCalendar;

  window.studioCalendar.moves = ({ settings, refresh, announce }) => {
    const { words } = settings;
    const panel = document.getElementById("calendar-told");
    const telling = document.getElementById("calendar-tell");
    const token = document.querySelector("input[name=csrfmiddlewaretoken]").value;

    const LONG = 15000; // how long good news stays
    let leaving = 0;

    const close = () => {
      panel.replaceChildren();
      panel.hidden = true;
    };

    const button = (text, className, act) => {
      const made = element("button", className, text);
      made.type = "button";
      made.addEventListener("click", act);
      return made;
    };

    const show = (tone, sentences, ...more) => {
      const told = element("div", "calendar-sentences");
      for (const sentence of sentences) told.append(element("p", "", sentence));
      const shut = button("", "calendar-close", close);
      shut.setAttribute("aria-label", words.close);
      shut.append(element("span", "material-symbols-outlined", "close"));
      panel.className = `calendar-told calendar-told-${tone}`;
      panel.setAttribute("role", tone === "refused" ? "alert" : "status");
      panel.replaceChildren(told, ...more, shut);
      panel.hidden = false;
      clearTimeout(leaving);
      if (tone === "done") leave();
    };

    // Not while somebody is about to take it back.
    const leave = () => {
      leaving = setTimeout(() => (panel.matches(":hover, :focus-within") ? leave() : close()), LONG);
    };

    const post = async (asked) => {
      const response = await fetch(settings.move, {
        method: "POST",
        credentials: "same-origin",
        headers: { "X-CSRFToken": token },
        body: new URLSearchParams({ tell: telling?.checked === false ? "nobody" : "client", ...asked }),
      });
      const isOurs = (response.headers.get("content-type") || "").includes("json");
      if (!isOurs || response.redirected) return { sentences: [words.failed, words.signIn], alternatives: [] };
      const answer = await response.json();
      return response.ok ? answer : { alternatives: [], ...answer };
    };

    const refused = (answer, asked, form) => {
      const more = [];
      if (answer.alternatives.length) {
        const offers = element("div", "alternatives-list");
        for (const { label, ...place } of answer.alternatives) {
          offers.append(button(label, "alternative", () => send({ ...asked, ...place }, { form })));
        }
        const box = element("div", "alternatives");
        box.append(element("p", "alternatives-head", words.instead), offers);
        more.push(box);
      }
      if (form) {
        const link = element("a", "panel-link", words.byForm);
        link.href = form;
        more.push(link);
      }
      show("refused", answer.sentences, ...more);
    };

    // asked: as the server reads it; revert: puts what was drawn back
    const send = async (asked, { form = "", revert = () => {}, what = "" } = {}) => {
      if (what) announce(say(words.moving, { what }));
      let answer;
      try {
        answer = await post(asked);
      } catch {
        answer = { sentences: [words.failed], alternatives: [] };
      }
      if (answer.sentences) {
        revert();
        refused(answer, asked, form);
        if (answer.is_stale) refresh();
        return false;
      }
      const undo = button(words.undo, "alternative", async () => {
        if (await send(answer.undo, { form })) show("done", [words.undone]);
      });
      show("done", [answer.told], undo);
      refresh();
      return true;
    };

    return { send, show, close, button };
  };
})();
