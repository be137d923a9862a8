// Live updates. Each fragment of the page polls by itself; this module decides
// whether it may: not while the page is paused, hidden, being read from, or
// waiting after failures. It shows the age of the data, and keeps what the
// reader looks at in place.

const root = document.querySelector('[data-live]');
const word = root.querySelector('[data-live-word]');
const age = root.querySelector('[data-live-age]');
const button = root.querySelector('[data-live-toggle]');
const staleBanner = document.getElementById('stale');
const staleAge = document.querySelector('[data-stale-age]');
const announcer = document.querySelector('[data-announce]');

const STALE_AFTER = 10_000;
const BANNER_AFTER = 30_000;
const BACKOFF_FIRST = 1_000;
const BACKOFF_MOST = 30_000;
const ANNOUNCE_EVERY = 10_000;

const INTERVALS = 3; // without an answer, until the figures are stale

const etags = new Map();
let paused = false;
let heldBack = 0; // fragments that were due meanwhile
let wasHeld = false;
let release = false; // the reader resumed against a reason to hold
let lastAnswer = performance.now();
let freshFrom = 0; // after a pause the age counts from here until the first answer
let failures = 0;
let nextTry = 0;

const polls = () => document.querySelectorAll('[data-poll]');
const isPoll = (element) => element.matches?.('[data-poll]') ?? false;

const CONTROLS = ':is(input, textarea, select)';

function changed(control) {
  if (control.options) return [...control.options].some((o) => o.defaultSelected) && !control.selectedOptions[0]?.defaultSelected;
  return control.checked !== control.defaultChecked || control.value !== control.defaultValue;
}

// A form that the reader began to fill, where an update would empty it.
const dirty = () => [...document.querySelectorAll(`[data-poll] ${CONTROLS}, form[data-hold] ${CONTROLS}`)].some(changed);

// What the reader does holds updates back.
function reason() {
  if (document.querySelector('details[data-menu][open], dialog[open]')) return true;
  const selection = getSelection();
  if (selection && !selection.isCollapsed && selection.toString().trim() !== '') return true;
  return document.querySelector('.chart:hover') !== null || dirty();
}

function held() {
  const is = reason();
  if (!is) release = false;
  return is && !release;
}

const staleAfter = () => Math.max(STALE_AFTER, INTERVALS * Math.min(...[...polls()].map((e) => parseFloat(e.dataset.poll) * 1000)));

