// A version's audio with the comments on a line below it. Without scripts the browser's own player and the list of
// comments remain, and the moment of a comment is typed.
document.addEventListener("DOMContentLoaded", () => {
  const players = [...document.querySelectorAll("[data-player]")];

  const clock = (seconds) => {
    const whole = Math.max(0, Math.floor(seconds));
    const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    const two = (number) => String(number).padStart(2, "0");
    return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
  };

  players.forEach((player) => {
    const audio = player.querySelector("audio");
    if (!audio) return;
    const line = player.querySelector("[data-line]");
    const done = player.querySelector("[data-done]");
    const marks = [...player.querySelectorAll("[data-mark]")];
    const moment = player.querySelector("[data-moment]");

    const jump = (second) => {
      audio.currentTime = second;
      audio.play().catch(() => {}); // the browser may want a touch first
    };

    const place = () => {
      if (!Number.isFinite(audio.duration) || !audio.duration) return;
      line.hidden = false;
      marks.forEach((mark) => {
        mark.style.left = `${Math.min(100, (100 * Number(mark.dataset.mark)) / audio.duration)}%`;
      });
    };
    audio.addEventListener("loadedmetadata", place);
    audio.addEventListener("durationchange", place);
    place();

    audio.addEventListener("timeupdate", () => {
      if (audio.duration) done.style.width = `${(100 * audio.currentTime) / audio.duration}%`;
      if (moment && !moment.dataset.typed) moment.value = clock(audio.currentTime);
    });
    // The address that a bucket gives ends within a minute: ask for another, and go on where it was.
    let lost = 0;
    audio.addEventListener("error", () => {
      const second = audio.currentTime;
      if (!second || second === lost) return;
      lost = second;
      audio.load();
      jump(second);
    });
    audio.addEventListener("play", () => {
      document.querySelectorAll("audio").forEach((other) => other !== audio && other.pause());
    });

    line.addEventListener("click", (event) => {
      if (event.target.closest("[data-mark]")) return;
      const box = line.getBoundingClientRect();
      if (audio.duration) audio.currentTime = (audio.duration * (event.clientX - box.left)) / box.width;
    });
    player.addEventListener("click", (event) => {
      const mark = event.target.closest("[data-mark], [data-seek]");
      if (mark) jump(Number(mark.dataset.mark ?? mark.dataset.seek));
    });
    if (moment) {
      moment.addEventListener("input", () => {
        moment.dataset.typed = "yes";
      });
    }
  });
});
