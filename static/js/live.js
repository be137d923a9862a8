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

const etags = new Map();
let paused = false;
let lastAnswer = performance.now();
let failures = 0;
let nextTry = 0;

const polls = () => document.querySelectorAll('[data-poll]');
const isPoll = (element) => element.matches?.('[data-poll]') ?? false;

// What the reader does holds updates back, without a word in the indicator.
function held() {
  if (document.querySelector('details[data-menu][open]')) return true;
  const selection = getSelection();
  if (selection && !selection.isCollapsed && selection.toString().trim() !== '') return true;
  return document.querySelector('.chart-p:hover') !== null;
}

function span(ms) {
  const s = Math.floor(ms / 1000);
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (s < 60) return `${s} s`;
  if (s < 600) return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, '0')} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, '0')} min`;
}

function state(now) {
  if (paused) return 'paused';
  if (failures > 0) return now - lastAnswer > STALE_AFTER ? 'stale' : 'recon';
  return now - lastAnswer > STALE_AFTER && !held() ? 'stale' : 'live';
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
  root.dataset.liveState = is;
  write(word, words[is]);
  if (is === 'recon') write(age, `try ${failures + 1}, in ${Math.max(0, Math.ceil((nextTry - now) / 1000))} s`);
  else if (is === 'stale') write(age, `${span(old)} old`);
  else write(age, `${span(old)} ago`);
  if (button.getAttribute('aria-label') !== actions[is]) button.setAttribute('aria-label', actions[is]);
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
function failed() {
  if (performance.now() < nextTry) return; // several fragments failed together
  failures += 1;
  const wait = Math.min(BACKOFF_MOST, BACKOFF_FIRST * 2 ** (failures - 1));
  nextTry = performance.now() + wait * (1 - Math.random() / 4);
}

function refresh() {
  nextTry = 0;
  for (const element of polls()) window.htmx.ajax('GET', element.getAttribute('hx-get'), { source: element, target: element, swap: 'morph:outerHTML' });
}

function setPaused(value) {
  paused = value;
  if (!paused) refresh();
  show();
}

function press() {
  if (root.dataset.liveState === 'recon' || root.dataset.liveState === 'stale') refresh();
  else setPaused(!paused);
}

// Rows keep their places: known rows stay in the order that is on the page,
// new ones go to the end. Sorting again is a click on a heading, or a reload.
function keepOrder(html, target) {
  const bodies = target.querySelectorAll('[data-keep-order]');
  if (bodies.length === 0) return html;
  const template = document.createElement('template');
  template.innerHTML = html;
  template.content.querySelectorAll('[data-keep-order]').forEach((next, i) => {
    if (!bodies[i]) return;
    const places = new Map([...bodies[i].children].map((row, place) => [row.id, place]));
    [...next.children]
      .sort((a, b) => (places.get(a.id) ?? Infinity) - (places.get(b.id) ?? Infinity) || 0)
      .forEach((row) => next.append(row));
  });
  return template.innerHTML;
}

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

const mayNot = () => paused || document.hidden || held() || performance.now() < nextTry;

document.body.addEventListener('htmx:beforeRequest', (event) => {
  if (isPoll(event.detail.elt) && mayNot()) event.preventDefault();
});

// Modules that fetch by themselves ask before, and tell how it went.
document.body.addEventListener('live:ask', (event) => {
  if (mayNot()) event.preventDefault();
});
document.body.addEventListener('live:answer', (event) => {
  if (event.detail) succeeded();
  else failed();
  show();
});

document.body.addEventListener('htmx:configRequest', (event) => {
  const tag = isPoll(event.detail.elt) && etags.get(event.detail.elt.id);
  if (tag) event.detail.headers['If-None-Match'] = tag;
});

document.body.addEventListener('htmx:beforeSwap', (event) => {
  const { target, xhr } = event.detail;
  if (xhr.status !== 200 || !isPoll(target)) return;
  if (paused || held()) {
    event.detail.shouldSwap = false;
    return;
  }
  const tag = xhr.getResponseHeader('ETag');
  if (tag) etags.set(target.id, tag);
  event.detail.serverResponse = keepOrder(event.detail.serverResponse, target);
});

document.body.addEventListener('htmx:afterRequest', (event) => {
  if (!isPoll(event.detail.elt)) return;
  const { status } = event.detail.xhr;
  if ((status >= 200 && status < 300) || status === 304) succeeded();
  else failed();
  show();
});

document.body.addEventListener('htmx:afterSettle', announce);

// A swap leaves open what the reader opened.
window.addEventListener('DOMContentLoaded', () => {
  if (!window.Idiomorph) return;
  window.Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) =>
    !(name === 'open' && node instanceof HTMLDetailsElement);
});

button.addEventListener('click', press);
document.addEventListener('keydown', (event) => {
  if (event.key !== '.' || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.('input, textarea, select, [contenteditable]')) return;
  setPaused(!paused);
});
document.addEventListener('visibilitychange', () => {
  if (document.hidden || paused) return;
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
