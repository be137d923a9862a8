// "Jump to": pages, chains and providers from the server, asked for when it is
// first opened, and the actions that the page itself offers (data-command).

const dialog = document.getElementById('palette');
const input = dialog.querySelector('input');
const list = document.getElementById('palette-list');
const note = dialog.querySelector('[data-palette-note]');

const KEEP = 30_000; // states are asked for again after that
const MOST = 50; // rows of one group
const FIRST = 8; // of the chains and providers, while nothing is typed

let items = [];
let loadedAt = -Infinity;
let trouble = '';
let options = [];
let active = 0;

// Range, region or node, and kiosk go along to other pages.
function along(item) {
  const here = new URLSearchParams(location.search);
  const url = new URL(item.href || location.href, location.origin);
  if (item.region) url.searchParams.set('region', item.region);
  for (const key of ['range', 'region', 'node', 'kiosk']) {
    if (here.has(key) && !(item.region && key === 'node') && !url.searchParams.has(key)) url.searchParams.set(key, here.get(key));
  }
  return url.pathname + url.search;
}

function actions() {
  const found = new Map();
  for (const e of document.querySelectorAll('[data-command]')) {
    const name = e.dataset.command || e.getAttribute('aria-label');
    if (found.has(name) || e.getAttribute('aria-pressed') === 'true' || e.hasAttribute('aria-current') || e.closest('[hidden]')) continue;
    found.set(name, { name, detail: '', icon: `i-${e.dataset.commandIcon}`, key: e.dataset.commandKey, run: () => e.click() });
  }
  return [...found.values()];
}

// All words must be there; what begins with them comes first.
function match(all, words) {
  if (words.length === 0) return all;
  const hits = [];
  for (const item of all) {
    const text = `${item.name} ${item.detail}`.toLowerCase();
    if (!words.every((w) => text.includes(w))) continue;
    const name = item.name.toLowerCase();
    hits.push([item, name.startsWith(words[0]) ? 0 : name.includes(words[0]) ? 1 : 2]);
  }
  return hits.sort((a, b) => a[1] - b[1]).map((h) => h[0]);
}

function node(tag, cls, text) {
  const e = document.createElement(tag);
  if (cls) e.className = cls;
  if (text) e.textContent = text;
  return e;
}

function option(item) {
  const row = node('div', 'pal-o');
  row.id = `palette-${options.length}`;
  row.setAttribute('role', 'option');
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', item.icon.startsWith('s-') ? `s st-${item.icon.slice(2)}` : 'i');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(document.createElementNS('http://www.w3.org/2000/svg', 'use'));
  svg.firstChild.setAttribute('href', `#${item.icon}`);
  row.append(svg, node('b', 'ell', item.name));
  if (item.key) row.append(node('kbd', '', item.key));
  else row.append(node('span', 'mut', item.detail));
  options.push({ row, item });
  return row;
}

function group(title, found, most) {
  if (found.length === 0) return;
  const box = node('div');
  const head = node('p', 'pal-g', title);
  head.id = `palette-g${list.children.length}`;
  box.setAttribute('role', 'group');
  box.setAttribute('aria-labelledby', head.id);
  box.append(head, ...found.slice(0, most).map(option));
  list.append(box);
}

function choose(i) {
  options[active]?.row.setAttribute('aria-selected', 'false');
  active = i;
  const row = options[i]?.row;
  if (!row) {
    input.removeAttribute('aria-activedescendant');
    return;
  }
  row.setAttribute('aria-selected', 'true');
  row.scrollIntoView({ block: 'nearest' });
  input.setAttribute('aria-activedescendant', row.id);
}

function draw() {
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  const links = match(items.filter((i) => i.group === 'links'), words);
  const most = words.length > 0 ? MOST : FIRST;
  options = [];
  list.replaceChildren();
  group('Chains and providers', links, most);
  group('Pages', match(items.filter((i) => i.group !== 'links'), words), MOST);
  group('Actions', match(actions(), words), MOST);
  for (const o of options) o.row.setAttribute('aria-selected', 'false');
  choose(0);
  const more = links.length - most;
  note.textContent = trouble || (options.length === 0 ? 'Nothing is called that.' : more > 0 ? `${more.toLocaleString('en')} more chains and providers: type to find them.` : '');
}

async function load() {
  if (!dialog.dataset.palette || performance.now() - loadedAt < KEEP) return;
  loadedAt = performance.now();
  trouble = items.length > 0 ? '' : 'Loading chains and providers.';
  try {
    const answer = await fetch(dialog.dataset.palette, { headers: { Accept: 'application/json' } });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    items = (await answer.json()).items;
    trouble = '';
  } catch {
    loadedAt = -Infinity;
    trouble = 'Chains and providers could not be loaded. Open this again to try again.';
  }
  if (dialog.open) draw();
}

function open() {
  if (dialog.open) return;
  document.querySelector('dialog[open]')?.close();
  for (const menu of document.querySelectorAll('details[data-menu][open]')) menu.open = false;
  input.value = '';
  load();
  dialog.showModal();
  draw();
}

function run(item) {
  dialog.close();
  if (item.run) item.run();
  else location.assign(along(item));
}

const moves = {
  ArrowDown: () => (active + 1) % options.length,
  ArrowUp: () => (active - 1 + options.length) % options.length,
  PageDown: () => Math.min(active + 8, options.length - 1),
  PageUp: () => Math.max(active - 8, 0),
};

input.addEventListener('input', draw);
dialog.addEventListener('keydown', (event) => {
  if (event.isComposing) return;
  if (event.key in moves && options.length > 0) choose(moves[event.key]());
  else if (event.key === 'Enter' && event.target === input && options[active]) run(options[active].item);
  else if (event.key === '?' && input.value === '') {
    dialog.close();
    document.dispatchEvent(new CustomEvent('lasso:keys'));
  } else return;
  event.preventDefault();
});
list.addEventListener('click', (event) => {
  const row = event.target.closest('[role="option"]');
  const found = options.find((o) => o.row === row);
  if (found) run(found.item);
});
list.addEventListener('mousedown', (event) => event.preventDefault()); // the focus stays in the field

document.addEventListener('click', (event) => {
  if (event.target.closest('[data-palette-open]')) open();
});
document.addEventListener('keydown', (event) => {
  if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  event.preventDefault();
  if (dialog.open) dialog.close();
  else open();
});
