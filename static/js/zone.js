// Times of day in UTC, as the server writes them, or in the reader's own zone.
// Every <time datetime> whose text is a clock is rewritten, and every title
// that holds a moment; also in what arrives later. So are the labels of axes, which
// have their moment in data-at.

const KEY = 'lasso.zone';
const CLOCK = /^(\d\d:\d\d)(:\d\d)?(\.\d+)?$/;
const MOMENT = /\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d UTC([+\u2212]\d\d:\d\d)?/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

let zone = 'utc';
try {
  if (localStorage.getItem(KEY) === 'local') zone = 'local';
} catch {
  // Storage is forbidden here: the choice lasts as long as the page.
}

const two = (n) => String(n).padStart(2, '0');

// offset is how far the reader's zone was from UTC at that moment.
function offset(at) {
  const minutes = -at.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `UTC${minutes < 0 ? '\u2212' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

// shifted has the wall clock of the zone in its UTC fields.
const shifted = (at) => (zone === 'local' ? new Date(at.getTime() - at.getTimezoneOffset() * 60_000) : at);

function rewrite(node) {
  const at = new Date(node.dateTime ?? node.dataset.at);
  if (Number.isNaN(at.getTime())) return;
  const d = shifted(at);
  const found = node.childElementCount === 0 && CLOCK.exec(node.textContent.trim());
  if (found) {
    const text = `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}${found[2] ? `:${two(d.getUTCSeconds())}` : ''}${found[3] ?? ''}`;
    if (node.textContent !== text) node.textContent = text;
  }
  if (!MOMENT.test(node.title)) return; // an axis has none
  const stamp = `${d.getUTCDate()} ${MONTHS[d.getUTCMonth()]} ${d.getUTCFullYear()} ${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())} ${zone === 'local' ? offset(at) : 'UTC'}`;
  const title = node.title.replace(MOMENT, stamp);
  if (node.title !== title) node.title = title;
}

function apply() {
  for (const node of document.querySelectorAll('time[datetime], text[data-at]')) rewrite(node);
}

const watcher = new MutationObserver(apply);

function set(value) {
  zone = value;
  document.documentElement.dataset.zone = zone;
  for (const b of document.querySelectorAll('[data-zone-set]')) b.setAttribute('aria-pressed', b.dataset.zoneSet === zone);
  watcher.disconnect();
  apply();
  if (zone === 'local') watcher.observe(document.getElementById('main'), { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ['title', 'datetime', 'data-at'] });
}

document.addEventListener('click', (event) => {
  const choice = event.target.closest('[data-zone-set]');
  if (!choice) return;
  set(choice.dataset.zoneSet);
  for (const menu of document.querySelectorAll('details[data-menu][open]')) menu.open = false;
  try {
    localStorage.setItem(KEY, zone);
  } catch {
    // As above.
  }
});

document.querySelector('[data-zone-name]').textContent = offset(new Date());
if (zone === 'local') set(zone);
