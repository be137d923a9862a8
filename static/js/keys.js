// Single keys. None works while something is being typed, in a dialog, or with
// a modifier: those belong to the browser.

const LATER = 1500; // ms in which the letter after g must come
let goUntil = 0;

const typing = (target) => target.closest?.('input, textarea, select, [contenteditable], dialog') ?? false;
const tell = (name) => document.dispatchEvent(new CustomEvent(`lasso:${name}`));

// Rows of all tables that can be seen, from the top.
const rows = () => [...document.querySelectorAll('main tbody tr')].filter((row) => row.querySelector('td') && row.checkVisibility());

// The keys stand on a row by having the focus in it: on its first link, so
// that Enter opens it. They begin at the row that is open, if there is one.
function step(by) {
  const all = rows();
  if (all.length === 0) return;
  const at = all.indexOf(document.activeElement?.closest?.('main tbody tr') ?? all.find((row) => row.ariaCurrent));
  const row = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by))];
  const link = [...row.querySelectorAll('a[href]')].find((a) => a.checkVisibility());
  if (!link) row.tabIndex = -1;
  (link ?? row).focus({ preventScroll: true, focusVisible: true });
  row.scrollIntoView({ block: 'nearest' });
}

const actions = {
  '/': () => {
    const field = document.querySelector('[data-filter]');
    if (field) field.focus();
    else document.querySelector('[data-palette-open]')?.click();
  },
  '?': () => tell('keys'),
  '.': () => document.querySelector('[data-live-toggle]').click(),
  s: () => [...document.querySelectorAll('[data-again]')].find((a) => a.checkVisibility())?.click(),
  t: () => tell('theme'),
  j: () => step(1),
  k: () => step(-1),
  g: () => {
    goUntil = performance.now() + LATER;
  },
};

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented || typing(event.target)) return;
  if (event.key === 'Escape') {
    if (document.activeElement?.closest?.('main tbody tr')) document.activeElement.blur();
    return;
  }
  const page = performance.now() < goUntil && document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
  goUntil = 0;
  if (page) page.click();
  else if (Object.hasOwn(actions, event.key)) actions[event.key]();
  else return;
  event.preventDefault();
});
