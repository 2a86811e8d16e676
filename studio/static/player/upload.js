// Sends a large file in parts, or straight to the bucket where there is one, and shows how far it is.
// Without scripts the form sends the file the usual way.
document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("[data-upload]");
  if (!form) return;
  const box = form.querySelector("[data-upload-state]");
  const bar = form.querySelector("[data-upload-bar]");
  const told = form.querySelector("[data-upload-told]");
  const button = form.querySelector("button[type=submit]");
  const token = form.elements.namedItem("csrfmiddlewaretoken").value;
  const TRIES = 4;
  const MEGABYTE = 1024 * 1024;

  class Refused extends Error {}

  const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

  const answerOf = async (response) => {
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) {
      const refusal = new Refused(answer.error || form.dataset.failed);
      refusal.received = answer.received;
      refusal.again = response.status >= 500 && response.status !== 507;
      throw refusal;
    }
    return answer;
  };

  const post = (address, body) =>
    fetch(address, { method: "POST", body, credentials: "same-origin", headers: { "X-CSRFToken": token } }).then(answerOf);

  // Another render of a mix may have its name and its length. Where there is no way to tell, the upload begins anew.
  const fingerprintOf = async (file) => {
    if (!window.crypto || !window.crypto.subtle) return "";
    const ends = new Blob([file.slice(0, MEGABYTE), file.slice(-MEGABYTE)]);
    const digest = new Uint8Array(await window.crypto.subtle.digest("SHA-256", await ends.arrayBuffer()));
    return `${file.lastModified} ${Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  };

  const sendParts = async (file, begun) => {
    let at = begun.received;
    let failures = 0;
    while (at < file.size) {
      bar.value = at / file.size;
      try {
        const part = file.slice(at, at + begun.part_bytes);
        const address = `${form.dataset.part}?upload=${begun.upload}&kind=${encodeURIComponent(begun.kind)}&offset=${at}`;
        at = (await post(address, new Blob([part], { type: "application/octet-stream" }))).received;
        failures = 0;
      } catch (problem) {
        if (problem instanceof Refused && problem.received !== undefined) {
          at = problem.received;
        } else if (problem instanceof Refused && !problem.again) {
          throw problem;
        }
        failures += 1;
        if (failures >= TRIES) throw problem;
        await wait(1000 * 2 ** failures);
      }
    }
  };

  const sendToBucket = (file, target) =>
    new Promise((done, failed) => {
      const body = new FormData();
      Object.entries(target.fields).forEach(([name, value]) => body.append(name, value));
      body.append("file", file);
      const request = new XMLHttpRequest();
      request.open("POST", target.url);
      request.upload.addEventListener("progress", (event) => {
        bar.value = event.loaded / event.total;
      });
      request.addEventListener("load", () => (request.status < 300 ? done() : failed(new Refused(form.dataset.failed))));
      request.addEventListener("error", () => failed(new Refused(form.dataset.failed)));
      request.send(body);
    });

  form.addEventListener("submit", async (event) => {
    const file = form.elements.namedItem("file").files[0];
    if (!file || !form.reportValidity()) return;
    event.preventDefault();
    button.disabled = true;
    box.hidden = false;
    bar.hidden = false;
    told.textContent = form.dataset.sending;
    const facts = new FormData(form);
    facts.delete("file");
    facts.set("name", file.name);
    facts.set("size", file.size);
    try {
      facts.set("fingerprint", await fingerprintOf(file));
      const begun = await post(form.dataset.begin, facts);
      if (begun.post) await sendToBucket(file, begun.post);
      else await sendParts(file, begun);
      bar.value = 1;
      told.textContent = form.dataset.looking;
      facts.set("upload", begun.upload);
      window.location = (await post(form.dataset.finish, facts)).url;
    } catch (problem) {
      told.textContent = problem instanceof Refused ? problem.message : form.dataset.failed;
      bar.hidden = true;
      button.disabled = false;
    }
  });
});
