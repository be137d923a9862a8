// The page's frame: themes, menus that close, pages that load themselves again.

const THEME_AGE = 365 * 24 * 3600;

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  const secure = location.protocol === 'https:' ? '; Secure' : '';
  document.cookie = `theme=${theme}; Path=/dashboard; Max-Age=${THEME_AGE}; SameSite=Lax${secure}`;
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

document.addEventListener('click', (event) => {
  const choice = event.target.closest('[data-theme-set]');
  if (choice) {
    event.preventDefault();
    setTheme(choice.dataset.themeSet);
    closeMenus();
    return;
  }
  closeMenus(event.target.closest('details[data-menu]'));
});

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') {
    const open = document.querySelector('details[data-menu][open]');
    if (open) {
      open.open = false;
      open.querySelector('summary').focus();
    }
    return;
  }
  if (event.key !== 't' || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.('input, textarea, select, [contenteditable]')) return;
  setTheme(isDark() ? 'light' : 'dark');
});

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
