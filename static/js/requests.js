// On the requests page the list never moves under its reader. While somebody
// reads further down, or stands in the list with the keyboard, a poll asks for
// the same rows again and how many came since. While the page is paused, only
// that number is asked for.

const HEAD = 24; // pixels that do not count as having scrolled

const tail = () => document.getElementById('tail');
const paused = () => document.querySelector('[data-live]')?.dataset.liveState === 'paused';

function reading() {
  return window.scrollY > HEAD || document.activeElement?.closest('#tail tbody') != null;
}

document.body.addEventListener('htmx:beforeRequest', (event) => {
  if (event.detail.elt.id === 'newer' && (document.hidden || !paused())) event.preventDefault();
});

document.body.addEventListener('htmx:configRequest', (event) => {
  const { id } = event.detail.elt;
  const { newest, held } = tail()?.dataset ?? {};
  if (!newest || held !== undefined) return;
  if (id === 'newer' || (id === 'tail' && reading())) event.detail.parameters.after = newest;
});

document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || event.defaultPrevented) return;
  if (event.target.closest?.('input, textarea, select') || document.querySelector('details[data-menu][open], dialog[open]')) return;
  document.querySelector('[data-drawer-close]')?.click();
});
