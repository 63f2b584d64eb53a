// Live updates: adds feed lines as text, never as markup, and reloads the figures from this server.
"use strict";

const part = (name) => document.querySelector(`[data-live="${name}"]`);

function addLine(list, line) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = `/ledger?index=${Number(line.index)}#entry`;
  const time = document.createElement("time");
  time.textContent = line.at;
  link.append(time);
  const word = document.createElement("span");
  word.className = `word ${line.tone}`;
  word.textContent = line.word;
  const what = document.createElement("span");
  what.className = "what";
  what.textContent = `${line.kind} · ${line.text}`;
  item.append(link, word, what);
  list.prepend(item);
  while (list.children.length > Number(list.dataset.most)) {
    list.lastElementChild.remove();
  }
}

async function reload(place) {
  const answer = await fetch("/parts/overview", { credentials: "same-origin" });
  if (answer.ok) {
    // Rendered and escaped by our own server, and the page's policy runs no inline script.
    place.innerHTML = await answer.text();
  }
}

// A list on which somebody may be about to press a button must not move under the pointer.
function changed(holds) {
  if (Number(holds.dataset.waiting) === 0) {
    location.assign("/approvals");
  } else {
    part("stale")?.removeAttribute("hidden");
  }
}

function countDown() {
  for (const place of document.querySelectorAll("[data-expires]")) {
    const left = Math.ceil((Date.parse(place.dataset.expires) - Date.now()) / 1000);
    const minutes = Math.floor(left / 60);
    place.textContent =
      left > 0 ? `denied in ${minutes > 0 ? `${minutes} min ` : ""}${left % 60} s` : "expired: denied";
  }
}

function follow() {
  const feed = part("feed");
  const figures = part("overview");
  const holds = part("holds");
  const state = part("state");
  // From where the page ends, so that nothing falls between the page and the first event.
  const since = (holds ?? feed)?.dataset.since;
  const events = new EventSource(since === undefined ? "/events" : `/events?since=${Number(since)}`);
  events.addEventListener("open", () => state && (state.textContent = "connected", state.classList.add("on")));
  events.addEventListener("error", () => state && (state.textContent = "not connected", state.classList.remove("on")));
  events.addEventListener("entry", (event) => {
    const line = JSON.parse(event.data);
    if (feed) {
      part("nothing")?.remove();
      addLine(feed, line);
    }
    if (holds && (line.kind === "hold" || line.kind === "decision")) {
      changed(holds);
    }
  });
  events.addEventListener("overview", () => figures && reload(figures));
}

if (document.querySelector("[data-expires]")) {
  setInterval(countDown, 1000);
}
if (part("feed") || part("holds") || part("overview")) {
  follow();
}
