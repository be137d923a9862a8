// The page's frame: theme, height of rows, menus that close, dialogs, pages
// that load themselves again.

const YEAR = 365 * 24 * 3600;

// The server reads these cookies, so that the next page begins as this one ends.
function remember(name, value) {
  const secure = location.protocol === 'https:' ? '; Secure' : '';
  document.cookie = `${name}=${value}; Path=${document.documentElement.dataset.root}; Max-Age=${YEAR}; SameSite=Lax${secure}`;
}

function setDensity(density) {
  document.documentElement.dataset.density = density;
  remember('density', density);
  for (const b of document.querySelectorAll('[data-density-set]')) b.setAttribute('aria-pressed', b.dataset.densitySet === density);
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  remember('theme', theme);
  for (const link of document.querySelectorAll('[data-theme-set]')) {
    if (link.dataset.themeSet === theme) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  }
  const url = new URL(location.href);
  if (!url.searchParams.has('theme')) return;
  url.searchParams.delete('theme');
  history.replaceState(history.state, '', url);
}

function isDark() {
  const theme = document.documentElement.dataset.theme;
  return theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll('details[data-menu][open]')) {
    if (menu !== except) menu.open = false;
  }
}

function openKeys() {
  document.querySelector('dialog[open]')?.close();
  document.getElementById('keys').showModal();
}

document.addEventListener('click', (event) => {
  const { target } = event;
  const choice = target.closest('[data-theme-set], [data-density-set], [data-keys-open], [data-close]');
  if (choice) {
    event.preventDefault();
    if (choice.dataset.themeSet) setTheme(choice.dataset.themeSet);
    else if (choice.dataset.densitySet) setDensity(choice.dataset.densitySet);
    else if (choice.matches('[data-close]')) choice.closest('dialog').close();
    else openKeys();
  }
  if (target instanceof HTMLDialogElement) target.close(); // beside its box
  closeMenus(choice ? undefined : target.closest('details[data-menu]'));
});

document.addEventListener('lasso:keys', openKeys);
document.addEventListener('lasso:theme', () => setTheme(isDark() ? 'light' : 'dark'));

document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  const open = document.querySelector('details[data-menu][open]');
  if (!open) return;
  open.open = false;
  open.querySelector('summary').focus();
});

// The heads of tables stand below the context bar, however high it is, as long
// as no table has to scroll sideways in a box of its own.
const root = document.documentElement;
const bar = document.querySelector('.ctx');

function fit() {
  if (bar) root.style.setProperty('--under', `${(parseFloat(getComputedStyle(bar).top) || 0) + bar.offsetHeight}px`);
  root.toggleAttribute('data-fits', [...document.querySelectorAll('main .tw')].every((box) => box.scrollWidth <= box.clientWidth + 1 || !box.querySelector(':scope > :is(.cards, .chains)')));
}

new ResizeObserver(fit).observe(bar ?? root);
document.addEventListener('htmx:afterSettle', fit);

// A page that failed, or that has no figures yet, is loaded again.
const retry = document.querySelector('[data-retry]');
if (retry) {
  let left = Number(retry.dataset.retry);
  const text = retry.querySelector('[data-retry-left]');
  retry.hidden = false;
  const timer = setInterval(() => {
    left -= 1;
    if (text) text.textContent = `${Math.max(left, 0)} s`;
    if (left > 0 || document.hidden) return;
    clearInterval(timer);
    location.reload();
  }, 1000);
}