function span(ms) {
  const s = Math.floor(ms / 1000);
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (s < 60) return `${s} s`;
  if (s < 600) return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, '0')} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, '0')} min`;
}

function state(now) {
  if (paused || held()) return 'paused';
  const late = now - Math.max(lastAnswer, freshFrom) > staleAfter();
  if (failures > 0) return late ? 'stale' : 'recon';
  return late ? 'stale' : 'live';
}

const words = { live: 'Live', paused: 'Paused', recon: 'Reconnecting', stale: 'Stale' };
const actions = {
  live: 'Pause live updates',
  paused: 'Resume live updates',
  recon: 'Try again now',
  stale: 'Try again now',
};

function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function show() {
  if (document.hidden || root.hidden) return;
  const now = performance.now();
  const is = state(now);
  const old = now - lastAnswer;
  if (wasHeld && is !== 'paused') resume();
  wasHeld = is === 'paused';
  root.dataset.liveState = is;
  write(word, words[is]);
  if (is === 'paused') write(age, `${heldBack} held`);
  else if (is === 'recon') write(age, `try ${failures + 1}, in ${Math.max(0, Math.ceil((nextTry - now) / 1000))} s`);
  else if (is === 'stale') write(age, `${span(old)} old`);
  else write(age, `${span(old)} ago`);
  if (button.getAttribute('aria-label') !== actions[is]) {
    button.setAttribute('aria-label', actions[is]);
    button.title = is === 'live' || is === 'paused' ? `${actions[is].split(' ')[0]} (.)` : actions[is];
  }
  document.body.classList.toggle('is-stale', is === 'stale');
  staleBanner.hidden = is !== 'stale' || old < BANNER_AFTER;
  if (!staleBanner.hidden) write(staleAge, span(old));
}

function succeeded() {
  lastAnswer = performance.now();
  failures = 0;
  nextTry = 0;
}

// The wait doubles from 1 to 30 s, less up to a quarter so that many open
// pages do not come back at once.
const after = (tries) => performance.now() + Math.min(BACKOFF_MOST, BACKOFF_FIRST * 2 ** (tries - 1)) * (1 - Math.random() / 4);

function failed() {
  if (performance.now() < nextTry) return; // several fragments failed together
  failures += 1;
  nextTry = after(failures);
}

// A part that fails where others are answered fails alone: it waits by itself,
// and from the second time on it says so, at its own place.
const broken = new Map(); // by id of the part

function fail(part, why) {
  const b = broken.get(part.id) ?? { tries: 0 };
  broken.set(part.id, b);
  b.tries += 1;
  b.next = after(b.tries);
  if (b.tries < 2) return;
  let note = part.querySelector(':scope > .out');
  if (!note) {
    note = document.querySelector('[data-out]').content.firstElementChild.cloneNode(true);
    const head = part.querySelector(':scope > .ph');
    if (head) head.after(note);
    else part.prepend(note);
  }
  write(note.querySelector('span'), why);
}

// answered takes how a request of a part ended; status 0 is no answer at all.
function answered(part, status, id) {
  if (part === forced) forced = undefined;
  if ((status >= 200 && status < 300) || status === 304) {
    if (broken.delete(part.id)) part.querySelector(':scope > .out')?.remove();
    succeeded();
  } else {
    if (status > 0) fail(part, `HTTP ${status}${id ? `, request ${id}` : ''}`);
    if (status === 0 || [...polls()].every((p) => broken.has(p.id))) failed();
  }
  show();
}

function get(element) {
  window.htmx.ajax('GET', element.getAttribute('hx-get'), { source: element, target: element, swap: 'morph:outerHTML' });
}

function refresh() {
  nextTry = 0;
  for (const b of broken.values()) b.next = 0;
  polls().forEach(get);
}

// What was held back is asked for at once; until it is here nothing is late.
function resume() {
  heldBack = 0;
  freshFrom = performance.now();
  refresh();
}

function setPaused(value) {
  paused = value;
  release = !value; // pressed while a selection or a form holds: the reader decides
  show();
}

function press() {
  const is = state(performance.now());
  if (is === 'recon' || is === 'stale') refresh();
  else setPaused(is !== 'paused');
}

// Another build answers than the one that made this page: it is loaded again
// when the reader says so or looks away, on a wall at once.
const build = document.querySelector('meta[name="lasso-build"]').content;
let outdated = false;

function checkBuild(xhr) {
  const now = xhr.getResponseHeader('X-Lasso-Build');
  if (!build || !now || now === build || outdated) return;
  outdated = true;
  if (document.documentElement.classList.contains('kiosk')) {
    location.reload();
    return;
  }
  document.dispatchEvent(new CustomEvent('lasso:toast', {
    detail: { title: 'New version of this page', text: `${now.split(' ')[0]} is running on this node.`, action: 'Reload', run: () => location.reload(), once: 'build' },
  }));
}

// Of rows in these places, the fewest that have to move to be in order.
function outOfPlace(places) {
  const runs = []; // at n, the lowest place that a rising run of n + 1 ends with
  for (const place of places) {
    const n = runs.findIndex((last) => last > place);
    runs[n < 0 ? runs.length : n] = place;
  }
  return places.length - runs.length;
}

// Rows keep their places: known rows stay in the order that is on the page,
// new ones go to the end. The page says since when that is the order, and how
// many rows are out of it. Sorting again is a click there, on a heading, or a
// reload.
function keepOrder(html, target) {
  const bodies = target.querySelectorAll('[data-keep-order]');
  if (bodies.length === 0) return html;
  const template = document.createElement('template');
  template.innerHTML = html;
  let moved = 0;
  template.content.querySelectorAll('[data-keep-order]').forEach((next, i) => {
    const body = next.id ? document.getElementById(next.id) : bodies[i];
    if (!body) return;
    const places = new Map([...body.children].map((row, place) => [row.id, place]));
    const rows = [...next.children];
    const kept = rows.toSorted((a, b) => (places.get(a.id) ?? Infinity) - (places.get(b.id) ?? Infinity) || 0);
    moved += outOfPlace(rows.map((row) => kept.indexOf(row)));
    next.append(...kept);
  });
  const order = target.querySelector('[data-order]');
  if (order) template.content.querySelector('[data-order]')?.replaceWith(order.cloneNode(true));
  const again = template.content.querySelector('[data-again]');
  if (again) {
    again.hidden = moved === 0;
    write(again.firstElementChild, moved);
  }
  return template.innerHTML;
}

// The same address, and the same place on the page.
document.addEventListener('click', (event) => {
  if (!event.target.closest('[data-again]') || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  location.reload();
});

let announced = 0;
let attention = document.getElementById('attention-count')?.dataset.count;

function announce() {
  const now = performance.now();
  const count = document.getElementById('attention-count')?.dataset.count;
  if (count === undefined || count === attention || now - announced < ANNOUNCE_EVERY) return;
  attention = count;
  announced = now;
  announcer.textContent = count === '0' ? 'All provider links are healthy' : `${count} provider links need attention`;
}

let forced; // the part whose reader asked for it

// mayNot counts what it holds back.
function mayNot(part) {
  if (part === forced) return false;
  const holds = paused || held();
  if (holds) heldBack += 1;
  return holds || document.hidden || performance.now() < Math.max(nextTry, broken.get(part.id)?.next ?? 0);
}

document.body.addEventListener('htmx:beforeRequest', (event) => {
  if (isPoll(event.detail.elt) && mayNot(event.detail.elt)) event.preventDefault();
});

// Modules that fetch a part by themselves ask before, and tell how it went.
document.body.addEventListener('live:ask', (event) => {
  if (mayNot(event.detail)) event.preventDefault();
});
document.body.addEventListener('live:answer', (event) => answered(...event.detail));
document.body.addEventListener('click', (event) => {
  const part = event.target.closest('.out button')?.closest('section, [data-poll]');
  if (!part) return;
  forced = part; // one that fetches by itself does so within a second
  if (isPoll(part)) get(part);
});

document.body.addEventListener('htmx:configRequest', (event) => {
  const tag = isPoll(event.detail.elt) && etags.get(event.detail.elt.id);
  if (tag) event.detail.headers['If-None-Match'] = tag;
});

document.body.addEventListener('htmx:beforeSwap', (event) => {
  const { target, xhr } = event.detail;
  if (xhr.status !== 200 || !isPoll(target)) return;
  if (target !== forced && (paused || held())) {
    heldBack += 1;
    event.detail.shouldSwap = false;
    return;
  }
  const tag = xhr.getResponseHeader('ETag');
  if (tag) etags.set(target.id, tag);
  event.detail.serverResponse = keepOrder(event.detail.serverResponse, target);
});

document.body.addEventListener('htmx:afterRequest', (event) => {
  if (!isPoll(event.detail.elt)) return;
  const { elt, xhr } = event.detail;
  answered(elt, xhr.status, xhr.status && xhr.getResponseHeader('X-Lasso-Request-Id'));
  if (xhr.status) checkBuild(xhr);
});

document.body.addEventListener('htmx:afterSettle', announce);

// A swap leaves open what the reader opened, and keeps the row the keys stand on.
window.addEventListener('DOMContentLoaded', () => {
  if (!window.Idiomorph) return;
  window.Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) =>
    !(name === 'open' && node instanceof HTMLDetailsElement) && !(name === 'tabindex' && node instanceof HTMLTableRowElement);
});

button.addEventListener('click', press);
document.addEventListener('visibilitychange', () => {
  if (document.hidden) {
    if (outdated && !dirty()) location.reload();
    return;
  }
  if (paused) return;
  freshFrom = performance.now();
  nextTry = 0;
  if (performance.now() - lastAnswer > 2_000) refresh();
});

// A page without live parts has no age.
if (polls().length === 0) {
  root.hidden = true;
} else {
  window.addEventListener('online', refresh);
  setInterval(show, 200);
}
