"use strict";
// Times in the reader's zone, keys, and lists that follow the log. Every page works without this file.

const SECONDS = { d: 86400, h: 3600, min: 60 }; // as the server writes times

// The server writes the times of drawings in the zone that this cookie names.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && document.documentElement.dataset.zone !== zone && navigator.cookieEnabled) {
  document.cookie = `storywatch_zone=${encodeURIComponent(zone)}; path=/; max-age=31536000; samesite=lax`;
  if (document.querySelector("svg text") && document.cookie.includes("storywatch_zone=")) location.reload();
}

function ago(time) {
  const seconds = (Date.now() - time) / 1000;
  if (Math.abs(seconds) >= 7 * SECONDS.d) return time.toLocaleDateString(undefined, { day: "numeric", month: "short", year: "numeric" });
  const unit = Object.keys(SECONDS).find((one) => Math.abs(seconds) >= SECONDS[one]);
  if (!unit) return "just now";
  const number = Math.floor(Math.abs(seconds) / SECONDS[unit]);
  return seconds > 0 ? `${number} ${unit} ago` : `in ${number} ${unit}`;
}

function writeTimes(root) {
  for (const one of root.querySelectorAll("time[data-form]")) {
    const time = new Date(one.dateTime);
    if (isNaN(time)) continue;
    one.title = time.toLocaleString();
    if (one.dataset.form === "ago") one.textContent = ago(time);
    else if (one.dataset.form === "stamp") one.textContent = time.toLocaleString("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).replace(",", "");
    else if (one.dataset.form === "clock") one.textContent = time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    else one.textContent = time.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  }
}
writeTimes(document);
setInterval(() => writeTimes(document), 30_000);

// Rows that took an article since the last visit are washed; this browser alone knows when that was.
const VISIT = "storywatch.visit";
let lastVisit = null;
if (document.querySelector("[data-unread]")) {
  try { lastVisit = localStorage.getItem(VISIT); } catch { /* storage is switched off */ }
  addEventListener("pagehide", () => { try { localStorage.setItem(VISIT, new Date().toISOString()); } catch { /* as above */ } });
}
function markUnread(root) {
  const told = root.querySelector("[data-unread]");
  if (!told || !lastVisit) return;
  const fresh = [...root.querySelectorAll("[data-seen]")].filter((one) => new Date(one.dataset.seen) > new Date(lastVisit));
  fresh.forEach((one) => one.classList.add("new"));
  told.textContent = fresh.length ? ` · ${fresh.length} took articles since you last looked` : " · nothing new since you last looked";
}
markUnread(document);

// j and k go through the rows, Enter opens one, t follows it, or the story of the page, / searches.
function rows() { return [...document.querySelectorAll("[data-row]")]; }
function choose(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((one) => one.classList.contains("chosen"));
  const next = all[Math.min(all.length - 1, Math.max(0, at + step))];
  all.forEach((one) => one.classList.toggle("chosen", one === next));
  next.querySelector("a")?.focus();
  next.scrollIntoView({ block: "nearest" });
}
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
  const chosen = () => document.querySelector("[data-row].chosen");
  if (event.key === "j") choose(1);
  else if (event.key === "k") choose(-1);
  else if (event.key === "t") (rows().length ? chosen() : document)?.querySelector("[data-track]")?.click();
  else if (event.key === "/") document.querySelector("form.search input")?.focus();
  else return;
  event.preventDefault();
});

// A region with data-live is asked for again when the server reports a change that concerns it.
const region = document.querySelector("[data-live]");
const state = document.querySelector(".live");
if (region && state) {
  let busy = false, again = false;
  // what a reader is doing in the region is not taken away
  const editing = () => document.querySelector("[data-live] :is(details[open] input, input:focus)")
    || [...document.querySelectorAll("[data-live] input")].some((one) => one.value !== one.defaultValue || one.checked !== one.defaultChecked);
  const refresh = async () => {
    if (editing()) return;
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { "X-Region": "live" }, redirect: "error" });
      if (answer.ok) {
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]");
        if (fresh && !editing()) {
          const chosen = document.querySelector("[data-row].chosen")?.dataset.row;
          writeTimes(fresh);
          markUnread(fresh);
          document.querySelector("[data-live]").replaceWith(fresh);
          if (chosen) rows().find((one) => one.dataset.row === chosen)?.classList.add("chosen");
        }
      }
    } catch { /* the events say when the server is back */ }
    busy = false;
    if (again) { again = false; setTimeout(refresh, 500); }
  };
  const show = (value, text) => { state.dataset.state = value; state.textContent = text; };
  // Elasticsearch finds what is new within a second: the first answer may be too early
  const soon = () => { setTimeout(refresh, 300); setTimeout(refresh, 1_300); };
  // A page names where the log was before it was made, so that nothing is missed until it connects.
  let events;
  const connect = () => {
    events = new EventSource(document.querySelector("[data-live]").dataset.live);
    events.onopen = () => { if (state.dataset.state === "off") refresh(); show("on", "live"); };
    events.onerror = () => {
      show("off", "not connected");
      // a browser connects again by itself, but not after an answer that is an error
      if (events.readyState === EventSource.CLOSED) setTimeout(async () => { await refresh(); connect(); }, 5_000);
    };
    for (const kind of ["filing", "story", "alert", "delivery", "gap"]) events.addEventListener(kind, soon);
  };
  connect();
  // a browser that loses its network may hold the connection for minutes
  addEventListener("offline", () => show("off", "not connected"));
  addEventListener("online", () => { if (events.readyState === EventSource.OPEN) { show("on", "live"); refresh(); } });
  // what the reader has just changed may be in the log already, and not yet in the index
  if (document.querySelector("[data-settling]")) [1_000, 3_000, 8_000].forEach((after) => setTimeout(refresh, after));
}

// What a track would have sent is asked for again when a field of its form has changed.
const trial = document.querySelector("form[data-dry-run]");
if (trial) {
  let latest = 0;
  const tryOut = async () => {
    const number = ++latest;
    const aside = document.querySelector("aside");
    aside.setAttribute("aria-busy", "true");
    try {
      const body = new URLSearchParams(new FormData(trial));
      body.set("action", "try");
      // not trial.action, which is the button of that name
      const answer = await fetch(trial.getAttribute("action"), { method: "POST", body, redirect: "error" });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (number !== latest) return;
      const error = fresh.querySelector("#error");
      const told = fresh.querySelector("aside");
      if (error) aside.replaceChildren(error);
      else if (told) { writeTimes(told); aside.replaceChildren(...told.childNodes); }
      else throw new Error("an answer without a dry run");
    } catch {
      if (number === latest) aside.replaceChildren("It could not be tried out now: press “Try it on the last 7 days” in a moment.");
    }
    if (number === latest) aside.removeAttribute("aria-busy");
  };
  trial.addEventListener("change", tryOut);
  if (trial.dataset.dryRun !== "done" && (["story", "text", "query", "entity"].some((name) => trial.elements[name]?.value) || location.pathname.endsWith("/edit"))) tryOut();
}

// Forms with data-confirm ask first.
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
});
